// SPDX-License-Identifier: MIT
/*
 * What an acceptable ACK changes; see ack.h. The order is: SACK blocks and
 * snd.una update the flight; what was delivered gives an RTT sample and feeds
 * RACK; then the window, loss detection, and the congestion window by phase.
 * Nothing is sent here: tcp_output() follows.
 */
#include "net/tcp/ack.h"
#include "net/tcp/output.h"

#include "net/tcp/retransmit.h"
#include "net/tcp/sack.h"

/* What this ACK was about, for the steps below. */
struct ack {
	const struct segment *seg;
	struct delivery got;
	bool progress; /* snd.una moved */
	bool duplicate; /* RFC 5681 2's DUPLICATE ACKNOWLEDGMENT */
	bool reported; /* a D-SACK */
	uint32_t outstanding; /* before it */
	enum congestion_phase phase; /* before it */
};

static uint32_t window_of(const struct tcp_conn *conn,
			  const struct segment *seg)
{
	return (uint32_t)seg->h.window << conn->snd.wscale;
}

static bool is_duplicate(const struct tcp_conn *conn, const struct segment *seg)
{
	return seg->h.ack == conn->snd.una && conn_outstanding(conn) > 0 &&
	       seg->length == 0 && !(seg->h.flags & (TCP_SYN | TCP_FIN)) &&
	       window_of(conn, seg) == conn->snd.wnd;
}

/* ---- snd.una ---- */

/* The user may write into what the peer has taken. */
static ON_NET_THREAD void release(struct tcp_conn *conn, uint32_t bytes)
{
	if (bytes == 0)
		return;
	conn->snd.una_pos += bytes;
	conn->count.bytes_acked += bytes;
	frag_ring_release(&conn->ep->tx, conn->snd.una_pos);
	endpoint_writable(conn->ep);
}

static ON_NET_THREAD void advance(struct tcp_conn *conn, struct ack *a)
{
	seq_t ack = a->seg->h.ack, data_end = conn_data_end(conn);

	flight_acked(&conn->flight, ack, &a->got);
	if (seq_gt(ack, data_end)) {
		release(conn, data_end - conn->snd.una);
		conn->fin_acked = true;
	} else {
		release(conn, ack - conn->snd.una);
	}
	conn->snd.una = ack;
	conn->soft_error = 0;
	conn->retransmits = 0;
	conn->stalled_at = 0;
	if (conn->snd.urgent && seq_geq(ack, conn->snd.up))
		conn->snd.urgent = false;
	if (conn->after_timeout && seq_gt(ack, conn->cc.recover))
		conn->after_timeout = false;
	retransmit_restart(conn);
}

/* ---- The peer's window ---- */

/*
 * RFC 9293 3.10.7.4: only by a newer segment. One that acknowledges more is
 * newer, too, even if its data was sent before (Linux): with una moved and the
 * old window kept we would send beyond the edge that the peer has given.
 */
static void update_window(struct tcp_conn *conn, const struct segment *seg,
			  bool progress)
{
	uint32_t window = window_of(conn, seg);

	if (!progress && !seq_lt(conn->snd.wl1, seg->seq) &&
	    !(conn->snd.wl1 == seg->seq && seq_leq(conn->snd.wl2, seg->h.ack)))
		return;
	conn->snd.wl1 = seg->seq;
	conn->snd.wl2 = seg->h.ack;
	conn->snd.wnd = window;
	if (window > conn->snd.max_wnd)
		conn->snd.max_wnd = window;
}

/* The peer answered a window probe; or it opened its window. */
static void note_probe_answer(struct tcp_conn *conn)
{
	if (conn->probes == 0)
		return;
	if (conn->snd.wnd > 0) {
		conn->stalled_at = 0;
		conn->probes = 0;
	} else {
		/* It lives (MUST-37): the interval goes on growing. */
		conn->probes = MIN(conn->probes, 10);
	}
}

/* ---- RTT ---- */

static void sample_rtt(struct tcp_conn *conn, const struct ack *a)
{
	nsec_t now = conn->net->now;
	const struct tcp_options *opt = &a->seg->h.opt;

	/* Karn: only what was sent once... */
	if (!a->got.retransmitted && a->got.first_sent_at > 0) {
		rtt_sample(&conn->rtt, now - a->got.first_sent_at, now);
		return;
	}
	/* ...unless the timestamp tells which copy (RFC 7323 4). */
	if (a->progress && a->got.retransmitted && conn->stamp.on &&
	    opt->has_timestamp && opt->ts_ecr) {
		int32_t ms = conn_stamp(conn) - opt->ts_ecr;

		if (ms >= 0 && ms < 120000)
			rtt_sample(&conn->rtt, MAX(ms, 1) * NSEC_PER_MSEC, now);
	}
}

/* ---- Loss recovery ---- */

/* Without SACK, each duplicate says that one segment has left the network. */
static void count_duplicate(struct tcp_conn *conn, struct ack *a)
{
	if (conn->sack_ok || !a->duplicate)
		return;
	conn->dup_acks++;
	conn->dup_bytes += conn->snd.mss;
	a->got.bytes += conn->snd.mss;
}

/* RFC 6582 3.2 step 3: the partial ACK's segments are not counted twice. */
static void discount_duplicates(struct tcp_conn *conn, const struct ack *a)
{
	uint32_t counted =
		a->got.acked > conn->snd.mss ? a->got.acked - conn->snd.mss : 0;

	if (conn->cc.phase == CC_OPEN)
		conn->dup_bytes = conn->dup_acks = 0;
	conn->dup_bytes -= MIN(conn->dup_bytes, counted);
}

