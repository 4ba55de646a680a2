// SPDX-License-Identifier: MIT
/*
 * Signals: sending, masks, actions, alternate stacks, waiting.
 */
#include "fs/procfs/procfs.h"
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/proc/internal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2
#define MINSIGSTKSZ 2048
#define FLAGS_KNOWN                                                            \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_RESTORER | SA_ONSTACK | \
	 SA_RESTART | SA_NODEFER | SA_RESETHAND)

struct user_action {
	uint64_t handler, flags, restorer, mask;
};

static void from_self(struct signal_info *info, int sig, int code)
{
	memset(info, 0, sizeof *info);
	info->number = sig;
	info->code = code;
	info->pid = current_process()->pid;
	info->uid = current_cred()->uid;
}

static bool valid(int sig)
{
	return sig >= 0 && sig <= SIGNAL_COUNT;
}

static long signal_process(int pid, const struct signal_info *info)
{
	struct process *process = process_find(pid);
	long error;

	if (!process) {
		/* kill(2) takes a thread's number for its process, too. */
		struct thread *thread = thread_find(pid);

		if (!thread)
			return -ESRCH;
		error = process_signal(thread->process, info);
		thread_put(thread);
		return error;
	}
	error = process_signal(process, info);
	process_put(process);
	return error;
}

/* kill(-1): everybody but init and ourselves. */
static long signal_all(const struct signal_info *info)
{
	struct process *process;
	long error = -ESRCH;

	for (int pid = 1; (process = process_next(pid)); process_put(process)) {
		long result;

		pid = process->pid;
		if (process == current_process())
			continue;
		result = process_signal(process, info);
		if (error == -ESRCH || !result)
			error = result;
	}
	return error == -EPERM ? 0 : error;
}

long sys_kill(int pid, int sig)
{
	struct signal_info info;

	if (!valid(sig))
		return -EINVAL;
	from_self(&info, sig, SI_USER);
	if (pid > 0)
		return signal_process(pid, &info);
	if (pid == -1)
		return signal_all(&info);
	if (pid == INT32_MIN)
		return -ESRCH;
	return group_signal(pid ? -pid : process_get_pgid(0), &info);
}

static long signal_thread(int pid, int tid, const struct signal_info *info)
{
	struct thread *thread = thread_find(tid);
	long error;

	if (!thread)
		return -ESRCH;
	if (pid > 0 && thread->process->pid != pid)
		error = -ESRCH;
	else
		error = thread_signal(thread, info);
	thread_put(thread);
	return error;
}

long sys_tgkill(int pid, int tid, int sig)
{
	struct signal_info info;

	if (pid <= 0 || tid <= 0 || !valid(sig))
		return -EINVAL;
	from_self(&info, sig, SI_TKILL);
	return signal_thread(pid, tid, &info);
}

long sys_tkill(int tid, int sig)
{
	struct signal_info info;

	if (tid <= 0 || !valid(sig))
		return -EINVAL;
	from_self(&info, sig, SI_TKILL);
	return signal_thread(0, tid, &info);
}

/* A siginfo from the user: nobody may pretend to be the kernel or kill(2). */
static int take_info(uaddr_t from, int sig, int pid, struct signal_info *info)
{
	uint8_t bytes[128];

	if (!valid(sig))
		return -EINVAL;
	if (copy_from_user(bytes, from, sizeof bytes))
		return -EFAULT;
	signal_info_from_bytes(bytes, info);
	info->number = sig;
	if ((info->code >= 0 || info->code == SI_TKILL) &&
	    pid != current_process()->pid)
		return -EPERM;
	return 0;
}

long sys_rt_sigqueueinfo(int pid, int sig, uaddr_t info)
{
	struct signal_info copy;
	int error = take_info(info, sig, pid, &copy);

	return error ? error : signal_process(pid, &copy);
}

long sys_rt_tgsigqueueinfo(int pid, int tid, int sig, uaddr_t info)
{
	struct signal_info copy;
	int error;

	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	error = take_info(info, sig, pid, &copy);
	return error ? error : signal_thread(pid, tid, &copy);
}

/* A pidfd's process, or that of an open directory /proc/PID. */
static long process_of_fd(int fd, struct process **process)
{
	struct file *file = fd_get(fd);
	long error = -EBADF;

	if (!file)
		return -EBADF;
	*process = pidfd_process(file);
	error = *process ? 0 : procfs_process_of(file, process);
	file_put(file);
	return error;
}

long sys_pidfd_send_signal(int fd, int sig, uaddr_t info, unsigned flags)
{
	struct process *process;
	struct signal_info copy;
	long error = flags ? -EINVAL : process_of_fd(fd, &process);

	if (error)
		return error;
	if (!valid(sig)) {
		process_put(process);
		return -EINVAL;
	}
	from_self(&copy, sig, SI_USER);
	if (info)
		error = take_info(info, sig, process->pid, &copy);
	if (!error && process->zombie && !process->parent)
		error = -ESRCH;
	if (!error)
		error = process_signal(process, &copy);
	process_put(process);
	return error;
}

