// SPDX-License-Identifier: MIT
/*
 * Calls on descriptors themselves: close, dup, pipe, ioctl's generic part, and
 * fcntl with record locks, flock.
 */
#include "fs/vfs/inode.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/async.h"
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/locks.h"
#include "kernel/file/pipe.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/event.h"
#include "kernel/syscall/syscall.h"

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_SETOWN 8
#define F_GETOWN 9
#define F_SETSIG 10
#define F_GETSIG 11
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#define F_GETLEASE 1025
#define F_DUPFD_CLOEXEC 1030
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034

#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

#define FIONBIO 0x5421
#define FIONREAD 0x541b
#define FIONCLEX 0x5450
#define FIOCLEX 0x5451
#define FIOASYNC 0x5452
#define FIGETBSZ 2

#define CLOSE_RANGE_UNSHARE 2u
#define CLOSE_RANGE_CLOEXEC 4u

#define SETTABLE_FLAGS (O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | O_ASYNC)

long sys_close(int fd)
{
	return fd_close(fd);
}

/* At least `from`. */
static long duplicate(int fd, int from, bool close_on_exec)
{
	struct file *file = fd_get_any(fd);
	int copy;

	if (!file)
		return -EBADF;
	copy = fd_reserve(from, close_on_exec);
	if (copy < 0)
		file_put(file);
	else
		fd_install(copy, file);
	return copy;
}

long sys_dup(int fd)
{
	return duplicate(fd, 0, false);
}

long sys_dup3(int oldfd, int newfd, int flags)
{
	struct file *file;
	long result;

	if (flags & ~(int)O_CLOEXEC || oldfd == newfd)
		return -EINVAL;
	file = fd_get_any(oldfd);
	if (!file)
		return -EBADF;
	result = fd_replace(newfd, file, flags & O_CLOEXEC);
	file_put(file);
	return result;
}

long sys_dup2(int oldfd, int newfd)
{
	if (oldfd == newfd)
		return fd_flags(oldfd) < 0 ? -EBADF : newfd;
	return sys_dup3(oldfd, newfd, 0);
}

long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct thread *thread = current_thread();
	int fd;

	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE && fd_table_shared(thread->files)) {
		int error = thread_unshare_files(thread);

		if (error)
			return error;
	}
	if (first > INT32_MAX)
		return 0;
	for (fd = fd_next(thread->files, (int)first);
	     fd >= 0 && (unsigned)fd <= last;
	     fd = fd_next(thread->files, fd + 1)) {
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_flags(fd, true);
		else
			fd_close(fd);
	}
	return 0;
}

