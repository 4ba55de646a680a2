// SPDX-License-Identifier: MIT
/*
 * Raw mode: VMIN and VTIME in all four combinations, and O_NONBLOCK.
 */
#include "tests/abi/abi.h"

static int master, slave;

static void set(int minimum, int tenths)
{
	struct termios t;

	tcgetattr(slave, &t);
	cfmakeraw(&t);
	t.c_cc[VMIN] = (cc_t)minimum;
	t.c_cc[VTIME] = (cc_t)tenths;
	tcsetattr(slave, TCSAFLUSH, &t);
	say("min %d time %d", minimum, tenths);
}

static void type(const char *text)
{
	MUST(write(master, text, strlen(text)));
}

static void later(const char *text, long ms)
{
	if (fork() == 0) {
		sleep_ms(ms);
		type(text);
		_exit(0);
	}
}

static void get(size_t size)
{
	char buf[64] = { 0 };
	long before = now_ms(), n, took;

	n = read(slave, buf, size);
	took = now_ms() - before;
	if (n < 0)
		say("read %zu: %s", size, strerrorname_np(errno));
	else
		say("read %zu: %ld '%.*s' %s", size, n, (int)n, buf,
		    took < 60  ? "at once" :
		    took < 600 ? "later" :
				 "late");
}

static void ready(void)
{
	struct pollfd p = { slave, POLLIN, 0 };

	say("poll: %d", poll(&p, 1, 0));
}

int main(void)
{
	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	set(3, 0);
	type("ab");
	sleep_ms(20);
	ready();
	later("c", 100);
	get(10);
	type("abcdef");
	sleep_ms(20);
	ready();
	get(2);
	get(10);
	get(0);
	set(0, 0);
	get(10);
	type("x");
	sleep_ms(20);
	get(10);
	set(0, 2);
	get(10);
	later("y", 100);
	get(10);
	set(5, 1);
	later("pq", 100);
	get(10);
	type("12345678");
	sleep_ms(20);
	get(3);
	get(10);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	set(1, 0);
	get(10);
	set(0, 0);
	get(10);
	set(0, 5);
	get(10);
	set(4, 0);
	type("ab");
	sleep_ms(20);
	ready();
	get(10);
	while (wait(NULL) > 0)
		;
	return 0;
}