/* ---- actions and masks ---- */

long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t oldact, size_t sigsetsize)
{
	struct signal_action new, old;
	struct user_action user;
	int error;

	if (sigsetsize != sizeof(sigset_bits))
		return -EINVAL;
	if (act) {
		if (copy_from_user(&user, act, sizeof user))
			return -EFAULT;
		new = (struct signal_action){ user.handler,
					      user.flags & FLAGS_KNOWN,
					      user.restorer, user.mask };
	}
	error = signal_set_action(sig, act ? &new : NULL, &old);
	if (error || !oldact)
		return error;
	user = (struct user_action){ old.handler, old.flags, old.restorer,
				     old.mask };
	return copy_to_user(oldact, &user, sizeof user);
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t oldset, size_t sigsetsize)
{
	sigset_bits old = current_thread()->signal->mask, mask;

	if (sigsetsize != sizeof mask)
		return -EINVAL;
	if (set) {
		if (get_user_64(&mask, set))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			mask |= old;
			break;
		case SIG_UNBLOCK:
			mask = old & ~mask;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		signal_set_mask(mask);
	}
	return oldset ? put_user_64(oldset, old) : 0;
}

long sys_rt_sigpending(uaddr_t set, size_t sigsetsize)
{
	sigset_bits pending = signal_pending_set() &
			      current_thread()->signal->mask;

	if (sigsetsize > sizeof pending)
		return -EINVAL;
	return copy_to_user(set, &pending, sigsetsize);
}

/* Until a handler has run, or the process is gone. */
static long wait_for_signal(void)
{
	while (!signal_pending()) {
		current_thread()->state = THREAD_SLEEPING;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!signal_pending())
			schedule();
		current_thread()->state = THREAD_RUNNABLE;
	}
	return -ERESTARTNOHAND;
}

long sys_rt_sigsuspend(uaddr_t set, size_t sigsetsize)
{
	int error;

	if (sigsetsize != sizeof(sigset_bits))
		return -EINVAL;
	if (!set)
		return -EFAULT;
	error = signal_use_mask_from_user(set, sigsetsize);
	return error ? error : wait_for_signal();
}

long sys_pause(void)
{
	return wait_for_signal();
}

long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timespec,
			 size_t sigsetsize)
{
	struct signal_info taken;
	nsec_t deadline = NO_DEADLINE, length;
	uint8_t bytes[128];
	sigset_bits wanted;
	int number, error;

	if (sigsetsize != sizeof wanted)
		return -EINVAL;
	if (get_user_64(&wanted, set))
		return -EFAULT;
	if (timespec) {
		error = timespec_from_user(&length, timespec);
		if (error)
			return error;
		deadline = deadline_after(length);
	}
	number = signal_wait(wanted, &taken, deadline);
	if (number < 0)
		return number;
	signal_info_to_bytes(&taken, bytes);
	if (info && copy_to_user(info, bytes, sizeof bytes))
		return -EFAULT;
	return number;
}

long sys_rt_sigreturn(void)
{
	return signal_return();
}

long sys_restart_syscall(void)
{
	struct thread_extra *extra = current_thread()->extra;

	if (!extra->restart)
		return -EINTR;
	return extra->restart(extra->restart_arguments);
}

/* ---- the alternate stack ---- */

struct user_stack {
	uint64_t base;
	int32_t flags;
	uint32_t padding;
	uint64_t size;
};

static bool on_stack(const struct signal_state *signal)
{
	uaddr_t sp = current_thread()->frame->rsp;

	return signal->altstack_size &&
	       !(signal->altstack_flags & (int)SS_AUTODISARM) &&
	       sp > signal->altstack &&
	       sp - signal->altstack <= signal->altstack_size;
}

long sys_sigaltstack(uaddr_t stack, uaddr_t old_stack)
{
	struct signal_state *signal = current_thread()->signal;
	struct user_stack new, old = { 0 };

	old.base = signal->altstack;
	old.size = signal->altstack_size;
	old.flags = !signal->altstack_size ? SS_DISABLE :
		    on_stack(signal)	   ? SS_ONSTACK :
					     0;
	old.flags |= signal->altstack_flags & (int)SS_AUTODISARM;
	if (stack) {
		int mode;

		if (copy_from_user(&new, stack, sizeof new))
			return -EFAULT;
		mode = new.flags & ~(int)SS_AUTODISARM;
		if (on_stack(signal))
			return -EPERM;
		if (mode != SS_DISABLE && mode != SS_ONSTACK && mode)
			return -EINVAL;
		if (mode == SS_DISABLE) {
			signal->altstack = signal->altstack_size = 0;
			signal->altstack_flags = SS_DISABLE;
		} else {
			if (new.size < MINSIGSTKSZ)
				return -ENOMEM;
			signal->altstack = new.base;
			signal->altstack_size = new.size;
			signal->altstack_flags = new.flags &(int)SS_AUTODISARM;
		}
	}
	return old_stack ? copy_to_user(old_stack, &old, sizeof old) : 0;
}
