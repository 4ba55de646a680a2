// SPDX-License-Identifier: MIT
/*
 * Forwarding: packets for somebody else, when the interface that they came by
 * forwards (net.ipv4.ip_forward, conf/NAME/forwarding).
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/reason.h"
#include "net/core/route.h"

/* Stage IP_FORWARD: addresses, ttl and options are set. */
verdict_t ip_forward(struct net *net, struct packet *packet) ON_NET_THREAD;
/* Whether a packet may have come from its source by its interface; REASON_NONE
 * or why not (martian, rp_filter). *on_link: the source is on this link. */
enum reason check_source(struct net *net, const struct packet *packet,
			 bool *on_link) ON_NET_THREAD;
/* Tells the sender that there is a shorter way (RFC 1812 5.2.7.2), at most as
 * often as route/redirect_* allow. */
void redirect_send(struct net *net, struct packet *packet,
		   const struct net_addr *gateway) ON_NET_THREAD;
/* ICMP redirect: believed or not. `quoted` is the quoted packet's
 * destination. */
verdict_t redirect_in(struct net *net, struct packet *packet,
		      const struct net_addr *quoted,
		      const struct net_addr *gateway) ON_NET_THREAD;
