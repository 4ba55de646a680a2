// SPDX-License-Identifier: MIT
/*
 * Sending again; see retransmit.h.
 *
 * The one timer serves, by purpose: the RTO (RFC 6298 5), the tail loss probe
 * that comes before it (RFC 8985 7), RACK's second look (RFC 8985 6.2 step 5),
 * and the window probe (RFC 9293 3.8.6.1) when nothing is in flight but
 * something waits. rto_at keeps the RTO's own date while another purpose runs.
 *
 * Giving up (RFC 9293 3.8.3): R2 is 15 timeouts, some 15 minutes, or
 * TCP_USER_TIMEOUT; for an orphan 8. The error told is the last soft error of
 * ICMP, if there was one.
 */
#include "net/tcp/retransmit.h"

#include "net/tcp/output.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/user.h"

#define RETRIES_ORPHAN 8 /* where tcp_orphan_retries says 0 */
#define CORK_TIMEOUT (200 * NSEC_PER_MSEC)
#define PEER_ACK_DELAY (200 * NSEC_PER_MSEC) /* WCDelAckT */

/* TCP_USER_TIMEOUT: not later than the time to give up. */
static nsec_t not_after_limit(const struct tcp_conn *conn, nsec_t when)
{
	nsec_t limit = (nsec_t)conn->set.user_timeout * NSEC_PER_MSEC;
	nsec_t since = conn->stalled_at;

	if (!state_is_synchronized(conn->state))
		since = conn->handshake_at;
	return limit && since ? MIN(when, since + limit) : when;
}

static ON_NET_THREAD void arm(struct tcp_conn *conn, enum timer_purpose purpose,
			      nsec_t when)
{
	conn->purpose = purpose;
	timers_arm(conn, RETRANSMIT_TIMER, not_after_limit(conn, when));
}

static ON_NET_THREAD void disarm(struct tcp_conn *conn)
{
	conn->purpose = FOR_NOTHING;
	conn->rto_at = 0;
	timers_disarm(conn, RETRANSMIT_TIMER);
}

/* ---- Repair ---- */

void retransmit_begin_repair(struct tcp_conn *conn)
{
	conn->undo_valid = true;
	conn->undo_repairs = 0;
	conn->undo_stamp = conn_stamp(conn);
}

/* SHLD-16: inside the peer's window; its first byte always, as a probe. */
static bool inside_window(const struct tcp_conn *conn, const struct sent *sent)
{
	return sent->seq == conn->snd.una ||
	       seq_leq(sent->end, conn->snd.una + conn->snd.wnd);
}

/* Cuts a large record to what cwnd has room for. False: no room. */
static bool fit(struct tcp_conn *conn, struct sent *sent)
{
	uint32_t mss = conn->snd.mss, pipe = conn_pipe(conn);
	uint32_t room = conn->cc.cwnd > pipe ? conn->cc.cwnd - pipe : 0;

	room = room / mss * mss;
	if (sent->seq == conn->snd.una && pipe == 0)
		room = MAX(room, mss);
	if (sent_bytes(sent) <= room)
		return true;
	if (room == 0)
		return sent_bytes(sent) < mss &&
		       conn->cc.cwnd >= pipe + sent_bytes(sent);
	return flight_split(&conn->flight, sent, sent->seq + room) == 0;
}

void retransmit_lost(struct tcp_conn *conn)
{
	enum why_sent why = conn->cc.phase == CC_LOSS ? WHY_RETRANSMIT_TIMEOUT :
							WHY_FAST_RETRANSMIT;
	struct net_stats *stats = &conn->net->stats;
	struct sent *sent;

	while ((sent = flight_next_lost(&conn->flight))) {
		if (!inside_window(conn, sent) || !fit(conn, sent) ||
		    !tcp_resend(conn, sent, why))
			break;
		if (why == WHY_FAST_RETRANSMIT)
			stats->tcp_ext.fast_retrans++;
		else
			stats->tcp_ext.slow_start_retrans++;
	}
}

