// SPDX-License-Identifier: MIT
/*
 * The end of threads and processes.
 *
 * A thread gives up what it shares, one reference at a time. The last thread
 * makes the process a zombie: its children go to a subreaper or to init, groups
 * that this orphans are told, and so is the parent. A zombie keeps its number
 * until somebody waits for it (or nobody ever will).
 */
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

void vfork_release(struct thread_extra *extra)
{
	struct vfork_wait *vfork = extra->vfork;

	if (!vfork)
		return;
	extra->vfork = NULL;
	atomic_store(&vfork->done, true);
	wake_up_all(&vfork->wait, 0);
	if (atomic_fetch_sub(&vfork->refs, 1) == 1)
		kfree(vfork);
}

/* Tell the other threads of this process that all is over. Lock held. */
static void end_group(struct process *process, int status)
{
	struct thread *thread;

	process->group_exit = true;
	process->exit_status = status;
	LIST_FOR_EACH(thread, &process->threads, process_link) {
		if (thread == current_thread())
			continue;
		atomic_fetch_or(&thread->user_work, WORK_SIGNAL);
		thread_wake(thread, 1u << THREAD_STOPPED);
		thread_kick(thread);
	}
}

void process_exit(int status)
{
	struct process *process = current_process();
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (!process->group_exit)
		end_group(process, status);
	else
		status = process->exit_status;
	spin_unlock_irqrestore(&process_lock, flags);
	thread_leave(status);
}

