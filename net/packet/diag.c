// SPDX-License-Identifier: MIT
/* Packet sockets for sock_diag (linux/packet_diag.h). */
#include "net/packet/diag.h"

#include "net/packet/packet.h"
#include "net/packet/ring.h"
#include "net/wire/netlink.h"

enum {
	RUNNING = 1,
	AUX_DATA = 2,
	ORIGINAL_DEVICE = 4,
	VNET_HEADER_ON = 8,
	LOSS = 16,
};

static const struct packet_socket *socket_of(const struct endpoint *ep)
{
	return ep->half;
}

static struct endpoint *nth(struct net *net, uint32_t n)
{
	struct packet_socket *socket;

	LIST_FOR_EACH(socket, &net->packet_sockets, list)
		if (n-- == 0)
			return socket->ep;
	return NULL;
}

static uint16_t ethertype(const struct endpoint *ep)
{
	return socket_of(ep)->ethertype;
}

/* struct packet_diag_info */
static void put_info(const struct packet_socket *socket, struct nl_writer *w)
{
	uint8_t info[24] = { 0 };

	put_le32(info, socket->netif);
	put_le32(info + 4, socket->ring_version);
	put_le32(info + 8, socket->reserve);
	put_le32(info + 12, socket->copy_threshold);
	put_le32(info + 16, socket->timestamp);
	put_le32(info + 20,
		 (socket->ethertype ? RUNNING : 0u) |
			 (socket->vnet_size ? VNET_HEADER_ON : 0u) |
			 (socket->loss ? LOSS : 0u) |
			 (socket->aux_data ? AUX_DATA : 0u) |
			 (socket->original_device ? ORIGINAL_DEVICE : 0u));
	nl_put(w, PACKET_DIAG_INFO, info, sizeof info);
	nl_put_u32(w, PACKET_DIAG_UID, socket->ep->uid);
}

static void put_memory(const struct endpoint *ep, struct nl_writer *w)
{
	uint32_t v[MEMINFO_COUNT];

	sockopt_memory(ep, v);
	nl_put(w, PACKET_DIAG_MEMINFO, v, sizeof v);
}

static void put(const struct endpoint *ep, uint32_t show, bool admin,
		struct nl_writer *w) NET_THREAD_ROOT
{
	const struct packet_socket *socket = socket_of(ep);
	uint8_t shape[RING_SHAPE];

	if (show & PACKET_SHOW_INFO)
		put_info(socket, w);
	if (show & PACKET_SHOW_MCLIST)
		member_put(socket, w);
	if (show & PACKET_SHOW_RING_CFG && socket->ring) {
		ring_shape(socket, shape);
		nl_put(w, PACKET_DIAG_RX_RING, shape, sizeof shape);
	}
	if (show & PACKET_SHOW_RING_CFG && socket->tx_ring) {
		tx_ring_shape(socket, shape);
		nl_put(w, PACKET_DIAG_TX_RING, shape, sizeof shape);
	}
	if (show & PACKET_SHOW_FANOUT && socket->fanout)
		nl_put_u32(w, PACKET_DIAG_FANOUT,
			   (uint32_t)fanout_value(socket) & 0xffffff);
	if (show & PACKET_SHOW_MEMINFO)
		put_memory(ep, w);
	/* Empty for who may not know (Linux). */
	if (show & PACKET_SHOW_FILTER && !admin)
		nl_put(w, PACKET_DIAG_FILTER, NULL, 0);
	else if (show & PACKET_SHOW_FILTER && ep->filter)
		nl_put(w, PACKET_DIAG_FILTER, ep->filter->steps,
		       ep->filter->count * sizeof(struct filter_step));
}

const struct diag_packet packet_diag = {
	.nth = nth,
	.ethertype = ethertype,
	.put = put,
};
