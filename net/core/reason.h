// SPDX-License-Identifier: MIT
/*
 * Verdicts: what a stage decides about a packet, and the reasons for dropping
 * one. Each reason has one name, seen in captures, in /proc/weir/net and in
 * pcapdump. Numbers are part of the capture format: append, never renumber.
 */
#pragma once

#include "lib/types.h"

enum stage {
	STAGE_NONE,
	STAGE_LINK_IN,
	STAGE_ARP_IN,
	STAGE_IP4_IN,
	STAGE_IP6_IN,
	STAGE_ICMP_IN, /* v4 and v6 */
	STAGE_UDP_IN,
	STAGE_TCP_IN,
	STAGE_RAW_IN, /* no protocol of ours: raw sockets or unreachable */
	STAGE_IP_OUT,
	STAGE_NEIGHBOUR_OUT,
	STAGE_LINK_OUT,
	STAGE_NETIF_OUT,
	STAGE_IP_FORWARD, /* for somebody else */
	STAGE_IGMP_IN,
	STAGE_VLAN_IN, /* off with the tag */
	STAGE_DEVICE_OUT, /* from the queueing discipline to the driver */
	STAGE_BRIDGE_IN, /* came in by a bridge's port */
	STAGE_COUNT,
};

enum reason {
	REASON_NONE,
	/* Any layer */
	REASON_NO_MEMORY,
	REASON_PACKET_TOO_SHORT,
	REASON_STACK_CLOSED, /* the stack was shut down with the packet queued */
	REASON_NETIF_DOWN,
	REASON_NETIF_QUEUE_FULL,
	/* Link */
	REASON_LINK_NOT_FOR_US,
	REASON_LINK_UNKNOWN_PROTOCOL,
	REASON_ARP_MALFORMED,
	REASON_ARP_NOT_FOR_US,
	REASON_NEIGHBOUR_QUEUE_FULL,
	REASON_NEIGHBOUR_UNREACHABLE,
	/* IP */
	REASON_IP_BAD_HEADER,
	REASON_IP_BAD_CHECKSUM,
	REASON_IP_BAD_LENGTH,
	REASON_IP_BAD_OPTION,
	REASON_IP_MARTIAN_SOURCE,
	REASON_IP_MARTIAN_DESTINATION,
	REASON_IP_NOT_FOR_US,
	REASON_IP_TTL_EXPIRED,
	REASON_IP_NO_ROUTE,
	REASON_IP_NO_PROTOCOL,
	REASON_IP_FRAGMENT_OVERLAP,
	REASON_IP_FRAGMENT_TIMEOUT,
	REASON_IP_FRAGMENT_LIMIT,
	REASON_IP_FRAGMENT_MALFORMED,
	REASON_IP_TOO_BIG, /* does not fit the MTU and may not be fragmented */
	/* ICMP */
	REASON_ICMP_BAD_CHECKSUM,
	REASON_ICMP_MALFORMED,
	REASON_ICMP_UNKNOWN_TYPE,
	REASON_ICMP_RATE_LIMITED,
	REASON_ICMP_NO_SOCKET,
	REASON_ICMP_IGNORED_BROADCAST,
	/* UDP */
	REASON_UDP_BAD_CHECKSUM,
	REASON_UDP_MALFORMED,
	REASON_UDP_NO_SOCKET,
	REASON_UDP_RCVBUF_FULL,
	REASON_UDP_SOCKET_SHUT,
	REASON_RAW_RCVBUF_FULL,
	/* TCP */
	REASON_TCP_BAD_CHECKSUM,
	REASON_TCP_MALFORMED,
	REASON_TCP_NO_SOCKET,
	REASON_TCP_OUT_OF_WINDOW,
	REASON_TCP_OLD_DUPLICATE,
	REASON_TCP_PAWS,
	REASON_TCP_BAD_ACK,
	REASON_TCP_NO_ACK, /* a segment without ACK in a synchronized state */
	REASON_TCP_BAD_RESET,
	REASON_TCP_CHALLENGED_SYN,
	REASON_TCP_CHALLENGED_RESET,
	REASON_TCP_BACKLOG_FULL,
	REASON_TCP_NOT_SYN, /* to a listener */
	REASON_TCP_BAD_SYN, /* SYN to broadcast, multicast, SYN with FIN, ... */
	REASON_TCP_RCVBUF_FULL,
	REASON_TCP_REASSEMBLY_FULL,
	REASON_TCP_AFTER_CLOSE, /* data for a user who is gone */
	REASON_TCP_TIME_WAIT,
	REASON_TCP_RATE_LIMITED,
	REASON_TCP_CLOSED_STATE,
	REASON_TCP_DEFERRED, /* TCP_DEFER_ACCEPT: a bare ACK */
	REASON_TCP_BAD_COOKIE,
	REASON_TCP_SYN_QUEUE_FULL,
	/* More of IP and its helpers */
	REASON_IP_SOURCE_ROUTE, /* a route that the sender prescribes */
	REASON_IP_REVERSE_PATH, /* rp_filter: its answer would go elsewhere */
	REASON_IP_NO_MEMBER, /* a group that nobody here has joined */
	REASON_IP_BLOCKED_SOURCE, /* of a group, by a source filter */
	REASON_IP_BLACKHOLE, /* a route that swallows */
	REASON_IP_PROHIBITED, /* a route that forbids */
	REASON_IP_MIN_TTL, /* IP_MINTTL, IPV6_MINHOPCOUNT */
	REASON_IP_LOCAL_ONLY, /* TTL 0: may not leave this host */
	REASON_IP_UNKNOWN_OPTION, /* one that demands to be discarded */
	REASON_IP_TOO_MANY_HEADERS, /* extension headers */
	REASON_ICMP_IGNORED, /* by a setting */
	REASON_ICMP_REDIRECT_REFUSED,
	REASON_IGMP_MALFORMED,
	REASON_IGMP_IGNORED,
	REASON_NDISC_MALFORMED,
	REASON_NDISC_IGNORED,
	REASON_LINK_UNKNOWN_VLAN,
	REASON_TCP_MEMORY, /* tcp_mem is used up, or this one's share of it */
	/* Queueing disciplines */
	REASON_QDISC_OVERLIMIT,
	REASON_QDISC_PURGED, /* it was replaced, or its interface went down */
	REASON_NETEM_LOSS, /* it was asked to lose some */
	REASON_SOCKET_FILTER, /* SO_ATTACH_FILTER */
	REASON_IP_DISABLED, /* disable_ipv6 */
	REASON_BRIDGE_BAD_SOURCE, /* a group's address, or none */
	REASON_BRIDGE_PORT_DISABLED,
	REASON_BRIDGE_PORT_LOCKED, /* to stations that it does not know */
	REASON_BRIDGE_LINK_LOCAL, /* 01:80:c2:00:00:0x stays on its link */
	REASON_BRIDGE_NO_PORT, /* nowhere else to go */
	REASON_COUNT,
};

