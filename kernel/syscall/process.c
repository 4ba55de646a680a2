// SPDX-License-Identifier: MIT
/*
 * Processes and threads: clone, exec, exit, wait and who is who. Thin: copy
 * in, call kernel/proc, copy out.
 */
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/exec.h"
#include "kernel/proc/internal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/usage.h"
#include "kernel/syscall/user.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define CSIGNAL 0xffull
#define ARGS_MAX 0x7fffffff

long sys_clone(uint64_t flags, uaddr_t stack, uaddr_t parent_tid,
	       uaddr_t child_tid, uint64_t tls)
{
	struct clone_arguments args = {
		.flags = flags & 0xffffffff & ~CSIGNAL,
		.exit_signal = flags & CSIGNAL,
		.stack = stack,
		.parent_tid = parent_tid,
		.pidfd = parent_tid,
		.child_tid = child_tid,
		.tls = tls,
	};

	if (args.flags & CLONE_PIDFD && args.flags & CLONE_PARENT_SETTID)
		return -EINVAL;
	return process_clone(&args);
}

long sys_fork(void)
{
	struct clone_arguments args = { .exit_signal = SIGCHLD };

	return process_clone(&args);
}

long sys_vfork(void)
{
	struct clone_arguments args = {
		.flags = CLONE_VFORK | CLONE_VM,
		.exit_signal = SIGCHLD,
	};

	return process_clone(&args);
}

/* The extensible-struct rule: longer is fine when the rest is zero. */
static int copy_clone3(struct clone_arguments *args, uaddr_t from, size_t size)
{
	size_t known = MIN(size, sizeof *args);

	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < 64)
		return -EINVAL;
	memset(args, 0, sizeof *args);
	if (copy_from_user(args, from, known))
		return -EFAULT;
	for (size_t i = known; i < size; i += 8) {
		uint64_t word;

		if (get_user_64(&word, from + i))
			return -EFAULT;
		if (word)
			return -E2BIG;
	}
	return 0;
}

long sys_clone3(uaddr_t clone_args, size_t size)
{
	struct clone_arguments args;
	int error = copy_clone3(&args, clone_args, size);

	if (error)
		return error;
	if (args.flags & (CLONE_DETACHED | CSIGNAL) & ~CLONE_NEWTIME ||
	    args.flags >> 34 || args.exit_signal & ~CSIGNAL ||
	    args.exit_signal > SIGNAL_COUNT ||
	    (args.flags & (CLONE_THREAD | CLONE_PARENT) && args.exit_signal) ||
	    !args.stack != !args.stack_size)
		return -EINVAL;
	if (args.stack && !user_range_ok(args.stack, args.stack_size))
		return -EINVAL;
	if (args.set_tid_size || args.flags & CLONE_INTO_CGROUP)
		return -EINVAL;
	return process_clone(&args);
}

/* argv or envp of the new program; *count strings. NULL is an empty list. */
static int take_strings(struct exec_strings *strings, uaddr_t list,
			unsigned *count)
{
	for (*count = 0; list; (*count)++, list += 8) {
		uint64_t at;
		int error;

		if (get_user_64(&at, list))
			return -EFAULT;
		if (!at)
			return 0;
		if (*count >= strings->limit / 8)
			return -E2BIG;
		error = exec_strings_add_user(strings, at);
		if (error)
			return error;
	}
	return 0;
}

static long execute(struct file *file, const char *name, uaddr_t argv,
		    uaddr_t envp)
{
	struct exec_strings strings;
	int error = exec_strings_init(&strings);

	if (error)
		return error;
	error = take_strings(&strings, argv, &strings.argc);
	/* A program without argv[0] gets an empty one, as since Linux 5.18. */
	if (!error && !strings.argc) {
		error = exec_strings_add(&strings, "");
		strings.argc = 1;
	}
	if (!error)
		error = take_strings(&strings, envp, &strings.envc);
	if (!error)
		error = exec_run(file, name, &strings);
	exec_strings_free(&strings);
	return error;
}

