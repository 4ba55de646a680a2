// SPDX-License-Identifier: MIT
/*
 * IP_MTU_DISCOVER's values and what they do to large datagrams; IP_MTU; who may
 * be a source; which port is chosen.
 */
#include "tests/abi/abi.h"

static char data[70000];

static int get(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof value;

	if (getsockopt(fd, level, name, &value, &len))
		return -errno;
	return value;
}

static void set(int fd, int name, int value)
{
	SHOW(setsockopt(fd, 0, name, &value, sizeof value));
}

int main(void)
{
	int a = udp_socket(), b = udp_socket(), c;
	struct sockaddr_in to = loopback(port_of(b)), far = { 0 }, name;
	socklen_t len = sizeof name;
	uint32_t range = 45010u << 16 | 45000;

	for (int mode = -1; mode <= 6; mode++)
		set(a, IP_MTU_DISCOVER, mode);
	say("mtu without a peer %d", get(a, 0, IP_MTU));
	SHOW(connect(a, (void *)&to, sizeof to));
	say("mtu %d", get(a, 0, IP_MTU));
	for (int mode = 0; mode <= 5; mode++) {
		set(a, IP_MTU_DISCOVER, mode);
		SHOW(send(a, data, 65507, 0));
		if (mode < 3)
			SHOW(send(a, data, 65508, 0));
		SHOW(send(a, data, 100, 0));
	}
	set(a, IP_TTL, 0);
	set(a, IP_TTL, 256);
	set(a, IP_TTL, 7);
	say("ttl %d", get(a, 0, IP_TTL));
	set(a, IP_MINTTL, 256);
	set(a, IP_MINTTL, 5);
	say("minttl %d", get(a, 0, IP_MINTTL));

	/* A loopback address never leaves. */
	far.sin_family = AF_INET;
	far.sin_port = htons(9);
	inet_aton("192.0.2.1", &far.sin_addr);
	SHOW(connect(b, (void *)&far, sizeof far));
	SHOW(sendto(b, "x", 1, 0, (void *)&far, sizeof far));
	inet_aton("255.255.255.255", &far.sin_addr);
	SHOW(sendto(b, "x", 1, 0, (void *)&far, sizeof far));

	/* The port of a range; none at bind. */
	c = socket(AF_INET, SOCK_DGRAM, 0);
	SHOW(setsockopt(c, 0, 51, &range, sizeof range));
	SHOW(setsockopt(c, 0, 51, &range, 2));
	to.sin_port = 0;
	SHOW(bind(c, (void *)&to, sizeof to));
	SHOW(getsockname(c, (void *)&name, &len));
	OK(ntohs(name.sin_port) >= 45000 && ntohs(name.sin_port) <= 45010);
	range = 10u << 16 | 20;
	SHOW(setsockopt(c, 0, 51, &range, sizeof range));
	c = socket(AF_INET, SOCK_DGRAM, 0);
	inet_aton("192.0.2.77", &to.sin_addr);
	SHOW(bind(c, (void *)&to, sizeof to));
	set(c, IP_FREEBIND, 1);
	SHOW(bind(c, (void *)&to, sizeof to));
	return 0;
}
