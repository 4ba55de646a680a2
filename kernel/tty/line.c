// SPDX-License-Identifier: MIT
/*
 * The input half of the line discipline (termios(3)): what a received
 * character means.
 *
 * Special characters act at once: signals, flow control, and in canonical mode
 * the editing of the current line, with its echo. Everything else goes into the
 * input buffer. In canonical mode a line becomes readable when it ends; an end
 * of file is stored as a line end that is not data. The buffer holds 4,095
 * characters; a longer line keeps its first 4,095, a full buffer without a line
 * to edit takes nothing more and the driver waits.
 */
#include "kernel/proc/signal.h"
#include "kernel/tty/tty.h"
#include "lib/string.h"

#define MASK (TTY_INPUT_SIZE - 1)
#define CAPACITY (TTY_INPUT_SIZE - 1)

static bool has(const struct tty *tty, uint32_t lflags)
{
	return (tty->termios.lflag & lflags) == lflags;
}

/* Is c the special character? 0 disables one. */
static bool is_special(const struct tty *tty, uint8_t c, unsigned which)
{
	return tty->termios.cc[which] && c == tty->termios.cc[which];
}

static bool is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

static unsigned used(const struct tty *tty)
{
	return tty->head - tty->tail;
}

static void put(struct tty *tty, uint8_t c)
{
	tty->input[tty->head & MASK] = c;
	bitmap_clear(tty->line_end, tty->head & MASK);
	bitmap_clear(tty->end_of_file, tty->head & MASK);
	tty->head++;
}

/* ---- echo ------------------------------------------------------------------- */

/* As typed: control characters as ^X with ECHOCTL. */
static void echo(struct tty *tty, uint8_t c)
{
	if (has(tty, ECHOCTL) && is_control(c) && c != '\t') {
		tty_echo(tty, '^');
		tty_echo(tty, c ^ 0x40);
	} else {
		tty_echo(tty, c);
	}
}

static unsigned echo_width(const struct tty *tty, uint8_t c, unsigned column)
{
	if (c == '\t')
		return 8 - (column & 7);
	if (is_control(c))
		return has(tty, ECHOCTL) ? 2 : 0;
	if (tty->termios.iflag & IUTF8 && (c & 0xc0) == 0x80)
		return 0;
	return 1;
}

/* Where the cursor is after the edited line up to `end`. */
static unsigned line_width(const struct tty *tty, unsigned end)
{
	unsigned column = tty->line_column;

	for (unsigned i = tty->line; i != end; i++)
		column += echo_width(tty, tty->input[i & MASK], column);
	return column;
}

/* ---- editing ------------------------------------------------------------------ */

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

/* Takes the last character of the line back, with the rest of its UTF-8. */
static void erase_one(struct tty *tty, uint8_t typed)
{
	unsigned before = line_width(tty, tty->head), after;

	do
		tty->head--;
	while (tty->termios.iflag & IUTF8 && tty->head != tty->line &&
	       (tty->input[tty->head & MASK] & 0xc0) == 0x80);
	if (!has(tty, ECHO))
		return;
	if (!has(tty, ECHOE)) {
		echo(tty, typed);
		return;
	}
	after = line_width(tty, tty->head);
	if (tty->input[tty->head & MASK] == '\t') {
		for (; before > after; before--)
			tty_echo(tty, '\b');
		return;
	}
	for (; before > after; before--) {
		tty_echo(tty, '\b');
		tty_echo(tty, ' ');
		tty_echo(tty, '\b');
	}
}

static void erase_word(struct tty *tty, uint8_t typed)
{
	bool in_word = false;

	while (tty->head != tty->line) {
		bool word = is_word(tty->input[(tty->head - 1) & MASK]);

		if (in_word && !word)
			break;
		in_word |= word;
		erase_one(tty, typed);
	}
}

