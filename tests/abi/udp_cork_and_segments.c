// SPDX-License-Identifier: MIT
/*
 * One datagram of several sends (UDP_CORK, MSG_MORE), several datagrams of one
 * send (UDP_SEGMENT), and several in one read (UDP_GRO).
 */
#include "tests/abi/abi.h"

#define CORK 1
#define SEGMENT 103
#define GRO 104

static char data[70000];

static void drain(int fd)
{
	char buf[70000];
	ssize_t n;

	sleep_ms(20);
	while ((n = recv(fd, buf, sizeof buf, MSG_DONTWAIT)) >= 0)
		say("got %zd", n);
}

static void set(int fd, int name, int value)
{
	SHOW(setsockopt(fd, IPPROTO_UDP, name, &value, sizeof value));
}

/* The segment size that a read tells. */
static void drain_gro(int fd)
{
	char buf[70000], control[64];
	struct iovec iov = { buf, sizeof buf };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	sleep_ms(20);
	m.msg_control = control;
	for (;;) {
		int size = 0;

		m.msg_controllen = sizeof control;
		n = recvmsg(fd, &m, MSG_DONTWAIT);
		if (n < 0)
			return;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c;
		     c = CMSG_NXTHDR(&m, c))
			if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == GRO)
				memcpy(&size, CMSG_DATA(c), sizeof size);
		say("got %zd of %d", n, size);
	}
}

int main(void)
{
	int a = udp_socket(), b = udp_socket(), one = 0;
	struct sockaddr_in to = loopback(port_of(b));
	socklen_t len = sizeof one;

	SHOW(connect(a, (void *)&to, sizeof to));
	set(a, CORK, 1);
	SHOW(send(a, data, 100, 0));
	SHOW(send(a, data, 50, 0));
	drain(b);
	SHOW(send(a, data, 65400, 0));
	set(a, CORK, 0);
	drain(b);
	SHOW(send(a, data, 10, MSG_MORE));
	SHOW(send(a, data, 20, 0));
	drain(b);
	SHOW(sendto(a, data, 5, MSG_MORE, (void *)&to, sizeof to));
	SHOW(send(a, data, 0, 0));
	drain(b);

	set(a, SEGMENT, -1);
	set(a, SEGMENT, 65536);
	set(a, SEGMENT, 1000);
	SHOW(getsockopt(a, IPPROTO_UDP, SEGMENT, &one, &len));
	say("segment %d", one);
	SHOW(send(a, data, 2500, 0));
	drain(b);
	SHOW(send(a, data, 1000, 0));
	drain(b);
	set(b, GRO, 1);
	SHOW(send(a, data, 2500, 0));
	drain_gro(b);
	set(a, SEGMENT, 10);
	SHOW(send(a, data, 10 * 128, 0));
	drain_gro(b);
	set(a, SEGMENT, 0);
	SHOW(send(a, data, 2500, 0));
	drain_gro(b);
	SHOW(setsockopt(a, IPPROTO_UDP, 77, &one, sizeof one));
	SHOW(setsockopt(a, IPPROTO_UDP, CORK, &one, 2));
	return 0;
}
