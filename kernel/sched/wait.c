// SPDX-License-Identifier: MIT
/*
 * Wait queues. The waker sets the condition, then takes the queue's lock; the
 * sleeper enters the queue and its state, then looks at the condition: one of
 * the two sees the other.
 */
#include "kernel/sched/wait.h"
#include "kernel/sched/clock.h"
#include "lib/errno.h"

void wait_queue_init(struct wait_queue *queue)
{
	spin_init(&queue->lock);
	list_init(&queue->entries);
}

static void add(struct wait_queue *queue, struct wait_entry *entry,
		bool exclusive)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	entry->exclusive = exclusive;
	entry->woken = false;
	/* Exclusive ones last: all the others are woken first. */
	if (exclusive)
		list_push_back(&queue->entries, &entry->link);
	else
		list_push_front(&queue->entries, &entry->link);
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_add(struct wait_queue *queue, struct wait_entry *entry)
{
	if (!entry->callback && !entry->thread)
		entry->thread = current_thread();
	add(queue, entry, false);
}

void wait_add_exclusive(struct wait_queue *queue, struct wait_entry *entry)
{
	if (!entry->callback && !entry->thread)
		entry->thread = current_thread();
	add(queue, entry, true);
}

void wait_remove(struct wait_queue *queue, struct wait_entry *entry)
{
	uint64_t flags;

	if (!entry->link.next)
		return; /* never added */
	flags = spin_lock_irqsave(&queue->lock);
	list_remove(&entry->link);
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* True: an exclusive waiter has been served. */
static bool wake_entry(struct wait_entry *entry, unsigned key)
{
	entry->woken = true;
	if (entry->callback)
		return entry->callback(entry, key) && entry->exclusive;
	return thread_wake(entry->thread, WAKE_NORMAL) && entry->exclusive;
}

static void wake(struct wait_queue *queue, unsigned key, bool all)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct wait_entry *entry;

	LIST_FOR_EACH_SAFE(entry, &queue->entries, link) {
		if (wake_entry(entry, key) && !all)
			break;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wake_up(struct wait_queue *queue, unsigned key)
{
	if (wait_active(queue))
		wake(queue, key, false);
}

void wake_up_all(struct wait_queue *queue, unsigned key)
{
	if (wait_active(queue))
		wake(queue, key, true);
}

void wait_prepare(struct wait_queue *queue, struct wait_entry *entry,
		  enum thread_state state)
{
	struct thread *thread = current_thread();

	if (!entry->link.next) {
		entry->thread = thread;
		add(queue, entry, entry->exclusive);
	}
	__atomic_store_n(&thread->state, state, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void wait_finish(struct wait_queue *queue, struct wait_entry *entry)
{
	__atomic_store_n(&current_thread()->state, THREAD_RUNNABLE,
			 __ATOMIC_RELAXED);
	wait_remove(queue, entry);
}

struct sleeper {
	struct ktimer timer;
	struct thread *thread;
};

static void end_sleep(struct ktimer *timer)
{
	struct sleeper *sleeper = container_of(timer, struct sleeper, timer);

	thread_wake(sleeper->thread, WAKE_NORMAL);
}

int wait_schedule(nsec_t deadline)
{
	struct sleeper sleeper;

	if (deadline == NO_DEADLINE) {
		schedule();
		return 0;
	}
	sleeper.thread = current_thread();
	if (clock_monotonic() >= deadline) {
		sleeper.thread->state = THREAD_RUNNABLE;
		return -ETIMEDOUT;
	}
	ktimer_init(&sleeper.timer, end_sleep);
	ktimer_arm(&sleeper.timer, deadline);
	schedule();
	ktimer_cancel(&sleeper.timer);
	return clock_monotonic() >= deadline ? -ETIMEDOUT : 0;
}

int sleep_until(nsec_t deadline)
{
	struct thread *thread = current_thread();
	int err;

	__atomic_store_n(&thread->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!thread->kernel && signal_pending()) {
		thread->state = THREAD_RUNNABLE;
		return -EINTR;
	}
	err = wait_schedule(deadline);
	if (!thread->kernel && signal_pending())
		return -EINTR;
	return err;
}