static void erase_line(struct tty *tty, uint8_t typed)
{
	if (has(tty, ECHO | ECHOK | ECHOKE | ECHOE)) {
		while (tty->head != tty->line)
			erase_one(tty, typed);
		return;
	}
	tty->head = tty->line;
	if (has(tty, ECHO)) {
		echo(tty, typed);
		if (has(tty, ECHOK))
			tty_echo(tty, '\n');
	}
}

static void reprint(struct tty *tty, uint8_t typed)
{
	echo(tty, typed);
	tty_echo(tty, '\n');
	tty->line_column = tty->column;
	for (unsigned i = tty->line; i != tty->head; i++)
		echo(tty, tty->input[i & MASK]);
}

/* ---- storing -------------------------------------------------------------------- */

static void end_line(struct tty *tty, uint8_t c, bool end_of_file)
{
	put(tty, c);
	bitmap_set(tty->line_end, (tty->head - 1) & MASK);
	if (end_of_file)
		bitmap_set(tty->end_of_file, (tty->head - 1) & MASK);
	tty->line = tty->head;
}

static void store(struct tty *tty, uint8_t c)
{
	if (used(tty) >= CAPACITY) {
		if (tty->termios.iflag & IMAXBEL)
			tty_echo_raw(tty, "\a", 1);
		return;
	}
	if (has(tty, ECHO)) {
		if (tty->line == tty->head)
			tty->line_column = tty->column;
		echo(tty, c);
	}
	if (tty->termios.iflag & PARMRK && c == 0xff &&
	    !(tty->termios.iflag & ISTRIP))
		put(tty, c);
	put(tty, c);
	if (!has(tty, ICANON))
		tty->line = tty->head;
}

/* A character of the line being edited. True: it was taken care of. */
static bool edit(struct tty *tty, uint8_t c)
{
	bool extended = has(tty, IEXTEN);

	if (is_special(tty, c, VERASE) || is_special(tty, c, VKILL) ||
	    (is_special(tty, c, VWERASE) && extended)) {
		if (tty->head == tty->line)
			return true;
		if (is_special(tty, c, VERASE))
			erase_one(tty, c);
		else if (is_special(tty, c, VKILL))
			erase_line(tty, c);
		else
			erase_word(tty, c);
		return true;
	}
	if (is_special(tty, c, VLNEXT) && extended) {
		tty->literal_next = true;
		if (has(tty, ECHO | ECHOCTL))
			tty_echo_raw(tty, "^\b", 2);
		return true;
	}
	if (is_special(tty, c, VREPRINT) && extended && has(tty, ECHO)) {
		reprint(tty, c);
		return true;
	}
	if (c == '\n') {
		if (has(tty, ECHO) || has(tty, ECHONL))
			tty_echo(tty, c);
		end_line(tty, c, false);
		return true;
	}
	if (is_special(tty, c, VEOF)) {
		end_line(tty, 0, true);
		return true;
	}
	if (is_special(tty, c, VEOL) ||
	    (is_special(tty, c, VEOL2) && extended)) {
		if (has(tty, ECHO))
			echo(tty, c);
		end_line(tty, c, false);
		return true;
	}
	return false;
}

/* ---- signals and flow ------------------------------------------------------------ */

void tty_set_stopped(struct tty *tty, bool stopped)
{
	if (tty->output_stopped == stopped)
		return;
	tty->output_stopped = stopped;
	if (tty->driver->stopped)
		tty->driver->stopped(tty, stopped);
	if (!stopped)
		tty_wake_writers(tty);
}

/* ^C, ^\, ^Z: which signal, or 0. */
static int signal_for(const struct tty *tty, uint8_t c)
{
	if (!has(tty, ISIG))
		return 0;
	if (is_special(tty, c, VINTR))
		return SIGINT;
	if (is_special(tty, c, VQUIT))
		return SIGQUIT;
	return is_special(tty, c, VSUSP) ? SIGTSTP : 0;
}

