// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Segments that belong to no connection: resets, SYN-ACKs of
 * half-open ones, and the ACKs of TIME-WAIT. They carry no data and no state but what is in here.
 */
#pragma once

#include "net/tcp/conn.h"

struct reply {
	struct net_name local, remote;
	seq_t seq, ack;
	uint16_t window;
	uint8_t flags;
	uint8_t tos, ttl;
	struct tcp_options opt;
	struct netif *bound; /* SO_BINDTODEVICE, or NULL */
	enum why_sent why;
	enum tcp_state state; /* for the capture */
};

void reply_send(struct net *net, const struct reply *reply) ON_NET_THREAD;

/* RFC 9293 3.10.7.1: the reset that this segment deserves. Never for a RST. */
void reply_reset(struct net *net, const struct segment *seg,
		 enum why_sent why) ON_NET_THREAD;

/* RFC 5961 10: at most so many challenge ACKs in a second, in all. */
bool reply_challenge_allowed(struct net *net) ON_NET_THREAD;
