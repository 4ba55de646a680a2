// SPDX-License-Identifier: MIT
/*
 * Reassembly of both families (RFC 791 3.2, RFC 815, RFC 8200 4.5). Fragments
 * are held as the packets that they came as, in order of offset. Overlaps throw
 * the whole datagram away (RFC 5722, applied to IPv4 too, as Linux does); what
 * is there already is dropped alone. Memory over all datagrams is bounded by
 * ipfrag_high_thresh: above it the oldest are forgotten down to ipfrag_low_-
 * thresh. A datagram between whose fragments more than ipfrag_max_dist others
 * came from the same host begins anew.
 */
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/ip/limit.h"
#include "net/wire/checksum.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define PIECES_MAX 512u /* fragments of one datagram */
#define FRAGMENT_COST 2048u /* charged per fragment beside its bytes */

/* Of a held fragment, in packet->scratch: its place in the datagram. */
#define FROM(packet) ((packet)->scratch[0])
#define TO(packet) ((packet)->scratch[1])
#define NEXT_FIELD(packet) ((packet)->scratch[3]) /* of ip6_in.c */

struct reassembly {
	struct hnode node;
	struct list list; /* ip->oldest */
	struct net *net;
	struct timer timer;
	struct net_addr src, dst;
	uint32_t id;
	uint8_t protocol; /* IPv6: 0 */
	uint8_t next; /* IPv6: the first fragment's next header */
	uint8_t ecn; /* bit per ECN field seen */
	uint32_t netif; /* IPv6 link-local: index, else 0 */
	struct list pieces; /* packets, by offset, not overlapping */
	uint32_t count, memory, bytes;
	uint32_t total; /* payload length, 0: last fragment not seen */
	uint32_t distance; /* the source's fragments at the last one of ours */
};

/* One fragment, whatever its family. */
struct part {
	uint32_t id, from, to;
	uint8_t protocol, next;
	bool more;
};

static uint32_t high(const struct net *net, bool six)
{
	const struct ip_tunables *t = &net->tunables.ip;

	return (uint32_t)(six ? t->frag6_high : t->frag_high);
}

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
	hlist_remove(&r->node);
	list_remove(&r->list);
	net->ip->reassembly_memory -= r->memory;
	net->ip->reassembly_count--;
	port_free(r);
}

/* On the interface of its first piece. */
static void count(const struct reassembly *r, size_t at)
{
	const struct packet *first =
		LIST_FIRST(&r->pieces, struct packet, list);

	if (addr_is_ip4(&r->src))
		stat_add(&r->net->stats.ip, at, 1);
	else
		ip6_count(r->net, first ? first->netif : NULL, at, 1);
}

static void expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void expired(struct net *net, struct timer *timer)
{
	struct reassembly *r = container_of(timer, struct reassembly, timer);
	struct packet *first = LIST_FIRST(&r->pieces, struct packet, list);

	count(r, IP_STAT(reasm_timeout));
	count(r, IP_STAT(reasm_fails));
	if (first && FROM(first) == 0)
		icmp_send_reassembly_timeout(net, first);
	finish(r, REASON_IP_FRAGMENT_TIMEOUT);
}

static struct hlist *bucket(struct net *net, const struct packet *packet,
			    const struct part *part)
{
	struct {
		struct net_addr src, dst;
		uint32_t id, protocol;
	} key = { packet->src, packet->dst, part->id, part->protocol };
	uint64_t h = siphash(&net->secret, &key, sizeof key);

	return &net->ip->reassemblies[h % REASSEMBLY_BUCKETS];
}

/* Link-local addresses name hosts on one link only. */
static uint32_t zone(const struct packet *packet)
{
	return addr_is_link_local6(&packet->src) ? packet->netif->index : 0;
}

static struct reassembly *find(struct net *net, const struct packet *packet,
			       const struct part *part)
{
	struct reassembly *r;

	HLIST_FOR_EACH(r, bucket(net, packet, part), node)
		if (r->id == part->id && r->protocol == part->protocol &&
		    r->netif == zone(packet) &&
		    addr_equal(&r->src, &packet->src) &&
		    addr_equal(&r->dst, &packet->dst))
			return r;
	return NULL;
}

