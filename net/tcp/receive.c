// SPDX-License-Identifier: MIT
/*
 * Payload that arrives; see receive.h. What comes in its turn goes into the
 * receive ring as it is, without a copy; what comes too early waits in the
 * reassembly queue.
 */
#include "net/tcp/receive.h"

#include "net/core/urgent.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/ecn.h"
#include "net/tcp/memory.h"
#include "net/tcp/sack.h"
#include "net/tcp/window.h"

void receive_start(struct tcp_conn *conn)
{
	window_start(conn);
	ack_start(conn);
}

/* ---- Urgent data ---- */

/* Where the byte `seq`, which is not in the ring yet, will be in it. */
static uint64_t ring_position(const struct tcp_conn *conn, seq_t seq)
{
	return atomic_load_relaxed(&conn->ep->rx.tail) +
	       (uint32_t)seq_diff(seq, conn->rcv.nxt);
}

static ON_NET_THREAD void take_pointer(struct tcp_conn *conn,
				       const struct segment *seg)
{
	bool standard = conn->net->tunables.tcp_stdurg;
	uint16_t pointer = seg->h.urgent;
	/* RFC 6093 2.1: everyone points behind the byte, not at it. */
	seq_t up = seg->h.seq + (pointer && !standard ? pointer - 1 : pointer);

	if (seq_lt(up, conn->rcv.nxt) ||
	    (conn->rcv.urgent && !seq_gt(up, conn->rcv.up)))
		return;
	conn->rcv.urgent = conn->rcv.urgent_coming = true;
	conn->rcv.up = up;
	urgent_mark(conn->ep, ring_position(conn, up), conn->ep->rx_head);
}

void receive_urgent(struct tcp_conn *conn, const struct segment *seg)
{
	uint32_t ahead;
	uint8_t byte;

	if (seg->h.flags & TCP_URG)
		take_pointer(conn, seg);
	ahead = conn->rcv.up - seg->seq;
	if (!conn->rcv.urgent_coming || ahead >= seg->length)
		return;
	packet_copy(seg->packet, seg->offset + ahead, &byte, 1);
	conn->rcv.urgent_coming = false;
	urgent_arrived(conn->ep, byte);
}

/* ---- Payload ---- */

/*
 * Room in the memory for TCP. What lies beyond the gap goes first, since it can
 * come again. False: not even so.
 */
static ON_NET_THREAD bool make_room(struct tcp_conn *conn, struct piece piece)
{
	struct net_stats *stats = &conn->net->stats;
	uint32_t length = piece.end - piece.seq;

	if (likely(memory_admits(conn, length)))
		return true;
	stats->tcp_ext.prune_called++;
	window_shorten(conn);
	if (reassembly_prune(conn->net, &conn->ooo, piece.seq, 2 * length)) {
		stats->tcp_ext.ofo_pruned++;
		memory_update(conn);
		if (memory_admits(conn, length))
			return true;
	}
	return false;
}

static ON_NET_THREAD enum reason push(struct tcp_conn *conn,
				      struct packet *packet, struct piece piece)
{
	uint32_t length = piece.end - piece.seq;

	/* The window was not kept, or bytes were too small to pay for. */
	if (window_unread(conn) + length >
	    2 * atomic_load_relaxed(&conn->ep->rx.limit)) {
		conn->net->stats.tcp_ext.prune_called++;
		conn->net->stats.tcp_ext.rcv_pruned++;
		return REASON_TCP_RCVBUF_FULL;
	}
	if (frag_ring_push(&conn->ep->rx, packet, piece.offset, length))
		return REASON_NO_MEMORY;
	conn->rcv.nxt = piece.end;
	conn->count.bytes_received += length;
	/* A sleeper takes what there is, poll() waits for SO_RCVLOWAT. */
	if (atomic_exchange(&conn->ep->want_read, (bool)false) ||
	    endpoint_readable(conn->ep))
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
	enum reason why;

	if (window_unread(conn) && !make_room(conn, piece)) {
		conn->net->stats.tcp_ext.rcvq_drop++;
		conn->net->stats.tcp_ext.rcv_pruned++;
		/* The peer sees that we live. */
		ack_want(conn, true, WHY_DUPLICATE_ACK);
		return REASON_TCP_MEMORY;
	}
	why = push(conn, seg->packet, piece);
	if (why)
		return why;
	if (had_gap)
		drain(conn);
	/* RFC 5681 4.2: at once when the gap is filled. */
	ack_want(conn, had_gap && reassembly_empty(&conn->ooo), WHY_ACK);
	return REASON_NONE;
}

static ON_NET_THREAD enum reason take_out_of_order(struct tcp_conn *conn,
						   struct segment *seg,
						   struct piece piece)
{
	struct tcp_sack_block duplicate = { 0, 0 };
	uint32_t limit = 2 * atomic_load_relaxed(&conn->ep->rx.limit);
	enum reason why;

	if (!make_room(conn, piece)) {
		conn->net->stats.tcp_ext.ofo_drop++;
		ack_want(conn, true, WHY_DUPLICATE_ACK);
		return REASON_TCP_MEMORY;
	}
	why = reassembly_insert(conn->net, &conn->ooo, seg->packet, piece,
				limit, &duplicate);
	sack_report_duplicate(conn, duplicate.left, duplicate.right);
	ack_want(conn, why == REASON_TCP_REASSEMBLY_FULL, WHY_DUPLICATE_ACK);
	if (why == REASON_TCP_REASSEMBLY_FULL || why == REASON_NO_MEMORY) {
		conn->net->stats.tcp_ext.ofo_drop++;
		return why;
	}
	if (why == REASON_TCP_OLD_DUPLICATE)
		conn->net->stats.tcp_ext.ofo_merge++;
	conn->count.out_of_order += segment_pieces(seg);
	conn->net->stats.tcp_ext.ofo_queue++;
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

	ecn_take(conn, seg);
	if (piece.seq == conn->rcv.nxt)
		why = take_in_order(conn, seg, piece);
	else
		why = take_out_of_order(conn, seg, piece);
	seg->delivered = why == REASON_NONE;
	ack_data_arrived(conn, seg);
	window_data_arrived(conn, seg);
	window_tune(conn);
	return why;
}
