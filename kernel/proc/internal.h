// SPDX-License-Identifier: MIT
/*
 * Private to kernel/proc: what its files share.
 *
 * Locks, in this order: process_lock, then a process's actions->lock, then
 * wait queues. Both are taken with interrupts off, because timers and the
 * terminal send signals from interrupts.
 */
#pragma once

#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"

struct trap_frame;

/* The parent of vfork sleeps until the child has left its memory. */
struct vfork_wait {
	int32_t refs;
	bool done;
	struct wait_queue wait;
};

struct thread_extra {
	uaddr_t robust_list;
	uaddr_t clear_child_tid;
	struct vfork_wait *vfork;
	int parent_death_signal;
	unsigned personality;
	nsec_t timer_slack;
	nsec_t start_time;
	bool exiting, stopped;
	bool dying; /* another thread execs */
	uint64_t faults_minor, faults_major;
	/* The last exception, for the signal frame. */
	uint64_t trap_number, trap_error, trap_address;
	long (*restart)(uint64_t *arguments);
	uint64_t restart_arguments[5];
};

struct queued_signal {
	struct list link;
	struct signal_info info;
	/* A POSIX timer's own entry: queued at most once, never freed here. */
	struct posix_timer *timer;
};

/* process.c: process_lock held where it says so. */
int pid_alloc(void); /* lock held; -EAGAIN */
void pid_free_thread(int tid); /* lock held */
void pid_set(int pid, struct thread *thread, struct process *process);
struct thread *pid_thread(int pid); /* lock held, no reference */
struct process *pid_process(int pid); /* lock held, no reference */
void pid_group_join(int pgid);
void pid_group_leave(int pgid);
void pid_session_join(int sid);
void pid_session_leave(int sid);
extern struct list process_list; /* all_link */
extern struct process *init_process;
extern unsigned process_total;
extern uint64_t process_made; /* since start */
int process_last_pid(void);
struct process *process_create(void);
struct thread_extra *thread_extra_create(void);

/* signal.c */
struct signal_actions *actions_create(void);
struct signal_actions *actions_copy(struct signal_actions *from);
void actions_put(struct signal_actions *actions);
void queue_init(struct signal_queue *queue);
void queue_flush(struct process *process, struct signal_queue *queue,
		 sigset_bits set);
/* process_lock held. thread NULL: to the process. 0 or -EAGAIN. */
int signal_send_locked(struct process *process, struct thread *thread,
		       const struct signal_info *info,
		       struct queued_signal *entry);
void signal_recalculate(void);
void thread_kick(struct thread *thread); /* look at your user_work */
bool signal_is_ignored(struct process *process, int number);
/* May the current thread send it? process_lock held. */
bool signal_permitted(struct process *target, int number);
/* deliver.c */
void signal_deliver(struct trap_frame *frame);
int frame_build(struct trap_frame *frame, const struct signal_action *action,
		const struct signal_info *info, sigset_bits mask);
size_t frame_size(void);
/* stop.c: process_lock held */
void stop_begin(struct process *process, int number);
void stop_end(struct process *process);
void stop_check(struct process *process); /* a thread went */
void stop_here(void); /* no lock held */
bool group_is_orphaned_locked(int pgid, struct process *without);
void notify_parent(struct process *process, int code, int status);

/* exit.c */
void vfork_release(struct thread_extra *extra);
void process_reap_locked(struct process *process);
/* All other threads of the process end; 0, or -EINTR: we are to end too. */
int exec_alone(void);

/* timers.c */
void timers_exit(struct process *process);
void timers_exec(struct process *process);
/* A finite RLIMIT_CPU was set or inherited: watch the time. */
void timers_watch_cpu(struct process *process);
/* Called as a timer's signal is taken: its overrun, and the next round. */
void posix_timer_taken(struct posix_timer *timer, struct signal_info *info);

/* futex.c */
void futex_init(void);
void robust_exit(struct thread *thread);
int futex_wake_address(uaddr_t at, bool shared, unsigned count);

/* credentials.c */
struct credentials *credentials_root(void);
struct credentials *credentials_copy(const struct credentials *from);
void credentials_set(struct credentials *cred); /* gives it away */
/* What exec of a file with these bits makes of us; NULL: out of memory. */
struct credentials *credentials_for_exec(struct file *file, bool *secure);

/* oom.c */
bool oom_kill(void);
void uts_get(struct uts_namespace *uts);
struct uts_namespace *uts_copy(struct uts_namespace *from);
