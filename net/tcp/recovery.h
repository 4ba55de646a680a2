// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The phases of loss recovery (Linux's congestion states):
 * what an ACK or a timer says about losses, and what follows for the windows.
 * Nothing is sent here: what is marked lost, retransmit.c sends again.
 *
 *	OPEN      nothing unusual
 *	DISORDER  duplicates or SACKs, but no loss yet
 *	CWR       an ECN mark, or a loss that a probe has repaired already
 *	RECOVERY  a loss was detected; PRR sends
 *	LOSS      the timer expired; slow start, F-RTO
 */
#pragma once

#include "net/tcp/conn.h"

/* What one ACK was about. */
struct news {
	struct delivery got;
	seq_t ack;
	seq_t prior_una;
	uint32_t prior_lost; /* conn->loss.lost before it */
	uint32_t duplicates; /* without SACK: 1 if it is a duplicate */
	bool progress; /* snd.una moved */
	bool not_dup; /* data, a new window, or progress */
	bool dsack;
	bool dsack_of_probe;
	bool ece;
	bool reneging; /* the first record is one that was SACKED */
	bool resent_lost; /* a retransmission was lost */
	bool waits; /* RACK has armed the timer */
};

/* An ACK that is not plain progress in OPEN. */
void recovery_alert(struct tcp_conn *conn, struct news *news) ON_NET_THREAD;

/* Did the tail loss probe repair a loss (RFC 8985 7.4)? */
void recovery_take_probe_answer(struct tcp_conn *conn,
				const struct news *news) ON_NET_THREAD;

/* The retransmission timer expired. */
void recovery_timeout(struct tcp_conn *conn) ON_NET_THREAD;

/* RACK's timer expired. */
void recovery_look_again(struct tcp_conn *conn) ON_NET_THREAD;

/* ICMP said that all in flight was too large: it is sent anew, and that is no
 * congestion. */
void recovery_resend_all(struct tcp_conn *conn) ON_NET_THREAD;

/* An ACK passed records that were never SACKED though later ones were. */
void recovery_note_reordering(struct tcp_conn *conn, seq_t low);
/* Without SACK: an ACK of `packets` has used up that many duplicates. */
void recovery_use_duplicates(struct tcp_conn *conn, uint32_t packets);

/* How long RACK waits for stragglers, as of now. */
nsec_t recovery_rack_window(const struct tcp_conn *conn);

/* ---- undo.c ---- */

/* A reduction begins: remember how to take it back. */
void undo_begin(struct tcp_conn *conn);
/* `packets` went out again: from now on their duplicates are expected. */
void undo_resent(struct tcp_conn *conn, uint32_t packets);
/* A D-SACK reported `packets` that we had sent twice. */
void undo_reported(struct tcp_conn *conn, uint32_t packets);
/* No copy is in flight any more, and the first record was sent once. */
void undo_forget_stamp(struct tcp_conn *conn);
/* Each takes the reduction back if it was a mistake; true if it has. */
bool undo_loss(struct tcp_conn *conn, const struct news *news, bool frto);
bool undo_dsack(struct tcp_conn *conn);
/* True: nothing more is to be done for this ACK. */
bool undo_partial(struct tcp_conn *conn, const struct news *news);
/* At the end of a recovery. True: the phase is to be kept. */
bool undo_recovery(struct tcp_conn *conn, const struct news *news);
/* OPEN, or DISORDER if something is missing yet. */
void recovery_try_keep_open(struct tcp_conn *conn);
