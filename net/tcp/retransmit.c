// SPDX-License-Identifier: MIT
/*
 * Sending again; see retransmit.h.
 *
 * The one timer serves, by purpose: the RTO (RFC 6298 5), the tail loss probe
 * that comes before it (RFC 8985 7), RACK's second look (RFC 8985 6.2 step 5),
 * and the window probe (RFC 9293 3.8.6.1) when nothing is in flight but
 * something waits. After a probe or a second look the RTO counts from the last
 * transmission of the first segment in flight.
 *
 * Giving up (RFC 9293 3.8.3): when retransmission has gone on for as long as
 * tcp_retries2 doublings of the least RTO would last (some 15 minutes), or for
 * TCP_USER_TIMEOUT; an orphan after tcp_orphan_retries. The error told is the
 * last soft error of ICMP, if there was one.
 */
#include "net/tcp/retransmit.h"

#include "net/tcp/mtu_probe.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/output.h"
#include "net/tcp/pacing.h"
#include "net/tcp/recovery.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/user.h"

#define RETRIES_ORPHAN 8 /* where tcp_orphan_retries says 0 */
#define TIMER_LEAST NSEC_PER_MSEC
#define PROBE_SLACK (2 * NSEC_PER_MSEC)

static nsec_t user_limit(const struct tcp_conn *conn)
{
	return (nsec_t)conn->set.user_timeout * NSEC_PER_MSEC;
}

/* TCP_USER_TIMEOUT: not later than the time to give up. */
static nsec_t not_after_limit(const struct tcp_conn *conn, nsec_t when)
{
	nsec_t limit = user_limit(conn), since = conn->stalled_at;

	if (!state_is_synchronized(conn->state))
		since = conn->handshake_at;
	else if (conn->loss.resent_at)
		since = conn->loss.resent_at;
	return limit && since ? MIN(when, since + limit) : when;
}

static ON_NET_THREAD void arm(struct tcp_conn *conn, enum timer_purpose purpose,
			      nsec_t when)
{
	conn->purpose = purpose;
	timers_arm(conn, RETRANSMIT_TIMER, when);
}

static ON_NET_THREAD void disarm(struct tcp_conn *conn)
{
	conn->purpose = FOR_NOTHING;
	timers_disarm(conn, RETRANSMIT_TIMER);
}

/* ---- Arming ---- */

/* What is left of the RTO since the first in flight was sent. */
static nsec_t rto_left(const struct tcp_conn *conn)
{
	const struct sent *first = flight_first(&conn->flight);

	return first->sent_at + rtt_timeout(&conn->rtt) - conn->net->now;
}

static ON_NET_THREAD void arm_timeout(struct tcp_conn *conn)
{
	nsec_t wait = rtt_timeout(&conn->rtt);

	if (flight_empty(&conn->flight)) {
		if (conn->purpose != FOR_WINDOW_PROBE)
			disarm(conn);
		return;
	}
	if (conn->purpose == FOR_REORDERING || conn->purpose == FOR_LOSS_PROBE)
		wait = MAX(rto_left(conn), TIMER_LEAST);
	arm(conn, FOR_RETRANSMISSION,
	    not_after_limit(conn, conn->net->now + wait));
}

/* RFC 8985 7.2. */
static bool may_probe_tail(const struct tcp_conn *conn)
{
	int32_t setting = conn->net->tunables.tcp_early_retrans;

	return (setting == 3 || setting == 4) && conn->sack_ok &&
	       conn->flight.packets > 0 &&
	       (conn->cc.phase == CC_OPEN || conn->cc.phase == CC_CWR);
}

/* Before the RTO: `left` of it, if that is known. */
static ON_NET_THREAD bool arm_tail_probe(struct tcp_conn *conn, nsec_t left)
{
	nsec_t wait = RTO_INITIAL;

	if (!may_probe_tail(conn))
		return false;
	if (conn->rtt.srtt) {
		wait = 2 * conn->rtt.srtt;
		/* The peer may delay the ACK of a single segment. */
		wait += conn->flight.packets == 1 ? conn->rtt.rto_least :
						    PROBE_SLACK;
	}
	if (left > 0)
		wait = MIN(wait, left);
	arm(conn, FOR_LOSS_PROBE, conn->net->now + wait);
	return true;
}

void retransmit_sent(struct tcp_conn *conn, bool first)
{
	if (first || conn->purpose == FOR_LOSS_PROBE)
		arm_timeout(conn);
}

void retransmit_schedule_probe(struct tcp_conn *conn)
{
	if (!flight_empty(&conn->flight))
		arm_tail_probe(conn, rto_left(conn));
}

void retransmit_restart(struct tcp_conn *conn)
{
	if (!arm_tail_probe(conn, rtt_timeout(&conn->rtt)))
		arm_timeout(conn);
}

