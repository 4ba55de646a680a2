// SPDX-License-Identifier: MIT
/*
 * A line keeps its first 4095 characters and still ends; raw input that nobody
 * reads stops the writer, and nothing of it is lost.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char big[200000], got[300000];
	struct termios t;
	int master, slave;
	long sent = 0, received = 0, n;
	bool same = true;

	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	tcgetattr(slave, &t);
	t.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(slave, TCSANOW, &t);
	memset(big, 'x', sizeof big);
	SHOW(write(master, big, 4090));
	SHOW(write(master, "abcdefghij\n", 11));
	sleep_ms(50);
	n = SHOW(read(slave, got, sizeof got));
	say("...%.8s", got + n - 8);
	SHOW(write(master, "next\n", 5));
	n = SHOW(read(slave, got, sizeof got));
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
	fcntl(master, F_SETFL, O_NONBLOCK);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)(i * 7 + i / 251);
	while (sent < (long)sizeof big) {
		n = write(master, big + sent, sizeof big - (size_t)sent);
		if (n > 0)
			sent += n;
		n = read(slave, got + received, 1000);
		if (n > 0)
			received += n;
	}
	for (int quiet = 0; received < sent && quiet < 200;) {
		n = read(slave, got + received, 4096);
		if (n > 0)
			received += n;
		else
			quiet++, sleep_ms(5);
	}
	say("%ld", received);
	for (long i = 0; i < received; i++)
		same &= got[i] == big[i];
	OK(same);
	/* The other way: the master does not read. */
	sent = 0;
	while ((n = write(slave, big, sizeof big)) > 0)
		sent += n;
	OK(sent > 2000);
	received = 0;
	for (;;) {
		struct pollfd p = { master, POLLIN, 0 };

		if (poll(&p, 1, 100) != 1)
			break;
		n = read(master, got, sizeof got);
		if (n <= 0)
			break;
		received += n;
	}
	OK(received == sent);
	return 0;
}
