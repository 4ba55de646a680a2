// SPDX-License-Identifier: MIT
/*
 * A thousand sockets, each in flight in the next one's queue, all close
 * without harm. How deep a kernel lets them nest is its own business.
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

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	return (int)sendmsg(socket, &m, MSG_DONTWAIT);
}

static void nest(void)
{
	int inner[2], outer[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, inner));
	for (int i = 0; i < 1000; i++) {
		MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, outer));
		send_fd(outer[0], inner[0]);
		send_fd(outer[0], inner[1]);
		close(inner[0]);
		close(inner[1]);
		inner[0] = outer[0];
		inner[1] = outer[1];
	}
	close(inner[0]);
	close(inner[1]);
}

int main(void)
{
	in_child("nest", nest);
	say("alive");
	return 0;
}
