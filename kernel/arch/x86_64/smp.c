// SPDX-License-Identifier: MIT
/*
 * Starting the other CPUs: INIT and start-up interrupts, one CPU at a time,
 * through a trampoline below 1 MiB. No fixed delays: each CPU is waited for
 * until it says that it is up, and left out if it does not.
 */
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/timer.h"
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"

#define TRAMPOLINE 0x8000
#define WAIT_STEPS 50
#define STEP_USEC 20000

extern char trampoline_start[], trampoline_end[];

static unsigned max_cpus = MAX_CPUS;
static struct cpu *starting;
uint64_t smp_stack;
void (*smp_main)(void);

static int set_max_cpus(const char *value)
{
	uint64_t n;

	if (!value || !parse_u64(&value, 10, &n) || *value)
		return -EINVAL;
	max_cpus = n ? MIN(n, (uint64_t)MAX_CPUS) : 1;
	return 0;
}
CMDLINE_WORD("maxcpus", set_max_cpus);
CMDLINE_WORD("nr_cpus", set_max_cpus);

/* The boot CPU is number 0; the others follow in the firmware's order. */
void smp_init(void)
{
	for (unsigned i = 0; i < acpi.cpus; i++) {
		if (acpi.apic_ids[i] == cpus[0]->apic_id)
			continue;
		if (cpu_count >= max_cpus)
			break;
		cpus[cpu_count++]->apic_id = acpi.apic_ids[i];
	}
}

/* On the new CPU, on its idle thread's stack. */
void smp_entry(void)
{
	struct cpu *cpu = starting;

	cpu->loaded_root = kernel_pagetable;
	cpu_init_this(cpu);
	apic_init_this();
	__atomic_store_n(&cpu->started, true, __ATOMIC_RELEASE);
	smp_main();
}

static bool wait_started(struct cpu *cpu, unsigned usec)
{
	nsec_t end = tsc_now() + usec * NSEC_PER_USEC;

	while (!__atomic_load_n(&cpu->started, __ATOMIC_ACQUIRE)) {
		if (tsc_now() > end)
			return false;
		cpu_relax();
	}
	return true;
}

static bool start_one(struct cpu *cpu)
{
	starting = cpu;
	smp_stack = cpu->kernel_stack;
	apic_send_init(cpu->apic_id);
	delay_usec(cpu_features.hypervisor ? 10 : 10000);
	for (unsigned i = 0; i < WAIT_STEPS; i++) {
		apic_send_start(cpu->apic_id, TRAMPOLINE >> 12);
		if (wait_started(cpu, STEP_USEC))
			return true;
	}
	return false;
}

void smp_start(void)
{
	unsigned wanted = cpu_count;

	memcpy(direct_map(TRAMPOLINE), trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	for (unsigned i = 1; i < wanted; i++) {
		cpu_alloc_stacks(cpus[i]);
		if (start_one(cpus[i]))
			continue;
		log_error("cpu %u (APIC %u) does not start", i,
			  cpus[i]->apic_id);
		cpu_count = i;
		break;
	}
	log_info("smp: %u of %u CPUs", cpu_count, acpi.cpus ? acpi.cpus : 1);
}
