// SPDX-License-Identifier: MIT
/*
 * The scheduler: each CPU runs the thread of its queue that has had the least
 * processor time, weighted by nice (vruntime). A thread that slept starts
 * again a little before the others. Switching happens only here, in
 * schedule(): when a thread sleeps, when its time is over and it is about to
 * return to user mode, or in the idle loop.
 *
 * A CPU with nothing to do first pulls a thread from a busier one. The timer
 * ticks only while a user or kernel thread runs, never on an idle CPU.
 */
#include "kernel/sched/sched.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/interrupt.h"
#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/offsets.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/sched/random.h"

STATIC_ASSERT(offsetof(struct thread, user_work) == THREAD_USER_WORK);
STATIC_ASSERT(WORK_RESCHED == 1);

struct run_queue run_queues[MAX_CPUS];

static struct run_queue *this_queue(void)
{
	return this_cpu()->run_queue;
}

/* ---- the tree; the queue's lock held ---- */

static struct thread *of_node(struct rb_node *node)
{
	return node ? RB_ENTRY(node, struct thread, run_node) : NULL;
}

void sched_enqueue(struct run_queue *rq, struct thread *thread)
{
	struct rb_node **link = &rq->tree.root, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (thread->vruntime < of_node(parent)->vruntime) {
			link = &parent->child[0];
		} else {
			link = &parent->child[1];
			first = false;
		}
	}
	rb_insert_at(&rq->tree, &thread->run_node, parent, link);
	if (first)
		rq->leftmost = &thread->run_node;
	thread->on_queue = true;
	thread->cpu = rq->cpu->number;
	rq->queued++;
	rq->load += thread->weight;
}

void sched_dequeue(struct run_queue *rq, struct thread *thread)
{
	if (rq->leftmost == &thread->run_node)
		rq->leftmost = rb_next(&thread->run_node);
	rb_erase(&rq->tree, &thread->run_node);
	thread->on_queue = false;
	rq->queued--;
	rq->load -= thread->weight;
}

/* Where a thread that slept, or comes from another CPU, starts again. */
void sched_place(struct run_queue *rq, struct thread *thread)
{
	int64_t least = rq->min_vruntime - SLEEPER_BONUS;

	if (thread->vruntime < least)
		thread->vruntime = least;
	if (thread->vruntime > rq->min_vruntime + 100 * SLICE)
		thread->vruntime = rq->min_vruntime + 100 * SLICE;
}

static int64_t weighted(const struct thread *thread, nsec_t time)
{
	if (likely(thread->weight == WEIGHT_NICE_0))
		return time;
	return time * WEIGHT_NICE_0 / thread->weight;
}

/* Charges the running thread up to now. */
static void account(struct run_queue *rq, struct thread *thread, nsec_t now)
{
	/* The counters of two CPUs may differ by a little. */
	nsec_t delta = MAX(now - thread->run_since, (nsec_t)0);

	thread->run_since = now;
	if (rq->idle) {
		rq->times.idle += delta;
		return;
	}
	thread->run_time += delta;
	thread->vruntime += weighted(thread, delta);
	if (thread->sampled_user) {
		thread->user_time += delta;
		if (thread->nice > 0)
			rq->times.nice += delta;
		else
			rq->times.user += delta;
	} else {
		thread->system_time += delta;
		rq->times.system += delta;
	}
	if (thread->vruntime > rq->min_vruntime) {
		struct thread *first = of_node(rq->leftmost);
		int64_t least = first && first->vruntime < thread->vruntime ?
					first->vruntime :
					thread->vruntime;

		if (least > rq->min_vruntime)
			rq->min_vruntime = least;
	}
}

/* ---- asking for a switch ---- */

/* The queue's lock is held. */
void sched_want_switch(struct cpu *cpu)
{
	cpu->need_resched = true;
	__atomic_fetch_or(&cpu->current->user_work, WORK_RESCHED,
			  __ATOMIC_RELAXED);
}

/* `woken` is in rq's tree: should it run now? rq's lock held. */
void sched_kick(struct run_queue *rq, struct thread *woken)
{
	struct cpu *cpu = rq->cpu;

	if (cpu->need_resched)
		return;
	if (!rq->idle &&
	    woken->vruntime + SLICE_LEAST >= cpu->current->vruntime)
		return;
	sched_want_switch(cpu);
	if (cpu != this_cpu())
		cpu_send_reschedule(cpu);
}

/* The interrupt itself is enough: it ends hlt, and on the way back to user
 * mode WORK_RESCHED is seen. */
