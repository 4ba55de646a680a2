// SPDX-License-Identifier: MIT
/*
 * A segment arrives: RFC 9293 section 3.10.7, with RFC 5961's blind-attack
 * defences and RFC 7323's PAWS in their places. The checks come in the RFC's
 * order, one function each; the first that fails says why the segment is
 * dropped, and has answered the peer if that is due. LISTEN (3.10.7.2) and the
 * passive SYN-RECEIVED before its ACK are in listen.c and request.c.
 */
#include "net/tcp/input.h"

#include "net/tcp/ack.h"
#include "net/tcp/handshake.h"
#include "net/tcp/listen.h"
#include "net/tcp/output.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/receive.h"
#include "net/tcp/window.h"
#include "net/tcp/reply.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/sack.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/user.h"

#define PAWS_LIFETIME (24 * 24 * 3600 * NSEC_PER_SEC) /* RFC 7323 5.5 */

/* ---- 3.10.7.1 CLOSED ---- */

static ON_NET_THREAD enum reason segment_to_closed(struct tcp_conn *conn,
						   struct segment *seg)
{
	reply_reset(conn->net, seg, WHY_RESET_NO_SOCKET);
	return REASON_TCP_CLOSED_STATE;
}

/* ---- 3.10.7.3 SYN-SENT ---- */

/* First and second: the ACK bit must be right, and makes a RST credible. */
static ON_NET_THREAD enum reason check_syn_sent(struct tcp_conn *conn,
						struct segment *seg)
{
	bool ack = seg->h.flags & TCP_ACK;

	if (ack && (seq_leq(seg->h.ack, conn->snd.iss) ||
		    seq_gt(seg->h.ack, conn->snd.nxt))) {
		reply_reset(conn->net, seg, WHY_RESET_BAD_ACK);
		return REASON_TCP_BAD_ACK;
	}
	if (seg->h.flags & TCP_RST) {
		if (!ack)
			return REASON_TCP_BAD_RESET;
		conn_fail(conn, ECONNREFUSED);
		return REASON_NONE;
	}
	if (!(seg->h.flags & TCP_SYN))
		return REASON_TCP_NOT_SYN;
	return REASON_NONE;
}

/* SYN without ACK: both sides open at once (figure 8). */
static ON_NET_THREAD void open_simultaneously(struct tcp_conn *conn)
{
	conn->retransmits = 0;
	state_set(conn, TCP_SYN_RECEIVED);
	tcp_send_syn(conn);
	retransmit_arm_handshake(conn);
}

/* ---- 3.10.7.4, first: the sequence number ---- */

/* One answer in tcp_invalid_ratelimit: two peers that each think the other is
 * wrong do not go on answering for ever (RFC 5961 7). */
static bool is_time_to_answer(struct tcp_conn *conn)
{
	nsec_t now = conn->net->now;
	nsec_t limit = (nsec_t)conn->net->tunables.tcp_invalid_ratelimit *
		       NSEC_PER_MSEC;

	if (conn->ack.challenged && now - conn->ack.challenged_at < limit) {
		conn->net->stats.tcp_ext.acks_skipped++;
		return false;
	}
	conn->ack.challenged = true;
	conn->ack.challenged_at = now;
	return true;
}

/* Data are part of no such loop. */
static bool may_answer(struct tcp_conn *conn, const struct segment *seg)
{
	if (seg->length > 0 && !(seg->h.flags & TCP_SYN))
		return true;
	return is_time_to_answer(conn);
}

static ON_NET_THREAD void challenge(struct tcp_conn *conn)
{
	if (is_time_to_answer(conn))
		tcp_send_challenge(conn);
}

/* RFC 7323 5.3 R1: is its timestamp older than what we have seen? */
static bool is_old_stamp(const struct tcp_conn *conn, const struct segment *seg)
{
	return conn->stamp.on && seg->h.opt.has_timestamp &&
	       seq_lt(seg->h.opt.ts_val, conn->stamp.recent) &&
	       conn->net->now - conn->stamp.recent_at < PAWS_LIFETIME;
}

/* R3: remembers the stamp if the segment spans Last.ACK.sent. */
static void take_stamp(struct tcp_conn *conn, const struct segment *seg)
{
	if (!conn->stamp.on || !seg->h.opt.has_timestamp ||
	    seq_gt(seg->seq, conn->ack.nxt) || is_old_stamp(conn, seg))
		return;
	conn->stamp.recent = seg->h.opt.ts_val;
	conn->stamp.recent_at = conn->net->now;
}

