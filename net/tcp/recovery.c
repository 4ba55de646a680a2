// SPDX-License-Identifier: MIT
/*
 * The phases of loss recovery; see recovery.h. The rules are those of RFC 5681,
 * 6582, 6675, 8985, 5682 and 3168 as Linux weaves them into one machine, and
 * recovery_alert() is that machine: first what ends a phase, then what each
 * phase makes of the ACK, then whether a recovery begins.
 */
#include "net/tcp/recovery.h"

#include "net/tcp/ecn.h"
#include "net/tcp/mtu_probe.h"
#include "net/tcp/output.h"
#include "net/tcp/retransmit.h"

#define RACK_SLACK (2 * NSEC_PER_MSEC)
#define RENEGING_LEAST (10 * NSEC_PER_MSEC)

static bool uses_rack(const struct tcp_conn *conn)
{
	return conn->sack_ok && (conn->net->tunables.tcp_recovery & RACK_ON);
}

static bool more_to_send(const struct tcp_conn *conn)
{
	return seq_lt(conn->snd.nxt, conn_send_end(conn));
}

/* ---- Reordering ---- */

static void raise_reordering(struct tcp_conn *conn, uint32_t packets)
{
	struct loss *loss = &conn->loss;
	uint32_t most = conn->net->tunables.tcp_max_reordering;

	loss->reordering = MAX((uint32_t)loss->reordering, MIN(packets, most));
	if (loss->reorderings < UINT16_MAX)
		loss->reorderings++;
	conn->count.reorderings++;
}

void recovery_note_reordering(struct tcp_conn *conn, seq_t low)
{
	seq_t high = conn->flight.has_sacked ? conn->flight.highest_sacked :
					       conn->snd.una;

	if (!seq_lt(low, high))
		return;
	conn->net->stats.tcp_ext.sack_reordering++;
	raise_reordering(conn, DIV_ROUND_UP(high - low, conn->snd.mss));
}

/* Duplicates that no hole explains: there was reordering. */
static void limit_duplicates(struct tcp_conn *conn, uint32_t more)
{
	struct flight *flight = &conn->flight;
	uint32_t holes = MIN(MAX(flight->lost, 1u), flight->packets);

	if (flight->sacked + holes <= flight->packets)
		return;
	flight->sacked = flight->packets - holes;
	raise_reordering(conn, flight->packets + more);
}

static void add_duplicates(struct tcp_conn *conn, const struct news *news)
{
	uint32_t before = conn->flight.sacked;

	if (news->duplicates == 0)
		return;
	conn->flight.sacked += news->duplicates;
	limit_duplicates(conn, 0);
	if (conn->flight.sacked > before)
		conn->flight.delivered += conn->flight.sacked - before;
}

static void forget_duplicates(struct tcp_conn *conn)
{
	if (!conn->sack_ok)
		conn->flight.sacked = 0;
}

void recovery_use_duplicates(struct tcp_conn *conn, uint32_t packets)
{
	struct flight *flight = &conn->flight;

	if (packets > 0) {
		/* One was the hole, the others had sent duplicates. */
		uint32_t known = MIN(flight->sacked, packets - 1);

		flight->delivered += packets - known;
		flight->sacked -= known;
	}
	limit_duplicates(conn, packets);
}

/* ---- Marking ---- */

static void lose(struct tcp_conn *conn, struct sent *sent)
{
	conn->loss.lost += sent->packets;
	if (flight_lose(&conn->flight, sent))
		conn->net->stats.tcp_ext.lost_retransmit += sent->packets;
}

/* The first segment, not more than one MSS of it. */
static void lose_first(struct tcp_conn *conn)
{
	struct sent *first = flight_first(&conn->flight);

	if (!first || (first->marks & (SENT_LOST | SENT_SACKED)))
		return;
	if (first->packets > 1 &&
	    flight_split(&conn->flight, first, first->seq + first->mss))
		return;
	lose(conn, first);
}

/* RFC 6582: three duplicates, then each partial ACK. */
static void mark_by_duplicates(struct tcp_conn *conn, bool progress)
{
	enum congestion_phase phase = conn->cc.phase;

	if ((phase < CC_RECOVERY &&
	     conn->flight.sacked >= conn->loss.reordering) ||
	    (phase == CC_RECOVERY && progress))
		lose_first(conn);
}

nsec_t recovery_rack_window(const struct tcp_conn *conn)
{
	bool patient = conn->net->tunables.tcp_recovery & RACK_NO_DUPTHRESH;

	if (conn->loss.reorderings == 0) {
		if (conn->cc.phase >= CC_RECOVERY)
			return 0;
		if (conn->flight.sacked >= conn->loss.reordering && !patient)
			return 0;
	}
	return rack_window(&conn->rack, &conn->rtt);
}

