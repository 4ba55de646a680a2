// SPDX-License-Identifier: MIT
/*
 * FIONREAD and SIOCOUTQ tell what waits in a socket's queues.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2], n = -1, udp = udp_socket();
	struct sockaddr_in a = loopback(port_of(udp));
	char buf[200];

	tcp_pair(s);
	SHOW(ioctl(s[0], FIONREAD, &n));
	say("%d", n);
	MUST(write(s[1], "hello", 5));
	sleep_ms(20);
	SHOW(ioctl(s[0], FIONREAD, &n));
	say("%d", n);
	SHOW(ioctl(s[1], SIOCOUTQ, &n));
	say("%d", n);
	MUST(sendto(udp, "abc", 3, 0, (void *)&a, sizeof a));
	MUST(sendto(udp, buf, 100, 0, (void *)&a, sizeof a));
	sleep_ms(20);
	SHOW(ioctl(udp, FIONREAD, &n));
	say("%d", n);
	MUST(recv(udp, buf, 1, 0));
	SHOW(ioctl(udp, FIONREAD, &n));
	say("%d", n);
	SHOW(ioctl(tcp_listener(), FIONREAD, &n));
	SHOW(ioctl(s[0], 0x9999, &n));
	return 0;
}
