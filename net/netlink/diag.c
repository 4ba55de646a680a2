// SPDX-License-Identifier: MIT
/*
 * NETLINK_SOCK_DIAG (sock_diag(7)): the protocol behind ss(8). One message type
 * asks about sockets, one ends them; the first byte of the body says of which
 * address family, and that family's handler (diag_inet.c, diag_other.c) reads
 * the rest. Everybody may ask; what only the administrator is told or may do,
 * the handlers know.
 */
#include "net/netlink/netlink.h"

#include "lib/errno.h"

#define SOCK_DIAG_BY_FAMILY 20
#define SOCK_DESTROY 21
#define GROUPS 4 /* SKNLGRP_INET_TCP_DESTROY ... INET6_UDP_DESTROY */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define AF_MAX 46

static const struct nl_handler *find(struct nl_call *call, int *error)
{
	bool destroy = call->header.type == SOCK_DESTROY;

	*error = -EINVAL;
	if (call->header.type != SOCK_DIAG_BY_FAMILY && !destroy)
		return NULL;
	if (call->length < 2 || call->body[0] >= AF_MAX)
		return NULL;
	*error = destroy ? -EOPNOTSUPP : -ENOENT;
	switch (call->body[0]) {
	case AF_INET:
	case AF_INET6:
		return destroy ? &nl_diag_inet_destroy : &nl_diag_inet;
	case AF_UNIX:
		return destroy ? NULL : &nl_diag_unix;
	case AF_NETLINK:
		return destroy ? NULL : &nl_diag_netlink;
	case AF_PACKET:
		return destroy ? NULL : &nl_diag_packet;
	default:
		*error = -ENOENT;
		return NULL;
	}
}

/* Sockets tell of their end only while somebody listens. */
static void joined(struct net *net) ON_NET_THREAD
{
	bool listened = false;

	for (uint32_t group = 1; group <= GROUPS; group++)
		listened |= nl_has_listeners(net, &nl_diag_family, group);
	net->watch.socket_gone = listened ? nl_diag_socket_gone : NULL;
}

const struct nl_family nl_diag_family = {
	.number = NL_SOCK_DIAG,
	.groups = GROUPS,
	.open_groups = true,
	.find = find,
	.joined = joined,
};
