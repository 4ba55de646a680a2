// SPDX-License-Identifier: MIT
/*
 * UDP (RFC 768, RFC 1122 4.1): its sockets, options and errors. Datagrams come
 * in by udp_in.c and go out by udp_out.c; what all datagram sockets have in
 * common is in net/ip/dgram.c.
 */
#include "net/udp/udp.h"

#include "lib/errno.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/udp/udp_private.h"
#include "net/wire/udp.h"

int udp_create(struct net *net)
{
	struct udp_stack *udp = port_alloc(sizeof *udp);

	if (!udp)
		return -ENOMEM;
	if (demux_init(&udp->demux)) {
		port_free(udp);
		return -ENOMEM;
	}
	list_init(&udp->all);
	list_init(&udp->joining);
	net->udp = udp;
	return 0;
}

void udp_destroy(struct net *net)
{
	if (!net->udp)
		return;
	demux_destroy(&net->udp->demux);
	port_free(net->udp);
	net->udp = NULL;
}

static int attach(struct endpoint *ep) ON_NET_THREAD
{
	return dgram_attach(ep, &ep->net->udp->demux, &ep->net->udp->all);
}

static int bind(struct endpoint *ep, const struct net_name *name) ON_NET_THREAD
{
	return dgram_bind(ep, name, true);
}

static int connect(struct endpoint *ep,
		   const struct net_name *name) ON_NET_THREAD
{
	return dgram_connect(ep, name, true);
}

/* The path's MTU is learned only for a packet that a socket really may have
 * sent. */
static void error(struct net *net, const struct icmp_error *e) ON_NET_THREAD
{
	struct endpoint *ep = udp_find(net, &e->local, &e->remote, NULL);

	if (!ep)
		return;
	if (e->mtu && !e->here && ep->opt.mtu_discover < MTU_INTERFACE)
		path_mtu_learn(net, &e->remote.addr, e->mtu);
	dgram_error(ep, e, UDP_HEADER);
}

/* ---- options of level UDP ---- */

static int set_cork(struct endpoint *ep, int v) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);

	half->cork = v;
	if (!v)
		udp_push_pending(ep);
	return 0;
}

static int setsockopt(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	int v, err;

	if (level != NET_IPPROTO_UDP)
		return dgram_setsockopt(ep, level, name, value, length);
	err = sockopt_int(value, length, &v);
	if (err)
		return err;
	switch (name) {
	case NET_UDP_CORK:
		return set_cork(ep, v);
	case NET_UDP_NO_CHECK6_TX:
		half->no_check6_tx = v;
		return 0;
	case NET_UDP_NO_CHECK6_RX:
		half->no_check6_rx = v;
		return 0;
	case NET_UDP_SEGMENT:
		if (v < 0 || v > 65535)
			return -EINVAL;
		half->segment_size = (uint16_t)v;
		return 0;
	case NET_UDP_GRO:
		ep->opt.gro = v;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int getsockopt(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length) ON_NET_THREAD
{
	const struct dgram *half = dgram_of(ep);
	int v;

	if (level != NET_IPPROTO_UDP)
		return dgram_getsockopt(ep, level, name, value, length);
	switch (name) {
	case NET_UDP_CORK:
		v = half->cork;
		break;
	case NET_UDP_NO_CHECK6_TX:
		v = half->no_check6_tx;
		break;
	case NET_UDP_NO_CHECK6_RX:
		v = half->no_check6_rx;
		break;
	case NET_UDP_SEGMENT:
		v = half->segment_size;
		break;
	case NET_UDP_GRO:
		v = ep->opt.gro;
		break;
	default:
		return -ENOPROTOOPT;
	}
	return sockopt_put_int(value, length, v);
}

/* ---- listings ---- */

static struct demux_entry *next(struct net *net,
				struct diag_walk *walk) ON_NET_THREAD
{
	return diag_next_in_demux(&net->udp->demux, walk);
}

static struct demux_entry *find(struct net *net, const struct net_name *local,
				const struct net_name *remote,
				const struct netif *netif, uint8_t number)
{
	struct endpoint *ep = udp_find(net, local, remote, netif);

	return ep ? &ep->entry : NULL;
}

const struct diag_inet udp_diag = {
	.number = NET_IPPROTO_UDP,
	.next = next,
	.find = find,
	.describe = dgram_describe,
	.destroy = dgram_destroy,
};

void udp_sockstat(struct net *net, struct sockstat_info *out)
{
	const struct demux *demux = &net->udp->demux;

	out->udp_inuse = demux->pairs.sockets[0] + demux->locals.sockets[0];
	out->udp6_inuse = demux->pairs.sockets[1] + demux->locals.sockets[1];
}

const struct protocol udp_protocol = {
	.name = "UDP",
	.number = NET_IPPROTO_UDP,
	.type = NET_SOCK_DGRAM,
	.bindings = BINDINGS_UDP,
	.attach = attach,
	.bind = bind,
	.connect = connect,
	.disconnect = dgram_disconnect,
	.shutdown = dgram_shutdown,
	.close = dgram_close,
	.setsockopt = setsockopt,
	.getsockopt = getsockopt,
	.kick = udp_kick,
	.error = error,
};
