// SPDX-License-Identifier: MIT
/*
 * Private to the live back end: the kernel below is the one that runs this
 * program, time is real, and packets go by a TUN device.
 *
 * Two threads may be at work, the script's and one that sleeps in a system
 * call. Whoever touches the run's state holds the one lock; it is given back
 * in system calls and while waiting.
 */
#pragma once

#include "tests/net/conform/machine.h"

void live_lock(void);
void live_unlock(void);
/* Microseconds do not matter, but days do: the realtime clock, as stamps of
 * packets have it. */
nsec_t live_clock(void);
/* A thread's call has ended since this was last asked. */
bool live_call_ended(void);
/* Returns when the other thread has ended its call or sleeps in it. */
void live_let_sleepers_run(void);
/* Sleeps until then, or until a call ends; the lock is given back meanwhile. */
void live_wait_for_call(nsec_t end);

/* What every new socket is to use; "": what the system says. */
extern char live_congestion[16];

/* Makes the device and the socket that listens on it. */
void live_tun_start(const struct machine_config *config);
/* What has been sent so far becomes machine_sent(). Waits for the first packet
 * no longer than `wait` nanoseconds. */
void live_tun_take(nsec_t wait);
/* Runs it, and fails the script unless it succeeds. */
void live_command(const char *text);
