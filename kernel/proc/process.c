// SPDX-License-Identifier: MIT
/*
 * The table of numbers (threads, processes, groups and sessions share one
 * space of ids) and the life of struct process.
 *
 * A number is free again when nothing of these four kinds uses it. The table
 * is two levels of pages, made as numbers are first used. Numbers are given
 * out in a circle, as Linux does.
 */
#include "kernel/proc/internal.h"

#include "kernel/arch/x86_64/panic.h"
#include "kernel/file/namespace.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PID_MAX 32768
#define PID_RESTART 300
#define LEAF 128

struct pid_slot {
	struct thread *thread;
	struct process *process;
	uint32_t group, session; /* members */
};

struct spinlock process_lock = SPINLOCK_INIT;
struct list process_list = LIST_INIT(process_list);
struct process *init_process;
unsigned process_total;
struct process_hooks process_hooks;

static struct pid_slot *slots[PID_MAX / LEAF];
static int last_pid;
uint64_t process_made;
static struct cache *processes;

static struct pid_slot *slot_of(int pid)
{
	if (pid <= 0 || pid >= PID_MAX || !slots[pid / LEAF])
		return NULL;
	return &slots[pid / LEAF][pid % LEAF];
}

int pid_alloc(void)
{
	int pid = last_pid;

	for (int tries = 0; tries < PID_MAX; tries++) {
		struct pid_slot *slot;

		if (++pid >= PID_MAX)
			pid = PID_RESTART;
		if (!slots[pid / LEAF]) {
			slots[pid / LEAF] = kcalloc(LEAF, sizeof *slot);
			if (!slots[pid / LEAF])
				return -ENOMEM;
		}
		slot = slot_of(pid);
		if (slot->thread || slot->process || slot->group ||
		    slot->session)
			continue;
		last_pid = pid;
		return pid;
	}
	return -EAGAIN;
}

void pid_set(int pid, struct thread *thread, struct process *process)
{
	struct pid_slot *slot = slot_of(pid);

	slot->thread = thread;
	slot->process = process;
}

void pid_free_thread(int tid)
{
	slot_of(tid)->thread = NULL;
}

struct thread *pid_thread(int pid)
{
	struct pid_slot *slot = slot_of(pid);

	return slot ? slot->thread : NULL;
}

struct process *pid_process(int pid)
{
	struct pid_slot *slot = slot_of(pid);

	return slot ? slot->process : NULL;
}

/* Group and session 0 are init's first ones: not numbers of the table. */
void pid_group_join(int pgid)
{
	if (pgid)
		slot_of(pgid)->group++;
}

void pid_group_leave(int pgid)
{
	if (pgid)
		slot_of(pgid)->group--;
}

void pid_session_join(int sid)
{
	if (sid)
		slot_of(sid)->session++;
}

void pid_session_leave(int sid)
{
	if (sid)
		slot_of(sid)->session--;
}

void process_get(struct process *process)
{
	atomic_fetch_add(&process->refs, 1);
}

void process_put(struct process *process)
{
	if (atomic_fetch_sub(&process->refs, 1) != 1)
		return;
	session_put(process->session);
	actions_put(process->actions);
	uts_put(process->uts);
	kfree(process->command_line);
	cache_free(processes, process);
}

struct process *process_create(void)
{
	struct process *process = cache_zalloc(processes);

	if (!process)
		return NULL;
	process->refs = 1;
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->threads);
	list_init(&process->all_link);
	queue_init(&process->pending);
	wait_queue_init(&process->child_wait);
	wait_queue_init(&process->exec_wait);
	wait_queue_init(&process->exit_wait);
	process->start_time = clock_monotonic();
	process->exit_signal = SIGCHLD;
	return process;
}

void session_get(struct session *session)
{
	atomic_fetch_add(&session->refs, 1);
}

void session_put(struct session *session)
{
	if (session && atomic_fetch_sub(&session->refs, 1) == 1)
		kfree(session);
}

struct process *process_find(int pid)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct process *process = pid_process(pid);

	if (process)
		process_get(process);
	spin_unlock_irqrestore(&process_lock, flags);
	return process;
}

struct thread *thread_find(int tid)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct thread *thread = pid_thread(tid);

	if (thread)
		thread_get(thread);
	spin_unlock_irqrestore(&process_lock, flags);
	return thread;
}

