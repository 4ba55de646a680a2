// SPDX-License-Identifier: MIT
/*
 * Thin names for the compiler's atomic built-ins, and reference counts that
 * saturate: a count that overflows sticks at its ceiling and the object leaks,
 * which is harmless where a freed object in use is not.
 * The macros work on any integer or pointer variable.
 */
#pragma once

#include "lib/types.h"

#define atomic_load(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define atomic_load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define atomic_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define atomic_store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define atomic_exchange(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

/* The value before the operation. */
#define atomic_fetch_add(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_sub(p, v) __atomic_fetch_sub(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_or(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define atomic_fetch_and(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
/* A statistic: no order with anything else. */
#define atomic_count(p, v) ((void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED))
#define atomic_fence() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* True when *p was `old` (and is `new` now). */
#define atomic_swap_if(p, old, new)                                \
	({                                                         \
		__typeof__(*(p)) swap_old_ = (old);                \
		__atomic_compare_exchange_n(p, &swap_old_, new, 0, \
					    __ATOMIC_SEQ_CST,      \
					    __ATOMIC_SEQ_CST);     \
	})

#define REFCOUNT_SATURATED INT32_C(0x40000000)

struct refcount {
	int32_t n;
};

static inline void refcount_init(struct refcount *ref, int32_t n)
{
	__atomic_store_n(&ref->n, n, __ATOMIC_RELAXED);
}

static inline int32_t refcount_read(const struct refcount *ref)
{
	return __atomic_load_n(&ref->n, __ATOMIC_RELAXED);
}

static inline void refcount_get(struct refcount *ref)
{
	int32_t old = __atomic_fetch_add(&ref->n, 1, __ATOMIC_RELAXED);

	if (unlikely(old >= REFCOUNT_SATURATED))
		__atomic_store_n(&ref->n, REFCOUNT_SATURATED + (1 << 28),
				 __ATOMIC_RELAXED);
}

/* Takes a reference unless the count has already fallen to 0. */
static inline bool refcount_get_unless_zero(struct refcount *ref)
{
	int32_t old = __atomic_load_n(&ref->n, __ATOMIC_RELAXED);

	while (old > 0) {
		if (old >= REFCOUNT_SATURATED)
			return true;
		if (__atomic_compare_exchange_n(&ref->n, &old, old + 1, 1,
						__ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/* True when that was the last reference: the caller frees the object. */
static inline MUST_CHECK bool refcount_put(struct refcount *ref)
{
	int32_t old;

	if (unlikely(refcount_read(ref) >= REFCOUNT_SATURATED))
		return false;
	old = __atomic_fetch_sub(&ref->n, 1, __ATOMIC_ACQ_REL);
	if (unlikely(old <= 0))
		__builtin_trap(); /* freed twice */
	return old == 1;
}
