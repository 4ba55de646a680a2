// SPDX-License-Identifier: MIT
/*
 * Scheduling from the program's side: yield, nice, affinity, and policies,
 * which are stored and reported (the scheduler is fair to all).
 */
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/proc/internal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define RESET_ON_FORK 0x40000000

#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

long sys_sched_yield(void)
{
	thread_yield();
	return 0;
}

/* The thread with a reference, or NULL. 0 is the caller. */
static struct thread *get_thread(int pid)
{
	if (pid)
		return thread_find(pid);
	thread_get(current_thread());
	return current_thread();
}

static bool may_change(struct thread *thread)
{
	const struct credentials *cred = current_cred();

	return cred->euid == thread->cred->uid ||
	       cred->euid == thread->cred->euid || capable(CAP_SYS_NICE);
}

/* ---- affinity ---- */

static uint64_t all_cpus(void)
{
	return cpu_count >= 64 ? ~0ull : BIT(cpu_count) - 1;
}

long sys_sched_setaffinity(int pid, size_t size, uaddr_t mask)
{
	struct thread *thread;
	uint64_t wanted = 0;
	long result = 0;

	if (copy_from_user(&wanted, mask, MIN(size, sizeof wanted)))
		return -EFAULT;
	thread = pid < 0 ? NULL : get_thread(pid);
	if (!thread)
		return -ESRCH;
	wanted &= all_cpus();
	if (!may_change(thread))
		result = -EPERM;
	else if (!wanted)
		result = -EINVAL;
	else
		thread_set_affinity(thread, wanted);
	thread_put(thread);
	return result;
}

long sys_sched_getaffinity(int pid, size_t size, uaddr_t mask)
{
	struct thread *thread;
	uint64_t now;

	if (size < sizeof now || size & 7)
		return -EINVAL;
	thread = pid < 0 ? NULL : get_thread(pid);
	if (!thread)
		return -ESRCH;
	now = thread->affinity & all_cpus();
	thread_put(thread);
	return put_user_64(mask, now) ? -EFAULT : (long)sizeof now;
}

/* ---- policies ---- */

static bool is_realtime(int policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

static long set_policy(int pid, int policy, int priority, const int *nice)
{
	struct thread *thread = pid < 0 ? NULL : get_thread(pid);
	long result = 0;

	if (!thread)
		return pid < 0 ? -EINVAL : -ESRCH;
	if (policy < 0)
		policy = thread->policy;
	policy &= ~RESET_ON_FORK;
	if (policy > SCHED_IDLE || policy == 4 ||
	    (is_realtime(policy) ? priority < 1 || priority > 99 :
				   priority != 0))
		result = -EINVAL;
	else if (!may_change(thread) ||
		 (is_realtime(policy) && !capable(CAP_SYS_NICE) &&
		  (uint64_t)priority > process_limit(14)))
		result = -EPERM;
	if (!result) {
		thread->policy = policy;
		thread->rt_priority = priority;
		if (nice)
			thread_set_nice(thread, *nice);
	}
	thread_put(thread);
	return result;
}

long sys_sched_setscheduler(int pid, int policy, uaddr_t param)
{
	uint32_t priority;

	if (policy < 0)
		return -EINVAL;
	if (!param || get_user_32(&priority, param))
		return param ? -EFAULT : -EINVAL;
	return set_policy(pid, policy, priority, NULL);
}

long sys_sched_setparam(int pid, uaddr_t param)
{
	uint32_t priority;

	if (!param || get_user_32(&priority, param))
		return param ? -EFAULT : -EINVAL;
	return set_policy(pid, -1, priority, NULL);
}

long sys_sched_getscheduler(int pid)
{
	struct thread *thread = pid < 0 ? NULL : get_thread(pid);
	long policy;

	if (!thread)
		return pid < 0 ? -EINVAL : -ESRCH;
	policy = thread->policy;
	thread_put(thread);
	return policy;
}

long sys_sched_getparam(int pid, uaddr_t param)
{
	struct thread *thread;
	uint32_t priority;

	if (!param || pid < 0)
		return -EINVAL;
	thread = get_thread(pid);
	if (!thread)
		return -ESRCH;
	priority = thread->rt_priority;
	thread_put(thread);
	return put_user_32(param, priority);
}

long sys_sched_get_priority_max(int policy)
{
	if (is_realtime(policy))
		return 99;
	return policy == SCHED_OTHER || policy == SCHED_BATCH ||
			       policy == SCHED_IDLE ||
			       policy == SCHED_DEADLINE ?
		       0 :
		       -EINVAL;
}

long sys_sched_get_priority_min(int policy)
{
	long most = sys_sched_get_priority_max(policy);

	return most > 0 ? 1 : most;
}

long sys_sched_rr_get_interval(int pid, uaddr_t timespec)
{
	struct thread *thread = pid < 0 ? NULL : get_thread(pid);
	nsec_t slice;

	if (!thread)
		return pid < 0 ? -EINVAL : -ESRCH;
	slice = thread->policy == SCHED_RR   ? 100 * NSEC_PER_MSEC :
		thread->policy == SCHED_FIFO ? 0 :
					       4 * NSEC_PER_MSEC;
	thread_put(thread);
	return timespec_to_user(timespec, slice);
}

struct sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};
#define SCHED_ATTR_SIZE 48

