// SPDX-License-Identifier: MIT
/*
 * What is sent, and how a segment is built; see output.h.
 *
 * New data goes out when the peer's window, the congestion window and the
 * rules against small segments allow it: a segment below the MSS is sent only
 * if it carries all there is and no other small one is unacknowledged (Nagle
 * in Minshall's form, RFC 9293 3.7.4), or fills half of the largest window the
 * peer ever gave (3.8.6.2.1). What these rules hold back for ever, the window
 * probe timer lets go (retransmit.c).
 *
 * A segment may be up to 64 KiB: gso_size tells whoever sends it where to cut.
 */
#include "net/tcp/output.h"

#include "net/ip/ip.h"
#include "net/tcp/ecn.h"
#include "net/tcp/fastopen.h"
#include "net/tcp/handshake.h"
#include "net/tcp/memory.h"
#include "net/tcp/mtu_probe.h"
#include "net/tcp/pacing.h"
#include "net/tcp/delayed_ack.h"
#include "net/tcp/window.h"
#include "net/tcp/reply.h"
#include "net/tcp/recovery.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/sack.h"
#include "net/tcp/stamps.h"
#include "net/tcp/state.h"

#define TCP_HEADERS_MAX (IP6_HEADER + TCP_HEADER_MAX)

/* A segment to be built. */
struct outgoing {
	seq_t seq;
	uint8_t flags;
	uint8_t why;
	uint8_t resent;
	uint8_t codepoint; /* ECN's two bits */
	uint32_t mss; /* how it is to be cut */
	struct fragment parts[PACKET_FRAGMENTS];
	int part_count;
	uint32_t length; /* of the payload */
};

/* Finds the bytes [seq, seq + length) in the send ring; may give fewer. */
static void attach(struct tcp_conn *conn, struct outgoing *out, uint32_t length)
{
	uint64_t position =
		conn->snd.una_pos + (uint32_t)(out->seq - conn->snd.una);

	out->length = frag_ring_peek(&conn->ep->tx, position, length,
				     conn->snd.tail_pos, out->parts,
				     PACKET_FRAGMENTS, &out->part_count);
}

static void detach(struct outgoing *out)
{
	for (int i = 0; i < out->part_count; i++)
		buf_put(out->parts[i].buf);
}

static void fill_options(const struct tcp_conn *conn,
			 const struct outgoing *out, struct tcp_options *opt)
{
	if (out->flags & TCP_SYN)
		handshake_options(conn, opt);
	else
		opt->has_timestamp = conn->stamp.on;
	if (opt->has_timestamp) {
		opt->ts_val = conn_stamp(conn);
		opt->ts_ecr = out->flags & TCP_ACK ? conn->stamp.recent : 0;
	}
	if (conn->sack_ok && !(out->flags & (TCP_SYN | TCP_RST)))
		sack_fill(conn, opt);
}

/* The pointer, or as far as it reaches if nothing urgent is in the way. */
static void fill_urgent(const struct tcp_conn *conn, const struct outgoing *out,
			struct tcp_header *h)
{
	uint32_t ahead = conn->snd.up - out->seq;

	if (ahead > 0xffff && !seq_gt(out->seq + 0xffff, conn->snd.nxt))
		return;
	h->flags |= TCP_URG;
	h->urgent = (uint16_t)MIN(ahead, 0xffffu);
}

/* The header, with the window of this moment. */
static ON_NET_THREAD void fill_header(struct tcp_conn *conn,
				      const struct outgoing *out,
				      struct tcp_header *h)
{
	*h = (struct tcp_header){
		.src_port = conn->ep->local.port,
		.dst_port = conn->ep->remote.port,
		.seq = out->seq,
		.ack = out->flags & TCP_ACK ? conn->rcv.nxt : 0,
		.flags = out->flags,
	};
	if (!(out->flags & TCP_RST))
		h->window = window_field(conn, out->flags & TCP_SYN);
	if (conn->snd.urgent && seq_gt(conn->snd.up, out->seq))
		fill_urgent(conn, out, h);
	fill_options(conn, out, &h->opt);
}

