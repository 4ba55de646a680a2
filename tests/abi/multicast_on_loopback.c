// SPDX-License-Identifier: MIT
/*
 * Multicast between sockets of one host: several receivers, source filters, the
 * switches, and the errors of every call.
 */
#include "tests/abi/abi.h"

#define GROUP "239.7.7.7"

static int receiver(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons(*port) };

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (void *)&name, sizeof name))
		say("bind %s", strerror(errno));
	*port = port_of(fd);
	return fd;
}

static struct ip_mreqn member(const char *group)
{
	struct ip_mreqn m = { .imr_ifindex = 1 };

	inet_aton(group, &m.imr_multiaddr);
	return m;
}

static struct ip_mreq_source source(const char *group, const char *from)
{
	struct ip_mreq_source m = { 0 };

	inet_aton(group, &m.imr_multiaddr);
	inet_aton("127.0.0.1", &m.imr_interface);
	inet_aton(from, &m.imr_sourceaddr);
	return m;
}

static void heard(const char *what, int fd)
{
	char buf[16];

	sleep_ms(20);
	say("%s: %zd", what, recv(fd, buf, sizeof buf, MSG_DONTWAIT));
}

static void all(int fd, int value)
{
	SHOW(setsockopt(fd, 0, IP_MULTICAST_ALL, &value, sizeof value));
}

int main(void)
{
	uint16_t port = 0;
	int a = receiver(&port), b = receiver(&port), c = receiver(&port);
	int s = socket(AF_INET, SOCK_DGRAM, 0), value = 0;
	struct ip_mreqn m = member(GROUP), lo = { .imr_ifindex = 1 };
	struct ip_mreq_source f = source(GROUP, "127.0.0.1");
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	socklen_t len = sizeof value;
	struct in_addr interface = { 1 };

	inet_aton("127.0.0.1", &lo.imr_address);
	inet_aton(GROUP, &to.sin_addr);
	SHOW(setsockopt(s, 0, IP_MULTICAST_IF, &lo, sizeof lo));
	len = sizeof interface;
	SHOW(getsockopt(s, 0, IP_MULTICAST_IF, &interface, &len));
	say("interface %08x", ntohl(interface.s_addr));

	SHOW(setsockopt(a, 0, IP_ADD_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(b, 0, IP_ADD_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(b, 0, IP_ADD_MEMBERSHIP, &m, sizeof m));
	all(c, 0);
	SHOW(sendto(s, "hello", 5, 0, (void *)&to, sizeof to));
	heard("a", a);
	heard("b", b);
	heard("c", c);
	all(c, 1);
	SHOW(sendto(s, "hello", 5, 0, (void *)&to, sizeof to));
	heard("a", a);
	heard("b", b);
	heard("c", c);

	SHOW(setsockopt(a, 0, IP_BLOCK_SOURCE, &f, sizeof f));
	SHOW(sendto(s, "hello", 5, 0, (void *)&to, sizeof to));
	heard("a", a);
	heard("b", b);
	SHOW(setsockopt(a, 0, IP_UNBLOCK_SOURCE, &f, sizeof f));
	SHOW(setsockopt(a, 0, IP_UNBLOCK_SOURCE, &f, sizeof f));
	SHOW(setsockopt(a, 0, IP_ADD_SOURCE_MEMBERSHIP, &f, sizeof f));
	SHOW(setsockopt(a, 0, IP_DROP_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(a, 0, IP_DROP_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(a, 0, IP_ADD_SOURCE_MEMBERSHIP, &f, sizeof f));
	SHOW(sendto(s, "hello", 5, 0, (void *)&to, sizeof to));
	heard("a", a);
	SHOW(setsockopt(a, 0, IP_DROP_SOURCE_MEMBERSHIP, &f, sizeof f));
	SHOW(setsockopt(a, 0, IP_DROP_SOURCE_MEMBERSHIP, &f, sizeof f));

	m = member("10.1.1.1");
	SHOW(setsockopt(a, 0, IP_ADD_MEMBERSHIP, &m, sizeof m));
	m = member(GROUP);
	SHOW(setsockopt(a, 0, IP_ADD_MEMBERSHIP, &m, 7));
	m.imr_ifindex = 12345;
	SHOW(setsockopt(a, 0, IP_ADD_MEMBERSHIP, &m, sizeof m));
	SHOW(setsockopt(s, 0, IP_MULTICAST_IF, &m, sizeof m));
	SHOW(setsockopt(s, 0, IP_MULTICAST_IF, &m, 3));
	len = sizeof value;
	SHOW(getsockopt(s, 0, IP_MULTICAST_TTL, &value, &len));
	say("ttl %d", value);
	SHOW(getsockopt(s, 0, IP_MULTICAST_LOOP, &value, &len));
	say("loop %d", value);
	SHOW(getsockopt(s, 0, IP_MULTICAST_ALL, &value, &len));
	say("all %d", value);
	value = 300;
	SHOW(setsockopt(s, 0, IP_MULTICAST_TTL, &value, sizeof value));
	return 0;
}
