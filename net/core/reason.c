// SPDX-License-Identifier: MIT
/*
 * The names of stages, verdicts, reasons and why-sent. A capture tool prints
 * them too; the order is that of the enums in reason.h.
 */
#include "net/core/reason.h"

static const char *const stages[STAGE_COUNT] = {
	[STAGE_NONE] = "NONE",
	[STAGE_LINK_IN] = "LINK_IN",
	[STAGE_ARP_IN] = "ARP_IN",
	[STAGE_IP4_IN] = "IP4_IN",
	[STAGE_IP6_IN] = "IP6_IN",
	[STAGE_ICMP_IN] = "ICMP_IN",
	[STAGE_UDP_IN] = "UDP_IN",
	[STAGE_TCP_IN] = "TCP_IN",
	[STAGE_RAW_IN] = "RAW_IN",
	[STAGE_IP_OUT] = "IP_OUT",
	[STAGE_NEIGHBOUR_OUT] = "NEIGHBOUR_OUT",
	[STAGE_LINK_OUT] = "LINK_OUT",
	[STAGE_NETIF_OUT] = "NETIF_OUT",
};

static const char *const reasons[REASON_COUNT] = {
	[REASON_NONE] = "NONE",
	[REASON_NO_MEMORY] = "NO_MEMORY",
	[REASON_PACKET_TOO_SHORT] = "PACKET_TOO_SHORT",
	[REASON_STACK_CLOSED] = "STACK_CLOSED",
	[REASON_NETIF_DOWN] = "NETIF_DOWN",
	[REASON_NETIF_QUEUE_FULL] = "NETIF_QUEUE_FULL",
	[REASON_LINK_NOT_FOR_US] = "LINK_NOT_FOR_US",
	[REASON_LINK_UNKNOWN_PROTOCOL] = "LINK_UNKNOWN_PROTOCOL",
	[REASON_ARP_MALFORMED] = "ARP_MALFORMED",
	[REASON_ARP_NOT_FOR_US] = "ARP_NOT_FOR_US",
	[REASON_NEIGHBOUR_QUEUE_FULL] = "NEIGHBOUR_QUEUE_FULL",
	[REASON_NEIGHBOUR_UNREACHABLE] = "NEIGHBOUR_UNREACHABLE",
	[REASON_IP_BAD_HEADER] = "IP_BAD_HEADER",
	[REASON_IP_BAD_CHECKSUM] = "IP_BAD_CHECKSUM",
	[REASON_IP_BAD_LENGTH] = "IP_BAD_LENGTH",
	[REASON_IP_BAD_OPTION] = "IP_BAD_OPTION",
	[REASON_IP_MARTIAN_SOURCE] = "IP_MARTIAN_SOURCE",
	[REASON_IP_MARTIAN_DESTINATION] = "IP_MARTIAN_DESTINATION",
	[REASON_IP_NOT_FOR_US] = "IP_NOT_FOR_US",
	[REASON_IP_TTL_EXPIRED] = "IP_TTL_EXPIRED",
	[REASON_IP_NO_ROUTE] = "IP_NO_ROUTE",
	[REASON_IP_NO_PROTOCOL] = "IP_NO_PROTOCOL",
	[REASON_IP_FRAGMENT_OVERLAP] = "IP_FRAGMENT_OVERLAP",
	[REASON_IP_FRAGMENT_TIMEOUT] = "IP_FRAGMENT_TIMEOUT",
	[REASON_IP_FRAGMENT_LIMIT] = "IP_FRAGMENT_LIMIT",
	[REASON_IP_FRAGMENT_MALFORMED] = "IP_FRAGMENT_MALFORMED",
	[REASON_IP_TOO_BIG] = "IP_TOO_BIG",
	[REASON_ICMP_BAD_CHECKSUM] = "ICMP_BAD_CHECKSUM",
	[REASON_ICMP_MALFORMED] = "ICMP_MALFORMED",
	[REASON_ICMP_UNKNOWN_TYPE] = "ICMP_UNKNOWN_TYPE",
	[REASON_ICMP_RATE_LIMITED] = "ICMP_RATE_LIMITED",
	[REASON_ICMP_NO_SOCKET] = "ICMP_NO_SOCKET",
	[REASON_ICMP_IGNORED_BROADCAST] = "ICMP_IGNORED_BROADCAST",
	[REASON_UDP_BAD_CHECKSUM] = "UDP_BAD_CHECKSUM",
	[REASON_UDP_MALFORMED] = "UDP_MALFORMED",
	[REASON_UDP_NO_SOCKET] = "UDP_NO_SOCKET",
	[REASON_UDP_RCVBUF_FULL] = "UDP_RCVBUF_FULL",
	[REASON_UDP_SOCKET_SHUT] = "UDP_SOCKET_SHUT",
	[REASON_RAW_RCVBUF_FULL] = "RAW_RCVBUF_FULL",
	[REASON_TCP_BAD_CHECKSUM] = "TCP_BAD_CHECKSUM",
	[REASON_TCP_MALFORMED] = "TCP_MALFORMED",
	[REASON_TCP_NO_SOCKET] = "TCP_NO_SOCKET",
	[REASON_TCP_OUT_OF_WINDOW] = "TCP_OUT_OF_WINDOW",
	[REASON_TCP_OLD_DUPLICATE] = "TCP_OLD_DUPLICATE",
	[REASON_TCP_PAWS] = "TCP_PAWS",
	[REASON_TCP_BAD_ACK] = "TCP_BAD_ACK",
	[REASON_TCP_NO_ACK] = "TCP_NO_ACK",
	[REASON_TCP_BAD_RESET] = "TCP_BAD_RESET",
	[REASON_TCP_CHALLENGED_SYN] = "TCP_CHALLENGED_SYN",
	[REASON_TCP_CHALLENGED_RESET] = "TCP_CHALLENGED_RESET",
	[REASON_TCP_BACKLOG_FULL] = "TCP_BACKLOG_FULL",
	[REASON_TCP_NOT_SYN] = "TCP_NOT_SYN",
	[REASON_TCP_BAD_SYN] = "TCP_BAD_SYN",
	[REASON_TCP_RCVBUF_FULL] = "TCP_RCVBUF_FULL",
	[REASON_TCP_REASSEMBLY_FULL] = "TCP_REASSEMBLY_FULL",
	[REASON_TCP_AFTER_CLOSE] = "TCP_AFTER_CLOSE",
	[REASON_TCP_TIME_WAIT] = "TCP_TIME_WAIT",
	[REASON_TCP_RATE_LIMITED] = "TCP_RATE_LIMITED",
	[REASON_TCP_CLOSED_STATE] = "TCP_CLOSED_STATE",
};