long sys_pipe2(uaddr_t pipefd, int flags)
{
	bool close_on_exec = flags & (int)O_CLOEXEC;
	struct file *ends[2];
	int fds[2], error;

	if (flags & ~(int)(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return -EINVAL;
	error = pipe_create(ends, (unsigned)flags);
	if (error)
		return error;
	fds[0] = fd_reserve(0, close_on_exec);
	fds[1] = fds[0] < 0 ? fds[0] : fd_reserve(0, close_on_exec);
	error = fds[1];
	if (fds[1] >= 0) {
		error = copy_to_user(pipefd, fds, sizeof(fds));
		if (!error) {
			fd_install(fds[0], ends[0]);
			fd_install(fds[1], ends[1]);
			return 0;
		}
		fd_unreserve(fds[1]);
	}
	if (fds[0] >= 0)
		fd_unreserve(fds[0]);
	file_put(ends[0]);
	file_put(ends[1]);
	return error;
}

long sys_pipe(uaddr_t pipefd)
{
	return sys_pipe2(pipefd, 0);
}

static int change_flags(struct file *file, int fd, unsigned set, unsigned clear)
{
	unsigned flags = (file->flags & ~clear) | set;

	if (file->ops->set_flags) {
		int error = file->ops->set_flags(file, flags);

		if (error)
			return error;
	}
	/* A file that announces nothing may have the flag all the same. */
	if ((file->flags ^ flags) & O_ASYNC &&
	    async_set(file, fd, flags & O_ASYNC) == -ENOMEM)
		return -ENOMEM;
	__atomic_fetch_and(&file->flags, ~clear, __ATOMIC_RELAXED);
	__atomic_fetch_or(&file->flags, set, __ATOMIC_RELAXED);
	return 0;
}

/* FIONBIO, FIOASYNC: a flag switched by an int in user memory. */
static long switch_flag(struct file *file, int fd, uaddr_t argument,
			unsigned flag)
{
	uint32_t on;

	if (get_user_32(&on, argument))
		return -EFAULT;
	if (flag == O_ASYNC && on && !file->ops->poll)
		return -ENOTTY;
	return change_flags(file, fd, on ? flag : 0, on ? 0 : flag);
}

/* A file's owner may be anyone; only whom its opener may signal is told. */
static bool opener_may_signal(struct file *file, struct process *process)
{
	const struct credentials *cred = file->cred;

	return cred && (cred->euid == 0 || cred->euid == process->uid ||
			cred->uid == process->uid);
}

static void signal_one_as(struct file *file, int pid,
			  const struct signal_info *info)
{
	struct process *process = process_find(pid);

	if (!process)
		return;
	if (opener_may_signal(file, process))
		process_signal(process, info);
	process_put(process);
}

static void signal_group_as(struct file *file, int pgid,
			    const struct signal_info *info)
{
	struct process *process;
	int last = 0;

	while ((process = process_next(last))) {
		last = process->pid;
		if (process->pgid == pgid && opener_may_signal(file, process))
			process_signal(process, info);
		process_put(process);
	}
}

/* async.c's way to the owner: si_code is the first event's number. */
static void signal_owner(struct file *file, int fd, unsigned events)
{
	static const uint16_t order[] = { POLLIN,  POLLOUT, POLLMSG,
					  POLLERR, POLLPRI, POLLHUP };
	struct signal_info info = { .number = SIGIO, .from_kernel = true };
	int owner = file->owner_pid;

	info.code = SI_KERNEL;
	if (events & ASYNC_URGENT) {
		info.number = SIGURG;
	} else if (file->owner_signal) {
		info.number = file->owner_signal;
		info.code = 1;
		for (unsigned i = 0; i < ARRAY_LEN(order); i++)
			if (events & order[i]) {
				info.code = (int)i + 1;
				break;
			}
		info.band = (int)events;
		info.fd = fd;
	}
	if (owner < 0)
		signal_group_as(file, -owner, &info);
	else if (owner > 0)
		signal_one_as(file, owner, &info);
}

static bool is_regular(struct file *file)
{
	return file->inode && (file->inode->mode & S_IFMT) == S_IFREG;
}

long sys_ioctl(int fd, unsigned cmd, uaddr_t arg)
{
	struct file *file = fd_get(fd);
	long result = -ENOTTY;

	if (!file)
		return -EBADF;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		result = fd_set_flags(fd, cmd == FIOCLEX);
		break;
	case FIONBIO:
		result = switch_flag(file, fd, arg, O_NONBLOCK);
		break;
	case FIOASYNC:
		result = switch_flag(file, fd, arg, O_ASYNC);
		break;
	case FIONREAD:
		if (is_regular(file)) {
			int64_t left =
				(int64_t)file->inode->size - file->position;

			result = put_user_32(arg, (uint32_t)left);
			break;
		}
		FALLTHROUGH;
	default:
		result = file_ioctl(file, cmd, arg);
	}
	file_put(file);
	return restartable(result);
}

/* ---- record locks ---------------------------------------------------------- */

struct user_flock {
	int16_t type, whence;
	int64_t start, length;
	int32_t pid;
};

static int lock_range(struct file *file, const struct user_flock *user,
		      struct lock_request *request)
{
	struct stat_result stat;
	int64_t base = 0;
	int error;

	if (user->whence == 1) {
		base = file->position;
	} else if (user->whence == 2) {
		error = file_stat(file, &stat);
		if (error)
			return error;
		base = (int64_t)stat.size;
	} else if (user->whence) {
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, user->start, &base))
		return -EOVERFLOW;
	request->start = base;
	request->end = LOCK_TO_END;
	if (user->length > 0) {
		if (__builtin_add_overflow(base, user->length - 1,
					   &request->end))
			return -EOVERFLOW;
	} else if (user->length < 0) {
		request->end = base - 1;
		request->start = base + user->length;
	}
	return request->start < 0 ? -EINVAL : 0;
}