/* How many it is on the wire. */
static uint32_t segments_of(const struct outgoing *out)
{
	return out->length ? DIV_ROUND_UP(out->length, out->mss) : 1;
}

static ON_NET_THREAD void fill_packet(const struct tcp_conn *conn,
				      struct packet *packet,
				      const struct outgoing *out)
{
	const struct endpoint *ep = conn->ep;

	packet->src = conn->ep->local.addr;
	packet->dst = conn->ep->remote.addr;
	packet->protocol = NET_IPPROTO_TCP;
	packet->tos = addr_is_ip4(&packet->dst) ? ep->opt.tos : ep->opt.tclass;
	packet->tos = (packet->tos & ~ECN_MASK) | out->codepoint;
	packet->priority = ep->opt.priority;
	packet->ttl = ep->opt.ttl > 0 ? ep->opt.ttl : 0;
	packet->bound = endpoint_netif(ep);
	if (ep->opt.mtu_discover != 0)
		packet->flags |= PACKET_DONT_FRAGMENT;
	if (ep->opt.ip6 & IP6_NO_AUTO_FLOW)
		packet->flags |= PACKET_NO_FLOW;
	packet->note.why = out->why;
	packet->note.retransmits = out->resent;
	conn_note(conn, packet);
	/* The note is of the connection after it has gone. */
	if (out->length || out->flags & (TCP_SYN | TCP_FIN))
		packet->note.in_flight += segments_of(out) * conn->snd.mss;
}

static void set_segmentation(struct packet *packet, const struct outgoing *out)
{
	if (out->length <= out->mss)
		return;
	packet->gso_size = out->mss;
	packet->gso_type = addr_is_ip4(&packet->dst) ? GSO_TCP4 : GSO_TCP6;
}

static void count_sent(struct tcp_conn *conn, const struct outgoing *out)
{
	struct net_stats *stats = &conn->net->stats;
	uint32_t segments = segments_of(out);

	conn->count.segments_out += segments;
	stats->tcp.out_segs += segments;
	if (out->flags & TCP_RST)
		stats->tcp.out_rsts++;
	if (out->resent) {
		stats->tcp.retrans_segs += segments;
		conn->count.retransmissions += segments;
		conn->count.bytes_retransmitted += out->length;
	}
	if (out->length == 0)
		return;
	conn->count.data_segments_out += segments;
	conn->count.bytes_sent += out->length;
	if (!out->resent)
		stats->tcp_ext.orig_data_sent += segments;
	conn->snd.last_at = conn->net->now;
	pacing_sent(conn, out->length);
	ack_data_sent(conn);
}

/* Builds the segment and sends it on its way. False: no memory. */
static ON_NET_THREAD bool transmit(struct tcp_conn *conn, struct outgoing *out)
{
	struct packet *packet = packet_new(conn->net);
	struct tcp_header h;

	if (!packet) {
		detach(out);
		return false;
	}
	if (!(out->flags & (TCP_SYN | TCP_RST)))
		out->flags |= ecn_mark(conn, out->length && !out->resent,
				       &out->codepoint);
	fill_header(conn, out, &h);
	tcp_header_emit(packet_append(packet, tcp_header_size(&h)), &h);
	packet->l4 = 0;
	packet->payload = packet->length;
	for (int i = 0; i < out->part_count; i++)
		packet_add_fragment(packet, out->parts[i].buf,
				    out->parts[i].offset, out->parts[i].length);
	fill_packet(conn, packet, out);
	if (conn->answered)
		packet->flags |= PACKET_CONFIRMS;
	conn->answered = false;
	set_segmentation(packet, out);
	transport_checksum(packet, NET_IPPROTO_TCP, TCP_CHECKSUM_OFFSET);
	count_sent(conn, out);
	if (out->flags & TCP_ACK)
		ack_sent(conn);
	ip_output(conn->net, packet);
	return true;
}

