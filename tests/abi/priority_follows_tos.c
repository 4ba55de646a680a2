// SPDX-License-Identifier: MIT
/*
 * IP_TOS decides SO_PRIORITY, a stream's ECN bits are not the program's, and
 * what is set last holds.
 */
#include "tests/abi/abi.h"

static int get(int fd, int level, int name)
{
	int v = -1;
	socklen_t length = sizeof v;

	MUST(getsockopt(fd, level, name, &v, &length));
	return v;
}

static void set(int fd, int level, int name, int v)
{
	MUST(setsockopt(fd, level, name, &v, sizeof v));
}

static void walk(int type)
{
	int fd = (int)MUST(socket(AF_INET, type, 0));

	for (int tos = 0; tos < 256; tos++) {
		set(fd, IPPROTO_IP, IP_TOS, tos);
		say("tos %d: %d, priority %d", tos, get(fd, IPPROTO_IP, IP_TOS),
		    get(fd, SOL_SOCKET, SO_PRIORITY));
	}
	set(fd, SOL_SOCKET, SO_PRIORITY, 3);
	set(fd, IPPROTO_IP, IP_TOS, 255);
	say("the same once more: %d", get(fd, SOL_SOCKET, SO_PRIORITY));
	set(fd, IPPROTO_IP, IP_TOS, 0);
	say("another: %d", get(fd, SOL_SOCKET, SO_PRIORITY));
	close(fd);
}

int main(void)
{
	int fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));

	walk(SOCK_DGRAM);
	walk(SOCK_STREAM);
	set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x10);
	say("IPv6: %d", get(fd, SOL_SOCKET, SO_PRIORITY));
	return 0;
}
