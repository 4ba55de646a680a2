// SPDX-License-Identifier: MIT
/*
 * ARP (RFC 826): answers requests for our addresses, learns from what it hears
 * and asks on behalf of the neighbour table. An entry is made only for someone
 * who asks us or answers us; existing ones are refreshed by any packet.
 */
#include "net/link/link.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/wire/arp.h"
#include "net/wire/ethernet.h"

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static void send(struct net *net, struct netif *netif, const uint8_t dst[6],
		 const struct arp_packet *arp, enum why_sent why) ON_NET_THREAD
{
	struct packet *packet = packet_new(net);

	if (!packet)
		return;
	arp_emit(packet_append(packet, ARP_LENGTH), arp);
	packet->netif = netif;
	packet->ethertype = ETHERTYPE_ARP;
	packet->note.why = (uint8_t)why;
	memcpy(packet->link_dst, dst, 6);
	packet->stage = STAGE_LINK_OUT;
	net_submit(net, packet);
}

static uint32_t own_ip(struct netif *netif, const struct net_addr *peer)
{
	const struct netif_address *own = netif_source(netif, peer);

	return own ? addr_to_ip4(&own->addr) : 0;
}

void arp_solicit(struct net *net, struct neighbour *n, const uint8_t *mac)
{
	struct arp_packet arp = { .operation = ARP_REQUEST };

	if (!addr_is_ip4(&n->addr))
		return; /* IPv6 neighbour discovery is not here yet */
	arp.target = addr_to_ip4(&n->addr);
	arp.sender = own_ip(n->netif, &n->addr);
	memcpy(arp.sender_mac, n->netif->mac, 6);
	send(net, n->netif, mac ? mac : broadcast, &arp, WHY_ARP_REQUEST);
}

void arp_announce(struct net *net, struct netif *netif,
		  const struct net_addr *addr)
{
	struct arp_packet arp = { .operation = ARP_REQUEST };

	if (netif->type != NETIF_ETHERNET || !addr_is_ip4(addr))
		return;
	arp.sender = arp.target = addr_to_ip4(addr);
	memcpy(arp.sender_mac, netif->mac, 6);
	send(net, netif, broadcast, &arp, WHY_ARP_REQUEST);
}

static void reply(struct net *net, struct netif *netif,
		  const struct arp_packet *request) ON_NET_THREAD
{
	struct arp_packet arp = { .operation = ARP_REPLY };

	arp.sender = request->target;
	arp.target = request->sender;
	memcpy(arp.sender_mac, netif->mac, 6);
	memcpy(arp.target_mac, request->sender_mac, 6);
	send(net, netif, request->sender_mac, &arp, WHY_ARP_REPLY);
}

verdict_t arp_in(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	const uint8_t *bytes = packet_header(packet, packet->l3, ARP_LENGTH);
	struct net_addr sender, target;
	struct arp_packet arp;
	bool for_us;

	if (!bytes || arp_parse(bytes, ARP_LENGTH, &arp) ||
	    mac_is_multicast(arp.sender_mac))
		return packet_dropped(REASON_ARP_MALFORMED);
	sender = addr_ip4(arp.sender);
	target = addr_ip4(arp.target);
	for_us = !addr_is_loopback(&target) &&
		 netif_of_address(net, &target) != NULL;
	/* Never believe that someone else has our address, nor 0.0.0.0 (a probe,
	 * RFC 5227), nor a broadcast or multicast sender. */
	if (arp.sender != 0 && !addr_is_multicast(&sender) &&
	    !netif_is_broadcast(netif, &sender) &&
	    !netif_of_address(net, &sender))
		neighbour_learn(net, netif, &sender, arp.sender_mac,
				arp.operation == ARP_REPLY && for_us, for_us);
	if (!for_us)
		return packet_dropped(REASON_ARP_NOT_FOR_US);
	if (arp.operation == ARP_REQUEST)
		reply(net, netif, &arp);
	return packet_consumed();
}
