// SPDX-License-Identifier: MIT
/*
 * What reasons and causes mean, for people. A number that this build does not
 * know gets a sentence that says so: captures may be newer than the tool.
 */
#include "tools/pcapdump/story_private.h"

struct words {
	uint8_t step;
	const char *text;
};

static const struct words reasons[REASON_COUNT] = {
	[REASON_NO_MEMORY] = { STEP_DONE, "memory had run out" },
	[REASON_PACKET_TOO_SHORT] = { STEP_LINK,
				      "it is shorter than its headers" },
	[REASON_STACK_CLOSED] = { STEP_DONE, "the stack was being shut down" },
	[REASON_NETIF_DOWN] = { STEP_LINK, "the interface is down" },
	[REASON_NETIF_QUEUE_FULL] = { STEP_LINK,
				      "the interface's queue was full" },
	[REASON_LINK_NOT_FOR_US] = { STEP_LINK,
				     "its link address is another host's" },
	[REASON_LINK_UNKNOWN_PROTOCOL] = { STEP_LINK,
					   "nobody here speaks its protocol" },
	[REASON_ARP_MALFORMED] = { STEP_NETWORK, "it is not valid ARP" },
	[REASON_ARP_NOT_FOR_US] = { STEP_NETWORK,
				    "it asks for another host's address" },
	[REASON_NEIGHBOUR_QUEUE_FULL] = { STEP_DONE,
					  "too many packets waited already for "
					  "the neighbour's address" },
	[REASON_NEIGHBOUR_UNREACHABLE] = { STEP_DONE,
					   "the neighbour did not answer" },
	[REASON_IP_BAD_HEADER] = { STEP_NETWORK,
				   "its IP header contradicts itself" },
	[REASON_IP_BAD_CHECKSUM] = { STEP_NETWORK,
				     "the IP header's checksum is wrong" },
	[REASON_IP_BAD_LENGTH] = { STEP_NETWORK,
				   "IP's length does not fit the frame" },
	[REASON_IP_BAD_OPTION] = { STEP_NETWORK, "an IP option is malformed" },
	[REASON_IP_MARTIAN_SOURCE] = { STEP_NETWORK,
				       "its source can send no packets" },
	[REASON_IP_MARTIAN_DESTINATION] = { STEP_NETWORK,
					    "its destination may not appear on "
					    "a wire" },
	[REASON_IP_NOT_FOR_US] = { STEP_NETWORK,
				   "it is addressed to another host" },
	[REASON_IP_TTL_EXPIRED] = { STEP_NETWORK, "its time to live ran out" },
	[REASON_IP_NO_ROUTE] = { STEP_NETWORK, "no route leads there" },
	[REASON_IP_NO_PROTOCOL] = { STEP_TRANSPORT,
				    "no transport has its protocol number" },
	[REASON_IP_FRAGMENT_OVERLAP] = { STEP_NETWORK,
					 "its fragments overlap (RFC 5722)" },
	[REASON_IP_FRAGMENT_TIMEOUT] = { STEP_NETWORK,
					 "the other fragments never came" },
	[REASON_IP_FRAGMENT_LIMIT] = { STEP_NETWORK,
				       "too many fragments were waiting" },
	[REASON_IP_FRAGMENT_MALFORMED] = { STEP_NETWORK,
					   "the fragment is malformed" },
	[REASON_IP_TOO_BIG] = { STEP_NETWORK,
				"it does not fit and may not be fragmented" },
	[REASON_ICMP_BAD_CHECKSUM] = { STEP_TRANSPORT,
				       "the ICMP checksum is wrong" },
	[REASON_ICMP_MALFORMED] = { STEP_TRANSPORT, "it is not valid ICMP" },
	[REASON_ICMP_RATE_LIMITED] = { STEP_DONE,
				       "answers of this kind are limited" },
	[REASON_UDP_BAD_CHECKSUM] = { STEP_TRANSPORT,
				      "the UDP checksum is wrong" },
	[REASON_UDP_MALFORMED] = { STEP_TRANSPORT, "it is not valid UDP" },
	[REASON_UDP_NO_SOCKET] = { STEP_SOCKET, "no socket has this port" },
	[REASON_UDP_RCVBUF_FULL] = { STEP_TEXT,
				     "the socket's receive buffer was full" },
	[REASON_UDP_SOCKET_SHUT] = { STEP_TEXT, "the socket reads no more" },
	[REASON_RAW_RCVBUF_FULL] = { STEP_TEXT,
				     "the socket's receive buffer was full" },
	[REASON_TCP_BAD_CHECKSUM] = { STEP_TRANSPORT,
				      "the TCP checksum is wrong (MUST-3)" },
	[REASON_TCP_MALFORMED] = { STEP_TRANSPORT,
				   "its TCP header contradicts itself" },
	[REASON_TCP_NO_SOCKET] = { STEP_SOCKET,
				   "no connection and no listener has these "
				   "names (3.10.7.1: a reset answers it)" },
	[REASON_TCP_OUT_OF_WINDOW] = { STEP_SEQUENCE,
				       "no byte of it lies in the receive "
				       "window (3.4: it is answered by an ACK)" },
	[REASON_TCP_OLD_DUPLICATE] = { STEP_SEQUENCE,
				       "all its bytes had arrived before" },
	[REASON_TCP_PAWS] = { STEP_SEQUENCE,
			      "its timestamp is older than the last one (RFC "
			      "7323 5.3, PAWS)" },
	[REASON_TCP_BAD_ACK] = { STEP_ACK,
				 "it acknowledges what was never sent (RFC "
				 "5961 5.2)" },
	[REASON_TCP_NO_ACK] = { STEP_ACK, "it carries no ACK" },
	[REASON_TCP_BAD_RESET] = { STEP_RESET,
				   "its number is outside the window" },
	[REASON_TCP_CHALLENGED_SYN] = { STEP_SYN,
					"a SYN in a synchronized state may be "
					"forged (RFC 5961 4.2: challenge ACK)" },
	[REASON_TCP_CHALLENGED_RESET] = { STEP_RESET,
					  "its number is in the window but not "
					  "the next one (RFC 5961 3.2: "
					  "challenge ACK)" },
	[REASON_TCP_BACKLOG_FULL] = { STEP_SOCKET,
				      "the listener's queue was full" },
	[REASON_TCP_NOT_SYN] = { STEP_SYN, "a listener wants a SYN first" },
	[REASON_TCP_BAD_SYN] = { STEP_SYN, "such a SYN opens no connection" },
	[REASON_TCP_RCVBUF_FULL] = { STEP_TEXT, "the receive buffer was full" },
	[REASON_TCP_MEMORY] = { STEP_TEXT, "memory for TCP was short, and it "
					   "had its share (tcp_mem)" },
	[REASON_TCP_REASSEMBLY_FULL] = { STEP_TEXT,
					 "too much out-of-order data was kept "
					 "already" },
	[REASON_TCP_AFTER_CLOSE] = { STEP_TEXT,
				     "the program that should read it has "
				     "closed (3.6.1)" },
	[REASON_TCP_TIME_WAIT] = { STEP_SEQUENCE,
				   "the connection is in TIME-WAIT" },
	[REASON_TCP_RATE_LIMITED] = { STEP_DONE,
				      "answers of this kind are limited (RFC "
				      "5961 7)" },
	[REASON_TCP_CLOSED_STATE] = { STEP_SOCKET, "the connection is closed" },
	[REASON_TCP_DEFERRED] = { STEP_TEXT, "the listener waits for data "
					     "(TCP_DEFER_ACCEPT)" },
	[REASON_TCP_BAD_COOKIE] = { STEP_ACK,
				    "it is no answer to a SYN cookie" },
	[REASON_IP_SOURCE_ROUTE] = { STEP_NETWORK,
				     "its sender prescribes a route" },
	[REASON_IP_REVERSE_PATH] = { STEP_NETWORK,
				     "an answer would leave by another "
				     "interface (rp_filter)" },
	[REASON_IP_NO_MEMBER] = { STEP_NETWORK,
				  "nobody here has joined its group" },
	[REASON_IP_BLOCKED_SOURCE] = { STEP_NETWORK,
				       "a source filter keeps it out" },
	[REASON_IP_BLACKHOLE] = { STEP_NETWORK, "its route swallows it" },
	[REASON_IP_PROHIBITED] = { STEP_NETWORK, "its route forbids it" },
	[REASON_IP_MIN_TTL] = { STEP_SOCKET,
				"it came from further away than the socket "
				"allows" },
	[REASON_IP_LOCAL_ONLY] = { STEP_NETWORK,
				   "its TTL keeps it on this host" },
	[REASON_IP_UNKNOWN_OPTION] = { STEP_NETWORK,
				       "an unknown option demands it" },
	[REASON_IP_TOO_MANY_HEADERS] = { STEP_NETWORK,
					 "it has too many extension headers" },
	[REASON_ICMP_UNKNOWN_TYPE] = { STEP_TRANSPORT,
				       "nobody here knows its type" },
	[REASON_ICMP_NO_SOCKET] = { STEP_SOCKET, "no socket has asked for it" },
	[REASON_ICMP_IGNORED_BROADCAST] = { STEP_TRANSPORT,
					    "a broadcast is not answered" },
	[REASON_ICMP_IGNORED] = { STEP_TRANSPORT, "a setting says so" },
	[REASON_ICMP_REDIRECT_REFUSED] = { STEP_TRANSPORT,
					   "the redirect is not to be "
					   "trusted" },
	[REASON_IGMP_MALFORMED] = { STEP_TRANSPORT, "it is not valid IGMP" },
	[REASON_IGMP_IGNORED] = { STEP_TRANSPORT,
				  "it says nothing for this host" },
	[REASON_NDISC_MALFORMED] = { STEP_TRANSPORT,
				     "it is not valid neighbour discovery" },
	[REASON_NDISC_IGNORED] = { STEP_TRANSPORT,
				   "it says nothing for this host" },
	[REASON_TCP_SYN_QUEUE_FULL] = { STEP_SYN,
					"too many handshakes were open" },
};

