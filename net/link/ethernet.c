// SPDX-License-Identifier: MIT
/*
 * The stages LINK_IN and LINK_OUT: the Ethernet header off and on.
 */
#include "net/link/link.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/upper.h"
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

static bool is_for_us(const struct packet *packet,
		      const struct ethernet_header *h)
{
	return (packet->flags &
		(PACKET_BROADCAST | PACKET_MULTICAST | PACKET_TO_US)) ||
	       mac_equal(h->dst, packet->netif->mac);
}

static bool is_tag(uint16_t type)
{
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_SERVICE_VLAN;
}

/* A VLAN's frame, else a bridge's, else one with a priority only (VLAN 0). */
static verdict_t tagged(struct packet *packet, const struct ethernet_header *h)
{
	struct netif *netif = packet->netif;
	const uint8_t *bytes = packet_header(packet, ETHERNET_HEADER, 4);
	uint16_t id;

	if (!bytes)
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	id = get_be16(bytes) & 0xfff;
	if (vlan_find(netif, h->type == ETHERTYPE_VLAN ? 0 : 1, id))
		return next_stage(STAGE_VLAN_IN);
	if (netif->taken)
		return next_stage((enum stage)netif->taken);
	if (id)
		return packet_dropped(REASON_LINK_UNKNOWN_VLAN);
	if (!is_for_us(packet, h))
		return packet_dropped(REASON_LINK_NOT_FOR_US);
	packet->l3 += 4;
	return dispatch(packet, get_be16(bytes + 2));
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
	}
	if (is_tag(h.type))
		return tagged(packet, &h);
	if (netif->taken)
		return next_stage((enum stage)netif->taken);
	if (!is_for_us(packet, &h))
		return packet_dropped(REASON_LINK_NOT_FOR_US);
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
