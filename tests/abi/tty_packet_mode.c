// SPDX-License-Identifier: MIT
/*
 * Packet mode: a byte before each read of the master says what happened.
 */
#include "tests/abi/abi.h"

static int master, slave;

static void show_packet(void)
{
	unsigned char buf[64];
	struct pollfd p = { master, POLLIN | POLLPRI, 0 };
	ssize_t n;

	poll(&p, 1, 20);
	n = read(master, buf, sizeof buf);
	if (n < 0)
		say("%s", strerrorname_np(errno));
	else
		say("%ld: %d '%.*s'%s", (long)n, buf[0], (int)n - 1, buf + 1,
		    p.revents & POLLPRI ? " urgent" : "");
}

int main(void)
{
	struct termios t;
	int on = 1, off = 0, is = 7;

	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	fcntl(master, F_SETFL, O_NONBLOCK);
	SHOW(ioctl(slave, TIOCPKT, &on));
	SHOW(ioctl(master, TIOCPKT, &on));
	SHOW(ioctl(master, TIOCGPKT, &is));
	say("%d", is);
	show_packet();
	MUST(write(slave, "data", 4));
	show_packet();
	tcgetattr(slave, &t);
	t.c_iflag &= ~(tcflag_t)IXON;
	tcsetattr(slave, TCSANOW, &t);
	show_packet();
	t.c_iflag |= IXON;
	tcsetattr(slave, TCSANOW, &t);
	show_packet();
	tcflow(slave, TCOOFF);
	show_packet();
	tcflow(slave, TCOON);
	show_packet();
	MUST(write(slave, "sent", 4));
	sleep_ms(20);
	tcflush(slave, TCOFLUSH);
	show_packet();
	show_packet();
	SHOW(ioctl(master, TIOCPKT, &off));
	MUST(write(slave, "plain", 5));
	sleep_ms(20);
	{
		char buf[16];
		SHOW(read(master, buf, sizeof buf));
	}
	return 0;
}
