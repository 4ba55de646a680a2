// SPDX-License-Identifier: MIT
/*
 * A socket on [::] takes IPv4 connections with mapped addresses, unless
 * IPV6_V6ONLY is set.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 }, peer;
	socklen_t len = sizeof peer;
	int listener = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), c, one = 1;
	struct sockaddr_in a;
	char text[64];

	MUST(bind(listener, (void *)&any, sizeof any));
	MUST(listen(listener, 4));
	a = loopback(port_of(listener));
	SHOW(connect(fd, (void *)&a, sizeof a));
	c = (int)MUST(accept(listener, (void *)&peer, &len));
	say("%s length %d",
	    inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text), (int)len);
	len = sizeof peer;
	MUST(getsockname(c, (void *)&peer, &len));
	say("%s", inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	a.sin_addr.s_addr = INADDR_ANY;
	SHOW(bind(fd, (void *)&a, sizeof a));
	listener = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	SHOW(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
	MUST(bind(listener, (void *)&any, sizeof any));
	MUST(listen(listener, 4));
	a.sin_port = htons((uint16_t)port_of(listener));
	SHOW(bind(fd, (void *)&a, sizeof a));
	a = loopback(port_of(listener));
	fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, sizeof a));
	SHOW(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
	return 0;
}
