// SPDX-License-Identifier: MIT
/*
 * read(2) on a terminal: a line in canonical mode; otherwise as VMIN and VTIME
 * say (termios(3): bytes to wait for; tenths of a second, between bytes or in
 * all).
 */
#include "kernel/proc/signal.h"
#include "kernel/sched/clock.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"

#define MASK (TTY_INPUT_SIZE - 1)

/* A contiguous run of characters up to a line end. *skip: one more belongs to
 * it that is not data. */
static size_t next_run(struct tty *tty, size_t limit, bool lines, bool *ends,
		       bool *skip)
{
	size_t count = 0;

	*ends = *skip = false;
	while (count < limit && tty->tail + count != tty->line) {
		unsigned at = (tty->tail + (unsigned)count) & MASK;

		if (count && !at)
			return count; /* the buffer's end: go round */
		if (lines && bitmap_test(tty->end_of_file, at)) {
			*ends = *skip = true;
			return count;
		}
		count++;
		if (lines && bitmap_test(tty->line_end, at)) {
			*ends = true;
			return count;
		}
	}
	return count;
}

/* With the lock: what is there into io. *ends: a line end was taken. */
static ssize_t take(struct tty *tty, struct io *io, bool *ends)
{
	bool lines = tty->termios.lflag & ICANON, skip;
	ssize_t done = 0;

	do {
		size_t run = next_run(tty, io->left, lines, ends, &skip), got;

		if (!run && !skip)
			break;
		got = io_copy_to(io, tty->input + (tty->tail & MASK), run);
		WRITE_ONCE(tty->tail, tty->tail + (unsigned)got);
		done += (ssize_t)got;
		if (got < run) {
			*ends = true;
			return done ? done : -EFAULT;
		}
		if (skip)
			WRITE_ONCE(tty->tail, tty->tail + 1);
	} while (!*ends && io->left);
	return done;
}

/* What a read waits for; set once, as Linux does. */
struct patience {
	bool lines;
	size_t minimum;
	nsec_t first, between; /* lengths; NSEC_NEVER */
};

static struct patience patience_of(const struct tty *tty)
{
	nsec_t time = tty->termios.cc[VTIME] * 100 * NSEC_PER_MSEC;
	struct patience patience = { true, 1, NSEC_NEVER, NSEC_NEVER };

	if (tty->termios.lflag & ICANON)
		return patience;
	patience.lines = false;
	if (tty->termios.cc[VMIN]) {
		patience.minimum = tty->termios.cc[VMIN];
		if (time)
			patience.between = time;
	} else {
		patience.first = time;
	}
	return patience;
}

/* 0: look again. 1: give what there is. */
static int wait_for_input(struct tty *tty, struct file *file, nsec_t length)
{
	nsec_t deadline = NSEC_NEVER;
	int error;

	if (tty_file_is_dead(file))
		return 1;
	if (tty->other_closed)
		return -EIO;
	if (!length)
		return 1;
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	if (length != NSEC_NEVER)
		deadline = clock_monotonic() + length;
	error = wait_event_until(&tty->read_wait,
				 tty_input_available(tty) ||
					 tty_file_is_dead(file) ||
					 tty->other_closed,
				 deadline);
	return error == -ETIMEDOUT ? 1 : error;
}

ssize_t tty_read(struct file *file, struct io *io, int64_t *position)
{
	struct tty *tty = file->private;
	struct patience patience;
	ssize_t done = 0;
	int error = 0;

	if (tty_file_is_dead(file))
		return 0;
	error = tty_check_job(tty, SIGTTIN);
	if (error)
		return error;
	patience = patience_of(tty);
	while (io->left) {
		bool ends = false;
		ssize_t got;

		mutex_lock(&tty->lock);
		got = take(tty, io, &ends);
		if (got > 0 && tty->driver->input_room)
			tty->driver->input_room(tty);
		mutex_unlock(&tty->lock);
		if (got < 0)
			error = (int)got;
		else
			done += got;
		if (error || ends || (patience.lines && done) ||
		    (size_t)done >= patience.minimum)
			break;
		error = wait_for_input(
			tty, file, done ? patience.between : patience.first);
		if (error)
			break;
		error = done ? 0 : tty_check_job(tty, SIGTTIN);
		if (error)
			break;
	}
	return done || error > 0 ? done : error;
}