/* The table of 3.10.7.4: four cases of length and window. */
static bool is_acceptable(const struct tcp_conn *conn,
			  const struct segment *seg)
{
	uint32_t window = window_now(conn);
	uint32_t length = seg->end - seg->seq;

	if (length == 0)
		return seg->seq == conn->rcv.nxt ||
		       seq_in_window(seg->seq, conn->rcv.nxt, window);
	return seq_in_window(seg->seq, conn->rcv.nxt, window) ||
	       seq_in_window(seg->end - 1, conn->rcv.nxt, window);
}

/* MUST-66: with a closed window, everything but the payload counts. */
static bool is_acceptable_without_payload(const struct tcp_conn *conn,
					  const struct segment *seg)
{
	return window_now(conn) == 0 && seg->seq == conn->rcv.nxt;
}

static void cut_front(struct segment *seg, uint32_t bytes)
{
	uint32_t payload = MIN(bytes, seg->length);

	seg->seq += bytes;
	seg->offset += payload;
	seg->length -= payload;
}

static void cut_back(struct segment *seg, uint32_t bytes)
{
	if (seg->h.flags & TCP_FIN) {
		seg->h.flags &= ~TCP_FIN;
		bytes--;
		seg->end--;
	}
	seg->end -= bytes;
	seg->length -= MIN(bytes, seg->length);
}

/* What lies outside of the window is as if it had not come. */
static void trim(struct tcp_conn *conn, struct segment *seg)
{
	if (seq_lt(seg->seq, conn->rcv.nxt)) {
		sack_report_duplicate(conn, seg->seq, conn->rcv.nxt);
		cut_front(seg, conn->rcv.nxt - seg->seq);
	}
	if (seq_gt(seg->end, conn->rcv.edge) && seq_gt(seg->end, conn->rcv.nxt))
		cut_back(seg,
			 seg->end - seq_max(conn->rcv.edge, conn->rcv.nxt));
}

/*
 * In SYN-RECEIVED the peer's SYN may come again, because our answer was lost,
 * or as the SYN-ACK of a simultaneous open. The first is answered again; of
 * the second only the ACK is news.
 */
static ON_NET_THREAD enum reason repeated_syn(struct tcp_conn *conn,
					      struct segment *seg)
{
	if (seg->h.flags & TCP_ACK) {
		seg->h.flags &= ~TCP_SYN;
		seg->seq++;
		return REASON_NONE;
	}
	if (may_answer(conn, seg))
		tcp_send_syn(conn);
	return REASON_TCP_OLD_DUPLICATE;
}

static ON_NET_THREAD enum reason
answer_unacceptable(struct tcp_conn *conn, struct segment *seg, enum reason why)
{
	bool old = seq_leq(seg->end, conn->rcv.nxt);

	if (seg->h.flags & TCP_RST)
		return why;
	if (old && seg->length) {
		conn->net->stats.tcp_ext.delayed_ack_lost++;
		ack_be_quick(conn);
		sack_report_duplicate(conn, seg->seq, seg->seq + seg->length);
	}
	if (may_answer(conn, seg)) {
		if (seg->h.flags & TCP_SYN)
			tcp_send_challenge(conn);
		else
			tcp_send_ack(conn, WHY_DUPLICATE_ACK);
	}
	return why;
}

static ON_NET_THREAD enum reason check_sequence(struct tcp_conn *conn,
						struct segment *seg)
{
	if (conn->state == TCP_SYN_RECEIVED && (seg->h.flags & TCP_SYN) &&
	    seg->seq == conn->rcv.irs && !(seg->h.flags & TCP_RST))
		return repeated_syn(conn, seg);
	if (is_old_stamp(conn, seg) && !(seg->h.flags & TCP_RST)) {
		conn->net->stats.tcp_ext.paws_estab++;
		return answer_unacceptable(conn, seg, REASON_TCP_PAWS);
	}
	if (!is_acceptable(conn, seg) &&
	    !is_acceptable_without_payload(conn, seg))
		return answer_unacceptable(conn, seg,
					   seq_leq(seg->end, conn->rcv.nxt) ?
						   REASON_TCP_OLD_DUPLICATE :
						   REASON_TCP_OUT_OF_WINDOW);
	if (seg->length > 0 && window_now(conn) == 0)
		ack_want(conn, true, WHY_DUPLICATE_ACK);
	take_stamp(conn, seg);
	trim(conn, seg);
	return REASON_NONE;
}

/* ---- Second: RST (RFC 5961 3.2) ---- */

