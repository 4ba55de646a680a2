// SPDX-License-Identifier: MIT
/*
 * Private to kernel/syscall: small structures that several calls copy in and
 * out (times, signal masks), with the checks that Linux makes.
 */
#pragma once

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/sched/clock.h"
#include "lib/errno.h"
#include "lib/types.h"

struct user_timespec {
	int64_t seconds, nanoseconds;
};

struct user_timeval {
	int64_t seconds, microseconds;
};

static inline nsec_t nsec_of(int64_t seconds, int64_t nanoseconds)
{
	if (seconds >= NSEC_NEVER / NSEC_PER_SEC)
		return NSEC_NEVER;
	return seconds * NSEC_PER_SEC + nanoseconds;
}

/* A length or point of time: -EINVAL unless seconds >= 0 and 0 <= ns < 1e9. */
static inline int timespec_from_user(nsec_t *time, uaddr_t from)
{
	struct user_timespec spec;

	if (copy_from_user(&spec, from, sizeof(spec)))
		return -EFAULT;
	if (spec.seconds < 0 || spec.nanoseconds < 0 ||
	    spec.nanoseconds >= NSEC_PER_SEC)
		return -EINVAL;
	*time = nsec_of(spec.seconds, spec.nanoseconds);
	return 0;
}

static inline int timespec_to_user(uaddr_t to, nsec_t time)
{
	struct user_timespec spec = { time / NSEC_PER_SEC,
				      time % NSEC_PER_SEC };

	return copy_to_user(to, &spec, sizeof(spec));
}

static inline int timeval_to_user(uaddr_t to, nsec_t time)
{
	struct user_timeval value = { time / NSEC_PER_SEC,
				      time % NSEC_PER_SEC / NSEC_PER_USEC };

	return copy_to_user(to, &value, sizeof(value));
}

/* Now plus a length of time, without overflow. */
static inline nsec_t deadline_after(nsec_t length)
{
	nsec_t deadline;

	if (__builtin_add_overflow(clock_monotonic(), length, &deadline))
		return NSEC_NEVER;
	return deadline;
}