/* ---- Detection ---- */

static ON_NET_THREAD void enter_recovery(struct tcp_conn *conn)
{
	struct net_stats *stats = &conn->net->stats;

	if (conn->cc.phase != CC_OPEN)
		return;
	if (conn->sack_ok)
		stats->tcp_ext.sack_recovery++;
	else
		stats->tcp_ext.reno_recovery++;
	congestion_enter_recovery(&conn->cc, conn_outstanding(conn),
				  conn->snd.nxt);
	retransmit_begin_repair(conn);
}

/* Takes the first segment for lost, not more than one MSS of it. */
static void lose_first(struct tcp_conn *conn)
{
	struct sent *first = flight_first(&conn->flight);

	if (!first || first->state != SENT_FLYING)
		return;
	if (sent_bytes(first) > conn->snd.mss &&
	    flight_split(&conn->flight, first, first->seq + conn->snd.mss))
		return;
	flight_lose(&conn->flight, first);
}

static ON_NET_THREAD void detect_by_time(struct tcp_conn *conn)
{
	bool eager = conn->cc.phase != CC_OPEN ||
		     conn->flight.sacked_bytes >= 3 * conn->snd.mss;
	uint32_t lost = conn->flight.lost_bytes;
	nsec_t wait = rack_detect(&conn->rack, &conn->flight, &conn->rtt, eager,
				  conn->net->now);

	if (conn->flight.lost_bytes > lost) {
		conn->count.lost++;
		enter_recovery(conn);
	}
	if (wait)
		retransmit_arm_reordering(conn, wait);
}

/* RFC 6582 3.2: three duplicates begin a recovery. */
static ON_NET_THREAD void detect_by_duplicates(struct tcp_conn *conn)
{
	if (conn->cc.phase != CC_OPEN || conn->dup_acks < 3)
		return;
	/* Step 2: they answer repairs of before a timeout. */
	if (conn->after_timeout && seq_leq(conn->snd.una, conn->cc.recover))
		return;
	conn->count.lost++;
	enter_recovery(conn);
	lose_first(conn);
}

void retransmit_detect(struct tcp_conn *conn)
{
	if (conn->sack_ok)
		detect_by_time(conn);
	else
		detect_by_duplicates(conn);
}

/* ---- The timer ---- */

void retransmit_restart(struct tcp_conn *conn)
{
	conn->rto_at = 0;
	if (conn->purpose == FOR_RETRANSMISSION ||
	    conn->purpose == FOR_LOSS_PROBE)
		conn->purpose = FOR_NOTHING;
}

void retransmit_arm_handshake(struct tcp_conn *conn)
{
	arm(conn, FOR_RETRANSMISSION, conn->net->now + rtt_timeout(&conn->rtt));
}

void retransmit_arm_reordering(struct tcp_conn *conn, nsec_t wait)
{
	arm(conn, FOR_REORDERING, conn->net->now + wait);
}

/* RFC 8985 7.2. */
static bool may_probe_tail(const struct tcp_conn *conn)
{
	return conn->sack_ok && conn->cc.phase == CC_OPEN && !conn->probe_out &&
	       conn->retransmits == 0 && conn->rtt.srtt > 0 &&
	       conn->flight.sacked_bytes == 0;
}

static nsec_t probe_timeout(const struct tcp_conn *conn)
{
	nsec_t timeout = 2 * conn->rtt.srtt;

	if (conn_outstanding(conn) <= conn->snd.mss)
		timeout += PEER_ACK_DELAY;
	return MAX(timeout, 2 * NSEC_PER_MSEC);
}

