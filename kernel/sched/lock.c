// SPDX-License-Identifier: MIT
/*
 * Locks that sleep.
 *
 * A mutex is free (0), held (1), held with waiters (2), or held and promised
 * to the first waiter (3). Taking a free one and giving up one without waiters
 * are one compare-exchange. A waiter is woken to try again; when somebody else
 * was faster it asks for a promise, so nobody starves.
 *
 * A reader-writer mutex hands itself over to its waiters in their order.
 */
#include "kernel/sched/lock.h"
#include "kernel/arch/x86_64/panic.h"
#include "lib/errno.h"

#define FREE 0
#define HELD 1
#define WAITED 2
#define PROMISED 3
#define SPINS 200

void mutex_init(struct mutex *mutex)
{
	mutex->locked = FREE;
	mutex->owner = NULL;
	mutex->first = NULL;
	spin_init(&mutex->lock);
}

static bool exchange(struct mutex *mutex, int32_t from, int32_t to)
{
	return __atomic_compare_exchange_n(&mutex->locked, &from, to, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool mutex_trylock(struct mutex *mutex)
{
	if (!exchange(mutex, FREE, HELD))
		return false;
	mutex->owner = current_thread();
	return true;
}

/* While the holder runs on another CPU it will soon be done. */
static bool spin(struct mutex *mutex)
{
	for (unsigned i = 0; cpu_count > 1 && i < SPINS; i++) {
		struct thread *owner = READ_ONCE(mutex->owner);

		if (READ_ONCE(mutex->locked) == FREE && mutex_trylock(mutex))
			return true;
		if (READ_ONCE(mutex->locked) > HELD ||
		    (owner && !READ_ONCE(owner->on_cpu)))
			return false;
		cpu_relax();
	}
	return false;
}

/* A waiter, on its own stack. */
struct waiter {
	struct list link;
	struct thread *thread;
	bool queued;
};

/* The ring's; mutex->lock is held. */
static void join_queue(struct mutex *mutex, struct waiter *waiter)
{
	if (mutex->first)
		list_push_back(mutex->first, &waiter->link);
	else
		mutex->first = &waiter->link;
	waiter->queued = true;
}

static void leave_queue(struct mutex *mutex, struct waiter *waiter)
{
	struct list *next = waiter->link.next;

	if (!waiter->queued)
		return;
	if (mutex->first == &waiter->link)
		mutex->first = next == &waiter->link ? NULL : next;
	list_remove(&waiter->link);
	waiter->queued = false;
}

static struct waiter *first_waiter(const struct mutex *mutex)
{
	return mutex->first ? container_of(mutex->first, struct waiter, link) :
			      NULL;
}

/* mutex->lock is held. True: it is ours now. */
static bool try_with_queue(struct mutex *mutex, struct waiter *self,
			   bool promise)
{
	bool others = mutex->first && !(mutex->first == &self->link &&
					self->link.next == &self->link);

	for (;;) {
		int32_t now = READ_ONCE(mutex->locked);
		int32_t to = promise || now == PROMISED ? PROMISED : WAITED;

		if (now == FREE) {
			if (exchange(mutex, FREE, others ? WAITED : HELD))
				return true;
		} else if (exchange(mutex, now, to)) {
			return false;
		}
	}
}

static int lock_slow(struct mutex *mutex, enum thread_state state)
{
	struct thread *me = current_thread();
	struct waiter self = { .thread = me };
	bool woken = false;
	int err = 0;

	if (spin(mutex))
		return 0;
	list_init(&self.link);
	spin_lock(&mutex->lock);
	while (mutex->owner != me) {
		if (try_with_queue(mutex, &self, woken)) {
			mutex->owner = me;
			break;
		}
		if (state == THREAD_SLEEPING && signal_pending()) {
			err = -EINTR;
			break;
		}
		if (!self.queued)
			join_queue(mutex, &self);
		__atomic_store_n(&me->state, state, __ATOMIC_SEQ_CST);
		spin_unlock(&mutex->lock);
		schedule();
		woken = true;
		spin_lock(&mutex->lock);
	}
	leave_queue(mutex, &self);
	/* A waiter that gives up may have been the one that was woken. */
	if (err && mutex->locked == FREE && mutex->first)
		thread_wake(first_waiter(mutex)->thread, WAKE_NORMAL);
	spin_unlock(&mutex->lock);
	return err;
}

void mutex_lock(struct mutex *mutex)
{
	if (unlikely(!mutex_trylock(mutex))) {
		ASSERT(mutex->owner != current_thread());
		lock_slow(mutex, THREAD_BLOCKED);
	}
}

int mutex_lock_interruptible(struct mutex *mutex)
{
	if (likely(mutex_trylock(mutex)))
		return 0;
	ASSERT(mutex->owner != current_thread());
	return lock_slow(mutex, THREAD_SLEEPING);
}

static void unlock_slow(struct mutex *mutex)
{
	struct waiter *first;
	struct thread *thread = NULL;

	spin_lock(&mutex->lock);
	first = first_waiter(mutex);
	if (first)
		thread = first->thread;
	if (first && mutex->locked == PROMISED) {
		leave_queue(mutex, first);
		mutex->owner = thread;
		__atomic_store_n(&mutex->locked, mutex->first ? WAITED : HELD,
				 __ATOMIC_RELEASE);
	} else {
		__atomic_store_n(&mutex->locked, FREE, __ATOMIC_RELEASE);
	}
	/* Under the lock: the waiter cannot go away before. */
	if (thread)
		thread_wake(thread, WAKE_NORMAL);
	spin_unlock(&mutex->lock);
}

void mutex_unlock(struct mutex *mutex)
{
	int32_t held = HELD;

	ASSERT(mutex->owner == current_thread());
	mutex->owner = NULL;
	if (likely(__atomic_compare_exchange_n(&mutex->locked, &held, FREE,
					       false, __ATOMIC_RELEASE,
					       __ATOMIC_RELAXED)))
		return;
	unlock_slow(mutex);
}

/* ---- readers and writers ---- */

struct rw_waiter {
	struct list link;
	struct thread *thread;
	bool writer, granted;
};

void rwmutex_init(struct rwmutex *mutex)
{
	spin_init(&mutex->lock);
	mutex->readers = 0;
	list_init(&mutex->waiters);
}

static void wait_for_grant(struct rwmutex *mutex, bool writer)
{
	struct thread *me = current_thread();
	struct rw_waiter waiter = { .thread = me, .writer = writer };

	list_push_back(&mutex->waiters, &waiter.link);
	for (;;) {
		__atomic_store_n(&me->state, THREAD_BLOCKED, __ATOMIC_SEQ_CST);
		spin_unlock(&mutex->lock);
		if (!__atomic_load_n(&waiter.granted, __ATOMIC_ACQUIRE))
			schedule();
		spin_lock(&mutex->lock);
		if (waiter.granted)
			break;
	}
	me->state = THREAD_RUNNABLE;
	spin_unlock(&mutex->lock);
}

/* To the waiters at the head, as many as may hold it together. */
static void grant(struct rwmutex *mutex)
{
	struct rw_waiter *waiter;

	while ((waiter = LIST_FIRST(&mutex->waiters, struct rw_waiter, link))) {
		if (mutex->readers < 0 || (waiter->writer && mutex->readers))
			return;
		mutex->readers += waiter->writer ? -1 : 1;
		list_remove(&waiter->link);
		__atomic_store_n(&waiter->granted, true, __ATOMIC_RELEASE);
		thread_wake(waiter->thread, WAKE_NORMAL);
	}
}

/* mutex->lock is held. */
static bool try_write(struct rwmutex *mutex)
{
	if (mutex->readers || !list_empty(&mutex->waiters))
		return false;
	mutex->readers = -1;
	return true;
}

static bool try_read(struct rwmutex *mutex)
{
	if (mutex->readers < 0 || !list_empty(&mutex->waiters))
		return false;
	mutex->readers++;
	return true;
}

/* Holders are mostly on other CPUs and soon done: look a little longer before
 * sleeping. mutex->lock is held, and is held again at the end. */
static bool spin_for(struct rwmutex *mutex, bool (*try)(struct rwmutex *))
{
	for (unsigned i = 0; cpu_count > 1 && i < 4; i++) {
		spin_unlock(&mutex->lock);
		for (unsigned n = 0; n < SPINS / 4 && READ_ONCE(mutex->readers);
		     n++)
			cpu_relax();
		spin_lock(&mutex->lock);
		if (try(mutex))
			return true;
	}
	return false;
}

void rwmutex_read_lock(struct rwmutex *mutex)
{
	spin_lock(&mutex->lock);
	if (likely(try_read(mutex)) || spin_for(mutex, try_read))
		spin_unlock(&mutex->lock);
	else
		wait_for_grant(mutex, false);
}

void rwmutex_read_unlock(struct rwmutex *mutex)
{
	spin_lock(&mutex->lock);
	ASSERT(mutex->readers > 0);
	if (--mutex->readers == 0 && !list_empty(&mutex->waiters))
		grant(mutex);
	spin_unlock(&mutex->lock);
}

void rwmutex_write_lock(struct rwmutex *mutex)
{
	spin_lock(&mutex->lock);
	if (likely(try_write(mutex)) || spin_for(mutex, try_write))
		spin_unlock(&mutex->lock);
	else
		wait_for_grant(mutex, true);
}

void rwmutex_write_unlock(struct rwmutex *mutex)
{
	spin_lock(&mutex->lock);
	ASSERT(mutex->readers == -1);
	mutex->readers = 0;
	if (!list_empty(&mutex->waiters))
		grant(mutex);
	spin_unlock(&mutex->lock);
}
