// SPDX-License-Identifier: MIT
/*
 * Futexes (kernel/proc/futex.h).
 *
 * Waiters hang in hashed buckets. The value is read under the bucket's lock,
 * after which the waiter is already queued for every waker: no wake-up is
 * lost. Reading must not fault under the lock; when it would, the lock is
 * dropped, the page is brought in, and all begins again.
 */
#include "kernel/proc/futex.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/hash.h"

#define BUCKETS 256
#define OWNER_DIED 0x40000000u
#define WAITERS 0x80000000u
#define TID_MASK 0x3fffffffu
#define ROBUST_LIMIT 2048

struct bucket {
	struct spinlock lock;
	struct list waiters;
};

struct waiter {
	struct list link; /* in bucket; guarded by its lock */
	struct bucket *bucket;
	struct thread *thread;
	uint64_t key[2];
	uint32_t bitset;
	bool woken;
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock);
		list_init(&buckets[i].waiters);
	}
}

static struct bucket *bucket_of(const uint64_t key[2])
{
	return &buckets[hash_pair(key[0], key[1]) % BUCKETS];
}

static int get_key(uaddr_t at, bool shared, uint64_t key[2])
{
	if (at & 3)
		return -EINVAL;
	if (!user_range_ok(at, 4))
		return -EFAULT;
	return space_futex_key(current_thread()->space, at, shared, key);
}

static bool same(const struct waiter *waiter, const uint64_t key[2])
{
	return waiter->key[0] == key[0] && waiter->key[1] == key[1];
}

/* Bucket lock held. The waiter's memory may go as soon as `woken` is set. */
static void wake_waiter(struct waiter *waiter)
{
	struct thread *thread = waiter->thread;

	thread_get(thread);
	list_remove(&waiter->link);
	atomic_store(&waiter->woken, true);
	thread_wake(thread, WAKE_NORMAL);
	thread_put(thread);
}

/* Takes it out of whatever bucket it was moved to. True: it had been woken. */
static bool leave(struct waiter *waiter)
{
	for (;;) {
		struct bucket *bucket = atomic_load(&waiter->bucket);

		spin_lock(&bucket->lock);
		if (bucket != waiter->bucket) {
			spin_unlock(&bucket->lock);
			continue;
		}
		if (!waiter->woken)
			list_remove(&waiter->link);
		spin_unlock(&bucket->lock);
		return waiter->woken;
	}
}

/* Queue it if the word has the value. 0, -EAGAIN, -EFAULT. */
static int join(struct waiter *waiter, uaddr_t at, uint32_t value)
{
	for (;;) {
		uint32_t now;
		int error;

		spin_lock(&waiter->bucket->lock);
		error = user_load_32_nofault(&now, at);
		if (!error && now == value) {
			list_push_back(&waiter->bucket->waiters, &waiter->link);
			spin_unlock(&waiter->bucket->lock);
			return 0;
		}
		spin_unlock(&waiter->bucket->lock);
		if (!error)
			return -EAGAIN;
		if (user_fault_in(at, false))
			return -EFAULT;
	}
}

static int prepare(struct waiter *waiter, uaddr_t at, bool shared,
		   uint32_t bitset)
{
	int error = get_key(at, shared, waiter->key);

	if (error)
		return error;
	waiter->bucket = bucket_of(waiter->key);
	waiter->thread = current_thread();
	waiter->bitset = bitset;
	waiter->woken = false;
	list_init(&waiter->link);
	return 0;
}

static bool any_woken(const struct waiter *waiters, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (atomic_load(&waiters[i].woken))
			return true;
	}
	return false;
}

/* Sleep until one of them is woken: 0, -ETIMEDOUT, -EINTR. */
static int sleep_for(const struct waiter *waiters, unsigned count,
		     nsec_t deadline)
{
	struct thread *self = current_thread();
	int error = 0;

	for (;;) {
		self->state = THREAD_SLEEPING;
		atomic_fence();
		if (any_woken(waiters, count)) {
			error = 0;
			break;
		}
		if (error)
			break;
		if (signal_pending()) {
			error = -EINTR;
			break;
		}
		error = wait_schedule(deadline);
	}
	self->state = THREAD_RUNNABLE;
	return error;
}

