// SPDX-License-Identifier: MIT
/*
 * Opening, closing, polling and hanging up terminals.
 *
 * A file remembers in its position (terminals have none) how many hang-ups
 * there had been when it was opened; after the next one it is dead: reads see
 * the end, writes and ioctls -EIO. The driver hears of a close only when the
 * last file is really gone, dead or not: until then a pty's master sees no end.
 */
#include "kernel/tty/tty.h"

#include "kernel/file/credentials.h"
#include "kernel/file/pts.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "lib/errno.h"
#include "lib/string.h"

struct tty *console_tty;

/* Linux's encoding of device numbers (see fs/vfs/inode.h). */
static unsigned device_major(uint64_t device)
{
	return (unsigned)((device >> 8 & 0xfff) | (device >> 32 & ~0xfffull));
}

static unsigned device_minor(uint64_t device)
{
	return (unsigned)((device & 0xff) | (device >> 12 & ~0xffull));
}

int tty_init_object(struct tty *tty, const struct tty_driver *driver,
		    const char *name, uint64_t rdevice, void *private)
{
	memset(tty, 0, sizeof(*tty));
	tty->input = kmalloc(TTY_INPUT_SIZE);
	if (!tty->input)
		return -ENOMEM;
	tty->refs = 1;
	tty->driver = driver;
	tty->private = private;
	tty->rdevice = rdevice;
	string_copy(tty->name, name, sizeof(tty->name));
	mutex_init(&tty->lock);
	mutex_init(&tty->writing);
	tty->termios = tty_default_termios;
	wait_queue_init(&tty->read_wait);
	wait_queue_init(&tty->write_wait);
	return 0;
}

void tty_get(struct tty *tty)
{
	__atomic_fetch_add(&tty->refs, 1, __ATOMIC_RELAXED);
}

void tty_put(struct tty *tty)
{
	if (__atomic_sub_fetch(&tty->refs, 1, __ATOMIC_ACQ_REL))
		return;
	kfree(tty->input);
	tty->driver->release(tty);
}

bool tty_file_is_dead(struct file *file)
{
	struct tty *tty = file->private;

	return file->position != (int64_t)READ_ONCE(tty->hangups);
}

int tty_open_file(struct tty *tty, struct file *file, bool may_control)
{
	int error = 0;

	mutex_lock(&tty->lock);
	if (tty->exclusive && !capable(CAP_SYS_ADMIN))
		error = -EBUSY;
	else if (tty->other_closed)
		error = -EIO;
	else if (!tty->opens && tty->driver->open)
		error = tty->driver->open(tty);
	if (!error) {
		tty->opens++;
		file->position = tty->hangups;
		file->ops = &tty_ops;
		file->private = tty;
	}
	mutex_unlock(&tty->lock);
	if (error) {
		tty_put(tty);
		return error;
	}
	if (may_control && !(file->flags & O_NOCTTY))
		tty_control_on_open(tty, file);
	return 0;
}

/* With the lock: nobody has it open any more. */
static void closed(struct tty *tty)
{
	tty->exclusive = false;
	tty_set_stopped(tty, false);
	if (tty->driver->close)
		tty->driver->close(tty);
}

static void tty_release(struct file *file)
{
	struct tty *tty = file->private;
	bool last;

	if (!tty)
		return;
	mutex_lock(&tty->lock);
	last = --tty->opens == 0;
	if (last)
		closed(tty);
	mutex_unlock(&tty->lock);
	if (last)
		tty_forget_session(tty, false);
	tty_put(tty);
}

void tty_hangup(struct tty *tty)
{
	mutex_lock(&tty->lock);
	tty->hangups++;
	tty_flush_input(tty);
	tty_set_stopped(tty, false);
	mutex_unlock(&tty->lock);
	tty_forget_session(tty, true);
	wake_up_all(&tty->read_wait, POLLIN | POLLRDNORM | POLLERR | POLLHUP);
	wake_up_all(&tty->write_wait, POLLOUT | POLLERR | POLLHUP);
}

void tty_hangup_current(void)
{
	struct tty *tty = tty_of_current();

	if (tty) {
		tty_hangup(tty);
		tty_put(tty);
	}
}

int tty_drain(struct tty *tty)
{
	unsigned hangups = tty->hangups;

	while (tty->driver->pending(tty) && tty->hangups == hangups) {
		nsec_t soon = clock_monotonic() + 10 * NSEC_PER_MSEC;
		int error = wait_event_until(&tty->write_wait,
					     !tty->driver->pending(tty), soon);

		if (error == -EINTR)
			return error;
	}
	return 0;
}

static bool readable(struct tty *tty)
{
	const uint8_t *cc = tty->termios.cc;
	unsigned wanted = 1;

	if (!(tty->termios.lflag & ICANON) && !cc[VTIME] && cc[VMIN])
		wanted = cc[VMIN];
	return READ_ONCE(tty->line) - READ_ONCE(tty->tail) >= wanted;
}

static unsigned tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private;
	unsigned events = 0;

	poll_wait(table, file, &tty->read_wait);
	poll_wait(table, file, &tty->write_wait);
	if (tty_file_is_dead(file))
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM |
		       POLLWRNORM;
	if (readable(tty))
		events |= POLLIN | POLLRDNORM;
	if (tty->other_closed)
		events |= POLLHUP;
	if (!READ_ONCE(tty->output_stopped) && tty->driver->room(tty) >= 128)
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* From a device number to the terminal, referenced. */
static int find(uint64_t rdevice, struct tty **tty, bool *may_control)
{
	unsigned major = device_major(rdevice), minor = device_minor(rdevice);

	*may_control = true;
	*tty = NULL;
	if (major == 5 && minor == 0) {
		*tty = tty_of_current();
		return *tty ? 0 : -ENXIO;
	}
	if (major == 5 && minor == 1) {
		*may_control = false;
		*tty = console_tty;
		if (*tty)
			tty_get(*tty);
		return *tty ? 0 : -ENODEV;
	}
	if (major == 4 && minor >= 64) {
		*tty = serial_tty(minor - 64);
		return *tty ? 0 : -ENXIO;
	}
	if (major >= PTS_MAJOR)
		*tty = pty_slave((major - PTS_MAJOR) * 256 + minor);
	return *tty ? 0 : -EIO;
}

static int tty_open(struct file *file, uint64_t rdevice)
{
	struct tty *tty;
	bool may_control;
	int error;

	file->private = NULL;
	error = find(rdevice, &tty, &may_control);
	return error ? error : tty_open_file(tty, file, may_control);
}

const struct file_ops tty_ops = {
	.name = "tty",
	.open = tty_open,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.release = tty_release,
	.stream = true,
};