/* A partial ACK without SACK: the next segment is lost, too. */
static void repair_next(struct tcp_conn *conn)
{
	struct sent *first = flight_first(&conn->flight);

	if (!first || first->state != SENT_FLYING || first->transmissions > 1)
		return;
	if (sent_bytes(first) > conn->snd.mss &&
	    flight_split(&conn->flight, first, first->seq + conn->snd.mss))
		return;
	flight_lose(&conn->flight, first);
}

/* Eifel (RFC 3522): the echo is older than our first repair. */
static bool echo_shows_original(const struct tcp_conn *conn,
				const struct ack *a)
{
	const struct tcp_options *opt = &a->seg->h.opt;

	return conn->stamp.on && a->progress && opt->has_timestamp &&
	       opt->ts_ecr && seq_lt(opt->ts_ecr, conn->undo_stamp);
}

/* RFC 3708: each of our repairs came back as a duplicate. */
static bool all_repairs_reported(struct tcp_conn *conn, const struct ack *a)
{
	return a->reported && conn->undo_repairs > 0 &&
	       --conn->undo_repairs == 0;
}

/* Were the timeout or the recovery a mistake? Then take them back. */
static bool undo(struct tcp_conn *conn, struct ack *a)
{
	if (!conn->undo_valid || conn->cc.phase == CC_OPEN)
		return false;
	if (!echo_shows_original(conn, a) && !all_repairs_reported(conn, a))
		return false;
	if (conn->cc.phase == CC_LOSS)
		conn->net->stats.tcp_ext.spurious_rtos++;
	else
		conn->net->stats.tcp_ext.dsack_undo++;
	flight_unlose_all(&conn->flight);
	congestion_undo(&conn->cc);
	conn->undo_valid = false;
	conn->dup_acks = conn->dup_bytes = 0;
	return true;
}

static void end_recovery(struct tcp_conn *conn)
{
	if (conn->cc.phase == CC_OPEN ||
	    seq_lt(conn->snd.una, conn->cc.recover))
		return;
	congestion_exit_recovery(&conn->cc);
	rack_recovered(&conn->rack);
	conn->undo_valid = false;
	conn->dup_acks = conn->dup_bytes = 0;
}

/* RFC 8985 7.4: did the tail loss probe repair a loss? */
static ON_NET_THREAD void take_probe_answer(struct tcp_conn *conn,
					    const struct ack *a)
{
	if (!conn->probe_out || seq_lt(a->seg->h.ack, conn->probe_end))
		return;
	conn->probe_out = false;
	if (!conn->probe_resent || a->reported || conn->cc.phase != CC_OPEN)
		return;
	/* No D-SACK: the original was lost, and that is congestion. */
	conn->net->stats.tcp_ext.loss_probe_recovery++;
	congestion_enter_recovery(&conn->cc, conn_outstanding(conn),
				  conn->snd.nxt);
	congestion_exit_recovery(&conn->cc);
}

/* RFC 8985 6.2 step 2: it answers the first copy, not the one sent again. */
static bool is_ambiguous(const struct tcp_conn *conn, const struct ack *a)
{
	const struct tcp_options *opt = &a->seg->h.opt;
	uint32_t resent_at = (uint32_t)(a->got.rack_sent_at / NSEC_PER_MSEC) +
			     conn->stamp.offset;

	return a->got.rack_retransmitted && conn->stamp.on &&
	       opt->has_timestamp && seq_lt(opt->ts_ecr, resent_at);
}

static ON_NET_THREAD void detect_loss(struct tcp_conn *conn, struct ack *a)
{
	if (conn->sack_ok && !is_ambiguous(conn, a))
		rack_update(&conn->rack, &a->got, &conn->rtt, conn->net->now);
	count_duplicate(conn, a);
	retransmit_detect(conn);
	if (!conn->sack_ok && a->progress && conn->cc.phase == CC_RECOVERY &&
	    seq_lt(conn->snd.una, conn->cc.recover))
		repair_next(conn);
}

/* ---- The congestion window ---- */

static void grow(struct tcp_conn *conn, const struct ack *a)
{
	switch (conn->cc.phase) {
	case CC_OPEN:
	case CC_LOSS:
		/* Not with the ACK that ended a recovery. */
		if (a->got.acked && a->phase != CC_RECOVERY)
			congestion_acked(&conn->cc, a->got.acked,
					 conn->rtt.srtt, conn->net->now);
		break;
	case CC_RECOVERY:
		congestion_prr(&conn->cc, a->got.bytes, conn_pipe(conn),
			       a->progress);
		break;
	}
}

void ack_take(struct tcp_conn *conn, const struct segment *seg)
{
	struct ack a = {
		.seg = seg,
		.progress = seq_gt(seg->h.ack, conn->snd.una),
		.duplicate = is_duplicate(conn, seg),
		.outstanding = conn_outstanding(conn),
		.phase = conn->cc.phase,
	};

	a.reported = sack_take(conn, seg, &a.got);
	if (a.reported) {
		conn->net->stats.tcp_ext.dsack_recv++;
		conn->count.dsacks++;
		rack_dsack(&conn->rack, conn->snd.una, conn->snd.nxt);
	}
	if (a.progress)
		advance(conn, &a);
	update_window(conn, seg, a.progress);
	note_probe_answer(conn);
	sample_rtt(conn, &a);
	if (a.progress)
		discount_duplicates(conn, &a);
	undo(conn, &a);
	end_recovery(conn);
	take_probe_answer(conn, &a);
	if (a.outstanding == 0)
		return;
	detect_loss(conn, &a);
	grow(conn, &a);
	tcp_tune_send_buffer(conn);
}