static ON_NET_THREAD void take_reset(struct tcp_conn *conn)
{
	switch (conn->state) {
	case TCP_SYN_RECEIVED:
		conn->net->stats.tcp_ext.embryonic_rsts++;
		conn_fail(conn, conn->passive ? ECONNRESET : ECONNREFUSED);
		break;
	case TCP_CLOSE_WAIT:
		conn_fail(conn, EPIPE);
		break;
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		conn_end(conn);
		break;
	default:
		conn_fail(conn, ECONNRESET);
		break;
	}
}

static ON_NET_THREAD enum reason check_reset(struct tcp_conn *conn,
					     struct segment *seg)
{
	if (!(seg->h.flags & TCP_RST))
		return REASON_NONE;
	if (seg->seq == conn->rcv.nxt) {
		take_reset(conn);
		return REASON_NONE;
	}
	challenge(conn);
	return REASON_TCP_CHALLENGED_RESET;
}

/* ---- Fourth: SYN (RFC 5961 4.2) ---- */

static ON_NET_THREAD enum reason check_syn(struct tcp_conn *conn,
					   struct segment *seg)
{
	if (!(seg->h.flags & TCP_SYN))
		return REASON_NONE;
	conn->net->stats.tcp_ext.syn_challenge++;
	challenge(conn);
	return REASON_TCP_CHALLENGED_SYN;
}

/* ---- Fifth: ACK ---- */

static ON_NET_THREAD enum reason check_ack_of_syn(struct tcp_conn *conn,
						  struct segment *seg)
{
	if (!seq_gt(seg->h.ack, conn->snd.iss) ||
	    seq_gt(seg->h.ack, conn->snd.nxt)) {
		reply_reset(conn->net, seg, WHY_RESET_BAD_ACK);
		return REASON_TCP_BAD_ACK;
	}
	handshake_complete(conn, seg);
	listen_announce(conn);
	return REASON_NONE;
}

/* RFC 5961 5.2: neither too new nor older than the window could be. */
static ON_NET_THREAD enum reason check_ack_range(struct tcp_conn *conn,
						 struct segment *seg)
{
	if (seq_gt(seg->h.ack, conn->snd.nxt)) {
		if (may_answer(conn, seg))
			tcp_send_ack(conn, WHY_DUPLICATE_ACK);
		return REASON_TCP_BAD_ACK;
	}
	if (seq_lt(seg->h.ack, conn->snd.una - conn->snd.max_wnd)) {
		challenge(conn);
		return REASON_TCP_BAD_ACK;
	}
	return REASON_NONE;
}

/* Our FIN has arrived: the closing states move on. */
static ON_NET_THREAD void fin_was_acked(struct tcp_conn *conn,
					const struct segment *seg)
{
	if (!(endpoint_status(conn->ep) & EP_TX_DONE)) {
		endpoint_set_status(conn->ep, EP_TX_DONE, 0);
		endpoint_wake(conn->ep, NET_POLLOUT); /* who lingers */
	}
	switch (conn->state) {
	case TCP_FIN_WAIT_1:
		state_set(conn, TCP_FIN_WAIT_2);
		timers_keep(conn);
		if (conn->user_gone && conn->set.linger2 < 0) {
			reply_reset(conn->net, seg, WHY_RESET_ABORT);
			tcp_abort(conn, 0, WHY_NONE);
		}
		break;
	case TCP_CLOSING:
		enter_time_wait(conn);
		break;
	case TCP_LAST_ACK:
		conn_end(conn);
		break;
	default:
		break;
	}
}

static ON_NET_THREAD enum reason check_ack(struct tcp_conn *conn,
					   struct segment *seg)
{
	enum reason why;

	if (!(seg->h.flags & TCP_ACK))
		return REASON_TCP_NO_ACK;
	if (conn->state == TCP_SYN_RECEIVED)
		why = check_ack_of_syn(conn, seg);
	else
		why = check_ack_range(conn, seg);
	if (why)
		return why;
	conn->rcv.last_at = conn->net->now;
	conn->keep_probes = 0;
	ack_take(conn, seg);
	if (conn->fin_acked)
		fin_was_acked(conn, seg);
	return REASON_NONE;
}

/* ---- Sixth: URG ---- */

static ON_NET_THREAD void take_urgent(struct tcp_conn *conn,
				      const struct segment *seg)
{
	if (state_can_receive(conn->state))
		receive_urgent(conn, seg);
}

/* ---- Seventh: the payload ---- */

/* Nobody will read it: the peer must be told (SHLD-3, RFC 2525 2.17). */
static bool is_too_late(const struct tcp_conn *conn, const struct segment *seg)
{
	bool deaf = conn->user_gone || (endpoint_status(conn->ep) & EP_RX_SHUT);

	return deaf && conn->state != TCP_ESTABLISHED &&
	       seq_gt(seg->seq + seg->length, conn->rcv.nxt);
}

