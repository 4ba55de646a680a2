// SPDX-License-Identifier: MIT
/*
 * Opens sockets of every kind in known states and runs a command while they are
 * open: what ss(8) says of them must be the same on Linux and on Weir. Ports and
 * names are fixed. `lo` is up.
 *
 *     open_sockets COMMAND...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MUST(call)                                                       \
	({                                                               \
		long result_ = (long)(call);                             \
		if (result_ < 0) {                                       \
			fprintf(stderr, "%d: %s: %s\n", __LINE__, #call, \
				strerror(errno));                        \
			exit(3);                                         \
		}                                                        \
		(int)result_;                                            \
	})

static socklen_t name(struct sockaddr_storage *to, const char *text, int port)
{
	struct sockaddr_in *four = (void *)to;
	struct sockaddr_in6 *six = (void *)to;

	memset(to, 0, sizeof *to);
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof *four;
	}
	MUST(inet_pton(AF_INET6, text, &six->sin6_addr) - 1);
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	return sizeof *six;
}

static int make(const char *at, int type, int port)
{
	struct sockaddr_storage a;
	socklen_t n = name(&a, at, port);
	int on = 1, s = MUST(socket(a.ss_family, type, 0));

	MUST(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	if (type == SOCK_STREAM) /* not what the machine prefers */
		MUST(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	if (port)
		MUST(bind(s, (void *)&a, n));
	return s;
}

static void connect_to(int s, const char *to, int port)
{
	struct sockaddr_storage a;
	socklen_t n = name(&a, to, port);

	MUST(connect(s, (void *)&a, n));
}

static int listen_at(const char *at, int port, int backlog)
{
	int s = make(at, SOCK_STREAM, port);

	MUST(listen(s, backlog));
	return s;
}

/* Both ends of a connection to a listener. */
static void join(int listener, const char *from, int from_port, const char *to,
		 int port, int ends[2])
{
	ends[0] = make(from, SOCK_STREAM, from_port);
	connect_to(ends[0], to, port);
	ends[1] = MUST(accept(listener, NULL, NULL));
}

static void wait_for(int s, int events)
{
	struct pollfd p = { .fd = s, .events = events };

	MUST(poll(&p, 1, 5000) - 1);
}

/* Linux may delay an ACK. */
static void wait_state(int s, int state)
{
	struct tcp_info info = { 0 };
	socklen_t n;

	do {
		n = sizeof info;
		usleep(1000);
		MUST(getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &n));
	} while (info.tcpi_state != state);
}

static void open_tcp(void)
{
	int four = listen_at("127.0.0.1", 5000, 7), e[2], on = 1, value = 0x10;
	int dual = listen_at("::", 5001, 5), full, n;
	int only = make("::1", SOCK_STREAM, 0);
	struct sockaddr_storage a;
	socklen_t length = name(&a, "::1", 5002);

	MUST(setsockopt(only, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on));
	MUST(bind(only, (void *)&a, length));
	MUST(listen(only, 3));
	listen_at("127.0.0.2", 5003, 128);

	join(four, "127.0.0.1", 40001, "127.0.0.1", 5000, e);
	MUST(setsockopt(e[0], IPPROTO_IP, IP_TOS, &value, sizeof value));
	join(dual, "::1", 40002, "::1", 5001, e);
	join(dual, "127.0.0.1", 40003, "127.0.0.1", 5001, e);
	/* Something to be read. */
	join(four, "127.0.0.3", 40004, "127.0.0.1", 5000, e);
	MUST(write(e[0], "0123456789", 10));
	wait_for(e[1], POLLIN);
	/* One half closed. */
	join(four, "127.0.0.1", 40005, "127.0.0.1", 5000, e);
	MUST(shutdown(e[0], SHUT_WR));
	wait_for(e[1], POLLRDHUP);
	wait_state(e[0], TCP_FIN_WAIT2);
	/* TIME-WAIT at the client's. */
	join(four, "127.0.0.1", 40006, "127.0.0.1", 5000, e);
	close(e[0]);
	wait_for(e[1], POLLIN);
	close(e[1]);
	/* Not accepted. */
	full = make("127.0.0.1", SOCK_STREAM, 40007);
	connect_to(full, "127.0.0.1", 5000);
	wait_for(four, POLLIN);
	/* A keepalive that waits. */
	join(dual, "::1", 40008, "::1", 5001, e);
	MUST(setsockopt(e[0], SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));
	MUST(setsockopt(e[0], SOL_SOCKET, SO_MARK, &value, sizeof value));
	/* SYN-SENT, for ever: the accept queue is full. */
	n = listen_at("127.0.0.1", 5004, 0);
	connect_to(make("127.0.0.1", SOCK_STREAM, 40009), "127.0.0.1", 5004);
	wait_for(n, POLLIN);
	n = make("127.0.0.1", SOCK_STREAM, 40010);
	fcntl(n, F_SETFL, O_NONBLOCK);
	length = name(&a, "127.0.0.1", 5004);
	if (connect(n, (void *)&a, length) == 0 || errno != EINPROGRESS)
		exit(4);
}

