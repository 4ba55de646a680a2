// SPDX-License-Identifier: MIT
/*
 * Dialogues about ARP and the neighbour table.
 */
#include <stdio.h>

#include <stdlib.h>

#include "lib/errno.h"
#include "net/ip/ip.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/udp.h"
#include "tests/net/instructions.h"
#include "tests/net/port_host.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

TEST(arp_request_for_our_address_is_answered)
{
	struct scene s = scene_new();
	struct frame *f;

	inject(&s, frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			     0x0a000001));
	f = host_next(s.h);
	CHECK(f != NULL);
	CHECK_MEM(f->bytes, s.p.mac, 6);
	CHECK_EQ(get_be16(f->bytes + 20), ARP_REPLY);
	CHECK_EQ(f->why, WHY_ARP_REPLY);
	free(f);
	inject(&s, frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			     0x0a000009));
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_ARP_NOT_FOR_US), 1);
	world_free(s.w);
}

TEST(arp_packet_that_is_cut_is_counted)
{
	struct scene s = scene_new();
	uint32_t n = frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			       0x0a000001);

	for (uint32_t cut = 1; cut < n; cut++)
		inject(&s, cut);
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_PACKET_TOO_SHORT) +
			 drops(&s, REASON_ARP_MALFORMED),
		 n - 1);
	world_free(s.w);
}

TEST(packets_wait_for_the_neighbour_in_order)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;

	for (int i = 0; i < 5; i++) {
		uint8_t byte = (uint8_t)i;

		CHECK_EQ(host_send_to(s.h, ep, "10.0.0.2", 7, &byte, 1), 0);
	}
	expect_arp(&s, ARP_REQUEST, 0x0a000002);
	host_expect_nothing(s.h);
	inject(&s, frame_arp(frame, ARP_REPLY, s.p.mac, 0x0a000002,
			     s.h->netif.mac, 0x0a000001));
	for (int i = 0; i < 5; i++) {
		struct frame *f = expect_ip(&s, 17, &h);

		CHECK_MEM(f->bytes, s.p.mac, 6);
		CHECK_EQ(f->bytes[14 + 20 + 8], i);
		free(f);
	}
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(neighbour_queue_is_bounded)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);

	for (int i = 0; i < NEIGHBOUR_QUEUE + 10; i++)
		host_send_to(s.h, ep, "10.0.0.2", 7, "x", 1);
	CHECK_EQ(drops(&s, REASON_NEIGHBOUR_QUEUE_FULL), 10);
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc1122 3.3.1.4 */
TEST(silent_neighbour_is_asked_three_times_then_the_sender_is_told)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_connect(s.h, ep, "10.0.0.2", 7), 0);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_RECVERR, 1);
	host_send_to(s.h, ep, NULL, 0, "x", 1);
	for (int i = 0; i < 3; i++) {
		expect_arp(&s, ARP_REQUEST, 0x0a000002);
		host_expect_nothing(s.h);
		CHECK_EQ(endpoint_take_error(ep), 0);
		world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NEIGHBOUR_UNREACHABLE), 1);
	CHECK_EQ(endpoint_take_error(ep), -EHOSTUNREACH);
	/* Asked again when there is something to send again. */
	host_send_to(s.h, ep, NULL, 0, "x", 1);
	expect_arp(&s, ARP_REQUEST, 0x0a000002);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(stale_neighbour_is_used_and_probed_by_unicast)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	world_run(s.w, 40 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	host_send_to(s.h, ep, "10.0.0.2", 7, "x", 1);
	free(expect_ip(&s, 17, &h));
	host_expect_nothing(s.h);
	world_run(s.w, 6 * NSEC_PER_SEC);
	f = host_next(s.h);
	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_ARP);
	CHECK_MEM(f->bytes, s.p.mac, 6);
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}

/* sendto(MSG_CONFIRM) of one byte to the peer. */
static void send_confirming(struct scene *s, struct endpoint *ep)
{
	struct datagram *d = datagram_new(1);

	d->flags = DATAGRAM_HAS_NAME | DATAGRAM_CONFIRM;
	d->remote.addr = host_addr("10.0.0.2");
	d->remote.port = 7;
	CHECK_EQ(endpoint_send_datagram(ep, d), 0);
	world_settle(s->w);
}

