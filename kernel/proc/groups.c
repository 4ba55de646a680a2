// SPDX-License-Identifier: MIT
/*
 * Process groups and sessions: setpgid(2), setsid(2) and their questions.
 */
#include "kernel/proc/internal.h"

#include "kernel/mm/slab.h"
#include "lib/errno.h"

static void move_group(struct process *process, int pgid)
{
	pid_group_leave(process->pgid);
	process->pgid = pgid;
	pid_group_join(pgid);
}

static bool group_exists(int pgid, struct session *session)
{
	struct process *process;

	LIST_FOR_EACH(process, &process_list, all_link) {
		if (process->pgid == pgid && process->session == session)
			return true;
	}
	return false;
}

static long set_pgid_locked(int pid, int pgid)
{
	struct process *self = current_process();
	struct process *target = pid ? pid_process(pid) : self;

	if (!target || (target != self && target->parent != self))
		return -ESRCH;
	if (!pgid)
		pgid = target->pid;
	if (target->parent == self && target != self) {
		if (target->session != self->session)
			return -EPERM;
		if (target->dumped_exec)
			return -EACCES;
	}
	if (target->session->id == target->pid)
		return -EPERM;
	if (pgid != target->pid && !group_exists(pgid, self->session))
		return -EPERM;
	if (target->pgid != pgid)
		move_group(target, pgid);
	return 0;
}

long process_set_pgid(int pid, int pgid)
{
	uint64_t flags;
	long result;

	if (pgid < 0)
		return -EINVAL;
	if (pid < 0)
		return -ESRCH;
	flags = spin_lock_irqsave(&process_lock);
	result = set_pgid_locked(pid, pgid);
	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

static bool group_in_use(int pgid)
{
	struct process *process;

	LIST_FOR_EACH(process, &process_list, all_link) {
		if (process->pgid == pgid)
			return true;
	}
	return false;
}

long process_set_sid(void)
{
	struct session *session = kzalloc(sizeof *session), *old = NULL;
	struct process *self = current_process();
	long result = -EPERM;
	uint64_t flags;

	if (!session)
		return -ENOMEM;
	session->refs = 1;
	session->id = self->pid;
	flags = spin_lock_irqsave(&process_lock);
	if (!group_in_use(self->pid) && self->session->id != self->pid) {
		old = self->session;
		pid_session_leave(old->id);
		pid_session_join(self->pid);
		self->session = session;
		move_group(self, self->pid);
		result = self->pid;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	session_put(result < 0 ? session : old);
	return result;
}

int process_get_pgid(int pid)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct process *process = pid ? pid_process(pid) : current_process();
	int result = process ? process->pgid : -ESRCH;

	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}

int process_get_sid(int pid)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct process *process = pid ? pid_process(pid) : current_process();
	int result = process ? process->session->id : -ESRCH;

	spin_unlock_irqrestore(&process_lock, flags);
	return result;
}
