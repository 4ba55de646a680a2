// SPDX-License-Identifier: MIT
/*
 * Floating-point state and threads. A user thread's registers are saved each
 * time it leaves the CPU, and loaded when it comes back unless they are still
 * there (nobody else's were loaded on that CPU meanwhile).
 */
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/sched.h"
#include "lib/string.h"

static struct cache *areas;

void fpu_init_cache(void)
{
	areas = cache_create("fpu", fpu_area_size(), 64);
}

void *fpu_alloc(void)
{
	void *area = cache_alloc(areas);

	if (area)
		fpu_initial(area);
	return area;
}

void fpu_free(void *area)
{
	cache_free(areas, area);
}

static void load(struct cpu *cpu, struct thread *thread)
{
	/* A malformed area is a program's doing (sigreturn): start afresh. */
	if (fpu_load(thread->fpu)) {
		fpu_initial(thread->fpu);
		fpu_load(thread->fpu);
	}
	cpu->fpu_owner = thread;
	thread->fpu_cpu = (int)cpu->number;
}

void fpu_switch(struct thread *prev, struct thread *next)
{
	struct cpu *cpu = this_cpu();

	if (!prev->kernel && prev->state != THREAD_DEAD)
		fpu_store(prev->fpu);
	if (!next->kernel &&
	    (cpu->fpu_owner != next || next->fpu_cpu != (int)cpu->number))
		load(cpu, next);
}

void fpu_save(struct thread *thread)
{
	uint64_t flags = irq_save();

	if (thread == current_thread() && this_cpu()->fpu_owner == thread)
		fpu_store(thread->fpu);
	irq_restore(flags);
}

void fpu_restore(struct thread *thread)
{
	uint64_t flags = irq_save();

	if (thread == current_thread())
		load(this_cpu(), thread);
	else
		thread->fpu_cpu = -1;
	irq_restore(flags);
}

void fpu_copy(struct thread *to, struct thread *from)
{
	fpu_save(from);
	memcpy(to->fpu, from->fpu, fpu_area_size());
	fpu_restore(to);
}

void fpu_reset(struct thread *thread)
{
	fpu_initial(thread->fpu);
	fpu_restore(thread);
}

size_t fpu_size(void)
{
	return fpu_area_size();
}
