// SPDX-License-Identifier: MIT
/*
 * The common half of datagram sockets: see dgram.h.
 */
#include "net/ip/dgram.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"

int dgram_attach(struct endpoint *ep, struct demux *demux, struct list *all)
{
	struct dgram *half = port_alloc(sizeof *half);

	if (!half)
		return -ENOMEM;
	half->ep = ep;
	half->demux = demux;
	half->bound = ep->local;
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
	if ((ep->status & EP_CONNECTED) &&
	    demux_add_pair(half->demux, &half->ep->entry) == 0) {
		half->in_pairs = true;
		return;
	}
	demux_add_local(half->demux, &half->ep->entry);
	half->in_locals = true;
}

int dgram_bind(struct endpoint *ep, const struct net_name *name, bool ports)
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

int dgram_autobind(struct endpoint *ep)
{
	struct net_name any = { .addr = ep->local.addr };

	if (ep->binding.held)
		return 0;
	return dgram_bind(ep, &any, true) ? -EAGAIN : 0;
}

int dgram_connect(struct endpoint *ep, const struct net_name *name, bool ports)
{
	struct dgram *half = dgram_of(ep);
	struct net_name local;
	struct net_path path;
	int err;

	err = path_find(ep->net, &name->addr, &half->bound.addr,
			endpoint_netif(ep), &path);
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

	if (ep->binding.held)
		local.port = ep->binding.port;
	none.addr = ep->family == NET_IP4 ? addr_ip4(0) : addr_any6();
	endpoint_set_names(ep, &local, &none);
	endpoint_set_status(ep, 0, EP_CONNECTED);
	ep->state = 7;
	if (half->in_pairs || half->in_locals)
		enter_tables(half);
	return 0;
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

	leave_tables(half);
	binding_release(ep);
	list_remove(&half->list);
	port_free(half);
	endpoint_half_done(ep);
}

struct datagram *dgram_next(struct endpoint *ep)
{
	struct mail *mail = mailbox_pop(&ep->tx_box);

	return mail ? container_of(mail, struct datagram, mail) : NULL;
}

void dgram_discard(struct endpoint *ep, struct datagram *datagram)
{
	atomic_fetch_sub(&ep->tx_charged, datagram->charge);
	endpoint_writable(ep);
	datagram_free(datagram);
}

static struct netif *wanted_netif(struct endpoint *ep,
				  const struct datagram *datagram,
				  const struct net_name *to) ON_NET_THREAD
{
	uint32_t index = datagram->netif;

	if (!index)
		index = to->scope;
	if (!index)
		index = ep->opt.bound_netif;
	return index ? netif_by_index(ep->net, index) : NULL;
}

static int find_way(struct endpoint *ep, const struct datagram *datagram,
		    const struct net_name *to,
		    struct net_path *path) ON_NET_THREAD
{
	const struct net_addr *source = &ep->local.addr;
	int err;

	if (datagram->flags & DATAGRAM_HAS_SOURCE)
		source = &datagram->local.addr;
	else if (addr_is_multicast(source) ||
		 (addr_is_ip4(source) && !netif_of_address(ep->net, source)))
		source = NULL; /* bound to a group or broadcast address */
	err = path_find(ep->net, &to->addr, source,
			wanted_netif(ep, datagram, to), path);
	if (err)
		return err;
	return path->broadcast && !ep->opt.broadcast ? -EACCES : 0;
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
	datagram_free(datagram);
	return true;
}

static void set_header(struct endpoint *ep, struct packet *packet,
		       const struct datagram *datagram, bool multicast)
{
	int ttl = multicast ? ep->opt.multicast_ttl : ep->opt.ttl;

	if (datagram->flags & DATAGRAM_HAS_TTL)
		ttl = datagram->ttl;
	packet->ttl = ttl > 0 ? (uint8_t)ttl : 0;
	packet->tos = addr_is_ip4(&packet->dst) ? ep->opt.tos : ep->opt.tclass;
	if (datagram->flags & DATAGRAM_HAS_TOS)
		packet->tos = datagram->tos;
	/* IP_PMTUDISC_DO and PROBE set DF; WANT fragments locally instead. */
	if (ep->opt.mtu_discover == 2 || ep->opt.mtu_discover == 3)
		packet->flags |= PACKET_DONT_FRAGMENT;
	packet->protocol = ep->number;
	packet->note.why = WHY_DATAGRAM;
	packet_note_endpoint(packet, ep);
}

struct packet *dgram_packet(struct endpoint *ep, struct datagram *datagram,
			    struct net_name *to)
{
	struct net *net = ep->net;
	struct packet *packet;
	struct net_path path;
	int err = 0;

	*to = datagram->flags & DATAGRAM_HAS_NAME ? datagram->remote :
						    ep->remote;
	if (!(datagram->flags & DATAGRAM_HAS_NAME) &&
	    !(ep->status & EP_CONNECTED))
		err = -EDESTADDRREQ;
	if (addr_is_any(&to->addr))
		to->addr = addr_is_ip4(&to->addr) ? addr_ip4(0x7f000001) :
						    addr_loopback6();
	if (!err)
		err = find_way(ep, datagram, to, &path);
	if (!err && ep->opt.mtu_discover == 2 &&
	    datagram->length + 8 + ip_header_length(&to->addr) > path.mtu)
		err = -EMSGSIZE;
	if (err) {
		endpoint_set_error(ep, -err);
		dgram_discard(ep, datagram);
		return NULL;
	}
	packet = packet_new(net);
	if (!packet) {
		dgram_discard(ep, datagram);
		return NULL;
	}
	packet->src = path.source;
	packet->dst = to->addr;
	packet_set_path(packet, &path);
	set_header(ep, packet, datagram, path.multicast);
	if (!fill_packet(ep, datagram, packet)) {
		packet_free(net, packet);
		dgram_discard(ep, datagram);
		return NULL;
	}
	return packet;
}

verdict_t dgram_deliver(struct endpoint *ep, struct packet *packet,
			uint32_t offset, uint16_t src_port, uint16_t dst_port,
			enum reason full)
{
	struct datagram *datagram;
	enum reason why;

	packet_note_endpoint(packet, ep);
	if (atomic_load_relaxed(&ep->rx_charged) >=
	    atomic_load_relaxed(&ep->rcvbuf)) {
		atomic_count(&ep->rx_dropped, 1);
		return packet_dropped(full);
	}
	datagram =
		datagram_from_packet(packet, offset, packet->length - offset);
	if (!datagram)
		return packet_dropped(REASON_NO_MEMORY);
	datagram->remote.addr = packet->src;
	datagram->remote.port = src_port;
	datagram->local.addr = packet->dst;
	datagram->local.port = dst_port;
	datagram->netif = packet->netif->index;
	datagram->time = packet->time;
	datagram->ttl = packet->ttl;
	datagram->tos = packet->tos;
	datagram->protocol = packet->protocol;
	why = endpoint_deliver(ep, datagram, full);
	return why ? packet_dropped(why) : packet_delivered();
}

void dgram_error(struct endpoint *ep, const struct icmp_error *error)
{
	bool connected = ep->status & EP_CONNECTED;

	if (error->mtu && ep->opt.mtu_discover == 0)
		return;
	/* Linux udp_err(): without IP_RECVERR only hard errors, only when
	 * connected. */
	if (!ep->opt.recv_error && (!connected || !error->hard))
		return;
	endpoint_set_error(ep, error->error);
}

void dgram_info(const struct endpoint *ep, struct socket_info *out)
{
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
