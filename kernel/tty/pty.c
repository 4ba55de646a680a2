// SPDX-License-Identifier: MIT
/*
 * Pseudo terminals: /dev/ptmx makes one, its slave is /dev/pts/N.
 *
 * The slave is a terminal whose driver puts output into a ring that the master
 * reads; what the master writes is the slave's input. The master has no line
 * discipline. Closing the master hangs the slave up; when the slave's last file
 * is closed, the master reads what is left and then -EIO, until it is opened
 * again. Packet mode (TIOCPKT) puts a byte before what the master reads.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/pts.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/signal.h"
#include "kernel/tty/ioctls.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define RING_SIZE 16384u
#define SENT_SIZE 4095u
#define ECHO_RESERVE 1024u /* writers leave it to the echo */

struct pty {
	struct tty slave;
	unsigned index;

	struct spinlock lock;
	/* Guarded by lock: output on its way to the master. */
	uint8_t *ring;
	unsigned head, tail;
	uint8_t status; /* TIOCPKT_* not yet reported */

	bool locked; /* TIOCSPTLCK */
	bool packet;
	bool stop_keys; /* ^S and ^Q are the flow keys */
	bool slave_closed; /* it was open once and is not now */
	struct wait_queue read_wait, write_wait; /* the master's */
};

static struct spinlock table_lock = SPINLOCK_INIT;
static struct pty *ptys[PTS_MAX]; /* open masters; guarded by table_lock */
static BITMAP(indices, PTS_MAX); /* in use */

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, slave);
}

static unsigned used(const struct pty *pty)
{
	return READ_ONCE(pty->head) - READ_ONCE(pty->tail);
}

static void wake_master(struct pty *pty, unsigned events)
{
	if (wait_active(&pty->read_wait))
		wake_up(&pty->read_wait, events);
}

/* ---- the slave's driver --------------------------------------------------------- */

static size_t slave_write(struct tty *tty, const uint8_t *data, size_t size)
{
	struct pty *pty = pty_of(tty);
	size_t first;

	spin_lock(&pty->lock);
	size = MIN(size, (size_t)(RING_SIZE - (pty->head - pty->tail)));
	first = MIN(size, (size_t)(RING_SIZE - pty->head % RING_SIZE));
	memcpy(pty->ring + pty->head % RING_SIZE, data, first);
	memcpy(pty->ring, data + first, size - first);
	pty->head += (unsigned)size;
	spin_unlock(&pty->lock);
	if (size)
		wake_master(pty, POLLIN | POLLRDNORM);
	return size;
}

static size_t slave_room(struct tty *tty)
{
	unsigned free = RING_SIZE - used(pty_of(tty));

	return free > ECHO_RESERVE ? free - ECHO_RESERVE : 0;
}

static size_t slave_pending(struct tty *tty)
{
	return 0; /* what is in the master's hands has been sent */
}

static void report(struct pty *pty, uint8_t clear, uint8_t set)
{
	if (!pty->packet)
		return;
	spin_lock(&pty->lock);
	pty->status = (uint8_t)((pty->status & ~clear) | set);
	spin_unlock(&pty->lock);
	wake_master(pty, POLLIN | POLLPRI | POLLRDNORM);
}

/* As much as a master's line discipline would hold has been sent already. */
static void slave_flush(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&pty->lock);
	if (pty->head - pty->tail > SENT_SIZE)
		pty->head = pty->tail + SENT_SIZE;
	spin_unlock(&pty->lock);
	report(pty, 0, TIOCPKT_FLUSHWRITE);
}

static int slave_open(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	if (pty->locked)
		return -EIO;
	pty->slave_closed = false;
	return 0;
}

static void slave_close(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	pty->slave_closed = true;
	wake_up_all(&pty->read_wait, POLLIN | POLLRDNORM | POLLHUP);
	wake_up_all(&pty->write_wait, POLLOUT | POLLHUP);
}

static void slave_stopped(struct tty *tty, bool stopped)
{
	report(pty_of(tty), TIOCPKT_STOP | TIOCPKT_START,
	       stopped ? TIOCPKT_STOP : TIOCPKT_START);
}

