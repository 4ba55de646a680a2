// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. TIME-WAIT (RFC 9293 3.6.1): what remains of a connection
 * that we closed first, for two maximum segment lifetimes, so that a copy of
 * its last ACK can be sent again and its old segments harm no successor.
 *
 * It is a small object of its own in the table of pairs (its entry has no
 * endpoint). A SYN that is certainly newer starts a new connection at once
 * (RFC 6191), and so does our own connect() after a second.
 */
#pragma once

#include "net/tcp/conn.h"

struct time_wait {
	struct demux_entry entry; /* tcp_stack.demux.pairs */
	struct hnode by_port; /* tcp_stack.time_wait_ports */
	struct list list; /* tcp_stack.time_waits */
	struct net *net;
	struct timer timer;
	nsec_t since;
	seq_t snd_nxt;
	seq_t rcv_nxt;
	uint32_t rcv_wnd;
	uint8_t rcv_wscale;
	bool stamp_on;
	uint32_t stamp_recent;
	uint32_t stamp_offset;
	uint32_t uid;
	uint8_t family, ttl, tos;
	nsec_t answered_at;
};

/* Made from a connection that still is in the table. NULL: no memory. */
struct time_wait *time_wait_new(const struct tcp_conn *conn) ON_NET_THREAD;
/* Takes the connection's place in the table and starts the clock. */
void time_wait_start(struct time_wait *wait) ON_NET_THREAD;
void time_wait_free(struct time_wait *wait) ON_NET_THREAD;

static inline struct time_wait *time_wait_of(struct demux_entry *entry)
{
	return container_of(entry, struct time_wait, entry);
}

/*
 * A segment for it. *reopen is set when it is a SYN for a new connection: the
 * object is gone then, and a listener may have the segment.
 */
enum reason time_wait_segment(struct time_wait *wait, struct segment *seg,
			      bool *reopen) ON_NET_THREAD;

/* bind() without SO_REUSEADDR: the port is still in use (Linux's rule). */
bool time_wait_holds(struct net *net,
		     const struct net_name *name) ON_NET_THREAD;

/* connect() wants this pair of names: true when a TIME-WAIT made way; then
 * *isn is a good initial sequence number. */
bool time_wait_yield(struct net *net, const struct net_name *local,
		     const struct net_name *remote, seq_t *isn) ON_NET_THREAD;
