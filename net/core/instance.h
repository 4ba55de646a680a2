// SPDX-License-Identifier: MIT
/*
 * struct net: one stack. Private to net/ (the face is net/net.h). Everything in
 * it belongs to the net thread, except the two fields that net_post() uses.
 * Protocol modules hang their own state on `tcp`, `udp`, ... and cast.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "lib/siphash.h"
#include "net/core/address_label.h"
#include "net/core/annotate.h"
#include "net/core/binding.h"
#include "net/core/change.h"
#include "net/core/demux.h"
#include "net/core/event.h"
#include "net/core/exception.h"
#include "net/core/neighbour.h"
#include "net/core/netif.h"
#include "net/core/packet.h"
#include "net/core/port.h"
#include "net/core/route.h"
#include "net/core/stage.h"
#include "net/core/stats.h"
#include "net/core/tap.h"
#include "net/core/timer.h"
#include "net/core/tunable.h"

struct protocol;
struct net_config;
struct diag_table;

#define NET_PROTOCOLS 16

struct icmp_error;

/* What an ICMP error said about a packet of ours. */
struct icmp_error {
	struct net_name local, remote; /* of the quoted packet, ports if any */
	uint8_t protocol;
	uint8_t type, code; /* as IPv4's ICMP, ICMPv6's translated */
	int error; /* positive errno */
	bool hard; /* RFC 1122 4.2.3.9: 3/2, 3/3, 3/4 without PMTUD */
	uint32_t mtu; /* fragmentation needed: the new path MTU, else 0 */
	struct net_addr offender; /* who says so; unspecified: we ourselves */
	uint32_t info; /* what IP_RECVERR shows: MTU or parameter pointer */
	const uint8_t *quoted; /* transport header, `quoted_length` >= 8 */
	uint32_t quoted_length;
	bool six; /* ICMPv6 */
	bool here; /* found by this host itself */
	uint8_t wire_type, wire_code; /* as they came, untranslated */
	uint8_t ttl, tos; /* of the packet that told it */
};

struct net {
	/* Any context. */
	struct mailbox events;
	uint32_t asleep; /* atomic: the thread may be waiting for the doorbell */
	uint32_t endpoint_ids; /* atomic */

	nsec_t now; /* of this net_run() */
	void *port_data; /* the port's own, from net_config */
	struct stage_entry stages[STAGE_COUNT];
	uint8_t transport_stage[256]; /* IP protocol -> stage */
	const struct protocol *protocols[NET_PROTOCOLS];

	/* Packets */
	struct list work;
	uint32_t work_count; /* packets on it */
	struct list pool; /* free packets */
	uint32_t pooled, packets; /* free; in existence */
	struct packet *running;
	struct stage_counters counters;
	struct net_stats stats;
	struct tap tap;

	struct timer_wheel timers;

	/* Interfaces, routes, neighbours */
	struct list netifs;
	uint32_t next_netif;
	uint64_t last_netif_serial;
	struct list polls; /* interfaces to be polled */
	struct list unsettled; /* net/core/upper.h */
	/* Packet sockets; packet_tap is set while there are some. */
	struct list packet_sockets, fanouts;
	void (*packet_tap)(struct net *net, struct packet *packet,
			   enum tap_direction direction);
	struct list dead_links; /* link_reap() */
	const struct link_kind *const *link_kinds; /* NULL at the end */
	const struct diag_table *diag;
	const struct qdisc_kind *const *qdisc_kinds; /* the first: noqueue */
	const struct qdisc_kind *default_qdisc; /* net/core/default_qdisc */
	uint32_t last_qdisc; /* the last handle that was given out */
	struct netif *loopback;
	struct route_base routes;
	struct exception_table exceptions;
	struct neighbours neighbours;
	struct address_labels labels;
	struct timer address_timer; /* the next lifetime that ends */
	struct change_watch watch;

	/* Sockets */
	struct list endpoints;
	/* Endpoints whose owners are to be told: by notify_next. */
	struct endpoint *notify_first, *notify_last;
	struct binding_table *bindings[BINDINGS_COUNT];
	uint8_t *reserved_ports; /* bit per port, or NULL */
	struct siphash_key secret; /* for hashes that strangers must not guess */
	struct net_tunables tunables;

	/* Modules' own */
	struct tcp_stack *tcp;
	struct udp_stack *udp;
	struct ip_stack *ip;
	struct icmp_stack *icmp;
	struct dhcp_client *dhcp;
	struct netlink *netlink;
	const struct net_config *config;
	struct recorder *recorder; /* NULL: no record is taken (record.h) */

	/* The one UDP port that the stack itself listens on (DHCP), or 0:
	 * UDP_IN gives its packets to the function (payload set). */
	uint16_t own_udp_port;
	verdict_t (*own_udp_input)(struct net *net, struct packet *packet);
};

/* A number from the port, for identifiers and jitter. */
static inline uint32_t net_random32(void)
{
	uint32_t v;

	port_random(&v, sizeof v);
	return v;
}
