// SPDX-License-Identifier: MIT
/*
 * NETLINK_SOCK_DIAG and NETLINK_GENERIC with requests that ss(8) would not make:
 * each malformed one has its error and changes nothing; filter programs are
 * checked before they run; ending a connection is seen by its program.
 */
#include "tests/abi/abi.h"

#include <linux/genetlink.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stddef.h>

static int diag;

/* Sends one message; its answer's error, or how many sockets were shown. */
static int ask(int fd, int type, int flags, const void *body, size_t length)
{
	char buffer[32768];
	struct nlmsghdr *h = (void *)buffer;
	int shown = 0;
	ssize_t n;

	memset(buffer, 0, NLMSG_HDRLEN);
	*h = (struct nlmsghdr){ .nlmsg_len = (uint32_t)NLMSG_LENGTH(length),
				.nlmsg_type = (uint16_t)type,
				.nlmsg_flags = (uint16_t)(flags | 1) };
	memcpy(NLMSG_DATA(h), body, length);
	MUST(send(fd, buffer, NLMSG_LENGTH(length), 0));
	for (;;) {
		n = MUST(recv(fd, buffer, sizeof buffer, 0));
		for (h = (void *)buffer; NLMSG_OK(h, (size_t)n);
		     h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_ERROR ||
			    h->nlmsg_type == NLMSG_DONE) {
				int error = *(int *)NLMSG_DATA(h);

				return error ? error : shown;
			}
			shown++;
			if (!(h->nlmsg_flags & NLM_F_MULTI))
				return shown;
		}
	}
}

static struct inet_diag_req_v2 request(int family, int protocol)
{
	struct inet_diag_req_v2 r = { .sdiag_family = (uint8_t)family,
				      .sdiag_protocol = (uint8_t)protocol,
				      .idiag_states = 0xfff };

	r.id.idiag_cookie[0] = r.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return r;
}

static void tell(const char *what, int result)
{
	say("%s: %s", what, result < 0 ? strerror(-result) : "answered");
}

/* ---- What is no request ---- */

static void malformed(void)
{
	struct inet_diag_req_v2 r = request(AF_INET, IPPROTO_TCP);
	struct unix_diag_req u = { .sdiag_family = AF_UNIX,
				   .udiag_states = ~0u,
				   .udiag_cookie = { ~0u, ~0u } };
	struct netlink_diag_req n = { .sdiag_family = AF_NETLINK,
				      .sdiag_protocol = 77 };
	struct packet_diag_req p = { .sdiag_family = AF_PACKET,
				     .sdiag_protocol = 3 };
	int by = SOCK_DIAG_BY_FAMILY, dump = NLM_F_DUMP;

	tell("nothing", ask(diag, by, dump, "", 0));
	tell("one byte", ask(diag, by, dump, &r, 1));
	tell("half", ask(diag, by, dump, &r, 20));
	tell("half, exact", ask(diag, by, 0, &r, 20));
	tell("type 22", ask(diag, 22, dump, &r, sizeof r));
	tell("type 99", ask(diag, 99, dump, &r, sizeof r));
	r.sdiag_family = 3;
	tell("family 3", ask(diag, by, dump, &r, sizeof r));
	r.sdiag_family = 200;
	tell("family 200", ask(diag, by, dump, &r, sizeof r));
	r = request(AF_INET, IPPROTO_SCTP);
	tell("SCTP", ask(diag, by, dump, &r, sizeof r));
	r = request(AF_INET, IPPROTO_TCP);
	tell("no such connection", ask(diag, by, 0, &r, sizeof r));
	tell("end no such connection",
	     ask(diag, SOCK_DESTROY, 0, &r, sizeof r));
	tell("unix, short", ask(diag, by, dump, &u, 8));
	tell("unix, inode 0", ask(diag, by, 0, &u, sizeof u));
	u.udiag_ino = 0x7fffffff;
	tell("unix, no such inode", ask(diag, by, 0, &u, sizeof u));
	tell("unix, end", ask(diag, SOCK_DESTROY, 0, &u, sizeof u));
	tell("netlink, short", ask(diag, by, dump, &n, 8));
	tell("netlink 77", ask(diag, by, dump, &n, sizeof n));
	tell("netlink, one", ask(diag, by, 0, &n, sizeof n));
	tell("packet, short", ask(diag, by, dump, &p, 8));
	tell("packet of a protocol", ask(diag, by, dump, &p, sizeof p));
	p.sdiag_protocol = 0;
	tell("packet, one", ask(diag, by, 0, &p, sizeof p));
}