static ON_NET_THREAD void arm_for_flight(struct tcp_conn *conn)
{
	nsec_t now = conn->net->now, probe;

	if (conn->rto_at == 0)
		conn->rto_at = now + rtt_timeout(&conn->rtt);
	if (conn->purpose == FOR_REORDERING &&
	    timers_armed(conn, RETRANSMIT_TIMER))
		return;
	probe = now + probe_timeout(conn);
	if (may_probe_tail(conn) && probe < conn->rto_at)
		arm(conn, FOR_LOSS_PROBE, probe);
	else
		arm(conn, FOR_RETRANSMISSION, conn->rto_at);
}

/* The interval of window probes grows like the RTO (SHLD-30). */
static nsec_t window_probe_interval(const struct tcp_conn *conn)
{
	uint8_t shift = MIN(conn->probes, 10);
	nsec_t interval = MIN(conn->rtt.rto << shift, RTO_MAX);

	/* Not the window, only our own rules: 200 ms (TCP_CORK's promise). */
	return conn->snd.wnd > 0 ? MIN(interval, CORK_TIMEOUT) : interval;
}

static ON_NET_THREAD void arm_for_window(struct tcp_conn *conn)
{
	nsec_t when = conn->net->now + window_probe_interval(conn);

	if (conn->purpose != FOR_WINDOW_PROBE ||
	    when < conn->due[RETRANSMIT_TIMER])
		arm(conn, FOR_WINDOW_PROBE, when);
}

void retransmit_arm(struct tcp_conn *conn)
{
	if (!state_is_synchronized(conn->state))
		return;
	if (!flight_empty(&conn->flight)) {
		arm_for_flight(conn);
		return;
	}
	conn->rto_at = 0;
	if (!seq_lt(conn->snd.nxt, conn_send_end(conn)) ||
	    conn->state == TCP_FIN_WAIT_2)
		disarm(conn);
	else
		arm_for_window(conn);
}

/* ---- Expiry ---- */

static ON_NET_THREAD void give_up(struct tcp_conn *conn)
{
	int error = conn->soft_error ? conn->soft_error : ETIMEDOUT;

	conn->net->stats.tcp_ext.abort_on_timeout++;
	conn_fail(conn, error);
}

/* R2, or the user's own limit (RFC 9293 3.8.3, RFC 5482). */
static bool is_hopeless(const struct tcp_conn *conn, uint8_t tries)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	nsec_t limit = (nsec_t)conn->set.user_timeout * NSEC_PER_MSEC;
	int32_t orphan = tunables->tcp_orphan_retries;

	if (conn->user_gone && tries >= (orphan ? orphan : RETRIES_ORPHAN))
		return true;
	if (limit && conn->stalled_at)
		return conn->net->now - conn->stalled_at >= limit;
	return tries >= tunables->tcp_retries2;
}

/* It keeps its window closed but answers (MUST-37). */
static bool is_alive(const struct tcp_conn *conn)
{
	return conn->snd.wnd == 0 && conn->rcv.last_at > conn->timeout_at;
}

/* Since when has the peer taken nothing? */
static void note_stall(struct tcp_conn *conn)
{
	const struct sent *first = flight_first(&conn->flight);

	if (conn->stalled_at == 0)
		conn->stalled_at = first ? first->sent_at : conn->net->now;
}

static ON_NET_THREAD void handshake_expired(struct tcp_conn *conn)
{
	bool answer = conn->state == TCP_SYN_RECEIVED;
	const struct net_tunables *tunables = &conn->net->tunables;
	int32_t usual = answer && conn->passive ? tunables->tcp_synack_retries :
						  tunables->tcp_syn_retries;
	int32_t most = conn->set.syn_retries ? conn->set.syn_retries : usual;
	nsec_t limit = (nsec_t)conn->set.user_timeout * NSEC_PER_MSEC;

	if (conn->retransmits >= most ||
	    (limit && conn->net->now - conn->handshake_at >= limit)) {
		give_up(conn);
		return;
	}
	conn->retransmits++;
	rtt_back_off(&conn->rtt);
	conn->net->stats.tcp_ext.syn_retrans++;
	tcp_send_syn(conn);
	retransmit_arm_handshake(conn);
}