static void reschedule_ipi(void)
{
}

/* From the timer interrupt, about each TICK while a thread runs. */
void sched_tick(void)
{
	struct run_queue *rq = this_queue();
	struct cpu *cpu = rq->cpu;
	struct thread *thread = cpu->current;
	nsec_t now = clock_monotonic();
	struct thread *first;

	if (rq->idle)
		return;
	spin_lock(&rq->lock);
	thread->sampled_user = cpu->irq_from_user;
	account(rq, thread, now);
	if (rq->next_balance < now && cpu_count > 1) {
		rq->next_balance = now + 5 * TICK;
		balance_pull(rq);
	}
	first = of_node(rq->leftmost);
	if (first && cpu_count > 1)
		balance_offer(rq);
	if (first && first->vruntime < thread->vruntime)
		sched_want_switch(cpu);
	ktimers_tick_at(now + (first ? SLICE : TICK));
	spin_unlock(&rq->lock);
}

/* ---- the switch ---- */

/* On the new thread's stack, interrupts off, the queue's lock held. */
static void finish_switch(void)
{
	struct run_queue *rq = this_queue();
	struct thread *push = rq->push, *dead = rq->dead;

	rq->push = NULL;
	rq->dead = NULL;
	spin_unlock(&rq->lock);
	if (unlikely(push != NULL)) {
		struct run_queue *to = balance_choose(push);

		spin_lock(&to->lock);
		push->vruntime += to->min_vruntime - rq->min_vruntime;
		sched_enqueue(to, push);
		sched_kick(to, push);
		spin_unlock(&to->lock);
	}
	if (unlikely(dead != NULL))
		thread_free_dead(dead);
}

static void load_user_state(struct cpu *cpu, struct thread *prev,
			    struct thread *next)
{
	fpu_switch(prev, next);
	if (next->tlb)
		tlb_switch(next->tlb);
	else
		cpu->tlb_lazy = true;
	if (next->kernel)
		return;
	if (next->fs_base != cpu->loaded_fs) {
		cpu->loaded_fs = next->fs_base;
		msr_write(MSR_FS_BASE, next->fs_base);
	}
	if (next->gs_base != cpu->loaded_gs) {
		cpu->loaded_gs = next->gs_base;
		msr_write(MSR_KERNEL_GS_BASE, next->gs_base);
	}
	cpu_set_stack(cpu, next->stack + KERNEL_STACK_SIZE);
}

void thread_load_bases(void)
{
	uint64_t flags = irq_save();
	struct cpu *cpu = this_cpu();
	struct thread *thread = cpu->current;

	cpu->loaded_fs = thread->fs_base;
	cpu->loaded_gs = thread->gs_base;
	msr_write(MSR_FS_BASE, thread->fs_base);
	msr_write(MSR_KERNEL_GS_BASE, thread->gs_base);
	irq_restore(flags);
}

static void switch_to(struct run_queue *rq, struct thread *prev,
		      struct thread *next, nsec_t now)
{
	struct cpu *cpu = rq->cpu;

	rq->idle = next == cpu->idle;
	prev->on_cpu = false;
	next->on_cpu = true;
	next->run_since = now;
	next->cpu = cpu->number;
	next->switches++;
	rq->times.switches++;
	cpu->current = next;
	load_user_state(cpu, prev, next);
	if (!rq->idle)
		ktimers_start_tick(now + TICK);
	switch_context(&prev->kernel_sp, next->kernel_sp);
	/* Back on prev's stack, much later, perhaps on another CPU. */
	finish_switch();
}

/* prev leaves the CPU: queue it, or let it go. */
static void put_prev(struct run_queue *rq, struct thread *prev)
{
	if (prev == rq->cpu->idle)
		return;
	if (prev->state == THREAD_RUNNABLE) {
		if (prev->affinity & BIT(rq->cpu->number))
			sched_enqueue(rq, prev);
		else
			rq->push = prev;
		return;
	}
	prev->burst += (prev->run_time - prev->burst_mark - prev->burst) / 4;
	prev->burst_mark = prev->run_time;
	if (prev->state == THREAD_BLOCKED) {
		rq->blocked++;
	} else if (prev->state == THREAD_DEAD) {
		rq->dead = prev;
	}
}

static struct thread *pick_next(struct run_queue *rq, struct thread *wanted)
{
	struct thread *next = wanted;