/* ---- Filters ---- */

struct filter {
	struct inet_diag_req_v2 r;
	struct nlattr attr;
	struct inet_diag_bc_op code[12];
};

static int filtered(const struct inet_diag_bc_op *code, size_t bytes)
{
	struct filter f = { .r = request(AF_INET, IPPROTO_TCP) };

	f.r.id.idiag_sport = htons(4711);
	f.attr.nla_type = INET_DIAG_REQ_BYTECODE;
	f.attr.nla_len = (uint16_t)(sizeof f.attr + bytes);
	memcpy(f.code, code, bytes);
	return ask(diag, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &f,
		   offsetof(struct filter, code) + ((bytes + 3) & ~3u));
}

#define FILTER(...)                                                     \
	({                                                              \
		const struct inet_diag_bc_op code_[] = { __VA_ARGS__ }; \
		int n_ = filtered(code_, sizeof code_);                 \
		say("%s: %d", #__VA_ARGS__, n_);                        \
	})

static void filters(void)
{
	int s = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), on = 1;
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(4711),
				 .sin_addr.s_addr = htonl(0x7f000001) };
	static const struct inet_diag_bc_op nothing[1];

	MUST(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	MUST(bind(s, (void *)&a, sizeof a));
	MUST(listen(s, 1));
	say("empty: %d", filtered(nothing, 0));
	say("half a step: %d", filtered(nothing, 2));
	FILTER({ INET_DIAG_BC_NOP, 4, 0 });
	FILTER({ INET_DIAG_BC_NOP, 0, 0 });
	FILTER({ INET_DIAG_BC_NOP, 8, 0 });
	FILTER({ INET_DIAG_BC_NOP, 5, 0 });
	FILTER({ INET_DIAG_BC_NOP, 4, 0 }, { INET_DIAG_BC_NOP, 4, 0 });
	FILTER({ INET_DIAG_BC_JMP, 4, 4 });
	FILTER({ INET_DIAG_BC_JMP, 4, 8 });
	FILTER({ INET_DIAG_BC_JMP, 4, 12 });
	FILTER({ INET_DIAG_BC_JMP, 4, 0 });
	FILTER({ INET_DIAG_BC_JMP, 4, 6 });
	FILTER({ INET_DIAG_BC_AUTO, 4, 8 });
	FILTER({ 14, 4, 4 });
	FILTER({ 255, 4, 4 });
	FILTER({ INET_DIAG_BC_S_EQ, 8, 12 }, { 0, 0, 4711 });
	FILTER({ INET_DIAG_BC_S_EQ, 8, 12 }, { 0, 0, 4712 });
	FILTER({ INET_DIAG_BC_S_GE, 8, 12 }, { 0, 0, 4711 });
	FILTER({ INET_DIAG_BC_S_GE, 8, 12 }, { 0, 0, 4712 });
	FILTER({ INET_DIAG_BC_S_LE, 8, 12 }, { 0, 0, 4711 });
	FILTER({ INET_DIAG_BC_S_LE, 8, 12 }, { 0, 0, 4710 });
	FILTER({ INET_DIAG_BC_D_EQ, 8, 12 }, { 0, 0, 0 });
	FILTER({ INET_DIAG_BC_S_EQ, 8, 12 });
	FILTER({ INET_DIAG_BC_S_EQ, 4, 12 }, { 0, 0, 4711 });
	FILTER({ INET_DIAG_BC_S_EQ, 8, 4 }, { 0, 0, 4711 });
	FILTER({ INET_DIAG_BC_DEV_COND, 8, 12 }, { 0, 0, 0 });
	FILTER({ INET_DIAG_BC_DEV_COND, 8, 12 }, { 1, 0, 0 });
	FILTER({ INET_DIAG_BC_DEV_COND, 4, 8 });
	FILTER({ INET_DIAG_BC_MARK_COND, 12, 16 }, { 0, 0, 0 }, { 255, 0, 0 });
	FILTER({ INET_DIAG_BC_MARK_COND, 12, 16 }, { 1, 0, 0 }, { 255, 0, 0 });
	FILTER({ INET_DIAG_BC_MARK_COND, 8, 12 }, { 1, 0, 0 });
	/* family, prefix, padding; port; address */
	FILTER({ INET_DIAG_BC_S_COND, 16, 20 }, { AF_INET, 32, 0 },
	       { 255, 255, 65535 }, { 127, 0, 256 });
	FILTER({ INET_DIAG_BC_S_COND, 16, 20 }, { AF_INET, 8, 0 },
	       { 255, 255, 65535 }, { 127, 9, 9 });
	FILTER({ INET_DIAG_BC_S_COND, 16, 20 }, { AF_INET, 9, 0 },
	       { 255, 255, 65535 }, { 127, 128, 9 });
	FILTER({ INET_DIAG_BC_S_COND, 16, 20 }, { AF_INET, 33, 0 },
	       { 255, 255, 65535 }, { 127, 0, 256 });
	FILTER({ INET_DIAG_BC_S_COND, 12, 16 }, { AF_INET, 0, 0 },
	       { 255, 255, 65535 });
	FILTER({ INET_DIAG_BC_S_COND, 12, 16 }, { AF_UNSPEC, 0, 0 },
	       { 255, 255, 65535 });
	FILTER({ INET_DIAG_BC_S_COND, 12, 16 }, { AF_UNSPEC, 0, 0 },
	       { 103, 18, 0 });
	FILTER({ INET_DIAG_BC_S_COND, 12, 16 }, { AF_UNSPEC, 0, 0 },
	       { 104, 18, 0 });
	FILTER({ INET_DIAG_BC_S_COND, 12, 16 }, { 77, 0, 0 },
	       { 255, 255, 65535 });
	/* not sport = 4711; sport = 1 or sport = 4711 */
	FILTER({ INET_DIAG_BC_S_EQ, 8, 12 }, { 0, 0, 4711 },
	       { INET_DIAG_BC_JMP, 4, 8 });
	FILTER({ INET_DIAG_BC_S_EQ, 8, 12 }, { 0, 0, 1 },
	       { INET_DIAG_BC_JMP, 4, 12 }, { INET_DIAG_BC_S_EQ, 8, 12 },
	       { 0, 0, 4711 });
	/* into the middle of an argument */
	FILTER({ INET_DIAG_BC_JMP, 4, 8 }, { INET_DIAG_BC_S_EQ, 8, 12 },
	       { 0, 0, 4711 });
	close(s);
}

