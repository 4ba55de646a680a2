// SPDX-License-Identifier: MIT
/*
 * SO_PEERCRED and SCM_CREDENTIALS tell who is at the other end.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int s[2], one = 1;
	struct ucred cred = { 0, 7, 7 };
	socklen_t len = sizeof cred;
	char byte, control[128];
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct cmsghdr *c;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	SHOW(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	OK(cred.pid == getpid() && cred.uid == getuid() && len == 12);
	len = 4;
	cred.uid = 4711;
	SHOW(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cred, &len));
	say("length %d, uid %s", (int)len, cred.uid == 4711 ? "kept" : "set");
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		write(s[1], "x", 1);
		_exit(0);
	}
	SHOW(recvmsg(s[0], &m, 0));
	c = CMSG_FIRSTHDR(&m);
	OK(c && c->cmsg_type == SCM_CREDENTIALS);
	OK(c && ((struct ucred *)CMSG_DATA(c))->pid == pid);
	reap(pid);
	return 0;
}
