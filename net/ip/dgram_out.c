// SPDX-License-Identifier: MIT
/*
 * The way out of datagram sockets: from what the user queued to packets with a
 * way, a source, and the flags that the socket's options ask for.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/error_queue.h"
#include "net/core/instance.h"
#include "net/ip/dgram.h"
#include "net/ip/flow_lease.h"
#include "net/ip/ip.h"
#include "net/wire/ip4.h"

struct datagram *dgram_next(struct endpoint *ep)
{
	return endpoint_next_datagram(ep);
}

void dgram_accepted(struct datagram *datagram)
{
	struct request *answer = datagram->answer;

	datagram->answer = NULL;
	if (answer)
		request_finish(answer, 0);
}

void dgram_refuse(struct endpoint *ep, struct datagram *datagram, int err)
{
	if (datagram->answer)
		request_finish(datagram->answer, err);
	else if (err)
		endpoint_set_error(ep, -err);
	atomic_fetch_sub(&ep->tx_charged, datagram->charge);
	endpoint_writable(ep);
	datagram_free(datagram);
}

/* ---- the way ---- */

/* By which interface the program wants it to go; 0: any. */
static uint32_t wanted_netif(struct endpoint *ep,
			     const struct datagram *datagram,
			     const struct net_name *to)
{
	const struct dgram *half = dgram_of(ep);

	if (datagram->netif)
		return datagram->netif;
	if (ep->opt.bound_netif)
		return ep->opt.bound_netif;
	if (to->scope)
		return to->scope;
	if (half->sticky_netif && !addr_is_ip4(&to->addr))
		return half->sticky_netif;
	return addr_is_multicast(&to->addr) ? half->multicast_netif :
					      half->unicast_netif;
}

static struct net_addr wanted_source(struct endpoint *ep,
				     const struct datagram *datagram,
				     const struct net_name *to) ON_NET_THREAD
{
	const struct net_addr *own = &ep->local.addr;

	if (datagram->flags & DATAGRAM_HAS_SOURCE)
		return datagram->local.addr;
	/* Bound to a group or to a broadcast address. */
	if (addr_is_multicast(own) ||
	    (addr_is_ip4(own) &&
	     route_local_type(ep->net, own, NULL) == ROUTE_BROADCAST))
		own = NULL;
	if (own && !addr_is_any(own))
		return *own;
	if (!addr_is_ip4(&to->addr) &&
	    !addr_is_any(&dgram_of(ep)->sticky_source))
		return dgram_of(ep)->sticky_source;
	return addr_is_multicast(&to->addr) ? dgram_of(ep)->multicast_source :
					      addr_any6();
}

int dgram_find_way(struct endpoint *ep, const struct datagram *datagram,
		   struct dgram_way *way)
{
	struct path_key key = { .mark = ep->opt.mark,
				.tos = ep->opt.tos,
				.wish = ep->opt.source_wish };
	uint32_t index;
	int err;

	way->to = datagram->flags & DATAGRAM_HAS_NAME ? datagram->remote :
							ep->remote;
	if (!(datagram->flags & DATAGRAM_HAS_NAME) &&
	    !(ep->status & EP_CONNECTED))
		return -EDESTADDRREQ;
	if ((datagram->flags & DATAGRAM_HAS_FLOW) &&
	    !flow_lease_allows(ep, datagram->flow))
		return -EINVAL;
	if (addr_is_any(&way->to.addr))
		way->to.addr = addr_is_ip4(&way->to.addr) ?
				       addr_ip4(0x7f000001) :
				       addr_loopback6();
	key.dst = way->to.addr;
	key.source = wanted_source(ep, datagram, &way->to);
	index = wanted_netif(ep, datagram, &way->to);
	key.bound = index ? netif_by_index(ep->net, index) : NULL;
	if (index && !key.bound)
		return -ENODEV;
	if (datagram->flags & DATAGRAM_HAS_TOS)
		key.tos = datagram->tos;
	if (datagram->flags & DATAGRAM_HAS_MARK)
		key.mark = datagram->mark;
	key.on_link = ep->opt.dont_route ||
		      (datagram->flags & DATAGRAM_DONTROUTE);
	key.any_source = ep->opt.transparent || ep->opt.header_included;
	err = path_find_for(ep->net, &key, &way->path);
	if (err == -ENETUNREACH)
		ip_count_no_route(ep->net, &key.dst);
	if (err)
		return err;
	way->mtu = ep->opt.mtu_discover >= MTU_PROBE ? way->path.netif->mtu :
						       way->path.mtu;
	if (dgram_of(ep)->six && dgram_of(ep)->six->fragment_size)
		way->mtu = MIN(way->mtu, dgram_of(ep)->six->fragment_size);
	return way->path.broadcast && !ep->opt.broadcast ? -EACCES : 0;
}

