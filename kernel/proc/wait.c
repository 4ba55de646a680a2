// SPDX-License-Identifier: MIT
/*
 * Waiting for children: wait4 and waitid on one function. Also the sums of
 * what threads and processes used.
 */
#include "kernel/proc/internal.h"

#include "kernel/vm/space.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NOTHING_YET (-EAGAIN)

static bool eligible(const struct process *child,
		     const struct wait_request *request)
{
	if (request->type == WAIT_PID && child->pid != request->id)
		return false;
	if (request->type == WAIT_GROUP && child->pgid != request->id)
		return false;
	if (request->options & WALL)
		return true;
	return (child->exit_signal != SIGCHLD) == !!(request->options & WCLONE);
}

static void sum_threads(struct process *process, struct resource_usage *usage)
{
	struct thread *thread;

	LIST_FOR_EACH(thread, &process->threads, process_link) {
		nsec_t user, system;

		thread_times(thread, &user, &system);
		usage->user += user;
		usage->system += system;
		usage->faults_minor += thread->extra->faults_minor;
		usage->faults_major += thread->extra->faults_major;
		usage->switches += thread->switches - thread->involuntary;
		usage->involuntary += thread->involuntary;
	}
}

static void own_usage(struct process *process, struct resource_usage *usage)
{
	memset(usage, 0, sizeof *usage);
	usage->user = process->dead_user;
	usage->system = process->dead_system;
	usage->faults_minor = process->faults_minor;
	usage->faults_major = process->faults_major;
	usage->switches = process->dead_switches;
	usage->involuntary = process->dead_involuntary;
	usage->resident_peak = process->resident_peak;
	sum_threads(process, usage);
}

void process_usage(struct process *process, struct resource_usage *usage)
{
	struct address_space *space = process_space(process);
	uint64_t flags = spin_lock_irqsave(&process_lock);

	own_usage(process, usage);
	spin_unlock_irqrestore(&process_lock, flags);
	if (!space)
		return;
	usage->resident_peak = MAX(usage->resident_peak,
				   MAX(space->resident_peak, space->resident));
	space_put(space);
}

/* Any context that may hold process_lock. */
void process_times(struct process *process, nsec_t *user, nsec_t *system)
{
	struct resource_usage usage = { 0 };

	sum_threads(process, &usage);
	*user = usage.user + process->dead_user;
	*system = usage.system + process->dead_system;
}

static int report(struct process *child, int code, int status,
		  struct wait_result *result)
{
	result->pid = child->pid;
	result->code = code;
	result->status = status;
	result->uid = child->uid;
	own_usage(child, &result->usage);
	result->usage.user += child->children_user;
	result->usage.system += child->children_system;
	result->usage.faults_minor += child->children_faults_minor;
	result->usage.faults_major += child->children_faults_major;
	result->usage.switches += child->children_switches;
	result->usage.involuntary += child->children_involuntary;
	result->usage.resident_peak =
		MAX(result->usage.resident_peak, child->children_resident_peak);
	return child->pid;
}

/* The child's state, if the caller asked for that. Lock held. */
static int look_at(struct process *child, const struct wait_request *request,
		   struct wait_result *result)
{
	unsigned options = request->options;
	bool keep = options & WNOWAIT;

	if (child->zombie) {
		int status = child->exit_status;

		if (!(options & WEXITED))
			return NOTHING_YET;
		return report(child, status & 0x7f ? CLD_KILLED : CLD_EXITED,
			      status, result);
	}
	if (child->stopped && !child->reported && options & WSTOPPED) {
		child->reported = !keep;
		return report(child, CLD_STOPPED, child->exit_status, result);
	}
	if (child->continued && options & WCONTINUED) {
		child->continued = keep;
		return report(child, CLD_CONTINUED, 0xffff, result);
	}
	return NOTHING_YET;
}

/* *reaped: a zombie that is to be put without the lock. */
static int scan(const struct wait_request *request, struct wait_result *result,
		struct process **reaped)
{
	struct process *self = current_process(), *child;
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int pid = -ECHILD;

	LIST_FOR_EACH(child, &self->children, sibling) {
		if (!eligible(child, request))
			continue;
		pid = look_at(child, request, result);
		if (pid == NOTHING_YET)
			continue;
		if (child->zombie && !(request->options & WNOWAIT)) {
			*reaped = child;
			process_reap_locked(child);
		}
		break;
	}
	/* A later child that is not ready must not hide an earlier ECHILD. */
	spin_unlock_irqrestore(&process_lock, flags);
	return pid;
}

int process_wait(const struct wait_request *request, struct wait_result *result)
{
	struct process *self = current_process(), *reaped = NULL;
	int pid, error;

	pid = scan(request, result, &reaped);
	if (pid == NOTHING_YET && request->options & WNOHANG)
		return 0;
	if (pid == NOTHING_YET) {
		error = wait_event(&self->child_wait,
				   (pid = scan(request, result, &reaped)) !=
					   NOTHING_YET);
		if (error)
			return error;
	}
	if (reaped)
		process_put(reaped);
	return pid;
}
