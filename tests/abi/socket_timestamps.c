// SPDX-License-Identifier: MIT
/* SO_TIMESTAMP and its kin, old and new numbers, SO_TIMESTAMPING both ways,
 * SIOCGSTAMP (socket(7), the kernel's timestamping document). */
#include "tests/abi/abi.h"

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>

static void show_flags(const char *name, int fd)
{
	static const int names[] = { 29, 35, 63, 64 };
	char text[64] = "";

	for (size_t i = 0; i < LEN(names); i++) {
		int value = -1;
		socklen_t length = sizeof value;

		getsockopt(fd, SOL_SOCKET, names[i], &value, &length);
		sprintf(text + strlen(text), " %d:%d", names[i], value);
	}
	say("%s:%s", name, text);
}

static bool is_now(long seconds)
{
	return labs(seconds - time(NULL)) < 100;
}

static void show_controls(const char *name, struct msghdr *header)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);

	for (; c; c = CMSG_NXTHDR(header, c)) {
		struct sock_extended_err *e = (void *)CMSG_DATA(c);

		if (c->cmsg_level == SOL_SOCKET)
			say("%s: level %d type %d, %zu bytes, now: %s", name,
			    c->cmsg_level, c->cmsg_type, c->cmsg_len,
			    is_now(*(long *)CMSG_DATA(c)) ? "yes" : "NO");
		else
			say("%s: level %d type %d, %zu bytes: errno %s "
			    "origin %d info %u data %u",
			    name, c->cmsg_level, c->cmsg_type, c->cmsg_len,
			    strerrorname_np((int)e->ee_errno), e->ee_origin,
			    e->ee_info, e->ee_data);
	}
}

static void receive(const char *name, int fd, int flags)
{
	char bytes[200], control[512];
	struct iovec vector = { bytes, sizeof bytes };
	struct msghdr header = { .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof control };
	long n = recvmsg(fd, &header, flags);

	if (n < 0) {
		say("%s: %s", name, strerrorname_np(errno));
		return;
	}
	/* Of a stamp without OPT_TSONLY the packet's bytes differ. */
	if (!(flags & MSG_ERRQUEUE))
		say("%s: %ld bytes", name, n);
	say("%s: ERRQUEUE %s", name,
	    header.msg_flags & MSG_ERRQUEUE ? "yes" : "no");
	show_controls(name, &header);
}

static void set(int fd, int name, int value)
{
	MUST(setsockopt(fd, SOL_SOCKET, name, &value, sizeof value));
}

static void datagrams(void)
{
	static const int names[] = { SO_TIMESTAMP, SO_TIMESTAMPNS, 63, 64 };
	int fd = udp_socket();
	struct sockaddr_in a = loopback(port_of(fd));
	struct timeval tv;

	SHOW(ioctl(fd, SIOCGSTAMP, &tv));
	MUST(sendto(fd, "x", 1, 0, (void *)&a, sizeof a));
	receive("without", fd, 0);
	SHOW(ioctl(fd, SIOCGSTAMP, &tv));
	OK(is_now(tv.tv_sec));
	for (size_t i = 0; i < LEN(names); i++) {
		set(fd, names[i], 1);
		show_flags("set", fd);
		MUST(sendto(fd, "x", 1, 0, (void *)&a, sizeof a));
		receive("one", fd, 0);
		set(fd, names[i], 0);
		show_flags("cleared", fd);
	}
	set(fd, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	sleep_ms(50); /* Linux switches stamping on in the background */
	MUST(sendto(fd, "x", 1, 0, (void *)&a, sizeof a));
	receive("stamping", fd, 0);
	set(fd, SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		    SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
		    SOF_TIMESTAMPING_OPT_TSONLY);
	for (int i = 0; i < 2; i++) {
		MUST(sendto(fd, "x", 1, 0, (void *)&a, sizeof a));
		sleep_ms(30);
		receive("queued", fd, MSG_ERRQUEUE);
		receive("sent", fd, MSG_ERRQUEUE);
	}
	close(fd);
}

static void stream(void)
{
	int ends[2];

	tcp_pair(ends);
	set(ends[1], SO_TIMESTAMP, 1);
	MUST(send(ends[0], "abc", 3, 0));
	sleep_ms(50);
	receive("stream", ends[1], 0);
	set(ends[0], SO_TIMESTAMPING,
	    SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_TX_SCHED |
		    SOF_TIMESTAMPING_TX_ACK | SOF_TIMESTAMPING_SOFTWARE |
		    SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
	MUST(send(ends[0], "12345", 5, 0));
	sleep_ms(100);
	show_poll("stamped", ends[0], 0);
	receive("first", ends[0], MSG_ERRQUEUE);
	receive("second", ends[0], MSG_ERRQUEUE);
	receive("third", ends[0], MSG_ERRQUEUE);
	receive("no more", ends[0], MSG_ERRQUEUE);
	show_poll("taken", ends[0], 0);
	MUST(send(ends[0], "12345", 5, 0));
	sleep_ms(100);
	receive("the next send", ends[0], MSG_ERRQUEUE);
}

static void refused(void)
{
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	int bad = 1 << 30, id = SOF_TIMESTAMPING_OPT_ID,
	    tcp = 1 << 16; /* OPT_ID_TCP */

	SHOW(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &bad, sizeof bad));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &id, sizeof id));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &tcp, sizeof tcp));
}

int main(void)
{
	datagrams();
	stream();
	refused();
	return 0;
}