static void open_datagrams(void)
{
	int s = make("127.0.0.1", SOCK_DGRAM, 6000);
	int value = 7;

	make("::", SOCK_DGRAM, 6001);
	MUST(setsockopt(s, SOL_SOCKET, SO_MARK, &value, sizeof value));
	s = make("127.0.0.1", SOCK_DGRAM, 6002);
	connect_to(s, "127.0.0.1", 6003);
	s = make("::1", SOCK_DGRAM, 6004);
	connect_to(s, "::1", 6001);
	s = make("0.0.0.0", SOCK_DGRAM, 0);
	MUST(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	{
		struct sockaddr_storage a;
		socklen_t n = name(&a, "0.0.0.0", 6005);

		MUST(bind(s, (void *)&a, n));
	}
	MUST(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	MUST(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	s = MUST(socket(AF_INET, SOCK_RAW, 99));
	connect_to(s, "127.0.0.1", 0);
}

static int make_unix(int type, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = MUST(socket(AF_UNIX, type, 0));
	socklen_t n = offsetof(struct sockaddr_un, sun_path);

	memcpy(a.sun_path, path, strlen(path));
	if (*path == '@')
		a.sun_path[0] = 0;
	else
		unlink(path);
	n += strlen(path) + (*path != '@');
	MUST(bind(s, (void *)&a, n));
	return s;
}

static void connect_unix(int s, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memcpy(a.sun_path, path, strlen(path));
	if (*path == '@')
		a.sun_path[0] = 0;
	MUST(connect(s, (void *)&a,
		     offsetof(struct sockaddr_un, sun_path) + strlen(path) +
			     (*path != '@')));
}

static void open_unix(void)
{
	int pair[2], s = make_unix(SOCK_STREAM, "/tmp/one.sock"), c;

	MUST(listen(s, 9));
	c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	connect_unix(c, "/tmp/one.sock");
	MUST(accept(s, NULL, NULL));
	c = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	connect_unix(c, "/tmp/one.sock"); /* not accepted */
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(write(pair[0], "abc", 3));
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	MUST(shutdown(pair[0], SHUT_WR));
	make_unix(SOCK_DGRAM, "@two");
	c = MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	connect_unix(c, "@two");
	MUST(listen(make_unix(SOCK_SEQPACKET, "@three"), 4));
}

static void open_others(void)
{
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK,
				  .nl_pid = 777777,
				  .nl_groups = 0x11 };
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ARP) };
	int s = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

	MUST(bind(s, (void *)&nl, sizeof nl));
	s = MUST(socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
	nl.nl_pid = 777778;
	nl.nl_groups = 1;
	MUST(bind(s, (void *)&nl, sizeof nl));
	s = MUST(socket(AF_PACKET, SOCK_DGRAM, 0));
	ll.sll_ifindex = (int)if_nametoindex("lo");
	MUST(bind(s, (void *)&ll, sizeof ll));
	MUST(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IPV6)));
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	open_tcp();
	open_datagrams();
	open_unix();
	open_others();
	execvp(argv[1], argv + 1);
	return 127;
}