static void send_signal(struct tty *tty, int signal, uint8_t c)
{
	if (!has(tty, NOFLSH)) {
		tty_flush_input(tty);
		tty->driver->flush(tty);
		tty_wake_writers(tty);
	}
	if (tty->termios.iflag & IXON)
		tty_set_stopped(tty, false);
	if (has(tty, ECHO))
		echo(tty, c);
	tty_signal_foreground(tty, signal);
}

/* True: it was flow control and is not data. */
static bool control_flow(struct tty *tty, uint8_t c)
{
	if (!(tty->termios.iflag & IXON))
		return false;
	if (is_special(tty, c, VSTART)) {
		tty_set_stopped(tty, false);
		return true;
	}
	if (is_special(tty, c, VSTOP)) {
		tty_set_stopped(tty, true);
		return true;
	}
	return false;
}

static void receive_one(struct tty *tty, uint8_t c)
{
	uint32_t iflag = tty->termios.iflag;
	int signal;

	if (tty->literal_next) {
		tty->literal_next = false;
		store(tty, iflag & ISTRIP ? c & 0x7f : c);
		return;
	}
	if (iflag & ISTRIP)
		c &= 0x7f;
	if (iflag & IUCLC && has(tty, IEXTEN) && c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (control_flow(tty, c))
		return;
	signal = signal_for(tty, c);
	if (signal) {
		send_signal(tty, signal, c);
		return;
	}
	if (iflag & IXON && iflag & IXANY)
		tty_set_stopped(tty, false);
	if (c == '\r') {
		if (iflag & IGNCR)
			return;
		if (iflag & ICRNL)
			c = '\n';
	} else if (c == '\n' && iflag & INLCR) {
		c = '\r';
	}
	if (has(tty, ICANON) && edit(tty, c))
		return;
	store(tty, c);
}

/* Nothing more fits, and no line is being edited that could still end. */
static bool is_blocked(const struct tty *tty)
{
	if (used(tty) < CAPACITY)
		return false;
	return !has(tty, ICANON) || tty->line != tty->tail;
}

size_t tty_receive(struct tty *tty, const uint8_t *data, size_t size)
{
	size_t done = 0;

	mutex_lock(&tty->lock);
	while (done < size && !is_blocked(tty))
		receive_one(tty, data[done++]);
	mutex_unlock(&tty->lock);
	if (tty_input_available(tty) && wait_active(&tty->read_wait))
		wake_up(&tty->read_wait, POLLIN | POLLRDNORM);
	return done;
}

bool tty_input_available(struct tty *tty)
{
	return READ_ONCE(tty->line) != READ_ONCE(tty->tail);
}

unsigned tty_input_count(struct tty *tty)
{
	unsigned count = 0;

	for (unsigned i = tty->tail; i != tty->line; i++)
		if (!bitmap_test(tty->end_of_file, i & MASK))
			count++;
	return count;
}

void tty_flush_input(struct tty *tty)
{
	WRITE_ONCE(tty->tail, tty->head);
	WRITE_ONCE(tty->line, tty->head);
	tty->literal_next = false;
	if (tty->driver->input_room)
		tty->driver->input_room(tty);
}

void tty_line_changed(struct tty *tty, uint32_t old_lflag)
{
	if (!((old_lflag ^ tty->termios.lflag) & ICANON))
		return;
	/* What has come so far is readable; the next line starts here. */
	if (has(tty, ICANON)) {
		for (unsigned i = tty->tail; i != tty->head; i++) {
			bitmap_clear(tty->line_end, i & MASK);
			bitmap_clear(tty->end_of_file, i & MASK);
		}
		if (tty->head != tty->tail)
			bitmap_set(tty->line_end, (tty->head - 1) & MASK);
	}
	tty->line = tty->head;
	tty->literal_next = false;
	tty->line_column = tty->column;
	if (tty_input_available(tty))
		wake_up(&tty->read_wait, POLLIN | POLLRDNORM);
}
