// SPDX-License-Identifier: MIT
/*
 * A packet: one frame or datagram on its way through the stages. Up to 64 KiB.
 *
 * Its bytes are `head[head_start..head_end)` followed by the fragments. A
 * packet that we send has its headers in the head, pushed from the back, and
 * its payload in fragments that refer to the sender's buffers. A received one
 * may have an empty head: its headers are then read in place, in the first
 * fragment. packet_header() hides the difference.
 *
 * Offsets (l2, l3, l4, payload, csum_start) count from the packet's first
 * byte; packet_push() moves them along.
 *
 * Ownership: packets belong to one struct net and are touched on its net
 * thread only; the reference count is a plain number. The stage loop owns a
 * packet while it runs it and drops its reference afterwards. packet_hold()
 * keeps it longer.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "net/core/annotate.h"
#include "net/core/buf.h"
#include "net/core/event.h"
#include "net/core/reason.h"
#include "net/wire/address.h"

struct net;
struct netif;
struct endpoint;

#define PACKET_FRAGMENTS 18
#define PACKET_HEAD 256
#define PACKET_HEADROOM 160 /* of it, in front, for headers to be pushed */
#define PACKET_MAX 65535

enum packet_flags {
	/* Out: the transport checksum is still to be done: the one's complement
	 * sum from csum_start to the end goes to csum_start + csum_offset,
	 * where the pseudo header's sum already stands (virtio's
	 * NEEDS_CSUM, Linux's CHECKSUM_PARTIAL). In: likewise, from a sender
	 * on the same machine; the data is good. */
	PACKET_CSUM_PARTIAL = 1 << 0,
	/* In: the device has verified the transport checksum. */
	PACKET_CSUM_GOOD = 1 << 1,
	PACKET_BROADCAST = 1 << 2, /* link broadcast */
	PACKET_MULTICAST = 1 << 3, /* link multicast */
	PACKET_DONT_FRAGMENT = 1 << 4, /* out: set DF, refuse if too big */
	PACKET_REASSEMBLED = 1 << 5,
	PACKET_LOOPBACK = 1 << 6, /* came over loopback (own address) */
	PACKET_HEADER_INCLUDED = 1 << 7, /* out: raw socket's own IP header */
	PACKET_QUEUED = 1 << 8, /* came out of a queueing discipline */
	PACKET_RECORD_IN = 1 << 9, /* its arrival is still to be recorded */
	PACKET_ROUTED = 1 << 10, /* out: netif and next_hop are set */
	PACKET_NO_LOOP = 1 << 11, /* out: no copy of a multicast for us */
	PACKET_FORWARDED = 1 << 12,
	PACKET_LOCAL_TTL = 1 << 13, /* out: ttl 0 is meant: our host only */
	PACKET_IGNORE_MTU = 1 << 14, /* out: only the interface's counts */
	PACKET_REFUSE_FRAGMENTS = 1 << 15, /* out: too big is an error */
	PACKET_CONFIRMS = 1 << 22, /* out: who it goes to has just answered */
	PACKET_NO_FLOW = 1 << 23, /* out: no IPv6 flow label of our making */
	PACKET_ANYCAST = 1 << 25, /* in: to an address that others have, too */
	PACKET_TO_US = 1 << 24, /* in: a bridge says so, whatever its address */
};

enum gso_type { GSO_NONE, GSO_TCP4, GSO_TCP6, GSO_UDP };

#define NOTE_TCP 1

/* What the tap writes beside the bytes. The transport fills it in: at output
 * with why and the variables, at input with socket and variables after it.
 * Sequence numbers are absolute. */
struct packet_note {
	uint8_t why; /* enum why_sent */
	uint8_t flags; /* NOTE_TCP: the TCP fields below are valid */
	uint8_t tcp_state; /* Linux's numbers: 1 ESTABLISHED ... 12 */
	uint8_t retransmits; /* of this segment */
	uint32_t socket; /* endpoint's id, 0: none */
	int32_t pid; /* its owner */
	uint32_t snd_una, snd_nxt, snd_wnd;
	uint32_t rcv_nxt, rcv_wnd;
	uint32_t cwnd, ssthresh; /* bytes */
	uint32_t srtt_us, rto_us;
	uint32_t in_flight; /* bytes */
};

struct packet {
	struct list list; /* the queue that it is in */
	uint32_t refs;
	uint32_t flags;
	uint8_t stage; /* the next one */
	uint8_t protocol; /* IP protocol number */
	uint8_t ttl;
	uint8_t tos;
	uint8_t gso_type;
	uint8_t fragment_count;
	uint16_t gso_size; /* payload bytes per segment, 0: not segmented */
	uint16_t ethertype;
	uint16_t csum_start, csum_offset;
	uint16_t l2, l3, l4, payload; /* offsets */
	uint16_t head_start, head_end;
	uint32_t length; /* all bytes */
	uint32_t ip_id; /* out: 0 = IP chooses */
	uint32_t flow; /* IPv6 flow label */
	/* Out, IPv6: of each, if it is cut, 0: the MTU; in: the largest of those
	 * that it was put together from, 0: came whole. */
	uint16_t fragment_size;
	uint32_t mtu; /* out: of its way, as the route says; 0: the link's */
	uint32_t priority; /* out: SO_PRIORITY, for queueing disciplines */
	/* IPv4 options: in: as received, worked on by net/ip/options.c; out: to
	 * be sent, a multiple of four bytes. IPv6, out: extension headers, and
	 * the first one's number. */
	uint8_t options_length;
	uint8_t options_first;
	uint8_t options[40];

