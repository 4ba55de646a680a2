// SPDX-License-Identifier: MIT
/*
 * The tap: fills the flight recorder and, while a capture runs, hands pcapng
 * blocks to its sink. See tap.h. Without a capture a packet costs one copy of
 * at most TAP_RECORDER_SNAP bytes.
 */
#include "net/core/tap.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/tap_pcapng.h"
#include "net/wire/ethernet.h"

/* An interface without link headers gets an empty Ethernet one in front, as
 * Linux's lo: readers want one link type per file. */
static uint32_t fake_header(const struct packet *packet)
{
	return packet->netif->type == NETIF_ETHERNET ? 0 : ETHERNET_HEADER;
}

static uint32_t copy_bytes(const struct packet *packet, uint8_t *to,
			   uint32_t max)
{
	static const uint8_t zero[6];
	uint32_t fake = fake_header(packet);
	uint16_t type = packet->stage == STAGE_IP6_IN ? ETHERTYPE_IP6 :
							ETHERTYPE_IP4;

	if (!fake)
		return packet_copy(packet, 0, to, MIN(packet->length, max));
	if (max < fake)
		return 0;
	if (addr_family(&packet->dst) == NET_IP6)
		type = ETHERTYPE_IP6;
	ethernet_emit(to, zero, zero, type);
	return fake + packet_copy(packet, 0, to + fake,
				  MIN(packet->length, max - fake));
}

static void fill(struct net *net, const struct packet *packet,
		 enum tap_direction direction, verdict_t verdict,
		 struct tap_record *r)
{
	r->time = net->now + net->tap.epoch;
	r->id = packet->id;
	r->interface = packet->netif->index;
	r->original = packet->length + fake_header(packet);
	r->lost = 0;
	r->direction = (uint8_t)direction;
	r->checksum_partial = !!(packet->flags & PACKET_CSUM_PARTIAL);
	r->gso_size = packet->gso_size;
	r->verdict = verdict;
	r->stage = packet->stage;
	r->note = packet->note;
}

static bool write_block(struct net *net, size_t length)
{
	return net->tap.sink->write(net->tap.sink, net->tap.block, length);
}

/* Numbers of interfaces are the positions of their blocks. */
static bool introduce(struct net *net, struct netif *netif)
{
	struct tap *tap = &net->tap;

	if (netif->tap_interface)
		return true;
	if (!write_block(net, pcapng_interface(tap->block, netif->name,
					       LINKTYPE_ETHERNET, tap->snap,
					       netif->mac)))
		return false;
	netif->tap_interface = ++tap->interfaces;
	return true;
}

static bool write_packet(struct net *net, const struct packet *packet,
			 const struct tap_record *r)
{
	struct tap *tap = &net->tap;
	struct tap_record full = *r;
	/* The bytes go where the formatter puts them: no second copy. */
	uint8_t *data = tap->block + 28;

	if (!introduce(net, packet->netif))
		return false;
	full.interface = packet->netif->tap_interface - 1;
	full.captured = copy_bytes(packet, data, tap->snap);
	full.lost = tap->lost;
	return write_block(net, pcapng_packet(tap->block, &full, data));
}

static void capture(struct net *net, const struct packet *packet,
		    const struct tap_record *r)
{
	struct tap *tap = &net->tap;

	if (write_packet(net, packet, r)) {
		tap->recorded++;
		tap->lost = 0;
	} else {
		tap->lost++;
		tap->lost_total++;
	}
}

void tap_packet(struct net *net, struct packet *packet,
		enum tap_direction direction, verdict_t verdict)
{
	struct tap *tap = &net->tap;
	uint64_t n = tap->recorder_next++;
	struct tap_recorded *slot = &tap->recorder[n % TAP_RECORDER];

	fill(net, packet, direction, verdict, &slot->record);
	slot->record.captured =
		copy_bytes(packet, slot->data, TAP_RECORDER_SNAP);
	if (tap->sink)
		capture(net, packet, &slot->record);
}

void tap_interface(struct net *net, struct netif *netif)
{
	netif->tap_interface = 0;
	if (net->tap.sink)
		introduce(net, netif);
}

static void finish(struct net *net)
{
	struct tap *tap = &net->tap;
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list) {
		uint64_t packets =
			netif->stats.rx_packets + netif->stats.tx_packets;

		if (netif->tap_interface)
			write_block(net, pcapng_statistics(
						 tap->block,
						 netif->tap_interface - 1,
						 net->now + tap->epoch, packets,
						 tap->lost_total));
	}
	port_free(tap->block);
	tap->block = NULL;
	tap->sink = NULL;
}

