// SPDX-License-Identifier: MIT
/*
 * A datagram between a socket's user and the stack: UDP, raw and ping sockets.
 * It lives in one buffer of its own (`self`) with its bytes behind it, or, if
 * large, refers to other buffers. Either side makes one, fills it in, pushes it
 * onto the endpoint's mailbox, and the other side frees it.
 */
#pragma once

#include "lib/types.h"
#include "net/core/buf.h"
#include "net/core/mailbox.h"
#include "net/wire/address.h"

struct packet;
struct request;

#define DATAGRAM_FRAGMENTS 20

enum datagram_flags {
	DATAGRAM_HAS_NAME = 1 << 0, /* tx: `remote` is given (sendto) */
	DATAGRAM_HAS_SOURCE = 1 << 1, /* tx: `local` is given (IP_PKTINFO) */
	DATAGRAM_DONTROUTE = 1 << 2,
	DATAGRAM_CONFIRM = 1 << 3,
	DATAGRAM_HAS_TTL = 1 << 4, /* tx: `ttl` overrides */
	DATAGRAM_HAS_TOS = 1 << 5,
	DATAGRAM_MORE = 1 << 6, /* tx: MSG_MORE: the datagram goes on */
	DATAGRAM_DONT_FRAGMENT = 1 << 7, /* tx: IPV6_DONTFRAG */
	DATAGRAM_HAS_OPTIONS = 1
			       << 8, /* tx: `options` instead of the socket's */
	DATAGRAM_HAS_FLOW = 1 << 9, /* tx: `flow` is given */
	DATAGRAM_STAMP_SCHED = 1 << 16, /* tx: tell when it was queued, */
	DATAGRAM_STAMP_SENT = 1 << 17, /* or given to the device */
	DATAGRAM_HAS_MARK = 1 << 18, /* tx: `mark` overrides SO_MARK */
	DATAGRAM_HAS_PRIORITY = 1 << 19, /* tx: `priority` likewise */
	DATAGRAM_ADMIN = 1 << 20, /* tx: the sender has CAP_NET_ADMIN */
	DATAGRAM_TOO_LONG = 1 << 21, /* tx: without its bytes, to be refused */
	DATAGRAM_HAS_EXTENSIONS = 1 << 22, /* tx: `options` are IPv6's */
};

/* Who found the error: Linux's SO_EE_ORIGIN_. */
enum socket_error_origin {
	ERROR_FROM_NOBODY, /* an ordinary datagram */
	ERROR_FROM_HERE,
	ERROR_FROM_ICMP,
	ERROR_FROM_ICMP6,
	ERROR_STAMP, /* not an error: when something was sent */
	ERROR_ZEROCOPY, /* not an error: the buffers are the program's again */
	ERROR_PATH_MTU, /* not an error, among what was received: the MTU in
			 * `info` is what the way to `remote` carries */
};

/* What MSG_ERRQUEUE tells beside the bytes: struct sock_extended_err. */
struct socket_error {
	uint32_t error; /* errno */
	uint8_t origin; /* enum socket_error_origin */
	uint8_t type, code; /* ICMP's */
	uint32_t info, data; /* MTU; kind of stamp; zero-copy calls */
	struct net_addr offender; /* who sent the ICMP error */
};

#define IP4_OPTIONS 40 /* bytes of IPv4 options at most */
#define DATAGRAM_OPTIONS 44 /* those, or an IPv6 list: net/ip/extension.h */

struct datagram {
	struct mail mail;
	struct buf *self;
	uint32_t length;
	uint32_t charge; /* counts against SO_RCVBUF or SO_SNDBUF */
	uint32_t flags;
	uint32_t netif; /* rx: index of arrival; tx: wanted, or 0 */
	struct net_name remote; /* rx: source; tx: destination */
	struct net_name local; /* rx: destination; tx: wanted source */
	nsec_t time; /* rx: arrival, as net_run's clock */
	uint8_t ttl, tos, protocol;
	uint8_t fragment_count;
	uint32_t mark, priority;
	uint32_t stamp_key; /* tx: tells stamps apart (OPT_ID) */
	struct socket_error error; /* on the error queue */
	/* tx: UDP_SEGMENT's size, 0: one datagram; rx: UDP_GRO's, 0: not
	 * joined. */
	uint16_t segment_size;
	/* rx: as received (IP_RECVOPTS); tx: with DATAGRAM_HAS_OPTIONS. */
	uint8_t options_length;
	uint8_t options[DATAGRAM_OPTIONS];
	uint32_t flow; /* IPv6: flow label (host order); rx: as received */
	/* rx, IPv6: the extension headers, if the socket wants to know them. */
	struct buf *extensions;
	uint16_t extensions_length;
	uint16_t fragment_size; /* rx: the largest fragment; 0: came whole */
	uint8_t extensions_first; /* its number */
	struct net_addr own; /* rx: an address of ours that could answer
			      * (IP_PKTINFO's ipi_spec_dst) */
	/* tx: finished with 0 or -E when the datagram has been turned into
	 * packets or refused; then no error is left in SO_ERROR. NULL: nobody
	 * waits, errors go to SO_ERROR. */
	struct request *answer;
	/* tx, netlink: who sends it, and waits for the answer; for the port. */
	void *sender;
	struct fragment fragments[DATAGRAM_FRAGMENTS];
};

/* Room for `length` bytes in one or more fragments, all allocated; NULL when
 * there is no memory. Any thread. */
struct datagram *datagram_new(uint32_t length);
/* From a packet's bytes [offset, offset + length): copied when small, shared
 * when large. Net thread. */
struct datagram *datagram_from_packet(const struct packet *packet,
				      uint32_t offset, uint32_t length);
void datagram_free(struct datagram *datagram);
/* The contiguous piece at `offset`; its length, 0 at the end. */
uint32_t datagram_span(const struct datagram *datagram, uint32_t offset,
		       uint8_t **data);
