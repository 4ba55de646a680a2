// SPDX-License-Identifier: MIT
/*
 * Timers that send signals: alarm, setitimer, timer_create and their kin.
 */
#include "kernel/proc/timers.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/errno.h"

#define TIMER_ABSTIME 1

static int setting_from_timeval(struct timer_setting *setting, uaddr_t from)
{
	struct user_timeval in[2];

	if (copy_from_user(in, from, sizeof in))
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (in[i].seconds < 0 || in[i].microseconds < 0 ||
		    in[i].microseconds >= 1000000)
			return -EINVAL;
	}
	setting->interval =
		nsec_of(in[0].seconds, in[0].microseconds * NSEC_PER_USEC);
	setting->value =
		nsec_of(in[1].seconds, in[1].microseconds * NSEC_PER_USEC);
	return 0;
}

static int setting_to_timeval(uaddr_t to, const struct timer_setting *setting)
{
	/* What is left is rounded up: a running timer is never 0. */
	nsec_t value = setting->value ? setting->value + NSEC_PER_USEC - 1 : 0;

	if (timeval_to_user(to, setting->interval) ||
	    timeval_to_user(to + 16, value))
		return -EFAULT;
	return 0;
}

long sys_getitimer(int which, uaddr_t value)
{
	struct timer_setting now;
	int error = itimer_get(which, &now);

	return error ? error : setting_to_timeval(value, &now);
}

long sys_setitimer(int which, uaddr_t value, uaddr_t old_value)
{
	struct timer_setting new = { 0, 0 }, old;
	int error = value ? setting_from_timeval(&new, value) : 0;

	if (!error)
		error = itimer_set(which, &new, &old);
	if (error || !old_value)
		return error;
	return setting_to_timeval(old_value, &old);
}

long sys_alarm(unsigned seconds)
{
	struct timer_setting new = { seconds * NSEC_PER_SEC, 0 }, old;
	int error = itimer_set(ITIMER_REAL, &new, &old);
	nsec_t left;

	if (error)
		return error;
	left = (old.value + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
	return old.value && !left ? 1 : left;
}

struct user_sigevent {
	uint64_t value;
	int32_t signal, notify, tid;
	uint8_t padding[44];
};
STATIC_ASSERT(sizeof(struct user_sigevent) == 64);

/* The clocks that a timer can run on: 0, or -EINVAL. */
static int check_clock(int clockid)
{
	switch (clockid) {
	case 0: /* REALTIME */
	case 1: /* MONOTONIC */
	case 2: /* PROCESS_CPUTIME_ID */
	case 3: /* THREAD_CPUTIME_ID */
	case 7: /* BOOTTIME */
	case 11: /* TAI */
		return 0;
	}
	return -EINVAL;
}

long sys_timer_create(int clockid, uaddr_t sigevent, uaddr_t timeridp)
{
	struct timer_event event = { .signal = SIGALRM };
	struct user_sigevent in;
	int id;

	if (check_clock(clockid))
		return -EINVAL;
	if (sigevent) {
		if (copy_from_user(&in, sigevent, sizeof in))
			return -EFAULT;
		if (in.notify != SIGEV_SIGNAL && in.notify != SIGEV_NONE &&
		    in.notify != SIGEV_THREAD_ID && in.notify != 2)
			return -EINVAL;
		if (in.notify != SIGEV_NONE &&
		    (in.signal < 1 || in.signal > SIGNAL_COUNT))
			return -EINVAL;
		event.value = in.value;
		event.signal = in.signal;
		event.notify = in.notify;
		event.tid = in.tid;
	}
	id = posix_timer_create(clockid, &event);
	if (id < 0)
		return id;
	if (put_user_32(timeridp, id)) {
		posix_timer_delete(id);
		return -EFAULT;
	}
	return 0;
}

static int setting_to_timespec(uaddr_t to, const struct timer_setting *setting)
{
	if (timespec_to_user(to, setting->interval) ||
	    timespec_to_user(to + 16, setting->value))
		return -EFAULT;
	return 0;
}

long sys_timer_settime(int timerid, int flags, uaddr_t itimerspec,
		       uaddr_t old_itimerspec)
{
	struct timer_setting new, old;
	int error;

	if (!itimerspec)
		return -EINVAL;
	error = timespec_from_user(&new.interval, itimerspec);
	if (!error)
		error = timespec_from_user(&new.value, itimerspec + 16);
	if (!error)
		error = posix_timer_set(timerid, flags & TIMER_ABSTIME, &new,
					&old);
	if (error || !old_itimerspec)
		return error;
	return setting_to_timespec(old_itimerspec, &old);
}

long sys_timer_gettime(int timerid, uaddr_t curr_itimerspec)
{
	struct timer_setting now;
	int error = posix_timer_get(timerid, &now);

	return error ? error : setting_to_timespec(curr_itimerspec, &now);
}

long sys_timer_getoverrun(int timerid)
{
	return posix_timer_overrun(timerid);
}

long sys_timer_delete(int timerid)
{
	return posix_timer_delete(timerid);
}