struct process *process_next(int after)
{
	struct process *process = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int pid = after < 0 ? 1 : after + 1;

	while (pid < PID_MAX && !process) {
		if (!slots[pid / LEAF]) {
			pid = (pid / LEAF + 1) * LEAF;
			continue;
		}
		process = slots[pid / LEAF][pid % LEAF].process;
		pid++;
	}
	if (process)
		process_get(process);
	spin_unlock_irqrestore(&process_lock, flags);
	return process;
}

struct thread *process_next_thread(struct process *process, int after)
{
	struct thread *thread, *best = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	LIST_FOR_EACH(thread, &process->threads, process_link) {
		if (thread->tid > after && (!best || thread->tid < best->tid))
			best = thread;
	}
	if (best)
		thread_get(best);
	spin_unlock_irqrestore(&process_lock, flags);
	return best;
}

int process_last_pid(void)
{
	return READ_ONCE(last_pid);
}

struct thread *process_any_thread(struct process *process)
{
	struct thread *thread;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	thread = pid_thread(process->pid);
	if (!thread || thread->process != process)
		thread = LIST_FIRST(&process->threads, struct thread,
				    process_link);
	if (thread)
		thread_get(thread);
	spin_unlock_irqrestore(&process_lock, flags);
	return thread;
}

struct net_namespace *thread_network(struct thread *thread)
{
	struct net_namespace *network = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (thread->extra && !thread->extra->exiting)
		network = network_of_thread(thread);
	spin_unlock_irqrestore(&process_lock, flags);
	return network;
}

struct mount_namespace *thread_mounts(struct thread *thread)
{
	struct mount_namespace *mounts = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (thread->extra && !thread->extra->exiting)
		mounts = thread->mounts;
	if (mounts)
		path_ops.mounts_get(mounts);
	spin_unlock_irqrestore(&process_lock, flags);
	return mounts;
}

struct uts_namespace *process_uts(struct process *process)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct uts_namespace *uts = process->uts;

	uts_get(uts);
	spin_unlock_irqrestore(&process_lock, flags);
	return uts;
}

struct address_space *process_space(struct process *process)
{
	struct address_space *space = NULL;
	struct thread *thread;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	LIST_FOR_EACH(thread, &process->threads, process_link) {
		if (!thread->space || thread->extra->exiting)
			continue;
		space = thread->space;
		space_get(space);
		break;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return space;
}

uint64_t process_limit(unsigned which)
{
	return READ_ONCE(current_process()->limits[which].current);
}

struct thread_extra *thread_extra_create(void)
{
	struct thread_extra *extra = kzalloc(sizeof *extra);

	if (!extra)
		return NULL;
	extra->timer_slack = 50000;
	extra->start_time = clock_monotonic();
	return extra;
}

/* The last reference to a thread is gone; maybe from an interrupt. */
static void release_thread(struct thread *thread)
{
	if (thread->signal) {
		kfree(thread->signal);
		thread->signal = NULL;
	}
	kfree(thread->extra);
	if (thread->cred)
		credentials_put(thread->cred);
	if (thread->process)
		process_put(thread->process);
}

struct uts_namespace *uts_copy(struct uts_namespace *from)
{
	struct uts_namespace *uts = kzalloc(sizeof *uts);

	if (!uts)
		return NULL;
	if (from) {
		spin_lock(&from->lock);
		memcpy(uts->host, from->host, sizeof uts->host);
		memcpy(uts->domain, from->domain, sizeof uts->domain);
		spin_unlock(&from->lock);
	}
	spin_init(&uts->lock);
	uts->refs = 1;
	return uts;
}

void uts_get(struct uts_namespace *uts)
{
	atomic_fetch_add(&uts->refs, 1);
}

void uts_put(struct uts_namespace *uts)
{
	if (uts && atomic_fetch_sub(&uts->refs, 1) == 1)
		kfree(uts);
}

void trap_hooks_init(void);

void proc_init(void)
{
	processes = cache_create("process", sizeof(struct process), 64);
	thread_release = release_thread;
	vm_out_of_memory = oom_kill;
	futex_init();
	trap_hooks_init();
}
