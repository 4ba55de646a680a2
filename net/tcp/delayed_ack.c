// SPDX-License-Identifier: MIT
/*
 * Delayed ACKs; see delayed_ack.h. The rules are Linux's:
 *
 * At once: more than one full segment is unacknowledged; while `quick` lasts (the
 * first ones, and after anything strange) and this is no dialogue; a gap was
 * filled. Behind a gap the first three at once,
 * then one for several segments (compressed, RFC 5681 allows it for SACK).
 *
 * Else after `ato`, which follows the time between segments from 40 ms up to
 * 200 ms (half a second), bounded by the round trip. A delay that ran out means
 * that no answer came: it grows, or the dialogue is over.
 *
 * A reader who has emptied the buffer after the end of a write (PSH, or a short
 * segment) has the ACK sent, since nothing more may come.
 */
#include "net/tcp/delayed_ack.h"

#include "net/tcp/advice.h"

#include "net/tcp/output.h"
#include "net/tcp/state.h"
#include "net/tcp/timers.h"
#include "net/tcp/window.h"

#define ATO_MIN (40 * NSEC_PER_MSEC)
#define ATO_MAX (200 * NSEC_PER_MSEC)
#define ATO_MAX_SILENT (500 * NSEC_PER_MSEC)
#define QUICK_MAX 16u
#define PUSHED 1 /* a write ended */
#define PUSHED_TWICE 2
#define DUP_ACKS 3 /* sent before any is compressed */
#define DEFAULT_MSS 536u

void ack_start(struct tcp_conn *conn)
{
	uint32_t mss = MIN((uint32_t)conn->rcv.offered_mss, conn->snd.mss);

	mss = MIN(mss, DEFAULT_MSS);
	conn->rcv.mss = (uint16_t)MAX(mss, (uint32_t)TCP_MIN_MSS);
	conn->rcv.last_size = 0;
	conn->rcv.read_head = conn->ep->rx_head;
	conn->ack.nxt = conn->rcv.nxt;
	conn->ack.quick = 0;
	conn->ack.ato = 0;
	conn->ack.pushed = 0;
	conn->ack.pingpong = 0;
	conn->ack.compressed = 0;
	conn->ack.behind_gap = 0;
}

bool ack_in_dialogue(const struct tcp_conn *conn)
{
	return conn->ack.pingpong >= conn->net->tunables.tcp_pingpong_thresh;
}

void ack_data_sent(struct tcp_conn *conn)
{
	if (conn->ack.ato && conn->ack.pingpong < UINT8_MAX &&
	    conn->net->now - conn->rcv.data_at < conn->ack.ato)
		conn->ack.pingpong++;
}

/* ---- What the peer's segments tell ---- */

/* What a full-sized segment of this peer looks like. */
static void learn_mss(struct tcp_conn *conn, const struct segment *seg)
{
	const struct packet *packet = seg->packet;
	uint32_t size = packet->gso_size ? packet->gso_size : seg->length;
	uint16_t last = conn->rcv.last_size;

	conn->rcv.last_size = 0;
	if (size >= conn->rcv.mss) {
		conn->rcv.mss =
			(uint16_t)MIN(size, (uint32_t)conn->rcv.offered_mss);
		if (seg->h.flags & TCP_PSH)
			conn->ack.pushed |= PUSHED;
		return;
	}
	/* Twice the same size below it: then that is its size. */
	if (size >= DEFAULT_MSS ||
	    (size >= TCP_MIN_MSS && !(seg->h.flags & (TCP_PSH | TCP_FIN)))) {
		conn->rcv.last_size = (uint16_t)size;
		if (size == last) {
			conn->rcv.mss = (uint16_t)size;
			return;
		}
	}
	if (conn->ack.pushed & PUSHED)
		conn->ack.pushed |= PUSHED_TWICE;
	conn->ack.pushed |= PUSHED;
}

static void quicken(struct tcp_conn *conn)
{
	uint32_t most = window_now(conn) / (2u * conn->rcv.mss);

	most = MIN(most ? most : 2, QUICK_MAX);
	if (most > conn->ack.quick)
		conn->ack.quick = (uint8_t)most;
}

void ack_be_quick(struct tcp_conn *conn)
{
	quicken(conn);
	conn->ack.pingpong = 0;
	conn->ack.ato = ATO_MIN;
}