	struct netif *netif; /* came in by / leaves by (IP_OUT sets it) */
	struct netif *bound; /* out: SO_BINDTODEVICE, or NULL */
	struct net_addr src, dst;
	struct net_addr next_hop;
	uint8_t link_dst[6], link_src[6];
	nsec_t time; /* in: arrival; out: creation */
	uint64_t id; /* the tap's packet id */
	struct packet_note note;

	/* Out, datagrams: whose SO_SNDBUF this counts against until freed. A
	 * counted reference. */
	struct endpoint *charged;
	uint32_t charge;
	union {
		/* In: a hint for the protocol, e.g. TCP's reassembly. */
		uint32_t scratch[4];
		/* Out: in a queueing discipline that sorts by time. */
		struct {
			struct rb_node node;
			nsec_t due;
		};
		/* On its way to another stack (net/link/veth.c). */
		struct {
			struct event crossing;
			void *crossing_to;
		};
	};

	struct fragment fragments[PACKET_FRAGMENTS];
	uint8_t head[PACKET_HEAD] ALIGNED(16);
};

/* An empty packet: no bytes, head_start at PACKET_HEADROOM, one reference. From
 * the net's pool; NULL when there is no memory. */
struct packet *packet_new(struct net *net) ON_NET_THREAD;

static inline struct packet *packet_hold(struct packet *packet)
{
	packet->refs++;
	return packet;
}

/* Drops a reference; the last one returns buffers and packet. */
void packet_free(struct net *net, struct packet *packet) ON_NET_THREAD;

/* A packet of which there is one reference changes from one stack to another:
 * on the thread of the one, then of the other. */
void packet_depart(struct net *net, struct packet *packet) ON_NET_THREAD;
void packet_arrive(struct net *net, struct packet *packet) ON_NET_THREAD;

/*
 * Bytes [offset, offset + n) contiguous, or NULL when the packet is shorter or
 * the piece cannot be made contiguous (offset + n > PACKET_HEAD). In place when
 * they are contiguous already; otherwise the bytes before offset + n are moved
 * into the head. The pointer lives until the next call that changes the packet.
 */
uint8_t *packet_header_slow(struct packet *packet, uint32_t offset, uint32_t n);

static inline uint8_t *packet_header(struct packet *packet, uint32_t offset,
				     uint32_t n)
{
	uint32_t head = (uint32_t)packet->head_end - packet->head_start;

	if (likely(offset + n <= head))
		return packet->head + packet->head_start + offset;
	if (likely(head == 0 && packet->fragment_count &&
		   offset + n <= packet->fragments[0].length))
		return fragment_data(&packet->fragments[0]) + offset;
	return packet_header_slow(packet, offset, n);
}

/* Room for `n` more bytes in front of everything; all offsets move by n. NULL
 * when the head is full (a bug: PACKET_HEADROOM fits every header chain). */
uint8_t *packet_push(struct packet *packet, uint32_t n);
/* Takes the first `n` bytes away; all offsets move by n. */
void packet_pull(struct packet *packet, uint32_t n);
/* Room for `n` more bytes behind the head's; only while there are no
 * fragments. NULL when it does not fit. */
uint8_t *packet_append(struct packet *packet, uint32_t n);
/* Adds a fragment at the end. It takes over the caller's reference. False (the
 * reference stays the caller's) when the array is full. */
bool packet_add_fragment(struct packet *packet, struct buf *buf,
			 uint32_t offset, uint32_t length);
/* Cuts to the first `length` bytes. */
void packet_trim(struct packet *packet, uint32_t length);
/* Copies bytes out; the number copied (less at the end). */
uint32_t packet_copy(const struct packet *packet, uint32_t offset, void *to,
		     uint32_t n);
/*
 * The pieces of [offset, offset + length) as fragments, each with a reference
 * of its own. Bytes in the head are copied to a new buffer. Returns the number
 * of fragments, 0 when there is no memory (or length is 0).
 */
int packet_slice(const struct packet *packet, uint32_t offset, uint32_t length,
		 struct fragment *out, int max);
/* The sum over [offset, offset + length). */
uint64_t packet_checksum(const struct packet *packet, uint32_t offset,
			 uint32_t length);
/* Whether the transport checksum of a received packet is right: l4 .. end with
 * the pseudo header. True at once for PARTIAL and GOOD. */
bool packet_checksum_ok(const struct packet *packet, uint8_t protocol);
/* Computes what PACKET_CSUM_PARTIAL left open and clears the flag. */
void packet_checksum_complete(struct packet *packet);
/* A new packet with the same bytes (own head, shared buffers). */
struct packet *packet_clone(struct net *net,
			    const struct packet *packet) ON_NET_THREAD;

/* Makes a packet that was sent one that arrives: on a veth's other end. Its
 * bytes stay, what our stages have noted about it goes. */
void packet_recycle(struct packet *packet);

static inline uint32_t packet_payload_length(const struct packet *packet)
{
	return packet->length - packet->payload;
}
