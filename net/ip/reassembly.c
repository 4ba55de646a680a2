// SPDX-License-Identifier: MIT
/*
 * IPv4 reassembly (RFC 791 3.2, RFC 815). Fragments are held as the packets
 * that they came as, in order of offset, for 30 seconds and within a bound of
 * memory over all datagrams. Overlapping fragments throw the whole datagram
 * away (RFC 5722's rule, applied to IPv4 as Linux does); an exact repetition
 * alone is dropped.
 */
#include "net/ip/ip.h"

#include "lib/string.h"
#include "net/core/instance.h"
#include "net/wire/checksum.h"
#include "net/wire/ip4.h"

#define TIMEOUT (30 * NSEC_PER_SEC)
#define MEMORY_MAX (512u * 1024)
#define QUEUE_MAX 256u /* datagrams at a time */
#define PIECES_MAX 128u /* fragments of one datagram */
#define FRAGMENT_COST 2048u /* charged per fragment beside its bytes */

/* Of a held fragment, in packet->scratch: its place in the datagram. */
#define FROM(packet) ((packet)->scratch[0])
#define TO(packet) ((packet)->scratch[1])

struct reassembly {
	struct list list;
	struct net *net;
	struct timer timer;
	struct net_addr src, dst;
	uint16_t id;
	uint8_t protocol;
	struct netif *netif;
	struct list pieces; /* packets, by offset, not overlapping */
	uint32_t count, memory, bytes;
	uint32_t total; /* payload length, 0: last fragment not seen */
};

static void finish(struct reassembly *r, enum reason why) ON_NET_THREAD
{
	struct net *net = r->net;
	struct packet *packet;

	while ((packet = LIST_POP(&r->pieces, struct packet, list))) {
		if (why)
			packet_drop(net, packet, why);
		else
			packet_free(net, packet);
	}
	timer_cancel(net, &r->timer);
	list_remove(&r->list);
	net->ip->reassembly_memory -= r->memory;
	net->ip->reassembly_count--;
	port_free(r);
}

static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void expired(struct net *net, struct timer *timer)
{
	struct reassembly *r = container_of(timer, struct reassembly, timer);
	struct packet *first = LIST_FIRST(&r->pieces, struct packet, list);

	net->stats.ip.reasm_timeout++;
	net->stats.ip.reasm_fails++;
	if (first && FROM(first) == 0)
		icmp_send_reassembly_timeout(net, first);
	finish(r, REASON_IP_FRAGMENT_TIMEOUT);
}

static struct reassembly *find(struct net *net, const struct packet *packet,
			       uint16_t id)
{
	struct reassembly *r;

	LIST_FOR_EACH(r, &net->ip->reassemblies, list)
		if (r->id == id && r->protocol == packet->protocol &&
		    r->netif == packet->netif &&
		    addr_equal(&r->src, &packet->src) &&
		    addr_equal(&r->dst, &packet->dst))
			return r;
	return NULL;
}

static void make_room(struct net *net) ON_NET_THREAD
{
	struct ip_stack *ip = net->ip;

	while (ip->reassembly_count && (ip->reassembly_memory > MEMORY_MAX ||
					ip->reassembly_count >= QUEUE_MAX)) {
		net->stats.ip.reasm_fails++;
		finish(LIST_FIRST(&ip->reassemblies, struct reassembly, list),
		       REASON_IP_FRAGMENT_LIMIT);
	}
}

static struct reassembly *create(struct net *net, const struct packet *packet,
				 uint16_t id) ON_NET_THREAD
{
	struct reassembly *r;

	make_room(net);
	r = port_alloc(sizeof *r);
	if (!r)
		return NULL;
	r->net = net;
	r->src = packet->src;
	r->dst = packet->dst;
	r->id = id;
	r->protocol = packet->protocol;
	r->netif = packet->netif;
	list_init(&r->pieces);
	timer_init(&r->timer, expired);
	timer_arm(net, &r->timer, net->now + TIMEOUT);
	list_push_back(&net->ip->reassemblies, &r->list);
	net->ip->reassembly_count++;
	return r;
}

/* Finds the place of [from, to). NULL in *after: at the front. */
static enum reason place(struct reassembly *r, uint32_t from, uint32_t to,
			 struct list **before, bool *same)
{
	struct packet *piece;

	*before = &r->pieces;
	*same = false;
	LIST_FOR_EACH(piece, &r->pieces, list) {
		if (FROM(piece) == from && TO(piece) == to) {
			*same = true;
			return REASON_IP_FRAGMENT_OVERLAP;
		}
		if (FROM(piece) < to && from < TO(piece))
			return REASON_IP_FRAGMENT_OVERLAP;
		if (FROM(piece) >= to) {
			*before = &piece->list;
			break;
		}
	}
	return REASON_NONE;
}

