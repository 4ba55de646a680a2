// SPDX-License-Identifier: MIT
/* MSG_OOB, SO_OOBINLINE, SIOCATMARK, POLLPRI, SIGURG (tcp(7), socket(7)). */
#include "tests/abi/abi.h"

static volatile sig_atomic_t urgent_signals;

static void on_urgent(int signal)
{
	urgent_signals++;
}

static void show_receive(const char *name, int fd, size_t size, int flags)
{
	char bytes[64];
	long n = recv(fd, bytes, size, flags);

	if (n < 0)
		say("%s: -1 %s", name, strerrorname_np(errno));
	else
		say("%s: %ld '%.*s'", name, n, (int)n, bytes);
}

static void show_mark(const char *name, int fd)
{
	int mark = -1, there = -1;

	ioctl(fd, SIOCATMARK, &mark);
	ioctl(fd, SIOCINQ, &there);
	say("%s: at mark %d, readable %d", name, mark, there);
}

static void settle(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };

	poll(&p, 1, 2000);
	sleep_ms(30);
}

static void basics(void)
{
	int ends[2];

	tcp_pair(ends);
	show_receive("nothing urgent", ends[1], 1, MSG_OOB | MSG_DONTWAIT);
	MUST(send(ends[0], "abcX", 4, MSG_OOB));
	MUST(send(ends[0], "def", 3, 0));
	settle(ends[1], POLLPRI);
	show_poll("urgent and data", ends[1], 0);
	show_mark("before", ends[1]);
	show_receive("to the mark", ends[1], 60, 0);
	show_mark("at it", ends[1]);
	show_receive("peek", ends[1], 1, MSG_OOB | MSG_PEEK);
	show_receive("take", ends[1], 5, MSG_OOB);
	show_receive("again", ends[1], 1, MSG_OOB);
	show_poll("taken", ends[1], 0);
	show_receive("behind", ends[1], 60, 0);
	show_mark("after", ends[1]);
	show_receive("gone", ends[1], 1, MSG_OOB);
	close(ends[0]);
	close(ends[1]);
}

static void in_line(void)
{
	int ends[2], on = 1;

	tcp_pair(ends);
	setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
	MUST(send(ends[0], "abcX", 4, MSG_OOB));
	MUST(send(ends[0], "def", 3, 0));
	settle(ends[1], POLLPRI);
	show_mark("inline", ends[1]);
	show_receive("refused", ends[1], 1, MSG_OOB);
	show_receive("to the mark", ends[1], 60, 0);
	show_mark("inline, at it", ends[1]);
	show_receive("the rest", ends[1], 60, 0);
	show_poll("read", ends[1], 0);
	close(ends[0]);
	close(ends[1]);
}

static void unread_is_lost(void)
{
	int ends[2];

	tcp_pair(ends);
	MUST(send(ends[0], "X", 1, MSG_OOB));
	settle(ends[1], POLLPRI);
	show_mark("first", ends[1]);
	show_poll("only urgent", ends[1], 0);
	MUST(send(ends[0], "Y", 1, MSG_OOB));
	settle(ends[1], POLLPRI);
	show_receive("the newer one", ends[1], 1, MSG_OOB);
	MUST(send(ends[0], "abc", 3, 0));
	settle(ends[1], POLLIN);
	show_receive("without both", ends[1], 60, 0);
	MUST(send(ends[0], "Z", 1, MSG_OOB));
	settle(ends[1], POLLPRI);
	MUST(send(ends[0], "d", 1, 0));
	settle(ends[1], POLLIN);
	show_receive("over the mark", ends[1], 60, 0);
	show_receive("Z is gone", ends[1], 1, MSG_OOB);
	close(ends[0]);
	close(ends[1]);
}

static void message(void)
{
	char bytes[8];
	struct iovec vector = { bytes, sizeof bytes };
	struct msghdr header = { .msg_iov = &vector, .msg_iovlen = 1 };
	int ends[2];

	tcp_pair(ends);
	MUST(send(ends[0], "X", 1, MSG_OOB));
	settle(ends[1], POLLPRI);
	SHOW(recvmsg(ends[1], &header, MSG_OOB));
	say("flags %s", header.msg_flags & MSG_OOB ? "OOB" : "none");
	close(ends[0]);
	show_receive("after the end", ends[1], 1, MSG_OOB);
	close(ends[1]);
}

static void signals(void)
{
	int ends[2];

	signal(SIGURG, on_urgent);
	tcp_pair(ends);
	MUST(send(ends[0], "X", 1, MSG_OOB));
	settle(ends[1], POLLPRI);
	say("without an owner: %d", urgent_signals);
	SHOW(fcntl(ends[1], F_SETOWN, getpid()));
	MUST(send(ends[0], "Y", 1, MSG_OOB));
	sleep_ms(200);
	say("with an owner: %d", urgent_signals);
	close(ends[0]);
	close(ends[1]);
}

static void refused(void)
{
	int udp = udp_socket(),
	    tcp = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	int listener = tcp_listener(), mark;

	SHOW(recv(tcp, &mark, 1, MSG_OOB));
	SHOW(recv(listener, &mark, 1, MSG_OOB | MSG_DONTWAIT));
	SHOW(send(udp, "x", 1, MSG_OOB));
	SHOW(ioctl(udp, SIOCATMARK, &mark));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	basics();
	in_line();
	unread_is_lost();
	message();
	signals();
	refused();
	return 0;
}
