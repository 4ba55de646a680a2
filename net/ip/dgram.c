// SPDX-License-Identifier: MIT
/*
 * The common half of datagram sockets: see dgram.h.
 */
#include "net/ip/dgram.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/error_queue.h"
#include "net/core/filter.h"
#include "net/core/instance.h"
#include "net/ip/anycast.h"
#include "net/ip/flow_lease.h"
#include "net/ip/ip.h"
#include "net/ip/membership.h"

int dgram_attach(struct endpoint *ep, struct demux *demux, struct list *all)
{
	struct dgram *half = port_alloc(sizeof *half);

	if (!half)
		return -ENOMEM;
	half->ep = ep;
	half->demux = demux;
	half->bound = ep->local;
	half->multicast_all = true;
	half->checksum_at = -1;
	list_init(&half->memberships);
	ep->half = half;
	list_push_back(all, &half->list);
	return 0;
}

static void leave_tables(struct dgram *half)
{
	if (half->in_pairs)
		demux_remove_pair(half->demux, &half->ep->entry);
	if (half->in_locals)
		demux_remove_local(half->demux, &half->ep->entry);
	half->in_pairs = half->in_locals = false;
}

/* Puts the endpoint where packets for its present names look. */
static void enter_tables(struct dgram *half)
{
	struct endpoint *ep = half->ep;

	leave_tables(half);
	if (!half->demux)
		return;
	if ((ep->status & EP_CONNECTED) && !half->pairless &&
	    demux_add_pair(half->demux, &half->ep->entry) == 0) {
		half->in_pairs = true;
		return;
	}
	demux_add_local(half->demux, &half->ep->entry);
	half->in_locals = true;
}

static int bind_now(struct endpoint *ep, const struct net_name *name,
		    bool ports) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	int err;

	if (ports) {
		err = binding_acquire(ep->net, ep, name);
		if (err)
			return err;
	} else {
		endpoint_set_names(ep, name, NULL);
	}
	half->bound = ep->local;
	enter_tables(half);
	return 0;
}

int dgram_bind(struct endpoint *ep, const struct net_name *name, bool ports)
{
	if (!ports || name->port || !ep->opt.no_port_at_bind || ep->binding)
		return bind_now(ep, name, ports);
	endpoint_set_names(ep, name, NULL);
	return 0;
}

int dgram_autobind(struct endpoint *ep)
{
	struct net_name any = { .addr = ep->local.addr };

	if (ep->binding)
		return 0;
	return bind_now(ep, &any, true) ? -EAGAIN : 0;
}

/* The way to a peer, and from which address. */
static int find_peer(struct endpoint *ep, const struct net_name *name,
		     struct net_path *path) ON_NET_THREAD
{
	const struct dgram *half = dgram_of(ep);
	struct path_key key = { .dst = name->addr,
				.source = half->bound.addr,
				.mark = ep->opt.mark,
				.tos = ep->opt.tos,
				.on_link = ep->opt.dont_route,
				.any_source = ep->opt.transparent,
				.wish = ep->opt.source_wish };
	bool group = addr_is_multicast(&name->addr);
	uint32_t index = ep->opt.bound_netif;

	if (!index)
		index = name->scope;
	if (!index && !addr_is_ip4(&name->addr))
		index = half->sticky_netif;
	if (!index)
		index = group ? half->multicast_netif : half->unicast_netif;
	if (index) {
		key.bound = netif_by_index(ep->net, index);
		if (!key.bound)
			return -ENODEV;
	}
	/* Bound to a group or to a broadcast address: no source. */
	if (addr_is_multicast(&key.source) ||
	    (addr_is_ip4(&key.source) &&
	     route_local_type(ep->net, &key.source, NULL) == ROUTE_BROADCAST))
		key.source = addr_any6();
	if (addr_is_any(&key.source) && !addr_is_ip4(&name->addr))
		key.source = half->sticky_source;
	if (group && addr_is_any(&key.source))
		key.source = half->multicast_source;
	return path_find_for(ep->net, &key, path);
}

