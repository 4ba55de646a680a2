// SPDX-License-Identifier: MIT
/*
 * The ioctls of terminals: settings, window size, queues, modem lines. Those of
 * job control are in job.c, those of pty masters in pty.c.
 */
#include "kernel/tty/ioctls.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/proc/signal.h"
#include "kernel/tty/tty.h"
#include "lib/errno.h"
#include "lib/string.h"

const struct termios tty_default_termios = {
	.iflag = ICRNL | IXON,
	.oflag = OPOST | ONLCR,
	.cflag = B38400 | CS8 | CREAD | HUPCL,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
		 IEXTEN,
	.cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 },
	.ispeed = 38400,
	.ospeed = 38400,
};

static const uint32_t speeds[] = { 0,	 50,   75,    110,  134,  150,
				   200,	 300,  600,   1200, 1800, 2400,
				   4800, 9600, 19200, 38400 };
static const uint32_t fast_speeds[] = { 0,	 57600,	  115200,  230400,
					460800,	 500000,  576000,  921600,
					1000000, 1152000, 1500000, 2000000,
					2500000, 3000000, 3500000, 4000000 };

static uint32_t speed_of(uint32_t cflag, uint32_t other)
{
	if ((cflag & CBAUD) == BOTHER)
		return other;
	return cflag & BOTHER ? fast_speeds[cflag & 15] : speeds[cflag & 15];
}

/* With the lock held. */
static void set_termios(struct tty *tty, const struct termios *new)
{
	struct termios old = tty->termios;

	tty->termios = *new;
	tty->termios.line = 0;
	if (tty->driver->is_pty)
		tty->termios.cflag = (new->cflag & ~CSIZE) | CS8 | CREAD;
	tty->termios.ospeed = speed_of(new->cflag, new->ospeed);
	tty->termios.ispeed = tty->termios.ospeed;
	if (tty->driver->set_termios)
		tty->driver->set_termios(tty);
	tty_line_changed(tty, old.lflag);
	if (old.iflag & IXON && !(new->iflag &IXON))
		tty_set_stopped(tty, false);
}

static long get_settings(struct tty *tty, uaddr_t argument, size_t size)
{
	struct termios termios;

	mutex_lock(&tty->lock);
	termios = tty->termios;
	mutex_unlock(&tty->lock);
	return copy_to_user(argument, &termios, size);
}

/* how: 0 at once, 1 after draining, 2 and with input flushed. */
static long set_settings(struct tty *tty, uaddr_t argument, size_t size,
			 unsigned how)
{
	struct termios new;
	int error = tty_check_job(tty, SIGTTOU);

	if (error)
		return error;
	mutex_lock(&tty->lock);
	new = tty->termios;
	mutex_unlock(&tty->lock);
	if (copy_from_user(&new, argument, size))
		return -EFAULT;
	if (how) {
		error = tty_drain(tty);
		if (error)
			return error;
	}
	mutex_lock(&tty->lock);
	if (how == 2)
		tty_flush_input(tty);
	set_termios(tty, &new);
	mutex_unlock(&tty->lock);
	wake_up_all(&tty->read_wait, 0);
	return 0;
}

/* struct termio of System V: 16-bit flags and eight characters. */
struct termio {
	uint16_t iflag, oflag, cflag, lflag;
	uint8_t line, cc[8];
};

static long get_termio(struct tty *tty, uaddr_t argument)
{
	struct termio old;

	mutex_lock(&tty->lock);
	old = (struct termio){ .iflag = (uint16_t)tty->termios.iflag,
			       .oflag = (uint16_t)tty->termios.oflag,
			       .cflag = (uint16_t)tty->termios.cflag,
			       .lflag = (uint16_t)tty->termios.lflag };
	memcpy(old.cc, tty->termios.cc, sizeof(old.cc));
	mutex_unlock(&tty->lock);
	return copy_to_user(argument, &old, sizeof(old));
}

static uint32_t low_half(uint32_t old, uint16_t low)
{
	return (old & 0xffff0000u) | low;
}

static long set_termio(struct tty *tty, uaddr_t argument, unsigned how)
{
	struct termio given;
	struct termios new;
	int error = tty_check_job(tty, SIGTTOU);

	if (error)
		return error;
	if (copy_from_user(&given, argument, sizeof(given)))
		return -EFAULT;
	error = how ? tty_drain(tty) : 0;
	if (error)
		return error;
	mutex_lock(&tty->lock);
	new = tty->termios;
	new.iflag = low_half(new.iflag, given.iflag);
	new.oflag = low_half(new.oflag, given.oflag);
	new.cflag = low_half(new.cflag, given.cflag);
	new.lflag = low_half(new.lflag, given.lflag);
	memcpy(new.cc, given.cc, sizeof(given.cc));
	if (how == 2)
		tty_flush_input(tty);
	set_termios(tty, &new);
	mutex_unlock(&tty->lock);
	return 0;
}