static void make_room(struct net *net, bool six) ON_NET_THREAD
{
	const struct ip_tunables *t = &net->tunables.ip;
	uint32_t low = (uint32_t)(six ? t->frag6_low : t->frag_low);
	struct ip_stack *ip = net->ip;

	if (ip->reassembly_memory <= high(net, six))
		return;
	while (ip->reassembly_memory > low) {
		struct reassembly *r =
			LIST_FIRST(&ip->oldest, struct reassembly, list);

		if (!r)
			return;
		count(r, IP_STAT(reasm_fails));
		finish(r, REASON_IP_FRAGMENT_LIMIT);
	}
}

static struct reassembly *create(struct net *net, const struct packet *packet,
				 const struct part *part) ON_NET_THREAD
{
	bool six = !addr_is_ip4(&packet->dst);
	int32_t seconds = six ? net->tunables.ip.frag6_time :
				net->tunables.ip.frag_time;
	struct reassembly *r;

	if (!high(net, six))
		return NULL; /* switched off */
	r = port_alloc(sizeof *r);
	if (!r)
		return NULL;
	r->net = net;
	r->src = packet->src;
	r->dst = packet->dst;
	r->id = part->id;
	r->protocol = part->protocol;
	r->netif = zone(packet);
	r->memory = sizeof *r;
	list_init(&r->pieces);
	list_init(&r->list);
	timer_init(&r->timer, expired);
	timer_arm(net, &r->timer, net->now + seconds * NSEC_PER_SEC);
	hlist_add(bucket(net, packet, part), &r->node);
	list_push_back(&net->ip->oldest, &r->list);
	net->ip->reassembly_count++;
	net->ip->reassembly_memory += r->memory;
	return r;
}

/* All of [from, to) has come before. */
static bool covered(struct reassembly *r, uint32_t from, uint32_t to)
{
	struct packet *piece;

	LIST_FOR_EACH(piece, &r->pieces, list) {
		if (FROM(piece) > from)
			return false;
		if (TO(piece) >= to)
			return true;
		from = MAX(from, TO(piece));
	}
	return false;
}

/* Finds the place of [from, to), from the end since most come in order.
 * *before: the entry behind it. */
static enum reason place(struct reassembly *r, uint32_t from, uint32_t to,
			 struct list **before, bool *there)
{
	struct packet *piece;

	*before = &r->pieces;
	*there = false;
	LIST_FOR_EACH_REVERSE(piece, &r->pieces, list) {
		if (TO(piece) <= from)
			break;
		if (FROM(piece) < to) {
			*there = covered(r, from, to);
			return REASON_IP_FRAGMENT_OVERLAP;
		}
		*before = &piece->list;
	}
	return REASON_NONE;
}

/* The header of the whole in its head; `size` is its length. */
static void put_header4(struct reassembly *r, const struct packet *first,
			struct packet *whole, bool ce) ON_NET_THREAD
{
	uint32_t size = (uint32_t)first->l4 - first->l3;
	uint8_t *ip = packet_append(whole, size);

	packet_copy(first, first->l3, ip, size);
	if (ce)
		ip[1] |= 3;
	put_be16(ip + 2, (uint16_t)(size + r->total));
	put_be16(ip + 6, 0);
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, size)));
	whole->stage = STAGE_IP4_IN;
}

/* Bytes of extension headers in front of the first fragment header: they are
 * the whole's (RFC 8200 4.5). */
static uint32_t extensions_of(const struct reassembly *r,
			      const struct packet *first)
{
	return addr_is_ip4(&r->dst) ?
		       0 :
		       (uint32_t)first->l4 - first->l3 - IP6_HEADER_LENGTH;
}

/* The last header in front, which named the fragment header, stands where
 * find_transport() has noted it: in IPv6's own or among the extensions. */
