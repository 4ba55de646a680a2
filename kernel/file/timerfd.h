// SPDX-License-Identifier: MIT
/* Timers behind descriptors (timerfd_create(2)). */
#pragma once

#include "kernel/file/file.h"

#define TFD_TIMER_ABSTIME 1u
#define TFD_TIMER_CANCEL_ON_SET 2u

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_BOOTTIME 7
#define CLOCK_REALTIME_ALARM 8
#define CLOCK_BOOTTIME_ALARM 9

/* Lengths of time; value 0: disarmed. */
struct timerfd_setting {
	nsec_t interval, value;
};

int timerfd_create(int clock, unsigned flags, struct file **file);
/* -EINVAL: not a timerfd. `old` (may be NULL): what was left. */
int timerfd_set(struct file *file, unsigned flags,
		const struct timerfd_setting *new, struct timerfd_setting *old);
int timerfd_get(struct file *file, struct timerfd_setting *now);
/* The real-time clock was set: absolute timers move, some are cancelled. */
void timerfd_clock_was_set(void);
