// SPDX-License-Identifier: MIT
/*
 * The dialogue harness; see harness.h.
 */
#include "tests/net/harness.h"

#include <stdlib.h>

#include "lib/string.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/udp.h"
#include "tests/unit/test.h"

void world_free(struct world *w)
{
	CHECK_EQ(world_end(w), 0);
}

struct frame *host_next(struct host *h)
{
	struct frame *frame;

	world_settle(h->world);
	frame = LIST_POP(&h->sent, struct frame, list);
	if (frame)
		h->sent_count--;
	return frame;
}

void host_expect_nothing(struct host *h)
{
	struct frame *frame = host_next(h);

	if (frame)
		test_fail(__FILE__, __LINE__,
			  "nothing expected, %u bytes sent, type %04x",
			  frame->length, get_be16(frame->bytes + 12));
}

/* ---- frames ---- */

void peer_init(struct peer *p, struct host *h, const char *text)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 1, 1 };

	memcpy(p->mac, mac, 6);
	memcpy(p->host_mac, h->netif.mac, 6);
	p->addr = host_addr(text);
	p->host_addr = h->addr;
}

uint32_t frame_arp(uint8_t *frame, uint16_t operation, const uint8_t *src_mac,
		   uint32_t src, const uint8_t *dst_mac, uint32_t dst)
{
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	struct arp_packet arp = { .operation = operation,
				  .sender = src,
				  .target = dst };

	memcpy(arp.sender_mac, src_mac, 6);
	if (dst_mac)
		memcpy(arp.target_mac, dst_mac, 6);
	ethernet_emit(frame, dst_mac ? dst_mac : all, src_mac, ETHERTYPE_ARP);
	arp_emit(frame + 14, &arp);
	return 14 + ARP_LENGTH;
}

void peer_introduce(struct peer *p, struct host *h)
{
	uint8_t frame[64];
	uint32_t n = frame_arp(frame, ARP_REQUEST, p->mac,
			       addr_to_ip4(&p->addr), p->host_mac,
			       addr_to_ip4(&p->host_addr));

	host_inject(h, frame, n);
	free(host_next(h));
	n = frame_arp(frame, ARP_REPLY, p->mac, addr_to_ip4(&p->addr),
		      p->host_mac, addr_to_ip4(&p->host_addr));
	host_inject(h, frame, n);
	world_settle(h->world);
}

uint32_t frame_ip4_fragment(uint8_t *frame, const struct peer *p,
			    uint8_t protocol, uint16_t id, uint32_t offset,
			    bool more, const void *payload, uint32_t length)
{
	struct ip4_header h = {
		.ttl = 64,
		.protocol = protocol,
		.total_length = (uint16_t)(20 + length),
		.id = id,
		.more_fragments = more,
		.offset = (uint16_t)offset,
		.src = addr_to_ip4(&p->addr),
		.dst = addr_to_ip4(&p->host_addr),
	};

	ethernet_emit(frame, p->host_mac, p->mac, ETHERTYPE_IP4);
	ip4_emit(frame + 14, &h);
	memcpy(frame + 34, payload, length);
	return 34 + length;
}

uint32_t frame_ip4(uint8_t *frame, const struct peer *p, uint8_t protocol,
		   const void *payload, uint32_t length)
{
	return frame_ip4_fragment(frame, p, protocol, 7, 0, false, payload,
				  length);
}

uint32_t frame_udp(uint8_t *frame, const struct peer *p, uint16_t from,
		   uint16_t to, const void *payload, uint32_t length)
{
	struct udp_header h = { from, to, (uint16_t)(8 + length), 0 };
	static uint8_t udp[FRAME_MAX];
	uint64_t sum;

	udp_emit(udp, &h);
	memcpy(udp + 8, payload, length);
	sum = checksum_pseudo(&p->addr, &p->host_addr, 17, 8 + length);
	checksum_store(udp + 6,
		       checksum_finish(checksum_add(sum, udp, 8 + length)));
	return frame_ip4(frame, p, 17, udp, 8 + length);
}

uint32_t frame_echo(uint8_t *frame, const struct peer *p, uint16_t id,
		    uint16_t sequence, const void *payload, uint32_t length)
{
	static uint8_t icmp[FRAME_MAX];

	icmp_emit(icmp, ICMP_ECHO, 0, (uint32_t)id << 16 | sequence);
	memcpy(icmp + 8, payload, length);
	checksum_store(icmp + 2,
		       checksum_finish(checksum_add(0, icmp, 8 + length)));
	return frame_ip4(frame, p, 1, icmp, 8 + length);
}
