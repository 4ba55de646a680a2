// SPDX-License-Identifier: MIT
/*
 * Clocks and sleeping. Weir's monotonic clock never stops, so MONOTONIC,
 * MONOTONIC_RAW and BOOTTIME are one; the coarse clocks are as fine as the
 * others. A negative clock number names the CPU time of a process or thread.
 */
#include "kernel/file/credentials.h"
#include "kernel/file/timerfd.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/string.h"

#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID 3
#define CLOCK_MONOTONIC_RAW 4
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_MONOTONIC_COARSE 6
#define CLOCK_TAI 11

#define TIMER_ABSTIME 1
#define CLOCK_TICK_NSEC 1 /* the resolution that we report */

static int32_t timezone[2]; /* minutes west, DST: kept for programs */

static nsec_t process_cpu(struct process *process)
{
	nsec_t user, system;

	process_times(process, &user, &system);
	return user + system;
}

/* Linux's encoding: ~id << 3 | per-thread (4) | kind (2: all CPU time). */
static int named_cpu_clock(int clock, nsec_t *time)
{
	int id = (int)~((unsigned)clock >> 3 | 7u << 29);
	struct thread *thread;
	nsec_t user, system;

	if ((clock & 3) == 3)
		return -EINVAL;
	if (!(clock & 4)) {
		struct process *process = id ? process_find(id) :
					       current_process();

		if (!process)
			return -EINVAL;
		*time = process_cpu(process);
		if (id)
			process_put(process);
		return 0;
	}
	thread = id ? thread_find(id) : current_thread();
	if (!thread)
		return -EINVAL;
	thread_times(thread, &user, &system);
	*time = user + system;
	if (id)
		thread_put(thread);
	return 0;
}

static int read_clock(int clock, nsec_t *time)
{
	nsec_t user, system;

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
	case CLOCK_TAI:
		*time = clock_realtime();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*time = clock_monotonic();
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*time = process_cpu(current_process());
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		thread_times(current_thread(), &user, &system);
		*time = user + system;
		return 0;
	default:
		return clock < 0 ? named_cpu_clock(clock, time) : -EINVAL;
	}
}

long sys_clock_gettime(int clockid, uaddr_t out_timespec)
{
	nsec_t time;
	int error = read_clock(clockid, &time);

	return error ? error : timespec_to_user(out_timespec, time);
}

long sys_clock_getres(int clockid, uaddr_t out_timespec)
{
	nsec_t time, tick = CLOCK_TICK_NSEC;
	int error = read_clock(clockid, &time);

	if (clockid == CLOCK_REALTIME_COARSE ||
	    clockid == CLOCK_MONOTONIC_COARSE)
		tick = 4 * NSEC_PER_MSEC;
	if (error || !out_timespec)
		return error;
	return timespec_to_user(out_timespec, tick);
}

static long set_realtime(nsec_t now)
{
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	clock_set_realtime(now);
	timerfd_clock_was_set();
	return 0;
}

long sys_clock_settime(int clockid, uaddr_t timespec)
{
	nsec_t time;
	int error;

	if (clockid != CLOCK_REALTIME)
		return -EINVAL;
	error = timespec_from_user(&time, timespec);
	return error ? error : set_realtime(time);
}

long sys_gettimeofday(uaddr_t timeval, uaddr_t tz)
{
	if (timeval && timeval_to_user(timeval, clock_realtime()))
		return -EFAULT;
	if (tz && copy_to_user(tz, timezone, sizeof(timezone)))
		return -EFAULT;
	return 0;
}

long sys_settimeofday(uaddr_t timeval, uaddr_t tz)
{
	struct user_timeval value;
	int32_t zone[2];

	if (timeval && copy_from_user(&value, timeval, sizeof(value)))
		return -EFAULT;
	if (tz && copy_from_user(zone, tz, sizeof(zone)))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (timeval && (value.seconds < 0 || value.microseconds < 0 ||
			value.microseconds >= 1000000))
		return -EINVAL;
	if (tz)
		memcpy(timezone, zone, sizeof(zone));
	if (timeval)
		return set_realtime(nsec_of(
			value.seconds, value.microseconds * NSEC_PER_USEC));
	return 0;
}

long sys_time(uaddr_t tloc)
{
	int64_t seconds = clock_realtime() / NSEC_PER_SEC;

	if (tloc && put_user_64(tloc, (uint64_t)seconds))
		return -EFAULT;
	return seconds;
}

