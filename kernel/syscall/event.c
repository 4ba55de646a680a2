// SPDX-License-Identifier: MIT
/*
 * epoll, eventfd, timerfd and signalfd: the calls in front of kernel/file, and
 * signalfd's way to the signals.
 */
#include "kernel/syscall/event.h"

#include "kernel/file/epoll.h"
#include "kernel/file/eventfd.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/signalfd.h"
#include "kernel/file/timerfd.h"
#include "kernel/proc/process.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/bytes.h"
#include "lib/string.h"

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

/* Gives the file a descriptor; O_CLOEXEC in `flags`. */
static long add_file(int error, struct file **file, int flags)
{
	return error ? error : fd_add(*file, flags & (int)O_CLOEXEC);
}

long sys_epoll_create1(int flags)
{
	struct file *file = NULL;

	if (flags & ~(int)O_CLOEXEC)
		return -EINVAL;
	return add_file(epoll_create_file(&file), &file, flags);
}

long sys_epoll_create(int size)
{
	return size <= 0 ? -EINVAL : sys_epoll_create1(0);
}

long sys_epoll_ctl(int epfd, int epoll_op, int fd, uaddr_t event)
{
	struct epoll_event wanted = { 0 };
	struct file *epoll, *target;
	long result = -EBADF;

	if (epoll_op != EPOLL_CTL_DEL &&
	    copy_from_user(&wanted, event, sizeof(wanted)))
		return -EFAULT;
	epoll = fd_get(epfd);
	if (!epoll)
		return -EBADF;
	target = fd_get(fd);
	if (!target)
		goto out;
	if (epoll_op == EPOLL_CTL_ADD)
		result = epoll_add(epoll, target, fd, &wanted);
	else if (epoll_op == EPOLL_CTL_MOD)
		result = epoll_modify(epoll, target, fd, &wanted);
	else if (epoll_op == EPOLL_CTL_DEL)
		result = epoll_delete(epoll, target, fd);
	else
		result = -EINVAL;
	file_put(target);
out:
	file_put(epoll);
	return result;
}

static long wait_until(int epfd, uaddr_t events, int maxevents, nsec_t deadline)
{
	struct file *epoll = fd_get(epfd);
	long result;

	if (!epoll)
		return -EBADF;
	result = epoll_wait_user(epoll, events, maxevents, deadline);
	file_put(epoll);
	return result;
}

static nsec_t deadline_of_msec(int timeout)
{
	if (timeout < 0)
		return NSEC_NEVER;
	return timeout ? deadline_after(timeout * NSEC_PER_MSEC) : 0;
}

long sys_epoll_wait(int epfd, uaddr_t events, int maxevents, int timeout)
{
	return wait_until(epfd, events, maxevents, deadline_of_msec(timeout));
}

long sys_epoll_pwait(int epfd, uaddr_t events, int maxevents, int timeout,
		     uaddr_t set, size_t sigsetsize)
{
	if (set) {
		int error = signal_use_mask_from_user(set, sigsetsize);

		if (error)
			return error;
	}
	return sys_epoll_wait(epfd, events, maxevents, timeout);
}

long sys_epoll_pwait2(int epfd, uaddr_t events, int maxevents, uaddr_t timespec,
		      uaddr_t set, size_t sigsetsize)
{
	nsec_t deadline = NSEC_NEVER, length;

	if (timespec) {
		int error = timespec_from_user(&length, timespec);

		if (error)
			return error;
		deadline = length ? deadline_after(length) : 0;
	}
	if (set) {
		int error = signal_use_mask_from_user(set, sigsetsize);

		if (error)
			return error;
	}
	return wait_until(epfd, events, maxevents, deadline);
}