void tty_set_window(struct tty *tty, const struct window_size *size)
{
	bool changed;

	mutex_lock(&tty->lock);
	changed = memcmp(&tty->window, size, sizeof(*size)) != 0;
	tty->window = *size;
	mutex_unlock(&tty->lock);
	if (changed)
		tty_signal_foreground(tty, SIGWINCH);
}

static long window_ioctl(struct tty *tty, unsigned command, uaddr_t argument)
{
	struct window_size size;

	if (command == TIOCSWINSZ) {
		if (copy_from_user(&size, argument, sizeof(size)))
			return -EFAULT;
		tty_set_window(tty, &size);
		return 0;
	}
	mutex_lock(&tty->lock);
	size = tty->window;
	mutex_unlock(&tty->lock);
	return copy_to_user(argument, &size, sizeof(size));
}

static long flow_ioctl(struct tty *tty, uaddr_t argument)
{
	uint8_t c;
	int error = tty_check_job(tty, SIGTTOU);

	if (error)
		return error;
	if (argument > 3)
		return -EINVAL;
	mutex_lock(&tty->lock);
	if (argument < 2) {
		tty_set_stopped(tty, argument == 0);
	} else {
		c = tty->termios.cc[argument == 2 ? VSTOP : VSTART];
		if (c)
			tty->driver->write(tty, &c, 1);
	}
	mutex_unlock(&tty->lock);
	return 0;
}

static long flush_ioctl(struct tty *tty, uaddr_t argument)
{
	int error = tty_check_job(tty, SIGTTOU);

	if (error)
		return error;
	if (argument > 2)
		return -EINVAL;
	mutex_lock(&tty->lock);
	if (argument != 1)
		tty_flush_input(tty);
	if (argument != 0)
		tty->driver->flush(tty);
	mutex_unlock(&tty->lock);
	if (argument != 0)
		tty_wake_writers(tty);
	return 0;
}

static long insert_input(struct tty *tty, uaddr_t argument)
{
	uint8_t c;
	struct tty *own = tty_of_current();

	if (own)
		tty_put(own);
	if (own != tty && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (copy_from_user(&c, argument, 1))
		return -EFAULT;
	tty_receive(tty, &c, 1);
	return 0;
}

static long set_discipline(uaddr_t argument)
{
	uint32_t number;

	if (get_user_32(&number, argument))
		return -EFAULT;
	return number ? -EINVAL : 0; /* N_TTY is the only one */
}

/* Breaks are not sent; the calls that send one also wait for the output. */
static long break_ioctl(struct tty *tty)
{
	int error = tty_check_job(tty, SIGTTOU);

	return error ? error : tty_drain(tty);
}

long tty_common_ioctl(struct tty *tty, struct file *file, unsigned command,
		      uaddr_t argument)
{
	uint32_t value;

	switch (command) {
	case TCGETS:
		return get_settings(tty, argument, TERMIOS_SIZE);
	case TCGETS2:
		return get_settings(tty, argument, TERMIOS2_SIZE);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_settings(tty, argument, TERMIOS_SIZE,
				    command - TCSETS);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_settings(tty, argument, TERMIOS2_SIZE,
				    command - TCSETS2);
	case TCGETA:
		return get_termio(tty, argument);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return set_termio(tty, argument, command - TCSETA);
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return window_ioctl(tty, command, argument);
	case TCXONC:
		return flow_ioctl(tty, argument);
	case TCFLSH:
		return flush_ioctl(tty, argument);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return break_ioctl(tty);
	case TIOCEXCL:
	case TIOCNXCL:
		WRITE_ONCE(tty->exclusive, command == TIOCEXCL);
		return 0;
	case TIOCGEXCL:
		return put_user_32(argument, tty->exclusive);
	case TIOCSTI:
		return insert_input(tty, argument);
	case TIOCGETD:
		return put_user_32(argument, 0);
	case TIOCSETD:
		return set_discipline(argument);
	case TIOCGDEV:
		return put_user_32(argument, (uint32_t)tty->rdevice);
	case TIOCGSOFTCAR:
		return put_user_32(argument, !!(tty->termios.cflag & CLOCAL));
	case TIOCSSOFTCAR:
		if (get_user_32(&value, argument))
			return -EFAULT;
		mutex_lock(&tty->lock);
		tty->termios.cflag &= ~CLOCAL;
		tty->termios.cflag |= value ? CLOCAL : 0;
		mutex_unlock(&tty->lock);
		return 0;
	case TIOCSCTTY:
	case TIOCNOTTY:
	case TIOCGPGRP:
	case TIOCSPGRP:
	case TIOCGSID:
		return tty_job_ioctl(tty, file, command, argument);
	case TIOCVHANGUP:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		tty_hangup(tty);
		return 0;
	default:
		if (tty->driver->ioctl)
			return tty->driver->ioctl(tty, command, argument);
		return -ENOTTY;
	}
}

long tty_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct tty *tty = file->private;

	if (tty_file_is_dead(file))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	if (command == TIOCINQ)
		return put_user_32(argument, tty_input_count(tty));
	if (command == TIOCOUTQ)
		return put_user_32(argument,
				   (uint32_t)tty->driver->pending(tty));
	return tty_common_ioctl(tty, file, command, argument);
}
