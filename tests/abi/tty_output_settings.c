// SPDX-License-Identifier: MIT
/*
 * Output processing: new lines, returns, tabs and columns; flow control.
 */
#include "tests/abi/abi.h"

static int master, slave;
static struct termios plain;

static void show_output(void)
{
	char buf[256], out[1200] = { 0 };
	ssize_t n;

	sleep_ms(20);
	n = read(master, buf, sizeof buf);
	if (n < 0) {
		say("nothing: %s", strerrorname_np(errno));
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		snprintf(out + strlen(out), 8,
			 buf[i] >= 32 && buf[i] < 127 ? "%c" : "\\%o",
			 (unsigned char)buf[i]);
	say("%ld '%s'", (long)n, out);
}

static void with(const char *name, tcflag_t set, tcflag_t clear,
		 const char *text)
{
	struct termios t = plain;

	t.c_oflag = (t.c_oflag | set) & ~clear;
	tcsetattr(slave, TCSANOW, &t);
	say("-- %s", name);
	MUST(write(slave, text, strlen(text)));
	show_output();
}

int main(void)
{
	struct winsize size = { 24, 80, 0, 0 };
	int queued;

	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	tcgetattr(slave, &plain);
	with("plain", 0, 0, "a\nb\tc\r");
	with("no opost", 0, OPOST, "a\nb\t");
	with("no onlcr", 0, ONLCR, "a\nb");
	with("ocrnl", OCRNL, 0, "a\rb");
	with("onocr", ONOCR, 0, "\r\rab\r\r");
	with("onlret", ONLRET, ONLCR, "a\nb");
	with("olcuc", OLCUC, 0, "abC");
	with("tabs", TAB3, 0, "\ra\tb\tabcdefgh\t\b\b\tx\n");
	with("plain", 0, 0, "");
	say("-- flow");
	MUST(write(master, "\023", 1));
	sleep_ms(20);
	SHOW(write(slave, "abc", 3));
	show_output();
	MUST(write(master, "\021", 1));
	sleep_ms(20);
	SHOW(write(slave, "def", 3));
	show_output();
	SHOW(tcflow(slave, TCOOFF));
	SHOW(write(slave, "abc", 3));
	SHOW(tcflow(slave, TCOON));
	SHOW(write(slave, "abc", 3));
	show_output();
	SHOW(tcflow(slave, TCIOFF));
	show_output();
	SHOW(tcflow(slave, 9));
	say("-- queues");
	MUST(write(master, "line\nhalf", 9));
	sleep_ms(20);
	SHOW(ioctl(slave, FIONREAD, &queued));
	say("%d", queued);
	SHOW(ioctl(master, FIONREAD, &queued));
	say("%d", queued);
	SHOW(tcflush(slave, TCIFLUSH));
	SHOW(ioctl(slave, FIONREAD, &queued));
	say("%d", queued);
	SHOW(tcflush(slave, 7));
	SHOW(tcdrain(slave));
	SHOW(tcsendbreak(slave, 0));
	say("-- window");
	SHOW(ioctl(master, TIOCSWINSZ, &size));
	size.ws_col = 0;
	SHOW(ioctl(slave, TIOCGWINSZ, &size));
	say("%d %d", size.ws_row, size.ws_col);
	SHOW(tcgetpgrp(slave));
	SHOW(tcgetsid(slave));
	SHOW(tcsetpgrp(slave, 1));
	SHOW(ioctl(slave, TIOCSETD, &(int){ 0 }));
	SHOW(ioctl(slave, TIOCGETD, &queued));
	SHOW(ioctl(slave, TIOCMGET, &queued));
	SHOW(ioctl(slave, 0x5499, 0));
	SHOW(lseek(slave, 0, SEEK_SET));
	SHOW(pread(slave, &queued, 1, 0));
	return 0;
}