int dgram_connect(struct endpoint *ep, const struct net_name *name, bool ports)
{
	struct dgram *half = dgram_of(ep);
	struct net_name local;
	struct net_path path;
	int err;

	err = find_peer(ep, name, &path);
	if (err)
		return err;
	if (path.broadcast && !ep->opt.broadcast)
		return -EACCES;
	if (ports) {
		err = dgram_autobind(ep);
		if (err)
			return err;
	}
	local = ep->local;
	local.addr = path.source;
	endpoint_set_names(ep, &local, name);
	endpoint_set_status(ep, EP_CONNECTED, 0);
	ep->state = 1; /* ESTABLISHED, as Linux shows it */
	enter_tables(half);
	return 0;
}

int dgram_disconnect(struct endpoint *ep)
{
	struct dgram *half = dgram_of(ep);
	struct net_name none = { .addr = half->bound.addr };
	struct net_name local = half->bound;

	/* A port that nobody asked for by its number is given back. */
	if (ep->binding && ep->port_origin != PORT_CHOSEN) {
		leave_tables(half);
		binding_release(ep);
		half->bound.port = local.port = 0;
	}
	none.addr = ep->family == NET_IP4 ? addr_ip4(0) : addr_any6();
	endpoint_set_names(ep, &local, &none);
	endpoint_set_status(ep, 0, EP_CONNECTED);
	ep->state = 7;
	if (half->in_pairs || half->in_locals)
		enter_tables(half);
	return 0;
}

int dgram_destroy(struct net *net, struct demux_entry *entry)
{
	struct endpoint *ep = entry_endpoint(entry);

	endpoint_set_error(ep, ECONNABORTED);
	return dgram_disconnect(ep);
}

int dgram_shutdown(struct endpoint *ep, int how)
{
	uint32_t set = 0;

	if (!(ep->status & EP_CONNECTED))
		return -ENOTCONN;
	if (how == 0 || how == 2)
		set |= EP_RX_SHUT;
	if (how == 1 || how == 2)
		set |= EP_TX_SHUT;
	endpoint_set_status(ep, set, 0);
	endpoint_wake(ep,
		      NET_POLLIN | NET_POLLOUT | NET_POLLRDHUP | NET_POLLHUP);
	return 0;
}

void dgram_close(struct endpoint *ep, bool abort)
{
	struct dgram *half = dgram_of(ep);

	if (unlikely(ep->net->watch.socket_gone) &&
	    ep->protocol->number == NET_IPPROTO_UDP)
		ep->net->watch.socket_gone(ep->net, ep);
	membership_flush(ep);
	flow_lease_release(ep);
	anycast_release(ep);
	if (half->pending)
		dgram_refuse(ep, half->pending, 0);
	leave_tables(half);
	binding_release(ep);
	list_remove(&half->list);
	port_free(half->six);
	port_free(half->joining);
	port_free(half);
	endpoint_half_done(ep);
}

/* The headers between IPv6's and the transport's, for who wants them. Without
 * memory the datagram goes without. */
static void copy_extensions(struct datagram *datagram, struct packet *packet)
{
	uint32_t from = packet->l3 + (uint32_t)IP6_HEADER;
	const uint8_t *next;
	uint32_t length;

	if (addr_is_ip4(&packet->dst) || packet->l4 <= from)
		return;
	next = packet_header(packet, packet->l3 + 6u, 1);
	length = packet->l4 - from;
	datagram->extensions = next ? port_buf_alloc(length) : NULL;
	if (!datagram->extensions)
		return;
	datagram->extensions_first = *next;
	packet_copy(packet, from, datagram->extensions->data, length);
	datagram->extensions_length = (uint16_t)length;
	datagram->charge += datagram->extensions->truesize;
}