int tap_start(struct net *net, struct tap_sink *sink, uint32_t snap)
{
	struct tap *tap = &net->tap;
	struct netif *netif;

	if (tap->sink)
		finish(net);
	if (!sink)
		return 0;
	snap = snap ? MIN(snap, (uint32_t)TAP_SNAP_MAX) : TAP_SNAP_MAX;
	/* No packet is longer than PACKET_MAX and its link header. */
	tap->block = port_alloc(MIN(snap, (uint32_t)PACKET_MAX + 512) +
				TAP_BLOCK_OVERHEAD);
	if (!tap->block)
		return -ENOMEM;
	tap->sink = sink;
	tap->snap = snap;
	tap->lost = tap->lost_total = tap->recorded = 0;
	tap->interfaces = 0;
	write_block(net, pcapng_section(tap->block));
	LIST_FOR_EACH(netif, &net->netifs, list)
		tap_interface(net, netif);
	return 0;
}

/* ---- the flight recorder, after the fact ---- */

static uint64_t oldest(const struct tap *tap)
{
	return tap->recorder_next > TAP_RECORDER ?
		       tap->recorder_next - TAP_RECORDER :
		       0;
}

/* The interface of a record and its position; NULL: it has gone. */
static const struct netif *tapped(struct net *net, uint32_t index,
				  uint32_t *position)
{
	const struct netif *netif;

	*position = 0;
	LIST_FOR_EACH(netif, &net->netifs, list) {
		if (netif->index == index)
			return netif;
		++*position;
	}
	return NULL;
}

static void dump_ports(struct text *text, const uint8_t *l4, size_t size,
		       uint8_t protocol)
{
	if (size >= 4 && (protocol == 6 || protocol == 17))
		text_add(text, " %u>%u", get_be16(l4), get_be16(l4 + 2));
}

/* Addresses and ports, as far as the recorded bytes go. */
static void dump_addresses(struct text *text, const struct tap_recorded *r)
{
	size_t at = ETHERNET_HEADER,
	       size = MIN(r->record.captured, (uint32_t)TAP_RECORDER_SNAP);
	const uint8_t *ip = r->data + at;
	struct net_addr src, dst;
	char name[ADDR_TEXT_MAX];

	if (size >= at && get_be16(r->data + 12) == ETHERTYPE_ARP)
		text_str(text, " ARP");
	if (size < at + 20 || (ip[0] >> 4 != 4 && ip[0] >> 4 != 6))
		return;
	if (ip[0] >> 4 == 4) {
		src = addr_ip4(get_be32(ip + 12));
		dst = addr_ip4(get_be32(ip + 16));
	} else if (size >= at + 40) {
		memcpy(src.b, ip + 8, 16);
		memcpy(dst.b, ip + 24, 16);
	} else {
		return;
	}
	addr_format(name, sizeof name, &src);
	text_add(text, " %s", name);
	addr_format(name, sizeof name, &dst);
	text_add(text, " > %s", name);
	if (ip[0] >> 4 == 4 && size > at + 24)
		dump_ports(text, ip + (ip[0] & 15) * 4,
			   size - at - MIN((size_t)(ip[0] & 15) * 4, size - at),
			   ip[9]);
	else if (size > at + 44)
		dump_ports(text, ip + 40, size - at - 40, ip[6]);
}

void tap_dump(struct net *net, void (*line)(void *, const char *),
	      void *context)
{
	struct tap *tap = &net->tap;
	char buf[320], comment[200];

	if (!tap->recorder)
		return;
	for (uint64_t n = oldest(tap); n < tap->recorder_next; n++) {
		struct tap_recorded *r = &tap->recorder[n % TAP_RECORDER];
		uint32_t position;
		const struct netif *netif =
			tapped(net, r->record.interface, &position);
		struct text text;

		tap_comment(comment, sizeof comment, &r->record);
		text_init(&text, buf, sizeof buf);
		text_add(&text, "%lld.%06lld %s %s",
			 (long long)(r->record.time / NSEC_PER_SEC),
			 (long long)(r->record.time % NSEC_PER_SEC / 1000),
			 netif ? netif->name : "?",
			 r->record.direction == TAP_IN ? "in " : "out");
		dump_addresses(&text, r);
		text_add(&text, " len %u %s", r->record.original, comment);
		line(context, buf);
	}
}

void tap_dump_pcapng(struct net *net,
		     void (*write)(void *, const void *, size_t), void *context)
{
	static const uint8_t nobody[6];
	uint8_t block[TAP_RECORDER_SNAP + TAP_BLOCK_OVERHEAD];
	struct tap *tap = &net->tap;
	struct netif *netif;

	write(context, block, pcapng_section(block));
	LIST_FOR_EACH(netif, &net->netifs, list)
		write(context, block,
		      pcapng_interface(block, netif->name, LINKTYPE_ETHERNET,
				       TAP_RECORDER_SNAP, netif->mac));
	/* For packets of those that are gone. */
	write(context, block,
	      pcapng_interface(block, "?", LINKTYPE_ETHERNET, TAP_RECORDER_SNAP,
			       nobody));
	if (!tap->recorder)
		return;
	for (uint64_t n = oldest(tap); n < tap->recorder_next; n++) {
		struct tap_recorded *r = &tap->recorder[n % TAP_RECORDER];
		struct tap_record record = r->record;

		tapped(net, r->record.interface, &record.interface);
		write(context, block, pcapng_packet(block, &record, r->data));
	}
}