/* ---- its size ---- */

/* The options, or (IPv6) the list of extension headers that go along. */
static const uint8_t *options_of(struct endpoint *ep,
				 const struct datagram *datagram, bool ip4,
				 uint32_t *length)
{
	const struct dgram *half = dgram_of(ep);
	uint32_t own = ip4 ? DATAGRAM_HAS_OPTIONS : DATAGRAM_HAS_EXTENSIONS;

	if (datagram->flags & own) {
		*length = datagram->options_length;
		return datagram->options;
	}
	if (ip4) {
		*length = half->options_length;
		return half->options;
	}
	*length = half->six ? half->six->extensions.length : 0;
	return half->six ? half->six->extensions.bytes : NULL;
}

/* Bytes of IP's header with this datagram's options. */
static uint32_t ip_header(struct endpoint *ep, const struct datagram *datagram,
			  const struct net_name *to)
{
	bool ip4 = addr_is_ip4(&to->addr);
	uint32_t length;
	const uint8_t *options = options_of(ep, datagram, ip4, &length);

	return ip4 ? IP4_HEADER + length :
		     IP6_HEADER + extension_size(options, length);
}

static bool refuses_fragments(const struct endpoint *ep,
			      const struct datagram *datagram)
{
	uint8_t mode = ep->opt.mtu_discover;

	return (mode >= MTU_DO && mode <= MTU_INTERFACE) ||
	       (ep->opt.ip6 & IP6_DONT_FRAGMENT) ||
	       (datagram->flags & DATAGRAM_DONT_FRAGMENT);
}

/* RFC 3542 11.3: a message without bytes, among those received. */
static void tell_path_mtu(struct endpoint *ep, const struct net_name *to,
			  uint32_t mtu) ON_NET_THREAD
{
	struct datagram *news = datagram_new(0);

	if (!news)
		return;
	news->remote = *to;
	news->error.origin = ERROR_PATH_MTU;
	news->error.info = mtu;
	endpoint_deliver(ep, news, REASON_UDP_RCVBUF_FULL);
}

int dgram_check_size(struct endpoint *ep, const struct datagram *datagram,
		     const struct dgram_way *way, uint32_t length)
{
	uint32_t all = length + ip_header(ep, datagram, &way->to);
	uint32_t most = addr_is_ip4(&way->to.addr) ? PACKET_MAX :
						     PACKET_MAX + IP6_HEADER;

	if (all <= most && !(datagram->flags & DATAGRAM_TOO_LONG) &&
	    (all <= way->mtu || !refuses_fragments(ep, datagram)))
		return 0;
	if (ep->opt.tell & TELL_ERRORS)
		error_queue_local(ep, &way->to, EMSGSIZE, way->mtu);
	if (ep->opt.ip6 & IP6_TELL_PATH_MTU)
		tell_path_mtu(ep, &way->to, way->mtu);
	return -EMSGSIZE;
}

/* ---- its header ---- */

static uint32_t df_flags(const struct endpoint *ep, const struct dgram_way *way,
			 uint32_t all)
{
	switch (ep->opt.mtu_discover) {
	case MTU_DO:
		return PACKET_DONT_FRAGMENT;
	case MTU_PROBE:
		return PACKET_DONT_FRAGMENT | PACKET_IGNORE_MTU;
	case MTU_WANT:
		return all <= way->path.mtu && !way->path.mtu_locked ?
			       PACKET_DONT_FRAGMENT :
			       0;
	case MTU_INTERFACE:
	case MTU_OMIT:
		return PACKET_IGNORE_MTU;
	default:
		return 0;
	}
}

static void set_options(struct endpoint *ep, const struct datagram *datagram,
			struct packet *packet)
{
	bool ip4 = addr_is_ip4(&packet->dst);
	uint32_t length;
	const uint8_t *options = options_of(ep, datagram, ip4, &length);

	if (!length)
		return;
	if (!ip4) {
		extension_arrange(options, length, packet);
		return;
	}
	packet->options_length = (uint8_t)length;
	memcpy(packet->options, options, length);
}

