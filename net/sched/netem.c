// SPDX-License-Identifier: MIT
/*
 * netem (tc-netem(8)): a network that one does not have. What happens to a
 * packet is decided when it comes in: doubled, lost, damaged; then it waits,
 * sorted by the time at which it may leave, or overtakes (reordering). A child
 * discipline gets what is due.
 *
 * Times are kept in nanoseconds. The timing wheel ticks once a millisecond and
 * is never early, so a packet leaves up to one millisecond (and a batch) late;
 * averages of rates hold. Large packets count as one, as in Linux, but are cut
 * before one is damaged.
 */
#include "net/sched/netem.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/gso.h"
#include "net/core/instance.h"
#include "net/sched/kinds.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"

#define ECN_MASK 3
#define IP4_CHECKSUM 10

/* Times may be absurd, but sums of them must not overflow. */
#define DELAY_MOST (INT64_MAX / 8)
#define DUE_MOST (INT64_MAX / 2)

/* ---- Damage ---- */

/* The byte at `offset`, in memory that is this packet's alone. NULL: none. */
static uint8_t *own_byte(struct packet *packet, uint32_t offset)
{
	uint32_t head = (uint32_t)packet->head_end - packet->head_start;
	struct fragment *f = packet->fragments;
	struct buf *buf;

	if (offset < head)
		return packet->head + packet->head_start + offset;
	for (offset -= head; offset >= f->length; f++)
		offset -= f->length;
	buf = port_buf_alloc(f->length);
	if (!buf)
		return NULL;
	memcpy(buf->data, fragment_data(f), f->length);
	buf_put(f->buf);
	f->buf = buf;
	f->offset = 0;
	return buf->data + offset;
}

static bool damage(struct netem *netem, struct packet *packet)
{
	uint8_t *byte;

	if (!packet->length)
		return true;
	packet_checksum_complete(packet);
	byte = own_byte(packet, netem_random(netem) % packet->length);
	if (!byte)
		return false;
	*byte ^= (uint8_t)(1u << netem_random(netem) % 8);
	return true;
}

/* Congestion Experienced (RFC 3168) instead of a loss; false: the packet's
 * sender does not know of it. */
static bool mark_congestion(struct packet *packet)
{
	uint16_t type, l3, old;
	uint8_t *ip, *at, shift;

	if (!gso_find_ip(packet, packet->netif->type != NETIF_ETHERNET, &type,
			 &l3))
		return false;
	ip = packet_header(packet, l3, 20);
	if (!ip || ip[0] >> 4 != (type == ETHERTYPE_IP4 ? 4 : 6))
		return false;
	shift = ip[0] >> 4 == 4 ? 0 : 4; /* across two bytes in IPv6 */
	if (!(ip[1] >> shift & ECN_MASK))
		return false;
	old = get_be16(ip);
	at = own_byte(packet, l3 + 1u);
	if (!at)
		return false;
	*at |= (uint8_t)(ECN_MASK << shift);
	if (shift)
		return true;
	ip = packet_header(packet, l3, 20);
	/* RFC 1624: HC' = ~(~HC + ~m + m') */
	put_be16(ip + IP4_CHECKSUM,
		 (uint16_t)~checksum_fold(
			 (uint64_t)(uint16_t)~get_be16(ip + IP4_CHECKSUM) +
			 (uint16_t)~old + get_be16(ip)));
	return true;
}

/* ---- In ---- */

static bool due_before(const struct rb_node *a, const struct rb_node *b)
{
	return RB_ENTRY(a, struct packet, node)->due <
	       RB_ENTRY(b, struct packet, node)->due;
}

static struct packet *packet_at(struct rb_node *node)
{
	return node ? RB_ENTRY(node, struct packet, node) : NULL;
}

static int64_t bounded(int64_t delay)
{
	return MIN(MAX(delay, -DELAY_MOST), DELAY_MOST);
}

/* How long the line is busy with it. */
static int64_t line_time(const struct netem_rate *rate,
			 const struct packet *packet)
{
	uint32_t n;
	int64_t length =
		(int64_t)packet_wire_length(packet, &n) + rate->packet_overhead;

	if (length < 0)
		length = 0;
	if (rate->cell_size)
		length = (int64_t)DIV_ROUND_UP((uint64_t)length,
					       rate->cell_size) *
			 ((int64_t)rate->cell_size + rate->cell_overhead);
	if (length <= 0)
		return 0;
	if (length > INT64_MAX / NSEC_PER_SEC)
		return DELAY_MOST;
	return (int64_t)MIN((uint64_t)(length * NSEC_PER_SEC) / rate->rate,
			    (uint64_t)DELAY_MOST);
}

/* When it may leave. With a rate it begins where the one before it ends, and
 * the time that it waits for that is part of its delay. */
