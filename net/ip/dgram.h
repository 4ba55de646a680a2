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

struct dgram {
	struct endpoint *ep;
	struct list list; /* all of its protocol */
	struct demux *demux; /* NULL: the protocol searches its list */
	bool in_pairs, in_locals;
	struct net_name bound; /* what bind() said, before connect */
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

/*
 * The next queued datagram, taken off the queue, or NULL. It still counts
 * against sndbuf: packet_charge it on, or dgram_discard().
 */
struct datagram *dgram_next(struct endpoint *ep) ON_NET_THREAD;
void dgram_discard(struct endpoint *ep,
		   struct datagram *datagram) ON_NET_THREAD;
/*
 * A packet with the datagram's bytes as payload, src, dst, ttl, tos, protocol,
 * way and charge set; *to is the destination's name. Consumes the datagram.
 * NULL: it could not be sent, and the endpoint has the error.
 */
struct packet *dgram_packet(struct endpoint *ep, struct datagram *datagram,
			    struct net_name *to) ON_NET_THREAD;
/* A datagram for the user from [offset, end) of a packet, names filled in (the
 * ports are the caller's); delivered. */
verdict_t dgram_deliver(struct endpoint *ep, struct packet *packet,
			uint32_t offset, uint16_t src_port, uint16_t dst_port,
			enum reason full) ON_NET_THREAD;
/* An ICMP error for this endpoint (Linux: connected, or IP_RECVERR). */
void dgram_error(struct endpoint *ep,
		 const struct icmp_error *error) ON_NET_THREAD;
/* Fills what listings want. */
void dgram_info(const struct endpoint *ep,
		struct socket_info *out) ON_NET_THREAD;
