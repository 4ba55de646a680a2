// SPDX-License-Identifier: MIT
/*
 * SCM_RIGHTS carries open files between processes, with MSG_CTRUNC when there
 * is no room.
 */
#include "tests/abi/abi.h"

static ssize_t send_fds(int socket, const int *fds, int count)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 4)];
		struct cmsghdr align;
	} u;
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen =
				    CMSG_SPACE(sizeof(int) * (size_t)count) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memset(&u, 0, sizeof u);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)count);
	return sendmsg(socket, &m, 0);
}

static int receive_fds(int socket, size_t room, int flags, int *fds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * 4)];
		struct cmsghdr align;
	} u;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen = room };
	struct cmsghdr *c;
	int n = 0;

	if (recvmsg(socket, &m, flags) != 1)
		return -1;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS) {
		n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	}
	say("%d descriptors%s", n, m.msg_flags & MSG_CTRUNC ? ", cut" : "");
	return n;
}

int main(void)
{
	int s[2], fds[4], ends[2];
	char text[8] = { 0 };

	scratch();
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	if (fork() == 0) {
		fds[0] = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
		MUST(write(fds[0], "passed", 6));
		MUST(lseek(fds[0], 2, SEEK_SET));
		_exit(send_fds(s[1], fds, 1) == 1 ? 0 : 1);
	}
	say("%s", status_text(reap(-1)));
	receive_fds(s[0], CMSG_SPACE(sizeof(int) * 4), MSG_CMSG_CLOEXEC, fds);
	SHOW(read(fds[0], text, 7));
	say("%s", text);
	SHOW(fcntl(fds[0], F_GETFD));
	MUST(pipe(ends));
	fds[0] = ends[0];
	fds[1] = ends[1];
	SHOW(send_fds(s[1], fds, 2));
	receive_fds(s[0], CMSG_SPACE(sizeof(int)), 0, fds);
	fds[0] = ends[1];
	SHOW(send_fds(s[1], fds, 1));
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	SHOW(read(s[0], text, 1));
	fds[0] = 99;
	SHOW(send_fds(s[1], fds, 1));
	return 0;
}