void retransmit_arm_handshake(struct tcp_conn *conn)
{
	arm(conn, FOR_RETRANSMISSION,
	    not_after_limit(conn, conn->net->now + rtt_timeout(&conn->rtt)));
}

void retransmit_arm_reordering(struct tcp_conn *conn, nsec_t wait)
{
	arm(conn, FOR_REORDERING, conn->net->now + wait);
}

void retransmit_arm_timeout(struct tcp_conn *conn, nsec_t wait)
{
	arm(conn, FOR_RETRANSMISSION, conn->net->now + wait);
}

/* The interval of window probes grows like the RTO (SHLD-30). What only our own
 * rules hold back (TCP_CORK) waits as long, in Linux too. */
static nsec_t window_probe_interval(const struct tcp_conn *conn)
{
	uint8_t shift = MIN(conn->probes, 10);

	return MIN(conn->rtt.rto << shift, conn->rtt.rto_most);
}

static ON_NET_THREAD void arm_for_window(struct tcp_conn *conn)
{
	nsec_t when = conn->net->now + window_probe_interval(conn);

	when = not_after_limit(conn, when);
	if (conn->purpose != FOR_WINDOW_PROBE ||
	    when < conn->due[RETRANSMIT_TIMER])
		arm(conn, FOR_WINDOW_PROBE, when);
}

void retransmit_arm(struct tcp_conn *conn)
{
	if (!state_is_synchronized(conn->state))
		return;
	if (!flight_empty(&conn->flight)) {
		if (!timers_armed(conn, RETRANSMIT_TIMER) ||
		    conn->purpose == FOR_WINDOW_PROBE ||
		    conn->purpose == FOR_NOTHING)
			arm_timeout(conn);
		return;
	}
	/* What waits for the pacing timer needs no other. */
	if (!seq_lt(conn->snd.nxt, conn_send_end(conn)) ||
	    conn->state == TCP_FIN_WAIT_2 || timers_armed(conn, PACING_TIMER))
		disarm(conn);
	else
		arm_for_window(conn);
}

/* ---- Repair ---- */

/* SHLD-16: inside the peer's window; its first byte always, as a probe. How
 * many bytes that leaves. */
static uint32_t room_in_window(const struct tcp_conn *conn,
			       const struct sent *sent, uint32_t mss)
{
	int32_t room = seq_diff(conn->snd.una + conn->snd.wnd, sent->seq);

	if (room <= 0)
		return sent->seq == conn->snd.una ? mss : 0;
	if ((uint32_t)room < sent_payload(sent) && (uint32_t)room > mss)
		return room / mss * mss;
	return room;
}

/* What a user wrote in small pieces is repaired in larger ones (Linux). */
static void join_small(struct tcp_conn *conn, struct sent *sent, uint32_t mss)
{
	int32_t room = seq_diff(conn->snd.una + conn->snd.wnd, sent->seq);

	if (conn->net->tunables.tcp_retrans_collapse && !conn->snd.urgent &&
	    sent_payload(sent) < mss && room > 0)
		flight_join(&conn->flight, sent, MIN(mss, (uint32_t)room));
}

/* Cuts a record to `packets` and the window. False: nothing may go. */
static bool fit(struct tcp_conn *conn, struct sent *sent, uint32_t packets)
{
	uint32_t mss = tcp_current_mss(conn), most;

	if (sent->mss != mss)
		flight_recut(&conn->flight, sent, mss);
	join_small(conn, sent, mss);
	most = MIN(room_in_window(conn, sent, mss), packets * mss);
	if (most == 0 && sent_payload(sent) > 0)
		return false;
	return sent_payload(sent) <= most ||
	       flight_split(&conn->flight, sent, sent->seq + most) == 0;
}

static void count_repair(struct tcp_conn *conn)
{
	struct net_stats *stats = &conn->net->stats;

	if (conn->cc.phase == CC_LOSS)
		stats->tcp_ext.slow_start_retrans++;
	else
		stats->tcp_ext.fast_retrans++;
}

void retransmit_lost(struct tcp_conn *conn)
{
	enum why_sent why = conn->cc.phase == CC_LOSS ? WHY_RETRANSMIT_TIMEOUT :
							WHY_FAST_RETRANSMIT;
	uint32_t most = pacing_tso_segments(conn, conn->snd.mss);
	bool restart = false;
	struct sent *sent;

	while ((sent = flight_next_lost(&conn->flight))) {
		uint32_t pipe = flight_pipe(&conn->flight);
		bool first = sent == flight_first(&conn->flight);

		if (pipe >= conn->cc.cwnd || !pacing_allows(conn) ||
		    !fit(conn, sent, MIN(conn->cc.cwnd - pipe, most)) ||
		    !tcp_resend(conn, sent, why))
			break;
		congestion_sent(&conn->cc, sent->packets);
		count_repair(conn);
		restart |= first && conn->purpose != FOR_REORDERING;
	}
	if (restart)
		retransmit_arm_timeout(conn, rtt_timeout(&conn->rtt));
}

