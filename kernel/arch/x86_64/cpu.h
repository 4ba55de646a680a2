// SPDX-License-Identifier: MIT
/*
 * One processor: its number, its current thread, and the few instructions that
 * C cannot say. Per-CPU data lives in struct cpu, reached through GS.
 *
 * Kernel code is never preempted: it leaves the CPU only by blocking, so
 * this_cpu() is stable between two points that may sleep.
 */
#pragma once

#include "lib/types.h"

#define MAX_CPUS 32

struct thread;
struct address_space;

struct cpu {
	struct cpu *self; /* gs:0 */
	struct thread *current; /* gs:8 */
	uint64_t kernel_stack; /* gs:16: top, for system-call entry */
	uint64_t user_stack; /* gs:24: scratch for entry.S */
	unsigned number; /* 0 .. cpu_count - 1 */
	unsigned apic_id;
	unsigned irq_depth; /* > 0: in an interrupt handler */
	bool need_resched;
	struct address_space *space; /* whose page tables are loaded */
	struct run_queue *run_queue;
	struct thread *idle;
	void *tss;
	void *page_magazine; /* kernel/mm's per-CPU cache */
	void *slab_magazines;
	void *scratch[4];
	/* Own to kernel/arch. */
	struct tlb_owner *tlb; /* loaded, perhaps lazily; NULL: kernel */
	uint64_t loaded_root;
	uint64_t loaded_fs, loaded_gs; /* the user bases in the MSRs */
	struct thread *fpu_owner; /* whose state the registers hold */
	bool started;
	bool tlb_lazy; /* a kernel thread runs on `tlb` */
	bool irq_from_user; /* what the interrupt came from */
	unsigned nofault; /* > 0: user copies fail, never sleep */
	uint64_t interrupts; /* count */
	/* Of them: asked to reschedule, to flush the TLB; the timer's. */
	uint64_t reschedules, flushes, ticks;
	struct timer_base *timers; /* kernel/sched */
} ALIGNED(64);

extern struct cpu *cpus[MAX_CPUS];
extern unsigned cpu_count; /* CPUs that run; constant after start */

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline struct thread *current_thread(void)
{
	struct thread *thread;

	__asm__ volatile("movq %%gs:8, %0" : "=r"(thread));
	return thread;
}

static inline uint64_t irq_save(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli; cld"
			 : "=r"(flags)
			 :
			 : "memory");
	return flags;
}

static inline void irq_restore(uint64_t flags)
{
	if (flags & 0x200)
		__asm__ volatile("sti" : : : "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

static inline bool irq_enabled(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags & 0x200;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline uint64_t cpu_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

static inline bool in_interrupt(void)
{
	return this_cpu()->irq_depth > 0;
}

/* Ask another CPU to look at its run queue. */
void cpu_send_reschedule(struct cpu *cpu);
