// SPDX-License-Identifier: MIT
/*
 * Options read back as Linux gives them: doubled buffers, booleans, types,
 * lengths.
 */
#include "tests/abi/abi.h"

static void show_int(const char *name, int fd, int level, int option)
{
	int v = -77;
	socklen_t len = sizeof v;

	if (getsockopt(fd, level, option, &v, &len))
		say("%s: %s", name, strerrorname_np(errno));
	else
		say("%s: %d, length %d", name, v, (int)len);
}

#define GET(level, option) show_int(#option, fd, level, option)
#define SET(level, option, value)                                    \
	do {                                                         \
		int v_ = value;                                      \
		SHOW(setsockopt(fd, level, option, &v_, sizeof v_)); \
		GET(level, option);                                  \
	} while (0)

int main(void)
{
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), v = 1;
	socklen_t len = 1;

	GET(SOL_SOCKET, SO_TYPE);
	GET(SOL_SOCKET, SO_DOMAIN);
	GET(SOL_SOCKET, SO_PROTOCOL);
	GET(SOL_SOCKET, SO_ACCEPTCONN);
	GET(SOL_SOCKET, SO_ERROR);
	SET(SOL_SOCKET, SO_REUSEADDR, 5);
	SET(SOL_SOCKET, SO_REUSEPORT, 1);
	SET(SOL_SOCKET, SO_KEEPALIVE, 1);
	SET(SOL_SOCKET, SO_BROADCAST, 1);
	SET(SOL_SOCKET, SO_RCVBUF, 40000);
	SET(SOL_SOCKET, SO_SNDBUF, 40000);
	SET(SOL_SOCKET, SO_OOBINLINE, 1);
	SET(SOL_SOCKET, SO_RCVLOWAT, 5);
	SET(IPPROTO_TCP, TCP_NODELAY, 1);
	SET(IPPROTO_TCP, TCP_CORK, 1);
	SET(IPPROTO_TCP, TCP_KEEPIDLE, 100);
	SET(IPPROTO_TCP, TCP_KEEPINTVL, 10);
	SET(IPPROTO_TCP, TCP_KEEPCNT, 3);
	SET(IPPROTO_TCP, TCP_KEEPCNT, 0);
	SET(IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	SET(IPPROTO_TCP, TCP_QUICKACK, 1);
	SET(IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
	SET(IPPROTO_IP, IP_TTL, 33);
	SET(IPPROTO_IP, IP_TTL, 300);
	SET(IPPROTO_IP, IP_TOS, 0x10);
	SHOW(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &v, 2));
	SHOW(setsockopt(fd, SOL_SOCKET, 9999, &v, sizeof v));
	SHOW(setsockopt(fd, IPPROTO_TCP, 9999, &v, sizeof v));
	SHOW(setsockopt(fd, 9999, 1, &v, sizeof v));
	SHOW(getsockopt(fd, SOL_SOCKET, 9999, &v, &len));
	SHOW(getsockopt(fd, 9999, 1, &v, &len));
	v = 0x55555555;
	SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &v, &len));
	say("%x, length %d", v, (int)len);
	SHOW(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
	len = 4;
	SHOW(getsockopt(fd, SOL_SOCKET, SO_REUSEADDR, (void *)8, &len));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_TYPE, &v, 4));
	return 0;
}