/* ---- Ending one ---- */

static void nobody(void)
{
	struct inet_diag_req_v2 r = request(AF_INET, IPPROTO_TCP);
	int fd;

	MUST(setresuid(1000, 1000, 1000));
	fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	r.id.idiag_sport = htons(4713);
	r.id.idiag_src[0] = r.id.idiag_dst[0] = htonl(0x7f000001);
	tell("end it as nobody", ask(fd, SOCK_DESTROY, 0, &r, sizeof r));
}

static void ending(void)
{
	int listener = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), on = 1;
	int client = (int)MUST(socket(AF_INET, SOCK_STREAM, 0)), server;
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(4713),
				 .sin_addr.s_addr = htonl(0x7f000001) };
	struct inet_diag_req_v2 r = request(AF_INET, IPPROTO_TCP);
	struct pollfd p;
	socklen_t n = sizeof a;
	char c;

	MUST(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	MUST(bind(listener, (void *)&a, sizeof a));
	MUST(listen(listener, 1));
	MUST(connect(client, (void *)&a, sizeof a));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(getsockname(client, (void *)&a, &n));
	r.id.idiag_sport = a.sin_port;
	r.id.idiag_dport = htons(4713);
	r.id.idiag_src[0] = r.id.idiag_dst[0] = htonl(0x7f000001);
	r.id.idiag_cookie[0] = 12345;
	tell("with another's cookie", ask(diag, SOCK_DESTROY, 0, &r, sizeof r));
	tell("look at it with another's cookie",
	     ask(diag, SOCK_DIAG_BY_FAMILY, 0, &r, sizeof r));
	r.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	if (fork() == 0) {
		nobody();
		_exit(0);
	}
	wait(NULL);
	tell("look at it", ask(diag, SOCK_DIAG_BY_FAMILY, 0, &r, sizeof r));
	tell("end it", ask(diag, SOCK_DESTROY, NLM_F_ACK, &r, sizeof r));
	tell("end it again", ask(diag, SOCK_DESTROY, NLM_F_ACK, &r, sizeof r));
	p = (struct pollfd){ .fd = client, .events = POLLIN };
	SHOW(poll(&p, 1, 1000));
	OK(p.revents & POLLERR);
	SHOW(recv(client, &c, 1, 0));
	SHOW(recv(client, &c, 1, 0));
	SHOW(send(client, "x", 1, MSG_NOSIGNAL));
	p = (struct pollfd){ .fd = server, .events = POLLIN };
	SHOW(poll(&p, 1, 1000));
	SHOW(recv(server, &c, 1, 0));
	close(client);
	close(server);
	close(listener);
}

