// SPDX-License-Identifier: MIT
/*
 * Job control: stopping and continuing a whole process, orphaned groups, and
 * what the parent is told.
 *
 * A stop signal sets stop_signal; each thread parks on its way to user mode,
 * and the last one to park makes the stop known. SIGCONT and SIGKILL let all
 * go. Guarded by process_lock.
 */
#include "kernel/proc/internal.h"

#include "lib/atomic.h"
#include "lib/string.h"

#define TICK (NSEC_PER_SEC / 100)

void notify_parent(struct process *process, int code, int status)
{
	struct process *parent = process->parent;
	struct signal_info info;
	nsec_t user, system;
	int number = code <= CLD_DUMPED ? process->exit_signal : SIGCHLD;
	bool wanted = number != 0;

	if (!parent)
		return;
	if (number == SIGCHLD && code > CLD_DUMPED &&
	    parent->actions->action[SIGCHLD - 1].flags & SA_NOCLDSTOP)
		wanted = false;
	if (wanted) {
		memset(&info, 0, sizeof info);
		process_times(process, &user, &system);
		info.number = number;
		info.code = code;
		info.pid = process->pid;
		info.uid = process->uid;
		info.status = status;
		info.user_time = user / TICK;
		info.system_time = system / TICK;
		info.from_kernel = true;
		signal_send_locked(parent, NULL, &info, NULL);
	}
	wake_up_all(&parent->child_wait, 0);
}

static void announce(struct process *process)
{
	process->stopped = true;
	process->reported = false;
	process->continued = false;
	process->exit_status = process->stop_signal << 8 | 0x7f;
	notify_parent(process, CLD_STOPPED, process->stop_signal);
}

void stop_check(struct process *process)
{
	if (process->stop_signal && !process->stopped &&
	    process->thread_count &&
	    process->stopped_threads >= process->thread_count)
		announce(process);
}

void stop_begin(struct process *process, int number)
{
	struct thread *thread;

	if (process->stop_signal || process->group_exit)
		return;
	process->stop_signal = number;
	LIST_FOR_EACH(thread, &process->threads, process_link) {
		atomic_fetch_or(&thread->user_work, WORK_SIGNAL);
		thread_kick(thread);
	}
}

void stop_end(struct process *process)
{
	bool stopped = process->stopped;
	struct thread *thread;

	if (!process->stop_signal)
		return;
	process->stop_signal = 0;
	process->stopped = false;
	LIST_FOR_EACH(thread, &process->threads, process_link)
		thread_wake(thread, 1u << THREAD_STOPPED);
	if (!stopped || process->group_exit)
		return;
	process->continued = true;
	notify_parent(process, CLD_CONTINUED, SIGCONT);
}

void stop_here(void)
{
	struct thread *self = current_thread();
	struct process *process = self->process;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (!process->stop_signal || fatal_signal_pending()) {
		spin_unlock_irqrestore(&process_lock, flags);
		return;
	}
	self->extra->stopped = true;
	process->stopped_threads++;
	stop_check(process);
	while (process->stop_signal && !fatal_signal_pending()) {
		self->state = THREAD_STOPPED;
		spin_unlock_irqrestore(&process_lock, flags);
		schedule();
		flags = spin_lock_irqsave(&process_lock);
	}
	process->stopped_threads--;
	self->extra->stopped = false;
	spin_unlock_irqrestore(&process_lock, flags);
}

/* `without` is about to leave (NULL: nobody). */
bool group_is_orphaned_locked(int pgid, struct process *without)
{
	struct process *process;

	LIST_FOR_EACH(process, &process_list, all_link) {
		struct process *parent = process->parent;

		if (process->pgid != pgid || process == without ||
		    process->zombie || !parent || parent == init_process)
			continue;
		if (parent->pgid != pgid && parent->session == process->session)
			return false;
	}
	return true;
}

bool group_is_orphaned(int pgid)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	bool orphaned = group_is_orphaned_locked(pgid, NULL);

	spin_unlock_irqrestore(&process_lock, flags);
	return orphaned;
}
