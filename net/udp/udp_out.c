// SPDX-License-Identifier: MIT
/*
 * UDP's way out: datagrams that the user queued, put together while the socket
 * is corked (UDP_CORK, MSG_MORE), taken apart when one send is many datagrams
 * (UDP_SEGMENT).
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/udp/udp_private.h"
#include "net/wire/udp.h"

/* The most that one datagram carries, whatever the family. */
#define PAYLOAD_MAX (65535u - UDP_HEADER)

/* ---- one packet ---- */

static bool without_checksum(struct endpoint *ep, const struct packet *packet)
{
	return addr_is_ip4(&packet->dst) ? ep->opt.no_check :
					   dgram_of(ep)->no_check6_tx;
}

/* The payload is there, the header fields too. */
static void send(struct endpoint *ep, struct packet *packet,
		 uint16_t port) ON_NET_THREAD
{
	struct udp_header h = {
		.src_port = ep->local.port,
		.dst_port = port,
		.length = (uint16_t)(packet->length + UDP_HEADER),
	};

	udp_emit(packet_push(packet, UDP_HEADER), &h);
	packet->l4 = 0;
	packet->payload = UDP_HEADER;
	if (!without_checksum(ep, packet))
		transport_checksum(packet, NET_IPPROTO_UDP,
				   UDP_CHECKSUM_OFFSET);
	udp_stats(ep->net, packet)->out_datagrams++;
	ip_output(ep->net, packet);
}

/* ---- several from one send ---- */

static uint32_t segment_of(struct endpoint *ep, const struct datagram *datagram)
{
	return datagram->segment_size ? datagram->segment_size :
					dgram_of(ep)->segment_size;
}

/* Linux's checks of udp_send_skb(). */
static int check_segments(struct endpoint *ep, const struct datagram *datagram,
			  const struct dgram_way *way, uint32_t segment)
{
	uint32_t header = ip_header_length(&way->to.addr) + UDP_HEADER;

	if (header + segment > way->mtu)
		return -EMSGSIZE;
	if (datagram->length > segment * UDP_SEGMENTS_MAX ||
	    (addr_is_ip4(&way->to.addr) && ep->opt.no_check))
		return -EINVAL;
	return 0;
}

/* Bytes [at, at + n) of the datagram as fragments of a packet. */
static bool add_piece(struct packet *packet, const struct datagram *datagram,
		      uint32_t at, uint32_t n)
{
	for (int i = 0; i < datagram->fragment_count && n; i++) {
		const struct fragment *f = &datagram->fragments[i];
		uint32_t take;

		if (at >= f->length) {
			at -= f->length;
			continue;
		}
		take = MIN(n, f->length - at);
		if (!packet_add_fragment(packet, buf_get(f->buf),
					 f->offset + at, take)) {
			buf_put(f->buf);
			return false;
		}
		at = 0;
		n -= take;
	}
	return n == 0;
}

/* One packet of [at, at + n); the first carries the charge. */
static int send_piece(struct endpoint *ep, struct datagram *datagram,
		      const struct dgram_way *way, uint32_t at, uint32_t n,
		      uint32_t segment) ON_NET_THREAD
{
	struct packet *packet = packet_new(ep->net);

	if (!packet)
		return -ENOBUFS;
	dgram_fill_header(ep, datagram, way, packet, UDP_HEADER + n);
	if (!add_piece(packet, datagram, at, n)) {
		packet_free(ep->net, packet);
		return -ENOBUFS;
	}
	if (segment) {
		packet->gso_type = GSO_UDP;
		packet->gso_size = (uint16_t)segment;
	}
	send(ep, packet, way->to.port);
	return 0;
}

/* Over loopback in one piece, as with Linux; else cut here. */
static int send_segments(struct endpoint *ep, struct datagram *datagram,
			 const struct dgram_way *way,
			 uint32_t segment) ON_NET_THREAD
{
	int err = check_segments(ep, datagram, way, segment);

	if (err)
		return err;
	if (way->path.netif->flags & NETIF_LOOPBACK)
		return send_piece(ep, datagram, way, 0, datagram->length,
				  segment);
	for (uint32_t at = 0; at < datagram->length && !err; at += segment)
		err = send_piece(ep, datagram, way, at,
				 MIN(segment, datagram->length - at), 0);
	return err;
}

