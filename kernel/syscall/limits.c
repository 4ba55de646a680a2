// SPDX-License-Identifier: MIT
/*
 * Limits, usage and the per-process switches: rlimits, rusage, times, prctl,
 * arch_prctl, personality, robust lists, rseq, membarrier.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/proc/credentials.h"
#include "kernel/proc/internal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/usage.h"
#include "kernel/syscall/user.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define TICK (NSEC_PER_SEC / 100)
#define NOFILE_MOST (1024 * 1024) /* fs.nr_open */

/* ---- rlimits ---- */

static int may_change(const struct rlimit64 *old, const struct rlimit64 *new,
		      unsigned resource)
{
	if (new->current > new->maximum)
		return -EINVAL;
	if (resource == RLIM_NOFILE && new->maximum > NOFILE_MOST)
		return -EPERM;
	if (new->maximum > old->maximum && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

static void apply(struct process *process, unsigned resource,
		  const struct rlimit64 *limit)
{
	struct address_space *space = process_space(process);

	if (space) {
		if (resource == RLIM_STACK)
			space->stack_limit = limit->current;
		if (resource == RLIM_AS)
			space->size_limit = limit->current;
		if (resource == RLIM_DATA)
			space->data_limit = limit->current;
		space_put(space);
	}
	if (resource == RLIM_CPU && limit->current != RLIM_INFINITY)
		timers_watch_cpu(process);
}

static int change(struct process *process, unsigned resource,
		  struct rlimit64 *new, struct rlimit64 *old)
{
	struct rlimit64 *slot = &process->limits[resource];
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int error = 0;

	*old = *slot;
	if (new) {
		error = may_change(slot, new, resource);
		if (!error)
			*slot = *new;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	if (!error && new)
		apply(process, resource, new);
	return error;
}

static bool may_look(struct process *process)
{
	struct thread *thread;
	const struct credentials *cred = current_cred();
	bool may;

	if (process == current_process() || capable(CAP_SYS_RESOURCE))
		return true;
	thread = process_any_thread(process);
	if (!thread)
		return false;
	may = cred->uid == thread->cred->uid &&
	      cred->uid == thread->cred->euid &&
	      cred->uid == thread->cred->suid && cred->gid == thread->cred->gid;
	thread_put(thread);
	return may;
}

long sys_prlimit64(int pid, unsigned resource, uaddr_t rlimit,
		   uaddr_t old_rlimit)
{
	struct rlimit64 new, old;
	struct process *process;
	long error;

	if (resource >= RLIM_COUNT)
		return -EINVAL;
	if (rlimit && copy_from_user(&new, rlimit, sizeof new))
		return -EFAULT;
	process = pid ? process_find(pid) : current_process();
	if (!process)
		return -ESRCH;
	error = may_look(process) ?
			change(process, resource, rlimit ? &new : NULL, &old) :
			-EPERM;
	if (pid)
		process_put(process);
	if (!error && old_rlimit && copy_to_user(old_rlimit, &old, sizeof old))
		error = -EFAULT;
	return error;
}

long sys_getrlimit(unsigned resource, uaddr_t rlimit)
{
	return rlimit ? sys_prlimit64(0, resource, 0, rlimit) : -EFAULT;
}

long sys_setrlimit(unsigned resource, uaddr_t rlimit)
{
	return rlimit ? sys_prlimit64(0, resource, rlimit, 0) : -EFAULT;
}

/* ---- usage ---- */

static void thread_usage(struct resource_usage *usage)
{
	struct thread *self = current_thread();

	memset(usage, 0, sizeof *usage);
	thread_times(self, &usage->user, &usage->system);
	usage->faults_minor = self->extra->faults_minor;
	usage->faults_major = self->extra->faults_major;
	usage->switches = self->switches - self->involuntary;
	usage->involuntary = self->involuntary;
	usage->resident_peak =
		MAX(self->space->resident_peak, self->space->resident);
}

static void children_usage(struct process *self, struct resource_usage *usage)
{
	usage->user = self->children_user;
	usage->system = self->children_system;
	usage->faults_minor = self->children_faults_minor;
	usage->faults_major = self->children_faults_major;
	usage->switches = self->children_switches;
	usage->involuntary = self->children_involuntary;
	usage->resident_peak = self->children_resident_peak;
}

long sys_getrusage(int who, uaddr_t rusage)
{
	struct process *self = current_process();
	struct resource_usage usage;
	struct rusage out;

	switch (who) {
	case 0:
		process_usage(self, &usage);
		break;
	case -1:
		children_usage(self, &usage);
		break;
	case 1:
		thread_usage(&usage);
		break;
	default:
		return -EINVAL;
	}
	usage_to_bytes(&usage, &out);
	return copy_to_user(rusage, &out, sizeof out);
}

long sys_times(uaddr_t tms)
{
	struct process *self = current_process();
	struct resource_usage usage;
	int64_t out[4];

	process_usage(self, &usage);
	out[0] = usage.user / TICK;
	out[1] = usage.system / TICK;
	out[2] = self->children_user / TICK;
	out[3] = self->children_system / TICK;
	if (tms && copy_to_user(tms, out, sizeof out))
		return -EFAULT;
	return clock_monotonic() / TICK;
}

/* ---- prctl ---- */

static long set_name(uaddr_t from)
{
	struct thread *self = current_thread();
	char name[16] = { 0 };
	ssize_t length = copy_string_from_user(name, from, sizeof name);

	if (length == -EFAULT)
		return -EFAULT;
	name[sizeof name - 1] = 0;
	memcpy(self->name, name, sizeof name);
	return 0;
}

static long set_mm(struct address_space *space, uint64_t option, uint64_t at)
{
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	switch (option) {
	case 8:
		space->arg_start = at;
		return 0;
	case 9:
		space->arg_end = at;
		return 0;
	case 10:
		space->env_start = at;
		return 0;
	case 11:
		space->env_end = at;
		return 0;
	}
	return -EINVAL;
}

static long change_securebits(uint64_t bits)
{
	struct credentials *cred;

	if (!capable(CAP_SETPCAP) || bits & ~0xffull)
		return -EPERM;
	cred = credentials_copy(current_cred());
	if (!cred)
		return -ENOMEM;
	cred->securebits = bits;
	credentials_set(cred);
	return 0;
}

/* PR_SET_KEEPCAPS, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_CAP_AMBIENT. */
static long change_cred(int option, uint64_t arg2, uint64_t arg3)
{
	struct credentials *cred = credentials_copy(current_cred());
	long error = 0;

	if (!cred)
		return -ENOMEM;
	if (option == 8) {
		cred->securebits &= ~16u;
		cred->securebits |= arg2 ? 16u : 0;
	} else if (option == 38) {
		cred->no_new_privs = true;
	} else if (option == 24) {
		error = arg2 > CAP_LAST	      ? -EINVAL :
			!capable(CAP_SETPCAP) ? -EPERM :
						0;
		cred->cap_bounding &= ~BIT(arg2 & 63);
	} else if (arg2 == 4) {
		cred->cap_ambient = 0;
	} else if (arg3 > CAP_LAST) {
		error = -EINVAL;
	} else if (arg2 == 3) {
		cred->cap_ambient &= ~BIT(arg3);
	} else if (!(cred->cap_permitted & cred->cap_inheritable & BIT(arg3))) {
		error = -EPERM;
	} else {
		cred->cap_ambient |= BIT(arg3);
	}
	if (error)
		credentials_put(cred);
	else
		credentials_set(cred);
	return error;
}

static long cap_ambient(uint64_t arg2, uint64_t arg3)
{
	if (arg2 == 1) {
		if (arg3 > CAP_LAST)
			return -EINVAL;
		return !!(current_cred()->cap_ambient & BIT(arg3));
	}
	return arg2 >= 2 && arg2 <= 4 ? change_cred(47, arg2, arg3) : -EINVAL;
}

long sys_prctl(int option, uint64_t arg2, uint64_t arg3, uint64_t arg4,
	       uint64_t arg5)
{
	struct thread *self = current_thread();
	struct thread_extra *extra = self->extra;
	struct process *process = self->process;

	switch (option) {
	case 1: /* SET_PDEATHSIG */
		if (arg2 > SIGNAL_COUNT)
			return -EINVAL;
		extra->parent_death_signal = arg2;
		return 0;
	case 2:
		return put_user_32(arg2, extra->parent_death_signal);
	case 3: /* GET_DUMPABLE */
		return self->space->dumpable;
	case 4:
		if (arg2 > 1)
			return -EINVAL;
		self->space->dumpable = arg2;
		return 0;
	case 7: /* GET_KEEPCAPS */
		return !!(self->cred->securebits & 16);
	case 8:
		if (arg2 > 1)
			return -EINVAL;
		return change_cred(option, arg2, 0);
	case 15:
		return set_name(arg2);
	case 16:
		return copy_to_user(arg2, self->name, 16);
	case 21: /* GET_SECCOMP */
		return 0;
	case 23: /* CAPBSET_READ */
		if (arg2 > CAP_LAST)
			return -EINVAL;
		return !!(self->cred->cap_bounding & BIT(arg2));
	case 24:
		return change_cred(option, arg2, 0);
	case 25: /* GET_TSC */
		return put_user_32(arg2, 1);
	case 27: /* GET_SECUREBITS */
		return self->cred->securebits;
	case 28:
		return change_securebits(arg2);
	case 29: /* SET_TIMERSLACK */
		extra->timer_slack = arg2 ? (nsec_t)arg2 : 50000;
		return 0;
	case 30:
		return extra->timer_slack;
	case 35:
		return set_mm(self->space, arg2, arg3);
	case 36: /* SET_CHILD_SUBREAPER */
		process->subreaper = arg2;
		return 0;
	case 37:
		return put_user_32(arg2, process->subreaper);
	case 38: /* SET_NO_NEW_PRIVS */
		if (arg2 != 1 || arg3 || arg4 || arg5)
			return -EINVAL;
		return change_cred(option, 0, 0);
	case 39:
		return arg2 || arg3 || arg4 || arg5 ? -EINVAL :
						      self->cred->no_new_privs;
	case 40: /* GET_TID_ADDRESS */
		return put_user_64(arg2, extra->clear_child_tid);
	case 41: /* SET_THP_DISABLE */
	case 42:
		return 0;
	case 47:
		return cap_ambient(arg2, arg3);
	}
	syscall_count_unimplemented("prctl", option);
	return -EINVAL;
}

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004
#define ARCH_GET_CPUID 0x1011

long sys_arch_prctl(int option, uaddr_t addr)
{
	struct thread *self = current_thread();

	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (addr >= USER_TOP)
			return -EPERM;
		if (option == ARCH_SET_FS)
			self->fs_base = addr;
		else
			self->gs_base = addr;
		thread_load_bases();
		return 0;
	case ARCH_GET_FS:
		return put_user_64(addr, self->fs_base);
	case ARCH_GET_GS:
		return put_user_64(addr, self->gs_base);
	case ARCH_GET_CPUID:
		return 1;
	}
	return -EINVAL;
}

long sys_personality(unsigned persona)
{
	struct thread_extra *extra = current_thread()->extra;
	unsigned old = extra->personality;

	if (persona != 0xffffffff)
		extra->personality = persona;
	return old;
}

/* ---- lists and areas that the C library registers ---- */

long sys_set_robust_list(uaddr_t head, size_t len)
{
	if (len != 24)
		return -EINVAL;
	current_thread()->extra->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, uaddr_t headp, uaddr_t lenp)
{
	struct thread *thread = pid ? thread_find(pid) : current_thread();
	uaddr_t head;

	if (!thread)
		return -ESRCH;
	head = thread->extra->robust_list;
	if (pid)
		thread_put(thread);
	if (put_user_64(lenp, 24) || put_user_64(headp, head))
		return -EFAULT;
	return 0;
}

#define MEMBARRIER_QUERY 0
#define MEMBARRIER_GLOBAL 1
#define MEMBARRIER_GLOBAL_EXPEDITED 2
#define MEMBARRIER_REGISTER_GLOBAL 4
#define MEMBARRIER_PRIVATE 8
#define MEMBARRIER_REGISTER_PRIVATE 16

/* A flush of no pages makes every CPU that runs this space take an interrupt:
 * that is the barrier. */
long sys_membarrier(int cmd, unsigned flags, int cpu_id)
{
	struct address_space *space = current_thread()->space;

	if (flags)
		return -EINVAL;
	switch (cmd) {
	case MEMBARRIER_QUERY:
		return MEMBARRIER_PRIVATE | MEMBARRIER_REGISTER_PRIVATE;
	case MEMBARRIER_REGISTER_PRIVATE:
		return 0;
	case MEMBARRIER_PRIVATE:
		tlb_flush_range(&space->tlb, 0, PAGE_SIZE);
		return 0;
	}
	return -EINVAL;
}