/* An IPv4 datagram's own TOS brings its own priority. */
static void set_class(const struct endpoint *ep,
		      const struct datagram *datagram, struct packet *packet)
{
	bool ip4 = addr_is_ip4(&packet->dst);

	packet->tos = ip4 ? ep->opt.tos : ep->opt.tclass;
	packet->priority = ep->opt.priority;
	if (datagram->flags & DATAGRAM_HAS_TOS) {
		packet->tos = datagram->tos;
		if (ip4)
			packet->priority = ip4_priority(packet->tos);
	}
	if (datagram->flags & DATAGRAM_HAS_PRIORITY)
		packet->priority = datagram->priority;
}

void dgram_fill_header(struct endpoint *ep, const struct datagram *datagram,
		       const struct dgram_way *way, struct packet *packet,
		       uint32_t length)
{
	int ttl = way->path.multicast ? ep->opt.multicast_ttl : ep->opt.ttl;
	uint32_t all = length + ip_header(ep, datagram, &way->to);

	packet->src = way->path.source;
	packet->dst = way->to.addr;
	if (datagram->flags & DATAGRAM_HAS_TTL)
		ttl = datagram->ttl;
	packet->ttl = ttl > 0 ? (uint8_t)ttl : 0;
	if (ttl == 0)
		packet->flags |= PACKET_LOCAL_TTL;
	packet_set_path(packet, &way->path);
	set_class(ep, datagram, packet);
	if (datagram->flags & DATAGRAM_HAS_FLOW)
		packet->flow = datagram->flow;
	if (datagram->flags & DATAGRAM_CONFIRM)
		packet->flags |= PACKET_CONFIRMS;
	if (ep->opt.ip6 & IP6_NO_AUTO_FLOW)
		packet->flags |= PACKET_NO_FLOW;
	if (dgram_of(ep)->six)
		packet->fragment_size =
			(uint16_t)dgram_of(ep)->six->fragment_size;
	if (way->path.multicast && !ep->opt.multicast_loop)
		packet->flags |= PACKET_NO_LOOP;
	packet->flags |= df_flags(ep, way, all);
	set_options(ep, datagram, packet);
	packet->protocol = ep->number;
	packet->note.why = WHY_DATAGRAM;
	packet_note_endpoint(packet, ep);
}

void dgram_stamp(struct endpoint *ep, const struct datagram *datagram)
{
	uint32_t key = datagram->stamp_key;
	nsec_t now = ep->net->now;

	/* Nothing lies between the queue and the wire here. */
	if (datagram->flags & DATAGRAM_STAMP_SCHED)
		error_queue_stamp(ep, STAMP_SCHEDULED, key, now, NULL, 0);
	if (datagram->flags & DATAGRAM_STAMP_SENT)
		error_queue_stamp(ep, STAMP_SENT, key, now, NULL, 0);
}

/* Moves the datagram's pieces and its charge into the packet. */
static bool fill_packet(struct endpoint *ep, struct datagram *datagram,
			struct packet *packet) ON_NET_THREAD
{
	if (datagram->fragment_count > PACKET_FRAGMENTS)
		return false;
	for (int i = 0; i < datagram->fragment_count; i++) {
		struct fragment *f = &datagram->fragments[i];

		packet_add_fragment(packet, f->buf, f->offset, f->length);
	}
	datagram->fragment_count = 0;
	packet_charge(packet, ep, datagram->charge);
	dgram_stamp(ep, datagram);
	dgram_accepted(datagram);
	datagram_free(datagram);
	return true;
}

struct packet *dgram_packet(struct endpoint *ep, struct datagram *datagram,
			    uint32_t header)
{
	uint32_t length = datagram->length + header;
	struct packet *packet;
	struct dgram_way way;
	int err = dgram_find_way(ep, datagram, &way);

	if (!err)
		err = dgram_check_size(ep, datagram, &way, length);
	if (err) {
		dgram_refuse(ep, datagram, err);
		return NULL;
	}
	packet = packet_new(ep->net);
	if (packet) {
		dgram_fill_header(ep, datagram, &way, packet, length);
		if (fill_packet(ep, datagram, packet))
			return packet;
		packet_free(ep->net, packet);
	}
	dgram_refuse(ep, datagram, -ENOBUFS);
	return NULL;
}
