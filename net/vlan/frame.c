// SPDX-License-Identifier: MIT
/*
 * Tags on and off. A tagged frame and the one without its tag are two packets
 * that share their payload, so that each link's capture has its own record.
 */
#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/upper.h"
#include "net/vlan/vlan.h"
#include "net/wire/ethernet.h"

#define ADDRESSES 12 /* bytes of an Ethernet header before the tag */
#define WITH_TAG (ADDRESSES + VLAN_TAG)

struct packet *vlan_tagged(struct net *net, struct packet *packet,
			   uint16_t protocol, uint16_t tag)
{
	struct packet *copy = packet_clone(net, packet);
	uint8_t addresses[ADDRESSES], *to;

	if (!copy)
		return NULL;
	packet_copy(copy, 0, addresses, ADDRESSES);
	packet_pull(copy, ADDRESSES);
	to = packet_push(copy, WITH_TAG);
	if (!to) {
		packet_free(net, copy);
		return NULL;
	}
	memcpy(to, addresses, ADDRESSES);
	put_be16(to + ADDRESSES, protocol);
	put_be16(to + ADDRESSES + 2, tag);
	copy->l2 = 0;
	return copy;
}

static struct packet *untagged(struct net *net,
			       struct packet *packet) ON_NET_THREAD
{
	struct packet *copy = packet_clone(net, packet);
	uint8_t addresses[ADDRESSES], *to;

	if (!copy)
		return NULL;
	packet_copy(copy, 0, addresses, ADDRESSES);
	packet_pull(copy, WITH_TAG);
	to = packet_push(copy, ADDRESSES);
	if (!to) {
		packet_free(net, copy);
		return NULL;
	}
	memcpy(to, addresses, ADDRESSES);
	packet_recycle(copy);
	return copy;
}

/* LINK_IN has seen that the link has such a VLAN. */
verdict_t vlan_in(struct net *net, struct packet *packet) NET_THREAD_ROOT
{
	const uint8_t *bytes =
		packet_header(packet, 0, ETHERNET_HEADER + VLAN_TAG);
	struct packet *copy;
	struct netif *vlan;
	uint64_t before;

	if (!bytes)
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	vlan = vlan_find(packet->netif,
			 get_be16(bytes + ADDRESSES) == ETHERTYPE_VLAN ? 0 : 1,
			 get_be16(bytes + ETHERNET_HEADER) & VLAN_ID_MASK);
	if (!vlan)
		return packet_dropped(REASON_LINK_UNKNOWN_VLAN);
	if (!(vlan->flags & NETIF_UP))
		return packet_dropped(REASON_NETIF_DOWN);
	copy = untagged(net, packet);
	if (!copy) {
		vlan->stats.rx_errors++;
		return packet_dropped(REASON_NO_MEMORY);
	}
	before = vlan->stats.rx_packets;
	netif_receive(vlan, copy);
	/* Linux counts what is behind the header. */
	if (vlan->stats.rx_packets != before)
		vlan->stats.rx_bytes -= ETHERNET_HEADER;
	return packet_consumed();
}