/* ---- Giving up ---- */

static ON_NET_THREAD void give_up(struct tcp_conn *conn)
{
	int error = conn->soft_error ? conn->soft_error : ETIMEDOUT;

	conn->net->stats.tcp_ext.abort_on_timeout++;
	conn_fail(conn, error);
}

/* How long `tries` doublings of the least RTO last, the first included. */
static nsec_t time_of_tries(const struct tcp_conn *conn, int32_t tries)
{
	nsec_t sum = 0, each = conn->rtt.rto_least;

	for (int32_t i = 0; i <= tries; i++) {
		sum += MIN(each, conn->rtt.rto_most);
		each = MIN(2 * each, conn->rtt.rto_most);
	}
	return sum;
}

static int32_t orphan_tries(const struct tcp_conn *conn)
{
	int32_t tries = conn->net->tunables.tcp_orphan_retries;

	return tries ? tries : RETRIES_ORPHAN;
}

/* Retransmission has gone on for longer than `limit`. */
static bool lasts(const struct tcp_conn *conn, nsec_t limit)
{
	return conn->retransmits > 0 && conn->loss.resent_at &&
	       conn->net->now - conn->loss.resent_at >= limit;
}

static bool is_hopeless(const struct tcp_conn *conn)
{
	int32_t tries = conn->net->tunables.tcp_retries2;
	nsec_t limit = user_limit(conn);

	if (conn->user_gone) {
		tries = orphan_tries(conn);
		if (!limit && conn->retransmits < tries)
			return false;
	}
	return lasts(conn, limit ? limit : time_of_tries(conn, tries));
}

/* The window has shrunk over what is in flight: no reason to give up while
 * the peer answers (MUST-34, MUST-37). */
static bool is_probing(const struct tcp_conn *conn)
{
	nsec_t limit = user_limit(conn), now = conn->net->now;

	if (conn->snd.wnd > 0 || conn->user_gone)
		return false;
	limit = limit ? limit : 2 * conn->rtt.rto_most;
	return now - conn->rcv.last_at < limit;
}

/* ---- Expiry ---- */

static ON_NET_THREAD void handshake_expired(struct tcp_conn *conn)
{
	bool answer = conn->state == TCP_SYN_RECEIVED;
	const struct net_tunables *tunables = &conn->net->tunables;
	int32_t usual = answer && conn->passive ? tunables->tcp_synack_retries :
						  tunables->tcp_syn_retries;
	int32_t most = conn->set.syn_retries ? conn->set.syn_retries : usual;
	nsec_t limit = user_limit(conn);

	if (conn->retransmits >= most ||
	    (limit && conn->net->now - conn->handshake_at >= limit)) {
		give_up(conn);
		return;
	}
	conn->net->stats.tcp_ext.timeouts++;
	conn->retransmits++;
	fast_open_timeout(conn);
	rtt_back_off(&conn->rtt);
	conn->net->stats.tcp_ext.syn_retrans++;
	tcp_send_syn(conn);
	retransmit_arm_handshake(conn);
}

/* R1: perhaps the routes have changed (MUST-20), or large packets vanish. */
static ON_NET_THREAD void doubt_path(struct tcp_conn *conn)
{
	struct net_path path;

	if (!lasts(conn, time_of_tries(conn, conn->net->tunables.tcp_retries1)))
		return;
	mtu_probe_suspect(conn);
	if (path_find(conn->net, &conn->ep->remote.addr, &conn->ep->local.addr,
		      endpoint_netif(conn->ep), &path) == 0)
		conn_set_path(conn, &path);
}

/* A stream of few packets: waiting twice as long each time helps nobody. */
static bool is_thin(const struct tcp_conn *conn)
{
	return (conn->net->tunables.tcp_thin_linear_timeouts ||
		conn->set.thin) &&
	       conn->flight.packets < 4 &&
	       conn->cc.ssthresh < SSTHRESH_INFINITE && conn->retransmits <= 6;
}

static ON_NET_THREAD void resend_first(struct tcp_conn *conn)
{
	struct sent *first = flight_first(&conn->flight);

	if (fit(conn, first, 1) &&
	    tcp_resend(conn, first, WHY_RETRANSMIT_TIMEOUT))
		conn->net->stats.tcp_ext.slow_start_retrans++;
}

