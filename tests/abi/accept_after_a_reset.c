// SPDX-License-Identifier: MIT
/*
 * A connection that was reset before it was accepted: accept gives it with the
 * peer's address, the first read tells.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *what, long result)
{
	printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

int main(void)
{
	struct sockaddr_in own = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	struct sockaddr_in peer = { 0 };
	struct linger reset = { 1, 0 };
	socklen_t length = sizeof(own);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0), got;
	char byte;

	bind(listener, (void *)&own, length);
	listen(listener, 5);
	getsockname(listener, (void *)&own, &length);
	say("connect", connect(client, (void *)&own, length));
	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(client);
	usleep(200000);
	got = accept(listener, (void *)&peer, &length);
	say("accept", got < 0 ? -1 : 0);
	printf("family %d, length %u, port %s\n", peer.sin_family, length,
	       peer.sin_port ? "yes" : "no");
	say("recv", recv(got, &byte, 1, 0));
	say("recv", recv(got, &byte, 1, 0));
	say("getpeername", getpeername(got, (void *)&peer, &length));
	return 0;
}
