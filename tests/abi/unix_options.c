// SPDX-License-Identifier: MIT
/*
 * Socket options of UNIX sockets: what is set is what is read, also where it
 * means nothing; what does not exist is refused.
 */
#include "tests/abi/abi.h"

static void flag(int fd, int name)
{
	int on = 1, value = -1;
	socklen_t size = sizeof value;

	say("option %d", name);
	SHOW(setsockopt(fd, SOL_SOCKET, name, &on, sizeof on));
	SHOW(getsockopt(fd, SOL_SOCKET, name, &value, &size));
	say("%d, %d bytes", value, (int)size);
}

static void number(int fd, int name, int set)
{
	int value = -1;
	socklen_t size = sizeof value;

	SHOW(setsockopt(fd, SOL_SOCKET, name, &set, sizeof set));
	SHOW(getsockopt(fd, SOL_SOCKET, name, &value, &size));
	say("%d", value);
}

int main(void)
{
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	struct linger linger = { .l_onoff = 1, .l_linger = 7 };
	socklen_t size = sizeof linger;

	flag(fd, SO_REUSEADDR);
	flag(fd, SO_BROADCAST);
	flag(fd, SO_KEEPALIVE);
	flag(fd, SO_OOBINLINE);
	flag(fd, SO_PASSCRED);
	number(fd, SO_SNDBUF, 20000);
	number(fd, SO_RCVBUF, 30000);
	number(fd, SO_RCVBUF, 1);
	SHOW(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
	memset(&linger, 0, sizeof linger);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &size));
	say("%d %d, %d bytes", linger.l_onoff, linger.l_linger, (int)size);
	number(fd, 999, 1);
	SHOW(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &size, sizeof size));
	return 0;
}
