// SPDX-License-Identifier: MIT
/*
 * IP options that a program sends and receives: record route comes back with
 * this host's address in it (ip(7) IP_OPTIONS, IP_RECVOPTS).
 */
#include "tests/abi/abi.h"

static void dump(const char *what, const uint8_t *at, size_t n)
{
	char text[128] = { 0 };

	for (size_t i = 0; i < n && i < 40; i++)
		sprintf(text + i * 2, "%02x", at[i]);
	say("%s %zu %s", what, n, text);
}

static void receive(int fd)
{
	char buf[64], control[128];
	struct iovec iov = { buf, sizeof buf };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };

	sleep_ms(20);
	SHOW(recvmsg(fd, &m, MSG_DONTWAIT));
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
		if (c->cmsg_level == 0 && c->cmsg_type == IP_RECVOPTS)
			dump("options", CMSG_DATA(c),
			     c->cmsg_len - CMSG_LEN(0));
}

int main(void)
{
	static const uint8_t nops[3] = { 1, 1, 1 };
	static const uint8_t bad[4] = { 7, 60, 4, 0 };
	static const uint8_t unknown[4] = { 0x94, 4, 0, 0 };
	int a = udp_socket(), b = udp_socket(), one = 1;
	struct sockaddr_in to = loopback(port_of(b));
	uint8_t got[40] = { 0 };
	socklen_t len = sizeof got;

	SHOW(setsockopt(a, 0, IP_OPTIONS, nops, 3));
	SHOW(getsockopt(a, 0, IP_OPTIONS, got, &len));
	dump("set", got, len);
	SHOW(setsockopt(a, 0, IP_OPTIONS, bad, 4));
	SHOW(setsockopt(a, 0, IP_OPTIONS, got, 41));
	len = sizeof got;
	SHOW(getsockopt(a, 0, IP_OPTIONS, got, &len));
	dump("kept", got, len);
	SHOW(setsockopt(b, 0, IP_RECVOPTS, &one, sizeof one));
	SHOW(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	receive(b);
	SHOW(setsockopt(a, 0, IP_OPTIONS, unknown, 4));
	SHOW(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	receive(b);
	SHOW(setsockopt(a, 0, IP_OPTIONS, NULL, 0));
	SHOW(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	receive(b);
	return 0;
}