static void slave_set_termios(struct tty *tty)
{
	struct pty *pty = pty_of(tty);
	const struct termios *termios = &tty->termios;
	bool keys = termios->iflag & IXON && termios->cc[VSTOP] == 19 &&
		    termios->cc[VSTART] == 17;

	if (keys == pty->stop_keys)
		return;
	pty->stop_keys = keys;
	report(pty, TIOCPKT_NOSTOP | TIOCPKT_DOSTOP,
	       keys ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
}

static void slave_input_room(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	if (wait_active(&pty->write_wait))
		wake_up(&pty->write_wait, POLLOUT | POLLWRNORM);
}

static void slave_release(struct tty *tty)
{
	struct pty *pty = pty_of(tty);

	spin_lock(&table_lock);
	bitmap_clear(indices, pty->index);
	spin_unlock(&table_lock);
	kfree(pty->ring);
	kfree(pty);
}

static const struct tty_driver slave_driver = {
	.write = slave_write,
	.room = slave_room,
	.pending = slave_pending,
	.flush = slave_flush,
	.open = slave_open,
	.close = slave_close,
	.set_termios = slave_set_termios,
	.stopped = slave_stopped,
	.input_room = slave_input_room,
	.release = slave_release,
	.is_pty = true,
};

struct tty *pty_slave(unsigned index)
{
	struct tty *tty = NULL;

	spin_lock(&table_lock);
	if (index < PTS_MAX && ptys[index]) {
		tty = &ptys[index]->slave;
		tty_get(tty);
	}
	spin_unlock(&table_lock);
	return tty;
}

/* ---- the master -------------------------------------------------------------------- */

/* Up to `size` characters out of the ring, contiguous. */
static size_t take(struct pty *pty, uint8_t *to, size_t size)
{
	size_t at;

	spin_lock(&pty->lock);
	at = pty->tail % RING_SIZE;
	size = MIN(size, (size_t)(pty->head - pty->tail));
	size = MIN(size, RING_SIZE - at);
	memcpy(to, pty->ring + at, size);
	pty->tail += (unsigned)size;
	spin_unlock(&pty->lock);
	return size;
}

static bool master_readable(struct pty *pty)
{
	return used(pty) || (pty->packet && READ_ONCE(pty->status));
}

/* Packet mode: the byte that goes first. True: it is all there is. */
static bool take_status(struct pty *pty, uint8_t *status)
{
	spin_lock(&pty->lock);
	*status = pty->status;
	pty->status = 0;
	spin_unlock(&pty->lock);
	return *status != TIOCPKT_DATA;
}

static int wait_for_output(struct file *file, struct pty *pty)
{
	while (!master_readable(pty)) {
		int error;

		if (READ_ONCE(pty->slave_closed))
			return -EIO;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event(&pty->read_wait,
				   master_readable(pty) ||
					   READ_ONCE(pty->slave_closed));
		if (error)
			return error;
	}
	return 0;
}

static ssize_t master_read(struct file *file, struct io *io, int64_t *position)
{
	struct pty *pty = file->private;
	uint8_t chunk[512], status;
	ssize_t done = 0;
	int error;

	if (!io->left)
		return 0;
	error = wait_for_output(file, pty);
	if (error)
		return error;
	if (pty->packet) {
		bool alone = take_status(pty, &status);

		if (io_copy_to(io, &status, 1) != 1)
			return -EFAULT;
		if (alone)
			return 1;
		done = 1;
	}
	while (io->left) {
		size_t size = take(pty, chunk, MIN(io->left, sizeof(chunk)));
		size_t got;

		if (!size)
			break;
		got = io_copy_to(io, chunk, size);
		done += (ssize_t)got;
		if (got < size)
			return done ? done : -EFAULT;
	}
	tty_wake_writers(&pty->slave);
	return done;
}

static bool slave_takes(struct pty *pty)
{
	struct tty *tty = &pty->slave;
	unsigned waiting = READ_ONCE(tty->head) - READ_ONCE(tty->tail);

	if (waiting < TTY_INPUT_SIZE - 1)
		return true;
	return tty->termios.lflag & ICANON && !tty_input_available(tty);
}

static ssize_t master_write(struct file *file, struct io *io, int64_t *position)
{
	struct pty *pty = file->private;
	uint8_t chunk[256];
	ssize_t done = 0;

	while (io->left) {
		size_t size =
			io_copy_from(io, chunk, MIN(io->left, sizeof(chunk)));
		size_t at = 0;

		if (!size)
			return done ? done : -EFAULT;
		for (;;) {
			int error;

			at += tty_receive(&pty->slave, chunk + at, size - at);
			if (at == size)
				break;
			error = -EAGAIN;
			if (!(file->flags & O_NONBLOCK))
				error = wait_event(&pty->write_wait,
						   slave_takes(pty));
			if (error) {
				done += (ssize_t)at;
				return done ? done : error;
			}
		}
		done += (ssize_t)size;
	}
	return done;
}

static unsigned master_poll(struct file *file, struct poll_table *table)
{
	struct pty *pty = file->private;
	unsigned events = 0;

	poll_wait(table, file, &pty->read_wait);
	poll_wait(table, file, &pty->write_wait);
	if (master_readable(pty))
		events |= POLLIN | POLLRDNORM;
	if (pty->packet && READ_ONCE(pty->status))
		events |= POLLPRI;
	if (READ_ONCE(pty->slave_closed))
		events |= POLLHUP;
	if (slave_takes(pty))
		events |= POLLOUT | POLLWRNORM;
	return events;
}

/* TIOCGPTPEER: opens the slave without its name being known to the caller. */
static long open_peer(struct pty *pty, unsigned flags)
{
	struct file *file;
	char path[32];
	int error;

	format_to(path, sizeof(path), "/dev/pts/%u", pty->index);
	error = path_ops.open(path, flags & ~O_CLOEXEC, 0, &file);
	return error ? error : fd_add(file, flags & O_CLOEXEC);
}

static long set_packet(struct pty *pty, uaddr_t argument)
{
	uint32_t on;

	if (get_user_32(&on, argument))
		return -EFAULT;
	spin_lock(&pty->lock);
	if (on && !pty->packet)
		pty->status = 0;
	pty->packet = on;
	spin_unlock(&pty->lock);
	return 0;
}

static long master_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct pty *pty = file->private;
	uint32_t value;

	switch (command) {
	case TIOCGPTN:
		return put_user_32(argument, pty->index);
	case TIOCSPTLCK:
		if (get_user_32(&value, argument))
			return -EFAULT;
		pty->locked = value;
		return 0;
	case TIOCGPTLCK:
		return put_user_32(argument, pty->locked);
	case TIOCPKT:
		return set_packet(pty, argument);
	case TIOCGPKT:
		return put_user_32(argument, pty->packet);
	case TIOCGPTPEER:
		return open_peer(pty, (unsigned)argument);
	case TIOCSIG:
		if (argument < 1 || argument > SIGNAL_COUNT)
			return -EINVAL;
		tty_signal_foreground(&pty->slave, (int)argument);
		return 0;
	case TIOCINQ:
		return put_user_32(argument, used(pty));
	case TIOCOUTQ:
		return put_user_32(argument, 0);
	case TIOCSCTTY:
		return -EIO;
	default:
		return tty_common_ioctl(&pty->slave, file, command, argument);
	}
}