static long test_lock(struct file *file, struct user_flock *user,
		      struct lock_request *request)
{
	if (request->type == LOCK_TYPE_NONE)
		return -EINVAL;
	locks_test(file, request);
	if (request->type == LOCK_TYPE_NONE) {
		user->type = F_UNLCK;
		return 0;
	}
	user->type = request->type == LOCK_TYPE_READ ? F_RDLCK : F_WRLCK;
	user->whence = 0;
	user->start = request->start;
	user->length = request->end == LOCK_TO_END ?
			       0 :
			       request->end - request->start + 1;
	user->pid = request->pid;
	return 0;
}

static long record_lock(struct file *file, unsigned cmd, uaddr_t arg)
{
	bool of_file = cmd >= F_OFD_GETLK;
	bool test = cmd == F_GETLK || cmd == F_OFD_GETLK;
	struct lock_request request = {
		.kind = of_file ? LOCK_DESCRIPTION : LOCK_POSIX,
		.owner = of_file ? (void *)file :
				   (void *)current_thread()->files,
		.pid = of_file ? -1 : current_process()->pid,
		.wait = cmd == F_SETLKW || cmd == F_OFD_SETLKW,
	};
	struct user_flock user;
	long error;

	if (copy_from_user(&user, arg, sizeof(user)))
		return -EFAULT;
	if (user.type < F_RDLCK || user.type > F_UNLCK || (of_file && user.pid))
		return -EINVAL;
	request.type = user.type == F_RDLCK ? LOCK_TYPE_READ :
		       user.type == F_WRLCK ? LOCK_TYPE_WRITE :
					      LOCK_TYPE_NONE;
	error = lock_range(file, &user, &request);
	if (error)
		return error;
	if (test) {
		error = test_lock(file, &user, &request);
		if (!error && copy_to_user(arg, &user, sizeof(user)))
			error = -EFAULT;
		return error;
	}
	if ((user.type == F_RDLCK && !(file->mode & FILE_READ)) ||
	    (user.type == F_WRLCK && !(file->mode & FILE_WRITE)))
		return -EBADF;
	return locks_set(file, &request);
}

long sys_flock(int fd, unsigned operation)
{
	struct lock_request request = { .kind = LOCK_FLOCK,
					.end = LOCK_TO_END };
	struct file *file;
	long result;

	switch (operation & ~(unsigned)LOCK_NB) {
	case LOCK_SH:
		request.type = LOCK_TYPE_READ;
		break;
	case LOCK_EX:
		request.type = LOCK_TYPE_WRITE;
		break;
	case LOCK_UN:
		request.type = LOCK_TYPE_NONE;
		break;
	default:
		return -EINVAL;
	}
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	request.owner = file;
	request.pid = current_process()->pid;
	request.wait = !(operation & LOCK_NB);
	result = locks_set(file, &request);
	file_put(file);
	return restartable(result);
}

/* ---- fcntl ----------------------------------------------------------------- */

