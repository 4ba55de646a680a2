// SPDX-License-Identifier: MIT
/*
 * The receiver; see receive.h.
 *
 * Window (RFC 9293 3.8.6.2.2). Half of the receive buffer is offered: the rest
 * pays for the packets' unused space. The right edge never moves left, and
 * moves right only by a worthwhile step (MUST-39). When the user has emptied
 * half of the buffer without a segment arriving, rx_kick_at brings us the news,
 * and a window update goes out.
 *
 * ACKs (3.8.6.3). At once: out of order, a gap filled, FIN, every second
 * full-sized segment, half of the window used, and the first ones of a
 * connection. Otherwise 40 ms later, or with data if that comes first.
 *
 * Auto-tuning: when the user takes more in a round trip than ever before, the
 * buffer grows to twice that (up to tcp_rmem[2]), unless SO_RCVBUF was set.
 */
#include "net/tcp/receive.h"

#include "net/tcp/output.h"
#include "net/tcp/sack.h"
#include "net/tcp/timers.h"

/* The most we would ever offer with the buffer as it is. */
static uint32_t window_limit(const struct tcp_conn *conn)
{
	uint32_t limit = atomic_load_relaxed(&conn->ep->rx.limit) / 2;
	uint32_t field_max = conn->wscale_ok ? 65535u << conn->rcv.wscale :
					       65535u;

	if (conn->set.window_clamp)
		limit = MIN(limit, conn->set.window_clamp);
	return MIN(limit, field_max);
}

static uint32_t unread(const struct tcp_conn *conn)
{
	return atomic_load_relaxed(&conn->ep->rx.tail) - conn->ep->rx_head;
}

uint8_t receive_choose_scale(const struct tcp_conn *conn)
{
	uint32_t most = conn->ep->opt.rcvbuf_locked ?
				MAX(conn->ep->rx.limit, 65535u) :
				(uint32_t)conn->net->tunables.tcp_rmem[2];
	uint8_t scale = 0;

	if (conn->set.window_clamp)
		most = MIN(most, conn->set.window_clamp);
	while (most > 65535 && scale < TCP_MAX_WSCALE) {
		most >>= 1;
		scale++;
	}
	return scale;
}

void receive_start(struct tcp_conn *conn)
{
	conn->rcv.edge = conn->rcv.nxt;
	conn->rcv.mss = TCP_DEFAULT_MSS4;
	conn->rcv.measured_head = conn->ep->rx_head;
	conn->rcv.measured_at = conn->net->now;
	conn->ack.nxt = conn->rcv.nxt;
	conn->ack.quick = TCP_QUICK_ACKS;
}

/* ---- The window ---- */

/* Where the right edge could be. */
static seq_t possible_edge(const struct tcp_conn *conn)
{
	uint32_t limit = window_limit(conn), used = unread(conn);

	return conn->rcv.nxt + (limit > used ? limit - used : 0);
}

/* Ring position of the urgent pointer. */
static uint64_t urgent_position(const struct tcp_conn *conn)
{
	int32_t ahead = seq_diff(conn->rcv.up, conn->rcv.nxt);

	return atomic_load_relaxed(&conn->ep->rx.tail) + ahead;
}

/* The user has read past the urgent data (RFC 6093 2). */
static ON_NET_THREAD void forget_urgent(struct tcp_conn *conn)
{
	if (!conn->rcv.urgent || conn->ep->rx_head < urgent_position(conn))
		return;
	conn->rcv.urgent = false;
	endpoint_set_status(conn->ep, 0, EP_URGENT);
}

/* When is it worth telling, if no segment comes to be acknowledged? */
static ON_NET_THREAD void set_kick(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint64_t edge =
		atomic_load_relaxed(&ep->rx.tail) + receive_window(conn);
	uint32_t limit = window_limit(conn);
	uint64_t at = edge > limit - limit / 2 ? edge - (limit - limit / 2) : 0;

	if (conn->rcv.urgent)
		at = MIN(at, urgent_position(conn));
	atomic_store(&ep->rx_kick_at, at);
	atomic_fence();
	/* The user may have passed it while we were not looking. */
	if (at > ep->rx_head && atomic_load(&ep->rx.head) >= at)
		endpoint_kick(ep);
}

