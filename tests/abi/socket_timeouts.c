// SPDX-License-Identifier: MIT
/*
 * SO_RCVTIMEO ends a receive and an accept with EAGAIN, SO_SNDTIMEO a send;
 * they read back.
 */
#include "tests/abi/abi.h"

int main(void)
{
	static char buf[65536];
	struct timeval t = { 0, 60000 }, got;
	socklen_t len = sizeof got;
	int s[2], listener = tcp_listener();
	long before = now_ms();

	tcp_pair(s);
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
	SHOW(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	OK(got.tv_sec == 0 && got.tv_usec == 60000);
	SHOW(recv(s[0], buf, 1, 0));
	OK(now_ms() - before >= 59 && now_ms() - before < 2000);
	SHOW(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
	SHOW(accept(listener, NULL, NULL));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
	while (send(s[0], buf, sizeof buf, 0) > 0)
		;
	say("%s", strerrorname_np(errno));
	t = (struct timeval){ 0, 1000000 };
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
	SHOW(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, 3));
	return 0;
}
