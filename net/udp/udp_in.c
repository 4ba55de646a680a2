// SPDX-License-Identifier: MIT
/*
 * The stage UDP_IN: is the datagram whole, whose is it, and into that socket's
 * queue. Broadcasts and multicasts go to every socket that wants them. A packet
 * of several datagrams (UDP_SEGMENT over loopback) goes to a UDP_GRO socket in
 * one piece, to others in many; single ones may be joined (udp_join.c).
 */
#include "net/core/count.h"
#include "net/core/filter.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/ip/membership.h"
#include "net/udp/udp.h"
#include "net/udp/udp_private.h"
#include "net/wire/udp.h"

/* A connected socket that is among the locals hears its peer alone. */
static bool hears(const struct endpoint *ep, const struct net_name *remote)
{
	return !(ep->status & EP_CONNECTED) ||
	       (ep->remote.port == remote->port &&
		addr_equal(&ep->remote.addr, &remote->addr));
}

struct endpoint *udp_find(struct net *net, const struct net_name *local,
			  const struct net_name *remote,
			  const struct netif *netif)
{
	struct demux *demux = &net->udp->demux;
	struct demux_entry *entry = demux_find_pair(demux, local, remote);

	if (!entry)
		entry = demux_find_local(demux, local, remote, netif);
	if (!entry || !hears(entry_endpoint(entry), remote))
		return NULL;
	return entry_endpoint(entry);
}

/* ---- into the queue ---- */

/* `n` bytes of payload, as the socket's filter sees it: behind the header. */
static verdict_t deliver_part(struct endpoint *ep, struct packet *packet,
			      uint32_t at, uint32_t n, uint16_t segment_size,
			      const struct udp_header *h) ON_NET_THREAD
{
	uint32_t kept = UDP_HEADER + n;

	if (unlikely(ep->filter))
		kept = filter_packet(ep, packet,
				     packet_header(packet, packet->l4,
						   UDP_HEADER),
				     UDP_HEADER, at, n);
	if (!kept) {
		atomic_count(&ep->rx_dropped, 1);
		return packet_dropped(REASON_SOCKET_FILTER);
	}
	kept = MAX(kept, (uint32_t)UDP_HEADER) - UDP_HEADER;
	return dgram_deliver_part(ep, packet, at, kept, h->src_port,
				  h->dst_port, segment_size,
				  REASON_UDP_RCVBUF_FULL);
}

/* Each of the datagrams in a packet of several. */
static verdict_t deliver_segments(struct endpoint *ep, struct packet *packet,
				  const struct udp_header *h) ON_NET_THREAD
{
	verdict_t verdict = packet_consumed();

	for (uint32_t at = packet->payload; at < packet->length;
	     at += packet->gso_size) {
		uint32_t n =
			MIN(packet->length - at, (uint32_t)packet->gso_size);

		verdict = deliver_part(ep, packet, at, n, 0, h);
	}
	return verdict;
}

static verdict_t deliver_alone(struct endpoint *ep, struct packet *packet,
			       const struct udp_header *h) ON_NET_THREAD
{
	if (dgram_of(ep)->joining)
		udp_end_joining(ep);
	if (packet->gso_size && !ep->opt.gro)
		return deliver_segments(ep, packet, h);
	return deliver_part(ep, packet, packet->payload,
			    packet->length - packet->payload, packet->gso_size,
			    h);
}

void udp_count(struct net *net, const struct packet *packet, verdict_t verdict,
	       uint32_t n)
{
	if (verdict_is_drop(verdict)) {
		udp_stats(net, packet)->in_errors += n;
		if (verdict_reason(verdict) != REASON_SOCKET_FILTER)
			udp_stats(net, packet)->rcvbuf_errors += n;
	} else {
		udp_stats(net, packet)->in_datagrams += n;
	}
}

static verdict_t deliver(struct net *net, struct endpoint *ep,
			 struct packet *packet,
			 const struct udp_header *h) ON_NET_THREAD
{
	const struct dgram *half = dgram_of(ep);
	verdict_t verdict;

	if (ep->status & EP_RX_SHUT)
		return packet_dropped(REASON_UDP_SOCKET_SHUT);
	/* IPv6 without a checksum: for those who asked for it (RFC 6935). */
	if (h->checksum == 0 && !addr_is_ip4(&packet->dst) &&
	    !half->no_check6_rx) {
		udp_stats(net, packet)->in_csum_errors++;
		udp_stats(net, packet)->in_errors++;
		return packet_dropped(REASON_UDP_BAD_CHECKSUM);
	}
	if (ep->opt.gro && udp_join(ep, packet, h, &verdict))
		return verdict; /* counted when it is known */
	verdict = deliver_alone(ep, packet, h);
	udp_count(net, packet, verdict, 1);
	return verdict;
}

