// SPDX-License-Identifier: MIT
/*
 * Setting up one processor: its features, descriptor tables, task state with
 * the stacks for double faults, NMIs and machine checks, the protections in
 * CR0/CR4, and the registers of the syscall instruction.
 * The selectors are laid out as sysret wants them (and as Linux has them).
 */
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/trap.h"
#include "lib/string.h"

#define TSS_SELECTOR 0x40
#define STACKS 3 /* IST 1: #DF, 2: NMI, 3: #MC */

struct tss {
	uint32_t reserved0;
	uint32_t words[25]; /* rsp0-2, reserved, ist1-7, all unaligned */
} __attribute__((packed));

struct tables {
	uint64_t gdt[10];
	struct tss tss;
} ALIGNED(64);

static struct cpu cpu_area[MAX_CPUS];
static struct tables cpu_tables[MAX_CPUS];
static uint8_t boot_ist[STACKS][4096] ALIGNED(16);

struct cpu *cpus[MAX_CPUS];
unsigned cpu_count = 1;
struct cpu_features cpu_features;

static void find_hypervisor(struct cpu_features *f)
{
	struct cpuid r;
	char name[13];

	if (!f->hypervisor)
		return;
	r = cpuid(0x40000000, 0);
	memcpy(name, &r.b, 4);
	memcpy(name + 4, &r.c, 4);
	memcpy(name + 8, &r.d, 4);
	name[12] = 0;
	f->tcg = string_equal(name, "TCGTCGTCGTCG");
	f->hypervisor_leaf = r.a;
}

static void find_names(struct cpu_features *f)
{
	struct cpuid r = cpuid(0, 0);

	memcpy(f->vendor, &r.b, 4);
	memcpy(f->vendor + 4, &r.d, 4);
	memcpy(f->vendor + 8, &r.c, 4);
	if (cpuid(0x80000000, 0).a >= 0x80000004) {
		for (unsigned i = 0; i < 3; i++) {
			r = cpuid(0x80000002 + i, 0);
			memcpy(f->model + 16 * i, &r, 16);
		}
	}
}

static void find_features(struct cpu_features *f)
{
	uint32_t max = cpuid(0, 0).a, max_ext = cpuid(0x80000000, 0).a;
	struct cpuid r = cpuid(1, 0);

	f->leaf1_c = r.c;
	f->leaf1_d = r.d;
	f->stepping = r.a & 15;
	f->family = (r.a >> 8) & 15;
	f->model_number = (r.a >> 4) & 15;
	if (f->family == 15)
		f->family += (r.a >> 20) & 255;
	if (f->family >= 6)
		f->model_number |= (r.a >> 12) & 0xf0;
	f->pge = r.d & BIT(13);
	f->x2apic = r.c & BIT(21);
	f->tsc_deadline = r.c & BIT(24);
	f->xsave = r.c & BIT(26);
	f->rdrand = r.c & BIT(30);
	f->hypervisor = r.c & BIT(31);
	if (max >= 7) {
		r = cpuid(7, 0);
		f->leaf7_b = r.b;
		f->leaf7_c = r.c;
		f->leaf7_d = r.d;
		f->fsgsbase = r.b & BIT(0);
		f->smep = r.b & BIT(7);
		f->erms = r.b & BIT(9);
		f->rdseed = r.b & BIT(18);
		f->smap = r.b & BIT(20);
		f->umip = r.c & BIT(2);
	}
	if (f->xsave && max >= 13)
		f->xsaveopt = cpuid(13, 1).a & BIT(0);
	if (max_ext >= 0x80000001) {
		r = cpuid(0x80000001, 0);
		f->ext_c = r.c;
		f->ext_d = r.d;
		f->nx = r.d & BIT(20);
		f->gib_pages = r.d & BIT(26);
		f->rdtscp = r.d & BIT(27);
	}
	if (max_ext >= 0x80000007)
		f->invariant_tsc = cpuid(0x80000007, 0).d & BIT(8);
	find_hypervisor(f);
	find_names(f);
}

static void set_ist(struct tss *tss, unsigned n, uint64_t top)
{
	memcpy((uint8_t *)tss + 36 + 8 * (n - 1), &top, 8);
}

