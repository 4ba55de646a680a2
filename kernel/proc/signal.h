// SPDX-License-Identifier: MIT
/*
 * Signals: what is pending, who is masked, and how they are delivered.
 *
 * Guarded by the `lock` of the process's actions. A standard signal is queued
 * once; real-time signals queue up to RLIMIT_SIGPENDING. SIGKILL and SIGSTOP
 * are never masked anywhere. Delivery happens on the way to user mode, with
 * Linux's frame on the user stack.
 */
#pragma once

#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/sched/wait.h"
#include "lib/list.h"
#include "lib/types.h"

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTKFLT 16
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGPWR 30
#define SIGSYS 31
#define SIGRTMIN 32
#define SIGNAL_COUNT 64

typedef uint64_t sigset_bits; /* bit (n - 1): signal n */
#define SIGNAL_BIT(n) (1ull << ((n)-1))

/* The kernel's siginfo: fields of which si_code says which are valid. */
struct signal_info {
	int number, code, error;
	int pid;
	uint32_t uid;
	int status;
	uint64_t value; /* sigval */
	uaddr_t address; /* faults */
	int64_t user_time, system_time; /* SIGCHLD: clock ticks */
	int timer_id, overrun;
	int band, fd;
	bool from_kernel;
};
#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_QUEUE -1
#define SI_TIMER -2
#define SI_TKILL -6
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_TRAPPED 4
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

struct signal_queue {
	sigset_bits set;
	struct list queued; /* struct queued_signal */
};

struct signal_action {
	uaddr_t handler; /* 0: default, 1: ignore */
	uint64_t flags;
	uaddr_t restorer;
	sigset_bits mask;
};

struct signal_actions {
	int32_t refs;
	struct spinlock lock;
	struct signal_action action[SIGNAL_COUNT];
	struct wait_queue signalfd_wait; /* signalfd and sigtimedwait */
};

/* Drops a reference (signalfd keeps the queue above alive by one). */
void actions_put(struct signal_actions *actions);

/* One thread's part. */
struct signal_state {
	struct signal_queue pending;
	sigset_bits mask, saved_mask;
	uaddr_t altstack;
	uint64_t altstack_size;
	int altstack_flags;
	sigset_bits waiting_for; /* sigtimedwait */
};

/* Take one pending signal out of `set` for the current thread. False: none. */
bool signal_take(sigset_bits set, struct signal_info *info);
/* Pending for the current thread, thread's and process's. */
sigset_bits signal_pending_set(void);
void signal_set_mask(sigset_bits mask);
/* For ppoll, pselect, epoll_pwait, sigsuspend: mask now, put back after
 * delivery (or at once if nothing was delivered). */
int signal_use_mask_from_user(uaddr_t mask, size_t size);
#define SA_NOCLDSTOP 1ull
#define SA_NOCLDWAIT 2ull
#define SA_SIGINFO 4ull
#define SA_RESTORER 0x04000000ull
#define SA_ONSTACK 0x08000000ull
#define SA_RESTART 0x10000000ull
#define SA_NODEFER 0x40000000ull
#define SA_RESETHAND 0x80000000ull
#define SIG_DFL 0ull
#define SIG_IGN 1ull
#define SS_ONSTACK 1
#define SS_DISABLE 2
#define SS_AUTODISARM 0x80000000
#define SIGKILL_STOP (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Kill or group exit waits for the current thread: give up what you do. */
bool fatal_signal_pending(void);
/* A fault's signal: delivered even when blocked or ignored. */
void signal_force(const struct signal_info *info);
/* rt_sigaction, rt_sigreturn and sigaltstack, after copying in. */
int signal_set_action(int number, const struct signal_action *action,
		      struct signal_action *old);
long signal_return(void);
/* From the 128 bytes of a user's siginfo_t (rt_sigqueueinfo). */
void signal_info_from_bytes(const uint8_t in[128], struct signal_info *info);
/* Sleep until one of `set` is taken: its number, -EAGAIN (deadline), -EINTR. */
int signal_wait(sigset_bits set, struct signal_info *info, nsec_t deadline);
/* An interrupted call with a relative timeout goes on through
 * restart_syscall(2): store how, return the result. */
long signal_restart_with(long (*restart)(uint64_t *arguments),
			 const uint64_t arguments[5]);
/* Write the 128-byte siginfo_t layout of Linux. */
void signal_info_to_bytes(const struct signal_info *info, uint8_t out[128]);