static ON_NET_THREAD void send_bare(struct tcp_conn *conn, seq_t seq,
				    uint8_t flags, enum why_sent why,
				    uint8_t resent)
{
	struct outgoing out = {
		.seq = seq,
		.flags = flags,
		.why = why,
		.resent = resent,
	};

	transmit(conn, &out);
}

void tcp_send_ack(struct tcp_conn *conn, enum why_sent why)
{
	send_bare(conn, conn->snd.nxt, TCP_ACK, why, 0);
}

void tcp_send_probe(struct tcp_conn *conn, enum why_sent why)
{
	send_bare(conn, conn->snd.una - 1, TCP_ACK, why, 0);
}

void tcp_send_challenge(struct tcp_conn *conn)
{
	if (reply_challenge_allowed(conn->net))
		tcp_send_ack(conn, WHY_CHALLENGE_ACK);
}

/* Data rides with the first SYN alone (RFC 7413 4.1.3). */
static uint32_t syn_data(const struct tcp_conn *conn)
{
	bool first = conn->state == TCP_SYN_SENT && conn->retransmits == 0;

	return first && conn->fast ? conn->fast->syn_data : 0;
}

void tcp_send_syn(struct tcp_conn *conn)
{
	bool answer = conn->state == TCP_SYN_RECEIVED;
	struct outgoing out = {
		.seq = conn->snd.iss,
		.flags = TCP_SYN,
		.why = conn->retransmits ? WHY_RETRANSMIT_TIMEOUT :
		       answer		 ? WHY_SYN_ACK :
					   WHY_SYN,
		.resent = conn->retransmits,
		.mss = PACKET_MAX, /* never cut */
	};

	if (answer)
		out.flags |= TCP_ACK | (conn->ecn & ECN_OK ? TCP_ECE : 0);
	else
		out.flags |= ecn_syn_flags(conn, conn->retransmits > 0);
	if (syn_data(conn))
		attach(conn, &out, syn_data(conn));
	transmit(conn, &out);
}

void tcp_send_reset(struct tcp_conn *conn, enum why_sent why)
{
	send_bare(conn, conn->snd.nxt, TCP_RST | TCP_ACK, why, 0);
}

/* Not more than half of the largest window ever seen: small windows are to be
 * used in two segments (RFC 9293 3.8.6.2.1). */
static uint32_t half_window(const struct tcp_conn *conn)
{
	uint32_t most = conn->snd.max_wnd;

	return MAX(most > TCP_DEFAULT_MSS4 ? most / 2 : most, 48u);
}

uint32_t tcp_current_mss(const struct tcp_conn *conn)
{
	uint32_t mss = MIN(conn->snd.mss, half_window(conn));

	return mss - MIN(sack_option_size(conn), mss / 2);
}

/* The largest payload of one packet: whole segments. */
static uint32_t largest_payload(const struct tcp_conn *conn, uint32_t mss)
{
	uint32_t size = MIN(conn->path.gso_max, (uint32_t)PACKET_MAX);

	/* One urgent pointer cannot serve several segments. */
	if (conn->snd.urgent && seq_gt(conn->snd.up, conn->snd.una))
		return mss;
	if (size < TCP_HEADERS_MAX + mss)
		return mss;
	return (size - TCP_HEADERS_MAX) / mss * mss;
}

