// SPDX-License-Identifier: MIT
/*
 * Ethernet and ARP: the stages LINK_IN, LINK_OUT and ARP_IN.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/neighbour.h"
#include "net/core/packet.h"

struct net;

verdict_t link_in(struct net *net, struct packet *packet);
verdict_t link_out(struct net *net, struct packet *packet);
verdict_t arp_in(struct net *net, struct packet *packet) ON_NET_THREAD;

/* How the neighbour table asks for IPv4 neighbours. */
void arp_solicit(struct net *net, struct neighbour *n,
		 const uint8_t *mac) ON_NET_THREAD;
/* Answers for somebody else, who is a proxied address. */
void arp_answer(struct net *net, const struct proxy_answer *a) ON_NET_THREAD;
/* Tells everyone on the link who we are (RFC 5227 2.3), after an address came
 * up. */
void arp_announce(struct net *net, struct netif *netif,
		  const struct net_addr *addr) ON_NET_THREAD;