/* The time until something else may be lost, or 0. */
static nsec_t detect_by_time(struct tcp_conn *conn)
{
	uint32_t lost = 0, again = 0;
	nsec_t wait = rack_detect(&conn->rack, &conn->flight,
				  recovery_rack_window(conn), conn->net->now,
				  &lost, &again);

	conn->loss.lost += lost;
	conn->net->stats.tcp_ext.lost_retransmit += again;
	return wait;
}

static ON_NET_THREAD void mark_by_time(struct tcp_conn *conn, struct news *news)
{
	uint32_t resent = conn->flight.resent;
	nsec_t wait;

	if (!conn->rack.advanced)
		return;
	conn->rack.advanced = false;
	wait = detect_by_time(conn);
	if (conn->flight.resent < resent)
		news->resent_lost = true;
	if (wait) {
		retransmit_arm_reordering(conn, wait + RACK_SLACK);
		news->waits = true;
	}
}

static ON_NET_THREAD void identify_losses(struct tcp_conn *conn,
					  struct news *news)
{
	if (flight_empty(&conn->flight))
		return;
	if (!conn->sack_ok)
		mark_by_duplicates(conn, news->progress);
	else if (uses_rack(conn))
		mark_by_time(conn, news);
}

/* RFC 6675's way, with RACK switched off: what `above` SACKED packets have
 * overtaken is lost; with none, the first. */
static void mark_by_count(struct tcp_conn *conn, bool first)
{
	struct sent *sent = flight_first(&conn->flight);
	uint32_t behind = 0, most;

	if (!conn->sack_ok || conn->flight.sacked < conn->loss.reordering) {
		if (first)
			lose_first(conn);
		return;
	}
	most = conn->flight.sacked - conn->loss.reordering;
	for (; sent && seq_leq(sent->end, conn->cc.recover);
	     sent = flight_next(sent)) {
		if (sent->marks & SENT_SACKED)
			behind += sent->packets;
		if (behind > most)
			break;
		if (!(sent->marks & (SENT_LOST | SENT_SACKED)))
			lose(conn, sent);
	}
}

/* ---- Phases ---- */

void recovery_try_keep_open(struct tcp_conn *conn)
{
	const struct sent *first = flight_first(&conn->flight);
	enum congestion_phase phase = CC_OPEN;

	if (flight_left_out(&conn->flight) || conn->flight.resent ||
	    (first && first->marks & SENT_EVER))
		phase = CC_DISORDER;
	if (conn->cc.phase == phase)
		return;
	conn->cc.phase = phase;
	conn->cc.recover = conn->snd.nxt;
}

static void begin_reduction(struct tcp_conn *conn)
{
	congestion_begin_reduction(&conn->cc, conn->snd.nxt);
	conn->loss.probe_out = false;
	ecn_queue_cwr(conn);
}

static void end_reduction(struct tcp_conn *conn)
{
	if (conn->cc.ssthresh < SSTHRESH_INFINITE &&
	    (conn->cc.phase == CC_CWR || conn->loss.undo_on))
		congestion_end_reduction(&conn->cc, conn->net->now);
}

static void enter_cwr(struct tcp_conn *conn)
{
	conn->cc.prior_ssthresh = 0;
	if (conn->cc.phase >= CC_CWR)
		return;
	conn->loss.undo_on = false;
	begin_reduction(conn);
	conn->cc.phase = CC_CWR;
}

static void enter_recovery(struct tcp_conn *conn, bool ece)
{
	struct net_stats *stats = &conn->net->stats;

	if (conn->sack_ok)
		stats->tcp_ext.sack_recovery++;
	else
		stats->tcp_ext.reno_recovery++;
	conn->cc.prior_ssthresh = 0;
	undo_begin(conn);
	if (!congestion_reducing(&conn->cc)) {
		if (!ece)
			conn->cc.prior_ssthresh =
				congestion_current_ssthresh(&conn->cc);
		begin_reduction(conn);
	}
	conn->cc.phase = CC_RECOVERY;
}

static void try_to_open(struct tcp_conn *conn, const struct news *news)
{
	undo_forget_stamp(conn);
	if (news->ece)
		enter_cwr(conn);
	if (conn->cc.phase != CC_CWR)
		recovery_try_keep_open(conn);
}

static bool time_to_recover(const struct tcp_conn *conn)
{
	if (conn->flight.lost)
		return true;
	return !uses_rack(conn) &&
	       conn->flight.sacked + 1 > conn->loss.reordering;
}

