// SPDX-License-Identifier: MIT
/*
 * Links, as an administrator sees interfaces: names, flags, MTU, masters, and
 * kinds that exist in software only (dummy, veth, bridge, VLAN ...). A kind is
 * a table entry that the floors above bring (net->link_kinds); a request is what
 * netlink or an ioctl asks for, read and checked.
 */
#pragma once

#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/wire/netlink.h"

struct link_request {
	char name[NETIF_NAME_MAX]; /* empty: the kind's own, numbered */
	uint32_t index; /* 0: the next one */
	uint32_t wished_index; /* if index is 0, and this one is free */
	bool has_mac, has_mtu, has_queue_length, has_group;
	uint8_t mac[6];
	uint32_t mtu, queue_length, group;
	struct netif *lower; /* IFLA_LINK, or NULL */
	struct nl_attrs data; /* IFLA_INFO_DATA: the kind's own */
	struct link_request *peer; /* of a pair: the other end, or NULL */
	const void *own; /* the kind's own; of a pair: this one's end */
	/* What is wrong, for the extended ACK. */
	const char *error_text;
};

struct link_kind {
	const char *name; /* "dummy": new ones are dummy0, dummy1 ... */
	/* Makes one (not yet joined) and gives it ops, type, MTU bounds. */
	int (*create)(struct net *net, struct link_request *request,
		      struct netif **out);
	/* "ip link set ... type KIND ..."; NULL: -EOPNOTSUPP. */
	int (*change)(struct netif *netif, struct link_request *request);
	/* It has joined; may be NULL. */
	void (*joined)(struct netif *netif);
	/* May it go up, have this MTU? NULL: yes. */
	int (*open)(struct netif *netif);
	int (*check_mtu)(const struct netif *netif, uint32_t mtu);
	/* News (upper.h) of itself, and of a link below it; may be NULL. */
	void (*settle)(struct netif *netif, uint32_t news);
	void (*lower_changed)(struct netif *netif, struct netif *lower,
			      uint32_t news);
	/* Before it leaves: lets go of others; may be NULL. */
	void (*destroy)(struct netif *netif);
	/* Links in two stacks (travel.h). Of a pair: what each end's request
	 * has as `own`. */
	int (*pair)(const void **first, const void **second);
	/* It leaves for another stack: what goes along as `own`. */
	void *(*depart)(struct netif *netif);
	/* Such an `own` will not be joined to anything. */
	void (*abandon)(struct net *net, void *own);
	/* The other end, wherever it is: its number and its stack's. */
	bool (*peer_of)(const struct netif *netif, uint32_t *index,
			uint64_t *stack);
	bool moves; /* may go to another stack */
	bool device; /* of a device that moves: its links are of no kind */
	/* IFLA_INFO_DATA, if the kind has something to say. */
	void (*describe)(const struct netif *netif, struct nl_writer *w);
	/* The same of a member, as IFLA_INFO_SLAVE_DATA; may be NULL. */
	void (*describe_member)(const struct netif *member,
				struct nl_writer *w);
	/* "ip link set ... type KIND_slave ..." of a member; may be NULL. */
	int (*change_member)(struct netif *member, struct nl_attrs data,
			     const char **error_text);
	/* A master's: takes or gives up a member; NULL: it has none. */
	int (*enslave)(struct netif *master, struct netif *member,
		       const char **error_text);
	void (*release)(struct netif *master, struct netif *member);
	bool software; /* may be deleted */
	bool paired; /* two at a time */
	bool with_queue; /* has a queueing discipline */
	bool usual_tso; /* large segments are of the usual size */
	bool without_carrier; /* nothing can be said of its link */
	bool quiet_carrier; /* the same until its carrier changed once */
};

const struct link_kind *link_kind_find(struct net *net,
				       const char *name) ON_NET_THREAD;

/* A new link of a kind: it has joined, and is down. -EEXIST, -EINVAL, -ENOMEM,
 * the kind's own errors. */
int link_create(struct net *net, const struct link_kind *kind,
		struct link_request *request, struct netif **out) ON_NET_THREAD;
/* -EOPNOTSUPP: it is not a software link. */
int link_delete(struct netif *netif) ON_NET_THREAD;
/* The same, whatever the kind, and nothing but this one. */
void link_remove(struct netif *netif) ON_NET_THREAD;
/* Whether name and number are free and well-formed: -EINVAL, -EEXIST, -EBUSY.*/
int link_request_check(struct net *net,
		       const struct link_request *request) ON_NET_THREAD;
/* For a kind that memory was given by port_alloc(): the `detached` of its ops.
 * The memory (the netif must be its first field) is freed once no packet can
 * point to it any more. */
void link_detached(struct netif *netif);
/* For net_run() and net_destroy(): frees what nobody points to. */
void link_reap(struct net *net) ON_NET_THREAD;

/* -EINVAL (bad name), -EEXIST, -EBUSY (it is up). */
int link_rename(struct netif *netif, const char *name) ON_NET_THREAD;
/* Free text for people; empty: none. -ENOMEM. */
int link_set_alias(struct netif *netif, const char *text) ON_NET_THREAD;
bool link_name_valid(const char *name);
/* Bits of `change` as in `flags`: UP, PROMISC, ALLMULTI, MULTICAST, NOARP. */
int link_set_flags(struct netif *netif, uint32_t flags,
		   uint32_t change) ON_NET_THREAD;
/* One user more or less (+1, -1) who wants it NETIF_PROMISC, NETIF_ALLMULTI. */
void link_want(struct netif *netif, uint32_t flag, int change) ON_NET_THREAD;
/* -EINVAL: out of the device's bounds. */
int link_set_mtu(struct netif *netif, uint32_t mtu) ON_NET_THREAD;
/* What the device is to do from now on, of what it can; -EOPNOTSUPP. */
int link_set_features(struct netif *netif, uint32_t which,
		      uint32_t on) ON_NET_THREAD;
/* -EADDRNOTAVAIL: multicast or zero; -EOPNOTSUPP: no Ethernet. */
int link_set_mac(struct netif *netif, const uint8_t mac[6]) ON_NET_THREAD;
/* NULL: none. -EOPNOTSUPP: it is no master, -EBUSY: has one already. */
int link_set_master(struct netif *netif, struct netif *master,
		    const char **error_text) ON_NET_THREAD;
