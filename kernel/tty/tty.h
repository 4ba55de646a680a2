// SPDX-License-Identifier: MIT
/*
 * Terminals: a line discipline between programs and a driver (a serial line or
 * the master side of a pty), and job control.
 *
 *	program <- read.c <- input buffer <- line.c <- driver (tty_receive)
 *	program -> output.c -> driver->write
 *
 * Locks, outermost first: `writing` (one write at a time), `lock` (settings,
 * input buffer, line being edited, output column), then the driver's own.
 * `tty_session_lock` (a spinlock, interrupts off) guards which session and
 * group a terminal belongs to; process_lock may be taken before it.
 */
#pragma once

#include "kernel/file/file.h"
#include "kernel/tty/termios.h"
#include "lib/bitmap.h"
#include "lib/list.h"

struct session;
struct tty;

#define TTY_INPUT_SIZE 4096u

struct tty_driver {
	/* Characters taken; never sleeps. Called with tty->lock. */
	size_t (*write)(struct tty *tty, const uint8_t *data, size_t size);
	/* How many write would take now. Any context. */
	size_t (*room)(struct tty *tty);
	/* Characters not yet sent. */
	size_t (*pending)(struct tty *tty);
	/* Drop what is pending. */
	void (*flush)(struct tty *tty);
	/* The first open, the last close. May be NULL. */
	int (*open)(struct tty *tty);
	void (*close)(struct tty *tty);
	/* New settings are in tty->termios. May be NULL. */
	void (*set_termios)(struct tty *tty);
	/* Output stopped or goes on (^S, ^Q). May be NULL. */
	void (*stopped)(struct tty *tty, bool stopped);
	/* Input was read: there may be room. May be NULL. */
	void (*input_room)(struct tty *tty);
	/* What tty_ioctl does not know: -ENOTTY. May be NULL. */
	long (*ioctl)(struct tty *tty, unsigned command, uaddr_t argument);
	/* The last reference is gone. */
	void (*release)(struct tty *tty);
	bool is_pty;
};

struct tty {
	int32_t refs;
	const struct tty_driver *driver; /* constant */
	void *private; /* the driver's */
	uint64_t rdevice;
	char name[16]; /* "ttyS0", "pts/3" */

	struct mutex lock, writing;
	/* Guarded by lock. */
	struct termios termios;
	struct window_size window;
	bool output_stopped;
	unsigned column, line_column; /* now; where the edited line began */
	unsigned opens;
	bool exclusive;

	/* Input, guarded by lock: counts of characters, modulo the size. Lines
	 * before `line` are complete; `line` .. `head` is being edited. */
	unsigned tail, line, head;
	uint8_t *input;
	BITMAP(line_end, TTY_INPUT_SIZE); /* a line ends with it */
	BITMAP(end_of_file, TTY_INPUT_SIZE); /* VEOF: not data */
	bool literal_next, push;
	int discipline; /* TIOCSETD; 0 only */

	unsigned hangups; /* files opened before the last are dead */
	bool other_closed; /* pty: the master is gone */
	struct wait_queue read_wait, write_wait;

	/* Guarded by tty_session_lock. */
	struct session *session; /* referenced, or NULL */
	int pgrp;
};

extern struct spinlock tty_session_lock;
extern const struct file_ops tty_ops;
extern struct tty *console_tty;

/* tty.c */
int tty_init_object(struct tty *tty, const struct tty_driver *driver,
		    const char *name, uint64_t rdevice, void *private);
void tty_get(struct tty *tty);
void tty_put(struct tty *tty);
/* Finish an open of `tty`: gives the caller's reference to the file. */
int tty_open_file(struct tty *tty, struct file *file, bool may_control);
bool tty_file_is_dead(struct file *file);
/* The line is gone: everybody who has it open sees the end. */
void tty_hangup(struct tty *tty);
void tty_hangup_current(void); /* vhangup(2) */
/* Wait until all output has left. 0 or -EINTR. */
int tty_drain(struct tty *tty);
/* Room for output came up (driver, any context). */
void tty_wake_writers(struct tty *tty);

/* line.c: input. */
/* Hands received characters over; gives how many were taken (fewer when the
 * buffer is full). May sleep. */
size_t tty_receive(struct tty *tty, const uint8_t *data, size_t size);
void tty_flush_input(struct tty *tty); /* lock held */
/* The change of mode after new settings. lock held. */
void tty_line_changed(struct tty *tty, uint32_t old_lflag);
bool tty_input_available(struct tty *tty);
unsigned tty_input_count(struct tty *tty); /* FIONREAD */
void tty_set_stopped(struct tty *tty, bool stopped); /* lock held */

/* output.c */
ssize_t tty_write(struct file *file, struct io *io, int64_t *position);
/* Echo: one character through output processing; dropped without room. */
void tty_echo(struct tty *tty, uint8_t c);
void tty_echo_raw(struct tty *tty, const char *text, size_t size);

/* read.c */
ssize_t tty_read(struct file *file, struct io *io, int64_t *position);

/* job.c */
/* May the current process change (SIGTTOU) or read (SIGTTIN) its terminal?
 * 0, -EIO, or -ERESTARTSYS with the signal sent. */
int tty_check_job(struct tty *tty, int signal);
void tty_signal_foreground(struct tty *tty, int signal);
/* Becomes the session's terminal if the caller leads one without. */
void tty_control_on_open(struct tty *tty, struct file *file);
long tty_job_ioctl(struct tty *tty, struct file *file, unsigned command,
		   uaddr_t argument);
void tty_forget_session(struct tty *tty, bool hangup);
/* The current process's terminal with a reference, or NULL. */
struct tty *tty_of_current(void);
void tty_session_leader_exit(struct session *session);

/* ioctl.c */
long tty_ioctl(struct file *file, unsigned command, uaddr_t argument);
/* On behalf of a pty's master: settings, window, queues of `tty`. */
long tty_common_ioctl(struct tty *tty, struct file *file, unsigned command,
		      uaddr_t argument);
void tty_set_window(struct tty *tty, const struct window_size *size);
extern const struct termios tty_default_termios;

/* pty.c */
extern const struct file_ops ptmx_ops;
struct tty *pty_slave(unsigned index); /* referenced, or NULL */

/* serial.c */
void serial_init(void);
struct tty *serial_tty(unsigned index); /* referenced, or NULL */