/* Until a monotonic deadline; what is left goes to `remain` (0: nowhere). */
static long sleep_relative(uint64_t *arguments)
{
	nsec_t deadline = (nsec_t)arguments[0], left;
	long result = sleep_until(deadline);

	if (result != -EINTR)
		return 0;
	left = deadline - clock_monotonic();
	if (left <= 0)
		return 0;
	if (arguments[1] && timespec_to_user(arguments[1], left))
		return -EFAULT;
	return signal_restart_with(sleep_relative, arguments);
}

/* Sleeps to a point of another clock: the real-time clock may be set and CPU
 * clocks run at their own pace, so look again at least every second. */
static long sleep_absolute(int clock, nsec_t target)
{
	for (;;) {
		nsec_t now, step;
		int error = read_clock(clock, &now);

		if (error)
			return error;
		if (now >= target)
			return 0;
		step = MIN(target - now, NSEC_PER_SEC);
		if (sleep_until(deadline_after(step)) == -EINTR)
			return -ERESTARTNOHAND;
	}
}

static bool is_monotonic(int clock)
{
	return clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME ||
	       clock == CLOCK_BOOTTIME_ALARM;
}

long sys_clock_nanosleep(int clockid, int flags, uaddr_t request,
			 uaddr_t remain)
{
	nsec_t time, now;
	int error;

	if (clockid == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	if (clockid == CLOCK_MONOTONIC_RAW ||
	    clockid == CLOCK_REALTIME_COARSE ||
	    clockid == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	error = read_clock(clockid, &now);
	if (!error)
		error = timespec_from_user(&time, request);
	if (error)
		return error;
	if (flags & TIMER_ABSTIME) {
		if (!is_monotonic(clockid))
			return sleep_absolute(clockid, time);
		return sleep_until(time) == -EINTR ? -ERESTARTNOHAND : 0;
	}
	if (clockid < 0 || clockid == CLOCK_PROCESS_CPUTIME_ID)
		return sleep_absolute(clockid, now + time);
	return sleep_relative(
		(uint64_t[5]){ (uint64_t)deadline_after(time), remain });
}

long sys_nanosleep(uaddr_t request, uaddr_t remain)
{
	return sys_clock_nanosleep(CLOCK_MONOTONIC, 0, request, remain);
}

/* ---- adjtimex: the clock is not disciplined; reading is honest ------------------ */

struct user_timex {
	uint32_t modes, pad0;
	int64_t offset, frequency, max_error, estimated_error;
	int32_t status, pad1;
	int64_t constant, precision, tolerance;
	struct user_timeval time;
	int64_t tick;
	int64_t unused[8];
	int32_t tai, pad2[11];
};

#define STA_UNSYNC 0x40
#define TIME_ERROR 5
#define ADJ_SETOFFSET 0x100u
#define ADJ_NANO 0x2000u

long sys_adjtimex(uaddr_t timex)
{
	struct user_timex state;
	nsec_t now;

	if (copy_from_user(&state, timex, sizeof(state)))
		return -EFAULT;
	if (state.modes && !capable(CAP_SYS_TIME))
		return -EPERM;
	if (state.modes & ADJ_SETOFFSET) {
		nsec_t part = state.time.microseconds;

		if (!(state.modes & ADJ_NANO))
			part *= NSEC_PER_USEC;
		set_realtime(clock_realtime() +
			     nsec_of(state.time.seconds, part));
	} else if (state.modes & 3) { /* frequency or offset steering */
		syscall_count_unimplemented("adjtimex modes", state.modes);
		return -EOPNOTSUPP;
	}
	now = clock_realtime();
	memset(&state, 0, sizeof(state));
	state.max_error = state.estimated_error = 16000000;
	state.status = STA_UNSYNC;
	state.constant = 2;
	state.precision = 1;
	state.tolerance = 32768000;
	state.tick = 10000;
	state.time = (struct user_timeval){ now / NSEC_PER_SEC,
					    now % NSEC_PER_SEC / 1000 };
	return copy_to_user(timex, &state, sizeof(state)) ? -EFAULT :
							    TIME_ERROR;
}

long sys_clock_adjtime(int clockid, uaddr_t timex)
{
	return clockid == CLOCK_REALTIME ? sys_adjtimex(timex) : -EOPNOTSUPP;
}
