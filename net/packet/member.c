// SPDX-License-Identifier: MIT
/*
 * Memberships of packet sockets: what an interface is to let in beside its own
 * frames, while the socket lives (PACKET_ADD_MEMBERSHIP, struct packet_mreq).
 * Frames for groups all come up anyway; "promiscuous" and "all multicast" are
 * counted on the interface.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/link.h"
#include "net/packet/diag.h"
#include "net/packet/packet.h"
#include "net/wire/netlink.h"

#define REQUEST_FRONT 8 /* of it, before the address */
#define REQUEST_LENGTH 16 /* int index; u16 type, length; u8 address[8] */

enum { MR_MULTICAST, MR_PROMISC, MR_ALLMULTI, MR_UNICAST };

struct packet_member {
	struct list list;
	uint64_t netif; /* serial: it may outlive the interface */
	uint32_t count;
	uint8_t request[12]; /* type, length, address */
};

static void count(struct netif *netif, uint16_t type, bool add) ON_NET_THREAD
{
	if (netif && (type == MR_PROMISC || type == MR_ALLMULTI))
		link_want(netif,
			  type == MR_PROMISC ? NETIF_PROMISC : NETIF_ALLMULTI,
			  add ? 1 : -1);
}

static struct packet_member *find(struct packet_socket *socket,
				  const struct netif *netif,
				  const uint8_t *request)
{
	struct packet_member *m;

	LIST_FOR_EACH(m, &socket->members, list)
		if (m->netif == netif->serial &&
		    memcmp(m->request, request, sizeof m->request) == 0)
			return m;
	return NULL;
}

static void drop(struct packet_socket *socket,
		 struct packet_member *m) ON_NET_THREAD
{
	count(netif_by_serial(socket->ep->net, m->netif), get_le16(m->request),
	      false);
	list_remove(&m->list);
	port_free(m);
}

/* Those of interfaces that are not there any more: they would only pile up. */
static void drop_gone(struct packet_socket *socket) ON_NET_THREAD
{
	struct packet_member *m;

	LIST_FOR_EACH_SAFE(m, &socket->members, list)
		if (!netif_by_serial(socket->ep->net, m->netif))
			drop(socket, m);
}

static int add(struct packet_socket *socket, struct netif *netif,
	       const uint8_t *request) ON_NET_THREAD
{
	struct packet_member *m = find(socket, netif, request);

	if (m) {
		m->count++;
		return 0;
	}
	drop_gone(socket);
	m = port_alloc(sizeof *m);
	if (!m)
		return -ENOBUFS;
	m->netif = netif->serial;
	m->count = 1;
	memcpy(m->request, request, sizeof m->request);
	list_push_back(&socket->members, &m->list);
	count(netif, get_le16(request), true);
	return 0;
}

static int check(const struct netif *netif, const uint8_t *request)
{
	uint16_t type = get_le16(request), length = get_le16(request + 2);
	uint16_t own;

	if (!netif)
		return -ENODEV;
	own = netif->type == NETIF_TYPE_NONE ? 0 : 6;
	if (length > own)
		return -EINVAL;
	return (type == MR_MULTICAST || type == MR_UNICAST) && length != own ?
		       -EINVAL :
		       0;
}

static int check_and_add(struct packet_socket *socket, struct netif *netif,
			 const uint8_t *request) ON_NET_THREAD
{
	int err = check(netif, request);

	return err ? err : add(socket, netif, request);
}

int member_change(struct packet_socket *socket, const void *value,
		  uint32_t length, bool adding)
{
	const uint8_t *bytes = value, *request = bytes + 4;
	struct packet_member *m;
	struct netif *netif;

	if (length < REQUEST_LENGTH ||
	    length < REQUEST_FRONT + (uint32_t)get_le16(request + 2))
		return -EINVAL;
	netif = netif_by_index(socket->ep->net, get_le32(bytes));
	if (adding)
		return check_and_add(socket, netif, request);
	m = netif ? find(socket, netif, request) : NULL;
	if (m && --m->count == 0)
		drop(socket, m);
	return 0;
}

void member_put(const struct packet_socket *socket, struct nl_writer *w)
{
	uint32_t nest = nl_nest(w, PACKET_DIAG_MCLIST);
	const struct packet_member *m;

	LIST_FOR_EACH(m, &socket->members, list) {
		struct netif *netif =
			netif_by_serial(socket->ep->net, m->netif);
		uint8_t *at;

		if (!netif)
			continue; /* it went with its interface */
		at = nl_room(w, 44); /* struct packet_diag_mclist */
		if (!at)
			return;
		put_le32(at, netif->index);
		put_le32(at + 4, m->count);
		memcpy(at + 8, m->request, sizeof m->request);
	}
	nl_nest_end(w, nest);
}

void member_drop_all(struct packet_socket *socket)
{
	struct packet_member *m;

	LIST_FOR_EACH_SAFE(m, &socket->members, list)
		drop(socket, m);
}