int exec_alone(void)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct thread *other;

	if (process->group_exit) {
		spin_unlock_irqrestore(&process_lock, flags);
		return -EINTR;
	}
	if (process->thread_count > 1) {
		process->exec_thread = self;
		LIST_FOR_EACH(other, &process->threads, process_link) {
			if (other == self)
				continue;
			other->extra->dying = true;
			atomic_fetch_or(&other->user_work, WORK_SIGNAL);
			thread_wake(other, 1u << THREAD_STOPPED);
			thread_kick(other);
		}
	}
	spin_unlock_irqrestore(&process_lock, flags);
	wait_event_blocked(&process->exec_wait,
			   READ_ONCE(process->thread_count) == 1);
	flags = spin_lock_irqsave(&process_lock);
	process->exec_thread = NULL;
	/* We take the leader's number. */
	if (self->tid != process->pid) {
		pid_free_thread(self->tid);
		self->tid = process->pid;
		pid_set(self->tid, self, process);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

/* Who takes the children: the nearest subreaper above, or init. */
static struct process *reaper_for(struct process *process)
{
	struct process *up;

	for (up = process->parent; up && up != init_process; up = up->parent) {
		if (up->subreaper && !up->zombie && up->thread_count)
			return up;
	}
	return init_process;
}

void process_reap_locked(struct process *process)
{
	struct process *parent = process->parent;

	parent->children_user += process->dead_user + process->children_user;
	parent->children_system +=
		process->dead_system + process->children_system;
	parent->children_faults_minor +=
		process->faults_minor + process->children_faults_minor;
	parent->children_faults_major +=
		process->faults_major + process->children_faults_major;
	parent->children_switches +=
		process->dead_switches + process->children_switches;
	parent->children_involuntary +=
		process->dead_involuntary + process->children_involuntary;
	parent->children_resident_peak = MAX(
		parent->children_resident_peak,
		MAX(process->resident_peak, process->children_resident_peak));
	list_remove(&process->sibling);
	list_remove(&process->all_link);
	pid_set(process->pid, NULL, NULL);
	pid_group_leave(process->pgid);
	pid_session_leave(process->session->id);
	process->parent = NULL;
	process_total--;
}

static bool nobody_waits(struct process *parent, struct process *child)
{
	struct signal_action *action = &parent->actions->action[SIGCHLD - 1];

	return child->exit_signal == SIGCHLD &&
	       (action->handler == SIG_IGN || action->flags & SA_NOCLDWAIT);
}

static void signal_thread_death(struct process *child, struct process *parent)
{
	struct thread *thread;

	LIST_FOR_EACH(thread, &child->threads, process_link) {
		struct signal_info info = {
			.number = thread->extra->parent_death_signal,
			.code = SI_USER,
			.pid = parent->pid,
			.uid = parent->uid,
			.from_kernel = true,
		};

		if (info.number)
			signal_send_locked(child, NULL, &info, NULL);
	}
}

/* A group that has stopped members and is now orphaned: HUP and CONT. */
static void check_orphans(int pgid, struct process *without)
{
	struct signal_info hup = { .number = SIGHUP,
				   .code = SI_KERNEL,
				   .from_kernel = true };
	struct signal_info cont = { .number = SIGCONT,
				    .code = SI_KERNEL,
				    .from_kernel = true };
	struct process *process;
	bool stopped = false;

	LIST_FOR_EACH(process, &process_list, all_link)
		stopped |= process->pgid == pgid && process->stopped;
	if (!stopped || !group_is_orphaned_locked(pgid, without))
		return;
	LIST_FOR_EACH(process, &process_list, all_link) {
		if (process->pgid != pgid || process == without)
			continue;
		signal_send_locked(process, NULL, &hup, NULL);
		signal_send_locked(process, NULL, &cont, NULL);
	}
}

/* Dead children that init ignores are to be put after the lock. */
static void give_children(struct process *process, struct list *dead)
{
	struct process *reaper = reaper_for(process), *child;

	LIST_FOR_EACH_SAFE(child, &process->children, sibling) {
		signal_thread_death(child, process);
		list_remove(&child->sibling);
		child->parent = reaper;
		list_push_back(&reaper->children, &child->sibling);
		if (child->exit_signal)
			child->exit_signal = SIGCHLD;
		if (!child->zombie) {
			if (child->pgid != process->pgid &&
			    child->session == process->session)
				check_orphans(child->pgid, NULL);
			continue;
		}
		notify_parent(
			child,
			child->exit_status & 0x7f ? CLD_KILLED : CLD_EXITED,
			child->exit_status & 0x7f ? child->exit_status & 0x7f :
						    child->exit_status >> 8);
		if (nobody_waits(reaper, child)) {
			process_reap_locked(child);
			list_push_back(dead, &child->sibling);
		}
	}
}

/* The last thread is gone. True: nobody will wait, put it after the lock. */
static bool die(struct process *process, struct list *dead)
{
	int status = process->exit_status;
	bool killed = status & 0x7f, reap;

	if (process == init_process)
		panic("init ended with status %#x", status);
	process->zombie = true;
	process->stopped = process->continued = false;
	queue_flush(process, &process->pending, ~0ull);
	give_children(process, dead);
	if (process->parent->session == process->session &&
	    process->parent->pgid != process->pgid)
		check_orphans(process->pgid, process);
	reap = nobody_waits(process->parent, process);
	notify_parent(process, killed ? CLD_KILLED : CLD_EXITED,
		      killed ? status & 0x7f : status >> 8 & 0xff);
	wake_up_all(&process->exit_wait, 1);
	if (reap)
		process_reap_locked(process);
	return reap;
}

static void add_usage(struct process *process, struct thread *self)
{
	nsec_t user, system;

	thread_times(self, &user, &system);
	process->dead_user += user;
	process->dead_system += system;
	process->dead_switches += self->switches - self->involuntary;
	process->dead_involuntary += self->involuntary;
	process->faults_minor += self->extra->faults_minor;
	process->faults_major += self->extra->faults_major;
}

static void leave_process(struct process *process, struct thread *self,
			  int status)
{
	struct list dead = LIST_INIT(dead);
	struct process *child;
	bool gone = false;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (!process->group_exit &&
	    (self->tid == process->pid || process->thread_count == 1)) {
		struct thread *leader = pid_thread(process->pid);

		if (self->tid == process->pid || leader == self)
			process->exit_status = status;
	}
	add_usage(process, self);
	queue_flush(process, &self->signal->pending, ~0ull);
	list_remove(&self->process_link);
	process->thread_count--;
	if (pid_thread(self->tid) == self)
		pid_free_thread(self->tid);
	if (process->exec_thread && process->thread_count == 1)
		wake_up_all(&process->exec_wait, 0);
	if (!process->thread_count)
		gone = die(process, &dead);
	else
		stop_check(process);
	spin_unlock_irqrestore(&process_lock, flags);
	while ((child = LIST_POP(&dead, struct process, sibling)))
		process_put(child);
	if (gone)
		process_put(process);
}

static void drop_space(struct thread *self)
{
	struct address_space *space = self->space;
	struct process *process = self->process;

	if (!space)
		return;
	process->resident_peak =
		MAX(process->resident_peak,
		    MAX(space->resident_peak, space->resident));
	space_switch(NULL);
	space_unuse(space);
}

/* Things of the process that must go while its last thread can still sleep. */
static void last_thread(struct process *process)
{
	timers_exit(process);
	if (process->session->id == process->pid &&
	    process_hooks.session_leader_exit)
		process_hooks.session_leader_exit(process->session);
	if (process_hooks.process_exit)
		process_hooks.process_exit(process);
}

static bool mark_exiting(struct process *process, struct thread *self)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct thread *other;
	bool last = true;

	self->extra->exiting = true;
	LIST_FOR_EACH(other, &process->threads, process_link)
		last &= other->extra->exiting;
	if (!last && !process->group_exit)
		signal_recalculate();
	spin_unlock_irqrestore(&process_lock, flags);
	return last;
}

/* Readers of /proc take their reference under the lock. */
static void take_away(void **object)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);

	*object = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
}

void thread_leave(int status)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	struct thread_extra *extra = self->extra;
	struct fd_table *files = self->files;
	struct fs_context *fs = self->fs;
	struct mount_namespace *mounts = self->mounts;
	struct net_namespace *network = self->network;
	bool last;

	irq_enable();
	last = mark_exiting(process, self);
	robust_exit(self);
	if (extra->clear_child_tid && self->space && self->space->users > 1) {
		if (!put_user_32(extra->clear_child_tid, 0))
			futex_wake_address(extra->clear_child_tid, true, 1);
	}
	take_away((void **)&self->files);
	if (files)
		fd_table_put(files);
	if (last)
		last_thread(process);
	take_away((void **)&self->fs);
	if (fs)
		path_ops.context_put(fs);
	take_away((void **)&self->mounts);
	if (mounts)
		path_ops.mounts_put(mounts);
	take_away((void **)&self->network);
	network_put(network);
	drop_space(self);
	vfork_release(extra);
	leave_process(process, self, status);
	thread_exit();
}