/* rfc4861 7.3.1 */
TEST(neighbour_that_is_confirmed_from_above_is_not_probed)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;

	peer_introduce(&s.p, s.h);
	world_run(s.w, 40 * NSEC_PER_SEC);
	host_send_to(s.h, ep, "10.0.0.2", 7, "x", 1);
	free(expect_ip(&s, 17, &h));
	world_run(s.w, 4 * NSEC_PER_SEC);
	/* MSG_CONFIRM, within the five seconds of DELAY. */
	send_confirming(&s, ep);
	free(expect_ip(&s, 17, &h));
	world_run(s.w, 6 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(nobody_can_claim_our_own_address)
{
	struct scene s = scene_new();

	inject(&s, frame_arp(frame, ARP_REPLY, s.p.mac, 0x0a000001,
			     s.h->netif.mac, 0x0a000001));
	CHECK(neighbour_find(s.h->net, &s.h->netif, &s.h->addr) == NULL);
	world_free(s.w);
}

TEST(what_waits_for_silent_neighbours_is_bounded_in_bytes)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 5000);
	static uint8_t data[1400];
	char to[32];

	CHECK_EQ(host_set(s.h, ep, NET_SOL_SOCKET, NET_SO_SNDBUFFORCE, 1 << 29),
		 0);
	for (int n = 0; n < 7000; n++) {
		snprintf(to, sizeof to, "10.0.0.%d", 100 + n % 100);
		host_send_to(s.h, ep, to, 7, data, sizeof data);
	}
	CHECK(s.h->net->neighbours.held_bytes >= NEIGHBOUR_HELD_BYTES);
	CHECK(s.h->net->neighbours.held_bytes < NEIGHBOUR_HELD_BYTES + 2000);
	CHECK(drops(&s, REASON_NEIGHBOUR_QUEUE_FULL) > 500);
	world_run(s.w, 60 * NSEC_PER_SEC);
	CHECK_EQ(s.h->net->neighbours.held_bytes, 0);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- Many of them ---- */

static struct net_addr many_addr(uint32_t i)
{
	return addr_ip4(0x0a010000 + i);
}

static void make_neighbours(struct scene *s, uint32_t from, uint32_t to)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };

	for (uint32_t i = from; i < to; i++) {
		struct net_addr addr = many_addr(i);

		neighbour_learn(s->h->net, &s->h->netif, &addr, mac, true,
				true);
	}
}

#define ASKED 16

static void find_some(void *arg)
{
	struct scene *s = arg;

	for (uint32_t i = 0; i < ASKED; i++) {
		struct net_addr addr = many_addr(i * 200);

		neighbour_find(s->h->net, &s->h->netif, &addr);
	}
}

static void make_some(void *arg)
{
	make_neighbours(arg, 9000, 9000 + ASKED);
}

static uint32_t entries(const struct scene *s)
{
	return s->h->net->neighbours.ip4.count;
}

static struct scene scene_of_many(void)
{
	struct scene s = scene_new();
	struct neighbour_conf *conf = &s.h->net->tunables.ip.neigh4;

	conf->gc_thresh1 = 4000;
	conf->gc_thresh2 = 5000;
	conf->gc_thresh3 = 6000;
	return s;
}

TEST(cost_is_flat_at_four_thousand_neighbours)
{
	struct scene s = scene_of_many();
	uint64_t find[2], make[2];

	make_neighbours(&s, 0, 40);
	find[0] = instructions_of(find_some, &s) / ASKED;
	make[0] = instructions_of(make_some, &s) / ASKED;
	make_neighbours(&s, 0, 4000);
	CHECK(entries(&s) >= 4000);
	find[1] = instructions_of(find_some, &s) / ASKED;
	make[1] = instructions_of(make_some, &s) / ASKED;
	printf("# instructions of a look-up: %llu of 40, %llu of 4,000; of a new "
	       "one: %llu, %llu\n",
	       (unsigned long long)find[0], (unsigned long long)find[1],
	       (unsigned long long)make[0], (unsigned long long)make[1]);
	CHECK(find[1] < find[0] * 2);
	CHECK(make[1] < make[0] * 2);
	world_free(s.w);
}

/* Linux: above gc_thresh2 those that are five seconds old go for new ones; at
 * gc_thresh3, while all are younger, there is no new one. */
TEST(table_of_neighbours_is_bounded_by_its_thresholds)
{
	struct scene s = scene_of_many();
	struct neighbour_table *table = &s.h->net->neighbours.ip4;
	struct net_addr first = many_addr(0), extra = many_addr(7000);

	make_neighbours(&s, 0, 6100);
	CHECK_EQ(entries(&s), 6000);
	CHECK_EQ(table->full, 100);
	CHECK(neighbour_find(s.h->net, &s.h->netif, &first) != NULL);
	/* What an administrator says does not count. */
	CHECK_EQ(neighbour_set_permanent(s.h->net, &s.h->netif, &extra,
					 s.p.mac),
		 0);
	CHECK_EQ(entries(&s), 6001);
	world_run(s.w, 6 * NSEC_PER_SEC);
	make_neighbours(&s, 6100, 6200);
	CHECK_EQ(table->full, 100);
	CHECK(entries(&s) <= 6001);
	CHECK(neighbour_find(s.h->net, &s.h->netif, &first) == NULL);
	/* Those that nobody uses go until gc_thresh1 are left. */
	world_run(s.w, 600 * NSEC_PER_SEC);
	CHECK(entries(&s) <= 4001);
	CHECK(entries(&s) > 3500);
	CHECK(neighbour_find(s.h->net, &s.h->netif, &extra) != NULL);
	world_free(s.w);
}
