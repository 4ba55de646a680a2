// SPDX-License-Identifier: MIT
/*
 * Raw sockets: who gets a copy, and that those of other protocols cost a packet
 * nothing.
 */
#include "net/core/diag.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/ip/raw.h"
#include "tests/net/instructions.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define OSPF 89
#define NEIGHBOUR (OSPF + RAW_BUCKETS / 2) /* in the same chain */
#define OTHER 100
#define MANY 500

static struct endpoint *raw(struct scene *s, int family, int number)
{
	return host_socket(s->h, family, NET_SOCK_RAW, number);
}

static void send_one(void *arg)
{
	struct scene *s = arg;

	inject(s, frame_ip4(frame, &s->p, OSPF, "hello", 5));
}

static bool got_one(struct scene *s, struct endpoint *ep)
{
	uint8_t bytes[64];

	return host_receive(s->h, ep, bytes, sizeof bytes, NULL) == 25;
}

TEST(raw_packet_goes_to_each_socket_of_its_protocol_and_family)
{
	struct scene s = scene_new();
	struct endpoint *a = raw(&s, NET_IP4, OSPF);
	struct endpoint *b = raw(&s, NET_IP4, OSPF);
	struct endpoint *neighbour = raw(&s, NET_IP4, NEIGHBOUR);
	struct endpoint *six = raw(&s, NET_IP6, OSPF);

	send_one(&s);
	CHECK(got_one(&s, a));
	CHECK(got_one(&s, b));
	CHECK(!got_one(&s, neighbour));
	CHECK(!got_one(&s, six));
	host_close(s.h, b);
	send_one(&s);
	CHECK(got_one(&s, a));
	host_close(s.h, a);
	host_close(s.h, neighbour);
	host_close(s.h, six);
	world_free(s.w);
}

TEST(raw_sockets_of_other_protocols_cost_a_packet_nothing)
{
	struct scene s = scene_new();
	struct endpoint *own = raw(&s, NET_IP4, OSPF), *others[MANY];
	uint64_t alone, among;

	world_settle(s.w);
	alone = instructions_of(send_one, &s);
	for (int i = 0; i < MANY; i++)
		others[i] = raw(&s, NET_IP4, OTHER);
	world_settle(s.w);
	among = instructions_of(send_one, &s);
	CHECK(among < alone + alone / 8);
	send_one(&s);
	CHECK(got_one(&s, own));
	host_close(s.h, own);
	for (int i = 0; i < MANY; i++)
		host_close(s.h, others[i]);
	world_free(s.w);
}

/* In steps, as dumps go: each once, whatever the chain. */
TEST(raw_sockets_are_all_listed_once)
{
	struct scene s = scene_new();
	static const int numbers[] = { 1, OSPF, OSPF, NEIGHBOUR, OTHER, 255 };
	struct endpoint *ep[2 * ARRAY_LEN(numbers)];
	struct sockstat_info info = { 0 };
	int seen[2 * ARRAY_LEN(numbers)] = { 0 };
	struct diag_walk walk = { 0 };
	int steps = 0;

	for (size_t i = 0; i < ARRAY_LEN(ep); i++)
		ep[i] = raw(&s, i % 2 ? NET_IP6 : NET_IP4, numbers[i / 2]);
	world_settle(s.w);
	for (; !walk.budget && steps < 100; steps++) {
		struct demux_entry *entry;

		walk.budget = 2;
		while ((entry = raw_diag.next(s.h->net, &walk)))
			for (size_t i = 0; i < ARRAY_LEN(ep); i++)
				seen[i] += entry_endpoint(entry) == ep[i];
	}
	CHECK(steps < 100);
	for (size_t i = 0; i < ARRAY_LEN(ep); i++)
		CHECK_EQ(seen[i], 1);
	raw_sockstat(s.h->net, &info);
	CHECK_EQ(info.raw_inuse, ARRAY_LEN(numbers));
	CHECK_EQ(info.raw6_inuse, ARRAY_LEN(numbers));
	for (size_t i = 0; i < ARRAY_LEN(ep); i++)
		host_close(s.h, ep[i]);
	world_free(s.w);
}
