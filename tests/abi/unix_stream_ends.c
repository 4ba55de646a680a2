// SPDX-License-Identifier: MIT
/*
 * The ends of UNIX streams: a listener that is shut down, connections that
 * were never accepted, resets, and what MSG_PEEK and MSG_WAITALL see.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address = { AF_UNIX, "\0weir-stream-ends" };
static const socklen_t address_length = 2 + 17;

static int listener(int backlog)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (void *)&address, address_length) || listen(fd, backlog))
		perror("listener");
	return fd;
}

static int client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int error = connect(fd, (void *)&address, address_length);

	printf("connect: %s\n", error ? strerror(errno) : "ok");
	return fd;
}

static void say(const char *what, long result)
{
	printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void show_poll(const char *what, int fd)
{
	struct pollfd at = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&at, 1, 0);
	printf("%s: poll %x\n", what, (unsigned)at.revents);
}

static int pending_error(int fd)
{
	int error = -1;
	socklen_t length = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	return error;
}

static void shut_listener(void)
{
	int fd = listener(5);

	say("shutdown", shutdown(fd, SHUT_RD));
	show_poll("shut listener", fd);
	say("accept", accept(fd, NULL, NULL));
	close(client());
	close(fd);
}

static void never_accepted(void)
{
	char bytes[8];
	int fd = listener(5), other = client();

	say("send", send(other, "hello", 5, 0));
	close(fd);
	show_poll("refused", other);
	say("send", send(other, "x", 1, MSG_NOSIGNAL));
	say("recv", recv(other, bytes, 8, 0));
	say("recv", recv(other, bytes, 8, 0));
	close(other);
}

static void reset_is_told_once(void)
{
	char bytes[8];
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	say("send", send(pair[0], "abc", 3, 0));
	close(pair[1]);
	printf("SO_ERROR %d\n", pending_error(pair[0]));
	printf("SO_ERROR %d\n", pending_error(pair[0]));
	say("recv", recv(pair[0], bytes, 8, 0));
	close(pair[0]);
}

static void peek_with_waitall(void)
{
	char bytes[16] = { 0 };
	int pair[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	say("send", send(pair[0], "abcd", 4, 0));
	shutdown(pair[0], SHUT_WR);
	say("peek", recv(pair[1], bytes, 16, MSG_PEEK | MSG_WAITALL));
	say("all", recv(pair[1], bytes, 16, MSG_WAITALL));
	printf("%s\n", bytes);
	close(pair[0]);
	close(pair[1]);
}

static void credentials_are_inherited(void)
{
	int fd = listener(5), one = 1, other, got;
	socklen_t length = sizeof(one);

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one));
	other = client();
	got = accept(fd, NULL, NULL);
	one = -1;
	getsockopt(got, SOL_SOCKET, SO_PASSCRED, &one, &length);
	printf("SO_PASSCRED of the accepted: %d\n", one);
	close(got);
	close(other);
	close(fd);
}

static void only_the_peer_may_send(void)
{
	int pair[2], stranger = socket(AF_UNIX, SOCK_DGRAM, 0);

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	say("bind", bind(pair[0], (void *)&address, address_length));
	say("sendto",
	    sendto(stranger, "x", 1, 0, (void *)&address, address_length));
	say("connect", connect(stranger, (void *)&address, address_length));
	close(stranger);
	close(pair[0]);
	close(pair[1]);
}

static void unconnected(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	say("shutdown", shutdown(fd, SHUT_RDWR));
	show_poll("shut, unconnected", fd);
	close(fd);
}

int main(void)
{
	shut_listener();
	never_accepted();
	reset_is_told_once();
	peek_with_waitall();
	credentials_are_inherited();
	only_the_peer_may_send();
	unconnected();
	return 0;
}