static nsec_t due_time(struct netem *netem, const struct packet *packet)
{
	struct netem_settings *s = &netem->set;
	struct packet *last = packet_at(rb_last(&netem->waiting));
	nsec_t from = netem->q.netif->net->now;
	int64_t delay = netem_time(netem, bounded(s->latency),
				   (int32_t)s->jitter, &s->delay_chance,
				   netem->delay_dist);

	if (!s->rate.rate)
		return from + delay;
	if (last) {
		delay = MAX(delay - (last->due - from), (int64_t)0);
		from = last->due;
	}
	return MIN(from + delay + line_time(&s->rate, packet), DUE_MOST);
}

static bool is_full(const struct netem *netem)
{
	return netem->waiting_count + netem->ready_count >= netem->set.limit;
}

/* Takes over the caller's reference. */
static void store(struct netem *netem, struct packet *packet)
{
	struct netem_settings *s = &netem->set;

	qdisc_add(&netem->q, packet);
	if (s->gap && netem->counter >= s->gap - 1 &&
	    s->reorder >= netem_correlated(netem, &s->reorder_chance)) {
		netem->counter = 0;
		netem->q.requeues++;
		list_push_front(&netem->ready, &packet->list);
		netem->ready_count++;
		return;
	}
	netem->counter++;
	packet->due = due_time(netem, packet);
	rb_insert(&netem->waiting, &packet->node, due_before);
	netem->waiting_count++;
}

/* The pieces of a large packet, the first of them damaged. */
static verdict_t enqueue_pieces(struct netem *netem,
				struct packet *packet) ON_NET_THREAD
{
	struct net *net = netem->q.netif->net;
	struct list pieces;
	struct packet *piece;
	enum reason why;
	bool first = true;

	list_init(&pieces);
	gso_segments(net, packet, &pieces, &why);
	while ((piece = LIST_POP(&pieces, struct packet, list))) {
		why = is_full(netem)		     ? REASON_QDISC_OVERLIMIT :
		      first && !damage(netem, piece) ? REASON_NO_MEMORY :
						       REASON_NONE;
		first = false;
		if (why)
			qdisc_drop(&netem->q, piece, why);
		else
			store(netem, piece);
	}
	return first ? packet_dropped(why) : packet_consumed();
}

static verdict_t enqueue_one(struct netem *netem,
			     struct packet *packet) ON_NET_THREAD
{
	struct netem_settings *s = &netem->set;

	if (netem_happens(netem, s->corrupt, &s->corrupt_chance)) {
		if (packet->gso_size)
			return enqueue_pieces(netem, packet);
		if (!damage(netem, packet))
			return packet_dropped(REASON_NO_MEMORY);
	}
	if (is_full(netem))
		return packet_dropped(REASON_QDISC_OVERLIMIT);
	store(netem, packet_hold(packet));
	return packet_held();
}

static bool is_lost(struct netem *netem, struct packet *packet)
{
	if (!netem_loses(netem))
		return false;
	if (!netem->set.ecn || !mark_congestion(packet))
		return true;
	netem->q.drops++; /* as Linux counts what it marks */
	return false;
}

/* A second one, which is lost or damaged on its own account. */
static void enqueue_copy(struct netem *netem,
			 struct packet *packet) ON_NET_THREAD
{
	struct net *net = netem->q.netif->net;
	struct packet *copy = packet_clone(net, packet);
	verdict_t verdict;

	if (!copy)
		return;
	copy->id = 0;
	verdict = is_lost(netem, copy) ? packet_dropped(REASON_NETEM_LOSS) :
					 enqueue_one(netem, copy);
	if (verdict_is_drop(verdict))
		qdisc_drop(&netem->q, copy, verdict_reason(verdict));
	else
		packet_free(net, copy);
}

static verdict_t enqueue(struct qdisc *q, struct packet *packet) NET_THREAD_ROOT
{
	struct netem *netem = netem_of(q);
	struct netem_settings *s = &netem->set;
	bool twice = netem_happens(netem, s->duplicate, &s->duplicate_chance);
	bool lost = is_lost(netem, packet);

	if (lost && !twice)
		return packet_dropped(REASON_NETEM_LOSS);
	/* Of two, one is lost: one is left. */
	if (twice && !lost)
		enqueue_copy(netem, packet);
	return enqueue_one(netem, packet);
}

/* ---- Out ---- */

/* width * parts / 2^32 */
static int64_t share(int64_t width, uint32_t parts)
{
	return (width >> 32) * parts +
	       (int64_t)((uint64_t)(uint32_t)width * parts >> 32);
}