/* True: the phase's end leaves nothing to be done. */
static bool end_phase(struct tcp_conn *conn, const struct news *news)
{
	if (conn->cc.phase == CC_OPEN) {
		conn->loss.stamped = false;
		return false;
	}
	if (seq_lt(conn->snd.una, conn->cc.recover))
		return false;
	if (conn->cc.phase == CC_CWR) {
		/* Beyond it: that repairs the sum at the very end, too. */
		if (conn->snd.una != conn->cc.recover) {
			end_reduction(conn);
			conn->cc.phase = CC_OPEN;
		}
	} else if (conn->cc.phase == CC_RECOVERY) {
		forget_duplicates(conn);
		if (undo_recovery(conn, news))
			return true;
		end_reduction(conn);
	}
	return false;
}

/* RFC 5682 3.1 in its SACK form. True: it has decided. */
static bool take_frto(struct tcp_conn *conn, const struct news *news,
		      bool recovered)
{
	struct loss *loss = &conn->loss;

	/* 3b: what was sent only once has arrived. */
	if (news->got.original && undo_loss(conn, news, true))
		return true;
	if (seq_gt(conn->snd.nxt, conn->cc.recover)) {
		if (news->got.sacked_packets || news->duplicates)
			loss->frto = false; /* 3a: a real loss */
	} else if (news->progress && !recovered) {
		conn->cc.recover = conn->snd.nxt;
		/* 2b: new data, if there is any to send. */
		if (more_to_send(conn) &&
		    seq_gt(conn->snd.una + conn->snd.wnd, conn->snd.nxt)) {
			loss->new_first = true;
			return true;
		}
		loss->frto = false;
	}
	return false;
}

static void in_loss(struct tcp_conn *conn, const struct news *news)
{
	bool recovered = seq_geq(conn->snd.una, conn->cc.recover);

	if (news->progress && undo_loss(conn, news, false))
		return;
	if (conn->loss.frto && take_frto(conn, news, recovered))
		return;
	if (recovered) {
		undo_recovery(conn, news);
		return;
	}
	if (conn->sack_ok)
		return;
	if (seq_gt(conn->snd.nxt, conn->cc.recover) && news->duplicates)
		add_duplicates(conn, news);
	else if (news->progress)
		forget_duplicates(conn);
}

/* The peer forgot what it had SACKed: the timer comes soon. */
static ON_NET_THREAD bool check_reneging(struct tcp_conn *conn,
					 struct news *news)
{
	nsec_t wait = MAX(conn->rtt.srtt / 2, RENEGING_LEAST);

	if (!news->reneging)
		return false;
	retransmit_arm_timeout(conn, wait);
	news->waits = true;
	return true;
}

/* RECOVERY goes on. True: nothing more is to be done. */
static ON_NET_THREAD bool in_recovery(struct tcp_conn *conn, struct news *news)
{
	if (!news->progress) {
		if (!conn->sack_ok)
			add_duplicates(conn, news);
	} else if (undo_partial(conn, news)) {
		return true;
	}
	if (undo_dsack(conn))
		try_to_open(conn, news);
	identify_losses(conn, news);
	if (conn->cc.phase == CC_RECOVERY)
		return false;
	/* Undone; but if a loss is evident, again. */
	if (!time_to_recover(conn)) {
		try_to_open(conn, news);
		return true;
	}
	enter_recovery(conn, news->ece);
	return false;
}

/* OPEN, DISORDER, CWR, or a LOSS that has just ended. */
static ON_NET_THREAD bool in_order(struct tcp_conn *conn, struct news *news)
{
	if (!conn->sack_ok) {
		if (news->progress)
			forget_duplicates(conn);
		add_duplicates(conn, news);
	}
	if (conn->cc.phase <= CC_DISORDER)
		undo_dsack(conn);
	identify_losses(conn, news);
	if (!time_to_recover(conn)) {
		try_to_open(conn, news);
		return true;
	}
	if (conn->cc.phase < CC_CWR && mtu_probe_was_lost(conn))
		return true;
	enter_recovery(conn, news->ece);
	return false;
}

