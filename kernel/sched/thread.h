// SPDX-License-Identifier: MIT
/*
 * Threads: what the scheduler runs. A thread is a kernel stack, saved
 * registers and a place in a run queue; a user thread also points to the
 * objects that it shares with others (address space, descriptors, process),
 * which this floor never looks into.
 *
 * Invariants: a thread is on at most one run queue; its stack is freed only
 * after another thread runs on that CPU; `state` changes only under `lock`
 * of the run queue or by the thread itself.
 */
#pragma once

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"

#define KERNEL_STACK_SIZE 16384

struct trap_frame;

enum thread_state {
	THREAD_RUNNABLE,
	THREAD_SLEEPING, /* signals wake it */
	THREAD_BLOCKED, /* only its event wakes it (disk, mutex) */
	THREAD_STOPPED, /* job control */
	THREAD_DEAD,
};

/* Reasons for not going straight back to user mode (thread->user_work). */
#define WORK_RESCHED 1u
#define WORK_SIGNAL 2u /* a signal may be deliverable */
#define WORK_RESTORE_MASK 4u /* put saved_mask back after delivery */

struct thread {
	/* Scheduler; guarded by the run queue's lock. */
	uint64_t kernel_sp; /* saved by switch.S */
	struct rb_node run_node;
	int64_t vruntime; /* weighted nanoseconds */
	nsec_t run_since, run_time; /* of this slice; in all */
	nsec_t user_time, system_time; /* nanoseconds */
	unsigned weight;
	int nice;
	int policy, rt_priority; /* SCHED_*: stored and reported */
	uint64_t affinity; /* CPUs that it may run on */
	unsigned cpu;
	enum thread_state state;
	bool on_queue, on_cpu;
	uint64_t switches, involuntary;

	/* Own. */
	uint64_t stack; /* lowest address */
	struct trap_frame *frame; /* the user's registers */
	uint32_t user_work; /* WORK_*, atomic */
	uint64_t fs_base, gs_base;
	void *fpu; /* XSAVE area, 64-byte aligned */
	bool kernel; /* never returns to user mode */
	unsigned nofault; /* user copies must not sleep */
	char name[16]; /* comm */
	const char *wait_channel; /* what it sleeps for, for /proc and dumps */
	void (*entry)(void *arg); /* kernel threads */
	void *entry_arg;

	/* Shared objects of the floors above; opaque here. */
	int tid;
	struct process *process; /* kernel/proc */
	struct signal_state *signal; /* kernel/proc: pending, mask, altstack */
	struct address_space *space; /* kernel/vm; NULL for kernel threads */
	struct fd_table *files; /* kernel/file */
	struct fs_context *fs; /* fs/vfs: cwd, root, umask */
	struct mount_namespace *mounts; /* fs/vfs */
	struct net_namespace *network; /* kernel/file; NULL: the first */
	/* Whose /proc/PID/net it reads just now; NULL: its own. */
	struct net_namespace *viewed_network;
	struct credentials *cred; /* kernel/file/credentials.h */
	struct thread_extra *extra; /* kernel/proc: robust list, tid address */
	struct list process_link; /* process->threads */
	struct list all_link;
	int32_t refs;

	/* Set together with `space` (&space->tlb, or NULL): the scheduler loads
	 * these page tables when the thread runs. */
	struct tlb_owner *tlb;
	/* Own to the scheduler. */
	bool sampled_user; /* last tick found it in user mode */
	nsec_t burst, burst_mark; /* how long it runs between sleeps, and
					   run_time when it last began to */
	int fpu_cpu; /* whose registers hold `fpu`, or -1 */
	struct list queue_link;
};

/* A new thread, not yet running, with a fresh stack and one reference, the
 * caller's; thread_start gives that to the thread itself, whose end drops it.
 * NULL: out of memory. */
struct thread *thread_create(const char *name);
/* A kernel thread that runs entry(arg); it ends when entry returns, and with
 * it the pointer, unless the caller takes a reference before. */
struct thread *thread_start_kernel(const char *name, void (*entry)(void *),
				   void *arg);
/* A user thread whose first act is to load `frame` (copied on its stack). */
void thread_set_user_frame(struct thread *thread,
			   const struct trap_frame *frame);
void thread_start(struct thread *thread);
/* The caller ends here; its struct lives until the last thread_put. */
_Noreturn void thread_exit(void);
void thread_get(struct thread *thread);
void thread_put(struct thread *thread);
/* Called by the last thread_put, before the memory goes. Set by kernel/proc. */
extern void (*thread_release)(struct thread *thread);

/* Give up the CPU: `schedule` sleeps if state is not RUNNABLE. */
void schedule(void);
void thread_yield(void);
/* In long loops of kernel code: lets others run when it is their turn. */
void schedule_if_needed(void);
/* Makes it runnable if it sleeps in one of the states in the mask
 * (1 << THREAD_SLEEPING | ...). True if it did. Safe from interrupts. */
bool thread_wake(struct thread *thread, unsigned state_mask);
#define WAKE_NORMAL (1u << THREAD_SLEEPING | 1u << THREAD_BLOCKED)
#define WAKE_SIGNAL (1u << THREAD_SLEEPING)
/* The thread is about to sleep and `next` has its work: run it here at once. */
void schedule_to(struct thread *next);
void thread_set_affinity(struct thread *thread, uint64_t cpus);
void thread_set_nice(struct thread *thread, int nice);

/* Loads the current thread's fs_base and gs_base (after arch_prctl, exec). */
void thread_load_bases(void);
/* Times so far, the running slice included. */
void thread_times(struct thread *thread, nsec_t *user, nsec_t *system);

/* FPU state: save into thread->fpu before reading it; reload after writing. */
void fpu_save(struct thread *thread);
void fpu_restore(struct thread *thread);
void fpu_copy(struct thread *to, struct thread *from); /* fork */
void fpu_reset(struct thread *thread); /* the state after exec */
size_t fpu_size(void); /* of the XSAVE area, bytes */

/* Is a deliverable signal (or a kill) waiting for the current thread?
 * Sleeping functions ask it; filled in by kernel/proc. */
static inline bool signal_pending(void)
{
	return __atomic_load_n(&current_thread()->user_work, __ATOMIC_RELAXED) &
	       WORK_SIGNAL;
}
/* Sends a signal to the current thread (SIGPIPE, SIGSEGV); set by proc. */
extern void (*thread_raise)(int signal);

/* Load and idle figures for /proc/loadavg and /proc/stat. */
struct cpu_times {
	nsec_t user, nice, system, idle, irq;
	uint64_t switches;
};
void cpu_times(unsigned cpu, struct cpu_times *times);
unsigned threads_runnable(void);
void load_average(uint32_t load[3]); /* fixed point, 1 << 11 */