/* Sends a record's bytes again, from the ring. */
bool tcp_resend(struct tcp_conn *conn, struct sent *sent, enum why_sent why)
{
	struct outgoing out = {
		.seq = sent->seq,
		.flags = TCP_ACK,
		.why = why,
		.resent = sent->transmissions,
		.mss = sent->mss,
	};
	uint32_t length = sent_payload(sent);

	if (length > largest_payload(conn, sent->mss)) {
		length = largest_payload(conn, sent->mss);
		if (flight_split(&conn->flight, sent, sent->seq + length))
			return false;
	}
	attach(conn, &out, length);
	/* Its pieces do not fit one packet: repair the first part. */
	if (out.length < length &&
	    (out.length == 0 ||
	     flight_split(&conn->flight, sent, sent->seq + out.length))) {
		detach(&out);
		return false;
	}
	if (sent->marks & SENT_FIN)
		out.flags |= TCP_FIN;
	if (out.length &&
	    (seq_geq(sent->end, conn_data_end(conn)) || out.length > out.mss))
		out.flags |= TCP_PSH;
	if (!transmit(conn, &out))
		return false;
	if (why != WHY_TAIL_LOSS_PROBE)
		undo_resent(conn, sent->packets);
	flight_resend(&conn->flight, sent, conn->net->now);
	return true;
}

/* Room in the peer's window, 0 when it is full or has shrunk. */
static uint32_t window_room(const struct tcp_conn *conn)
{
	int32_t room = seq_diff(conn->snd.una + conn->snd.wnd, conn->snd.nxt);

	return room > 0 ? room : 0;
}

/* The rules against small segments, for one that is not all full-sized. */
static bool small_allowed(const struct tcp_conn *conn, uint32_t length,
			  uint32_t unsent)
{
	if (length < unsent)
		return length >= conn->snd.max_wnd / 2;
	if (conn->fin_wanted)
		return true;
	if (conn->snd.urgent)
		return true;
	if (conn->set.cork || conn->ep->tx_held)
		return false;
	return conn->set.nodelay || seq_leq(conn->snd.small_end, conn->snd.una);
}

/* How many packets cwnd allows at once: not more than half of it, so that
 * there are two bursts in a round trip. */
static uint32_t quota(const struct tcp_conn *conn)
{
	uint32_t pipe = flight_pipe(&conn->flight), cwnd = conn->cc.cwnd;

	return pipe < cwnd ? MIN(MAX(cwnd / 2, 1u), cwnd - pipe) : 0;
}

/*
 * Is it worth to wait for more to be sent at once (tcp_tso_win_divisor)? Only
 * right behind another burst, with an ACK coming soon, and while less than a
 * third of the window is open. Sets *limited when it is cwnd that is short.
 */
static bool should_defer(const struct tcp_conn *conn, uint32_t unsent,
			 uint32_t mss, uint32_t most, bool *limited)
{
	const struct sent *first = flight_first(&conn->flight);
	int32_t divisor = conn->net->tunables.tcp_tso_win_divisor;
	uint32_t room = window_room(conn), cwnd = conn->cc.cwnd;
	uint32_t open = (cwnd - flight_pipe(&conn->flight)) * mss;
	uint32_t limit = MIN(room, open);
	nsec_t now = conn->net->now;

	if (conn->cc.phase >= CC_RECOVERY || !first || conn->fin_wanted ||
	    now - conn->pacing.next_at > NSEC_PER_MSEC || limit >= most * mss)
		return false;
	if (divisor && limit >= MIN(conn->snd.wnd, cwnd * mss) / divisor)
		return false;
	if (!divisor && limit > 3 * mss)
		return false;
	if (now - first->sent_at < conn->rtt.srtt / 2)
		return false;
	if (open < room && open <= unsent)
		*limited = true;
	return true;
}

/*
 * How many bytes of new data the next segment may carry; 0: none now. Sets
 * *limited when it is the congestion window that says so.
 */
static uint32_t next_length(const struct tcp_conn *conn, uint32_t unsent,
			    uint32_t mss, bool *limited)
{
	uint32_t packets = quota(conn), length, tail;
	uint32_t most = pacing_tso_segments(conn, mss);

	/* A last segment with FIN is always welcome (Linux). */
	if (unsent <= mss && conn->fin_wanted)
		packets = MAX(packets, 1u);
	if (packets == 0) {
		*limited = true;
		return 0;
	}
	if (unsent > mss && should_defer(conn, unsent, mss, most, limited))
		return 0;
	length = MIN(unsent, window_room(conn));
	length = MIN(length, MIN(packets, most) * mss);
	length = MIN(length, largest_payload(conn, mss));
	tail = length % mss;
	/* Whole segments now, the rest when the rules allow. */
	if (tail && !small_allowed(conn, length, unsent))
		length -= tail;
	return length;
}

