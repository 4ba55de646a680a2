// SPDX-License-Identifier: MIT
/*
 * recvmsg fills the name, the flags and IP_PKTINFO; sendmmsg and recvmmsg
 * carry several (rfc1122 4.1.3.5).
 */
#include "tests/abi/abi.h"

int main(void)
{
	int a = udp_socket(), b = udp_socket(), one = 1;
	struct sockaddr_in to = loopback(port_of(b)), from;
	char buf[4], control[128], bufs[3][8];
	struct iovec iov = { buf, sizeof buf }, iovs[3];
	struct msghdr m = { .msg_name = &from,
			    .msg_namelen = sizeof from,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	struct mmsghdr many[3];
	struct cmsghdr *c;

	SHOW(setsockopt(b, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
	MUST(sendto(a, "datagram", 8, 0, (void *)&to, sizeof to));
	SHOW(recvmsg(b, &m, 0));
	OK(ntohs(from.sin_port) == port_of(a));
	say("name %d, flags %s", (int)m.msg_namelen,
	    m.msg_flags & MSG_TRUNC ? "TRUNC" : "none");
	c = CMSG_FIRSTHDR(&m);
	OK(c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO);
	OK(c && ((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr.s_addr ==
			htonl(INADDR_LOOPBACK));
	memset(many, 0, sizeof many);
	for (int i = 0; i < 3; i++) {
		memcpy(bufs[i], "message", 8);
		iovs[i] = (struct iovec){ bufs[i], (size_t)i + 1 };
		many[i].msg_hdr = (struct msghdr){ .msg_name = &to,
						   .msg_namelen = sizeof to,
						   .msg_iov = &iovs[i],
						   .msg_iovlen = 1 };
	}
	SHOW(sendmmsg(a, many, 3, 0));
	sleep_ms(20);
	for (int i = 0; i < 3; i++) {
		iovs[i].iov_len = 8;
		many[i].msg_hdr.msg_name = NULL;
		many[i].msg_len = 77;
	}
	SHOW(recvmmsg(b, many, 3, 0, NULL));
	say("%u %u %u", many[0].msg_len, many[1].msg_len, many[2].msg_len);
	SHOW(recvmmsg(b, many, 3, MSG_DONTWAIT, NULL));
	return 0;
}