static const char *const whys[WHY_COUNT] = {
	[WHY_NONE] = "",
	[WHY_NEW_DATA] = "new data",
	[WHY_SYN] = "open",
	[WHY_SYN_ACK] = "accept",
	[WHY_HANDSHAKE_ACK] = "handshake",
	[WHY_FIN] = "close",
	[WHY_ACK] = "acknowledgement",
	[WHY_DELAYED_ACK] = "delayed acknowledgement",
	[WHY_WINDOW_UPDATE] = "window update",
	[WHY_RETRANSMIT_TIMEOUT] = "retransmission timeout",
	[WHY_FAST_RETRANSMIT] = "fast retransmit",
	[WHY_TAIL_LOSS_PROBE] = "tail loss probe",
	[WHY_WINDOW_PROBE] = "window probe",
	[WHY_KEEPALIVE] = "keepalive",
	[WHY_CHALLENGE_ACK] = "challenge ACK",
	[WHY_DUPLICATE_ACK] = "duplicate ACK",
	[WHY_RESET_NO_SOCKET] = "reset: no socket",
	[WHY_RESET_ABORT] = "reset: aborted",
	[WHY_RESET_BAD_ACK] = "reset: unacceptable ACK",
	[WHY_RESET_AFTER_CLOSE] = "reset: data after close",
	[WHY_ARP_REQUEST] = "ARP request",
	[WHY_ARP_REPLY] = "ARP reply",
	[WHY_ECHO_REPLY] = "echo reply",
	[WHY_ICMP_ERROR] = "ICMP error",
	[WHY_DATAGRAM] = "datagram",
	[WHY_DHCP] = "DHCP",
};

const char *reason_name(enum reason reason)
{
	if ((unsigned int)reason >= REASON_COUNT || !reasons[reason])
		return "UNKNOWN";
	return reasons[reason];
}

const char *stage_name(enum stage stage)
{
	if ((unsigned int)stage >= STAGE_COUNT)
		return "UNKNOWN";
	return stages[stage];
}

const char *why_name(enum why_sent why)
{
	if ((unsigned int)why >= WHY_COUNT || !whys[why])
		return "unknown";
	return whys[why];
}

const char *verdict_name(verdict_t v)
{
	if (verdict_is_drop(v))
		return reason_name(verdict_reason(v));
	switch (v.code) {
	case VERDICT_DELIVERED:
		return "delivered";
	case VERDICT_CONSUMED:
		return "consumed";
	case VERDICT_HELD:
		return "held";
	case VERDICT_SENT:
		return "sent";
	default:
		return stage_name((enum stage)v.code);
	}
}