/* The delay follows the time between segments. */
static void learn_rhythm(struct tcp_conn *conn)
{
	nsec_t gap = conn->net->now - conn->rcv.data_at;
	nsec_t rto = rtt_timeout(&conn->rtt);

	if (conn->ack.ato == 0) {
		quicken(conn);
		conn->ack.ato = ATO_MIN;
	} else if (gap <= ATO_MIN / 2) {
		conn->ack.ato = conn->ack.ato / 2 + ATO_MIN / 2;
	} else if (gap < conn->ack.ato) {
		conn->ack.ato = MIN(conn->ack.ato / 2 + gap, rto);
	} else if (gap > rto) {
		/* It has forgotten its window: it should learn quickly. */
		quicken(conn);
	}
	conn->rcv.data_at = conn->net->now;
}

void ack_data_arrived(struct tcp_conn *conn, const struct segment *seg)
{
	learn_mss(conn, seg);
	learn_rhythm(conn);
}

/* ---- Now or later ---- */

void ack_want(struct tcp_conn *conn, bool now, enum why_sent why)
{
	conn->ack.wanted = true;
	conn->ack.fresh = true;
	if (now && !conn->ack.now) {
		conn->ack.now = true;
		conn->ack.why = why;
	}
}

/* More than a segment is owed. Linux would wait for the reader if the window
 * could not follow; RFC 5681 4.2 would not. */
static bool segments_are_owed(const struct tcp_conn *conn)
{
	return conn->rcv.nxt - conn->ack.nxt > conn->rcv.mss;
}

static ON_NET_THREAD void arm(struct tcp_conn *conn, nsec_t at)
{
	if (!conn->due[ACK_TIMER] || conn->due[ACK_TIMER] > at)
		timers_arm(conn, ACK_TIMER, at);
}

static ON_NET_THREAD void delay(struct tcp_conn *conn)
{
	nsec_t ato = MAX(conn->ack.ato, (nsec_t)1), most = ATO_MAX_SILENT;
	nsec_t due = conn->due[ACK_TIMER];

	if (ato > ATO_MIN) {
		if (ack_in_dialogue(conn) || (conn->ack.pushed & PUSHED))
			most = ATO_MAX;
		if (conn->rtt.srtt)
			most = MIN(most, MAX(conn->rtt.srtt, ATO_MIN));
		ato = MIN(ato, most);
	}
	ato = MIN(ato, ATO_MAX);
	/* It is about to expire anyway. */
	if (due && !conn->ack.compressed && due <= conn->net->now + ato / 4)
		tcp_send_ack(conn, WHY_ACK);
	else
		arm(conn, conn->net->now + ato);
}

/* Behind a gap: three duplicates tell of the loss, the others may wait a
 * little for company. */
static ON_NET_THREAD void ack_gap(struct tcp_conn *conn)
{
	const struct net_tunables *tunables = &conn->net->tunables;
	nsec_t rtt = conn->rcv.rtt;

	if (conn->rtt.srtt && (rtt == 0 || conn->rtt.srtt < rtt))
		rtt = conn->rtt.srtt;
	if (conn->ack.gap_nxt != conn->rcv.nxt) {
		conn->ack.gap_nxt = conn->rcv.nxt;
		conn->ack.behind_gap = 0;
	}
	if (!conn->sack_ok ||
	    conn->ack.compressed >= tunables->tcp_comp_sack_nr ||
	    conn->ack.behind_gap < DUP_ACKS) {
		conn->ack.behind_gap += conn->sack_ok &&
					conn->ack.behind_gap < DUP_ACKS;
		tcp_send_ack(conn, WHY_DUPLICATE_ACK);
		return;
	}
	if (conn->ack.compressed++ == 0)
		timers_disarm(conn, ACK_TIMER);
	arm(conn, conn->net->now + MIN((nsec_t)tunables->tcp_comp_sack_delay_ns,
				       rtt / 20));
}

void ack_send_due(struct tcp_conn *conn)
{
	if (!conn->ack.wanted || !conn->ack.fresh)
		return;
	conn->ack.fresh = false;
	if (conn->ack.now)
		tcp_send_ack(conn, (enum why_sent)conn->ack.why);
	else if (segments_are_owed(conn) ||
		 (conn->ack.quick > 0 && !ack_in_dialogue(conn)) ||
		 advice(conn, METRIC_QUICKACK))
		tcp_send_ack(conn, reassembly_empty(&conn->ooo) ?
					   WHY_ACK :
					   WHY_DUPLICATE_ACK);
	else if (!reassembly_empty(&conn->ooo))
		ack_gap(conn);
	else
		delay(conn);
	if (conn->ack.wanted)
		ack_set_kick(conn);
}

void ack_sent(struct tcp_conn *conn)
{
	timers_disarm(conn, ACK_TIMER);
	if (conn->ack.compressed) {
		conn->net->stats.tcp_ext.ack_compressed += conn->ack.compressed;
		conn->ack.compressed = 0;
	}
	if (conn->ack.wanted && conn->ack.quick > 0 && --conn->ack.quick == 0)
		conn->ack.ato = ATO_MIN;
	conn->ack.wanted = conn->ack.now = conn->ack.fresh = false;
	conn->ack.pushed = 0;
	conn->ack.nxt = conn->rcv.nxt;
	conn->ack.dsack = (struct tcp_sack_block){ 0, 0 };
	ack_set_kick(conn);
}