static long owner_ex(struct file *file, unsigned cmd, uaddr_t arg)
{
	int32_t owner[2]; /* type, pid */

	if (cmd == F_GETOWN_EX) {
		owner[0] = file->owner_pid < 0 ? 2 : 1;
		owner[1] = file->owner_pid < 0 ? -file->owner_pid :
						 file->owner_pid;
		return copy_to_user(arg, owner, sizeof(owner));
	}
	if (copy_from_user(owner, arg, sizeof(owner)))
		return -EFAULT;
	if (owner[0] < 0 || owner[0] > 2)
		return -EINVAL;
	return async_set_owner(file, owner[0] == 2 ? -owner[1] : owner[1]);
}

/* memfd's seals live in its inode; other files refuse them. */
#define F_SEAL_SEAL 1u
#define F_SEAL_SHRINK 2u
#define F_SEAL_GROW 4u
#define F_SEAL_WRITE 8u
#define F_SEAL_FUTURE_WRITE 16u
#define F_SEAL_ALL 31u
#define SEALS_MEMFD (1u << 31) /* set by memfd_create: seals exist here */

static long seals(struct file *file, unsigned cmd, uint64_t arg)
{
	struct inode *inode = file->inode;
	long result = 0;

	if (!inode || !(inode->seals & SEALS_MEMFD))
		return -EINVAL;
	if (cmd == F_GET_SEALS)
		return (long)(inode->seals & F_SEAL_ALL);
	if (!(file->mode & FILE_WRITE))
		return -EPERM;
	if (arg & ~(uint64_t)F_SEAL_ALL)
		return -EINVAL;
	rwmutex_write_lock(&inode->lock);
	if (inode->seals & F_SEAL_SEAL)
		result = -EPERM;
	else if (arg & F_SEAL_WRITE && !list_empty(&inode->mapping.areas))
		result = -EBUSY;
	else
		inode->seals |= (uint32_t)arg;
	rwmutex_write_unlock(&inode->lock);
	return result;
}

static long control(struct file *file, int fd, unsigned cmd, uint64_t arg)
{
	switch (cmd) {
	case F_SETFL:
		if (file->inode && arg & O_NOATIME &&
		    !(file->flags & O_NOATIME) &&
		    current_cred()->fsuid != file->inode->uid &&
		    !capable(CAP_FOWNER))
			return -EPERM;
		return change_flags(file, fd, (unsigned)arg & SETTABLE_FLAGS,
				    SETTABLE_FLAGS);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return record_lock(file, cmd, arg);
	case F_SETOWN:
		if ((int)arg == INT32_MIN)
			return -EINVAL;
		return async_set_owner(file, (int)arg);
	case F_GETOWN:
		return file->owner_pid;
	case F_SETOWN_EX:
	case F_GETOWN_EX:
		return owner_ex(file, cmd, arg);
	case F_SETSIG:
		if (arg > SIGNAL_COUNT)
			return -EINVAL;
		file->owner_signal = (int)arg;
		return 0;
	case F_GETSIG:
		return file->owner_signal;
	case F_GETLEASE:
		return F_UNLCK;
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_SETPIPE_SZ:
		return pipe_resize(file, arg, capable(CAP_SYS_RESOURCE));
	case F_ADD_SEALS:
	case F_GET_SEALS:
		return seals(file, cmd, arg);
	default:
		syscall_count_unimplemented("fcntl", cmd);
		return -EINVAL;
	}
}

long sys_fcntl(int fd, unsigned cmd, uint64_t arg)
{
	struct file *file = fd_get_any(fd);
	long result;

	if (!file)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg >= fd_limit() || arg > INT32_MAX)
			result = -EINVAL;
		else
			result =
				duplicate(fd, (int)arg, cmd == F_DUPFD_CLOEXEC);
		break;
	case F_GETFD:
		result = fd_flags(fd);
		break;
	case F_SETFD:
		result = fd_set_flags(fd, arg & 1);
		break;
	case F_GETFL:
		result = (long)file->flags;
		break;
	default:
		result = file->mode & FILE_PATH ? -EBADF :
						  control(file, fd, cmd, arg);
	}
	file_put(file);
	return restartable(result);
}

void async_hooks_init(void)
{
	async_signal = signal_owner;
}
