// SPDX-License-Identifier: MIT
/*
 * Addresses of interfaces, with the routes that each brings along: to itself
 * and its broadcast address (table LOCAL) and to its subnet (MAIN).
 *
 * Order is Linux's: IPv4 addresses in order of arrival, secondary ones (those
 * in a subnet that an earlier address has) behind all primary ones; IPv6 by
 * scope, wider first. When the primary address of a subnet goes, its secondaries
 * go too, or the first of them takes its place (promote_secondaries).
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/wire/address.h"

struct net;
struct netif;

/* Linux's IFA_F_ numbers. */
enum address_flags {
	ADDRESS_SECONDARY = 0x01, /* IPv4 */
	ADDRESS_TEMPORARY = 0x01, /* IPv6: RFC 8981 */
	ADDRESS_NO_DAD = 0x02,
	ADDRESS_OPTIMISTIC = 0x04,
	ADDRESS_FAILED = 0x08, /* somebody else has it */
	ADDRESS_HOME = 0x10,
	ADDRESS_DEPRECATED = 0x20, /* not for new conversations */
	ADDRESS_TENTATIVE = 0x40, /* being asked for (DAD) */
	ADDRESS_PERMANENT = 0x80,
	ADDRESS_MANAGE_TEMPORARY = 0x100,
	ADDRESS_NO_PREFIX_ROUTE = 0x200,
	ADDRESS_JOINS_GROUP = 0x400, /* IFA_F_MCAUTOJOIN */
	ADDRESS_STABLE_PRIVACY = 0x800,
	/* Ours, told to nobody: */
	ADDRESS_ROUTER_TOLD = 1 << 30, /* its subnet's route is the router's */
	ADDRESS_SUCCEEDED = 1 << 29, /* temporary: there is a newer one */
	ADDRESS_ASIDE = 1 << 28, /* its routes are being made anew */
	ADDRESS_PRIVATE = ADDRESS_ROUTER_TOLD | ADDRESS_SUCCEEDED |
			  ADDRESS_ASIDE,
};

/* Linux's IFAPROT_ numbers. */
enum address_protocol {
	ADDRESS_BY_KERNEL_LO = 1,
	ADDRESS_BY_KERNEL_RA = 2,
	ADDRESS_BY_KERNEL_LL = 3,
};

#define ADDRESS_LABEL_MAX 16

struct netif_address {
	struct list list; /* netif->addresses */
	struct netif *netif;
	struct net_addr addr;
	struct net_addr peer; /* any: none, else the other end's */
	struct net_addr broadcast; /* any: none */
	uint8_t bits; /* of the prefix: IPv4 0..32, IPv6 0..128 */
	uint8_t scope; /* RT_SCOPE_ */
	uint8_t protocol; /* IFA_PROTO: who made it */
	bool group_joined; /* IPv6: its solicited-node group */
	uint32_t flags; /* enum address_flags */
	uint32_t metric; /* of its prefix route; 0: the usual one */
	char label[ADDRESS_LABEL_MAX]; /* IPv4; empty: the interface's name */
	nsec_t created, updated;
	nsec_t preferred_until, valid_until; /* 0: for ever */
	/* While it is tentative: how often it was asked for, and when that
	 * answers or the next time comes (net/ip/autoconf.c). */
	uint32_t probes;
	nsec_t probe_due;
};

/* Adds a copy of `spec`, whose list, netif, times of making and PERMANENT flag
 * are set here. -EEXIST, -EINVAL, -ENOBUFS (no memory). */
int address_add(struct netif *netif,
		const struct netif_address *spec) ON_NET_THREAD;
/* The same by an administrator's hand: IPv6 asks first whether somebody else has
 * it (RFC 4862 5.4), unless ADDRESS_NO_DAD says not to. */
int address_claim(struct netif *netif,
		  const struct netif_address *spec) ON_NET_THREAD;
/* The one that `spec` would be: IPv4 by address and subnet. NULL: none. */
struct netif_address *address_like(struct netif *netif,
				   const struct netif_address *spec);
/* Flags, lifetimes, metric and broadcast as in `spec`. */
void address_change(struct netif_address *address,
		    const struct netif_address *spec) ON_NET_THREAD;
/* Nobody else has it: it is tentative no more, and packets to it are ours. */
void address_accept(struct netif_address *address) ON_NET_THREAD;
void address_delete(struct netif_address *address) ON_NET_THREAD;
/* The interface came up or went down: routes to subnets come and go, IPv6's
 * addresses go (Linux, keep_addr_on_down 0). */
void address_link_changed(struct netif *netif, bool up) ON_NET_THREAD;
/* All of a family (0: both), as when the interface goes away. */
void address_flush(struct netif *netif, int family) ON_NET_THREAD;
/* Ends lifetimes that are over; when to look again, or NSEC_NEVER. */
nsec_t address_expire(struct net *net) ON_NET_THREAD;

/* For net_create(). */
void address_timer_init(struct net *net);

/* RT_SCOPE_ by an address's range. */
uint8_t address_scope(const struct net_addr *addr);
/* The plain case: no lifetimes, the usual broadcast address. `bits` counts in
 * the address's own family. Errors as address_add(). */
int netif_add_address(struct netif *netif, const struct net_addr *addr,
		      unsigned int bits) ON_NET_THREAD;
/* -EADDRNOTAVAIL */
int netif_del_address(struct netif *netif,
		      const struct net_addr *addr) ON_NET_THREAD;
/* The entry of this very address, or NULL. */
struct netif_address *netif_find_address(struct netif *netif,
					 const struct net_addr *addr);
/* The interface that owns the address, or NULL. 127/8 is all lo's. */
struct netif *netif_of_address(struct net *net,
			       const struct net_addr *addr) ON_NET_THREAD;
/* A broadcast address of this interface (or 255.255.255.255). */
bool netif_is_broadcast(const struct netif *netif, const struct net_addr *addr);
/* The address to speak from: the one whose prefix holds `peer`, else the first
 * of the family. NULL if there is none. */
const struct netif_address *netif_source(const struct netif *netif,
					 const struct net_addr *peer);
