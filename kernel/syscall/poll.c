// SPDX-License-Identifier: MIT
/*
 * poll, ppoll, select and pselect6: arrays and bit sets in user memory in
 * front of kernel/file/poller.h.
 *
 * A timeout becomes a point in time once, at the beginning. Before sleeping
 * every file is asked at least once, so a timeout of 0 polls.
 */
#include "kernel/file/fdtable.h"
#include "kernel/file/poller.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/signal.h"
#include "kernel/syscall/syscall.h"
#include "kernel/syscall/user.h"
#include "lib/bitmap.h"
#include "lib/string.h"

#define FAST_POLLS 16
#define SET_WORDS 16 /* 1024 descriptors on the stack */

struct user_pollfd {
	int32_t fd;
	int16_t events;
	int16_t returned;
};

static int ask_all(struct poller *poller, struct user_pollfd *fds,
		   unsigned count)
{
	int ready = 0;

	for (unsigned i = 0; i < count; i++) {
		struct file *file;
		unsigned events = POLLNVAL;

		fds[i].returned = 0;
		if (fds[i].fd < 0)
			continue;
		file = fd_get(fds[i].fd);
		if (file) {
			events = poller_ask(poller, file,
					    (uint16_t)fds[i].events);
			file_put(file);
		}
		if (events) {
			fds[i].returned = (int16_t)events;
			ready++;
			poller_satisfied(poller);
		}
	}
	return ready;
}

/* deadline 0: do not sleep. */
static long poll_until(struct user_pollfd *fds, unsigned count, nsec_t deadline)
{
	struct poller poller;
	long result;

	poller_init(&poller);
	if (deadline == 0)
		poller_satisfied(&poller);
	for (;;) {
		int error;

		result = ask_all(&poller, fds, count);
		if (result || deadline == 0)
			break;
		error = poller_sleep(&poller, deadline);
		if (error == -ETIMEDOUT) {
			result = ask_all(&poller, fds, count);
			break;
		}
		if (error) {
			result = error;
			break;
		}
	}
	poller_end(&poller);
	return result;
}

static long poll_user(uaddr_t fds, unsigned nfds, nsec_t deadline)
{
	struct user_pollfd fast[FAST_POLLS], *list = fast;
	size_t size = (size_t)nfds * sizeof(*list);
	long result;

	if (nfds > fd_limit())
		return -EINVAL;
	if (nfds > FAST_POLLS) {
		list = kmalloc(size);
		if (!list)
			return -ENOMEM;
	}
	result = copy_from_user(list, fds, size);
	if (!result) {
		result = poll_until(list, nfds, deadline);
		for (unsigned i = 0; result >= 0 && i < nfds; i++) {
			uaddr_t at = fds + i * sizeof(*list) +
				     offsetof(struct user_pollfd, returned);

			if (copy_to_user(at, &list[i].returned,
					 sizeof(list[i].returned)))
				result = -EFAULT;
		}
	}
	if (list != fast)
		kfree(list);
	return result;
}

static long restart_poll(uint64_t *arguments)
{
	long result = poll_user(arguments[0], (unsigned)arguments[1],
				(nsec_t)arguments[2]);

	if (result == -EINTR)
		result = signal_restart_with(restart_poll, arguments);
	return result;
}

long sys_poll(uaddr_t fds, unsigned nfds, int timeout)
{
	nsec_t deadline = timeout < 0 ? NSEC_NEVER : 0;

	if (timeout > 0)
		deadline = deadline_after(timeout * NSEC_PER_MSEC);
	return restart_poll((uint64_t[5]){ fds, nfds, (uint64_t)deadline });
}

/* A timespec pointer that may be NULL: the deadline (0: at once). */
static int deadline_from_user(uaddr_t timespec, nsec_t *deadline)
{
	nsec_t length;
	int error;

	*deadline = NSEC_NEVER;
	if (!timespec)
		return 0;
	error = timespec_from_user(&length, timespec);
	if (!error)
		*deadline = length ? deadline_after(length) : 0;
	return error;
}

/* ppoll and pselect6 write back what is left; a fault there is ignored. */
static void write_left(uaddr_t timespec, nsec_t deadline)
{
	nsec_t left = 0;

	if (!timespec || deadline == NSEC_NEVER)
		return;
	if (deadline)
		left = MAX(deadline - clock_monotonic(), (nsec_t)0);
	(void)!timespec_to_user(timespec, left);
}