/* Copies all pieces behind a new header; NULL when there is no memory. */
static struct packet *join(struct reassembly *r) ON_NET_THREAD
{
	struct packet *first = LIST_FIRST(&r->pieces, struct packet, list);
	uint32_t header = (uint32_t)first->l4 - first->l3, done = 0;
	struct packet *whole = packet_new(r->net), *piece;
	struct buf *buf = port_buf_alloc(r->total);
	uint8_t *ip;

	if (!whole || !buf) {
		if (whole)
			packet_free(r->net, whole);
		if (buf)
			buf_put(buf);
		return NULL;
	}
	LIST_FOR_EACH(piece, &r->pieces, list)
		done += packet_copy(piece, piece->l4, buf->data + done,
				    TO(piece) - FROM(piece));
	ip = packet_append(whole, header);
	packet_copy(first, first->l3, ip, header);
	packet_add_fragment(whole, buf, 0, r->total);
	put_be16(ip + 2, (uint16_t)(header + r->total));
	put_be16(ip + 6, 0);
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, header)));
	whole->netif = first->netif;
	whole->time = first->time;
	memcpy(whole->link_src, first->link_src, 6);
	whole->flags = (first->flags & (PACKET_BROADCAST | PACKET_MULTICAST |
					PACKET_LOOPBACK)) |
		       PACKET_REASSEMBLED;
	whole->stage = STAGE_IP4_IN;
	return whole;
}

static verdict_t complete(struct net *net, struct reassembly *r) ON_NET_THREAD
{
	struct packet *whole = join(r);

	if (!whole) {
		net->stats.ip.reasm_fails++;
		finish(r, REASON_NO_MEMORY);
		return packet_held();
	}
	net->stats.ip.reasm_oks++;
	net_submit(net, whole);
	finish(r, REASON_NONE);
	return packet_held();
}

static verdict_t refuse(struct net *net, struct reassembly *r,
			bool same) ON_NET_THREAD
{
	net->stats.ip.reasm_fails++;
	if (!same)
		finish(r, REASON_IP_FRAGMENT_OVERLAP);
	return packet_dropped(REASON_IP_FRAGMENT_OVERLAP);
}

static void insert(struct net *net, struct reassembly *r, struct list *before,
		   struct packet *packet, uint32_t from, uint32_t to)
{
	uint32_t memory = packet->length + FRAGMENT_COST;

	FROM(packet) = from;
	TO(packet) = to;
	list_insert_before(before, &packet_hold(packet)->list);
	r->count++;
	r->bytes += to - from;
	r->memory += memory;
	net->ip->reassembly_memory += memory;
}

verdict_t ip4_reassemble(struct net *net, struct packet *packet)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, IP4_HEADER_MIN);
	struct list *before;
	struct reassembly *r;
	struct ip4_header h;
	uint32_t from, to;
	enum reason why;
	bool same;

	net->stats.ip.reasm_reqds++;
	if (!bytes || ip4_parse(bytes, IP4_HEADER_MIN, &h))
		return packet_dropped(REASON_IP_BAD_HEADER);
	from = h.offset;
	to = from + packet->length - packet->l4;
	if (to == from || to > 65535 - (uint32_t)h.header_length ||
	    (h.more_fragments && (to & 7))) {
		net->stats.ip.reasm_fails++;
		return packet_dropped(REASON_IP_FRAGMENT_MALFORMED);
	}
	r = find(net, packet, h.id);
	if (!r)
		r = create(net, packet, h.id);
	if (!r)
		return packet_dropped(REASON_NO_MEMORY);
	why = place(r, from, to, &before, &same);
	if (why || (r->total && to > r->total) ||
	    (!h.more_fragments &&
	     ((r->total && to != r->total) ||
	      (!list_empty(&r->pieces) &&
	       TO(LIST_LAST(&r->pieces, struct packet, list)) > to))))
		return refuse(net, r, same);
	if (r->count >= PIECES_MAX) {
		finish(r, REASON_IP_FRAGMENT_LIMIT);
		return packet_dropped(REASON_IP_FRAGMENT_LIMIT);
	}
	if (!h.more_fragments)
		r->total = to;
	insert(net, r, before, packet, from, to);
	if (r->total && r->bytes == r->total)
		return complete(net, r);
	make_room(net);
	return packet_held();
}

void ip4_reassembly_flush(struct net *net)
{
	struct reassembly *r;

	while ((r = LIST_FIRST(&net->ip->reassemblies, struct reassembly,
			       list)))
		finish(r, REASON_STACK_CLOSED);
}
