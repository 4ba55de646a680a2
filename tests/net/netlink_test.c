// SPDX-License-Identifier: MIT
/*
 * Netlink sockets on the host: what programs cannot see from outside, or not
 * each time. How much of a dump is made at once, what small programs of filters
 * read, and a stack that never came to life.
 */
#include <string.h>

#include "lib/errno.h"
#include "net/netlink/netlink.h"
#include "tests/net/port_host.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define NETLINK_FAMILY 16
#define SOCK_DIAG_BY_FAMILY 20
#define RTM_GETADDR 22
#define ALL_STATES 0xfff
#define BYTECODE 1 /* INET_DIAG_REQ_BYTECODE */

static uint8_t request[512];
static uint8_t answer[NL_MESSAGE_MAX];

static struct endpoint *open_socket(struct scene *s, int protocol)
{
	return host_socket(s->h, NETLINK_FAMILY, NET_SOCK_RAW, protocol);
}

static void post(struct endpoint *ep, const struct nl_writer *w)
{
	struct datagram *d = datagram_new(w->used);
	uint8_t *to;

	CHECK(datagram_span(d, 0, &to) >= w->used);
	memcpy(to, w->buffer, w->used);
	d->flags |= DATAGRAM_ADMIN;
	CHECK_EQ(endpoint_send_datagram(ep, d), 0);
	endpoint_kick(ep);
}

/* One datagram of an answer; its length, or -1. */
static long receive(struct scene *s, struct endpoint *ep)
{
	struct datagram *d = endpoint_receive_datagram(ep);
	uint32_t at = 0, n;
	uint8_t *from;

	if (!d)
		return -1;
	CHECK(d->length <= sizeof answer);
	for (; at < d->length; at += n) {
		n = datagram_span(d, at, &from);
		memcpy(answer + at, from, n);
	}
	datagram_free(d);
	endpoint_kick(ep);
	return at;
}

static struct nl_writer begin(uint16_t type, uint32_t *start)
{
	struct nl_writer w = { .buffer = request, .size = sizeof request };
	struct nl_header h = { .type = type,
			       .flags = NL_REQUEST | NL_DUMP,
			       .sequence = 7 };

	*start = nl_begin(&w, &h);
	return w;
}

/* ---- Dumps ---- */

#define MANY 600 /* addresses: some 60 bytes each in a dump */

static void give_addresses(struct scene *s)
{
	for (uint32_t i = 0; i < MANY; i++) {
		struct config_request r = { .op = CONFIG_ADD_ADDRESS,
					    .name = "eth0",
					    .addr = addr_ip4(0x0a010000 + i),
					    .bits = 32 };

		CHECK_EQ(host_configure(s->h, &r), 0);
	}
}

static struct nl_writer ask_for_addresses(void)
{
	uint32_t start;
	struct nl_writer w = begin(RTM_GETADDR, &start);

	memset(nl_room(&w, 8), 0, 8);
	CHECK(nl_end(&w, start));
	return w;
}

TEST(a_dump_is_one_part_ahead_of_its_reader)
{
	struct scene s = scene_new();
	struct endpoint *ep = open_socket(&s, NL_ROUTE);
	struct nl_writer w = ask_for_addresses();
	struct nl_header h;
	int messages = 0, parts = 0;
	long length;

	give_addresses(&s);
	post(ep, &w);
	world_settle(s.w);
	CHECK_EQ(atomic_load(&ep->rx_queued), 2);
	for (h.type = 0; h.type != NL_DONE; parts++) {
		length = receive(&s, ep);
		CHECK(length > 0);
		for (long at = 0; at < length; at += (h.length + 3) & ~3u) {
			CHECK(nl_read_header(answer + at,
					     (uint32_t)(length - at), &h));
			CHECK_EQ(h.sequence, 7);
			CHECK(h.flags & NL_MULTI);
			messages += h.type != NL_DONE;
		}
		world_settle(s.w);
		CHECK(atomic_load(&ep->rx_queued) <= 2);
	}
	CHECK(messages >= MANY);
	CHECK(parts > 3);
	CHECK_EQ(receive(&s, ep), -1);
	host_close(s.h, ep);
	world_free(s.w);
}

/* SO_ATTACH_FILTER that takes nothing: nobody reads what would slow it down. */
TEST(a_dump_that_nobody_gets_is_made_in_steps)
{
	static const uint8_t nothing[8] = { 6 }; /* ret #0 */
	struct scene s = scene_new();
	struct endpoint *ep = open_socket(&s, NL_ROUTE);
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = NET_SOL_SOCKET,
				      .option = NET_SO_ATTACH_FILTER,
				      .value = (void *)(uintptr_t)nothing,
				      .length = sizeof nothing };
	struct nl_writer w = ask_for_addresses();
	struct nl_socket *socket;
	int steps = 0;

	give_addresses(&s);
	CHECK_EQ(host_request(s.h, ep, &r), 0);
	socket = ep->half;
	post(ep, &w);
	net_run(s.h->net, s.w->now);
	for (; socket->dump && steps < 100; steps++) {
		world_run(s.w, NSEC_PER_MSEC);
	}
	CHECK(steps >= 3 && steps < 100);
	CHECK_EQ(receive(&s, ep), -1);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- Filters of sock_diag ---- */