void recovery_alert(struct tcp_conn *conn, struct news *news)
{
	bool first = false;

	if (!conn->flight.packets)
		forget_duplicates(conn);
	if (news->ece)
		conn->cc.prior_ssthresh = 0; /* no undo for a mark */
	if (check_reneging(conn, news) || end_phase(conn, news))
		return;
	switch (conn->cc.phase) {
	case CC_RECOVERY:
		if (in_recovery(conn, news))
			return;
		break;
	case CC_LOSS:
		in_loss(conn, news);
		identify_losses(conn, news);
		if (conn->cc.phase != CC_OPEN && !news->resent_lost)
			return;
		/* fallthrough */
	default:
		if (in_order(conn, news))
			return;
		first = true;
		break;
	}
	if (!uses_rack(conn) &&
	    (news->duplicates || first || news->got.sacked_packets))
		mark_by_count(conn, first);
}

void recovery_take_probe_answer(struct tcp_conn *conn, const struct news *news)
{
	struct loss *loss = &conn->loss;

	if (!loss->probe_out || seq_lt(news->ack, loss->probe_end))
		return;
	if (!loss->probe_resent || news->dsack_of_probe) {
		loss->probe_out = false;
	} else if (seq_gt(news->ack, loss->probe_end)) {
		/* Without a D-SACK the original was lost: congestion. */
		begin_reduction(conn);
		conn->cc.phase = CC_CWR;
		end_reduction(conn);
		recovery_try_keep_open(conn);
		conn->net->stats.tcp_ext.loss_probe_recovery++;
	} else if (!news->progress && !news->not_dup &&
		   !news->got.sacked_packets) {
		loss->probe_out = false; /* both copies arrived */
	}
}

/* ---- Timers ---- */

/* RFC 8985 6.3: not what was sent only just now. */
static bool may_still_come(const struct tcp_conn *conn, const struct sent *sent)
{
	return uses_rack(conn) && sent != flight_first(&conn->flight) &&
	       rack_time_left(&conn->rack, sent, 0, conn->net->now) > 0;
}

static void lose_all(struct tcp_conn *conn)
{
	struct sent *sent = flight_first(&conn->flight);

	/* RFC 2018 8: the peer may have dropped what it SACKed. */
	if (sent && sent->marks & SENT_SACKED)
		flight_renege(&conn->flight);
	else
		forget_duplicates(conn);
	for (; sent; sent = flight_next(sent))
		if (!may_still_come(conn, sent) && !(sent->marks & SENT_SACKED))
			lose(conn, sent);
}

void recovery_timeout(struct tcp_conn *conn)
{
	enum congestion_phase phase = conn->cc.phase;
	uint32_t usual = conn->net->tunables.tcp_reordering;
	uint32_t sacked = conn->flight.sacked;
	bool first = phase <= CC_DISORDER ||
		     seq_leq(conn->cc.recover, conn->snd.una) ||
		     (phase == CC_LOSS && conn->retransmits == 0);

	lose_all(conn);
	if (first)
		undo_begin(conn);
	congestion_timeout(&conn->cc, flight_pipe(&conn->flight), conn->snd.nxt,
			   first, conn->net->now);
	/* Many SACKs and still no recovery: DupThresh was too large. */
	if (phase <= CC_DISORDER && sacked >= usual)
		conn->loss.reordering =
			MIN((uint32_t)conn->loss.reordering, usual);
	conn->loss.probe_out = false;
	ecn_queue_cwr(conn);
	conn->loss.frto = conn->net->tunables.tcp_frto &&
			  (phase < CC_RECOVERY || conn->retransmits > 0) &&
			  !mtu_probe_in_flight(conn);
}

void recovery_look_again(struct tcp_conn *conn)
{
	uint32_t before = flight_pipe(&conn->flight);
	nsec_t wait = detect_by_time(conn);

	if (flight_pipe(&conn->flight) != before &&
	    conn->cc.phase != CC_RECOVERY) {
		enter_recovery(conn, false);
		congestion_prr(&conn->cc, 1, flight_pipe(&conn->flight), false);
	}
	if (wait)
		retransmit_arm_reordering(conn, wait + RACK_SLACK);
}

void recovery_resend_all(struct tcp_conn *conn)
{
	struct sent *sent = flight_first(&conn->flight);
	uint32_t before = conn->flight.lost;

	forget_duplicates(conn);
	for (; sent; sent = flight_next(sent))
		if (!(sent->marks & SENT_SACKED) &&
		    sent_payload(sent) > conn->snd.mss) {
			flight_recut(&conn->flight, sent, conn->snd.mss);
			lose(conn, sent);
		}
	if (conn->flight.lost == before)
		return;
	if (conn->cc.phase != CC_LOSS) {
		conn->cc.recover = conn->snd.nxt;
		conn->cc.ssthresh = congestion_current_ssthresh(&conn->cc);
		conn->cc.prior_ssthresh = 0;
		conn->loss.undo_on = false;
		conn->cc.phase = CC_LOSS;
	}
}