long sys_ppoll(uaddr_t fds, unsigned nfds, uaddr_t timespec, uaddr_t set,
	       size_t sigsetsize)
{
	nsec_t deadline;
	long result = deadline_from_user(timespec, &deadline);

	if (result)
		return result;
	if (set) {
		result = signal_use_mask_from_user(set, sigsetsize);
		if (result)
			return result;
	}
	result = poll_user(fds, nfds, deadline);
	write_left(timespec, deadline);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

/* ---- select ------------------------------------------------------------------ */

struct sets {
	unsigned count; /* descriptors */
	uint64_t *in[3], *out[3]; /* read, write, except; in may be NULL */
};

#define SELECT_READ (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR)
#define SELECT_WRITE (POLLWRNORM | POLLWRBAND | POLLOUT | POLLERR)
#define SELECT_EXCEPT POLLPRI

static const unsigned select_events[3] = { SELECT_READ, SELECT_WRITE,
					   SELECT_EXCEPT };

static int ask_one(struct poller *poller, struct sets *sets, unsigned fd,
		   unsigned wanted)
{
	struct file *file = fd_get((int)fd);
	unsigned events;
	int ready = 0;

	if (!file)
		return -EBADF;
	events = poller_ask(poller, file, wanted);
	file_put(file);
	for (int i = 0; i < 3; i++)
		if (bitmap_test(sets->in[i], fd) && events & select_events[i]) {
			bitmap_set(sets->out[i], fd);
			ready++;
		}
	if (ready)
		poller_satisfied(poller);
	return ready;
}

static int ask_sets(struct poller *poller, struct sets *sets)
{
	int ready = 0;

	for (unsigned fd = 0; fd < sets->count; fd++) {
		unsigned wanted = 0;
		int result;

		for (int i = 0; i < 3; i++)
			if (bitmap_test(sets->in[i], fd))
				wanted |= select_events[i];
		if (!wanted)
			continue;
		result = ask_one(poller, sets, fd, wanted);
		if (result < 0)
			return result;
		ready += result;
	}
	return ready;
}

static long select_until(struct sets *sets, nsec_t deadline)
{
	struct poller poller;
	long result;

	poller_init(&poller);
	if (deadline == 0)
		poller_satisfied(&poller);
	for (;;) {
		int error;

		result = ask_sets(&poller, sets);
		if (result || deadline == 0)
			break;
		error = poller_sleep(&poller, deadline);
		if (error == -ETIMEDOUT) {
			result = ask_sets(&poller, sets);
			break;
		}
		if (error) {
			result = error;
			break;
		}
	}
	poller_end(&poller);
	return result;
}

static long select_user(int nfds, const uaddr_t user[3], nsec_t deadline)
{
	uint64_t fast[6 * SET_WORDS], *words = fast;
	unsigned limit = fd_table_size(current_thread()->files);
	struct sets sets;
	size_t count, bytes;
	long result = 0;

	if (nfds < 0)
		return -EINVAL;
	sets.count = MIN((unsigned)nfds, limit);
	count = BITMAP_WORDS((size_t)sets.count);
	bytes = count * 8;
	if (count > SET_WORDS) {
		words = kmalloc(6 * bytes);
		if (!words)
			return -ENOMEM;
	}
	memset(words, 0, 6 * bytes);
	for (unsigned i = 0; i < 3 && !result; i++) {
		sets.in[i] = words + i * count;
		sets.out[i] = words + (3 + i) * count;
		if (user[i])
			result = copy_from_user(sets.in[i], user[i], bytes);
	}
	if (!result)
		result = select_until(&sets, deadline);
	for (unsigned i = 0; i < 3 && result >= 0; i++)
		if (user[i] && copy_to_user(user[i], sets.out[i], bytes))
			result = -EFAULT;
	if (words != fast)
		kfree(words);
	return result;
}

long sys_select(int nfds, uaddr_t readfds, uaddr_t writefds, uaddr_t exceptfds,
		uaddr_t timeval)
{
	uaddr_t user[3] = { readfds, writefds, exceptfds };
	nsec_t deadline = NSEC_NEVER;
	long result;

	if (timeval) {
		struct user_timeval value;
		nsec_t length;

		if (copy_from_user(&value, timeval, sizeof(value)))
			return -EFAULT;
		if (value.seconds < 0 || value.microseconds < 0)
			return -EINVAL;
		length = nsec_of(value.seconds + value.microseconds / 1000000,
				 value.microseconds % 1000000 * NSEC_PER_USEC);
		deadline = length ? deadline_after(length) : 0;
	}
	result = select_user(nfds, user, deadline);
	if (timeval && deadline != NSEC_NEVER) {
		nsec_t left = deadline ? deadline - clock_monotonic() : 0;

		(void)!timeval_to_user(timeval, MAX(left, (nsec_t)0));
	}
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

long sys_pselect6(int nfds, uaddr_t readfds, uaddr_t writefds,
		  uaddr_t exceptfds, uaddr_t timespec, uaddr_t sigmask)
{
	uaddr_t user[3] = { readfds, writefds, exceptfds };
	uint64_t mask[2]; /* pointer and size */
	nsec_t deadline;
	long result = deadline_from_user(timespec, &deadline);

	if (result)
		return result;
	if (sigmask) {
		if (copy_from_user(mask, sigmask, sizeof(mask)))
			return -EFAULT;
		if (mask[0])
			result = signal_use_mask_from_user(mask[0], mask[1]);
		if (result)
			return result;
	}
	result = select_user(nfds, user, deadline);
	write_left(timespec, deadline);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}
