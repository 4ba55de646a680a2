// SPDX-License-Identifier: MIT
/*
 * What lies in messages that nobody receives is limited: sockets that were sent
 * over each other are found while a program goes on sending, though it closes
 * none for good, and an ordinary user may have as many files in flight as
 * descriptors.
 */
#include "tests/abi/abi.h"

#define MOST 40000

static long send_fds(int socket, const int *fds, int count)
{
	union {
		char buf[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} u;
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = u.buf,
			    .msg_controllen =
				    CMSG_SPACE((size_t)count * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memset(&u, 0, sizeof u);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)count * sizeof(int));
	return sendmsg(socket, &m, MSG_DONTWAIT);
}

/* Both ends in one message, and whatever else, which nobody can reach then. */
static void lose(int with)
{
	int fds[3];

	MUST(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
	fds[2] = with;
	MUST(send_fds(fds[1], fds, with < 0 ? 2 : 3));
	close(fds[0]);
	close(fds[1]);
}

/* A pipe's end in the first one: it is closed while the others go on. */
static void pairs(void)
{
	int ends[2], i;
	struct pollfd p = { .events = POLLIN };

	MUST(pipe(ends));
	p.fd = ends[0];
	lose(ends[1]);
	close(ends[1]);
	for (i = 0; i < MOST && poll(&p, 1, 0) == 0; i++)
		lose(-1);
	OK(i < MOST);
	OK(i > 100);
	OK(p.revents & POLLHUP);
	close(ends[0]);
}

static void until_refused(int to, int fd)
{
	int count = 0;

	while (count < 100 && send_fds(to, &fd, 1) == 1)
		count++;
	say("after %d: %s", count, strerrorname_np(errno));
}

static void user(void)
{
	struct rlimit limit = { 10, 10 };
	int s[2], t[2], null, three[3];
	char byte;

	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	MUST(setresgid(54377, 54377, 54377));
	MUST(setresuid(54377, 54377, 54377));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, t));
	null = MUST(open("/dev/null", O_RDWR));
	for (int i = 0; i < 3; i++)
		three[i] = null;
	until_refused(s[1], null);
	until_refused(t[1], null);
	SHOW(send_fds(t[1], three, 3));
	SHOW(write(t[1], "x", 1));
	SHOW(recv(s[0], &byte, 1, 0)); /* its file is closed */
	SHOW(send_fds(t[1], three, 3)); /* over the limit in one step */
	SHOW(recv(s[0], &byte, 1, 0));
	SHOW(recv(s[0], &byte, 1, 0));
	SHOW(send_fds(t[1], three, 1));
	SHOW(recv(s[0], &byte, 1, 0));
	SHOW(send_fds(t[1], three, 1));
	SHOW(send_fds(t[1], three, 1));
	close(s[0]);
	close(s[1]);
	until_refused(t[1], null);
}

int main(void)
{
	pid_t pid;

	pairs();
	pid = (pid_t)MUST(fork());
	if (!pid) {
		user();
		_exit(0);
	}
	say("%s", status_text(reap(pid)));
	return 0;
}
