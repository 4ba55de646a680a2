// SPDX-License-Identifier: MIT
/*
 * getsockname and getpeername in every state, and addresses cut to the
 * caller's length.
 */
#include "tests/abi/abi.h"

static void show_name(const char *what, int fd, bool peer)
{
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	int r;

	memset(&a, 0, sizeof a);
	r = peer ? getpeername(fd, (void *)&a, &len) :
		   getsockname(fd, (void *)&a, &len);
	if (r)
		say("%s: %s", what, strerrorname_np(errno));
	else
		say("%s: length %d family %d address %08x port %s", what,
		    (int)len, a.sin_family, ntohl(a.sin_addr.s_addr),
		    a.sin_port ? "set" : "0");
}

int main(void)
{
	struct sockaddr_in a = loopback(0);
	socklen_t len = 4;
	int s[2], fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	show_name("new udp", fd, false);
	show_name("new udp, peer", fd, true);
	a.sin_port = htons(9);
	MUST(connect(fd, (void *)&a, sizeof a));
	show_name("connected udp", fd, false);
	show_name("connected udp, peer", fd, true);
	tcp_pair(s);
	show_name("tcp", s[0], false);
	show_name("tcp, peer", s[0], true);
	show_name("accepted", s[1], false);
	show_name("accepted, peer", s[1], true);
	close(s[1]);
	sleep_ms(20);
	show_name("new tcp", socket(AF_INET, SOCK_STREAM, 0), false);
	show_name("new tcp, peer", socket(AF_INET, SOCK_STREAM, 0), true);
	show_name("listener, peer", tcp_listener(), true);
	memset(&a, 0xaa, sizeof a);
	SHOW(getsockname(s[0], (void *)&a, &len));
	say("length %d, byte after it %02x", (int)len,
	    ((unsigned char *)&a)[4]);
	len = (socklen_t)-1;
	SHOW(getsockname(s[0], (void *)&a, &len));
	return 0;
}