static void put_header6(struct reassembly *r, const struct packet *first,
			struct packet *whole, uint8_t *extensions,
			bool ce) ON_NET_THREAD
{
	uint8_t *ip = packet_append(whole, IP6_HEADER_LENGTH);
	uint32_t length = extensions_of(r, first), field = NEXT_FIELD(first);

	packet_copy(first, first->l3, ip, IP6_HEADER_LENGTH);
	packet_copy(first, first->l3 + IP6_HEADER_LENGTH, extensions, length);
	if (ce)
		ip[1] |= 0x30;
	put_be16(ip + 4, (uint16_t)(length + r->total));
	if (length)
		extensions[field - IP6_HEADER_LENGTH] = r->next;
	else
		ip[6] = r->next;
	whole->stage = STAGE_IP6_IN;
}

/* Copies all pieces behind a new header; NULL when there is no memory. */
static struct packet *join(struct reassembly *r) ON_NET_THREAD
{
	struct packet *first = LIST_FIRST(&r->pieces, struct packet, list);
	struct packet *whole = packet_new(r->net), *piece;
	uint32_t extra = extensions_of(r, first), done = extra, most = 0;
	struct buf *buf = port_buf_alloc(extra + r->total);
	bool ce = r->ecn & 8;

	if (!whole || !buf) {
		if (whole)
			packet_free(r->net, whole);
		if (buf)
			buf_put(buf);
		return NULL;
	}
	LIST_FOR_EACH(piece, &r->pieces, list) {
		done += packet_copy(piece, piece->payload, buf->data + done,
				    TO(piece) - FROM(piece));
		most = MAX(most, piece->length - piece->l3);
	}
	if (addr_is_ip4(&r->dst))
		put_header4(r, first, whole, ce);
	else
		put_header6(r, first, whole, buf->data, ce);
	packet_add_fragment(whole, buf, 0, extra + r->total);
	whole->netif = first->netif;
	whole->fragment_size = (uint16_t)MIN(most, UINT16_MAX);
	whole->time = first->time;
	memcpy(whole->link_src, first->link_src, 6);
	whole->flags = (first->flags & (PACKET_BROADCAST | PACKET_MULTICAST |
					PACKET_LOOPBACK)) |
		       PACKET_REASSEMBLED;
	return whole;
}

static verdict_t complete(struct net *net, struct reassembly *r) ON_NET_THREAD
{
	struct packet *whole;

	/* RFC 3168 5.3: some said "not capable", another was marked. */
	if ((r->ecn & 9) == 9 ||
	    r->total + extensions_of(r, LIST_FIRST(&r->pieces, struct packet,
						   list)) >
		    65535) {
		count(r, IP_STAT(reasm_fails));
		finish(r, REASON_IP_FRAGMENT_MALFORMED);
		return packet_held();
	}
	whole = join(r);
	if (!whole) {
		count(r, IP_STAT(reasm_fails));
		finish(r, REASON_NO_MEMORY);
		return packet_held();
	}
	count(r, IP_STAT(reasm_oks));
	net_submit(net, whole);
	finish(r, REASON_NONE);
	return packet_held();
}

static void insert(struct net *net, struct reassembly *r, struct list *before,
		   struct packet *packet, const struct part *part)
{
	uint32_t memory = packet->length + FRAGMENT_COST;

	FROM(packet) = part->from;
	TO(packet) = part->to;
	list_insert_before(before, &packet_hold(packet)->list);
	r->count++;
	r->bytes += part->to - part->from;
	r->memory += memory;
	r->ecn |= (uint8_t)(1 << (packet->tos & 3));
	if (part->from == 0)
		r->next = part->next;
	net->ip->reassembly_memory += memory;
}

/* Linux's ip_frag_too_far(): the identification may have come round. */
static bool too_far(struct net *net, struct reassembly *r) ON_NET_THREAD
{
	uint32_t most = (uint32_t)net->tunables.ip.frag_max_dist;
	struct limit_peer *peer;
	uint32_t before = r->distance;

	if (!most || !addr_is_ip4(&r->src))
		return false;
	peer = limit_peer_of(net, &r->src);
	if (!peer)
		return false;
	r->distance = ++peer->fragments;
	return r->count && r->distance - before > most;
}

/* The end of the datagram contradicts what is known. */
static bool contradicts(const struct reassembly *r, const struct part *part)
{
	const struct packet *last = LIST_LAST(&r->pieces, struct packet, list);

	if (r->total && part->to > r->total)
		return true;
	if (part->more)
		return false;
	return (r->total && part->to != r->total) ||
	       (last && TO(last) > part->to);
}

