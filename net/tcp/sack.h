// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Selective acknowledgments (RFC 2018, 2883): the blocks
 * that we report, and what the peer's blocks tell about our flight.
 */
#pragma once

#include "net/tcp/conn.h"
#include "net/tcp/recovery.h"

/* Bytes that the SACK option of the next segment will take, 0 for none. */
uint32_t sack_option_size(const struct tcp_conn *conn);

/* Puts the blocks to report into the options: the duplicate first. */
void sack_fill(const struct tcp_conn *conn, struct tcp_options *opt);

/* [left, right) arrived twice: to be reported in the next ACK. */
void sack_report_duplicate(struct tcp_conn *conn, seq_t left, seq_t right);

/*
 * Takes the blocks of an ACK, before snd.una moves to seg->h.ack: marks the
 * flight, and fills what they tell into *news.
 */
void sack_take(struct tcp_conn *conn, const struct segment *seg,
	       struct news *news) ON_NET_THREAD;