	if (!next)
		next = of_node(rq->leftmost);
	if (!next && cpu_count > 1 && balance_pull(rq))
		next = of_node(rq->leftmost);
	if (!next)
		return rq->cpu->idle;
	sched_dequeue(rq, next);
	return next;
}

/* `wanted`: NULL, or the thread to run next if it is queued here. */
static void switch_from(struct thread *prev, struct thread *wanted)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = this_queue();
	nsec_t now = clock_monotonic();
	struct thread *next;

	spin_lock(&rq->lock);
	rq->cpu->need_resched = false;
	__atomic_fetch_and(&prev->user_work, ~WORK_RESCHED, __ATOMIC_RELAXED);
	account(rq, prev, now);
	put_prev(rq, prev);
	if (wanted && !(wanted->on_queue && wanted->cpu == rq->cpu->number))
		wanted = NULL;
	next = pick_next(rq, wanted);
	if (next != prev) {
		switch_to(rq, prev, next, now);
	} else {
		rq->idle = next == rq->cpu->idle;
		spin_unlock(&rq->lock);
	}
	irq_restore(flags);
}

void schedule(void)
{
	struct thread *prev = current_thread();

	if (unlikely(in_interrupt()))
		panic("schedule() in an interrupt");
	switch_from(prev, NULL);
}

void schedule_to(struct thread *next)
{
	/* It may still sleep: then it is woken on this CPU. */
	if (next->state != THREAD_RUNNABLE)
		thread_wake(next, WAKE_NORMAL);
	switch_from(current_thread(), next);
}

void thread_yield(void)
{
	struct thread *thread = current_thread();
	struct run_queue *rq = this_queue();
	struct rb_node *last;
	uint64_t flags;

	if (!rq->leftmost)
		return;
	/* Behind all others: that is what sched_yield asks for. */
	flags = spin_lock_irqsave(&rq->lock);
	last = rb_last(&rq->tree);
	if (last && of_node(last)->vruntime >= thread->vruntime)
		thread->vruntime = of_node(last)->vruntime + 1;
	spin_unlock_irqrestore(&rq->lock, flags);
	schedule();
}

void schedule_if_needed(void)
{
	if (this_cpu()->need_resched)
		schedule();
}

/* ---- waking ---- */

static struct run_queue *lock_queue_of(struct thread *thread)
{
	for (;;) {
		struct run_queue *rq = &run_queues[__atomic_load_n(
			&thread->cpu, __ATOMIC_ACQUIRE)];

		spin_lock(&rq->lock);
		if (thread->cpu == rq->cpu->number)
			return rq;
		spin_unlock(&rq->lock);
	}
}

static void start_on(struct run_queue *from, struct thread *thread)
{
	struct run_queue *to = balance_choose(thread);

	if (to != from) {
		thread->vruntime += to->min_vruntime - from->min_vruntime;
		spin_unlock(&from->lock);
		spin_lock(&to->lock);
	}
	sched_place(to, thread);
	sched_enqueue(to, thread);
	sched_kick(to, thread);
	spin_unlock(&to->lock);
}

bool thread_wake(struct thread *thread, unsigned state_mask)
{
	uint64_t flags;
	struct run_queue *rq;

	/* Without the lock: nothing to wake, as most signals find. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(1u << __atomic_load_n(&thread->state, __ATOMIC_RELAXED) &
	      state_mask))
		return false;
	flags = irq_save();
	rq = lock_queue_of(thread);
	if (!(1u << thread->state & state_mask)) {
		spin_unlock(&rq->lock);
		irq_restore(flags);
		return false;
	}
	if (thread->state == THREAD_BLOCKED && !thread->on_cpu)
		rq->blocked--;
	thread->state = THREAD_RUNNABLE;
	if (thread->on_cpu)
		spin_unlock(&rq->lock); /* it had not gone to sleep yet */
	else
		start_on(rq, thread);
	irq_restore(flags);
	return true;
}

void thread_start(struct thread *thread)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = this_queue();

	thread->cpu = rq->cpu->number;
	thread->state = THREAD_RUNNABLE;
	spin_lock(&rq->lock);
	thread->vruntime = rq->min_vruntime;
	start_on(rq, thread);
	irq_restore(flags);
}

/* ---- nice and affinity ---- */