enum story_step story_step_of(enum reason reason)
{
	if ((unsigned)reason >= REASON_COUNT || !reasons[reason].text)
		return STEP_DONE;
	return (enum story_step)reasons[reason].step;
}

const char *story_reason(enum reason reason)
{
	if ((unsigned)reason >= REASON_COUNT || !reasons[reason].text)
		return "this tool has no more words for it";
	return reasons[reason].text;
}

static const char *const whys[WHY_COUNT] = {
	[WHY_NEW_DATA] = "the program had written data and the windows had "
			 "room for it",
	[WHY_SYN] = "the program opens a connection",
	[WHY_SYN_ACK] = "it accepts the other side's SYN",
	[WHY_HANDSHAKE_ACK] = "it completes the handshake",
	[WHY_FIN] = "the program will send no more",
	[WHY_ACK] = "what arrived is to be acknowledged at once (every second "
		    "segment, out of order, or a FIN)",
	[WHY_DELAYED_ACK] = "the delayed-ACK timer ran out",
	[WHY_WINDOW_UPDATE] = "the program has read, and the window is worth "
			      "telling of again",
	[WHY_RETRANSMIT_TIMEOUT] = "the retransmission timer ran out (RFC "
				   "6298 5.4)",
	[WHY_FAST_RETRANSMIT] = "the other side's ACKs show that it was lost "
				"(RFC 6675, RFC 8985)",
	[WHY_TAIL_LOSS_PROBE] = "nothing came back for two round trips: a "
				"probe asks for a SACK (RFC 8985 7)",
	[WHY_WINDOW_PROBE] = "the other side's window is closed: a probe asks "
			     "whether it still is (3.8.6.1)",
	[WHY_KEEPALIVE] = "the connection was silent for long (3.8.4)",
	[WHY_CHALLENGE_ACK] = "a segment that may be forged is answered by "
			      "telling where this side stands (RFC 5961)",
	[WHY_DUPLICATE_ACK] = "a segment came out of order: the ACK says what "
			      "is missing (RFC 5681 4.2)",
	[WHY_RESET_NO_SOCKET] = "nobody here has the names of what it answers "
				"(3.10.7.1)",
	[WHY_RESET_ABORT] = "the program aborts (unread data, or SO_LINGER "
			    "of 0)",
	[WHY_RESET_BAD_ACK] = "what it answers acknowledged something never "
			      "sent (3.10.7.3)",
	[WHY_RESET_AFTER_CLOSE] = "data came for a program that has closed "
				  "(3.6.1)",
	[WHY_ARP_REQUEST] = "the neighbour's link address is not known",
	[WHY_ARP_REPLY] = "somebody asked for this host's link address",
	[WHY_ECHO_REPLY] = "it answers an echo request",
	[WHY_ICMP_ERROR] = "it reports what became of another packet",
	[WHY_DATAGRAM] = "a program sent it",
	[WHY_DHCP] = "this host asks for its configuration",
	[WHY_FORWARD] = "this host forwards it",
	[WHY_LOOPED] = "it is a copy of a multicast for this host itself",
	[WHY_REDIRECT] = "a better way leads over another router",
	[WHY_TIMESTAMP_REPLY] = "it answers a timestamp request",
	[WHY_GROUP_REPORT] = "it tells which groups this host has joined",
	[WHY_NEIGHBOUR_SOLICIT] = "the neighbour's link address is not known",
	[WHY_NEIGHBOUR_ADVERT] = "somebody asked for this host's link address",
	[WHY_ROUTER_SOLICIT] = "this host looks for a router",
	[WHY_RESET_BAD_SYN] = "a SYN came inside the window of a half-open "
			      "connection",
	[WHY_RESET_OVERFLOW] = "the listener's queue was full "
			       "(tcp_abort_on_overflow)",
};

const char *story_why(unsigned why)
{
	if (why >= WHY_COUNT)
		return "for a cause that this tool does not know";
	if (!whys[why])
		return why_name((enum why_sent)why);
	return whys[why];
}

const char *story_state(unsigned state)
{
	static const char *const names[] = {
		"no state",	"ESTABLISHED", "SYN-SENT",  "SYN-RECEIVED",
		"FIN-WAIT-1",	"FIN-WAIT-2",  "TIME-WAIT", "CLOSED",
		"CLOSE-WAIT",	"LAST-ACK",    "LISTEN",    "CLOSING",
		"SYN-RECEIVED",
	};

	return state < ARRAY_LEN(names) ? names[state] : "an unknown state";
}