/*
 * What a stage returns. The loop in stage.c owns the packet: it frees it at
 * the end of its run whatever the verdict. Who wants to keep a packet longer
 * (queues) takes a reference with packet_hold() and returns packet_held().
 */
typedef struct {
	uint16_t code;
} verdict_t;

enum verdict_code {
	/* below STAGE_COUNT: the next stage */
	VERDICT_DELIVERED = 0x40, /* to a socket */
	VERDICT_CONSUMED, /* ARP, pure ACK, echo request: did its work */
	VERDICT_HELD, /* queued somewhere; runs again later */
	VERDICT_SENT, /* the interface has taken it */
	VERDICT_REASON = 0x80, /* + enum reason: dropped */
};

static inline verdict_t next_stage(enum stage stage)
{
	return (verdict_t){ (uint16_t)stage };
}

static inline verdict_t packet_dropped(enum reason why)
{
	return (verdict_t){ (uint16_t)(VERDICT_REASON + why) };
}

static inline verdict_t packet_delivered(void)
{
	return (verdict_t){ VERDICT_DELIVERED };
}

static inline verdict_t packet_consumed(void)
{
	return (verdict_t){ VERDICT_CONSUMED };
}

static inline verdict_t packet_held(void)
{
	return (verdict_t){ VERDICT_HELD };
}

static inline verdict_t packet_sent(void)
{
	return (verdict_t){ VERDICT_SENT };
}

static inline bool verdict_is_drop(verdict_t v)
{
	return v.code >= VERDICT_REASON;
}

static inline enum reason verdict_reason(verdict_t v)
{
	return (enum reason)(v.code - VERDICT_REASON);
}

/* Why a packet was sent; the transport says so in packet->note.why. Part of the
 * capture format, too: append. */
enum why_sent {
	WHY_NONE,
	WHY_NEW_DATA,
	WHY_SYN,
	WHY_SYN_ACK,
	WHY_HANDSHAKE_ACK,
	WHY_FIN,
	WHY_ACK, /* at once: every second segment, out of order, ... */
	WHY_DELAYED_ACK, /* the timer */
	WHY_WINDOW_UPDATE,
	WHY_RETRANSMIT_TIMEOUT,
	WHY_FAST_RETRANSMIT,
	WHY_TAIL_LOSS_PROBE,
	WHY_WINDOW_PROBE,
	WHY_KEEPALIVE,
	WHY_CHALLENGE_ACK,
	WHY_DUPLICATE_ACK,
	WHY_RESET_NO_SOCKET,
	WHY_RESET_ABORT, /* closed with unread data, SO_LINGER 0 */
	WHY_RESET_BAD_ACK,
	WHY_RESET_AFTER_CLOSE,
	WHY_ARP_REQUEST,
	WHY_ARP_REPLY,
	WHY_ECHO_REPLY,
	WHY_ICMP_ERROR,
	WHY_DATAGRAM,
	WHY_DHCP,
	WHY_FORWARD,
	WHY_LOOPED, /* a copy of a multicast for ourselves */
	WHY_REDIRECT,
	WHY_TIMESTAMP_REPLY,
	WHY_GROUP_REPORT, /* IGMP, MLD */
	WHY_NEIGHBOUR_SOLICIT,
	WHY_NEIGHBOUR_ADVERT,
	WHY_ROUTER_SOLICIT,
	WHY_MTU_PROBE, /* RFC 4821: a segment larger than the others */
	WHY_RESET_BAD_SYN, /* a SYN inside the window of a half-open one */
	WHY_RESET_OVERFLOW, /* tcp_abort_on_overflow */
	WHY_COUNT,
};

const char *reason_name(enum reason reason); /* "TCP_OUT_OF_WINDOW" */
const char *stage_name(enum stage stage); /* "IP4_IN" */
const char *why_name(enum why_sent why); /* "fast retransmit" */
const char *verdict_name(verdict_t v); /* "delivered", a reason, ... */