verdict_t dgram_deliver_made(struct endpoint *ep, struct datagram *datagram,
			     struct packet *packet, uint16_t src_port,
			     uint16_t dst_port, uint16_t segment_size,
			     enum reason full)
{
	const struct netif_address *own;
	enum reason why;

	datagram->remote.addr = packet->src;
	datagram->remote.port = src_port;
	if (addr_is_link_local6(&packet->src))
		datagram->remote.scope = packet->netif->index;
	datagram->local.addr = datagram->own = packet->dst;
	datagram->local.port = dst_port;
	if (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST)) {
		own = netif_source(packet->netif, &packet->src);
		if (own)
			datagram->own = own->addr;
	}
	datagram->netif = packet->netif->index;
	datagram->time = packet->time;
	datagram->ttl = packet->ttl;
	datagram->tos = packet->tos;
	datagram->flow = packet->flow;
	datagram->fragment_size = packet->fragment_size;
	datagram->protocol = packet->protocol;
	datagram->segment_size = segment_size;
	datagram->options_length = packet->options_length;
	if (packet->options_length)
		memcpy(datagram->options, packet->options,
		       packet->options_length);
	if (unlikely(ep->opt.ip6 & IP6_TELL_EXTENSIONS))
		copy_extensions(datagram, packet);
	why = endpoint_deliver(ep, datagram, full);
	return why ? packet_dropped(why) : packet_delivered();
}

verdict_t dgram_deliver_part(struct endpoint *ep, struct packet *packet,
			     uint32_t offset, uint32_t length,
			     uint16_t src_port, uint16_t dst_port,
			     uint16_t segment_size, enum reason full)
{
	struct datagram *datagram;

	packet_note_endpoint(packet, ep);
	if (endpoint_sample_charge(ep) >= atomic_load_relaxed(&ep->rcvbuf)) {
		atomic_count(&ep->rx_dropped, 1);
		return packet_dropped(full);
	}
	datagram = datagram_from_packet(packet, offset, length);
	if (!datagram)
		return packet_dropped(REASON_NO_MEMORY);
	return dgram_deliver_made(ep, datagram, packet, src_port, dst_port,
				  segment_size, full);
}

verdict_t dgram_deliver(struct endpoint *ep, struct packet *packet,
			uint32_t offset, uint16_t src_port, uint16_t dst_port,
			enum reason full)
{
	uint32_t kept = filter_packet(ep, packet, NULL, 0, offset,
				      packet->length - offset);

	if (!kept)
		return packet_dropped(REASON_SOCKET_FILTER);
	return dgram_deliver_part(ep, packet, offset, kept, src_port, dst_port,
				  0, full);
}

void dgram_error(struct endpoint *ep, const struct icmp_error *error,
		 uint32_t header)
{
	bool connected = ep->status & EP_CONNECTED, hard = error->hard;

	if (error->mtu) {
		if (ep->opt.mtu_discover == MTU_DONT)
			return;
		hard = true;
	}
	/* Linux udp_err(): without IP_RECVERR only hard errors, only when
	 * connected. */
	if (!(ep->opt.tell & TELL_ERRORS) && (!connected || !hard))
		return;
	if (ep->opt.tell & TELL_ERRORS)
		error_queue_icmp(ep, error, header);
	endpoint_set_error(ep, error->error);
}

void dgram_describe(struct demux_entry *entry, struct socket_info *out)
{
	const struct endpoint *ep = entry_endpoint(entry);

	memset(out, 0, sizeof *out);
	out->local = ep->local;
	out->remote = ep->remote;
	out->family = ep->family;
	out->state = ep->state;
	out->tx_queue = ep->tx_charged;
	out->rx_queue = ep->rx_charged;
	out->uid = ep->uid;
	out->inode = ep->inode;
	out->id = ep->id;
	out->refs = (uint32_t)refcount_read(&ep->refs);
	out->dropped = ep->rx_dropped;
	out->pid = ep->pid;
}
