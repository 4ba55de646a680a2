// SPDX-License-Identifier: MIT
/*
 * What the protocols of datagrams (UDP, ping, raw) share: the protocol half of
 * an endpoint with its names, connect and bind, and turning a datagram that the
 * user queued into a packet with a way and a source address.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/demux.h"
#include "net/core/endpoint.h"
#include "net/core/listing.h"
#include "net/core/packet.h"
#include "net/core/route.h"
#include "net/ip/extension.h"

/* What few IPv6 sockets set; made at the first such option. */
struct dgram6 {
	uint32_t fragment_size; /* IPV6_MTU, 0: as the way has it */
	int32_t router_alert; /* IPV6_ROUTER_ALERT: which; -1: none */
	struct extension_list extensions;
	struct list flows; /* labels on lease: flow_lease.c */
	struct list anycasts; /* addresses that it shares: anycast.c */
};

struct dgram {
	struct endpoint *ep;
	struct list list; /* all of its protocol */
	struct demux *demux; /* NULL: the protocol searches its list */
	bool in_pairs, in_locals;
	bool pairless; /* found by its local name alone (ping) */
	struct net_name bound; /* what bind() said, before connect */

	/* Groups (membership.h) */
	struct list memberships;
	bool multicast_all; /* IP_MULTICAST_ALL, of IPv4 sockets */
	uint32_t multicast_netif;
	struct net_addr multicast_source; /* IP_MULTICAST_IF's; any6: none */

	/* Options of datagram sockets alone: dgram_options.c */
	uint32_t unicast_netif; /* IP_UNICAST_IF */
	uint8_t options_length; /* IP_OPTIONS, padded */
	uint8_t options[IP4_OPTIONS];
	struct net_addr sticky_source; /* IPV6_PKTINFO's; any6: none */
	uint32_t sticky_netif; /* likewise; 0: none */
	struct dgram6 *six; /* or NULL */

	/* Raw ones': bit per type: do not deliver */
	uint32_t icmp_filter;

	/* Raw IPv6's: raw6.c */
	int16_t checksum_at; /* IPV6_CHECKSUM; -1: none */
	uint32_t icmp6_filter[8]; /* bit per type: do not deliver */

	/* UDP's */
	bool cork, no_check6_tx, no_check6_rx;
	uint16_t segment_size; /* UDP_SEGMENT */
	struct datagram *pending; /* UDP_CORK, MSG_MORE */
	void *joining; /* UDP_GRO: struct udp_joining, or NULL */
};

static inline struct dgram *dgram_of(const struct endpoint *ep)
{
	return ep->half;
}

/* Makes the half; `all` is the protocol's list. -ENOMEM. */
int dgram_attach(struct endpoint *ep, struct demux *demux,
		 struct list *all) ON_NET_THREAD;
/* bind() with a port space (UDP, ping: 0 chooses) or, `ports` false, an address
 * alone (raw). */
int dgram_bind(struct endpoint *ep, const struct net_name *name,
	       bool ports) ON_NET_THREAD;
/* Gives an unbound endpoint a port before it sends. */
int dgram_autobind(struct endpoint *ep) ON_NET_THREAD;
int dgram_connect(struct endpoint *ep, const struct net_name *name,
		  bool ports) ON_NET_THREAD;
int dgram_disconnect(struct endpoint *ep) ON_NET_THREAD;
int dgram_shutdown(struct endpoint *ep, int how) ON_NET_THREAD;
void dgram_close(struct endpoint *ep, bool abort) ON_NET_THREAD;

/* Options of levels IP and IPV6 that only datagram sockets have;
 * -ENOPROTOOPT. */
int dgram_setsockopt(struct endpoint *ep, int level, int name,
		     const void *value, uint32_t length) ON_NET_THREAD;
int dgram_getsockopt(struct endpoint *ep, int level, int name, void *value,
		     uint32_t length) ON_NET_THREAD;

/* dgram_options6.c: those of level IPV6. */
int dgram_setsockopt6(struct endpoint *ep, int name, const void *value,
		      uint32_t length) ON_NET_THREAD;
int dgram_getsockopt6(struct endpoint *ep, int name, void *value,
		      uint32_t length) ON_NET_THREAD;