/* AT_EXECFN of execveat on a descriptor: /dev/fd/N or /dev/fd/N/path. */
static int name_for(int dirfd, const char *path, char *name, size_t size)
{
	if (path[0] == '/' || dirfd == AT_FDCWD)
		return string_copy(name, path, size) < size ? 0 : -ENAMETOOLONG;
	return format_to(name, size, "/dev/fd/%d%s%s", dirfd,
			 path[0] ? "/" : "", path) < size ?
		       0 :
		       -ENAMETOOLONG;
}

long sys_execveat(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp,
		  int flags)
{
	char *name = NULL, *full = NULL;
	struct file *file;
	int error;

	if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = path_name_from_user(path, flags & AT_EMPTY_PATH, &name);
	if (error)
		return error;
	full = kmalloc(PAGE_SIZE + 32);
	error = full ? name_for(dirfd, name, full, PAGE_SIZE + 32) : -ENOMEM;
	if (!error)
		error = path_open_place(dirfd, name, flags, O_EXECUTE, &file);
	if (!error) {
		error = execute(file, full, argv, envp);
		file_put(file);
	}
	kfree(full);
	kfree(name);
	return error;
}

long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
	return sys_execveat(AT_FDCWD, path, argv, envp, 0);
}

long sys_exit(int status)
{
	thread_leave((status & 0xff) << 8);
}

long sys_exit_group(int status)
{
	process_exit((status & 0xff) << 8);
}

/* ---- waiting ---- */

void usage_to_bytes(const struct resource_usage *usage, struct rusage *out)
{
	memset(out, 0, sizeof *out);
	out->user.seconds = usage->user / NSEC_PER_SEC;
	out->user.microseconds = usage->user % NSEC_PER_SEC / NSEC_PER_USEC;
	out->system.seconds = usage->system / NSEC_PER_SEC;
	out->system.microseconds = usage->system % NSEC_PER_SEC / NSEC_PER_USEC;
	out->maxrss = usage->resident_peak * (PAGE_SIZE / 1024);
	out->minflt = usage->faults_minor;
	out->majflt = usage->faults_major;
	out->nvcsw = usage->switches;
	out->nivcsw = usage->involuntary;
}

static int put_usage(uaddr_t to, const struct resource_usage *usage)
{
	struct rusage out;

	if (!to)
		return 0;
	usage_to_bytes(usage, &out);
	return copy_to_user(to, &out, sizeof out);
}

long sys_wait4(int pid, uaddr_t wstatus, int options, uaddr_t rusage)
{
	struct wait_request request = { .options = (unsigned)options };
	struct wait_result result;
	int got;

	if ((unsigned)options &
	    ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD | WCLONE | WALL))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	request.options |= WEXITED;
	if (pid == -1) {
		request.type = WAIT_ALL;
	} else if (pid <= 0) {
		request.type = WAIT_GROUP;
		request.id = pid ? -pid : process_get_pgid(0);
	} else {
		request.type = WAIT_PID;
		request.id = pid;
	}
	got = process_wait(&request, &result);
	if (got <= 0)
		return restartable(got);
	if (wstatus && put_user_32(wstatus, result.status))
		return -EFAULT;
	if (put_usage(rusage, &result.usage))
		return -EFAULT;
	return got;
}

#define P_ALL 0
#define P_PID 1
#define P_PGID 2
#define P_PIDFD 3

static int waitid_target(int idtype, int id, struct wait_request *request)
{
	struct process *process;
	struct file *file;

	switch (idtype) {
	case P_ALL:
		request->type = WAIT_ALL;
		return 0;
	case P_PID:
		request->type = WAIT_PID;
		request->id = id;
		return id > 0 ? 0 : -EINVAL;
	case P_PGID:
		request->type = WAIT_GROUP;
		request->id = id ? id : process_get_pgid(0);
		return id >= 0 ? 0 : -EINVAL;
	case P_PIDFD:
		file = fd_get(id);
		if (!file)
			return -EBADF;
		process = pidfd_process(file);
		if (file->flags & O_NONBLOCK)
			request->options |= WNOHANG;
		file_put(file);
		if (!process)
			return -EBADF;
		request->type = WAIT_PID;
		request->id = process->pid;
		process_put(process);
		return 0;
	}
	return -EINVAL;
}

