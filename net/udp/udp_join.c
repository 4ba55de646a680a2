// SPDX-License-Identifier: MIT
/*
 * UDP_GRO: datagrams of one flow that a card brought in one batch go to a socket
 * that asked for it as one, with the size of each beside it. They wait, as the
 * packets that they are (each has its record already), until one comes that
 * does not belong to them, or the batch ends; all are of the first one's size
 * but for the last, which may be shorter. What Linux's card would join is
 * joined: same names, TTL, traffic class; no options, no fragments.
 */
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/udp/udp.h"
#include "net/udp/udp_private.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define JOINED_MAX 64
#define BYTES_MAX (PACKET_MAX - IP6_HEADER_LENGTH - UDP_HEADER)

struct udp_joining {
	struct list list; /* udp->joining; in it while there are packets */
	struct endpoint *ep;
	uint32_t count, bytes;
	uint16_t src_port, dst_port;
	bool summed; /* with a checksum */
	struct packet *packets[JOINED_MAX];
};

static uint32_t length_of(const struct packet *packet)
{
	return packet->length - packet->payload;
}

static struct datagram *join_all(const struct udp_joining *j)
{
	struct datagram *datagram = datagram_new(j->bytes);
	uint32_t at = 0;

	for (uint32_t i = 0; datagram && i < j->count; i++) {
		const struct packet *packet = j->packets[i];
		uint32_t length = length_of(packet);

		for (uint32_t done = 0; done < length;) {
			uint8_t *to;
			uint32_t n = datagram_span(datagram, at, &to);

			n = MIN(n, length - done);
			packet_copy(packet, packet->payload + done, to, n);
			done += n;
			at += n;
		}
	}
	return datagram;
}

/* There was room for them when they came, but it may be gone. */
static verdict_t hand_over(struct udp_joining *j) ON_NET_THREAD
{
	struct packet *first = j->packets[0];
	struct datagram *datagram;

	if (j->count == 1)
		return dgram_deliver_part(j->ep, first, first->payload,
					  j->bytes, j->src_port, j->dst_port, 0,
					  REASON_UDP_RCVBUF_FULL);
	datagram = join_all(j);
	if (datagram)
		return dgram_deliver_made(j->ep, datagram, first, j->src_port,
					  j->dst_port,
					  (uint16_t)length_of(first),
					  REASON_UDP_RCVBUF_FULL);
	atomic_count(&j->ep->rx_dropped, j->count);
	return packet_dropped(REASON_NO_MEMORY);
}

static void flush(struct udp_joining *j) ON_NET_THREAD
{
	udp_count(j->ep->net, j->packets[0], hand_over(j), j->count);
	for (uint32_t i = 0; i < j->count; i++)
		packet_free(j->ep->net, j->packets[i]);
	j->count = j->bytes = 0;
	list_remove(&j->list);
}

void udp_flush_joined(struct net *net)
{
	struct udp_joining *j;

	while ((j = LIST_FIRST(&net->udp->joining, struct udp_joining, list)))
		flush(j);
}

void udp_end_joining(struct endpoint *ep)
{
	struct udp_joining *j = dgram_of(ep)->joining;

	if (j && j->count)
		flush(j);
}

static bool can_join(const struct packet *packet)
{
	const struct netif *netif = packet->netif;
	uint32_t header = addr_is_ip4(&packet->dst) ? IP4_HEADER_MIN :
						      IP6_HEADER_LENGTH;

	return !netif->kind && !(netif->flags & NETIF_LOOPBACK) &&
	       !packet->gso_size && length_of(packet) > 0 &&
	       !(packet->flags & PACKET_REASSEMBLED) &&
	       packet->l4 - packet->l3 == (int)header;
}

static bool belongs(const struct udp_joining *j, const struct packet *packet,
		    const struct udp_header *h)
{
	const struct packet *first = j->packets[0];

	return j->src_port == h->src_port && j->dst_port == h->dst_port &&
	       j->summed == (h->checksum != 0) &&
	       length_of(packet) <= length_of(first) &&
	       packet->netif == first->netif &&
	       addr_equal(&packet->src, &first->src) &&
	       addr_equal(&packet->dst, &first->dst) &&
	       packet->ttl == first->ttl && packet->tos == first->tos &&
	       packet->flow == first->flow;
}

static struct udp_joining *joining_of(struct endpoint *ep)
{
	struct dgram *half = dgram_of(ep);
	struct udp_joining *j = half->joining;

	if (j)
		return j;
	j = port_alloc(sizeof *j);
	if (!j)
		return NULL;
	j->ep = ep;
	list_init(&j->list);
	half->joining = j;
	return j;
}

static void add(struct udp_joining *j, struct packet *packet,
		const struct udp_header *h) ON_NET_THREAD
{
	uint32_t length = length_of(packet);

	if (!j->count) {
		j->src_port = h->src_port;
		j->dst_port = h->dst_port;
		j->summed = h->checksum != 0;
		list_push_back(&j->ep->net->udp->joining, &j->list);
	}
	packet_note_endpoint(packet, j->ep);
	j->packets[j->count++] = packet_hold(packet);
	j->bytes += length;
	if (length < length_of(j->packets[0]) || j->count == JOINED_MAX ||
	    j->bytes + length > BYTES_MAX)
		flush(j);
}

bool udp_join(struct endpoint *ep, struct packet *packet,
	      const struct udp_header *h, verdict_t *verdict)
{
	struct udp_joining *j;

	if (ep->filter || !can_join(packet) || !(j = joining_of(ep)))
		return false;
	if (j->count && !belongs(j, packet, h))
		flush(j);
	if (endpoint_sample_charge(ep) + j->bytes >=
	    atomic_load_relaxed(&ep->rcvbuf)) {
		packet_note_endpoint(packet, ep);
		atomic_count(&ep->rx_dropped, 1);
		*verdict = packet_dropped(REASON_UDP_RCVBUF_FULL);
		udp_count(ep->net, packet, *verdict, 1);
		return true;
	}
	add(j, packet, h);
	*verdict = packet_delivered();
	return true;
}
