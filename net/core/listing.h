// SPDX-License-Identifier: MIT
/*
 * Snapshots of the stack's tables for /proc/net, ioctls and netlink. The caller
 * gives an array, the net thread fills in as much as fits and says how many
 * there are (`total` may exceed `capacity`: ask again with more room). Sockets,
 * which may be many, come in pages: `total` is what this page holds, and `walk`
 * the place of the next one while there is `more`.
 */
#pragma once

#include "lib/types.h"
#include "net/core/diag.h"
#include "net/core/event.h"
#include "net/core/netif.h"
#include "net/core/stage.h"
#include "net/core/stats.h"
#include "net/wire/address.h"

struct netif_info {
	char name[NETIF_NAME_MAX];
	uint32_t index, flags, mtu, type, queue_max;
	char driver[16]; /* "virtio_net", "veth" ... */
	uint32_t features; /* enum netif_features */
	uint32_t features_can, features_wanted;
	uint8_t permanent_mac[6];
	uint8_t mac[6];
	struct netif_stats stats;
	/* Its first IPv4 address; any: it has none. */
	struct net_addr ip4, broadcast;
	uint8_t bits;
};

void netif_describe(const struct netif *netif, struct netif_info *out);

struct address_info {
	char name[NETIF_NAME_MAX]; /* of its interface */
	char label[NETIF_NAME_MAX]; /* IPv4: its own, or the same */
	uint32_t netif;
	struct net_addr addr;
	uint8_t bits, scope;
	uint32_t flags;
};

struct route_info {
	struct net_addr prefix, gateway, source;
	uint8_t bits; /* of 128 */
	uint8_t flags; /* enum route_flags */
	uint32_t metric, netif;
	char name[NETIF_NAME_MAX];
};

struct neighbour_info {
	struct net_addr addr;
	uint8_t mac[6];
	uint8_t state;
	uint32_t netif;
	char name[NETIF_NAME_MAX];
};

/* A route of any table: /proc/net/ipv6_route, fib_trie. */
struct full_route_info {
	struct route_info route;
	uint32_t advmss, window, rtt; /* metrics; 0: none */
	uint32_t table;
	uint8_t type, scope;
};

/* A group that an interface listens to, or (`of_source`) a source in its
 * filter. */
struct group_info {
	char name[NETIF_NAME_MAX];
	uint32_t netif;
	struct net_addr group, source;
	bool of_source;
	uint32_t include, exclude; /* sockets, by mode */
	bool reporter;
	uint32_t timer_ms; /* 0: not armed */
};

/* A netlink or packet socket. `kernel`: the kernel's end of a protocol. */
struct local_socket_info {
	uint8_t type;
	bool kernel, running;
	uint16_t protocol; /* netlink's number; ethertype */
	uint32_t port, groups; /* netlink */
	uint32_t netif; /* packet */
	uint32_t rx_bytes, tx_bytes, drops, uid, refs;
	uint64_t inode;
};

/* One line of /proc/net/tcp or udp. Times in milliseconds from now. */
struct socket_info {
	struct net_name local, remote;
	uint8_t family; /* of the socket: 4 or 6 */
	uint8_t state; /* Linux's number, 1 ESTABLISHED .. 11 CLOSING */
	uint8_t timer; /* 0 none 1 retransmit 2 keepalive 3 time-wait 4 probe */
	uint8_t retransmits;
	uint8_t probes; /* unanswered, while timer is 2 or 4 */
	uint32_t timer_ms;
	uint32_t tx_queue, rx_queue; /* listener: backlog, queued */
	uint32_t uid;
	uint64_t inode;
	uint32_t id, refs;
	uint32_t rto_ms, ato_ms, cwnd, ssthresh;
	uint32_t dropped;
	int32_t pid;
};

struct sockstat_info {
	uint32_t tcp_inuse, tcp_orphan, tcp_tw, tcp_alloc, tcp_mem_pages;
	uint32_t udp_inuse, raw_inuse, frag_inuse, frag_memory;
	uint32_t tcp6_inuse, udp6_inuse, raw6_inuse;
};

/* /proc/net/stat/arp_cache, ndisc_cache. */
struct neighbour_stats {
	uint32_t entries;
	uint64_t allocs, destroys, grows, lookups, hits, failures;
	uint64_t periodic_gcs, forced_gcs, discards, full;
	uint64_t multicast_probes, unicast_probes;
};

/* /proc/net/dev_mcast: what was ordered there. */
struct link_group_info {
	char name[NETIF_NAME_MAX];
	uint32_t netif;
	uint8_t mac[6];
};

/* /proc/net/vlan. */
struct vlan_info {
	char name[NETIF_NAME_MAX], lower[NETIF_NAME_MAX];
	uint32_t netif, id, flags;
	struct netif_stats stats;
};

/* A flow label on lease (net/ip/flow_lease.h). */
struct flow_lease_info {
	struct net_addr dst;
	uint32_t label, owner, users;
	int32_t linger, expires; /* seconds */
	uint8_t share;
};

/* An anycast address of an interface (net/ip/anycast.h). */
struct anycast_info {
	uint32_t netif, users;
	char name[16];
	struct net_addr addr;
};

enum list_kind {
	LIST_NETIFS, /* struct netif_info */
	LIST_ADDRESSES, /* struct address_info */
	LIST_ROUTES, /* struct route_info */
	LIST_NEIGHBOURS, /* struct neighbour_info */
	LIST_TCP, /* struct socket_info: both families; pages */
	LIST_UDP,
	LIST_RAW,
	LIST_PING,
	LIST_STATS, /* one struct net_stats */
	LIST_SOCKSTAT, /* one struct sockstat_info */
	LIST_COUNTERS, /* one struct stage_counters */
	LIST_ALL_ROUTES, /* struct full_route_info */
	LIST_GROUPS, /* struct group_info: both families, and sources */
	LIST_NETLINK, /* struct local_socket_info */
	LIST_PACKET, /* the same */
	LIST_LINK6_STATS, /* one struct ip6_link_stats, of `netif` */
	LIST_NEIGHBOUR_STATS, /* two struct neighbour_stats: IPv4, IPv6 */
	LIST_LINK_GROUPS, /* struct link_group_info */
	LIST_VLANS, /* struct vlan_info */
	LIST_FLOW_LEASES, /* struct flow_lease_info */
	LIST_ANYCAST, /* struct anycast_info */
	LIST_KINDS,
};

/* Post with net_list(); request.result is 0 or -E. */
struct list_request {
	struct request request;
	enum list_kind kind;
	void *array;
	uint32_t capacity, total; /* elements */
	uint32_t netif; /* for kinds that are about one */
	struct diag_walk walk; /* pages; zero to begin with */
	bool more;
};