static ON_NET_THREAD enum reason take_payload(struct tcp_conn *conn,
					      struct segment *seg)
{
	if (seg->length == 0)
		return REASON_NONE;
	if (!state_can_receive(conn->state))
		return REASON_TCP_AFTER_CLOSE;
	if (is_too_late(conn, seg)) {
		conn->net->stats.tcp_ext.abort_on_data++;
		reply_reset(conn->net, seg, WHY_RESET_AFTER_CLOSE);
		tcp_abort(conn, ECONNRESET, WHY_NONE);
		return REASON_TCP_AFTER_CLOSE;
	}
	return receive_payload(conn, seg);
}

/* ---- Eighth: FIN ---- */

/* The peer has said everything. */
static ON_NET_THREAD void end_of_stream(struct tcp_conn *conn)
{
	conn->rcv.nxt++;
	conn->fin_received = true;
	ack_want(conn, true, WHY_ACK);
	endpoint_set_status(conn->ep, EP_RX_EOF | EP_RX_FIN, 0);
	endpoint_wake(conn->ep, NET_POLLIN | NET_POLLRDHUP);
}

static ON_NET_THREAD void take_fin(struct tcp_conn *conn, struct segment *seg)
{
	/* A FIN that later data have passed was none: as if never seen. */
	if (conn->fin_seen && seq_gt(conn->rcv.nxt, conn->rcv.fin_seq) &&
	    !conn->fin_received)
		conn->fin_seen = false;
	if ((seg->h.flags & TCP_FIN) && !conn->fin_seen) {
		conn->fin_seen = true;
		conn->rcv.fin_seq = seg->seq + seg->length;
		if (conn->rcv.fin_seq != conn->rcv.nxt) /* SHLD-31 */
			ack_want(conn, true, WHY_DUPLICATE_ACK);
	}
	if (!conn->fin_seen || conn->fin_received ||
	    conn->rcv.nxt != conn->rcv.fin_seq)
		return;
	end_of_stream(conn);
	switch (conn->state) {
	case TCP_ESTABLISHED:
		state_set(conn, TCP_CLOSE_WAIT);
		break;
	case TCP_FIN_WAIT_1:
		state_set(conn, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT_2:
		tcp_send_ack(conn, WHY_ACK);
		enter_time_wait(conn);
		break;
	default:
		break;
	}
}

/* A step has ended the connection: there is nothing left to be done. */
static bool has_ended(const struct tcp_conn *conn)
{
	return conn->state == TCP_CLOSED;
}

/* Steps six to eight, and whatever may be sent now. */
static ON_NET_THREAD enum reason take_rest(struct tcp_conn *conn,
					   struct segment *seg)
{
	enum reason why;

	take_urgent(conn, seg);
	why = take_payload(conn, seg);
	if (has_ended(conn))
		return why;
	take_fin(conn, seg);
	tcp_output(conn);
	return why;
}

/* ---- 3.10.7.3 SYN-SENT, at its end ---- */

static ON_NET_THREAD enum reason segment_to_syn_sent(struct tcp_conn *conn,
						     struct segment *seg)
{
	enum reason why = check_syn_sent(conn, seg);

	if (why || conn->state != TCP_SYN_SENT)
		return why;
	handshake_negotiate(conn, seg);
	if (!(seg->h.flags & TCP_ACK)) {
		open_simultaneously(conn);
		return REASON_NONE;
	}
	handshake_complete(conn, seg);
	ack_want(conn, true, WHY_HANDSHAKE_ACK);
	/* Other controls or text: on with the sixth step. */
	seg->h.flags &= ~TCP_SYN;
	seg->seq++;
	trim(conn, seg);
	return take_rest(conn, seg);
}

/* ---- The spine ---- */

enum reason segment_arrives(struct tcp_conn *conn, struct segment *seg)
{
	enum reason why;

	switch (conn->state) {
	case TCP_CLOSED:
		return segment_to_closed(conn, seg);
	case TCP_SYN_SENT:
		return segment_to_syn_sent(conn, seg);
	default:
		break;
	}
	/* A check answers the peer itself and says why it stopped. */
	if ((why = check_sequence(conn, seg)) ||
	    (why = check_reset(conn, seg)) || has_ended(conn) ||
	    (why = check_syn(conn, seg)) || (why = check_ack(conn, seg)) ||
	    has_ended(conn))
		return why;
	return take_rest(conn, seg);
}
