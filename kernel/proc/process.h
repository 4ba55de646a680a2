// SPDX-License-Identifier: MIT
/*
 * Processes: groups of threads with one pid, and their family.
 *
 * The tree of processes, groups and sessions is guarded by `process_lock` (a
 * spinlock; never held across anything that sleeps). A process lives until it
 * was waited for and the last reference is gone. The leader's exit does not
 * end the process while other threads run; its zombie appears when the last
 * thread is gone. Every CLONE_* flag is a sharing decision of its own on a
 * reference-counted object that hangs off struct thread.
 */
#pragma once

#include "kernel/file/credentials.h"
#include "kernel/proc/signal.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/lock.h"
#include "lib/list.h"

struct file;
struct tty;
struct stat_result;

#define RLIM_CPU 0
#define RLIM_FSIZE 1
#define RLIM_DATA 2
#define RLIM_STACK 3
#define RLIM_CORE 4
#define RLIM_RSS 5
#define RLIM_NPROC 6
#define RLIM_NOFILE 7
#define RLIM_MEMLOCK 8
#define RLIM_AS 9
#define RLIM_COUNT 16
#define RLIM_INFINITY (~0ull)

struct rlimit64 {
	uint64_t current, maximum;
};

/* A session: its leader's pid and the terminal that controls it. */
struct session {
	int32_t refs;
	int id;
	struct tty *tty;	/* guarded by kernel/tty's lock; NULL: none */
};

struct process {
	int32_t refs;
	int pid;			/* tgid */

	/* Guarded by process_lock. */
	struct process *parent;
	struct list children, sibling;
	struct list threads;		/* thread->process_link */
	unsigned thread_count;
	int pgid;
	struct session *session;
	bool zombie, stopped, continued, reported, exiting;
	int exit_status;		/* wait's encoding */
	int exit_signal;		/* to the parent; SIGCHLD or clone's */
	bool dumped_exec;		/* has exec'ed since fork (setpgid) */
	struct list all_link;

	struct signal_actions *actions;	/* shared by CLONE_SIGHAND */
	struct signal_queue pending;	/* for the whole process */
	struct wait_queue child_wait;	/* parent sleeps here in wait4 */

	struct rlimit64 limits[RLIM_COUNT];
	nsec_t start_time;		/* monotonic */
	nsec_t dead_user, dead_system;	/* of threads that are gone */
	nsec_t children_user, children_system;
	uint64_t faults_minor, faults_major, resident_peak;
	char *command_line;		/* kernel processes; else from the space */
	bool subreaper;
	int oom_score_adj;
	struct interval_timers *timers;	/* setitimer, timer_create */
	void *extra[4];
};

extern struct spinlock process_lock;

static inline struct process *current_process(void)
{
	return current_thread()->process;
}
/* With a reference, or NULL. */
struct process *process_find(int pid);
struct thread *thread_find(int tid);	/* user threads; with a reference */
void process_get(struct process *process);
void process_put(struct process *process);
/* The next process with pid > after, referenced; for /proc. NULL at the end. */
struct process *process_next(int after);
/* The next thread of a process with tid > after, referenced. */
struct thread *process_next_thread(struct process *process, int after);
/* Its main objects, referenced, or NULL when it is a zombie. */
struct thread *process_any_thread(struct process *process);
struct address_space *process_space(struct process *process);

/* 0, -ESRCH, -EPERM (unless `info` says that the kernel sends it). */
int process_signal(struct process *process, const struct signal_info *info);
int group_signal(int pgid, const struct signal_info *info);
int thread_signal(struct thread *thread, const struct signal_info *info);
/* Is the group without a parent outside it in the same session? (job control)*/
bool group_is_orphaned(int pgid);
uint64_t process_limit(unsigned which);		/* current process's soft limit */

/* clone(2) with every flag on its own; see kernel/proc/clone.c. */
struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		stack_size, tls, set_tid, set_tid_size, cgroup;
};
long process_clone(const struct clone_arguments *arguments);
/* Start /sbin/init (or `init=`) as pid 1 in the calling kernel thread. */
_Noreturn void process_run_init(void);
int process_exec(struct file *file, const char *path, char **argv,
		 char **envp);
_Noreturn void process_exit(int status);	/* exit_group with wait status */
void proc_init(void);