static void next_slot(struct netem *netem)
{
	struct netem_settings *s = &netem->set;
	struct netem_slot *slot = &s->slot;
	int64_t least = bounded(slot->min_delay);
	int64_t width = MAX(bounded(slot->max_delay) - least, (int64_t)0);
	int64_t delay;

	if (netem->slot_dist)
		delay = netem_time(netem, bounded(slot->dist_delay),
				   (int32_t)slot->dist_jitter, NULL,
				   netem->slot_dist);
	else
		delay = least + share(width, netem_random(netem));
	s->slot_next = netem->q.netif->net->now + delay;
	s->slot_packets = slot->max_packets;
	s->slot_bytes = slot->max_bytes;
}

static void use_slot(struct netem *netem, const struct packet *packet)
{
	struct netem_settings *s = &netem->set;
	uint32_t n;

	if (!s->slot_next)
		return;
	s->slot_packets--;
	s->slot_bytes -= packet_wire_length(packet, &n);
	if (s->slot_packets <= 0 || s->slot_bytes <= 0)
		next_slot(netem);
}

/* The next that is due, out of the tree; it is still counted as in. */
static struct packet *take_due(struct netem *netem) ON_NET_THREAD
{
	struct netem_settings *s = &netem->set;
	struct net *net = netem->q.netif->net;
	struct packet *packet = packet_at(rb_first(&netem->waiting));

	if (!packet)
		return NULL;
	if (s->slot_next && s->slot_next < packet->due)
		next_slot(netem);
	if (packet->due > net->now || s->slot_next > net->now) {
		timer_arm(net, &netem->timer, MAX(packet->due, s->slot_next));
		return NULL;
	}
	rb_erase(&netem->waiting, &packet->node);
	netem->waiting_count--;
	use_slot(netem, packet);
	return packet;
}

static void give_to_child(struct netem *netem,
			  struct packet *packet) ON_NET_THREAD
{
	struct qdisc *child = netem->q.child;
	uint32_t length = child->length, backlog = child->backlog, n;
	verdict_t verdict = child->kind->enqueue(child, packet);

	/* What it refused, or dropped instead, is gone from here, too. */
	netem->q.length -= length + 1 - child->length;
	netem->q.backlog -=
		backlog + packet_wire_length(packet, &n) - child->backlog;
	if (verdict_is_drop(verdict)) {
		child->drops++;
		qdisc_drop(&netem->q, packet, verdict_reason(verdict));
	} else {
		packet_free(netem->q.netif->net, packet);
	}
}

static struct packet *dequeue(struct qdisc *q) NET_THREAD_ROOT
{
	struct netem *netem = netem_of(q);
	struct packet *packet = LIST_POP(&netem->ready, struct packet, list);

	if (packet) {
		netem->ready_count--;
	} else {
		while ((packet = take_due(netem)) && q->child)
			give_to_child(netem, packet);
		if (q->child)
			packet = q->child->kind->dequeue(q->child);
	}
	if (packet)
		qdisc_sent(q, packet);
	return packet;
}

static void fire(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	qdisc_run(container_of(timer, struct netem, timer)->q.netif);
}

/* ---- Life ---- */

static int init(struct qdisc *q, struct qdisc_request *request)
{
	struct netem *netem = netem_of(q);

	list_init(&netem->ready);
	rb_init(&netem->waiting);
	timer_init(&netem->timer, fire);
	return request->options.data ? netem_change(q, request) : -EINVAL;
}

static void reset(struct qdisc *q) NET_THREAD_ROOT
{
	struct netem *netem = netem_of(q);
	struct packet *packet;

	qdisc_purge(q, &netem->ready);
	while ((packet = packet_at(rb_first(&netem->waiting)))) {
		rb_erase(&netem->waiting, &packet->node);
		list_push_back(&netem->ready, &packet->list);
	}
	netem->waiting_count = netem->ready_count = 0;
	qdisc_purge(q, &netem->ready);
	if (q->child) { /* which drops its own */
		q->length -= q->child->length;
		q->backlog -= q->child->backlog;
	}
	timer_cancel(netem->q.netif->net, &netem->timer);
}

static void destroy(struct qdisc *q)
{
	struct netem *netem = netem_of(q);

	if (netem->delay_dist)
		port_free(netem->delay_dist);
	if (netem->slot_dist)
		port_free(netem->slot_dist);
}

/* One netem on top of another would let packets wait in both: depth that
 * nobody bounds. One is enough for every setting. */
static int take_child(struct qdisc *q, const struct qdisc_kind *child,
		      struct qdisc_request *request)
{
	if (child != &netem_kind && child->enqueue)
		return 0;
	request->error_text = child == &netem_kind ?
				      "netem: no other netem below" :
				      "netem: no room for such a child";
	return -EOPNOTSUPP;
}

const struct qdisc_kind netem_kind = {
	.name = "netem",
	.size = sizeof(struct netem),
	.init = init,
	.change = netem_change,
	.reset = reset,
	.destroy = destroy,
	.enqueue = enqueue,
	.dequeue = dequeue,
	.describe = netem_describe,
	.take_child = take_child,
};
