// SPDX-License-Identifier: MIT
/*
 * ARP (RFC 826): answers requests for our addresses, learns from what it hears
 * and asks on behalf of the neighbour table. An entry is made only for someone
 * who asks us or answers us; existing ones are refreshed by any packet. Where
 * we forward we may answer for others, too (proxy ARP, RFC 1027).
 */
#include "net/link/link.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/route.h"
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
		return;
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

static void reply(struct net *net, struct netif *netif, uint32_t target,
		  uint32_t asker, const uint8_t mac[6]) ON_NET_THREAD
{
	struct arp_packet arp = { .operation = ARP_REPLY,
				  .sender = target,
				  .target = asker };

	memcpy(arp.sender_mac, netif->mac, 6);
	memcpy(arp.target_mac, mac, 6);
	send(net, netif, mac, &arp, WHY_ARP_REPLY);
}

void arp_answer(struct net *net, const struct proxy_answer *a)
{
	if (a->netif->flags & NETIF_UP)
		reply(net, a->netif, addr_to_ip4(&a->target),
		      addr_to_ip4(&a->asker), a->asker_mac);
}

/* ---- for others ---- */

/* Whether we answer for an address that we would forward to by another link:
 * all of them (proxy_arp), or this one (`ip neigh add proxy`). */
static bool is_proxied(struct net *net, struct netif *netif,
		       const struct net_addr *target,
		       const struct net_addr *sender) ON_NET_THREAD
{
	struct route_key key = { .dst = *target, .src = *sender, .in = netif };
	struct route_answer way;

	if (!netif->conf.forwarding || addr_is_loopback(target) ||
	    addr_is_multicast(target))
		return false;
	if (!conf_any(netif, proxy_arp) && !proxy_find(net, netif, target))
		return false;
	return route_find(net, &key, &way) == 0 && way.type == ROUTE_UNICAST &&
	       way.netif != netif;
}

static verdict_t answer_for(struct net *net, const struct packet *packet,
			    const struct arp_packet *arp) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	struct proxy_answer answer = { .netif = netif,
				       .target = addr_ip4(arp->target),
				       .asker = addr_ip4(arp->sender) };

	memcpy(answer.asker_mac, arp->sender_mac, 6);
	neighbour_learn(net, netif, &answer.asker, arp->sender_mac, false,
			true);
	if (netif->neigh4.proxy_delay &&
	    (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST)))
		proxy_delay(net, &answer);
	else
		arp_answer(net, &answer);
	return packet_consumed();
}

/* ---- in ---- */

/* Never believe that someone else has our address, nor 0.0.0.0 (a probe, RFC
 * 5227), nor a broadcast or multicast sender. */
static bool is_credible(struct net *net, const struct netif *netif,
			const struct net_addr *sender) ON_NET_THREAD
{
	return !addr_is_any(sender) && !addr_is_multicast(sender) &&
	       !netif_is_broadcast(netif, sender) &&
	       !netif_of_address(net, sender);
}

/* What a packet says of its sender: an answer to us that it hears us, anything
 * else where it is. */
static void learn(struct net *net, const struct packet *packet,
		  const struct arp_packet *arp, bool for_us) ON_NET_THREAD
{
	struct net_addr sender = addr_ip4(arp->sender);
	bool answer = arp->operation == ARP_REPLY &&
		      !(packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST));
	bool asks_us = arp->operation == ARP_REQUEST && for_us;
	bool announces = arp->sender == arp->target;

	neighbour_heard(packet->netif, &sender, arp->sender_mac,
			answer ? NEIGHBOUR_IS_REACHABLE : NEIGHBOUR_STALE,
			asks_us || announces ? NEIGHBOUR_OVERRIDE : 0, for_us);
}

verdict_t arp_in(struct net *net, struct packet *packet)
{
	struct netif *netif = packet->netif;
	const uint8_t *bytes = packet_header(packet, packet->l3, ARP_LENGTH);
	struct net_addr sender, target;
	struct arp_packet arp;
	bool for_us, credible;

	if (!bytes || arp_parse(bytes, ARP_LENGTH, &arp) ||
	    mac_is_multicast(arp.sender_mac))
		return packet_dropped(REASON_ARP_MALFORMED);
	sender = addr_ip4(arp.sender);
	target = addr_ip4(arp.target);
	for_us = !addr_is_loopback(&target) &&
		 netif_of_address(net, &target) != NULL;
	credible = is_credible(net, netif, &sender);
	if (credible && arp.operation == ARP_REQUEST && !for_us &&
	    is_proxied(net, netif, &target, &sender))
		return answer_for(net, packet, &arp);
	if (credible)
		learn(net, packet, &arp, for_us);
	if (!for_us)
		return packet_dropped(REASON_ARP_NOT_FOR_US);
	if (arp.operation == ARP_REQUEST)
		reply(net, netif, arp.target, arp.sender, arp.sender_mac);
	return packet_consumed();
}