/* Linux's table: a step is 25 %. */
static const unsigned weights[40] = {
	88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916,
	9548,  7620,  6100,  4904,  3906,  3121,  2501,	 1991,	1586,  1277,
	1024,  820,   655,   526,   423,   335,	  272,	 215,	172,   137,
	110,   87,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

void thread_set_nice(struct thread *thread, int nice)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = lock_queue_of(thread);
	bool queued = thread->on_queue;

	if (queued)
		sched_dequeue(rq, thread);
	thread->nice = CLAMP(nice, -20, 19);
	thread->weight = weights[thread->nice + 20];
	if (queued)
		sched_enqueue(rq, thread);
	spin_unlock(&rq->lock);
	irq_restore(flags);
}

void thread_set_affinity(struct thread *thread, uint64_t wanted)
{
	uint64_t flags = irq_save();
	struct run_queue *rq = lock_queue_of(thread);

	thread->affinity = wanted;
	if (!(wanted & BIT(thread->cpu))) {
		if (thread->on_cpu) {
			sched_want_switch(rq->cpu);
			if (rq->cpu != this_cpu())
				cpu_send_reschedule(rq->cpu);
		} else if (thread->on_queue) {
			sched_dequeue(rq, thread);
			start_on(rq, thread);
			irq_restore(flags);
			return;
		}
	}
	spin_unlock(&rq->lock);
	irq_restore(flags);
	schedule_if_needed();
}

/* ---- threads' first steps, and the idle loop ---- */

void thread_begin(void)
{
	struct thread *thread;

	finish_switch();
	irq_enable();
	thread = current_thread();
	if (!thread->kernel)
		return;
	thread->entry(thread->entry_arg);
	thread_exit();
}

void thread_exit(void)
{
	irq_disable();
	current_thread()->state = THREAD_DEAD;
	schedule();
	panic("a dead thread runs");
}

NORETURN void sched_idle(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		irq_disable();
		if (cpu->need_resched || cpu->run_queue->queued) {
			irq_enable();
			schedule();
			continue;
		}
		/* sti takes effect after hlt has begun: no wake-up is lost. */
		__asm__ volatile("sti; hlt" : : : "memory");
	}
}

/* ---- start-up ---- */

static void init_queue(unsigned n)
{
	struct run_queue *rq = &run_queues[n];

	rq->cpu = cpus[n];
	rq->idle = true;
	cpus[n]->run_queue = rq;
}

static void user_reschedule(void)
{
	schedule();
}

static void return_to_user(struct trap_frame *frame)
{
}

static const char *name_for_panic(void)
{
	struct thread *thread = current_thread();

	return thread ? thread->name : "(none)";
}

extern const char *(*panic_thread_name)(void);

void sched_init(void)
{
	struct thread *idle;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		init_queue(i);
	thread_init();
	idle = thread_create_idle(cpus[0]);
	cpus[0]->current = idle;
	idle->on_cpu = true;
	ktimers_init();
	trap_handlers.reschedule = user_reschedule;
	trap_handlers.return_to_user = return_to_user;
	reschedule_interrupt = reschedule_ipi;
	timer_interrupt = ktimers_run;
	interrupt_entropy = random_add_interrupt;
	panic_thread_name = name_for_panic;
}

/* What another CPU does once it is up: it is its idle thread. */
static void other_cpu(void)
{
	struct cpu *cpu = this_cpu();

	cpu->idle->on_cpu = true;
	cpu->idle->run_since = clock_monotonic();
	sched_idle();
}

void sched_init_cpus(void)
{
	for (unsigned i = 1; i < cpu_count; i++) {
		struct thread *idle = thread_create_idle(cpus[i]);

		cpus[i]->current = idle;
		cpus[i]->kernel_stack = idle->stack + KERNEL_STACK_SIZE;
	}
	smp_main = other_cpu;
}

void sched_start(void)
{
	this_cpu()->idle->run_since = clock_monotonic();
	irq_enable();
	thread_start_reaper();
	load_init();
}

void cpu_times(unsigned cpu, struct cpu_times *times)
{
	struct run_queue *rq = &run_queues[cpu];
	uint64_t flags = spin_lock_irqsave(&rq->lock);

	*times = rq->times;
	if (rq->idle && cpus[cpu]->current)
		times->idle +=
			clock_monotonic() - cpus[cpu]->current->run_since;
	spin_unlock_irqrestore(&rq->lock, flags);
}

void thread_times(struct thread *thread, nsec_t *user, nsec_t *system)
{
	nsec_t running = 0;

	*user = READ_ONCE(thread->user_time);
	*system = READ_ONCE(thread->system_time);
	if (thread->on_cpu)
		running = clock_monotonic() - READ_ONCE(thread->run_since);
	if (running > 0 && thread->sampled_user)
		*user += running;
	else if (running > 0)
		*system += running;
}