/* ---- one datagram ---- */

static void send_datagram(struct endpoint *ep,
			  struct datagram *datagram) ON_NET_THREAD
{
	uint32_t segment = segment_of(ep, datagram);
	struct packet *packet;
	struct dgram_way way;
	uint16_t port = datagram->flags & DATAGRAM_HAS_NAME ?
				datagram->remote.port :
				ep->remote.port;
	bool known = (datagram->flags & DATAGRAM_HAS_NAME) ||
		     (ep->status & EP_CONNECTED);
	int err;

	if (!port || datagram->length > PAYLOAD_MAX) {
		dgram_refuse(ep, datagram,
			     !known ? -EDESTADDRREQ :
			     port   ? -EMSGSIZE :
				      -EINVAL);
		return;
	}
	if (!segment || datagram->length <= segment) {
		packet = dgram_packet(ep, datagram, UDP_HEADER);
		if (packet)
			send(ep, packet, port);
		return;
	}
	err = dgram_find_way(ep, datagram, &way);
	if (!err)
		err = send_segments(ep, datagram, &way, segment);
	if (!err) {
		dgram_stamp(ep, datagram);
		dgram_accepted(datagram);
	}
	dgram_refuse(ep, datagram, err);
}

/* ---- corked ---- */

static void copy_out(const struct datagram *from, struct datagram *to,
		     uint32_t at)
{
	for (uint32_t done = 0; done < from->length;) {
		uint8_t *source, *target;
		uint32_t n = datagram_span(from, done, &source);

		n = MIN(n, datagram_span(to, at + done, &target));
		memcpy(target, source, n);
		done += n;
	}
}

/* `more` behind what is pending; a new datagram that has the first one's
 * address and options. */
static struct datagram *joined(struct datagram *pending,
			       const struct datagram *more)
{
	struct datagram *both = datagram_new(pending->length + more->length);

	if (!both)
		return NULL;
	copy_out(pending, both, 0);
	copy_out(more, both, pending->length);
	both->flags = pending->flags;
	both->remote = pending->remote;
	both->local = pending->local;
	both->netif = pending->netif;
	both->ttl = pending->ttl;
	both->tos = pending->tos;
	both->mark = pending->mark;
	both->priority = pending->priority;
	both->segment_size = pending->segment_size;
	both->flow = pending->flow;
	both->options_length = pending->options_length;
	memcpy(both->options, pending->options, sizeof both->options);
	both->charge = pending->charge + more->charge;
	return both;
}

static void append(struct endpoint *ep, struct datagram *more) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	struct datagram *pending = half->pending, *both;

	/* Too much spoils all of it (Linux). */
	if (pending->length + more->length > PAYLOAD_MAX) {
		half->pending = NULL;
		dgram_refuse(ep, pending, 0);
		dgram_refuse(ep, more, -EMSGSIZE);
		return;
	}
	both = joined(pending, more);
	if (!both) {
		dgram_refuse(ep, more, -ENOBUFS);
		return;
	}
	dgram_accepted(more);
	datagram_free(pending);
	datagram_free(more);
	half->pending = both;
}

void udp_push_pending(struct endpoint *ep)
{
	struct dgram *half = dgram_of(ep);
	struct datagram *pending = half->pending;

	half->pending = NULL;
	if (pending)
		send_datagram(ep, pending);
}

static void take(struct endpoint *ep, struct datagram *datagram) ON_NET_THREAD
{
	struct dgram *half = dgram_of(ep);
	bool more = half->cork || (datagram->flags & DATAGRAM_MORE);

	if ((datagram->flags & DATAGRAM_TOO_LONG) ||
	    (!more && !half->pending)) {
		send_datagram(ep, datagram);
		return;
	}
	if (!half->pending) {
		dgram_accepted(datagram);
		half->pending = datagram;
	} else {
		append(ep, datagram);
	}
	if (!more)
		udp_push_pending(ep);
}

void udp_kick(struct endpoint *ep)
{
	struct datagram *datagram;

	while ((datagram = dgram_next(ep))) {
		if (dgram_autobind(ep))
			dgram_refuse(ep, datagram, -EAGAIN);
		else
			take(ep, datagram);
	}
}
