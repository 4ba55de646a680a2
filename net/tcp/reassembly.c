// SPDX-License-Identifier: MIT
/*
 * The reassembly queue; see reassembly.h.
 *
 * A packet's piece is kept in packet->scratch. Insertion trims the newcomer
 * against its neighbours until it overlaps nothing, then either appends it to
 * the range that ends where it begins or makes a range of it, and joins that
 * with the range that begins where it ends.
 */
#include "net/tcp/reassembly.h"

#include "net/core/port.h"

struct range {
	struct rb_node node; /* reassembly.ranges */
	seq_t left;
	seq_t right;
	struct list packets;
};

static struct range *range_of(struct rb_node *node)
{
	return node ? RB_ENTRY(node, struct range, node) : NULL;
}

static void set_piece(struct packet *packet, struct piece piece)
{
	packet->scratch[0] = piece.seq;
	packet->scratch[1] = piece.end;
	packet->scratch[2] = piece.offset;
}

static struct piece get_piece(const struct packet *packet)
{
	return (struct piece){
		.seq = packet->scratch[0],
		.end = packet->scratch[1],
		.offset = packet->scratch[2],
	};
}

uint32_t packet_truesize(const struct packet *packet)
{
	uint32_t size = sizeof(*packet);

	for (int i = 0; i < packet->fragment_count; i++)
		size += packet->fragments[i].buf->truesize;
	return size;
}

void reassembly_init(struct reassembly *q)
{
	*q = (struct reassembly){ 0 };
}

static ON_NET_THREAD void drop_packet(struct net *net, struct reassembly *q,
				      struct packet *packet)
{
	list_remove(&packet->list);
	q->truesize -= packet_truesize(packet);
	packet_free(net, packet);
}

static ON_NET_THREAD void drop_range(struct net *net, struct reassembly *q,
				     struct range *range)
{
	struct packet *packet;

	while ((packet = LIST_FIRST(&range->packets, struct packet, list)))
		drop_packet(net, q, packet);
	q->bytes -= range->right - range->left;
	q->range_count--;
	rb_erase(&q->ranges, &range->node);
	port_free(range);
}

void reassembly_clear(struct net *net, struct reassembly *q)
{
	struct rb_node *node;

	while ((node = rb_first(&q->ranges)))
		drop_range(net, q, range_of(node));
	q->recent_count = 0;
}

/* The last range that begins at or before `seq`, or NULL. */
static struct range *find_before(const struct reassembly *q, seq_t seq)
{
	struct rb_node *node = q->ranges.root;
	struct range *found = NULL;

	while (node) {
		struct range *range = range_of(node);

		if (seq_leq(range->left, seq)) {
			found = range;
			node = node->child[1];
		} else {
			node = node->child[0];
		}
	}
	return found;
}

static struct range *range_after(const struct reassembly *q,
				 const struct range *range)
{
	return range_of(range ? rb_next(&range->node) : rb_first(&q->ranges));
}

/* The newest block goes to the front; those that it swallowed disappear. */
static void remember_block(struct reassembly *q, const struct range *range)
{
	struct tcp_sack_block kept[TCP_MAX_SACKS];
	uint8_t n = 0;

	kept[n++] = (struct tcp_sack_block){ range->left, range->right };
	for (uint8_t i = 0; i < q->recent_count && n < TCP_MAX_SACKS; i++)
		if (seq_lt(q->recent[i].left, range->left) ||
		    seq_gt(q->recent[i].right, range->right))
			kept[n++] = q->recent[i];
	for (uint8_t i = 0; i < n; i++)
		q->recent[i] = kept[i];
	q->recent_count = n;
}

static struct range *new_range(struct reassembly *q, seq_t seq)
{
	struct rb_node **link = &q->ranges.root, *parent = NULL;
	struct range *range = port_alloc(sizeof(*range));

	if (!range)
		return NULL;
	range->left = range->right = seq;
	list_init(&range->packets);
	while (*link) {
		parent = *link;
		link = &parent->child[seq_gt(seq, range_of(parent)->left)];
	}
	rb_insert_at(&q->ranges, &range->node, parent, link);
	q->range_count++;
	return range;
}

/* `range` ends where `next` begins: one range of the two. */
static void join(struct reassembly *q, struct range *range, struct range *next)
{
	list_splice(&range->packets, &next->packets);
	range->right = next->right;
	q->range_count--;
	rb_erase(&q->ranges, &next->node);
	port_free(next);
}

static void report_duplicate(struct tcp_sack_block *out, seq_t left,
			     seq_t right)
{
	if (out->left == out->right)
		*out = (struct tcp_sack_block){ left, right };
}