static void master_release(struct file *file)
{
	struct pty *pty = file->private;

	if (!pty)
		return;
	spin_lock(&table_lock);
	ptys[pty->index] = NULL;
	spin_unlock(&table_lock);
	if (pts_ops.remove)
		pts_ops.remove(pty->index);
	pty->slave.other_closed = true;
	tty_hangup(&pty->slave);
	tty_put(&pty->slave);
}

static const struct file_ops master_ops = {
	.name = "ptmx",
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.release = master_release,
	.stream = true,
};

static int take_index(void)
{
	size_t index;

	spin_lock(&table_lock);
	index = bitmap_find_clear(indices, PTS_MAX, 0);
	if (index < PTS_MAX)
		bitmap_set(indices, index);
	spin_unlock(&table_lock);
	return index < PTS_MAX ? (int)index : -ENOSPC;
}

static struct pty *create(unsigned index)
{
	uint64_t rdevice = (uint64_t)(PTS_MAJOR + index / 256) << 8 |
			   index % 256;
	struct pty *pty = kzalloc(sizeof(*pty));
	char name[16];

	if (!pty)
		return NULL;
	pty->ring = kmalloc(RING_SIZE);
	format_to(name, sizeof(name), "pts/%u", index);
	if (!pty->ring ||
	    tty_init_object(&pty->slave, &slave_driver, name, rdevice, NULL)) {
		kfree(pty->ring);
		kfree(pty);
		return NULL;
	}
	pty->slave.termios.cflag &= ~HUPCL;
	pty->index = index;
	pty->locked = true;
	pty->stop_keys = true;
	spin_init(&pty->lock);
	wait_queue_init(&pty->read_wait);
	wait_queue_init(&pty->write_wait);
	return pty;
}

static int ptmx_open(struct file *file, uint64_t rdevice)
{
	int index = take_index(), error = -ENODEV;
	struct pty *pty;

	file->private = NULL;
	if (index < 0)
		return index;
	pty = create((unsigned)index);
	if (!pty) {
		spin_lock(&table_lock);
		bitmap_clear(indices, (size_t)index);
		spin_unlock(&table_lock);
		return -ENOMEM;
	}
	spin_lock(&table_lock);
	ptys[index] = pty;
	spin_unlock(&table_lock);
	if (pts_ops.add)
		error = pts_ops.add((unsigned)index, pty->slave.rdevice);
	if (error) {
		spin_lock(&table_lock);
		ptys[index] = NULL;
		spin_unlock(&table_lock);
		tty_put(&pty->slave);
		return error;
	}
	file->private = pty;
	file->ops = &master_ops;
	return 0;
}

const struct file_ops ptmx_ops = {
	.name = "ptmx",
	.open = ptmx_open,
	.stream = true,
};
