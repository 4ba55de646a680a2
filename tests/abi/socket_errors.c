// SPDX-License-Identifier: MIT
/*
 * What socket() and calls on wrong descriptors answer.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = sizeof a;
	char c;
	int file = (int)MUST(open("/dev/null", O_RDWR)), v = 1;

	SHOW(socket(77, SOCK_STREAM, 0));
	SHOW(socket(AF_INET, 77, 0));
	SHOW(socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	SHOW(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	SHOW(socket(AF_UNIX, SOCK_STREAM, 77));
	SHOW_OK(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       IPPROTO_TCP));
	SHOW(bind(file, (void *)&a, len));
	SHOW(connect(file, (void *)&a, len));
	SHOW(listen(file, 1));
	SHOW(accept(file, NULL, NULL));
	SHOW(send(file, &c, 1, 0));
	SHOW(recv(file, &c, 1, 0));
	SHOW(getsockname(file, (void *)&a, &len));
	SHOW(setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &v, sizeof v));
	SHOW(shutdown(file, SHUT_RD));
	SHOW(bind(99, (void *)&a, len));
	SHOW(recv(99, &c, 1, 0));
	SHOW(socketpair(AF_INET, SOCK_STREAM, 0, (int[2]){ 0 }));
	return 0;
}
