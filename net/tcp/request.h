// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A half-open connection (RFC 4987 3.4, the SYN cache): what
 * a listener remembers between a SYN and the ACK that completes the handshake.
 * It is a small object in the table of pairs, without endpoint, rings or TCB;
 * these are made when the ACK has passed every check (listen.c).
 *
 * It belongs to its listener and ends with it. Its one timer sends the SYN-ACK
 * again; RFC 9293's SYN-RECEIVED of a passive open is request_segment().
 */
#pragma once

#include "net/tcp/advice.h"
#include "net/tcp/conn.h"

/* TCP_SAVE_SYN: the headers of a SYN as they came. */
struct saved_syn {
	uint32_t length;
	uint8_t bytes[];
};

/* What a SYN said, and what we answered. */
struct tcp_request {
	struct demux_entry entry; /* tcp_stack.demux.pairs */
	struct tcp_conn *listener;
	struct list list; /* tcp_listener.requests */
	struct timer timer;
	seq_t irs, iss;
	uint32_t window; /* bytes that our SYN-ACK offers */
	uint32_t stamp_recent;
	uint32_t stamp_offset;
	struct window_advice advice; /* the route's */
	uint16_t peer_mss; /* 0: not given */
	uint16_t offered_mss;
	uint8_t snd_wscale, rcv_wscale;
	bool sack_ok, wscale_ok, stamp_on, ecn_ok;
	bool wants_ecn; /* the route does */
	bool acked; /* TCP_DEFER_ACCEPT: only data is missing */
	uint8_t timeouts;
	uint8_t resent; /* SYN-ACKs behind the first one */
	uint8_t tos;
	nsec_t sent_at; /* the first SYN-ACK; 0: not yet */
	nsec_t answered_at; /* tcp_invalid_ratelimit; 0: never */
	struct saved_syn *saved;
	uint8_t cookie_length; /* Fast Open: to be given; 0: none */
	bool cookie_old_kind; /* in the experimental option */
	uint8_t cookie[TCP_COOKIE_MAX];
};

static inline struct tcp_request *request_of(struct demux_entry *entry)
{
	return container_of(entry, struct tcp_request, entry);
}

/* Reads the SYN and chooses the answer; iss is left to the caller.
 * -E: there is no way back. */
int request_fill(struct tcp_request *request, struct tcp_conn *listener,
		 const struct segment *syn) ON_NET_THREAD;

/* The window and its scale, by what has been agreed on. */
void request_choose_window(struct tcp_request *request);

/* Copies it into the listener's queue, answers, and waits for the ACK.
 * REASON_NO_MEMORY; REASON_NONE. */
enum reason request_start(const struct tcp_request *request,
			  const struct segment *syn) ON_NET_THREAD;

/* Ends it without a word. */
void request_free(struct tcp_request *request) ON_NET_THREAD;

void request_send_syn_ack(struct tcp_request *request,
			  enum why_sent why) ON_NET_THREAD;

/*
 * A segment for it. *child is set when it completes the handshake: the request
 * is gone then, and the connection is to have the segment.
 */
enum reason request_segment(struct tcp_request *request, struct segment *seg,
			    struct tcp_conn **child) ON_NET_THREAD;

/* Fills a packet's note as conn_note() does. */
void request_note(const struct tcp_request *request, struct packet *packet);
