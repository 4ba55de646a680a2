// SPDX-License-Identifier: MIT
/*
 * Which CPU a thread runs on. A woken thread goes back to the CPU it was on if
 * that is idle, else to any idle one, else stays where it was. But when the
 * waker is one that soon sleeps (as both sides of a conversation do) and
 * nothing else waits for its CPU, the woken one comes there: waking another
 * CPU costs more than waiting for this one.
 * A CPU that becomes idle, or ticks and has much less than another, pulls a
 * thread over.
 */
#include "kernel/sched/sched.h"
#include "kernel/arch/x86_64/panic.h"

static bool allowed(const struct thread *thread, unsigned cpu)
{
	return thread->affinity & BIT(cpu) && cpus[cpu]->started;
}

static bool is_idle(unsigned cpu)
{
	struct run_queue *rq = &run_queues[cpu];

	return READ_ONCE(rq->idle) && !READ_ONCE(rq->queued) &&
	       cpus[cpu]->current;
}

static bool will_be_free(unsigned here)
{
	struct cpu *cpu = cpus[here];
	struct run_queue *rq = &run_queues[here];

	return !rq->idle && !rq->queued && !cpu->irq_depth &&
	       cpu->current->burst < SHORT_BURST;
}

struct run_queue *balance_choose(struct thread *thread)
{
	unsigned before = thread->cpu, here = this_cpu()->number;
	unsigned least = UINT32_MAX, best = here;

	if (cpu_count == 1)
		return &run_queues[0];
	if (thread->burst < SHORT_BURST && allowed(thread, here) &&
	    will_be_free(here))
		return &run_queues[here];
	if (allowed(thread, before) && is_idle(before))
		return &run_queues[before];
	for (unsigned i = 0; i < cpu_count; i++)
		if (allowed(thread, i) && is_idle(i))
			return &run_queues[i];
	if (allowed(thread, before))
		return &run_queues[before];
	for (unsigned i = 0; i < cpu_count; i++) {
		if (allowed(thread, i) && run_queues[i].queued < least) {
			least = run_queues[i].queued;
			best = i;
		}
	}
	return &run_queues[best];
}

/* The run queue with the most waiting threads, none of them is needed there
 * as much as here. */
static struct run_queue *busiest(struct run_queue *rq)
{
	unsigned most = rq->queued + (rq->idle || !rq->queued ? 0 : 1);
	struct run_queue *found = NULL;

	for (unsigned i = 0; i < cpu_count; i++) {
		unsigned queued = READ_ONCE(run_queues[i].queued);

		if (&run_queues[i] != rq && queued > most) {
			most = queued;
			found = &run_queues[i];
		}
	}
	return found;
}

/* The last in line that may come here. */
static struct thread *movable(struct run_queue *from, unsigned to)
{
	for (struct rb_node *n = rb_last(&from->tree); n; n = rb_prev(n)) {
		struct thread *thread = RB_ENTRY(n, struct thread, run_node);

		if (allowed(thread, to))
			return thread;
	}
	return NULL;
}

bool balance_pull(struct run_queue *rq)
{
	struct run_queue *from = busiest(rq);
	struct thread *thread;

	/* trylock: the other CPU may be pulling from us. */
	if (!from || !spin_trylock(&from->lock))
		return false;
	thread = movable(from, rq->cpu->number);
	if (thread) {
		sched_dequeue(from, thread);
		thread->vruntime += rq->min_vruntime - from->min_vruntime;
		sched_enqueue(rq, thread);
	}
	spin_unlock(&from->lock);
	return thread != NULL;
}

void balance_offer(struct run_queue *rq)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		struct run_queue *other = &run_queues[i];

		if (other == rq || !is_idle(i) || !spin_trylock(&other->lock))
			continue;
		if (other->idle && !other->cpu->need_resched) {
			sched_want_switch(other->cpu);
			cpu_send_reschedule(other->cpu);
			spin_unlock(&other->lock);
			return;
		}
		spin_unlock(&other->lock);
	}
}
