// SPDX-License-Identifier: MIT
/*
 * What an acceptable ACK changes; see ack.h. The order is: SACK blocks and
 * snd.una update the flight; what was delivered gives an RTT sample and feeds
 * RACK; then the phase of recovery, the timer, and the congestion window.
 * Nothing is sent here: tcp_output() follows.
 */
#include "net/tcp/ack.h"

#include "net/tcp/ecn.h"
#include "net/tcp/mtu_probe.h"
#include "net/tcp/output.h"
#include "net/tcp/pacing.h"
#include "net/tcp/recovery.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/sack.h"
#include "net/tcp/stamps.h"

/* What the flight was before the ACK. */
struct before {
	uint32_t packets;
	uint32_t delivered;
	bool has_sacked;
	seq_t highest_sacked;
};

static uint32_t window_of(const struct tcp_conn *conn,
			  const struct segment *seg)
{
	return (uint32_t)seg->h.window << conn->snd.wscale;
}

/* Then it is no duplicate (RFC 5681 2). */
static bool has_news(const struct tcp_conn *conn, const struct segment *seg)
{
	return seg->end != seg->seq || seq_gt(seg->h.ack, conn->snd.una) ||
	       seq_gt(seg->seq, conn->snd.wl1) ||
	       window_of(conn, seg) != conn->snd.wnd;
}

static void prepare(const struct tcp_conn *conn, const struct segment *seg,
		    struct news *news)
{
	const struct tcp_options *opt = &seg->h.opt;

	*news = (struct news){
		.ack = seg->h.ack,
		.prior_una = conn->snd.una,
		.prior_lost = conn->loss.lost,
		.progress = seq_gt(seg->h.ack, conn->snd.una),
		.not_dup = has_news(conn, seg),
		.ece = ecn_was_echoed(conn, seg),
		.got = {
			.now = conn->net->now,
			.least_rtt = conn->rtt.min,
			.recover = conn->cc.recover,
			.by_sack = conn->sack_ok,
			.has_echo = conn->stamp.on && opt->has_timestamp &&
				    opt->ts_ecr,
			.echo = opt->ts_ecr,
			.stamp_offset = conn->stamp.offset,
		},
	};
}

/* ---- snd.una ---- */

/* The user may write into what the peer has taken. */
static ON_NET_THREAD void release(struct tcp_conn *conn, uint32_t bytes)
{
	if (bytes == 0)
		return;
	conn->snd.una_pos += bytes;
	conn->count.bytes_acked += bytes;
	stamps_acked(conn, conn->snd.una_pos);
	frag_ring_release(&conn->ep->tx, conn->snd.una_pos);
	endpoint_writable(conn->ep);
}

static ON_NET_THREAD void advance(struct tcp_conn *conn, struct news *news)
{
	seq_t ack = news->ack, data_end = conn_data_end(conn);
	const struct sent *first;

	flight_acked(&conn->flight, ack, &news->got);
	if (seq_gt(ack, data_end)) {
		release(conn, data_end - conn->snd.una);
		conn->fin_acked = true;
	} else {
		release(conn, ack - conn->snd.una);
	}
	conn->snd.una = ack;
	conn->answered = true;
	conn->soft_error = 0;
	if (conn->retransmits)
		conn->count.timeout_ms +=
			(conn->net->now - conn->count.timed_out_at) /
			NSEC_PER_MSEC;
	conn->retransmits = 0;
	conn->loss.resent_at = 0;
	conn->stalled_at = 0;
	if (conn->snd.urgent && seq_geq(ack, conn->snd.up))
		conn->snd.urgent = false;
	mtu_probe_acked(conn);
	first = flight_first(&conn->flight);
	news->reneging = first && first->marks & SENT_SACKED;
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
	}
	/* It lives (MUST-37): the interval goes on growing. */
	conn->unanswered = 0;
}

/* ---- RTT ---- */

/*
 * RFC 7323 4: the echo tells which copy was answered. But when the first answer
 * was lost, that to a later copy echoes the first one's stamp all the same, and
 * cannot be told from a path that has become slow. So only the answer to the
 * last copy counts, and otherwise the back-off stays (Karn).
 */
static nsec_t stamp_rtt(const struct tcp_conn *conn, const struct news *news)
{
	uint32_t last = (uint32_t)(news->got.resent_at / NSEC_PER_MSEC) +
			conn->stamp.offset;
	int32_t ms = conn_stamp(conn) - news->got.echo;

	if (!news->progress || !news->got.has_echo ||
	    seq_lt(news->got.echo, last) || ms < 0)
		return 0;
	return MAX(ms, 1) * NSEC_PER_MSEC;
}

/* Takes the sample for the RTO (the oldest that arrived) and gives the one for
 * the congestion control (the newest), or 0. */
static nsec_t sample_rtt(struct tcp_conn *conn, const struct news *news)
{
	const struct delivery *got = &news->got;
	nsec_t now = conn->net->now, oldest = 0, newest = 0;
	nsec_t window = conn->net->tunables.tcp_min_rtt_wlen * NSEC_PER_SEC;

	/* Karn: only what was sent once. */
	if (got->first_sacked_at) {
		oldest = MAX(now - got->first_sacked_at, (nsec_t)1);
		newest = MAX(now - got->last_sacked_at, (nsec_t)1);
	}
	if (got->first_acked_at && !got->retransmitted) {
		oldest = MAX(now - got->first_acked_at, (nsec_t)1);
		if (!got->first_sacked_at)
			newest = MAX(now - got->last_acked_at, (nsec_t)1);
	}
	if (!oldest)
		oldest = newest = stamp_rtt(conn, news);
	if (!oldest)
		return 0;
	rtt_note_min(&conn->rtt, newest, now, window);
	rtt_sample(&conn->rtt, oldest, conn->snd.una, conn->snd.nxt);
	return newest;
}