/* siginfo for waitid: the CLD_* status is the exit code or the signal. */
static int put_child(uaddr_t to, const struct wait_result *result)
{
	struct signal_info info = { 0 };
	uint8_t bytes[128];
	int status = result->status;

	info.number = SIGCHLD;
	info.code = result->code;
	info.pid = result->pid;
	info.uid = result->uid;
	info.status = result->code == CLD_EXITED    ? status >> 8 & 0xff :
		      result->code == CLD_STOPPED   ? status >> 8 & 0xff :
		      result->code == CLD_CONTINUED ? SIGCONT :
						      status & 0x7f;
	signal_info_to_bytes(&info, bytes);
	return copy_to_user(to, bytes, 32);
}

long sys_waitid(int idtype, int pid, uaddr_t info, int options, uaddr_t rusage)
{
	struct wait_request request = { .options = (unsigned)options };
	struct wait_result result;
	int got;

	if ((unsigned)options & ~(WNOHANG | WSTOPPED | WEXITED | WCONTINUED |
				  WNOWAIT | WNOTHREAD | WCLONE | WALL) ||
	    !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	got = waitid_target(idtype, pid, &request);
	if (got)
		return got;
	got = process_wait(&request, &result);
	if (got == 0 && request.options & WNOHANG && !(options & WNOHANG))
		return -EAGAIN; /* a non-blocking pidfd */
	if (got < 0)
		return restartable(got);
	if (got > 0 && put_usage(rusage, &result.usage))
		return -EFAULT;
	if (!info)
		return 0;
	if (!got)
		return clear_user(info, 32) ? -EFAULT : 0;
	return put_child(info, &result) ? -EFAULT : 0;
}

/* ---- numbers ---- */

long sys_getpid(void)
{
	return current_process()->pid;
}

long sys_gettid(void)
{
	return current_thread()->tid;
}

long sys_getppid(void)
{
	struct process *self = current_process();
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int pid = self->parent ? self->parent->pid : 0;

	spin_unlock_irqrestore(&process_lock, flags);
	return pid;
}

long sys_setsid(void)
{
	return process_set_sid();
}

long sys_setpgid(int pid, int pgid)
{
	return process_set_pgid(pid, pgid);
}

long sys_getpgid(int pid)
{
	return process_get_pgid(pid);
}

long sys_getpgrp(void)
{
	return process_get_pgid(0);
}

long sys_getsid(int pid)
{
	return process_get_sid(pid);
}

long sys_set_tid_address(uaddr_t tidptr)
{
	current_thread()->extra->clear_child_tid = tidptr;
	return current_thread()->tid;
}

/* ---- pidfds ---- */

long sys_pidfd_open(int pid, unsigned flags)
{
	struct process *process;
	struct file *file;

	if (flags & ~(unsigned)O_NONBLOCK || pid <= 0)
		return -EINVAL;
	process = process_find(pid);
	if (!process) {
		struct thread *thread = thread_find(pid);

		if (thread)
			thread_put(thread);
		return thread ? -EINVAL : -ESRCH;
	}
	file = pidfd_create(process, flags);
	process_put(process);
	return file ? fd_add(file, true) : -ENOMEM;
}

long sys_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	struct file *file = fd_get(pidfd), *theirs = NULL;
	struct process *process;
	struct thread *thread;
	long result = -ESRCH;

	if (flags) {
		if (file)
			file_put(file);
		return -EINVAL;
	}
	if (!file)
		return -EBADF;
	process = pidfd_process(file);
	file_put(file);
	if (!process)
		return -EBADF;
	thread = process_any_thread(process);
	if (thread && thread->files) {
		result = -EPERM;
		if (thread->cred->uid == current_cred()->uid ||
		    capable(CAP_SYS_PTRACE)) {
			theirs = fd_get_from(thread->files, fd);
			result = theirs ? fd_add(theirs, true) : -EBADF;
		}
	}
	if (thread)
		thread_put(thread);
	process_put(process);
	return result;
}
