// SPDX-License-Identifier: MIT
/*
 * Datagrams: boundaries, truncation, empty ones, sizes, unknown destinations.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char big[70000];
	int a = udp_socket(), b = udp_socket();
	struct sockaddr_in to = loopback(port_of(b)), from;
	socklen_t len = sizeof from;
	char buf[16];

	SHOW(sendto(a, "first", 5, 0, (void *)&to, sizeof to));
	SHOW(sendto(a, "", 0, 0, (void *)&to, sizeof to));
	SHOW(sendto(a, "third one", 9, 0, (void *)&to, sizeof to));
	sleep_ms(20);
	SHOW(recv(b, buf, 3, MSG_PEEK));
	SHOW(recvfrom(b, buf, 16, 0, (void *)&from, &len));
	OK(ntohs(from.sin_port) == port_of(a) && len == sizeof from);
	OK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	SHOW(recv(b, buf, 16, 0));
	SHOW(recv(b, buf, 4, MSG_TRUNC));
	SHOW(recv(b, buf, 4, MSG_DONTWAIT));
	SHOW(send(a, "x", 1, 0));
	SHOW(sendto(a, big, 65508, 0, (void *)&to, sizeof to));
	SHOW(sendto(a, big, 65507, 0, (void *)&to, sizeof to));
	SHOW(recv(b, big, sizeof big, 0));
	to.sin_port = 0;
	SHOW(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	to.sin_family = 77;
	SHOW(sendto(a, "x", 1, 0, (void *)&to, sizeof to));
	show_poll("idle udp", b, 0);
	SHOW(listen(a, 1));
	SHOW(accept(a, NULL, NULL));
	SHOW(shutdown(a, SHUT_RD));
	return 0;
}
