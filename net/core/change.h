// SPDX-License-Identifier: MIT
/*
 * Who wants to know that a table has changed: interfaces, addresses, routes,
 * neighbours, rules. Whoever changes one says so here, after the fact; the
 * floors above register one listener (netlink's notifications, which read the
 * object at once). Each kind has a generation, so that a long listing can tell
 * that it was overtaken.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"

struct endpoint;
struct net;
struct net_addr;
struct netif;
struct netif_address;

enum change_kind {
	CHANGE_LINK, /* struct netif */
	CHANGE_ADDRESS, /* struct address_change */
	CHANGE_ROUTE, /* struct route */
	CHANGE_NEIGHBOUR, /* struct neighbour */
	CHANGE_RULE, /* struct rule */
	CHANGE_ND_OPTION, /* struct nd_option_change: nothing changed, but who
			   * listens must know */
	CHANGE_QUEUE, /* struct netif: its queueing discipline */
	CHANGE_PORT, /* struct bridge_port */
	CHANGE_STATION, /* struct station: net/bridge */
	CHANGE_KINDS,
};

/* CHANGE_WANTED: nothing changed, a program is asked to (neighbours). */
enum change_how { CHANGE_NEW, CHANGE_GONE, CHANGE_WANTED };

struct address_change {
	struct netif *netif;
	struct netif_address *address;
};

/* An option of a router's advertisement that is for programs (RFC 8106). */
struct nd_option_change {
	struct netif *netif;
	const struct net_addr *from;
	const uint8_t *bytes;
	uint32_t length;
};

struct change_watch {
	void (*changed)(struct net *net, enum change_kind kind,
			enum change_how how, const void *object);
	/* IP's own ears (net/ip/link.c): groups, neighbour discovery. */
	void (*ip)(struct net *net, enum change_kind kind, enum change_how how,
		   const void *object);
	/* The DHCP client's: a link has gone. */
	void (*link_gone)(struct net *net, const struct netif *netif);
	/* IP's hand: how an interface makes its IPv6 addresses, enum
	 * address_generation; -EINVAL: it needs a secret. */
	int (*set_address_mode)(struct netif *netif, int32_t mode);
	/* A TCP or UDP socket is about to end; NULL: nobody listens. */
	void (*socket_gone)(struct net *net, struct endpoint *ep);
	uint32_t generations[CHANGE_KINDS];
};

/* `object` is still there (CHANGE_GONE: about to be freed). */
void net_changed(struct net *net, enum change_kind kind, enum change_how how,
		 const void *object) ON_NET_THREAD;
