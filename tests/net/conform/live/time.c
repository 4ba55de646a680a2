// SPDX-License-Identifier: MIT
/*
 * The machine of machine.h in real time. Events are on time because the
 * program asks for it as packetdrill does: the highest fixed priority, its
 * memory locked, asleep until shortly before the moment, then watching the
 * clock.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kernel/sched/clock.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/live/live.h"

#define WATCH (300 * NSEC_PER_USEC) /* the clock, before an event */
#define MOST_LATE 60 /* seconds: a script that hangs is ended then */
/* A packet with a stamp in time may be seen that much later. */
#define GRACE (100 * NSEC_PER_MSEC)

nsec_t machine_now;

nsec_t live_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Stamps and this program's clock are the same. */
nsec_t clock_realtime_offset(void)
{
	return 0;
}

void machine_settle(void)
{
	live_let_sleepers_run();
	machine_now = live_clock();
}

void machine_advance(nsec_t end)
{
	struct timespec early = { (end - WATCH) / NSEC_PER_SEC,
				  (end - WATCH) % NSEC_PER_SEC };

	live_tun_take(0);
	live_unlock();
	if (end - WATCH > live_clock())
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &early, NULL);
	while (live_clock() < end)
		;
	live_lock();
	machine_settle();
}

void machine_run(nsec_t end, bool watch)
{
	machine_settle();
	if (!watch) {
		live_wait_for_call(end);
		machine_settle();
		return;
	}
	while (!machine_sent() && machine_now < end + GRACE) {
		live_tun_take(MIN(end + GRACE - machine_now, GRACE));
		machine_settle();
	}
}

static void be_on_time(void)
{
	struct sched_param highest = { .sched_priority = sched_get_priority_max(
					       SCHED_FIFO) };

	if (sched_setscheduler(0, SCHED_FIFO, &highest))
		perror("conform-live: sched_setscheduler");
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		perror("conform-live: mlockall");
}

/* Linux's own settings, whatever this system has chosen. */
static void forget_settings(void)
{
	shell_lenient = true;
	tunable_set("net/ipv4/tcp_congestion_control", "cubic", 1);
	tunable_set("net/ipv4/tcp_rmem", "4096 131072 6291456", 1);
	tunable_set("net/ipv4/tcp_wmem", "4096 16384 4194304", 1);
	tunable_set("net/ipv4/conf/all/rp_filter", "0", 1);
	tunable_set("net/ipv4/conf/default/rp_filter", "0", 1);
	shell_lenient = false;
}

/* A network namespace of its own: no script sees another's settings. */
void machine_start(const struct machine_config *config)
{
	live_lock();
	signal(SIGPIPE, SIG_IGN);
	alarm(0); /* programs may have to come from a disk first */
	if (unshare(CLONE_NEWNET))
		unsupported(1, "no network namespace");
	forget_settings();
	live_tun_start(config);
	be_on_time();
	alarm((unsigned)(script_length(run.script) / 1000000) + MOST_LATE);
	machine_settle();
}

/* The process ends here, and everything with it. */
long machine_end(void)
{
	return 0;
}
