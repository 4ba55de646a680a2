// SPDX-License-Identifier: MIT
/*
 * Classic BPF programs on sockets other than AF_PACKET's: what each sees, what
 * it cuts off, who inherits it, and what is refused.
 */
#include "tests/abi/abi.h"

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#define SO_GET_FILTER SO_ATTACH_FILTER
#define RET(k) BPF_STMT(BPF_RET | BPF_K, (uint32_t)(k))
#define RET_A BPF_STMT(BPF_RET | BPF_A, 0)
#define LD(size, k) BPF_STMT(BPF_LD | BPF_ABS | (size), (uint32_t)(k))
#define LDX(k) BPF_STMT(BPF_LDX | BPF_IMM, k)
#define ADD(k) BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, k)
#define DIV_X BPF_STMT(BPF_ALU | BPF_DIV | BPF_X, 0)

static int attach_n(int fd, struct sock_filter *steps, unsigned count)
{
	struct sock_fprog program = { (unsigned short)count, steps };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof program);
}

#define ATTACH(fd, ...)                                                       \
	do {                                                                  \
		struct sock_filter steps_[] = { __VA_ARGS__ };                \
		SHOW(attach_n(fd, steps_, sizeof steps_ / sizeof steps_[0])); \
	} while (0)

static int detach(int fd)
{
	int v = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &v, sizeof v);
}

static int lock(int fd, int on)
{
	return setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on);
}

static int bound(int type, struct sockaddr_in *at)
{
	int fd = (int)MUST(socket(AF_INET, type, 0));
	socklen_t length = sizeof *at;

	*at = loopback(0);
	MUST(bind(fd, (struct sockaddr *)at, sizeof *at));
	MUST(getsockname(fd, (struct sockaddr *)at, &length));
	return fd;
}

/* A datagram over loopback needs a moment where another CPU delivers it. */
static ssize_t receive(int fd, void *to, size_t size)
{
	struct pollfd p = { fd, POLLIN, 0 };

	poll(&p, 1, 200);
	return recv(fd, to, size, MSG_DONTWAIT);
}

/* ---- UDP ---- */

/* Ten bytes to `fd`: what arrives. */
static void udp_try(int fd, const struct sockaddr_in *at)
{
	int from = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	char got[64] = "";
	ssize_t n;

	MUST(sendto(from, "0123456789", 10, 0, (const struct sockaddr *)at,
		    sizeof *at));
	n = receive(fd, got, sizeof got);
	if (n < 0)
		say("nothing: %s", strerrorname_np(errno));
	else
		say("%zd bytes: %.*s", n, (int)n, got);
	close(from);
}

static void udp(void)
{
	struct sockaddr_in at;
	int fd = bound(SOCK_DGRAM, &at);

	say("UDP");
	udp_try(fd, &at);
	ATTACH(fd, RET(0));
	udp_try(fd, &at);
	ATTACH(fd, RET(-1));
	udp_try(fd, &at);
	ATTACH(fd, RET(8 + 3));
	udp_try(fd, &at);
	ATTACH(fd, RET(8));
	udp_try(fd, &at);
	ATTACH(fd, RET(1)); /* the header stays */
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_H, 4), RET_A); /* its length */
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_B, 8), ADD(-'0' + 8 + 2), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_B, 18), RET(-1)); /* behind the end */
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_B, 17), RET(-1)); /* the last byte */
	udp_try(fd, &at);
	ATTACH(fd, BPF_STMT(BPF_LD | BPF_LEN, 0), ADD(-5), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_B, SKF_NET_OFF + 9), ADD(-17 + 8 + 4), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_H, SKF_NET_OFF + 2), ADD(-38 + 8 + 5), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_H, SKF_AD_OFF + SKF_AD_PROTOCOL), ADD(-0x800 + 8 + 6),
	       RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_W, SKF_AD_OFF + SKF_AD_IFINDEX), ADD(8 + 6), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LD(BPF_W, SKF_AD_OFF + SKF_AD_PAY_OFFSET), ADD(1), RET_A);
	udp_try(fd, &at);
	ATTACH(fd, LDX(0), DIV_X, RET(-1)); /* by zero */
	udp_try(fd, &at);
	SHOW(detach(fd));
	udp_try(fd, &at);
	SHOW(detach(fd));
	close(fd);
}

