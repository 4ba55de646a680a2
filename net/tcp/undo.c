// SPDX-License-Identifier: MIT
/*
 * Taking back a reduction that was a mistake: by timestamps (Eifel, RFC 3522),
 * by D-SACK (RFC 3708), by F-RTO (RFC 5682). The conditions are Linux's.
 */
#include "net/tcp/recovery.h"

#include "net/tcp/ecn.h"

#define PERSIST 16 /* RACK's window stays wide for so many recoveries */

void undo_begin(struct tcp_conn *conn)
{
	struct loss *loss = &conn->loss;

	loss->undo_on = true;
	loss->undo_marker = conn->snd.una;
	/* Copies still in flight will be reported, too. */
	loss->undo_retrans = conn->flight.resent;
	if (loss->probe_out && loss->probe_resent)
		loss->undo_retrans++;
	if (loss->undo_retrans == 0)
		loss->undo_retrans = -1;
}

void undo_resent(struct tcp_conn *conn, uint32_t packets)
{
	struct loss *loss = &conn->loss;

	if (!loss->stamped) {
		loss->stamped = true;
		loss->stamp = conn_stamp(conn);
	}
	if (!loss->resent_at)
		loss->resent_at = conn->net->now;
	loss->undo_retrans = MAX(loss->undo_retrans, 0) + (int32_t)packets;
}

void undo_reported(struct tcp_conn *conn, uint32_t packets)
{
	struct loss *loss = &conn->loss;

	if (loss->undo_on && loss->undo_retrans > 0)
		loss->undo_retrans =
			MAX(loss->undo_retrans - (int32_t)packets, 0);
}

static bool any_resent(const struct tcp_conn *conn)
{
	const struct sent *first = flight_first(&conn->flight);

	return conn->flight.resent > 0 || (first && first->marks & SENT_EVER);
}

void undo_forget_stamp(struct tcp_conn *conn)
{
	if (!any_resent(conn))
		conn->loss.stamped = false;
}

/* The echo is older than our first repair, or there was none. */
static bool was_only_late(const struct tcp_conn *conn, const struct news *news)
{
	const struct loss *loss = &conn->loss;

	if (!loss->stamped)
		return true;
	return news->got.has_echo && seq_lt(news->got.echo, loss->stamp);
}

static bool may_undo(const struct tcp_conn *conn, const struct news *news)
{
	return conn->loss.undo_on &&
	       (conn->loss.undo_retrans == 0 || was_only_late(conn, news));
}

static void take_back(struct tcp_conn *conn, bool unlose)
{
	if (unlose)
		flight_unlose_all(&conn->flight);
	if (congestion_undo(&conn->cc, conn->net->now))
		ecn_withdraw_cwr(conn);
	conn->loss.undo_on = false;
	conn->rack.advanced = true; /* look at everything anew */
}

bool undo_loss(struct tcp_conn *conn, const struct news *news, bool frto)
{
	struct net_stats *stats = &conn->net->stats;

	if (!frto && !may_undo(conn, news))
		return false;
	take_back(conn, true);
	stats->tcp_ext.loss_undo++;
	if (frto)
		stats->tcp_ext.spurious_rtos++;
	conn->retransmits = 0;
	if (frto || conn->sack_ok)
		conn->cc.phase = CC_OPEN;
	return true;
}

bool undo_dsack(struct tcp_conn *conn)
{
	struct rack *rack = &conn->rack;

	if (!conn->loss.undo_on || conn->loss.undo_retrans != 0)
		return false;
	rack->persist = MIN(rack->persist + 1, PERSIST);
	take_back(conn, false);
	conn->net->stats.tcp_ext.dsack_undo++;
	return true;
}

bool undo_partial(struct tcp_conn *conn, const struct news *news)
{
	if (!conn->loss.undo_on || !was_only_late(conn, news))
		return false;
	/* The hole was filled by a straggler, not by a repair. */
	recovery_note_reordering(conn, news->prior_una);
	/* Repairs are out: clock out new packets, but lose no more. */
	if (conn->flight.resent > 0)
		return true;
	undo_forget_stamp(conn);
	take_back(conn, true);
	conn->net->stats.tcp_ext.partial_undo++;
	recovery_try_keep_open(conn);
	return false;
}

bool undo_recovery(struct tcp_conn *conn, const struct news *news)
{
	struct net_stats *stats = &conn->net->stats;

	if (may_undo(conn, news)) {
		if (conn->cc.phase == CC_LOSS)
			stats->tcp_ext.loss_undo++;
		else
			stats->tcp_ext.full_undo++;
		take_back(conn, false);
	} else {
		rack_recovered(&conn->rack);
	}
	if (conn->snd.una == conn->cc.recover && !conn->sack_ok) {
		/* RFC 6582 4: until something above it is acknowledged,
		 * duplicates may still come from before. */
		undo_forget_stamp(conn);
		return true;
	}
	conn->cc.phase = CC_OPEN;
	return false;
}
