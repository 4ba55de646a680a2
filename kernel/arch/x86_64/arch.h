// SPDX-License-Identifier: MIT
/*
 * Private to kernel/arch and to kernel/main.c: the start-up functions of the
 * architecture in the order in which main.c calls them, and what its files
 * share.
 */
#pragma once

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "lib/types.h"

struct trap_frame;

/* boot.c -> main.c */
void boot_start(uint64_t start_info);
NORETURN void kernel_main(const char *command_line);

/* cpu.c: GDT, TSS, IDT, control registers, syscall MSRs. */
void cpu_init_boot(void);
void cpu_init_this(struct cpu *cpu);
void cpu_alloc_stacks(struct cpu *cpu);
void cpu_set_stack(struct cpu *cpu, uint64_t top);

struct cpu_features {
	bool nx, smep, smap, umip, xsave, xsaveopt, rdrand, rdseed, erms,
		gib_pages, tsc_deadline, x2apic, rdtscp, invariant_tsc,
		hypervisor, tcg, pge, fsgsbase;
	uint32_t hypervisor_leaf;
	char vendor[16], model[52];
	uint32_t family, model_number, stepping;
	uint32_t leaf1_c, leaf1_d, leaf7_b, leaf7_c, leaf7_d, ext_c, ext_d;
};
extern struct cpu_features cpu_features;

/* pagetable.c */
void pagetable_init(void); /* direct map, kernel image, VMAP area */
/* Memory before the page allocator exists: never freed. */
paddr_t boot_alloc(size_t size, size_t align);
paddr_t boot_alloc_end(void);

/* tlb.c */
void tlb_interrupt(void);
void tlb_flush_kernel(uint64_t from, uint64_t to);
void tlb_force_leave(paddr_t root);

/* trap.c, interrupt.c */
void trap_init(void);
void trap_load_idt(void);
void trap_dispatch(struct trap_frame *frame);
void trap_user_work(struct trap_frame *frame);
void interrupt_init(void);
void interrupt_dispatch(struct trap_frame *frame);

/* Fixed vectors. */
#define VECTOR_IRQ_BASE 0x30
#define VECTOR_IRQ_END 0xef
#define VECTOR_RESCHEDULE 0xf0
#define VECTOR_TLB 0xf1
#define VECTOR_TIMER 0xf2
#define VECTOR_STOP 0xf3
#define VECTOR_SPURIOUS 0xff
#define SYSCALL_VECTOR 0x100

/* apic.c */
void apic_init(void); /* boot CPU: finds and maps it */
void apic_init_this(void); /* each CPU */
void apic_eoi(void);
void apic_send(unsigned apic_id, unsigned vector);
void apic_send_init(unsigned apic_id);
void apic_send_start(unsigned apic_id, unsigned page);
unsigned apic_id_this(void);
uint32_t apic_timer_count(void);
void apic_calibrate(void);
void apic_timer_start_count(void);

/* tsc.c */
void tsc_init(void);

/* smp.c */
void smp_init(void); /* fills cpus[] from ACPI; starts nobody */
void smp_start(void); /* starts them; sched has made idle threads */
void smp_entry(void);
void smp_measure_skew(void);
extern void (*smp_main)(void); /* what a CPU does once it is up */
extern uint64_t smp_stack;

/* fpu.c */
void fpu_init_this(void);

/* The fix-up for a faulting kernel instruction, or 0. */
uint64_t extable_find(uint64_t rip);
void extable_init(void);

extern char kernel_start[], text_end[], rodata_end[], bss_start[], bss_end[],
	kernel_end[];