static void ending_udp(void)
{
	int s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(4714),
				 .sin_addr.s_addr = htonl(0x7f000001) };
	struct inet_diag_req_v2 r = request(AF_INET, IPPROTO_UDP);
	char c;

	MUST(bind(s, (void *)&a, sizeof a));
	r.id.idiag_sport = htons(4714);
	r.id.idiag_src[0] = htonl(0x7f000001);
	tell("end UDP", ask(diag, SOCK_DESTROY, NLM_F_ACK, &r, sizeof r));
	SHOW(recv(s, &c, 1, MSG_DONTWAIT));
	SHOW(recv(s, &c, 1, MSG_DONTWAIT));
	close(s);
}

/* ---- Who listens to the end ---- */

static void broadcasts(void)
{
	int group = 2 /* SKNLGRP_INET_UDP_DESTROY */, s, n;
	int ears = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(4715),
				 .sin_addr.s_addr = htonl(0x7f000001) };
	struct sockaddr_nl nl = { .nl_family = AF_NETLINK };
	char buffer[4096];
	struct nlmsghdr *h = (void *)buffer;
	struct inet_diag_msg *m = NLMSG_DATA(h);

	MUST(bind(ears, (void *)&nl, sizeof nl));
	SHOW(setsockopt(ears, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			sizeof group));
	s = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(bind(s, (void *)&a, sizeof a));
	close(s);
	do {
		n = (int)MUST(recv(ears, buffer, sizeof buffer, 0));
	} while (m->id.idiag_sport != htons(4715));
	OK(n >= (int)(NLMSG_HDRLEN + sizeof *m));
	say("type %d family %d state %d", h->nlmsg_type, m->idiag_family,
	    m->idiag_state);
	close(ears);
}

/* ---- Generic ---- */

struct generic {
	struct genlmsghdr h;
	struct nlattr attr;
	char name[32];
};

static int ask_generic(int fd, int type, int command, int flags, int number,
		       const char *name)
{
	struct generic g = { .h = { .cmd = (uint8_t)command, .version = 1 } };
	size_t n = strlen(name) + 1;

	g.attr.nla_type = (uint16_t)number;
	g.attr.nla_len = (uint16_t)(sizeof g.attr + n);
	strcpy(g.name, name);
	return ask(fd, type, flags, &g,
		   offsetof(struct generic, name) + ((n + 3) & ~3ul));
}

static void generic(void)
{
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC));
	int ctrl = GENL_ID_CTRL, name = CTRL_ATTR_FAMILY_NAME;

	tell("nlctrl",
	     ask_generic(fd, ctrl, CTRL_CMD_GETFAMILY, 0, name, "nlctrl"));
	tell("no such family",
	     ask_generic(fd, ctrl, CTRL_CMD_GETFAMILY, 0, name, "nosuch"));
	tell("a long name", ask_generic(fd, ctrl, CTRL_CMD_GETFAMILY, 0, name,
					"xxxxxxxxxxxxxxxxxxxx"));
	tell("no attribute",
	     ask_generic(fd, ctrl, CTRL_CMD_GETFAMILY, 0, 55, "nlctrl"));
	tell("no such command", ask_generic(fd, ctrl, 77, 0, name, "nlctrl"));
	tell("a policy, at once",
	     ask_generic(fd, ctrl, CTRL_CMD_GETPOLICY, 0, name, "nlctrl"));
	tell("a policy", ask_generic(fd, ctrl, CTRL_CMD_GETPOLICY, NLM_F_DUMP,
				     name, "nlctrl"));
	tell("no such family's policy",
	     ask_generic(fd, ctrl, CTRL_CMD_GETPOLICY, NLM_F_DUMP, name,
			 "nosuch"));
	tell("no such number",
	     ask_generic(fd, 9999, CTRL_CMD_GETFAMILY, 0, name, "nlctrl"));
	tell("no header", ask(fd, ctrl, 0, "", 0));
	close(fd);
}

int main(void)
{
	diag = (int)MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG));
	malformed();
	filters();
	ending();
	ending_udp();
	broadcasts();
	generic();
	return 0;
}
