// SPDX-License-Identifier: MIT
/*
 * SCM_RIGHTS with up to 253 descriptors in one message, in one piece or several,
 * and what a receiver gets who has not room, or descriptors, for all of them.
 */
#include "tests/abi/abi.h"

#define MOST 253

static char control[CMSG_SPACE(sizeof(int) * 2 * MOST)];

static struct cmsghdr *put_rights(struct msghdr *m, const int *fds, int count)
{
	struct cmsghdr *c = (void *)(control + m->msg_controllen);

	memset(c, 0, CMSG_SPACE(sizeof(int) * (size_t)count));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)count);
	m->msg_control = control;
	m->msg_controllen += CMSG_SPACE(sizeof(int) * (size_t)count);
	return c;
}

/* In two pieces if `second`. */
static ssize_t send_fds(int socket, int first, int second)
{
	int fds[MOST + 1];
	struct iovec iov = { "x", 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	for (int i = 0; i < MOST + 1; i++)
		fds[i] = i & 1 ? 1 : socket;
	put_rights(&m, fds, first);
	if (second)
		put_rights(&m, fds, second);
	return sendmsg(socket, &m, MSG_DONTWAIT);
}

/* Closes what came. */
static void receive_fds(int socket, size_t room)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = room };
	struct cmsghdr *c;
	int fds[MOST], n = 0, lowest = INT_MAX, usable = 0;

	if (recvmsg(socket, &m, MSG_DONTWAIT) != 1) {
		say("nothing: %d", errno);
		return;
	}
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_type == SCM_RIGHTS) {
		n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	}
	for (int i = 0; i < n; i++) {
		usable += fcntl(fds[i], F_GETFD) >= 0;
		lowest = fds[i] < lowest ? fds[i] : lowest;
		close(fds[i]);
	}
	say("%d descriptors, %d usable%s", n, usable,
	    m.msg_flags & MSG_CTRUNC ? ", cut" : "");
}

int main(void)
{
	static const int counts[] = { 1, 4, 5, 64, 252, 253, 254 };
	struct rlimit limit;
	int s[2], lowest, type[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };

	MUST(getrlimit(RLIMIT_NOFILE, &limit));
	for (size_t t = 0; t < LEN(type); t++) {
		MUST(socketpair(AF_UNIX, type[t], 0, s));
		for (size_t i = 0; i < LEN(counts); i++) {
			say("%d of them", counts[i]);
			SHOW(send_fds(s[1], counts[i], 0));
			receive_fds(s[0], sizeof control);
		}
		SHOW(send_fds(s[1], 100, 153));
		receive_fds(s[0], sizeof control);
		SHOW(send_fds(s[1], 100, 154));
		receive_fds(s[0], sizeof control);
		SHOW(send_fds(s[1], MOST, 0));
		receive_fds(s[0], CMSG_SPACE(sizeof(int) * 100));
		SHOW(send_fds(s[1], MOST, 0));
		receive_fds(s[0], 0);
		SHOW(send_fds(s[1], MOST, 0));
		lowest = (int)MUST(dup(0));
		close(lowest);
		limit.rlim_cur = (rlim_t)lowest + 44;
		MUST(setrlimit(RLIMIT_NOFILE, &limit));
		receive_fds(s[0], sizeof control);
		limit.rlim_cur = 1024;
		MUST(setrlimit(RLIMIT_NOFILE, &limit));
		close(s[0]);
		close(s[1]);
	}
	return 0;
}
