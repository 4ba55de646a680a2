// SPDX-License-Identifier: MIT
/*
 * The output half of the line discipline: OPOST processing, write(2), echo.
 *
 * The column is followed so that tabs can be expanded and erased. A character
 * is given to the driver whole or not at all; a writer sleeps until the driver
 * has room and output is not stopped. Echo never sleeps.
 */
#include "kernel/proc/signal.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CHUNK 256
#define LONGEST 8u /* what one character can become: a tab */

/* The characters that `c` becomes; updates the column. */
static unsigned process(struct tty *tty, uint8_t c, uint8_t out[LONGEST])
{
	uint32_t oflag = tty->termios.oflag;
	unsigned spaces;

	switch (c) {
	case '\n':
		if (oflag & ONLRET)
			tty->column = 0;
		if (oflag & ONLCR) {
			tty->column = 0;
			memcpy(out, "\r\n", 2);
			return 2;
		}
		break;
	case '\r':
		if (oflag & ONOCR && !tty->column)
			return 0;
		if (oflag & OCRNL) {
			c = '\n';
			if (!(oflag & ONLRET))
				break;
		}
		tty->column = 0;
		break;
	case '\t':
		spaces = 8 - (tty->column & 7);
		tty->column += spaces;
		if ((oflag & TABDLY) != XTABS)
			break;
		memset(out, ' ', spaces);
		return spaces;
	case '\b':
		if (tty->column)
			tty->column--;
		break;
	default:
		if (oflag & OLCUC && c >= 'a' && c <= 'z')
			c -= 'a' - 'A';
		if (c >= 0x20 && c != 0x7f &&
		    !(tty->termios.iflag & IUTF8 && (c & 0xc0) == 0x80))
			tty->column++;
	}
	out[0] = c;
	return 1;
}

/* With the lock: how many of `size` characters were given to the driver. */
static size_t put(struct tty *tty, const uint8_t *data, size_t size)
{
	uint8_t batch[64];
	size_t done = 0;

	if (tty->output_stopped)
		return 0;
	if (!(tty->termios.oflag & OPOST))
		return tty->driver->write(tty, data,
					  MIN(size, tty->driver->room(tty)));
	while (done < size) {
		size_t room = tty->driver->room(tty), count = 0;

		while (done < size && count + LONGEST <= sizeof(batch) &&
		       count + LONGEST <= room)
			count += process(tty, data[done++], batch + count);
		if (!count)
			break;
		tty->driver->write(tty, batch, count);
	}
	return done;
}

static bool has_room(struct tty *tty)
{
	return !READ_ONCE(tty->output_stopped) &&
	       tty->driver->room(tty) >= LONGEST;
}

/* All of the chunk: its size, or fewer with *error. */
static size_t write_chunk(struct tty *tty, struct file *file,
			  const uint8_t *data, size_t size, int *error)
{
	size_t done = 0;

	*error = 0;
	for (;;) {
		mutex_lock(&tty->lock);
		done += put(tty, data + done, size - done);
		mutex_unlock(&tty->lock);
		if (done == size)
			return done;
		if (tty_file_is_dead(file)) {
			*error = -EIO;
			return done;
		}
		if (file->flags & O_NONBLOCK) {
			*error = -EAGAIN;
			return done;
		}
		*error = wait_event(&tty->write_wait,
				    has_room(tty) || tty_file_is_dead(file));
		if (*error)
			return done;
	}
}

ssize_t tty_write(struct file *file, struct io *io, int64_t *position)
{
	struct tty *tty = file->private;
	uint8_t chunk[CHUNK];
	ssize_t done = 0;
	int error = 0;

	if (tty_file_is_dead(file))
		return -EIO;
	if (tty->termios.lflag & TOSTOP) {
		error = tty_check_job(tty, SIGTTOU);
		if (error)
			return error;
	}
	if (!mutex_trylock(&tty->writing)) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = mutex_lock_interruptible(&tty->writing);
		if (error)
			return error;
	}
	while (io->left) {
		size_t size =
			io_copy_from(io, chunk, MIN(io->left, sizeof(chunk)));

		if (!size) {
			error = -EFAULT;
			break;
		}
		done += (ssize_t)write_chunk(tty, file, chunk, size, &error);
		if (error)
			break;
	}
	mutex_unlock(&tty->writing);
	return done ? done : error;
}

void tty_echo(struct tty *tty, uint8_t c)
{
	uint8_t out[LONGEST];
	unsigned count = 1;

	out[0] = c;
	if (tty->termios.oflag & OPOST)
		count = process(tty, c, out);
	tty->driver->write(tty, out, count);
}

void tty_echo_raw(struct tty *tty, const char *text, size_t size)
{
	tty->driver->write(tty, (const uint8_t *)text, size);
}

void tty_wake_writers(struct tty *tty)
{
	if (wait_active(&tty->write_wait))
		wake_up_all(&tty->write_wait, POLLOUT | POLLWRNORM);
}