/* What is left unsent is less: TCP_NOTSENT_LOWAT. */
static ON_NET_THREAD void user_sent(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;

	if (!conn->set.notsent_lowat)
		return;
	atomic_store(&ep->extra->tx_sent,
		     conn->snd.una_pos + (conn->snd.nxt - conn->snd.una));
	endpoint_writable(ep);
}

/* Sends [snd.nxt, snd.nxt + length) and the FIN if it is next. */
static ON_NET_THREAD bool send_next(struct tcp_conn *conn, uint32_t length,
				    uint32_t mss, enum why_sent why)
{
	struct outgoing out = {
		.seq = conn->snd.nxt,
		.flags = TCP_ACK,
		.why = why,
		.mss = mss,
	};
	bool first = flight_empty(&conn->flight);
	seq_t end;

	attach(conn, &out, length);
	if (out.length < length && out.length > mss) {
		/* More pieces than a packet holds: stop at a whole segment. */
		uint32_t whole = out.length / mss * mss;

		detach(&out);
		attach(conn, &out, whole);
	}
	if (length > 0 && out.length == 0)
		return false;
	end = out.seq + out.length;
	/* Large ones, too, so that receivers need not wait (Linux). */
	if (out.length > mss)
		out.flags |= TCP_PSH;
	if (end == conn_data_end(conn)) {
		if (out.length)
			out.flags |= TCP_PSH; /* MUST-61 */
		if (conn->fin_wanted && window_room(conn) > out.length) {
			out.flags |= TCP_FIN;
			end++;
		}
	}
	if (end == out.seq)
		return false;
	if (out.length == 0)
		out.why = WHY_FIN;
	if (flight_send(&conn->flight, out.seq, end, out.flags & TCP_FIN, mss,
			conn->net->now)) {
		detach(&out);
		return false;
	}
	if (out.length % mss)
		conn->snd.small_end = end;
	conn->snd.nxt = end;
	user_sent(conn);
	congestion_sent(&conn->cc, flight_last(&conn->flight)->packets);
	transmit(conn, &out);
	retransmit_sent(conn, first);
	stamps_sent(conn, conn->snd.una_pos + (end - conn->snd.una));
	return true;
}

/* After a pause the old window says little about the path. */
static void restart_after_idle(struct tcp_conn *conn)
{
	struct congestion *cc = &conn->cc;
	nsec_t idle = conn->net->now - conn->snd.last_at;
	nsec_t rto = rtt_timeout(&conn->rtt);

	if (!conn->snd.last_at || !flight_empty(&conn->flight))
		return;
	if (idle > rto && conn->net->tunables.tcp_slow_start_after_idle)
		congestion_idle(cc, idle, rto, conn->net->now);
	if (cc->ops->resume)
		cc->ops->resume(cc, idle, conn->net->now);
}

/* A probe of a larger MTU, in place of plain segments. True: nothing else is
 * to be sent now. */
static ON_NET_THREAD bool probe_mtu(struct tcp_conn *conn, bool *sent)
{
	bool wait;
	uint32_t size = mtu_probe_due(conn, &wait);
	seq_t seq = conn->snd.nxt;

	if (!size || size > window_room(conn))
		return wait;
	if (!send_next(conn, size, size, WHY_MTU_PROBE))
		return false;
	mtu_probe_sent(conn, seq, conn->snd.nxt);
	*sent = true;
	return false;
}

/* The bytes after snd.nxt that are no FIN. */
static uint32_t unsent_bytes(const struct tcp_conn *conn)
{
	seq_t data_end = conn_data_end(conn);

	return seq_lt(conn->snd.nxt, data_end) ? data_end - conn->snd.nxt : 0;
}

