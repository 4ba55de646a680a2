// SPDX-License-Identifier: MIT
/*
 * Timers that send signals: setitimer(2), alarm(2), timer_create(2).
 */
#pragma once

#include "kernel/proc/signal.h"
#include "lib/types.h"

#define ITIMER_REAL 0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF 2

struct timer_setting {
	nsec_t value; /* until the next expiry; 0: off */
	nsec_t interval;
};
/* 0, -EINVAL, -ENOMEM. `old` may be NULL. */
int itimer_set(int which, const struct timer_setting *new,
	       struct timer_setting *old);
int itimer_get(int which, struct timer_setting *now);

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD_ID 4

struct timer_event {
	uint64_t value;
	int signal, notify, tid;
};
/* The id, -EINVAL, -EAGAIN. */
int posix_timer_create(int clock, const struct timer_event *event);
int posix_timer_delete(int id);
int posix_timer_set(int id, bool absolute, const struct timer_setting *new,
		    struct timer_setting *old);
int posix_timer_get(int id, struct timer_setting *now);
int posix_timer_overrun(int id);
