// SPDX-License-Identifier: MIT
/*
 * The scene of the dialogues below TCP; see scene.h.
 */
#include "tests/net/scene.h"

#include <stdlib.h>

#include "net/wire/arp.h"
#include "net/wire/ethernet.h"
#include "tests/unit/test.h"

uint8_t frame[FRAME_MAX];

struct scene scene_new(void)
{
	struct scene s;
	struct config_request r = { .op = CONFIG_ADD_ROUTE };

	s.w = world_new(1);
	s.h = host_new(s.w, "10.0.0.1", 24);
	peer_init(&s.p, s.h, "10.0.0.2");
	r.addr = addr_ip4(0);
	r.gateway = host_addr("10.0.0.254");
	CHECK_EQ(host_configure(s.h, &r), 0);
	return s;
}

uint64_t drops(struct scene *s, enum reason why)
{
	return s->h->net->counters.dropped[why];
}

void expect_arp(struct scene *s, uint16_t operation, uint32_t target)
{
	struct frame *f = host_next(s->h);
	struct arp_packet arp;

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_ARP);
	CHECK_EQ(arp_parse(f->bytes + 14, f->length - 14, &arp), 0);
	CHECK_EQ(arp.operation, operation);
	CHECK_EQ(arp.target, target);
	CHECK_EQ(arp.sender, 0x0a000001);
	CHECK_MEM(arp.sender_mac, s->h->netif.mac, 6);
	free(f);
}

/* The next frame must be IPv4 of this protocol to the peer; the caller frees
 * it. */
struct frame *expect_ip(struct scene *s, uint8_t protocol, struct ip4_header *h)
{
	struct frame *f = host_next(s->h);

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_IP4);
	CHECK_EQ(ip4_parse(f->bytes + 14, f->length - 14, h), 0);
	CHECK(ip4_checksum_ok(f->bytes + 14, h->header_length));
	CHECK_EQ(h->total_length, f->length - 14);
	CHECK_EQ(h->protocol, protocol);
	return f;
}

void inject(struct scene *s, uint32_t length)
{
	host_inject(s->h, frame, length);
	world_settle(s->w);
}

struct endpoint *udp_bound(struct scene *s, uint16_t port)
{
	struct endpoint *ep = host_socket(s->h, NET_IP4, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_bind(s->h, ep, "0.0.0.0", port), 0);
	return ep;
}
