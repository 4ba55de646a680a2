// SPDX-License-Identifier: MIT
/*
 * Redirects (RFC 792, RFC 1122 3.2.2.2, RFC 1812 5.2.7.2, RFC 4861 8): sent
 * while forwarding, with growing pauses; believed from the gateway in use only.
 */
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/core/source.h"
#include "net/ip/forward.h"
#include "net/ip/ip.h"
#include "net/ip/limit.h"
#include "net/ip/ndisc.h"
#include "net/wire/icmp.h"

/* Sending: each one doubles the pause; after redirect_number of them nobody
 * listens, until there was silence for a while (Linux's ip_rt_send_redirect).
 */
static bool may_send(struct net *net, const struct net_addr *to) ON_NET_THREAD;

static bool may_send(struct net *net, const struct net_addr *to)
{
	const struct ip_tunables *t = &net->tunables.ip;
	struct limit_peer *peer = limit_peer_of(net, to);
	nsec_t pause;

	if (!peer)
		return false;
	if (net->now - peer->redirect_last >
	    (nsec_t)t->redirect_silence * NSEC_PER_MSEC)
		peer->redirects = 0;
	if (peer->redirects >= (uint32_t)t->redirect_number) {
		peer->redirect_last = net->now;
		return false;
	}
	pause = ((nsec_t)t->redirect_load * NSEC_PER_MSEC) << peer->redirects;
	if (peer->redirects && net->now - peer->redirect_last < pause)
		return false;
	peer->redirects++;
	peer->redirect_last = net->now;
	peer->last = net->now;
	return true;
}

void redirect_send(struct net *net, struct packet *packet,
		   const struct net_addr *gateway)
{
	if (!may_send(net, &packet->src))
		return;
	if (!addr_is_ip4(gateway))
		ndisc_send_redirect(net, packet, gateway);
	else
		icmp_send_redirect(net, packet, gateway);
}

/* secure_redirects: only to the default gateway. */
static bool is_default_gateway(struct net *net,
			       const struct net_addr *gateway) ON_NET_THREAD
{
	struct route_key key = { .dst = addr_is_ip4(gateway) ? addr_ip4(0) :
							       addr_any6() };
	struct route_answer answer;

	return !route_find_in(net, TABLE_MAIN, &key, &answer) &&
	       addr_equal(&answer.gateway, gateway);
}

/* RFC 1122 3.2.2.2: on this link, not us, and from whom we send to now; where
 * the medium is not shared by subnets (shared_media), in the same one. */
static bool believable(struct net *net, const struct packet *packet,
		       const struct net_addr *dst,
		       const struct net_addr *gateway) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	struct net_path path;
	bool forwards = netif->conf.forwarding;

	if (forwards ? !conf_both(netif, accept_redirects) :
		       !conf_any(netif, accept_redirects))
		return false;
	if (addr_equal(gateway, &packet->src) || addr_is_any(gateway) ||
	    addr_is_multicast(gateway) || netif_is_broadcast(netif, gateway) ||
	    netif_of_address(net, gateway))
		return false;
	if (path_find(net, dst, NULL, NULL, &path) || path.local ||
	    path.netif != netif || !addr_equal(&path.next_hop, &packet->src))
		return false;
	if (!netif_same_subnet(netif, gateway, gateway))
		return false;
	if (conf_any(netif, shared_media))
		return true;
	return netif_same_subnet(netif, gateway, &packet->src) &&
	       (!conf_any(netif, secure_redirects) ||
		is_default_gateway(net, gateway));
}

verdict_t redirect_in(struct net *net, struct packet *packet,
		      const struct net_addr *quoted,
		      const struct net_addr *gateway)
{
	if (!believable(net, packet, quoted, gateway))
		return packet_dropped(REASON_ICMP_REDIRECT_REFUSED);
	redirect_learn(net, quoted, gateway, packet->netif);
	return packet_consumed();
}
