// SPDX-License-Identifier: MIT
/*
 * A connected UDP socket: only its peer, ECONNREFUSED from ICMP,
 * disconnecting.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int a = udp_socket(), b = udp_socket(), c = udp_socket();
	struct sockaddr_in to_a = loopback(port_of(a)),
			   to_b = loopback(port_of(b)),
			   none = { .sin_family = AF_UNSPEC };
	char buf[8];

	SHOW(connect(a, (void *)&to_b, sizeof to_b));
	SHOW(send(a, "hi", 2, 0));
	SHOW(recv(b, buf, 8, 0));
	MUST(sendto(c, "foreign", 7, 0, (void *)&to_a, sizeof to_a));
	MUST(sendto(b, "mine", 4, 0, (void *)&to_a, sizeof to_a));
	SHOW(recv(a, buf, 8, 0));
	SHOW(recv(a, buf, 8, MSG_DONTWAIT));
	close(b);
	SHOW(send(a, "x", 1, 0));
	sleep_ms(30);
	show_poll("refused", a, 1000);
	SHOW(send(a, "x", 1, 0));
	SHOW(send(a, "x", 1, 0));
	sleep_ms(30);
	SHOW(recv(a, buf, 8, MSG_DONTWAIT));
	SHOW(recv(a, buf, 8, MSG_DONTWAIT));
	SHOW(connect(a, (void *)&none, sizeof none));
	SHOW(send(a, "x", 1, 0));
	return 0;
}