/* ---- What is refused ---- */

static void get(int fd, unsigned room)
{
	static struct sock_filter steps[8];
	socklen_t length = room;
	int result;

	memset(steps, 0, sizeof steps);
	result = getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, steps, &length);
	say("get %u: %s, length %u, first %#x %u", room,
	    result ? strerrorname_np(errno) : "0", length, steps[0].code,
	    steps[0].k);
}

static void errors(int fd)
{
	static struct sock_filter many[4097];
	struct sock_fprog program = { 1, many };
	int v = 0;
	socklen_t length = sizeof v;

	for (int i = 0; i < 4097; i++)
		many[i] = (struct sock_filter)RET(-1);
	SHOW(attach_n(fd, many, 0));
	SHOW(attach_n(fd, many, 4097));
	SHOW(attach_n(fd, many, 4096));
	SHOW(attach_n(fd, NULL, 1));
	SHOW(attach_n(fd, (struct sock_filter *)8, 1));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, 15));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, 17));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, NULL, 16));
	SHOW(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &v, 3));
	ATTACH(fd, LD(BPF_B, 0)); /* no return */
	ATTACH(fd, BPF_STMT(0xffff, 0), RET(0));
	ATTACH(fd, BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RET(0));
	ATTACH(fd, BPF_STMT(BPF_LD | BPF_MEM, 0), RET_A); /* never written */
	ATTACH(fd, BPF_STMT(BPF_ST, 16), RET(0));
	ATTACH(fd, BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RET(0));
	ATTACH(fd, LD(BPF_W, SKF_AD_OFF + 2), RET(0));
	get(fd, 0); /* the last that was good: 4096 */
	ATTACH(fd, LD(BPF_B, 3), RET_A, RET(1));
	get(fd, 0);
	get(fd, 2);
	get(fd, 3);
	get(fd, 8);
	SHOW(getsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &v, &length));
	say("locked %d", v);
	SHOW(lock(fd, 0));
	SHOW(lock(fd, 1));
	SHOW(getsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &v, &length));
	say("locked %d", v);
	SHOW(lock(fd, 1));
	SHOW(lock(fd, 0));
	SHOW(detach(fd));
	ATTACH(fd, RET(0));
	SHOW(attach_n(fd, many, 0));
	get(fd, 8);
}

/* ---- Raw and ping ---- */

static void raw(void)
{
	static const uint8_t echo[] = { 8, 0, 0xf7, 0xfd, 0, 1, 0, 1 };
	int fd = (int)MUST(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	struct sockaddr_in to = loopback(0);
	uint8_t got[64];

	say("raw");
	/* Replies alone, and of them IP's header and four bytes. */
	ATTACH(fd, LD(BPF_B, 20), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
	       RET(24), RET(0));
	MUST(sendto(fd, echo, sizeof echo, 0, (struct sockaddr *)&to,
		    sizeof to));
	SHOW(recv(fd, got, sizeof got, 0));
	say("version %d, type %d", got[0] >> 4, got[20]);
	SHOW(receive(fd, got, sizeof got));
	close(fd);
}

/* ---- TCP ---- */

static ssize_t wait_for(int fd, char *to, size_t n)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, 5000) == 1 ? recv(fd, to, n, 0) : -1;
}