int futex_wait(uaddr_t at, bool shared, uint32_t value, uint32_t bitset,
	       nsec_t deadline)
{
	struct waiter waiter;
	int error = prepare(&waiter, at, shared, bitset);

	if (!error)
		error = join(&waiter, at, value);
	if (error)
		return error;
	error = sleep_for(&waiter, 1, deadline);
	return leave(&waiter) ? 0 : error;
}

int futex_wait_many(const struct futex_waitv *waits, unsigned count,
		    nsec_t deadline)
{
	struct waiter *waiters = kcalloc(count, sizeof *waiters);
	unsigned joined = 0;
	int error = 0, result = -1;

	if (!waiters)
		return -ENOMEM;
	for (; joined < count && !error; joined++) {
		const struct futex_waitv *wait = &waits[joined];

		error = prepare(&waiters[joined], wait->at,
				!(wait->flags & 128), FUTEX_BITSET_ALL);
		if (!error)
			error = join(&waiters[joined], wait->at, wait->value);
		if (error)
			break;
	}
	if (!error)
		error = sleep_for(waiters, count, deadline);
	while (joined--) {
		if (leave(&waiters[joined]))
			result = joined;
	}
	kfree(waiters);
	return result >= 0 ? result : error;
}

int futex_wake(uaddr_t at, bool shared, unsigned count, uint32_t bitset)
{
	struct bucket *bucket;
	struct waiter *waiter;
	uint64_t key[2];
	int woken = 0, error = get_key(at, shared, key);

	if (error)
		return error;
	bucket = bucket_of(key);
	spin_lock(&bucket->lock);
	LIST_FOR_EACH_SAFE(waiter, &bucket->waiters, link) {
		if (!same(waiter, key) || !(waiter->bitset & bitset))
			continue;
		if ((unsigned)woken >= count)
			break;
		wake_waiter(waiter);
		woken++;
	}
	spin_unlock(&bucket->lock);
	return woken;
}

int futex_wake_address(uaddr_t at, bool shared, unsigned count)
{
	int woken = futex_wake(at, false, count, FUTEX_BITSET_ALL);

	if (shared && woken >= 0 && (unsigned)woken < count)
		woken = futex_wake(at, true, count - woken, FUTEX_BITSET_ALL);
	return woken;
}

static void lock_both(struct bucket *a, struct bucket *b)
{
	if (a > b) {
		struct bucket *swap = a;

		a = b;
		b = swap;
	}
	spin_lock(&a->lock);
	if (a != b)
		spin_lock(&b->lock);
}

