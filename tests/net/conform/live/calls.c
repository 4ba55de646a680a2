// SPDX-License-Identifier: MIT
/*
 * System calls of scripts, live: every sys_NAME of the kernel's table is the
 * call of that number. Calls that are to sleep run in a thread of their own,
 * which the script's thread sees asleep (/proc/PID/task/TID/stat) before it
 * goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kernel/syscall/syscall.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/live/live.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static bool call_ended;
static __thread nsec_t returned; /* the last call of this thread */
static __thread struct helper *helper; /* NULL: the script's thread */

struct helper {
	struct task *task;
	pid_t tid;
	bool in_call; /* entered once */
};

void live_lock(void)
{
	pthread_mutex_lock(&lock);
}

void live_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

/* ---- The calls ---- */

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	long result;

	if (helper)
		helper->in_call = true;
	live_unlock();
	result = syscall(number, a, b, c, d, e, f);
	if (result == -1)
		result = -errno;
	returned = live_clock();
	if (number == SYS_socket && result >= 0 && *live_congestion)
		setsockopt((int)result, IPPROTO_TCP, TCP_CONGESTION,
			   live_congestion, (socklen_t)strlen(live_congestion));
	live_lock();
	return result;
}

#define L(x) ((long)(x))
#define SYSCALL0(nr, name)                         \
	long sys_##name(void)                      \
	{                                          \
		return call(nr, 0, 0, 0, 0, 0, 0); \
	}
#define SYSCALL1(nr, name, ta, a)                     \
	long sys_##name(ta a)                         \
	{                                             \
		return call(nr, L(a), 0, 0, 0, 0, 0); \
	}
#define SYSCALL2(nr, name, ta, a, tb, b)                 \
	long sys_##name(ta a, tb b)                      \
	{                                                \
		return call(nr, L(a), L(b), 0, 0, 0, 0); \
	}
#define SYSCALL3(nr, name, ta, a, tb, b, tc, c)             \
	long sys_##name(ta a, tb b, tc c)                   \
	{                                                   \
		return call(nr, L(a), L(b), L(c), 0, 0, 0); \
	}
#define SYSCALL4(nr, name, ta, a, tb, b, tc, c, td, d)         \
	long sys_##name(ta a, tb b, tc c, td d)                \
	{                                                      \
		return call(nr, L(a), L(b), L(c), L(d), 0, 0); \
	}
#define SYSCALL5(nr, name, ta, a, tb, b, tc, c, td, d, te, e)     \
	long sys_##name(ta a, tb b, tc c, td d, te e)             \
	{                                                         \
		return call(nr, L(a), L(b), L(c), L(d), L(e), 0); \
	}
#define SYSCALL6(nr, name, ta, a, tb, b, tc, c, td, d, te, e, tf, f) \
	long sys_##name(ta a, tb b, tc c, td d, te e, tf f)          \
	{                                                            \
		return call(nr, L(a), L(b), L(c), L(d), L(e), L(f)); \
	}
#include "kernel/syscall/table.h"

int machine_open(const char *path, int flags)
{
	return (int)sys_open((uaddr_t)(uintptr_t)path, flags, 0600);
}

void machine_capabilities(uint64_t effective)
{
	uint32_t header[2] = { 0x20080522, 0 }, sets[6];

	syscall(SYS_capget, header, sets);
	sets[0] = (uint32_t)effective;
	sets[3] = (uint32_t)(effective >> 32);
	if (syscall(SYS_capset, header, sets))
		unsupported(run.event->line, "these capabilities");
}

/* ---- Tasks ---- */

static struct helper *sleeper; /* the last that was started */

static void end(struct task *task)
{
	task->ended = returned;
	task->done = true;
	call_ended = true;
	pthread_cond_broadcast(&changed);
}

void task_run(struct task *task, void (*body)(void *), void *arg)
{
	*task = (struct task){ .body = body,
			       .arg = arg,
			       .started = live_clock() };
	returned = task->started;
	body(arg);
	end(task);
	machine_settle();
}

static void *help(void *arg)
{
	live_lock();
	helper = arg;
	helper->tid = gettid();
	helper->task->body(helper->task->arg);
	end(helper->task);
	live_unlock();
	return NULL;
}

/* The letter in /proc/self/task/TID/stat; Z when it has ended. */
static char state_of(pid_t tid)
{
	char path[64], *text, *at, state = 'Z';

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	text = read_file(path);
	at = text ? strrchr(text, ')') : NULL;
	if (at && at[1])
		state = at[2];
	free(text);
	return state;
}

static bool asleep(const struct helper *h)
{
	return h->task->done || (h->in_call && state_of(h->tid) == 'S');
}

void task_start(struct task *task, void (*body)(void *), void *arg)
{
	struct helper *h = calloc(1, sizeof(*h));
	pthread_t thread;

	*task = (struct task){ .body = body,
			       .arg = arg,
			       .started = live_clock() };
	h->task = task;
	if (pthread_create(&thread, NULL, help, h))
		unsupported(run.event->line, "a thread");
	pthread_detach(thread);
	sleeper = h;
	machine_settle();
}

/* What happened may have woken it: then it goes first. */
void live_let_sleepers_run(void)
{
	if (helper)
		return;
	while (sleeper && !asleep(sleeper)) {
		live_unlock();
		nanosleep(&(struct timespec){ 0, 20000 }, NULL);
		live_lock();
	}
	if (sleeper && sleeper->task->done)
		sleeper = NULL;
}

bool live_call_ended(void)
{
	bool was = call_ended;

	call_ended = false;
	return was;
}

void live_wait_for_call(nsec_t end)
{
	struct timespec at = { end / NSEC_PER_SEC, end % NSEC_PER_SEC };

	/* The realtime clock is a condition's own. */
	if (!live_call_ended() && live_clock() < end)
		pthread_cond_timedwait(&changed, &lock, &at);
}