/*
 * Makes the piece disjoint from every range. False: nothing is left of it.
 */
static ON_NET_THREAD bool trim(struct net *net, struct reassembly *q,
			       struct piece *piece,
			       struct tcp_sack_block *duplicate)
{
	struct range *before = find_before(q, piece->seq), *after;

	if (before && seq_gt(before->right, piece->seq)) {
		seq_t covered = seq_min(before->right, piece->end);

		report_duplicate(duplicate, piece->seq, covered);
		if (seq_leq(piece->end, before->right))
			return false;
		piece->offset += before->right - piece->seq;
		piece->seq = before->right;
	}
	while ((after = range_after(q, before)) &&
	       seq_lt(after->left, piece->end)) {
		seq_t covered = seq_min(after->right, piece->end);

		report_duplicate(duplicate, after->left, covered);
		if (seq_lt(piece->end, after->right)) {
			piece->end = after->left;
			break;
		}
		drop_range(net, q, after);
	}
	return true;
}

enum reason reassembly_insert(struct net *net, struct reassembly *q,
			      struct packet *packet, struct piece piece,
			      uint32_t limit, struct tcp_sack_block *duplicate)
{
	struct range *range, *next;

	/* One is kept whatever its buffers cost (Linux, too): else a loss in
	 * the smallest of windows would be repaired by timeouts alone. */
	if (q->truesize && q->truesize + packet_truesize(packet) > limit)
		return REASON_TCP_REASSEMBLY_FULL;
	if (!trim(net, q, &piece, duplicate))
		return REASON_TCP_OLD_DUPLICATE;
	range = find_before(q, piece.seq);
	if (!range || range->right != piece.seq)
		range = new_range(q, piece.seq);
	if (!range)
		return REASON_NO_MEMORY;
	set_piece(packet, piece);
	packet_hold(packet);
	list_push_back(&range->packets, &packet->list);
	q->truesize += packet_truesize(packet);
	q->bytes += piece.end - piece.seq;
	range->right = piece.end;
	next = range_after(q, range);
	if (next && next->left == range->right)
		join(q, range, next);
	remember_block(q, range);
	return REASON_NONE;
}

static void forget_block(struct reassembly *q, const struct range *range)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < q->recent_count; i++)
		if (seq_leq(q->recent[i].right, range->left) ||
		    seq_geq(q->recent[i].left, range->right))
			q->recent[n++] = q->recent[i];
	q->recent_count = n;
}

bool reassembly_prune(struct net *net, struct reassembly *q, seq_t keep,
		      uint32_t bytes)
{
	uint32_t before = q->truesize;
	struct range *last;

	while ((last = range_of(rb_last(&q->ranges))) &&
	       seq_gt(last->left, keep) && before - q->truesize < bytes) {
		forget_block(q, last);
		drop_range(net, q, last);
	}
	return q->truesize != before;
}

static void forget_blocks(struct reassembly *q, seq_t next)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < q->recent_count; i++)
		if (seq_gt(q->recent[i].right, next))
			q->recent[n++] = q->recent[i];
	q->recent_count = n;
}

/* Unlinks the first packet; its reference is now the caller's. */
static struct packet *pop(struct reassembly *q, struct range *range)
{
	struct packet *packet = LIST_POP(&range->packets, struct packet, list);
	struct piece piece = get_piece(packet);

	q->truesize -= packet_truesize(packet);
	q->bytes -= piece.end - piece.seq;
	range->left = piece.end;
	if (list_empty(&range->packets)) {
		q->range_count--;
		rb_erase(&q->ranges, &range->node);
		port_free(range);
	}
	return packet;
}

struct packet *reassembly_take(struct net *net, struct reassembly *q,
			       seq_t next, struct piece *piece)
{
	struct range *range;

	forget_blocks(q, next);
	while ((range = range_of(rb_first(&q->ranges))) &&
	       seq_leq(range->left, next)) {
		struct packet *packet = pop(q, range);

		*piece = get_piece(packet);
		if (seq_gt(piece->end, next)) {
			piece->offset += next - piece->seq;
			piece->seq = next;
			return packet;
		}
		packet_free(net, packet);
	}
	return NULL;
}

uint8_t reassembly_blocks(const struct reassembly *q, seq_t next,
			  struct tcp_sack_block *out, uint8_t max)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < q->recent_count && n < max; i++)
		if (seq_gt(q->recent[i].left, next))
			out[n++] = q->recent[i];
	return n;
}
