// SPDX-License-Identifier: MIT
/*
 * TCP and UDP over ::1, with IPv6 addresses of full length.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT },
			    peer;
	int listener = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0)), fd, c;
	socklen_t len = sizeof peer;
	char text[64], byte = 0;

	SHOW(bind(listener, (void *)&a, sizeof a));
	SHOW(bind(socket(AF_INET6, SOCK_STREAM, 0), (void *)&a, 16));
	MUST(listen(listener, 4));
	a.sin6_port = htons((uint16_t)port_of(listener));
	fd = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	SHOW(connect(fd, (void *)&a, sizeof a));
	c = (int)MUST(accept(listener, (void *)&peer, &len));
	say("%s length %d",
	    inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text), (int)len);
	MUST(write(fd, "6", 1));
	SHOW(read(c, &byte, 1));
	OK(byte == '6');
	fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	a.sin6_port = 0;
	SHOW(bind(fd, (void *)&a, sizeof a));
	a.sin6_port = htons((uint16_t)port_of(fd));
	SHOW(sendto(fd, "u", 1, 0, (void *)&a, sizeof a));
	SHOW(recv(fd, &byte, 1, 0));
	return 0;
}
