// SPDX-License-Identifier: MIT
/*
 * A segment comes in from IP: is it well-formed, and whose is it? The order of
 * the question is pair (connection, half-open or TIME-WAIT), then listener, then
 * nobody,
 * who is answered by a reset (RFC 9293 3.10.7.1). What the segment does is
 * input.c's business; here its verdict and its note for the tap are made of
 * the answer.
 */
#include "net/tcp/tcp.h"

#include "net/core/filter.h"
#include "net/tcp/conn.h"
#include "net/tcp/input.h"
#include "net/tcp/listen.h"
#include "net/tcp/memory.h"
#include "net/tcp/reply.h"
#include "net/tcp/request.h"
#include "net/tcp/time_wait.h"
#include "net/tcp/user.h"

/* Reads the header; MUST-3. */
static enum reason parse(struct net *net, struct packet *packet,
			 struct segment *seg)
{
	uint32_t size = packet->length - packet->l4;
	uint8_t *bytes = packet_header(packet, packet->l4,
				       MIN(size, (uint32_t)TCP_HEADER_MIN));

	if (size < TCP_HEADER_MIN || !bytes)
		return REASON_PACKET_TOO_SHORT;
	size = MIN(size, (uint32_t)(bytes[12] >> 4) * 4);
	bytes = packet_header(packet, packet->l4, size);
	if (!bytes || tcp_header_parse(bytes, size, &seg->h))
		return REASON_TCP_MALFORMED;
	if (!packet_checksum_ok(packet, NET_IPPROTO_TCP)) {
		net->stats.tcp.in_csum_errors++;
		return REASON_TCP_BAD_CHECKSUM;
	}
	return REASON_NONE;
}

static void describe(struct packet *packet, struct segment *seg)
{
	const struct tcp_header *h = &seg->h;

	seg->packet = packet;
	seg->offset = packet->l4 + h->length;
	seg->length = packet->length - seg->offset;
	seg->seq = h->seq;
	seg->end = h->seq + seg->length + !!(h->flags & TCP_SYN) +
		   !!(h->flags & TCP_FIN);
	seg->local = (struct net_name){ packet->dst, h->dst_port, 0 };
	seg->remote = (struct net_name){ packet->src, h->src_port, 0 };
	packet->payload = seg->offset;
}

static struct demux_entry *find_listener(struct net *net,
					 const struct segment *seg)
{
	return demux_find_local(&tcp_of(net)->demux, &seg->local, &seg->remote,
				seg->packet->netif);
}

/* Nobody's: a reset, but never towards a group of hosts. */
static ON_NET_THREAD enum reason segment_to_nobody(struct net *net,
						   struct segment *seg)
{
	if (!(seg->packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST)) &&
	    !addr_is_multicast(&seg->local.addr))
		reply_reset(net, seg, WHY_RESET_NO_SOCKET);
	return REASON_TCP_NO_SOCKET;
}

/* IP_MINTTL, IPV6_MINHOPCOUNT (RFC 5082). */
static bool from_afar(const struct tcp_conn *conn, const struct segment *seg)
{
	return seg->packet->ttl < conn->ep->opt.min_ttl;
}

/* SO_ATTACH_FILTER: the program sees header and payload, and may cut off some of
 * the payload, which is then as if it had never come. A FIN is not lost by
 * that. False: it does not want the segment at all. */
static bool filter_wants(const struct endpoint *ep, struct segment *seg)
{
	struct packet *packet = seg->packet;
	uint32_t header, kept;

	if (likely(!ep->filter))
		return true;
	header = seg->offset - packet->l4;
	kept = filter_packet(ep, packet, NULL, 0, packet->l4,
			     packet->length - packet->l4);
	if (!kept)
		return false;
	kept = MAX(kept, header) - header;
	seg->end -= seg->length - kept;
	seg->length = kept;
	packet_trim(packet, seg->offset + kept);
	return true;
}

/* What the socket itself has against it. */
static enum reason stopped(const struct tcp_conn *conn, struct segment *seg)
{
	if (from_afar(conn, seg))
		return REASON_IP_MIN_TTL;
	return filter_wants(conn->ep, seg) ? REASON_NONE : REASON_SOCKET_FILTER;
}

static ON_NET_THREAD enum reason segment_to_conn(struct tcp_conn *conn,
						 struct segment *seg)
{
	enum reason why;

	endpoint_sample(conn->ep);
	conn_sample(conn);
	conn->count.segments_in += segment_pieces(seg);
	conn->count.data_segments_in += seg->length ? segment_pieces(seg) : 0;
	why = segment_arrives(conn, seg);
	memory_update(conn);
	conn_note(conn, seg->packet);
	return why;
}

static ON_NET_THREAD enum reason listen(struct net *net, struct segment *seg,
					struct tcp_conn **child)
{
	struct demux_entry *entry = find_listener(net, seg);
	struct tcp_conn *listener;
	enum reason why;

	if (!entry)
		return segment_to_nobody(net, seg);
	listener = conn_of(entry_endpoint(entry));
	why = stopped(listener, seg);
	if (why)
		return why;
	why = segment_to_listener(listener, seg, child);
	if (!seg->packet->note.flags)
		conn_note(listener, seg->packet);
	return why;
}

/* To whom? A handshake that it completes has it last. */
static ON_NET_THREAD enum reason dispatch(struct net *net, struct segment *seg)
{
	struct demux_entry *entry =
		demux_find_pair(&tcp_of(net)->demux, &seg->local, &seg->remote);
	struct tcp_conn *conn = NULL;
	enum reason why = REASON_NONE;
	bool reopen = false;

	if (entry && entry->kind == DEMUX_SOCKET) {
		conn = conn_of(entry_endpoint(entry));
		why = conn ? stopped(conn, seg) : REASON_NO_MEMORY;
		if (why)
			return why;
	} else if (entry && entry->kind == DEMUX_REQUEST) {
		why = stopped(request_of(entry)->listener, seg);
		if (!why)
			why = request_segment(request_of(entry), seg, &conn);
	} else {
		if (entry)
			why = time_wait_segment(time_wait_of(entry), seg,
						&reopen);
		if (!entry || reopen)
			why = listen(net, seg, &conn);
	}
	if (!conn)
		return why;
	why = segment_to_conn(conn, seg);
	/* A child that its segment did not establish is nobody's. */
	if (conn->parent)
		user_abandon(conn, WHY_NONE);
	return why;
}

static verdict_t verdict_of(const struct segment *seg, enum reason why)
{
	if (why)
		return packet_dropped(why);
	return seg->delivered ? packet_delivered() : packet_consumed();
}

verdict_t tcp_in(struct net *net, struct packet *packet) NET_THREAD_ROOT
{
	struct segment seg = { 0 };
	enum reason why;

	net->stats.tcp.in_segs++;
	/* What the sender's side of a loopback said is kept apart. */
	packet->note.flags = 0;
	packet->note.socket = 0;
	packet->note.pid = 0;
	why = parse(net, packet, &seg);
	if (why) {
		net->stats.tcp.in_errs += why != REASON_PACKET_TOO_SHORT;
		return packet_dropped(why);
	}
	describe(packet, &seg);
	why = dispatch(net, &seg);
	conn_reap(net);
	return verdict_of(&seg, why);
}
