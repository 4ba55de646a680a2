// SPDX-License-Identifier: MIT
/*
 * Segmentation in software: the stack passes one large packet down to a device
 * that takes only small ones, and the wire sees what it should.
 */
#include <stdlib.h>

#include "net/core/gso.h"
#include "net/core/instance.h"
#include "net/core/packet.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "tests/net/harness.h"
#include "tests/net/tcp_dialogue.h"
#include "tests/unit/test.h"

static void large_packets_are_cut(bool six)
{
	struct dialogue *d = dialogue_with(1500, false, six);
	struct endpoint *ep = accepted(d, "mss 1000");
	uint64_t before = d->net->counters.stages[STAGE_IP_OUT];
	seq_t next = 0;

	user_send(ep, d, 9500);
	/* Two packets through the stack, ten on the wire. */
	CHECK_EQ(d->net->counters.stages[STAGE_IP_OUT] - before, 2);
	for (int i = 0; i < 10; i++) {
		struct seen *s = &d->seen[(d->first + i) % SEEN_MAX];
		bool last = i == 4 || i == 9;

		if (i > 0)
			CHECK_EQ(s->h.seq, next);
		CHECK_EQ(s->length, i < 9 ? 1000 : 500);
		CHECK_EQ(s->gso_size, 0);
		CHECK_EQ(!!(s->h.flags & TCP_PSH), last);
		for (uint32_t j = 0; j < s->length; j++)
			CHECK_EQ(s->payload[j], pattern(i * 1000 + j));
		next = s->h.seq + s->length;
	}
	CHECK_EQ(out_all(d), 10);
	dialogue_drop(d);
	endpoint_put(ep);
}

TEST(large_packets_are_cut_for_a_device_that_cannot)
{
	large_packets_are_cut(false);
}

TEST(large_ipv6_packets_are_cut_for_a_device_that_cannot)
{
	large_packets_are_cut(true);
}

TEST(fin_is_on_the_last_segment_of_what_was_cut)
{
	struct dialogue *d = dialogue_with(1500, false, false);
	struct endpoint *ep = accepted(d, "mss 1000");

	user_set(ep, d, 6, 3, 1); /* TCP_CORK */
	user_send(ep, d, 900);
	out_nothing(d);
	user_send(ep, d, 1600);
	/* What was whole went out; the rest comes with FIN. */
	out(d, ". 1:1001(1000) ack 1");
	out(d, "P. 1001:2001(1000) ack 1");
	user_shutdown(ep, d, 1);
	out(d, "FP. 2001:2501(500) ack 1");
	out_nothing(d);
	dialogue_drop(d);
	endpoint_put(ep);
}

/* ---- Frames that pass through, and several datagrams ---- */

/* Ethernet, what stands between, IPv4, UDP of ports 5 and 6. */
static struct packet *datagrams(struct host *h, uint16_t type, uint32_t length,
				uint16_t each)
{
	static const uint8_t ip[28] = { 0x45, 0,  0, 0, 0,  7, 0, 0,
					64,   17, 0, 0, 10, 0, 0, 1,
					10,   0,  0, 2, 0,  5, 0, 6 };
	struct packet *packet = packet_new(h->net);
	struct buf *buf = port_buf_alloc(length);
	uint8_t *at = packet_append(packet, ETHERNET_HEADER + 8);

	memset(at, 0, ETHERNET_HEADER + 8);
	put_be16(at + 12, type);
	put_be16(at + 16, ETHERTYPE_VLAN);
	put_be16(at + 20, ETHERTYPE_IP4);
	memcpy(packet_append(packet, sizeof ip), ip, sizeof ip);
	for (uint32_t i = 0; i < length; i++)
		buf->data[i] = (uint8_t)i;
	packet_add_fragment(packet, buf, 0, length);
	packet->gso_type = GSO_UDP;
	packet->gso_size = each;
	packet->flags |= PACKET_CSUM_PARTIAL;
	packet->csum_start = ETHERNET_HEADER + 8 + 20;
	packet->csum_offset = 6;
	packet->netif = &h->netif;
	return packet;
}

/* `flags`: what is said of the large one's checksum. */
static void are_cut(uint32_t features, uint32_t flags)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct net_addr src = addr_ip4(0x0a000001), dst = addr_ip4(0x0a000002);
	struct packet *packet = datagrams(h, ETHERTYPE_VLAN, 2500, 1000);

	h->netif.features = features;
	packet->flags &= ~(uint32_t)PACKET_CSUM_PARTIAL;
	packet->flags |= flags;
	CHECK(gso_dissect(packet, false));
	CHECK_EQ(packet->l3, ETHERNET_HEADER + 8);
	packet->stage = STAGE_DEVICE_OUT;
	net_submit(h->net, packet);
	world_settle(w);
	for (uint32_t i = 0; i < 3; i++) {
		struct frame *f = host_next(h);
		uint32_t n = (i < 2 ? 1000 : 500) + 8;
		uint8_t *ip, *udp;
		uint64_t sum;

		CHECK(f != NULL);
		ip = f->bytes + ETHERNET_HEADER + 8;
		udp = ip + 20;
		CHECK_EQ(f->length, ETHERNET_HEADER + 8 + 20 + n);
		CHECK_EQ(get_be16(ip + 2), 20 + n);
		CHECK_EQ(get_be16(ip + 4), 7 + i);
		CHECK_EQ(get_be16(udp + 4), n);
		sum = checksum_pseudo(&src, &dst, 17, n);
		CHECK_EQ(checksum_finish(checksum_add(sum, udp, n)), 0);
		CHECK_EQ(udp[8], (uint8_t)(i * 1000));
		free(f);
	}
	host_expect_nothing(h);
	world_free(w);
}

TEST(several_datagrams_are_cut_for_a_device_that_cannot)
{
	are_cut(0, PACKET_CSUM_PARTIAL);
}

/* A device adds sums up only where it is told to. */
TEST(what_has_its_sum_is_cut_even_for_a_device_that_can)
{
	are_cut(NETIF_USO, 0);
	are_cut(NETIF_USO, PACKET_CSUM_GOOD);
}

/* Only tags stand between Ethernet and IP. */
TEST(what_is_no_tag_is_not_skipped)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct packet *packet = datagrams(h, 0x88b5, 2500, 1000);

	CHECK(!gso_dissect(packet, false));
	packet_free(h->net, packet);
	/* Nor is UDP cut as if it were TCP. */
	packet = datagrams(h, ETHERTYPE_SERVICE_VLAN, 2500, 1000);
	packet->gso_type = GSO_TCP4;
	CHECK(!gso_dissect(packet, false));
	packet_free(h->net, packet);
	world_free(w);
}