static verdict_t refuse(struct net *net, struct reassembly *r,
			enum reason why) ON_NET_THREAD
{
	count(r, IP_STAT(reasm_fails));
	finish(r, why);
	return packet_dropped(why);
}

static verdict_t take(struct net *net, struct packet *packet,
		      const struct part *part) ON_NET_THREAD
{
	struct reassembly *r = find(net, packet, part);
	struct list *before;
	enum reason why;
	bool there;

	if (r && too_far(net, r)) {
		count(r, IP_STAT(reasm_fails));
		finish(r, REASON_IP_FRAGMENT_LIMIT);
		r = NULL;
	}
	if (!r) {
		r = create(net, packet, part);
		if (!r)
			return packet_dropped(REASON_NO_MEMORY);
		too_far(net, r);
	}
	why = place(r, part->from, part->to, &before, &there);
	if (there) {
		ip_count(net, packet, IP_STAT(reasm_fails));
		return packet_dropped(why);
	}
	if (why || contradicts(r, part))
		return refuse(net, r, REASON_IP_FRAGMENT_OVERLAP);
	if (r->count >= PIECES_MAX)
		return refuse(net, r, REASON_IP_FRAGMENT_LIMIT);
	if (!part->more)
		r->total = part->to;
	insert(net, r, before, packet, part);
	if (r->total && r->bytes == r->total)
		return complete(net, r);
	make_room(net, !addr_is_ip4(&packet->dst));
	return packet_held();
}

verdict_t ip4_reassemble(struct net *net, struct packet *packet)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l3, IP4_HEADER_MIN);
	struct part part = { 0 };
	struct ip4_header h;

	ip_count(net, packet, IP_STAT(reasm_reqds));
	if (!bytes || ip4_parse(bytes, IP4_HEADER_MIN, &h))
		return packet_dropped(REASON_IP_BAD_HEADER);
	packet->payload = packet->l4;
	part.id = h.id;
	part.protocol = h.protocol;
	part.more = h.more_fragments;
	part.from = h.offset;
	part.to = part.from + packet->length - packet->payload;
	if (part.to == part.from ||
	    part.to > 65535 - (uint32_t)h.header_length ||
	    (part.more && (part.to & 7))) {
		ip_count(net, packet, IP_STAT(reasm_fails));
		return packet_dropped(REASON_IP_FRAGMENT_MALFORMED);
	}
	return take(net, packet, &part);
}

/* The fragment header stands at l4. */
verdict_t ip6_reassemble(struct net *net, struct packet *packet)
{
	const uint8_t *bytes = packet_header(packet, packet->l4, 8);
	struct part part = { 0 };
	uint16_t word;

	ip_count(net, packet, IP_STAT(reasm_reqds));
	if (!bytes)
		return packet_dropped(REASON_PACKET_TOO_SHORT);
	word = get_be16(bytes + 2);
	part.next = bytes[0];
	part.id = get_be32(bytes + 4);
	part.more = word & 1;
	part.from = word & ~7u;
	packet->payload = packet->l4 + 8;
	part.to = part.from + packet->length - packet->payload;
	if (part.more && (part.to & 7)) {
		ip_count(net, packet, IP_STAT(reasm_fails));
		icmp_send_parameter_problem(net, packet, 0, 4);
		return packet_dropped(REASON_IP_FRAGMENT_MALFORMED);
	}
	if (part.to > 65535) {
		ip_count(net, packet, IP_STAT(reasm_fails));
		icmp_send_parameter_problem(
			net, packet, 0, (uint32_t)packet->l4 + 2 - packet->l3);
		return packet_dropped(REASON_IP_FRAGMENT_MALFORMED);
	}
	if (part.to == part.from) {
		ip_count(net, packet, IP_STAT(reasm_fails));
		return packet_dropped(REASON_IP_FRAGMENT_MALFORMED);
	}
	return take(net, packet, &part);
}

void ip_reassembly_flush(struct net *net)
{
	struct reassembly *r;

	while ((r = LIST_FIRST(&net->ip->oldest, struct reassembly, list)))
		finish(r, REASON_STACK_CLOSED);
}