uint16_t receive_window_field(struct tcp_conn *conn, bool syn)
{
	uint32_t step = MIN(window_limit(conn) / 2, (uint32_t)conn->rcv.mss);
	seq_t edge = possible_edge(conn);
	uint32_t field;

	if (seq_geq(edge, conn->rcv.edge + step))
		conn->rcv.edge = edge;
	field = receive_window(conn);
	if (!syn && conn->wscale_ok)
		field >>= conn->rcv.wscale;
	if (field > 65535) {
		field = 65535;
		conn->rcv.edge = conn->rcv.nxt + 65535;
	}
	return field;
}

void receive_ack_sent(struct tcp_conn *conn)
{
	timers_disarm(conn, ACK_TIMER);
	conn->ack.wanted = false;
	conn->ack.now = false;
	conn->ack.nxt = conn->rcv.nxt;
	conn->ack.dsack = (struct tcp_sack_block){ 0, 0 };
	if (conn->ack.quick > 0)
		conn->ack.quick--;
	set_kick(conn);
}

/* ---- Auto-tuning ---- */

static void measure_rtt(struct tcp_conn *conn, const struct segment *seg)
{
	nsec_t rtt;

	if (!conn->stamp.on || seg->h.opt.ts_ecr == 0 ||
	    seg->length < conn->rcv.mss)
		return;
	rtt = (nsec_t)(uint32_t)(conn_stamp(conn) - seg->h.opt.ts_ecr) *
	      NSEC_PER_MSEC;
	rtt = MAX(rtt, NSEC_PER_MSEC);
	if (conn->rcv.rtt == 0 || rtt < conn->rcv.rtt)
		conn->rcv.rtt = rtt;
	else
		conn->rcv.rtt += (rtt - conn->rcv.rtt) / 16;
}

static void tune(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	nsec_t rtt = conn->rcv.rtt ? conn->rcv.rtt : conn->rtt.srtt;
	uint64_t taken = ep->rx_head - conn->rcv.measured_head;

	if (ep->opt.rcvbuf_locked || rtt == 0 ||
	    conn->net->now - conn->rcv.measured_at < rtt)
		return;
	if (taken > conn->rcv.measured_max) {
		/* Window twice that, buffer twice the window. */
		uint64_t want = 2 * (2 * taken + 16 * conn->rcv.mss);

		want = MIN(want,
			   (uint64_t)conn_buffer_share(
				   conn, conn->net->tunables.tcp_rmem[2]));
		conn->rcv.measured_max = taken;
		if (want > ep->rx.limit) {
			atomic_store(&ep->rx.limit, (uint32_t)want);
			atomic_store(&ep->rcvbuf, (uint32_t)want);
		}
	}
	conn->rcv.measured_head = ep->rx_head;
	conn->rcv.measured_at = conn->net->now;
}

void receive_user_read(struct tcp_conn *conn)
{
	forget_urgent(conn);
	tune(conn);
	if (seq_geq(possible_edge(conn),
		    conn->rcv.edge + window_limit(conn) / 2))
		receive_want_ack(conn, true, WHY_WINDOW_UPDATE);
	else
		set_kick(conn);
}

/* ---- ACKs ---- */

void receive_want_ack(struct tcp_conn *conn, bool now, enum why_sent why)
{
	conn->ack.wanted = true;
	if (now && !conn->ack.now) {
		conn->ack.now = true;
		conn->ack.why = why;
	}
}

void receive_send_ack(struct tcp_conn *conn)
{
	if (!conn->ack.wanted)
		return;
	if (conn->ack.now)
		tcp_send_ack(conn, conn->ack.why);
	else if (!timers_armed(conn, ACK_TIMER))
		timers_arm(conn, ACK_TIMER, conn->net->now + TCP_DELAYED_ACK);
}

