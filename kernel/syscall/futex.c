// SPDX-License-Identifier: MIT
/*
 * futex(2): one number, many operations. Priority inheritance is not there.
 */
#include "kernel/proc/futex.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/signal.h"
#include "kernel/sched/wait.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/errno.h"

#define FUTEX_PRIVATE 128
#define FUTEX_REALTIME 256
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

enum {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
};

static nsec_t to_monotonic(nsec_t at, bool realtime)
{
	if (at == NSEC_NEVER)
		return at;
	return realtime ? at - clock_realtime_offset() : at;
}

/* FUTEX_WAIT's timeout is relative; the restart needs the end. */
static long wait_again(uint64_t *arguments)
{
	long result = futex_wait(arguments[0], arguments[1], arguments[2],
				 arguments[3], arguments[4]);

	return result == -EINTR ? signal_restart_with(wait_again, arguments) :
				  result;
}

static long wait(uaddr_t uaddr, int command, bool shared, bool realtime,
		 uint32_t val, uaddr_t timespec, uint32_t bitset)
{
	nsec_t deadline = NO_DEADLINE, time;
	long result;

	if (!bitset)
		return -EINVAL;
	if (timespec) {
		int error = timespec_from_user(&time, timespec);

		if (error)
			return error;
		deadline = command == FUTEX_WAIT ? deadline_after(time) :
						   to_monotonic(time, realtime);
	}
	result = futex_wait(uaddr, shared, val, bitset, deadline);
	if (result != -EINTR)
		return result;
	if (timespec) {
		uint64_t arguments[5] = { uaddr, shared, val, bitset,
					  (uint64_t)deadline };

		return signal_restart_with(wait_again, arguments);
	}
	return -ERESTARTSYS;
}

long sys_futex(uaddr_t uaddr, int futex_op, uint32_t val, uaddr_t timespec,
	       uaddr_t uaddr2, uint32_t val3)
{
	int command = futex_op & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
	bool shared = !(futex_op & FUTEX_PRIVATE);
	bool realtime = futex_op & FUTEX_REALTIME;
	int count = (int)val, second = (int)timespec;

	if (realtime && command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		val3 = FUTEX_BITSET_ALL;
		FALLTHROUGH;
	case FUTEX_WAIT_BITSET:
		return wait(uaddr, command, shared, realtime, val, timespec,
			    val3);
	case FUTEX_WAKE:
		val3 = FUTEX_BITSET_ALL;
		FALLTHROUGH;
	case FUTEX_WAKE_BITSET:
		if (!val3)
			return -EINVAL;
		return futex_wake(uaddr, shared, count < 1 ? 1 : count, val3);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if (count < 0 || second < 0)
			return -EINVAL;
		return futex_requeue(uaddr, uaddr2, shared, count, second,
				     command == FUTEX_REQUEUE ? NULL : &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(uaddr, uaddr2, shared, count, second,
				     val3);
	}
	return -ENOSYS;
}

long sys_futex_waitv(uaddr_t waiters, unsigned nr_futexes, unsigned flags,
		     uaddr_t timespec, int clockid)
{
	nsec_t deadline = NO_DEADLINE, time;
	struct futex_waitv *waits;
	long result;

	if (flags || !nr_futexes || nr_futexes > 128 || !waiters)
		return -EINVAL;
	if (timespec) {
		int error;

		if (clockid != CLOCK_REALTIME && clockid != CLOCK_MONOTONIC)
			return -EINVAL;
		error = timespec_from_user(&time, timespec);
		if (error)
			return error;
		deadline = to_monotonic(time, clockid == CLOCK_REALTIME);
	}
	waits = kcalloc(nr_futexes, sizeof *waits);
	if (!waits)
		return -ENOMEM;
	result = copy_from_user(waits, waiters, nr_futexes * sizeof *waits);
	for (unsigned i = 0; !result && i < nr_futexes; i++) {
		if (waits[i].reserved || waits[i].flags & ~130u ||
		    (waits[i].flags & 2) != 2)
			result = -EINVAL;
	}
	if (!result)
		result = futex_wait_many(waits, nr_futexes, deadline);
	kfree(waits);
	return restartable(result);
}