/* What the first timeout of a row interrupts. */
static void count_failure(struct tcp_conn *conn)
{
	struct net_stats *stats = &conn->net->stats;

	if (conn->cc.phase == CC_RECOVERY && conn->sack_ok)
		stats->tcp_ext.sack_recovery_fail++;
	else if (conn->cc.phase == CC_RECOVERY)
		stats->tcp_ext.reno_recovery_fail++;
	else if (conn->cc.phase == CC_LOSS)
		stats->tcp_ext.loss_failures++;
	else if (conn->cc.phase == CC_DISORDER || conn->flight.sacked)
		*(conn->sack_ok ? &stats->tcp_ext.sack_failures :
				  &stats->tcp_ext.reno_failures) += 1;
}

/* RFC 6298 5.4 to 5.6, RFC 5681 3.1. */
static ON_NET_THREAD void timeout(struct tcp_conn *conn)
{
	if (!is_probing(conn)) {
		if (is_hopeless(conn)) {
			give_up(conn);
			return;
		}
		doubt_path(conn);
	}
	conn->net->stats.tcp_ext.timeouts++;
	if (conn->retransmits == 0)
		count_failure(conn);
	recovery_timeout(conn);
	if (conn->retransmits == 0) {
		conn->count.timeout_recoveries++;
		conn->count.timed_out_at = conn->net->now;
	}
	conn->count.timeouts++;
	conn->retransmits = MIN(conn->retransmits + 1, 255);
	resend_first(conn);
	if (is_thin(conn))
		conn->rtt.backoff = 0;
	else
		rtt_back_off(&conn->rtt);
	arm(conn, FOR_RETRANSMISSION,
	    not_after_limit(conn, conn->net->now + rtt_timeout(&conn->rtt)));
	tcp_output(conn);
}

/* The last segment again, not more of it than one. */
static ON_NET_THREAD bool resend_last(struct tcp_conn *conn)
{
	struct sent *last = flight_last(&conn->flight);
	uint32_t before;

	if (!last || (last->marks & SENT_SACKED))
		return false;
	before = (last->packets - 1) * last->mss;
	if (last->packets > 1 &&
	    flight_split(&conn->flight, last, last->seq + before) == 0)
		last = flight_next(last);
	return fit(conn, last, 1) &&
	       tcp_resend(conn, last, WHY_TAIL_LOSS_PROBE);
}

/* RFC 8985 7.3: new data if there is some, else the last segment again. */
static ON_NET_THREAD void probe_tail(struct tcp_conn *conn)
{
	struct loss *loss = &conn->loss;

	if (!loss->probe_out) {
		bool fresh = tcp_push_one(conn, WHY_TAIL_LOSS_PROBE);

		loss->probe_resent = false;
		if (fresh || resend_last(conn)) {
			loss->probe_resent = !fresh;
			loss->probe_out = true;
			loss->probe_end = conn->snd.nxt;
			conn->net->stats.tcp_ext.loss_probes++;
			conn->purpose = FOR_NOTHING; /* a whole RTO from now */
		}
	}
	arm_timeout(conn);
}

/* Zero window, or data that our own rules held back (MUST-36, SHLD-29). */
static ON_NET_THREAD void probe_window(struct tcp_conn *conn)
{
	nsec_t limit = user_limit(conn);
	int32_t most = conn->user_gone ? orphan_tries(conn) :
					 conn->net->tunables.tcp_retries2;

	conn->purpose = FOR_NOTHING;
	if (tcp_push_one(conn, WHY_NEW_DATA)) {
		retransmit_arm(conn);
		return;
	}
	if (conn->stalled_at == 0)
		conn->stalled_at = conn->net->now;
	else if (limit ? conn->net->now - conn->stalled_at >= limit :
			 conn->unanswered >= most) {
		give_up(conn);
		return;
	}
	conn->probes = MIN(conn->probes + 1, 255);
	conn->unanswered = MIN(conn->unanswered + 1, 255);
	tcp_send_probe(conn, WHY_WINDOW_PROBE);
	retransmit_arm(conn);
}

/* RFC 8985 6.3. */
static ON_NET_THREAD void look_again(struct tcp_conn *conn)
{
	recovery_look_again(conn);
	tcp_output(conn);
	if (!timers_armed(conn, RETRANSMIT_TIMER))
		arm_timeout(conn);
}

void retransmit_expired(struct tcp_conn *conn)
{
	switch (conn->state) {
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
		handshake_expired(conn);
		return;
	case TCP_CLOSED:
	case TCP_LISTEN:
		return;
	default:
		break;
	}
	if (conn->purpose != FOR_WINDOW_PROBE && flight_empty(&conn->flight)) {
		conn->purpose = FOR_NOTHING;
		return;
	}
	switch (conn->purpose) {
	case FOR_RETRANSMISSION:
		conn->purpose = FOR_NOTHING;
		timeout(conn);
		break;
	case FOR_LOSS_PROBE:
		probe_tail(conn);
		break;
	case FOR_REORDERING:
		look_again(conn);
		break;
	case FOR_WINDOW_PROBE:
		probe_window(conn);
		break;
	case FOR_NOTHING:
		break;
	}
}
