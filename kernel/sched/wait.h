// SPDX-License-Identifier: MIT
/*
 * Wait queues: where threads sleep until something is true.
 *
 * An entry is either a thread or a callback (epoll and poll use callbacks).
 * Waking never runs under the waker's other locks except where a comment says
 * so; a callback must be short and must not sleep. The macros re-check the
 * condition after enqueueing, so no wake-up is lost.
 */
#pragma once

#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/list.h"

struct wait_queue {
	struct spinlock lock;
	struct list entries;
};

struct wait_entry {
	struct list link;
	struct thread *thread; /* to wake, when callback is NULL */
	/* True: this entry used up one exclusive wake-up. `key`: POLL* bits. */
	bool (*callback)(struct wait_entry *entry, unsigned key);
	void *arg;
	bool exclusive;
	bool woken;
};

void wait_queue_init(struct wait_queue *queue);
void wait_add(struct wait_queue *queue, struct wait_entry *entry);
void wait_add_exclusive(struct wait_queue *queue, struct wait_entry *entry);
void wait_remove(struct wait_queue *queue, struct wait_entry *entry);
static inline bool wait_active(struct wait_queue *queue)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return !list_empty(&queue->entries);
}

/* All plain waiters and at most one exclusive one. Safe from interrupts. */
void wake_up(struct wait_queue *queue, unsigned key);
void wake_up_all(struct wait_queue *queue, unsigned key);

#define NO_DEADLINE NSEC_NEVER

/* Sleep in `state` until woken or until the monotonic clock shows `deadline`.
 * Call with the state set by wait_prepare. 0, or -ETIMEDOUT. */
void wait_prepare(struct wait_queue *queue, struct wait_entry *entry,
		  enum thread_state state);
int wait_schedule(nsec_t deadline);
void wait_finish(struct wait_queue *queue, struct wait_entry *entry);
/* Sleep without a queue; woken by thread_wake. 0, -ETIMEDOUT, -EINTR. */
int sleep_until(nsec_t deadline);

/* 0 when the condition holds, -EINTR (a signal), -ETIMEDOUT. */
#define wait_event_until(queue, condition, deadline)                    \
	({                                                              \
		int wait_result_ = 0;                                   \
		if (!(condition)) {                                     \
			struct wait_entry wait_entry_ = { 0 };          \
			for (;;) {                                      \
				wait_prepare(queue, &wait_entry_,       \
					     THREAD_SLEEPING);          \
				if (condition) {                        \
					wait_result_ = 0;               \
					break;                          \
				}                                       \
				if (wait_result_)                       \
					break;                          \
				if (signal_pending()) {                 \
					wait_result_ = -EINTR;          \
					break;                          \
				}                                       \
				wait_result_ = wait_schedule(deadline); \
			}                                               \
			wait_finish(queue, &wait_entry_);               \
		}                                                       \
		wait_result_;                                           \
	})
#define wait_event(queue, condition) \
	wait_event_until(queue, condition, NO_DEADLINE)
/* Not ended by signals: for the disk and the like. */
#define wait_event_blocked(queue, condition)                               \
	do {                                                               \
		struct wait_entry wait_entry_ = { 0 };                     \
		for (;;) {                                                 \
			wait_prepare(queue, &wait_entry_, THREAD_BLOCKED); \
			if (condition)                                     \
				break;                                     \
			wait_schedule(NO_DEADLINE);                        \
		}                                                          \
		wait_finish(queue, &wait_entry_);                          \
	} while (0)