/* How many messages a dump of UDP sockets has with this filter. */
static int count_udp(struct scene *s, const uint8_t *code, uint16_t length)
{
	struct endpoint *ep = open_socket(s, NL_SOCK_DIAG);
	uint32_t start;
	struct nl_writer w = begin(SOCK_DIAG_BY_FAMILY, &start);
	uint8_t *body = nl_room(&w, 56); /* struct inet_diag_req_v2 */
	struct nl_header h;
	int count = 0;
	long n;

	memset(body, 0, 56);
	body[0] = 2; /* AF_INET */
	body[1] = 17;
	put_le32(body + 4, ALL_STATES);
	nl_put(&w, BYTECODE, code, length);
	CHECK(nl_end(&w, start));
	post(ep, &w);
	world_settle(s->w);
	while ((n = receive(s, ep)) > 0) {
		for (long at = 0; at < n; at += (h.length + 3) & ~3u) {
			CHECK(nl_read_header(answer + at, (uint32_t)(n - at),
					     &h));
			count += h.type == SOCK_DIAG_BY_FAMILY;
			if (h.type == NL_DONE && h.length >= NL_HEADER + 4 &&
			    get_le32(answer + at + NL_HEADER))
				count = (int)get_le32(answer + at + NL_HEADER);
			if (h.type == NL_ERROR)
				count = (int)get_le32(answer + at + NL_HEADER);
		}
		world_settle(s->w);
	}
	host_close(s->h, ep);
	return count;
}

TEST(filters_of_sock_diag_choose_by_port_and_address)
{
	static const uint8_t nop[] = { 0, 4, 8, 0 };
	static const uint8_t port_is[] = { 11, 8, 12, 0, 0, 0, 0xd0, 7 };
	static const uint8_t least[] = { 2, 8, 12, 0, 0, 0, 0xd1, 7 };
	static const uint8_t most[] = { 3, 8, 12, 0, 0, 0, 0xd1, 7 };
	static const uint8_t from[] = { 7,    16,   20,	  0,	2,  24, 0, 0,
					0xff, 0xff, 0xff, 0xff, 10, 0,	0, 0 };
	/* If it is 2000, jump over everything: out. */
	static const uint8_t not [] = {
		11, 8, 12, 0, 0, 0, 0xd0, 7, 1, 4, 8, 0
	};
	/* Chosen by bind() itself: a condition that is all head. */
	static const uint8_t automatic[] = { 6, 4, 8, 0 };
	struct scene s = scene_new();
	struct endpoint *a = udp_bound(&s, 2000), *b = udp_bound(&s, 2001);
	struct endpoint *c = udp_bound(&s, 2002);
	int all = count_udp(&s, nop, sizeof nop);

	CHECK(all >= 3);
	CHECK_EQ(count_udp(&s, port_is, sizeof port_is), 1);
	CHECK_EQ(count_udp(&s, most, sizeof most), all - 1);
	CHECK_EQ(count_udp(&s, least, sizeof least), 2);
	CHECK_EQ(count_udp(&s, from, sizeof from), 0);
	CHECK_EQ(host_connect(s.h, c, "10.0.0.2", 9), 0);
	CHECK_EQ(count_udp(&s, from, sizeof from), 1);
	CHECK_EQ(count_udp(&s, not, sizeof not ), all - 1);
	CHECK_EQ(count_udp(&s, automatic, sizeof automatic), all - 3);
	CHECK_EQ(count_udp(&s, nop, 3), -EINVAL);
	host_close(s.h, a);
	host_close(s.h, b);
	host_close(s.h, c);
	world_free(s.w);
}

/* ---- Life ---- */

TEST(a_stack_without_memory_leaves_nothing_behind)
{
	struct net_config config = { .now = NSEC_PER_SEC };
	long in_use = port_host_in_use();
	struct net *net = NULL;
	int fail = 0;

	for (; !net && fail < 1000; fail++) {
		port_host_fail_after(fail);
		net = net_create(&config);
		port_host_fail_after(-1);
		if (!net)
			CHECK_EQ(port_host_in_use(), in_use);
	}
	CHECK(fail > 10 && net);
	net_destroy(net);
	CHECK_EQ(port_host_in_use(), in_use);
}