static ON_NET_THREAD void send_new(struct tcp_conn *conn)
{
	uint32_t mss = tcp_current_mss(conn);
	seq_t end = conn_send_end(conn);
	bool limited = false, sent = false;

	if (conn->snd.nxt == end)
		return;
	restart_after_idle(conn);
	if (probe_mtu(conn, &sent))
		return;
	while (seq_lt(conn->snd.nxt, end) && pacing_allows(conn)) {
		uint32_t unsent = unsent_bytes(conn), length = 0;

		if (unsent)
			length = next_length(conn, unsent, mss, &limited);
		if (unsent && length == 0)
			break;
		if (!send_next(conn, length, mss, WHY_NEW_DATA))
			break;
		sent = true;
	}
	limited |= flight_pipe(&conn->flight) >= conn->cc.cwnd;
	if (sent || limited)
		congestion_validate(
			&conn->cc, limited, conn->flight.packets, conn->snd.una,
			conn->snd.nxt, conn->net->now,
			conn->net->tunables.tcp_slow_start_after_idle ?
				rtt_timeout(&conn->rtt) :
				0);
	if (sent)
		retransmit_schedule_probe(conn);
}

bool tcp_push_one(struct tcp_conn *conn, enum why_sent why)
{
	seq_t data_end = conn_data_end(conn);
	uint32_t mss = tcp_current_mss(conn), length = 0;

	if (!seq_lt(conn->snd.nxt, conn_send_end(conn)))
		return false;
	if (seq_lt(conn->snd.nxt, data_end))
		length = MIN(MIN(data_end - conn->snd.nxt, mss),
			     window_room(conn));
	return send_next(conn, length, mss, why);
}

static bool may_send_data(const struct tcp_conn *conn)
{
	return conn->state != TCP_FIN_WAIT_2;
}

/* RFC 5682 3.1 step 2b: after a timeout, new data shows whether the old is
 * really lost. True: then nothing is repaired for now. */
static ON_NET_THREAD bool try_new_first(struct tcp_conn *conn)
{
	if (!conn->loss.new_first)
		return false;
	conn->loss.new_first = false;
	send_new(conn);
	if (seq_gt(conn->snd.nxt, conn->cc.recover))
		return true;
	conn->loss.frto = false;
	return false;
}

void tcp_output(struct tcp_conn *conn)
{
	if (!state_is_synchronized(conn->state) && !fast_open_is_early(conn))
		return;
	if (may_send_data(conn) && !try_new_first(conn)) {
		retransmit_lost(conn);
		send_new(conn);
	}
	ack_send_due(conn);
	retransmit_arm(conn);
	busy_update(conn);
}

/* ---- The send buffer ---- */

/* What Linux reckons for a segment's descriptors and headers; its numbers are
 * kept because programs see them (SO_SNDBUF, 87040 after a handshake). */
#define SEGMENT_DESCRIPTOR 256
#define SEGMENT_HEADROOM 640

static uint32_t segment_footprint(const struct tcp_conn *conn)
{
	uint32_t bytes = conn->snd.mss + SEGMENT_HEADROOM;
	uint32_t block = 1;

	while (block < bytes)
		block <<= 1;
	return block + SEGMENT_DESCRIPTOR;
}

void tcp_tune_send_buffer(struct tcp_conn *conn)
{
	struct endpoint *ep = conn->ep;
	uint32_t segments = MAX(conn->cc.cwnd, 10u);
	uint64_t want = 2ull * segments * segment_footprint(conn);

	want = MIN(want, (uint64_t)conn->net->tunables.tcp_wmem[2]);
	if (ep->opt.sndbuf_locked || want <= ep->tx.limit ||
	    !memory_is_plenty(conn))
		return;
	atomic_store(&ep->tx.limit, (uint32_t)want);
	atomic_store(&ep->sndbuf, (uint32_t)want);
}
