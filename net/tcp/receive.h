// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Payload that arrives: into the user's ring, or kept until
 * its turn has come; and what of it is urgent. The window is window.h's, the
 * ACKs are delayed_ack.h's.
 */
#pragma once

#include "net/tcp/conn.h"

/* The handshake fixed rcv.nxt, or is about to. */
void receive_start(struct tcp_conn *conn) ON_NET_THREAD;

/*
 * Takes the payload of a segment that is within the window: into the ring, or
 * the reassembly queue. Advances rcv.nxt, decides about the ACK. Not REASON_NONE
 * when nothing was taken.
 */
enum reason receive_payload(struct tcp_conn *conn,
			    struct segment *seg) ON_NET_THREAD;

/* The urgent pointer of a segment, and the urgent byte if it is in it
 * (RFC 6093, Linux's reading unless tcp_stdurg). */
void receive_urgent(struct tcp_conn *conn,
		    const struct segment *seg) ON_NET_THREAD;
