// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. SYN cookies (RFC 4987 3.6): when a listener's queue of
 * half-open connections is full, the SYN-ACK's sequence number itself remembers
 * the SYN, and the ACK that brings it back makes the connection.
 *
 * The cookie is a keyed hash of the names, a count of minutes and one of a few
 * MSS values. Window scale, SACK and ECN live in the low six bits of our
 * timestamp, as in Linux; a peer without timestamps does without them.
 */
#pragma once

#include "net/tcp/request.h"

/* Makes the request's ISN a cookie, and its options what a cookie can keep. */
void cookie_make(struct tcp_request *request) ON_NET_THREAD;

/* The low bits of the SYN-ACK's timestamp: added to stamp_offset. */
uint32_t cookie_stamp(const struct tcp_request *request);

/*
 * Is this ACK to a listener the answer to a cookie? Then the request stands
 * again as it was, and the result is true. `request` may be changed in any case.
 */
bool cookie_take(struct tcp_request *request, struct tcp_conn *listener,
		 const struct segment *seg) ON_NET_THREAD;