long sys_sched_setattr(int pid, uaddr_t attr, unsigned flags)
{
	struct sched_attr in;
	int nice;

	if (!attr || pid < 0 || flags)
		return -EINVAL;
	if (copy_from_user(&in, attr, SCHED_ATTR_SIZE))
		return -EFAULT;
	if (in.size && in.size < SCHED_ATTR_SIZE)
		return -E2BIG;
	if (in.policy == SCHED_DEADLINE)
		return -EINVAL;
	nice = in.nice;
	return set_policy(pid, in.policy, in.priority,
			  is_realtime(in.policy) ? NULL : &nice);
}

long sys_sched_getattr(int pid, uaddr_t attr, unsigned size, unsigned flags)
{
	struct sched_attr out = { .size = SCHED_ATTR_SIZE };
	struct thread *thread;

	if (!attr || pid < 0 || flags || size < SCHED_ATTR_SIZE ||
	    size > PAGE_SIZE)
		return -EINVAL;
	thread = get_thread(pid);
	if (!thread)
		return -ESRCH;
	out.policy = thread->policy;
	if (is_realtime(thread->policy))
		out.priority = thread->rt_priority;
	else
		out.nice = thread->nice;
	thread_put(thread);
	return copy_to_user(attr, &out, SCHED_ATTR_SIZE);
}

/* ---- nice ---- */

static bool matches(struct process *process, int which, int who)
{
	switch (which) {
	case PRIO_PROCESS:
		return process->pid == who;
	case PRIO_PGRP:
		return process->pgid == who;
	}
	return process->uid == (uint32_t)who;
}

static int default_who(int which, int who)
{
	if (who)
		return who;
	return which == PRIO_PROCESS ? current_process()->pid :
	       which == PRIO_PGRP    ? process_get_pgid(0) :
				       (int)current_cred()->uid;
}

static long renice(struct thread *thread, int nice)
{
	int64_t allowed = 20 - (int64_t)MIN(process_limit(13), 40ull);

	if (!may_change(thread))
		return -EPERM;
	if (nice < thread->nice && nice < allowed && !capable(CAP_SYS_NICE))
		return -EACCES;
	thread_set_nice(thread, nice);
	return 0;
}

/* Calls renice for each thread, or (nice NULL) finds the least nice. */
static long each(int which, int who, const int *nice)
{
	struct process *process;
	long result = -ESRCH;

	who = default_who(which, who);
	for (int pid = 0; (process = process_next(pid)); process_put(process)) {
		struct thread *thread;

		pid = process->pid;
		if (!matches(process, which, who))
			continue;
		for (int tid = 0; (thread = process_next_thread(process, tid));
		     thread_put(thread)) {
			tid = thread->tid;
			if (!nice) {
				result = MAX(result, 20 - thread->nice);
				continue;
			}
			long one = renice(thread, *nice);

			if (result == -ESRCH || one)
				result = one;
		}
	}
	return result;
}

long sys_setpriority(int which, int who, int nice)
{
	struct thread *thread;
	long result;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = CLAMP(nice, -20, 19);
	if (which != PRIO_PROCESS)
		return each(which, who, &nice);
	thread = get_thread(who);
	if (!thread)
		return -ESRCH;
	result = renice(thread, nice);
	thread_put(thread);
	return result;
}

long sys_getpriority(int which, int who)
{
	struct thread *thread;
	long result;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	if (which != PRIO_PROCESS)
		return each(which, who, NULL);
	thread = get_thread(who);
	if (!thread)
		return -ESRCH;
	result = 20 - thread->nice;
	thread_put(thread);
	return result;
}

long sys_ioprio_get(int which, int who)
{
	struct process *process;
	long result;

	if (which < 1 || which > 3)
		return -EINVAL;
	if (which != 1)
		return current_process()->io_priority;
	process = process_find(who ? who : current_process()->pid);
	if (!process)
		return -ESRCH;
	result = process->io_priority;
	process_put(process);
	return result;
}

long sys_ioprio_set(int which, int who, int ioprio)
{
	struct process *process;

	if (which < 1 || which > 3 || ioprio >> 13 > 3)
		return -EINVAL;
	process =
		process_find(which == 1 && who ? who : current_process()->pid);
	if (!process)
		return -ESRCH;
	process->io_priority = ioprio;
	process_put(process);
	return 0;
}
