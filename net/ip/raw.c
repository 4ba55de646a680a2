// SPDX-License-Identifier: MIT
/*
 * Raw sockets (raw(7)): copies of all packets of one IP protocol, and sending
 * with a header of ours or, with IP_HDRINCL, of their own. The stage RAW_IN is
 * where packets of protocols end that no stage knows.
 */
#include "net/ip/raw.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/ip.h"
#include "net/ip/membership.h"
#include "net/ip/raw6.h"
#include "net/wire/checksum.h"
#include "net/wire/ip4.h"

struct list *raw_chain(struct net *net, int family, uint8_t number)
{
	uint32_t half = RAW_BUCKETS / 2;

	return &net->ip->raw[number % half + (family == NET_IP6 ? half : 0)];
}

static bool wants(const struct endpoint *ep,
		  struct packet *packet) ON_NET_THREAD
{
	const uint8_t *icmp;

	if (ep->number != packet->protocol ||
	    ep->family != addr_family(&packet->dst))
		return false;
	if (!addr_is_any(&ep->local.addr) &&
	    !addr_equal(&ep->local.addr, &packet->dst))
		return false;
	if ((ep->status & EP_CONNECTED) &&
	    !addr_equal(&ep->remote.addr, &packet->src))
		return false;
	if (ep->opt.bound_netif && ep->opt.bound_netif != packet->netif->index)
		return false;
	if (addr_is_multicast(&packet->dst) &&
	    !membership_allows(ep, &packet->dst, &packet->src, packet->netif))
		return false;
	if (ep->family == NET_IP6)
		return raw6_wants(ep, packet);
	if (ep->number != NET_IPPROTO_ICMP || !dgram_of(ep)->icmp_filter)
		return true;
	icmp = packet_header(packet, packet->l4, 1);
	return icmp &&
	       (icmp[0] >= 32 || !(dgram_of(ep)->icmp_filter >> icmp[0] & 1));
}

bool raw_deliver(struct net *net, struct packet *packet)
{
	/* IPv4 raw sockets see the IP header, IPv6 ones do not. */
	uint32_t from = addr_is_ip4(&packet->dst) ? packet->l3 : packet->l4;
	struct list *chain =
		raw_chain(net, addr_family(&packet->dst), packet->protocol);
	struct dgram *half;
	bool any = false;

	LIST_FOR_EACH(half, chain, list) {
		if (!wants(half->ep, packet))
			continue;
		dgram_deliver(half->ep, packet, from, 0, 0,
			      REASON_RAW_RCVBUF_FULL);
		any = true;
	}
	return any;
}

verdict_t raw_in(struct net *net, struct packet *packet)
{
	if (raw_deliver(net, packet)) {
		ip_count(net, packet, IP_STAT(in_delivers));
		return packet_delivered();
	}
	ip_count(net, packet, IP_STAT(in_unknown_protos));
	icmp_send_unreachable(net, packet, UNREACHABLE_PROTOCOL);
	return packet_dropped(REASON_IP_NO_PROTOCOL);
}

static int attach(struct endpoint *ep) ON_NET_THREAD
{
	int err;

	if (ep->number == NET_IPPROTO_RAW)
		ep->opt.header_included = true;
	err = dgram_attach(ep, NULL,
			   raw_chain(ep->net, ep->family, ep->number));
	if (!err && ep->family == NET_IP6)
		raw6_attach(ep);
	return err;
}

static void close(struct endpoint *ep, bool abort) ON_NET_THREAD
{
	raw6_detach(ep);
	dgram_close(ep, abort);
}

static int bind(struct endpoint *ep, const struct net_name *name) ON_NET_THREAD
{
	struct net_name n = *name;

	n.port = 0;
	return dgram_bind(ep, &n, false);
}

static int connect(struct endpoint *ep,
		   const struct net_name *name) ON_NET_THREAD
{
	return dgram_connect(ep, name, false);
}

/* The program's own IP header: length, checksum, and what it left 0. */
static bool complete_header(struct net *net,
			    struct packet *packet) ON_NET_THREAD
{
	uint8_t *ip = packet_header(packet, 0, IP4_HEADER_MIN), *own;
	uint32_t length;

	if (!ip || ip[0] >> 4 != 4 || (ip[0] & 15) < 5)
		return false;
	length = (uint32_t)(ip[0] & 15) * 4;
	/* A copy in the head, where more headers can go in front. */
	own = packet_header_slow(packet, 0, length);
	if (!own)
		return false;
	put_be16(own + 2, (uint16_t)packet->length);
	if (get_be16(own + 4) == 0)
		put_be16(own + 4, ip4_next_id(net, &packet->dst));
	if (get_be32(own + 12) == 0)
		put_be32(own + 12, addr_to_ip4(&packet->src));
	put_be16(own + 10, 0);
	checksum_store(own + 10, checksum_finish(checksum_add(0, own, length)));
	packet->src = addr_ip4(get_be32(own + 12));
	packet->l4 = (uint16_t)length;
	packet->flags |= PACKET_HEADER_INCLUDED;
	return true;
}

/* IPv6's is sent as it is. */
static bool take_header6(struct packet *packet)
{
	if (!packet_header_slow(packet, 0, IP6_HEADER))
		return false;
	packet->l4 = IP6_HEADER;
	packet->flags |= PACKET_HEADER_INCLUDED;
	return true;
}

static void send(struct net *net, struct endpoint *ep,
		 struct packet *packet) ON_NET_THREAD
{
	bool own = ep->opt.header_included, six = ep->family == NET_IP6;