static bool wants_copy(const struct endpoint *ep, const struct packet *packet,
		       const struct net_name *local,
		       const struct net_name *remote)
{
	if (!ep->binding || ep->local.port != local->port || !hears(ep, remote))
		return false;
	if (!addr_is_any(&ep->local.addr) &&
	    !addr_equal(&ep->local.addr, &local->addr))
		return false;
	if (addr_is_ip4(&local->addr) ?
		    ep->family == NET_IP6 && ep->opt.v6only :
		    ep->family == NET_IP4)
		return false;
	if (ep->opt.bound_netif && ep->opt.bound_netif != packet->netif->index)
		return false;
	return !addr_is_multicast(&local->addr) ||
	       membership_allows(ep, &local->addr, &remote->addr,
				 packet->netif);
}

/* Broadcast and multicast: a copy for every socket that matches: those of the
 * port, and the one that is connected to the sender. */
static verdict_t deliver_to_all(struct net *net, struct packet *packet,
				const struct udp_header *h) ON_NET_THREAD
{
	struct net_name local = { .addr = packet->dst, .port = h->dst_port };
	struct net_name remote = { .addr = packet->src, .port = h->src_port };
	struct demux *demux = &net->udp->demux;
	verdict_t verdict = packet_dropped(REASON_UDP_NO_SOCKET);
	struct demux_entry *entry = demux_find_pair(demux, &local, &remote);
	struct hlist *chains[2];

	if (entry && wants_copy(entry_endpoint(entry), packet, &local, &remote))
		verdict = deliver(net, entry_endpoint(entry), packet, h);
	for (int i = 0, n = demux_chains(demux, &local, chains); i < n; i++)
		HLIST_FOR_EACH(entry, chains[i], node)
			if (wants_copy(entry_endpoint(entry), packet, &local,
				       &remote))
				verdict = deliver(net, entry_endpoint(entry),
						  packet, h);
	return verdict;
}

static verdict_t to_all(struct net *net, struct packet *packet,
			const struct udp_header *h) ON_NET_THREAD
{
	verdict_t verdict = deliver_to_all(net, packet, h);

	if (verdict_is_drop(verdict) &&
	    verdict_reason(verdict) == REASON_UDP_NO_SOCKET)
		udp_stats(net, packet)->ignored_multi++;
	return verdict;
}

/* ---- the stage ---- */

/* Header and checksum; REASON_NONE when all is well. */
static enum reason check(struct net *net, struct packet *packet,
			 struct udp_header *h)
{
	const uint8_t *bytes = packet_header(packet, packet->l4, UDP_HEADER);

	if (!bytes || udp_parse(bytes, UDP_HEADER, h))
		return REASON_UDP_MALFORMED;
	packet->payload = packet->l4 + UDP_HEADER;
	if (packet->gso_size) /* several: the length is one's, or all's */
		return REASON_NONE;
	if (h->length > packet->length - packet->l4)
		return REASON_UDP_MALFORMED;
	packet_trim(packet, (uint32_t)packet->l4 + h->length);
	/* 0 means "no checksum". */
	if (h->checksum == 0)
		return REASON_NONE;
	if (!packet_checksum_ok(packet, NET_IPPROTO_UDP)) {
		udp_stats(net, packet)->in_csum_errors++;
		return REASON_UDP_BAD_CHECKSUM;
	}
	return REASON_NONE;
}

static verdict_t no_socket(struct net *net, struct packet *packet,
			   const struct udp_header *h) ON_NET_THREAD
{
	if (h->checksum == 0 && !addr_is_ip4(&packet->dst)) {
		udp_stats(net, packet)->in_csum_errors++;
		udp_stats(net, packet)->in_errors++;
		return packet_dropped(REASON_UDP_BAD_CHECKSUM);
	}
	udp_stats(net, packet)->no_ports++;
	icmp_send_port_unreachable(net, packet);
	return packet_dropped(REASON_UDP_NO_SOCKET);
}

verdict_t udp_in(struct net *net, struct packet *packet)
{
	struct net_name local = { .addr = packet->dst };
	struct net_name remote = { .addr = packet->src };
	struct endpoint *ep;
	struct udp_header h;
	enum reason why = check(net, packet, &h);

	if (why) {
		udp_stats(net, packet)->in_errors++;
		return packet_dropped(why);
	}
	if (net->own_udp_port && h.dst_port == net->own_udp_port)
		return net->own_udp_input(net, packet);
	if (addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		return to_all(net, packet, &h);
	local.port = h.dst_port;
	remote.port = h.src_port;
	ep = udp_find(net, &local, &remote, packet->netif);
	return ep ? deliver(net, ep, packet, &h) : no_socket(net, packet, &h);
}
