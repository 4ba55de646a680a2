// SPDX-License-Identifier: MIT
/*
 * accept: blocking or not, flags of the new descriptor, addresses, errors.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int listener = tcp_listener(), fd, error;
	struct sockaddr_in a = loopback(port_of(listener)), peer;
	socklen_t len = sizeof peer;
	int client = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	show_poll("idle listener", listener, 0);
	SHOW(fcntl(listener, F_SETFL, O_NONBLOCK));
	SHOW(accept(listener, NULL, NULL));
	MUST(connect(client, (void *)&a, sizeof a));
	show_poll("listener", listener, 2000);
	fd = (int)SHOW_OK(accept4(listener, (void *)&peer, &len, SOCK_CLOEXEC));
	say("length %d", (int)len);
	OK(ntohs(peer.sin_port) == port_of(client));
	OK(peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	SHOW(fcntl(fd, F_GETFD));
	OK(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	SHOW(accept4(listener, NULL, NULL, 77));
	SHOW(accept(fd, NULL, NULL));
	SHOW(recv(listener, &error, 1, 0));
	len = sizeof error;
	SHOW(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &error, &len));
	say("%d", error);
	SHOW(shutdown(listener, SHUT_RDWR));
	show_poll("shut listener", listener, 0);
	SHOW(accept(socket(AF_UNIX, SOCK_DGRAM, 0), NULL, NULL));
	return 0;
}