void ack_timeout(struct tcp_conn *conn)
{
	if (conn->ack.compressed) {
		/* Counted less by the one that goes now, as in Linux. */
		conn->ack.compressed--;
		tcp_send_ack(conn, WHY_DUPLICATE_ACK);
		return;
	}
	if (!conn->ack.wanted)
		return;
	if (!ack_in_dialogue(conn)) {
		conn->ack.ato = MIN(conn->ack.ato * 2, rtt_timeout(&conn->rtt));
	} else {
		/* The user did not answer. */
		conn->ack.pingpong = 0;
		conn->ack.ato = ATO_MIN;
	}
	conn->net->stats.tcp_ext.delayed_acks++;
	tcp_send_ack(conn, WHY_DELAYED_ACK);
}

/* ---- The reader ---- */

/* The peer's write was at its end, and no answer of ours will carry the ACK:
 * it is due when the user has read everything. */
static bool due_at_end(const struct tcp_conn *conn)
{
	return (conn->ack.pushed & PUSHED_TWICE) ||
	       ((conn->ack.pushed & PUSHED) && !ack_in_dialogue(conn));
}

/* The window could be at least twice of what the peer knows. */
static bool window_opened(struct tcp_conn *conn)
{
	uint32_t now = window_now(conn), then;

	if (2 * (uint64_t)now > conn->rcv.clamp ||
	    !state_can_receive(conn->state))
		return false;
	then = window_select(conn);
	return then && then >= 2 * (uint64_t)now;
}

static ON_NET_THREAD void after_read(struct tcp_conn *conn)
{
	bool owed = conn->ack.wanted &&
		    (conn->rcv.nxt - conn->ack.nxt > conn->rcv.mss ||
		     (window_unread(conn) == 0 && due_at_end(conn)));

	if (owed)
		tcp_send_ack(conn, WHY_ACK);
	else if (window_opened(conn))
		tcp_send_ack(conn, WHY_WINDOW_UPDATE);
}

void ack_user_read(struct tcp_conn *conn)
{
	if (conn->ep->rx_head != conn->rcv.read_head) {
		conn->rcv.read_head = conn->ep->rx_head;
		window_tune(conn);
		after_read(conn);
	}
	ack_set_kick(conn);
}

/* The ring position at which the window has opened well, if it can. */
static uint64_t opening(const struct tcp_conn *conn, uint64_t tail)
{
	uint32_t most = atomic_load_relaxed(&conn->ep->rx.limit);
	uint32_t full = window_from_space(conn->net, most);
	uint32_t now = window_now(conn);
	uint64_t target = MAX(2 * (uint64_t)now, (uint64_t)conn->rcv.mss);

	if (2 * (uint64_t)now > conn->rcv.clamp)
		return UINT64_MAX;
	target = MAX(target, ((uint64_t)full >> 4) + (1u << conn->rcv.wscale));
	if (target > MIN(full, conn->rcv.ssthresh))
		return now ? UINT64_MAX : tail;
	return tail > full - target ? tail - (full - target) : 0;
}

void ack_set_kick(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint64_t tail = atomic_load_relaxed(&ep->rx.tail);
	uint64_t at = opening(conn, tail);

	if (conn->ack.wanted) {
		if (conn->rcv.nxt - conn->ack.nxt > conn->rcv.mss)
			at = ep->rx_head + 1;
		else if (due_at_end(conn))
			at = MIN(at, tail);
	}
	at = MAX(at, ep->rx_head + 1);
	atomic_store(&ep->rx_kick_at, at);
	atomic_fence();
	/* The user may have passed it while we were not looking. */
	if (atomic_load(&ep->rx.head) >= at)
		endpoint_kick(ep);
}

void ack_set_quick(struct tcp_conn *conn, int value)
{
	if (!value) {
		conn->ack.pingpong =
			(uint8_t)conn->net->tunables.tcp_pingpong_thresh;
		return;
	}
	conn->ack.pingpong = 0;
	if (!conn->ack.wanted ||
	    (conn->state != TCP_ESTABLISHED && conn->state != TCP_CLOSE_WAIT))
		return;
	conn->ack.pushed |= PUSHED;
	after_read(conn);
	if (!(value & 1))
		conn->ack.pingpong =
			(uint8_t)conn->net->tunables.tcp_pingpong_thresh;
	ack_set_kick(conn);
}
