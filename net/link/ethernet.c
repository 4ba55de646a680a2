// SPDX-License-Identifier: MIT
/*
 * The stages LINK_IN and LINK_OUT: the Ethernet header off and on.
 */
#include "net/link/link.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/wire/ethernet.h"

static verdict_t dispatch(struct packet *packet, uint16_t type)
{
	packet->ethertype = type;
	switch (type) {
	case ETHERTYPE_IP4:
		return next_stage(STAGE_IP4_IN);
	case ETHERTYPE_IP6:
		return next_stage(STAGE_IP6_IN);
	case ETHERTYPE_ARP:
		return next_stage(STAGE_ARP_IN);
	default:
		return packet_dropped(REASON_LINK_UNKNOWN_PROTOCOL);
	}
}

verdict_t link_in(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	struct ethernet_header h;
	const uint8_t *bytes = packet_header(packet, 0, ETHERNET_HEADER);

	if (!bytes) {
		netif->stats.rx_errors++;
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	}
	ethernet_parse(bytes, ETHERNET_HEADER, &h);
	memcpy(packet->link_src, h.src, 6);
	packet->l2 = 0;
	packet->l3 = ETHERNET_HEADER;
	if (mac_is_broadcast(h.dst)) {
		packet->flags |= PACKET_BROADCAST;
	} else if (mac_is_multicast(h.dst)) {
		packet->flags |= PACKET_MULTICAST;
		netif->stats.rx_multicast++;
	} else if (!mac_equal(h.dst, netif->mac)) {
		return packet_dropped(REASON_LINK_NOT_FOR_US);
	}
	if (h.type == ETHERTYPE_VLAN) { /* priority tag: VLAN 0 */
		bytes = packet_header(packet, ETHERNET_HEADER, 4);
		if (!bytes || (get_be16(bytes) & 0xfff))
			return packet_dropped(REASON_LINK_UNKNOWN_PROTOCOL);
		h.type = get_be16(bytes + 2);
		packet->l3 += 4;
	}
	return dispatch(packet, h.type);
}

verdict_t link_out(struct net *net, struct packet *packet)
{
	uint8_t *bytes = packet_push(packet, ETHERNET_HEADER);

	if (!bytes)
		return packet_dropped(REASON_NO_MEMORY);
	packet->l2 = 0;
	memcpy(packet->link_src, packet->netif->mac, 6);
	ethernet_emit(bytes, packet->link_dst, packet->link_src,
		      packet->ethertype);
	return next_stage(STAGE_NETIF_OUT);
}