/* In-order data: is the ACK due at once? */
static bool ack_is_due(const struct tcp_conn *conn)
{
	uint32_t owed = conn->rcv.nxt - conn->ack.nxt;

	if (conn->ack.quick > 0 && !conn->ack.interactive)
		return true;
	return owed >= 2u * conn->rcv.mss || owed >= receive_window(conn);
}

/* What a full-sized segment of this peer looks like. */
static void learn_mss(struct tcp_conn *conn, const struct segment *seg)
{
	uint32_t size = seg->packet->gso_size ? seg->packet->gso_size :
						seg->length;

	size = MIN(size, (uint32_t)conn->rcv.offered_mss);
	if (size > conn->rcv.mss)
		conn->rcv.mss = size;
}

/* ---- Payload ---- */

static ON_NET_THREAD enum reason push(struct tcp_conn *conn,
				      struct packet *packet, struct piece piece)
{
	uint32_t length = piece.end - piece.seq;

	/* The window was not kept, or bytes were too small to pay for. */
	if (unread(conn) + length >
	    2 * atomic_load_relaxed(&conn->ep->rx.limit))
		return REASON_TCP_RCVBUF_FULL;
	if (frag_ring_push(&conn->ep->rx, packet, piece.offset, length))
		return REASON_NO_MEMORY;
	conn->rcv.nxt = piece.end;
	conn->count.bytes_received += length;
	endpoint_wake(conn->ep, NET_POLLIN);
	return REASON_NONE;
}

/* Queued segments whose turn has come. */
static ON_NET_THREAD void drain(struct tcp_conn *conn)
{
	struct packet *packet;
	struct piece piece;

	while ((packet = reassembly_take(conn->net, &conn->ooo, conn->rcv.nxt,
					 &piece))) {
		/* Without memory the peer sends it again. */
		bool lost = push(conn, packet, piece) != REASON_NONE;

		packet_free(conn->net, packet);
		if (lost)
			break;
	}
}

static ON_NET_THREAD enum reason
take_in_order(struct tcp_conn *conn, struct segment *seg, struct piece piece)
{
	bool had_gap = !reassembly_empty(&conn->ooo);
	enum reason why = push(conn, seg->packet, piece);

	if (why)
		return why;
	if (had_gap)
		drain(conn);
	receive_want_ack(conn, had_gap || ack_is_due(conn), WHY_ACK);
	return REASON_NONE;
}

static ON_NET_THREAD enum reason take_out_of_order(struct tcp_conn *conn,
						   struct segment *seg,
						   struct piece piece)
{
	struct tcp_sack_block duplicate = { 0, 0 };
	uint32_t limit = 2 * atomic_load_relaxed(&conn->ep->rx.limit);
	enum reason why = reassembly_insert(conn->net, &conn->ooo, seg->packet,
					    piece, limit, &duplicate);

	sack_report_duplicate(conn, duplicate.left, duplicate.right);
	receive_want_ack(conn, true, WHY_DUPLICATE_ACK);
	conn->count.out_of_order++;
	if (why == REASON_NONE)
		conn->net->stats.tcp_ext.ofo_queue++;
	else
		conn->net->stats.tcp_ext.ofo_drop++;
	return why;
}

enum reason receive_payload(struct tcp_conn *conn, struct segment *seg)
{
	struct piece piece = {
		.seq = seg->seq,
		.end = seg->seq + seg->length,
		.offset = seg->offset,
	};
	enum reason why;

	conn->count.data_segments_in++;
	conn->rcv.data_at = conn->net->now;
	measure_rtt(conn, seg);
	learn_mss(conn, seg);
	tune(conn);
	if (piece.seq == conn->rcv.nxt)
		why = take_in_order(conn, seg, piece);
	else
		why = take_out_of_order(conn, seg, piece);
	seg->delivered = why == REASON_NONE;
	return why;
}