static void unlock_both(struct bucket *a, struct bucket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* Both locks held. */
static int move_waiters(struct bucket *from, const uint64_t key[2],
			struct bucket *to, const uint64_t to_key[2],
			unsigned wake, unsigned move)
{
	struct waiter *waiter;
	int done = 0;

	LIST_FOR_EACH_SAFE(waiter, &from->waiters, link) {
		if (!same(waiter, key))
			continue;
		if (wake) {
			wake--;
			wake_waiter(waiter);
		} else if (move) {
			move--;
			list_remove(&waiter->link);
			waiter->key[0] = to_key[0];
			waiter->key[1] = to_key[1];
			list_push_back(&to->waiters, &waiter->link);
			atomic_store(&waiter->bucket, to);
		} else {
			break;
		}
		done++;
	}
	return done;
}

int futex_requeue(uaddr_t at, uaddr_t to, bool shared, unsigned wake,
		  unsigned move, const uint32_t *expect)
{
	struct bucket *from_bucket, *to_bucket;
	uint64_t key[2], to_key[2];
	uint32_t now;
	int result = get_key(at, shared, key);

	if (!result)
		result = get_key(to, shared, to_key);
	if (result)
		return result;
	from_bucket = bucket_of(key);
	to_bucket = bucket_of(to_key);
	for (;;) {
		lock_both(from_bucket, to_bucket);
		if (!expect || !user_load_32_nofault(&now, at))
			break;
		unlock_both(from_bucket, to_bucket);
		if (user_fault_in(at, false))
			return -EFAULT;
	}
	if (expect && now != *expect)
		result = -EAGAIN;
	else
		result = move_waiters(from_bucket, key, to_bucket, to_key, wake,
				      move);
	unlock_both(from_bucket, to_bucket);
	return result;
}

static int apply(uint32_t operation, uint32_t old, uint32_t *new)
{
	uint32_t kind = operation >> 28 & 7;
	uint32_t argument = (int32_t)(operation << 8) >> 20;

	if (operation >> 31)
		argument = 1u << (argument & 31);
	switch (kind) {
	case 0:
		*new = argument;
		return 0;
	case 1:
		*new = old + argument;
		return 0;
	case 2:
		*new = old | argument;
		return 0;
	case 3:
		*new = old & ~argument;
		return 0;
	case 4:
		*new = old ^ argument;
		return 0;
	}
	return -ENOSYS;
}

static bool compare(uint32_t operation, int32_t old)
{
	int32_t argument = (int32_t)(operation << 20) >> 20;

	switch (operation >> 24 & 15) {
	case 0:
		return old == argument;
	case 1:
		return old != argument;
	case 2:
		return old < argument;
	case 3:
		return old <= argument;
	case 4:
		return old > argument;
	case 5:
		return old >= argument;
	}
	return false;
}

/* The read-modify-write of the second word; both locks held. -EAGAIN: fault
 * it in and come again. */
static int change_word(uaddr_t at, uint32_t operation, uint32_t *old)
{
	uint32_t new;
	int error;

	if (user_load_32_nofault(old, at))
		return -EAGAIN;
	for (;;) {
		uint32_t expect = *old;

		error = apply(operation, expect, &new);
		if (error)
			return error;
		if (user_compare_exchange_32_nofault(at, expect, new, old))
			return -EAGAIN;
		if (*old == expect)
			return 0;
	}
}

int futex_wake_op(uaddr_t at, uaddr_t second, bool shared, unsigned count,
		  unsigned second_count, uint32_t operation)
{
	uint64_t key[2], second_key[2];
	struct bucket *one, *two;
	uint32_t old;
	int done, error = get_key(at, shared, key);

	if (!error)
		error = get_key(second, shared, second_key);
	if (error)
		return error;
	one = bucket_of(key);
	two = bucket_of(second_key);
	for (;;) {
		lock_both(one, two);
		error = change_word(second, operation, &old);
		if (error != -EAGAIN)
			break;
		unlock_both(one, two);
		if (user_fault_in(second, true))
			return -EFAULT;
	}
	done = error ? error : move_waiters(one, key, NULL, NULL, count, 0);
	if (!error && compare(operation, old))
		done += move_waiters(two, second_key, NULL, NULL, second_count,
				     0);
	unlock_both(one, two);
	return done;
}

/* ---- robust lists: get_robust_list(2) ---- */

/* The dead thread's lock: mark it and wake one waiter. */
static int release_word(uaddr_t at, int tid, bool pending)
{
	for (;;) {
		uint32_t word, was;

		if (at & 3 || get_user_32(&word, at))
			return -EFAULT;
		if (pending && !word) {
			futex_wake_address(at, true, 1);
			return 0;
		}
		if ((word & TID_MASK) != (uint32_t)tid)
			return 0;
		if (user_compare_exchange_32_nofault(
			    at, word, (word & WAITERS) | OWNER_DIED, &was)) {
			if (user_fault_in(at, true))
				return -EFAULT;
			continue;
		}
		if (was != word)
			continue;
		if (word & WAITERS)
			futex_wake_address(at, true, 1);
		return 0;
	}
}

void robust_exit(struct thread *thread)
{
	uaddr_t head = thread->extra->robust_list;
	uint64_t entry, offset, pending, next;

	thread->extra->robust_list = 0;
	if (!head || !thread->space || get_user_64(&entry, head) ||
	    get_user_64(&offset, head + 8) || get_user_64(&pending, head + 16))
		return;
	for (unsigned i = 0; i < ROBUST_LIMIT && (entry & ~1ull) != head; i++) {
		bool bad = get_user_64(&next, entry & ~1ull);

		if ((entry & ~1ull) != (pending & ~1ull) &&
		    release_word((entry & ~1ull) + offset, thread->tid, false))
			return;
		if (bad)
			return;
		entry = next;
	}
	if (pending & ~1ull)
		release_word((pending & ~1ull) + offset, thread->tid, true);
}