/* R1: perhaps the routes have changed (MUST-20). */
static ON_NET_THREAD void look_for_path(struct tcp_conn *conn)
{
	struct net_path path;

	if (path_find(conn->net, &conn->ep->remote.addr, &conn->ep->local.addr,
		      endpoint_netif(conn->ep), &path) == 0)
		conn_set_path(conn, &path);
}

/* RFC 6298 5.4 to 5.6, RFC 5681 3.1. */
static ON_NET_THREAD void timeout(struct tcp_conn *conn)
{
	bool first = conn->cc.phase != CC_LOSS || conn->retransmits == 0;

	note_stall(conn);
	if (is_hopeless(conn, conn->retransmits) && !is_alive(conn)) {
		give_up(conn);
		return;
	}
	conn->timeout_at = conn->net->now;
	conn->after_timeout = true;
	conn->net->stats.tcp_ext.timeouts++;
	/* RFC 2018 8: the peer may have dropped what it SACKed. */
	if (conn->retransmits > 0 && conn->flight.sacked_bytes > 0)
		flight_renege(&conn->flight);
	if (first)
		retransmit_begin_repair(conn);
	congestion_timeout(&conn->cc, conn_outstanding(conn), conn->snd.nxt,
			   first);
	flight_lose_all(&conn->flight);
	conn->dup_acks = 0;
	conn->dup_bytes = 0;
	conn->probe_out = false;
	conn->count.lost++;
	conn->retransmits = MIN(conn->retransmits + 1, 255);
	rtt_back_off(&conn->rtt);
	if (conn->retransmits == conn->net->tunables.tcp_retries1)
		look_for_path(conn);
	conn->rto_at = 0;
	conn->purpose = FOR_NOTHING;
	tcp_output(conn);
}

/* RFC 8985 7.3: new data if there is some, else the last segment again. */
static ON_NET_THREAD void probe_tail(struct tcp_conn *conn)
{
	struct sent *last = flight_last(&conn->flight);
	uint32_t mss = conn->snd.mss;

	conn->probe_resent = !tcp_push_one(conn, WHY_TAIL_LOSS_PROBE);
	if (conn->probe_resent && last) {
		if (sent_bytes(last) > mss &&
		    flight_split(&conn->flight, last, last->end - mss) == 0)
			last = flight_last(&conn->flight);
		tcp_resend(conn, last, WHY_TAIL_LOSS_PROBE);
	}
	conn->net->stats.tcp_ext.loss_probes++;
	conn->probe_out = true;
	conn->probe_end = conn->snd.nxt;
	conn->rto_at = 0;
	conn->purpose = FOR_NOTHING;
	retransmit_arm(conn);
}

/* Zero window, or data that our own rules held back (MUST-36, SHLD-29). */
static ON_NET_THREAD void probe_window(struct tcp_conn *conn)
{
	conn->purpose = FOR_NOTHING;
	if (tcp_push_one(conn, WHY_NEW_DATA)) {
		retransmit_arm(conn);
		return;
	}
	note_stall(conn);
	if (is_hopeless(conn, conn->probes)) {
		give_up(conn);
		return;
	}
	conn->probes = MIN(conn->probes + 1, 255);
	tcp_send_probe(conn, WHY_WINDOW_PROBE);
	retransmit_arm(conn);
}

void retransmit_expired(struct tcp_conn *conn)
{
	enum timer_purpose purpose = conn->purpose;

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
	conn->purpose = FOR_NOTHING;
	switch (purpose) {
	case FOR_RETRANSMISSION:
		timeout(conn);
		break;
	case FOR_LOSS_PROBE:
		probe_tail(conn);
		break;
	case FOR_REORDERING:
		retransmit_detect(conn);
		tcp_output(conn);
		break;
	case FOR_WINDOW_PROBE:
		probe_window(conn);
		break;
	case FOR_NOTHING:
		break;
	}
}
