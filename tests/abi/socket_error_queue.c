// SPDX-License-Identifier: MIT
/* IP_RECVERR, IPV6_RECVERR and MSG_ERRQUEUE (ip(7)): a refused datagram; and
 * MSG_ZEROCOPY's completions. */
#include "tests/abi/abi.h"

#include <linux/errqueue.h>

static void show_error(const char *name, int fd, int family)
{
	char bytes[200], control[512];
	struct sockaddr_storage from = { 0 };
	struct iovec vector = { bytes, sizeof bytes };
	struct msghdr header = { .msg_name = &from,
				 .msg_namelen = sizeof from,
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control };
	long n = recvmsg(fd, &header, MSG_ERRQUEUE);
	struct cmsghdr *c;

	if (n < 0) {
		say("%s: %s", name, strerrorname_np(errno));
		return;
	}
	say("%s: %ld bytes '%.*s', name of %d bytes, family %s, flags %#x",
	    name, n, (int)n, bytes, (int)header.msg_namelen,
	    from.ss_family == family ? "right" : "WRONG", header.msg_flags);
	for (c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
		struct sock_extended_err *e = (void *)CMSG_DATA(c);
		struct sockaddr *by = SO_EE_OFFENDER(e);

		say("  level %d type %d %zu bytes: %s origin %d type %d code %d "
		    "info %u data %u offender %s",
		    c->cmsg_level, c->cmsg_type, c->cmsg_len,
		    strerrorname_np((int)e->ee_errno), e->ee_origin, e->ee_type,
		    e->ee_code, e->ee_info, e->ee_data,
		    by->sa_family == family ? "told" : "not told");
	}
}

static int closed_port(void)
{
	int fd = udp_socket(), port = port_of(fd);

	close(fd);
	return port;
}

static void refused(void)
{
	struct sockaddr_in a = loopback(closed_port());
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), on = 1;

	SHOW(recv(fd, &on, 4, MSG_ERRQUEUE));
	MUST(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on));
	MUST(sendto(fd, "hello", 5, 0, (void *)&a, sizeof a));
	sleep_ms(50);
	show_poll("an error waits", fd, 0);
	SHOW(sendto(fd, "again", 5, 0, (void *)&a, sizeof a));
	show_error("first", fd, AF_INET);
	show_error("second", fd, AF_INET);
	show_poll("taken", fd, 0);
	close(fd);
}

static void refused6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_port = htons((uint16_t)closed_port()),
				  .sin6_addr = in6addr_loopback };
	int fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0)), on = 1;

	MUST(setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on));
	MUST(sendto(fd, "hello", 5, 0, (void *)&a, sizeof a));
	sleep_ms(50);
	show_poll("IPv6", fd, 0);
	show_error("first", fd, AF_INET6);
	show_poll("taken", fd, 0);
	close(fd);
}

static void errors_of_connected(void)
{
	struct sockaddr_in a = loopback(closed_port());
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), error = 0;
	socklen_t length = sizeof error;

	MUST(connect(fd, (void *)&a, sizeof a));
	MUST(send(fd, "x", 1, 0));
	sleep_ms(50);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
	say("SO_ERROR %s", strerrorname_np(error));
	MUST(send(fd, "x", 1, 0));
	sleep_ms(50);
	SHOW(recv(fd, &error, 1, MSG_DONTWAIT));
	SHOW(recv(fd, &error, 1, MSG_DONTWAIT));
	close(fd);
}

static void zerocopy(void)
{
	int ends[2], on = 1, udp = udp_socket(), raw;
	socklen_t length = sizeof on;

	tcp_pair(ends);
	SHOW(setsockopt(ends[0], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
	SHOW(getsockopt(ends[0], SOL_SOCKET, SO_ZEROCOPY, &on, &length));
	SHOW(setsockopt(udp, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on));
	SHOW(send(ends[0], "hello", 5, MSG_ZEROCOPY));
	sleep_ms(100);
	SHOW(recv(ends[1], &raw, 4, 0));
	SHOW(recv(ends[1], &raw, 4, 0));
	sleep_ms(100);
	show_error("completion", ends[0], AF_UNSPEC);
	show_error("no more", ends[0], AF_UNSPEC);
}

int main(void)
{
	refused();
	refused6();
	errors_of_connected();
	zerocopy();
	return 0;
}