void cpu_set_stack(struct cpu *cpu, uint64_t top)
{
	cpu->kernel_stack = top;
	memcpy((uint8_t *)cpu->tss + 4, &top, 8);
}

static void load_tables(struct cpu *cpu)
{
	struct tables *t = &cpu_tables[cpu->number];
	uint64_t tss = (uint64_t)&t->tss;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed))
	gdtr = { sizeof t->gdt - 1, (uint64_t)t->gdt };

	t->gdt[2] = 0x00af9b000000ffff; /* kernel code */
	t->gdt[3] = 0x00cf93000000ffff; /* kernel data */
	t->gdt[4] = 0x00cffb000000ffff; /* user code, 32 bits: for sysret */
	t->gdt[5] = 0x00cff3000000ffff; /* user data */
	t->gdt[6] = 0x00affb000000ffff; /* user code */
	t->gdt[8] = (sizeof t->tss - 1) | (tss & 0xffffff) << 16 |
		    0x89ull << 40 | (tss >> 24 & 0xff) << 56;
	t->gdt[9] = tss >> 32;
	memcpy((uint8_t *)&t->tss + 102, &(uint16_t){ sizeof t->tss }, 2);
	cpu->tss = &t->tss;
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovl %2, %%ss\n\t"
			 "movl %3, %%ds\n\t"
			 "movl %3, %%es\n\t"
			 "movl %3, %%fs\n\t"
			 "movl %3, %%gs\n\t"
			 "ltr %w4"
			 :
			 : "m"(gdtr), "i"(KERNEL_CS), "r"(KERNEL_DS), "r"(0),
			   "r"(TSS_SELECTOR)
			 : "rax", "memory");
}

static void set_control(void)
{
	const struct cpu_features *f = &cpu_features;
	uint64_t cr4 = read_cr4();

	cr4 |= BIT(9) | BIT(10); /* OSFXSR, OSXMMEXCPT */
	cr4 |= f->pge ? BIT(7) : 0;
	cr4 |= f->smep ? BIT(20) : 0;
	cr4 |= f->smap ? BIT(21) : 0;
	cr4 |= f->umip ? BIT(11) : 0;
	cr4 |= f->xsave ? BIT(18) : 0;
	write_cr4(cr4);
	/* WP, NE, MP; no EM, no TS. */
	write_cr0((read_cr0() | BIT(16) | BIT(5) | BIT(1)) &
		  ~(BIT(2) | BIT(3)));
}

extern char syscall_entry[];

static void set_syscall(const struct cpu *cpu)
{
	msr_write(MSR_EFER, msr_read(MSR_EFER) | 1);
	msr_write(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	/* NT, AC, DF, IF, TF, and what Linux clears besides. */
	msr_write(MSR_SFMASK, 0x257fd5);
	if (cpu_features.rdtscp)
		msr_write(MSR_TSC_AUX, cpu->number);
}

/* On the CPU itself. The stacks for exceptions are there already. */
void cpu_init_this(struct cpu *cpu)
{
	load_tables(cpu);
	msr_write(MSR_GS_BASE, (uint64_t)cpu);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	set_control();
	set_syscall(cpu);
	trap_load_idt();
	fpu_init_this();
}

static void add_cpu(unsigned number)
{
	struct cpu *cpu = &cpu_area[number];

	cpu->self = cpu;
	cpu->number = number;
	cpus[number] = cpu;
}

void cpu_alloc_stacks(struct cpu *cpu)
{
	for (unsigned i = 1; i <= STACKS; i++) {
		paddr_t page = pagetable_source.alloc();

		if (!page)
			panic("cpu: no memory for exception stacks");
		set_ist(&cpu_tables[cpu->number].tss, i,
			(uint64_t)direct_map(page) + PAGE_SIZE);
	}
}

void cpu_init_boot(void)
{
	for (unsigned i = 0; i < MAX_CPUS; i++)
		add_cpu(i);
	for (unsigned i = 1; i <= STACKS; i++)
		set_ist(&cpu_tables[0].tss, i, (uint64_t)boot_ist[i]);
	find_features(&cpu_features);
	string_choose(cpu_features.erms && !cpu_features.tcg);
	trap_init();
	cpu_init_this(cpus[0]);
	cpus[0]->started = true;
}