static void tcp(void)
{
	struct sockaddr_in at;
	int listener = bound(SOCK_STREAM, &at);
	int client = (int)MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	struct pollfd p = { client, POLLOUT, 0 };
	char got[64] = "";
	int fd;

	say("TCP");
	MUST(listen(listener, 5));
	/* The listener wants no SYN, until one comes once more. */
	ATTACH(listener, RET(0));
	SHOW(connect(client, (struct sockaddr *)&at, sizeof at));
	say("open: %d", poll(&p, 1, 100));
	SHOW(detach(listener));
	say("open: %d", poll(&p, 1, 5000));
	fd = (int)MUST(accept(listener, NULL, NULL));
	get(fd, 0);
	/* No segment is wanted; then the retransmission is. */
	ATTACH(fd, RET(0));
	SHOW(send(client, "hello", 5, 0));
	p = (struct pollfd){ fd, POLLIN, 0 };
	say("readable: %d", poll(&p, 1, 50));
	SHOW(detach(fd));
	SHOW(wait_for(fd, got, sizeof got));
	say("%s", got);
	/* Header (timestamps) and five bytes: the rest comes again. */
	ATTACH(fd, RET(32 + 5));
	SHOW(send(client, "0123456789", 10, 0));
	memset(got, 0, sizeof got);
	SHOW(wait_for(fd, got, sizeof got));
	say("%s", got);
	SHOW(wait_for(fd, got, sizeof got));
	say("%.5s", got);
	/* Destination port, and a FIN behind what is cut. */
	ATTACH(fd, LD(BPF_H, 2),
	       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohs(at.sin_port), 0, 1),
	       RET(-1), RET(0));
	close(client);
	SHOW(wait_for(fd, got, sizeof got));
	close(fd);
	/* Children have it from their listener, and its lock. */
	ATTACH(listener, LDX(7), RET(-1));
	SHOW(lock(listener, 1));
	client = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(client, (struct sockaddr *)&at, sizeof at));
	fd = (int)MUST(accept(listener, NULL, NULL));
	get(fd, 8);
	SHOW(detach(fd));
	get(client, 0);
	close(client);
	close(listener);
	get(fd, 8);
	close(fd);
}

/* ---- Netlink ---- */

static void ask(int fd)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg i;
	} q = { { sizeof q, RTM_GETLINK, NLM_F_REQUEST, 1, 0 },
		{ .ifi_index = 1 } };
	static char answer[8192];
	ssize_t n;

	MUST(send(fd, &q, sizeof q, 0));
	n = receive(fd, answer, sizeof answer);
	say("%s", n < 0 ? strerrorname_np(errno) : n > 200 ? "all" : "a part");
	if (n >= 0 && n < 200)
		say("%zd bytes", n);
}

static void netlink(void)
{
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

	say("netlink");
	ask(fd);
	ATTACH(fd, RET(0));
	ask(fd);
	ATTACH(fd, RET(40));
	ask(fd);
	ATTACH(fd, LD(BPF_H, 4), /* type, bytes swapped */
	       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x1000, 0, 1), RET(-1),
	       RET(0));
	ask(fd);
	/* Where IFLA_IFNAME begins. */
	ATTACH(fd, LDX(IFLA_IFNAME), BPF_STMT(BPF_LD | BPF_IMM, 32),
	       LD(BPF_W, SKF_AD_OFF + SKF_AD_NLATTR), RET_A);
	ask(fd);
	ATTACH(fd, LDX(0x3ff), BPF_STMT(BPF_LD | BPF_IMM, 32),
	       LD(BPF_W, SKF_AD_OFF + SKF_AD_NLATTR), RET_A);
	ask(fd);
	ATTACH(fd, LDX(1), BPF_STMT(BPF_LD | BPF_IMM, 0xffffff),
	       LD(BPF_W, SKF_AD_OFF + SKF_AD_NLATTR_NEST), RET_A);
	ask(fd);
	SHOW(detach(fd));
	ask(fd);
	close(fd);
}

int main(void)
{
	struct sockaddr_in at;
	int fd;

	udp();
	errors(fd = bound(SOCK_DGRAM, &at));
	close(fd);
	raw();
	tcp();
	netlink();
	return 0;
}
