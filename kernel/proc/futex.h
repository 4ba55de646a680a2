// SPDX-License-Identifier: MIT
/*
 * Futexes: sleep while a word in user memory has a value.
 *
 * The key of a word is (space, address), or (mapping, offset) for memory that
 * other processes share. All return -EFAULT for bad addresses.
 */
#pragma once

#include "lib/types.h"

#define FUTEX_BITSET_ALL 0xffffffffu

/* 0 (woken), -EAGAIN (another value), -ETIMEDOUT, -EINTR. The deadline is
 * monotonic. */
int futex_wait(uaddr_t at, bool shared, uint32_t value, uint32_t bitset,
	       nsec_t deadline);
/* The number woken. */
int futex_wake(uaddr_t at, bool shared, unsigned count, uint32_t bitset);
/* Wakes `wake` and moves up to `move` others to `to`. *expect: the value that
 * the word must have (-EAGAIN), or NULL. Woken plus moved. */
int futex_requeue(uaddr_t at, uaddr_t to, bool shared, unsigned wake,
		  unsigned move, const uint32_t *expect);
int futex_wake_op(uaddr_t at, uaddr_t second, bool shared, unsigned count,
		  unsigned second_count, uint32_t operation);

struct futex_waitv {
	uint64_t value;
	uaddr_t at;
	uint32_t flags, reserved;
};
/* The index of the one woken, -EAGAIN, -ETIMEDOUT, -EINTR. */
int futex_wait_many(const struct futex_waitv *waits, unsigned count,
		    nsec_t deadline);
