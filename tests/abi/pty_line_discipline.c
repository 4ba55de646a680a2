// SPDX-License-Identifier: MIT
/*
 * A terminal in canonical mode: lines, erase, end of file, echo, and carriage
 * returns.
 */
#include "tests/abi/abi.h"

static int master, slave;

static void type(const char *text)
{
	MUST(write(master, text, strlen(text)));
}

static void show_text(const char *name, int fd)
{
	char buf[64], out[200] = { 0 };
	ssize_t n;

	sleep_ms(20);
	n = read(fd, buf, sizeof buf);
	if (n < 0) {
		say("%s: %s", name, strerrorname_np(errno));
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		snprintf(out + strlen(out), 8,
			 buf[i] >= 32 && buf[i] < 127 ? "%c" : "\\%o",
			 (unsigned char)buf[i]);
	say("%s: %ld '%s'", name, (long)n, out);
}

int main(void)
{
	struct termios t;

	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	OK(isatty(slave));
	type("he");
	show_text("half a line", slave);
	type("llo\n");
	show_text("line", slave);
	show_text("echo", master);
	type("abc\177\177x\n");
	show_text("erased", slave);
	show_text("echo", master);
	type("word one\027two\n");
	show_text("word erased", slave);
	show_text("echo", master);
	type("gone\025kept\n");
	show_text("line killed", slave);
	show_text("echo", master);
	type("\004");
	show_text("end of file", slave);
	type("tail\004");
	show_text("flushed", slave);
	type("a\rb\n");
	show_text("return", slave);
	show_text("second line", slave);
	show_text("echo", master);
	MUST(write(slave, "out\n", 4));
	show_text("output", master);
	tcgetattr(slave, &t);
	cfmakeraw(&t);
	SHOW(tcsetattr(slave, TCSANOW, &t));
	type("x\177\004\r");
	show_text("raw", slave);
	show_text("no echo", master);
	SHOW(ioctl(1, TIOCGWINSZ, &t) == 0 || errno == ENOTTY);
	return 0;
}