	if (own &&
	    (!(six ? take_header6(packet) : complete_header(net, packet)) ||
	     packet->length > packet->netif->mtu)) {
		endpoint_set_error(ep, packet->length > packet->netif->mtu ?
					       EMSGSIZE :
					       EINVAL);
		packet_free(net, packet);
		return;
	}
	if (six && !own && raw6_complete(ep, packet)) {
		endpoint_set_error(ep, EINVAL);
		packet_free(net, packet);
		return;
	}
	ip_output(net, packet);
}

static void kick(struct endpoint *ep) ON_NET_THREAD
{
	struct datagram *datagram;

	while ((datagram = dgram_next(ep))) {
		struct packet *packet = dgram_packet(ep, datagram, 0);

		if (packet)
			send(ep->net, ep, packet);
	}
}

static int setsockopt(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length) ON_NET_THREAD
{
	if (ep->family == NET_IP6) {
		int err = raw6_setsockopt(ep, level, name, value, length);

		return err != -ENOPROTOOPT ?
			       err :
			       dgram_setsockopt(ep, level, name, value, length);
	}
	if (level != NET_IPPROTO_RAW || name != NET_ICMP_FILTER)
		return dgram_setsockopt(ep, level, name, value, length);
	if (ep->number != NET_IPPROTO_ICMP)
		return -EOPNOTSUPP;
	memcpy(&dgram_of(ep)->icmp_filter, value,
	       MIN(length, (uint32_t)sizeof dgram_of(ep)->icmp_filter));
	return 0;
}

static int getsockopt(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length) ON_NET_THREAD
{
	if (ep->family == NET_IP6) {
		int n = raw6_getsockopt(ep, level, name, value, length);

		return n != -ENOPROTOOPT ?
			       n :
			       dgram_getsockopt(ep, level, name, value, length);
	}
	if (level != NET_IPPROTO_RAW || name != NET_ICMP_FILTER)
		return dgram_getsockopt(ep, level, name, value, length);
	return sockopt_put_int(value, length, (int)dgram_of(ep)->icmp_filter);
}

/* Linux raw_err(): the connected ones, and those with IP_RECVERR. */
static void error(struct net *net, const struct icmp_error *e) ON_NET_THREAD
{
	struct list *chain =
		raw_chain(net, addr_family(&e->remote.addr), e->protocol);
	struct dgram *half;

	LIST_FOR_EACH(half, chain, list) {
		struct endpoint *ep = half->ep;

		if (ep->number != e->protocol ||
		    ep->family != addr_family(&e->remote.addr))
			continue;
		if ((ep->status & EP_CONNECTED) &&
		    !addr_equal(&ep->remote.addr, &e->remote.addr))
			continue;
		if (!addr_is_any(&ep->local.addr) &&
		    !addr_equal(&ep->local.addr, &e->local.addr))
			continue;
		if (e->mtu && !e->here)
			path_mtu_learn(net, &e->remote.addr, e->mtu);
		dgram_error(ep, e, 0);
	}
}

static struct demux_entry *entry_of(struct list *node)
{
	return &container_of(node, struct dgram, list)->ep->entry;
}

static struct demux_entry *next(struct net *net,
				struct diag_walk *walk) ON_NET_THREAD
{
	struct demux_entry *entry;

	for (; walk->bucket < RAW_BUCKETS; walk->bucket++, walk->skip = 0) {
		entry = diag_next_in_list(&net->ip->raw[walk->bucket], entry_of,
					  walk);
		if (entry || !walk->budget)
			return entry;
	}
	return NULL;
}

static bool end_fits(const struct net_name *own, const struct net_name *of)
{
	return addr_is_any(&own->addr) || addr_equal(&own->addr, &of->addr);
}

static struct demux_entry *find(struct net *net, const struct net_name *local,
				const struct net_name *remote,
				const struct netif *netif, uint8_t number)
{
	struct list *chain = raw_chain(net, addr_family(&local->addr), number);
	struct dgram *half;

	LIST_FOR_EACH(half, chain, list) {
		struct endpoint *ep = half->ep;

		if (ep->number == number &&
		    ep->family == addr_family(&local->addr) &&
		    end_fits(&ep->local, local) &&
		    end_fits(&ep->remote, remote) &&
		    (!ep->opt.bound_netif ||
		     (netif && netif->index == ep->opt.bound_netif)))
			return &ep->entry;
	}
	return NULL;
}

static void describe(struct demux_entry *entry,
		     struct socket_info *out) ON_NET_THREAD
{
	dgram_describe(entry, out);
	out->local.port = entry_endpoint(entry)->number;
}

void raw_sockstat(struct net *net, struct sockstat_info *out)
{
	const struct dgram *half;

	for (uint32_t i = 0; i < RAW_BUCKETS; i++)
		LIST_FOR_EACH(half, &net->ip->raw[i], list)
			*(half->ep->family == NET_IP4 ? &out->raw_inuse :
							&out->raw6_inuse) += 1;
}

const struct diag_inet raw_diag = {
	.number = NET_IPPROTO_RAW,
	.next = next,
	.find = find,
	.describe = describe,
	.destroy = dgram_destroy,
};

const struct protocol raw_protocol = {
	.name = "RAW",
	.type = NET_SOCK_RAW,
	.attach = attach,
	.bind = bind,
	.connect = connect,
	.disconnect = dgram_disconnect,
	.shutdown = dgram_shutdown,
	.close = close,
	.setsockopt = setsockopt,
	.getsockopt = getsockopt,
	.kick = kick,
	.error = error,
};