long sys_eventfd2(unsigned initval, int flags)
{
	struct file *file = NULL;

	if (flags & ~(int)(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	return add_file(eventfd_create(initval, (unsigned)flags, &file), &file,
			flags);
}

long sys_eventfd(unsigned initval)
{
	return sys_eventfd2(initval, 0);
}

/* ---- timerfd ------------------------------------------------------------------ */

struct user_itimerspec {
	struct user_timespec interval, value;
};

long sys_timerfd_create(int clockid, int flags)
{
	struct file *file = NULL;

	if (flags & ~(int)(O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	return add_file(timerfd_create(clockid, (unsigned)flags, &file), &file,
			flags);
}

static int setting_from_user(struct timerfd_setting *setting, uaddr_t from)
{
	int error = timespec_from_user(&setting->interval,
				       from + offsetof(struct user_itimerspec,
						       interval));

	if (error)
		return error;
	return timespec_from_user(&setting->value,
				  from + offsetof(struct user_itimerspec,
						  value));
}

static int setting_to_user(uaddr_t to, const struct timerfd_setting *setting)
{
	struct user_itimerspec spec = {
		{ setting->interval / NSEC_PER_SEC,
		  setting->interval % NSEC_PER_SEC },
		{ setting->value / NSEC_PER_SEC,
		  setting->value % NSEC_PER_SEC },
	};

	return copy_to_user(to, &spec, sizeof(spec));
}

long sys_timerfd_settime(int fd, int flags, uaddr_t itimerspec,
			 uaddr_t old_itimerspec)
{
	struct timerfd_setting new, old;
	struct file *file;
	long result = setting_from_user(&new, itimerspec);

	if (result)
		return result;
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	result = timerfd_set(file, (unsigned)flags, &new, &old);
	file_put(file);
	if (!result && old_itimerspec)
		result = setting_to_user(old_itimerspec, &old);
	return result;
}

long sys_timerfd_gettime(int fd, uaddr_t curr_itimerspec)
{
	struct timerfd_setting now;
	struct file *file = fd_get(fd);
	long result;

	if (!file)
		return -EBADF;
	result = timerfd_get(file, &now);
	file_put(file);
	return result ? result : setting_to_user(curr_itimerspec, &now);
}

/* ---- signalfd ----------------------------------------------------------------- */

/* Offsets of struct signalfd_siginfo, <linux/signalfd.h>. */
static void make_record(const struct signal_info *info, uint8_t record[128])
{
	memset(record, 0, 128);
	put_le32(record + 0, (uint32_t)info->number);
	put_le32(record + 4, (uint32_t)info->error);
	put_le32(record + 8, (uint32_t)info->code);
	put_le32(record + 12, (uint32_t)info->pid);
	put_le32(record + 16, info->uid);
	put_le32(record + 20, (uint32_t)info->fd);
	put_le32(record + 24, (uint32_t)info->timer_id);
	put_le32(record + 28, (uint32_t)info->band);
	put_le32(record + 32, (uint32_t)info->overrun);
	put_le32(record + 40, (uint32_t)info->status);
	put_le32(record + 44, (uint32_t)info->value);
	put_le64(record + 48, info->value);
	put_le64(record + 56, (uint64_t)info->user_time);
	put_le64(record + 64, (uint64_t)info->system_time);
	put_le64(record + 72, info->address);
}

static bool take_signal(uint64_t set, uint8_t record[128])
{
	struct signal_info info = { 0 };

	if (!signal_take(set, &info))
		return false;
	make_record(&info, record);
	return true;
}

static void *attach_actions(struct wait_queue **queue)
{
	struct signal_actions *actions = current_process()->actions;

	__atomic_fetch_add(&actions->refs, 1, __ATOMIC_RELAXED);
	*queue = &actions->signalfd_wait;
	return actions;
}

static void detach_actions(void *token)
{
	actions_put(token);
}

void signalfd_hooks_init(void)
{
	signalfd_ops.take = take_signal;
	signalfd_ops.pending = signal_pending_set;
	signalfd_ops.attach = attach_actions;
	signalfd_ops.detach = detach_actions;
}

long sys_signalfd4(int fd, uaddr_t set, size_t sigsetsize, int flags)
{
	struct file *file = NULL;
	uint64_t mask;
	long result;

	if (flags & ~(int)(O_NONBLOCK | O_CLOEXEC) ||
	    sigsetsize != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, set, sizeof(mask)))
		return -EFAULT;
	mask &= ~(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP));
	if (fd == -1)
		return add_file(signalfd_create(mask, (unsigned)flags, &file),
				&file, flags);
	file = fd_get(fd);
	if (!file)
		return -EBADF;
	result = signalfd_set_mask(file, mask);
	file_put(file);
	return result ? result : fd;
}

long sys_signalfd(int fd, uaddr_t set, size_t sigsetsize)
{
	return sys_signalfd4(fd, set, sigsetsize, 0);
}
