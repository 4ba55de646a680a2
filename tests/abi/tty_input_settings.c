// SPDX-License-Identifier: MIT
/*
 * What single terminal settings do to input and its echo.
 */
#include "tests/abi/abi.h"

static int master, slave;

static void type(const char *text)
{
	size_t first = strcspn(text, "\003");

	/* The echo of what was typed before ^C is not to be flushed with it. */
	MUST(write(master, text, first));
	sleep_ms(20);
	MUST(write(master, text + first, strlen(text + first)));
	sleep_ms(20);
}

static bool readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) > 0;
}

/* Linux lets the echo arrive when it likes: all of it, or none for a while. */
static ssize_t read_settled(int fd, char *buf, size_t size)
{
	ssize_t n, all = 0;

	if (!readable(fd, 600))
		return read(fd, buf, size);
	do {
		n = read(fd, buf + all, size - (size_t)all);
		all += n > 0 ? n : 0;
	} while (fd == master && n > 0 && readable(fd, 60));
	return all;
}

static void show_text(const char *name, int fd)
{
	char buf[256], out[1200] = { 0 };
	ssize_t n = read_settled(fd, buf, sizeof buf);

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

/* The defaults with these bits changed; types, shows echo and input. */
static void with(const char *name, tcflag_t iset, tcflag_t iclear,
		 tcflag_t lset, tcflag_t lclear, const char *text)
{
	static struct termios plain;
	static bool known;
	struct termios t;

	if (!known)
		tcgetattr(slave, &plain);
	known = true;
	t = plain;
	t.c_iflag = (t.c_iflag | iset) & ~iclear;
	t.c_lflag = (t.c_lflag | lset) & ~lclear;
	t.c_cc[VEOL] = ';';
	tcsetattr(slave, TCSAFLUSH, &t);
	tcflush(slave, TCIOFLUSH);
	say("-- %s", name);
	type(text);
	show_text("echo", master);
	show_text("input", slave);
	show_text("more", slave);
}

int main(void)
{
	struct termios t;

	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	with("plain", 0, 0, 0, 0, "a\001b\033\n");
	with("no echoctl", 0, 0, 0, ECHOCTL, "a\001b\n");
	with("tab erased", 0, 0, 0, 0, "ab\tc\177\177d\n");
	with("control erased", 0, 0, 0, 0, "a\001\177b\n");
	with("no echoe", 0, 0, 0, ECHOE, "ab\177c\n");
	with("no echoke", 0, 0, 0, ECHOKE, "ab\025c\n");
	with("no echok", 0, 0, 0, ECHOKE | ECHOK, "ab\025c\n");
	with("no echo", 0, 0, 0, ECHO, "ab\177c\n");
	with("echonl", 0, 0, ECHONL, ECHO, "ab\n");
	with("utf8", IUTF8, 0, 0, 0, "a\303\251\177b\n");
	with("not utf8", 0, IUTF8, 0, 0, "a\303\251\177b\n");
	with("literal", 0, 0, 0, 0, "a\026\003b\026\177\n");
	with("reprint", 0, 0, 0, 0, "ab\022c\n");
	with("no iexten", 0, 0, 0, IEXTEN, "a b\027\026\n");
	with("words", 0, 0, 0, 0, "one two-three  \027x\n");
	with("igncr", IGNCR, 0, 0, 0, "a\rb\n");
	with("inlcr", INLCR, ICRNL, 0, 0, "a\nb\r;");
	with("no icrnl", 0, ICRNL, 0, 0, "a\rb\n");
	with("istrip", ISTRIP, 0, 0, 0, "\341b\n");
	with("iuclc", IUCLC, 0, 0, 0, "ABc\n");
	with("eol", 0, 0, 0, 0, "one;two;three");
	with("two lines", 0, 0, 0, 0, "one\ntwo\n");
	with("eof inside", 0, 0, 0, 0, "one\004two\n");
	with("no isig", 0, 0, 0, ISIG, "a\003b\032\n");
	with("interrupted", 0, 0, 0, 0, "abc\003d\n");
	with("noflsh", 0, 0, NOFLSH, 0, "abc\003d\n");
	with("raw", 0, 0, 0, ICANON, "a\177\004\n");
	with("raw, no icrnl", 0, ICRNL, 0, ICANON | ECHO, "a\r");
	/* Half a line is readable once the mode is raw; and back. */
	with("half", 0, 0, 0, 0, "half");
	tcgetattr(slave, &t);
	t.c_lflag &= ~(tcflag_t)ICANON;
	tcsetattr(slave, TCSANOW, &t);
	show_text("raw half", slave);
	type("xyz");
	t.c_lflag |= ICANON;
	tcsetattr(slave, TCSANOW, &t);
	show_text("canonical again", slave);
	type("line\n");
	show_text("canonical again", slave);
	return 0;
}
