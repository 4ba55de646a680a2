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
	struct tty *tty; /* guarded by kernel/tty's lock; NULL: none */
};

struct process {
	int32_t refs;
	int pid; /* tgid */

	/* Guarded by process_lock. */
	struct process *parent;
	struct list children, sibling;
	struct list threads; /* thread->process_link */
	unsigned thread_count;
	int pgid;
	struct session *session;
	bool zombie, stopped, continued, reported, exiting;
	int exit_status; /* wait's encoding */
	int exit_signal; /* to the parent; SIGCHLD or clone's */
	bool dumped_exec; /* has exec'ed since fork (setpgid) */
	struct list all_link;

	struct signal_actions *actions; /* shared by CLONE_SIGHAND */
	struct signal_queue pending; /* for the whole process */
	struct wait_queue child_wait; /* parent sleeps here in wait4 */

	struct rlimit64 limits[RLIM_COUNT];
	nsec_t start_time; /* monotonic */
	nsec_t dead_user, dead_system; /* of threads that are gone */
	nsec_t children_user, children_system;
	uint64_t faults_minor, faults_major, resident_peak;
	char *command_line; /* kernel processes; else from the space */
	bool subreaper;
	int oom_score_adj;
	struct interval_timers *timers; /* setitimer, timer_create */
	void *extra[4];

	/* Guarded by process_lock, too. */
	bool group_exit; /* all threads are to end */
	int stop_signal; /* all threads are to stop; 0: run */
	unsigned stopped_threads;
	struct thread *exec_thread; /* waits for the others to end */
	struct wait_queue exec_wait;
	struct wait_queue exit_wait; /* pidfd poll */
	uint64_t children_faults_minor, children_faults_major,
		children_resident_peak, dead_switches, dead_involuntary,
		children_switches, children_involuntary;
	struct uts_namespace *uts;
	uint32_t uid; /* real uid, for RLIMIT_NPROC */
	uint64_t signals_queued; /* RLIMIT_SIGPENDING */
	unsigned io_priority;
};

/* What uname(2) says of the host: shared unless CLONE_NEWUTS. */
struct uts_namespace {
	int32_t refs;
	struct spinlock lock;
	char host[65], domain[65];
};

extern struct spinlock process_lock;

static inline struct process *current_process(void)
{
	return current_thread()->process;
}
/* With a reference, or NULL. */
struct process *process_find(int pid);
struct thread *thread_find(int tid); /* user threads; with a reference */
void process_get(struct process *process);
void process_put(struct process *process);
/* The next process with pid > after, referenced; for /proc. NULL at the end. */
struct process *process_next(int after);
/* The next thread of a process with tid > after, referenced. */
struct thread *process_next_thread(struct process *process, int after);
/* A thread's network namespace, referenced; NULL: it is ending. */
struct net_namespace *thread_network(struct thread *thread);
struct mount_namespace *thread_mounts(struct thread *thread); /* the same */
/* Another thread of the process may change it: with a reference. */
struct uts_namespace *process_uts(struct process *process);
void uts_put(struct uts_namespace *uts);
/* Its main objects, referenced, or NULL when it is a zombie. */
struct thread *process_any_thread(struct process *process);
struct address_space *process_space(struct process *process);

/* 0, -ESRCH, -EPERM (unless `info` says that the kernel sends it). */
int process_signal(struct process *process, const struct signal_info *info);
int group_signal(int pgid, const struct signal_info *info);
int thread_signal(struct thread *thread, const struct signal_info *info);
/* Is the group without a parent outside it in the same session? (job control)*/
bool group_is_orphaned(int pgid);
uint64_t process_limit(unsigned which); /* current process's soft limit */

/* clone(2) with every flag on its own; see kernel/proc/clone.c. */
struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		stack_size, tls, set_tid, set_tid_size, cgroup;
};
long process_clone(const struct clone_arguments *arguments);
/* Start /sbin/init (or `init=`) as pid 1 in the calling kernel thread. */
_Noreturn void process_run_init(void);
/* The thread's own copy of its descriptors. -ENOMEM. */
int thread_unshare_files(struct thread *self);
int process_exec(struct file *file, const char *path, char **argv, char **envp);
_Noreturn void process_exit(int status); /* exit_group with wait status */
_Noreturn void thread_leave(int status); /* exit(2) of this thread alone */

/* What kernel/proc calls of the floors above; filled in at start-up by them. */
struct process_hooks {
	/* A session's leader ends: hang the terminal up. No lock held. */
	void (*session_leader_exit)(struct session *session);
	/* The process ends (its files are closed): record locks and the like. */
	void (*process_exit)(struct process *process);
	/* Nosuid mount: set-id bits do not count. May be NULL. */
	bool (*file_is_nosuid)(struct file *file);
};
extern struct process_hooks process_hooks;

void session_get(struct session *session);
void session_put(struct session *session);
/* 0 or -EPERM, -ESRCH: setsid and setpgid; pids as the calls take them. */
long process_set_sid(void);
long process_set_pgid(int pid, int pgid);
/* The group or session of a process (0: the caller's own), or -ESRCH. */
int process_get_pgid(int pid);
int process_get_sid(int pid);

struct wait_request {
	int type; /* WAIT_ALL, WAIT_PID, WAIT_GROUP */
	int id;
	unsigned options; /* W* */
};
#define WAIT_ALL 0
#define WAIT_PID 1
#define WAIT_GROUP 2
#define WNOHANG 1u
#define WUNTRACED 2u
#define WSTOPPED 2u
#define WEXITED 4u
#define WCONTINUED 8u
#define WNOWAIT 0x01000000u
#define WNOTHREAD 0x20000000u
#define WALL 0x40000000u
#define WCLONE 0x80000000u

struct resource_usage {
	nsec_t user, system;
	uint64_t resident_peak, faults_minor, faults_major, switches,
		involuntary; /* resident_peak in pages */
};
struct wait_result {
	int pid, status; /* wait's encoding */
	int code; /* CLD_* */
	uint32_t uid;
	struct resource_usage usage;
};
/* The child's pid, 0 (WNOHANG), -ECHILD, -EINTR. */
int process_wait(const struct wait_request *request,
		 struct wait_result *result);
void process_usage(struct process *process, struct resource_usage *usage);
void process_times(struct process *process, nsec_t *user, nsec_t *system);

/* pidfd_open(2): a descriptor's file, and the process behind such a file
 * (referenced; NULL: some other file). */
struct file *pidfd_create(struct process *process, unsigned flags);
struct process *pidfd_process(struct file *file);
void proc_init(void);