/* The endpoint's struct dgram6, made if need be; NULL: no memory. */
struct dgram6 *dgram_six(struct endpoint *ep) ON_NET_THREAD;
/* IP_UNICAST_IF and its twin. */
int dgram_set_unicast_if(struct endpoint *ep, const void *value,
			 uint32_t length) ON_NET_THREAD;
int dgram_get_unicast_if(const struct endpoint *ep, void *value,
			 uint32_t length);

/*
 * The next queued datagram, taken off the queue, or NULL. It still counts
 * against sndbuf: packet_charge it on, or dgram_refuse().
 */
struct datagram *dgram_next(struct endpoint *ep) ON_NET_THREAD;
/* It is not sent: `err` (-E, or 0: silently) goes to who waits for the answer,
 * or becomes SO_ERROR. */
void dgram_refuse(struct endpoint *ep, struct datagram *datagram,
		  int err) ON_NET_THREAD;
/* It is on its way: the stamps that SO_TIMESTAMPING has asked for. */
void dgram_stamp(struct endpoint *ep,
		 const struct datagram *datagram) ON_NET_THREAD;
/* It was taken: tells who waits. */
void dgram_accepted(struct datagram *datagram) ON_NET_THREAD;

/* How a datagram is to be sent. */
struct dgram_way {
	struct net_name to;
	struct net_path path;
	uint32_t mtu; /* that this socket obeys */
};

/* Destination, way and source. 0, -EDESTADDRREQ, -ENETUNREACH, -EACCES
 * (broadcast), -ENODEV, -EINVAL ... */
int dgram_find_way(struct endpoint *ep, const struct datagram *datagram,
		   struct dgram_way *way) ON_NET_THREAD;
/* Whether `length` bytes behind IP's header may be sent: -EMSGSIZE where the
 * socket refuses fragments (told on the error queue too). */
int dgram_check_size(struct endpoint *ep, const struct datagram *datagram,
		     const struct dgram_way *way,
		     uint32_t length) ON_NET_THREAD;
/* Fills in an empty packet's header fields and flags for such a datagram. */
void dgram_fill_header(struct endpoint *ep, const struct datagram *datagram,
		       const struct dgram_way *way, struct packet *packet,
		       uint32_t length) ON_NET_THREAD;
/*
 * All of it at once, for what is one packet: the datagram's bytes as payload
 * behind `header` bytes of transport, charged; consumes the datagram. NULL: it
 * could not be sent, and was refused.
 */
struct packet *dgram_packet(struct endpoint *ep, struct datagram *datagram,
			    uint32_t header) ON_NET_THREAD;

/* A datagram for the user from [offset, offset + length) of a packet, names
 * filled in (the ports are the caller's); delivered. `segment_size`: several in
 * one (UDP_GRO). */
verdict_t dgram_deliver_part(struct endpoint *ep, struct packet *packet,
			     uint32_t offset, uint32_t length,
			     uint16_t src_port, uint16_t dst_port,
			     uint16_t segment_size,
			     enum reason full) ON_NET_THREAD;
/* The same with a datagram that holds the bytes, takes it over. */
verdict_t dgram_deliver_made(struct endpoint *ep, struct datagram *datagram,
			     struct packet *packet, uint16_t src_port,
			     uint16_t dst_port, uint16_t segment_size,
			     enum reason full) ON_NET_THREAD;
/* The same up to the packet's end, or as far as the socket's filter wants. */
verdict_t dgram_deliver(struct endpoint *ep, struct packet *packet,
			uint32_t offset, uint16_t src_port, uint16_t dst_port,
			enum reason full) ON_NET_THREAD;
/* An ICMP error for this endpoint (Linux: connected, or IP_RECVERR); `header`
 * bytes of the quote are not shown on the error queue. */
void dgram_error(struct endpoint *ep, const struct icmp_error *error,
		 uint32_t header) ON_NET_THREAD;
/* For struct diag_inet. */
void dgram_describe(struct demux_entry *entry,
		    struct socket_info *out) ON_NET_THREAD;
int dgram_destroy(struct net *net, struct demux_entry *entry) ON_NET_THREAD;
