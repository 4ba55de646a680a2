// SPDX-License-Identifier: MIT
/*
 * A socket bound to any address sends from the right one, for the route
 * chosen at each send.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET }, to, from;
	socklen_t len = sizeof from;
	int a = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), b = udp_socket();
	char c;

	MUST(bind(a, (void *)&any, sizeof any));
	to = loopback(port_of(b));
	MUST(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	MUST(recvfrom(b, &c, 1, 0, (void *)&from, &len));
	OK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	OK(ntohs(from.sin_port) == port_of(a));
	to = loopback(port_of(a));
	to.sin_addr.s_addr = htonl(0x7f010203);
	MUST(sendto(b, "y", 1, 0, (void *)&to, sizeof to));
	SHOW(recv(a, &c, 1, 0));
	return 0;
}