/* ---- Losses ---- */

static void note_reordering(struct tcp_conn *conn, const struct news *news,
			    const struct before *before)
{
	const struct delivery *got = &news->got;

	/* A hole that was never sent again is filled. */
	if (conn->sack_ok && got->has_acked_low && before->has_sacked &&
	    seq_lt(got->acked_low, before->highest_sacked))
		recovery_note_reordering(conn, got->acked_low);
	if (!conn->sack_ok && news->progress)
		recovery_use_duplicates(conn, got->acked_packets);
}

static bool is_dubious(const struct tcp_conn *conn, const struct news *news)
{
	return !news->not_dup || news->got.sacked_packets || news->dsack ||
	       news->ece || conn->cc.phase != CC_OPEN;
}

static ON_NET_THREAD void judge(struct tcp_conn *conn, struct news *news)
{
	if (conn->sack_ok) {
		rack_update(&conn->rack, &news->got);
		if (!(conn->net->tunables.tcp_recovery & RACK_STATIC_WINDOW) &&
		    news->got.rack_valid)
			rack_adapt(&conn->rack, news->got.rack_delivered,
				   conn->flight.delivered);
	}
	recovery_take_probe_answer(conn, news);
	if (!is_dubious(conn, news))
		return;
	if (!news->not_dup && !news->dsack)
		news->duplicates = 1;
	recovery_alert(conn, news);
}

/* New data acked, or a SACK of what is newer than the first in flight. */
static bool restarts_timer(const struct tcp_conn *conn, const struct news *news)
{
	const struct sent *first = flight_first(&conn->flight);

	if (news->waits)
		return false;
	return news->progress || (first && news->got.first_sacked_at &&
				  news->got.first_sacked_at > first->sent_at);
}

/* ---- The congestion window ---- */

/* With reordering beyond the usual, SACKs count as progress, too. */
static bool may_grow(const struct tcp_conn *conn, const struct news *news)
{
	if (conn->loss.reordering > conn->net->tunables.tcp_reordering)
		return news->progress || news->got.sacked_packets;
	return news->progress;
}

static void control(struct tcp_conn *conn, const struct news *news,
		    uint32_t delivered, nsec_t rtt)
{
	struct congestion *cc = &conn->cc;
	bool lost = conn->loss.lost != news->prior_lost;
	struct congestion_ack ack = {
		.acked = delivered,
		.rtt = rtt,
		.srtt = conn->rtt.srtt,
		.now = conn->net->now,
		.una = conn->snd.una,
		.nxt = conn->snd.nxt,
	};

	if (cc->ops->measure)
		cc->ops->measure(cc, &ack);
	if (congestion_reducing(cc))
		congestion_prr(cc, delivered, flight_pipe(&conn->flight),
			       news->progress && !lost);
	else if (may_grow(conn, news))
		congestion_acked(cc, &ack);
	pacing_update(conn);
}

/* An ACK from before snd.una: only its SACK blocks may be news. */
static ON_NET_THREAD void take_old(struct tcp_conn *conn,
				   const struct segment *seg)
{
	struct news news;

	if (seg->h.opt.sack_count == 0 || !conn->sack_ok ||
	    flight_empty(&conn->flight))
		return;
	prepare(conn, seg, &news);
	news.not_dup = false;
	sack_take(conn, seg, &news);
	rack_update(&conn->rack, &news.got);
	recovery_alert(conn, &news);
}

void ack_take(struct tcp_conn *conn, const struct segment *seg)
{
	struct flight *flight = &conn->flight;
	struct before before = {
		.packets = flight->packets,
		.delivered = flight->delivered,
		.has_sacked = flight->has_sacked,
		.highest_sacked = flight->highest_sacked,
	};
	struct news news;
	nsec_t rtt;

	if (seq_lt(seg->h.ack, conn->snd.una)) {
		take_old(conn, seg);
		return;
	}
	prepare(conn, seg, &news);
	sack_take(conn, seg, &news);
	update_window(conn, seg, news.progress);
	if (news.progress)
		advance(conn, &news);
	note_probe_answer(conn);
	if (before.packets == 0) {
		recovery_take_probe_answer(conn, &news);
		return;
	}
	rtt = sample_rtt(conn, &news);
	note_reordering(conn, &news, &before);
	judge(conn, &news);
	if (restarts_timer(conn, &news))
		retransmit_restart(conn);
	rate_finish(conn, &news.got, flight->delivered - before.delivered);
	control(conn, &news, flight->delivered - before.delivered, rtt);
	conn->net->stats.tcp_ext.delivered +=
		flight->delivered - before.delivered;
	if (ecn_was_echoed(conn, seg)) {
		conn->count.delivered_ce +=
			flight->delivered - before.delivered;
		conn->net->stats.tcp_ext.delivered_ce +=
			flight->delivered - before.delivered;
	}
	tcp_tune_send_buffer(conn);
}
