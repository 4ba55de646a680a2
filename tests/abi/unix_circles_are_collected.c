// SPDX-License-Identifier: MIT
/*
 * UNIX sockets that were sent over each other in a circle are closed when
 * nobody can reach them any more; with them goes the end of a pipe that lay in
 * their queues, and who reads the pipe is told. What can still be reached stays.
 */
#include "tests/abi/abi.h"

static int send_fd(int socket, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof u.buf };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memset(&u, 0, sizeof u);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return (int)sendmsg(socket, &m, MSG_DONTWAIT);
}

static int receive_fd(int socket, int flags)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} u;
	char byte;
	int fd = -1;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = sizeof u.buf };
	struct cmsghdr *c;

	if (recvmsg(socket, &m, MSG_DONTWAIT | flags) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* Sockets come and go, as they do: then somebody looks for lost ones. */
static bool is_closed(int reader, int patience)
{
	struct pollfd p = { .fd = reader, .events = POLLIN };
	int pair[2];

	for (int i = 0; i < patience; i++) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
		close(pair[0]);
		close(pair[1]);
		if (poll(&p, 1, 20) == 1)
			return p.revents & POLLHUP;
	}
	return false;
}

#define SOON 500
#define NEVER 10

/* A pipe whose writing end lies in the queue that `to` leads to. */
static int witness(int to)
{
	int ends[2];

	MUST(pipe(ends));
	MUST(send_fd(to, ends[1]));
	close(ends[1]);
	return ends[0];
}

static void over_itself(int type)
{
	int s[2], reader;

	MUST(socketpair(AF_UNIX, type, 0, s));
	MUST(send_fd(s[1], s[0]));
	reader = witness(s[1]);
	close(s[0]);
	close(s[1]);
	OK(is_closed(reader, SOON));
	close(reader);
}

static void both_over_each_other(void)
{
	int s[2], readers[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(send_fd(s[1], s[0]));
	MUST(send_fd(s[1], s[1]));
	MUST(send_fd(s[0], s[0]));
	MUST(send_fd(s[0], s[1]));
	readers[0] = witness(s[0]);
	readers[1] = witness(s[1]);
	close(s[0]);
	close(s[1]);
	OK(is_closed(readers[0], SOON));
	OK(is_closed(readers[1], SOON));
	close(readers[0]);
	close(readers[1]);
}

#define RING 30

static void in_a_ring(bool keep_one)
{
	int s[RING][2], readers[RING], keep[2], fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, keep));
	for (int i = 0; i < RING; i++)
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s[i]));
	for (int i = 0; i < RING; i++) {
		MUST(send_fd(s[i][1], s[(i + 1) % RING][0]));
		readers[i] = witness(s[i][1]);
	}
	if (keep_one)
		MUST(send_fd(keep[1], s[7][0]));
	for (int i = 0; i < RING; i++) {
		close(s[i][0]);
		close(s[i][1]);
	}
	if (keep_one) {
		OK(!is_closed(readers[3], NEVER));
		fd = receive_fd(keep[0], 0);
		OK(fd >= 0);
		/* Round the ring once, each out of the one before. */
		for (int i = 0; i < RING; i++) {
			int next = receive_fd(fd, 0), end = receive_fd(fd, 0);

			OK(next >= 0 && end >= 0);
			close(end);
			close(fd);
			fd = next;
		}
		close(fd);
	}
	for (int i = 0; i < RING; i++) {
		OK(is_closed(readers[i], SOON));
		close(readers[i]);
	}
	close(keep[0]);
	close(keep[1]);
}

/* One that was not accepted holds its own listener. */
static void before_they_are_accepted(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int listener, client, reader;

	snprintf(name.sun_path + 1, 100, "circle-%d", getpid());
	listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (void *)&name, sizeof name));
	MUST(listen(listener, 5));
	client = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(client, (void *)&name, sizeof name));
	MUST(send_fd(client, listener));
	reader = witness(client);
	close(listener);
	close(client);
	OK(is_closed(reader, SOON));
	SHOW(connect((int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&name,
		     sizeof name));
	close(reader);
}

static void after_a_peek(void)
{
	int s[2], reader, fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(send_fd(s[1], s[0]));
	reader = witness(s[1]);
	fd = receive_fd(s[0], MSG_PEEK);
	OK(fd >= 0);
	close(s[0]);
	close(s[1]);
	OK(!is_closed(reader, NEVER));
	close(fd);
	OK(is_closed(reader, SOON));
	close(reader);
}

static void by_datagrams(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int s = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0)), reader;

	snprintf(name.sun_path + 1, 100, "datagram-%d", getpid());
	MUST(bind(s, (void *)&name, sizeof name));
	MUST(connect(s, (void *)&name, sizeof name));
	MUST(send_fd(s, s));
	reader = witness(s);
	close(s);
	OK(is_closed(reader, SOON));
	close(reader);
}

int main(void)
{
	over_itself(SOCK_STREAM);
	over_itself(SOCK_SEQPACKET);
	over_itself(SOCK_DGRAM);
	both_over_each_other();
	in_a_ring(false);
	in_a_ring(true);
	before_they_are_accepted();
	after_a_peek();
	by_datagrams();
	return 0;
}
