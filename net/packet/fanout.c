// SPDX-License-Identifier: MIT
/*
 * Fanout (PACKET_FANOUT): several sockets share the frames of an interface, each
 * frame goes to one of them: by flow, in turn, by chance, as a program says, or
 * to the first that has room. With rollover, who has no room passes a frame on,
 * and a flow that is most of the traffic is passed on earlier. Reassembly before
 * the choice (PACKET_FANOUT_FLAG_DEFRAG) and eBPF are not there.
 */
#include "lib/errno.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "net/core/filter.h"
#include "net/packet/packet.h"
#include "net/packet/ring.h"

#define MEMBERS_USUAL 256
#define MEMBERS_MAX 65536
#define HISTORY 16

enum { BY_HASH, IN_TURN, BY_CPU, ROLLOVER, BY_CHANCE, BY_QUEUE, BY_FILTER };

enum {
	FLAG_ROLLOVER = 0x10,
	FLAG_UNIQUE_ID = 0x20,
	FLAG_IGNORE_OUTGOING = 0x40,
	FLAGS = FLAG_ROLLOVER | FLAG_UNIQUE_ID | FLAG_IGNORE_OUTGOING,
};

struct packet_fanout {
	struct list list; /* net->fanouts */
	uint16_t id;
	uint8_t mode, flags;
	uint16_t ethertype;
	uint32_t netif;
	uint32_t count, most, next;
	struct filter *filter; /* BY_FILTER */
	struct packet_socket **members; /* `most` */
	/* The frame that was looked at last, and whose it is. */
	const struct packet *frame;
	uint64_t frame_id;
	enum packet_kind kind;
	struct packet_socket *chosen;
};

/* A member's way to pass on what it has no room for. */
struct packet_rollover {
	uint32_t next;
	uint64_t passed, huge, failed;
	uint32_t history[HISTORY]; /* hashes of flows seen of late */
};

static struct packet_fanout *find(struct net *net, uint16_t id)
{
	struct packet_fanout *f;

	LIST_FOR_EACH(f, &net->fanouts, list)
		if (f->id == id)
			return f;
	return NULL;
}

/* ---- Joining and leaving ---- */

/* struct fanout_args: id in the low half, type and flags in the high one. */
struct wish {
	uint16_t id;
	uint8_t mode, flags;
	uint32_t most;
};

static int check_wish(struct net *net, struct wish *wish)
{
	if (wish->mode > BY_FILTER || (wish->flags & ~FLAGS))
		return -EINVAL;
	if (wish->mode == ROLLOVER && (wish->flags & FLAG_ROLLOVER))
		return -EINVAL;
	if (!(wish->flags & FLAG_UNIQUE_ID))
		return 0;
	if (wish->id)
		return -EINVAL;
	for (uint32_t id = 1; id <= UINT16_MAX && !wish->id; id++)
		if (!find(net, (uint16_t)id))
			wish->id = (uint16_t)id;
	wish->flags &= (uint8_t)~FLAG_UNIQUE_ID;
	return wish->id ? 0 : -ENOMEM;
}

static int check_group(const struct packet_fanout *f,
		       const struct packet_socket *socket,
		       const struct wish *wish)
{
	if (f->flags != wish->flags || (wish->most && wish->most != f->most))
		return -EINVAL;
	if (f->mode != wish->mode || f->ethertype != socket->ethertype ||
	    f->netif != socket->netif)
		return -EINVAL;
	return f->count >= f->most ? -ENOSPC : 0;
}

static struct packet_fanout *make(struct packet_socket *socket,
				  const struct wish *wish)
{
	struct packet_fanout *f = port_alloc(sizeof *f);
	uint32_t most = wish->most ? wish->most : MEMBERS_USUAL;

	if (!f)
		return NULL;
	f->members = port_alloc(most * sizeof(struct packet_socket *));
	if (!f->members) {
		port_free(f);
		return NULL;
	}
	f->most = most;
	f->id = wish->id;
	f->mode = wish->mode;
	f->flags = wish->flags;
	f->ethertype = socket->ethertype;
	f->netif = socket->netif;
	list_push_back(&socket->ep->net->fanouts, &f->list);
	return f;
}

static void end(struct packet_fanout *f)
{
	list_remove(&f->list);
	filter_free(f->filter);
	port_free(f->members);
	port_free(f);
}

static int join(struct packet_fanout *f, struct packet_socket *socket)
{
	if (f->mode == ROLLOVER || (f->flags & FLAG_ROLLOVER)) {
		socket->rollover = port_alloc(sizeof *socket->rollover);
		if (!socket->rollover && !f->count)
			end(f);
		if (!socket->rollover)
			return -ENOMEM;
	}
	f->members[f->count++] = socket;
	socket->fanout = f;
	return 0;
}

int fanout_join(struct packet_socket *socket, uint32_t value, uint32_t most)
{
	struct net *net = socket->ep->net;
	struct wish wish = { (uint16_t)value, (uint8_t)(value >> 16),
			     (uint8_t)(value >> 24), most };
	struct packet_fanout *f;
	int err;

	if (wish.mode > BY_FILTER)
		return -EINVAL;
	if (socket->fanout)
		return -EALREADY;
	err = check_wish(net, &wish);
	if (err)
		return err;
	if (!socket->ethertype || most > MEMBERS_MAX)
		return -EINVAL;
	f = find(net, wish.id);
	err = f ? check_group(f, socket, &wish) : 0;
	if (err)
		return err;
	if (!f)
		f = make(socket, &wish);
	return f ? join(f, socket) : -ENOMEM;
}

void fanout_leave(struct packet_socket *socket)
{
	struct packet_fanout *f = socket->fanout;

	if (socket->rollover)
		port_free(socket->rollover);
	socket->rollover = NULL;
	if (!f)
		return;
	socket->fanout = NULL;
	for (uint32_t i = 0; i < f->count; i++)
		if (f->members[i] == socket)
			f->members[i] = f->members[--f->count];
	f->chosen = NULL;
	f->frame = NULL;
	if (!f->count)
		end(f);
}

int fanout_set_filter(struct packet_socket *socket, const void *bytes,
		      uint32_t length)
{
	struct packet_fanout *f = socket->fanout;
	struct filter *filter;
	int err;

	if (!f || f->mode != BY_FILTER || length % sizeof(struct filter_step))
		return -EINVAL;
	err = filter_make(bytes, length / sizeof(struct filter_step), &filter);
	if (err)
		return err;
	filter_free(f->filter);
	f->filter = filter;
	return 0;
}

int fanout_rollover_stats(const struct packet_socket *socket, uint8_t to[24])
{
	const struct packet_rollover *r = socket->rollover;

	if (!r)
		return -EINVAL;
	put_le64(to, r->passed);
	put_le64(to + 8, r->huge);
	put_le64(to + 16, r->failed);
	return 0;
}

/* ---- Choosing ---- */

/* Both directions of a flow hash to the same number. */
static uint32_t flow_hash(const struct packet *packet)
{
	uint64_t a = hash_bytes(packet->src.b, 16);
	uint64_t b = hash_bytes(packet->dst.b, 16);
	uint8_t ports[4] = { 0 };

	if (packet->l4 > packet->l3)
		packet_copy(packet, packet->l4, ports, 4);
	return (uint32_t)hash_u64((a ^ b) + get_le16(ports) +
				  get_le16(ports + 2));
}

static enum ring_room room_of(const struct packet_socket *socket) ON_NET_THREAD
{
	uint32_t limit = socket->ep->rcvbuf, used;

	if (socket->ring)
		return ring_room(socket);
	used = endpoint_sample_charge(socket->ep);
	if (used >= limit)
		return RING_FULL;
	return limit - used > limit / 4 ? RING_ROOM : RING_LOW;
}

/* Most of what the member has seen of late is this flow. */
static bool is_huge(struct packet_rollover *r, const struct packet *packet)
{
	uint32_t hash = flow_hash(packet), n = 0;

	for (int i = 0; i < HISTORY; i++)
		n += r->history[i] == hash;
	r->history[net_random32() % HISTORY] = hash;
	return n > HISTORY / 2;
}

/* The member itself if it may and has room, else the next that has plenty. */
static uint32_t roll_over(struct packet_fanout *f, const struct packet *packet,
			  uint32_t n, bool itself) ON_NET_THREAD
{
	struct packet_rollover *r = f->members[n]->rollover;
	enum ring_room room = room_of(f->members[n]);
	uint32_t start = MIN(r->next, f->count - 1), i = start;

	if (itself &&
	    (room == RING_ROOM || (room == RING_LOW && !is_huge(r, packet))))
		return n;
	do {
		if ((!itself || i != n) &&
		    room_of(f->members[i]) == RING_ROOM) {
			r->next = i;
			r->passed++;
			r->huge += itself && room == RING_LOW;
			return i;
		}
		i = (i + 1) % f->count;
	} while (i != start);
	r->failed++;
	return n;
}

/* The program sees a frame that comes in from its network header on. */
static uint32_t run_filter(struct packet_fanout *f, const struct sighting *s)
{
	const struct packet *packet = s->packet;
	uint32_t skip = s->kind == KIND_OUTGOING || s->made_up ?
				0 :
				s->link_length + s->cut;
	struct filter_input input = {
		.packet = packet,
		.offset = skip,
		.length = packet->length - MIN(skip, packet->length),
		.network = s->kind == KIND_OUTGOING ? (int32_t)s->link_length :
						      0,
		.protocol = s->ethertype,
		.tag = s->tag,
		.tag_protocol = s->tag_protocol,
		.kind = (uint8_t)s->kind,
		.netif = s->netif->index,
		.hardware = (uint16_t)s->netif->type,
	};

	return f->filter ? filter_run(f->filter, &input) : 0;
}

static uint32_t choose(struct packet_fanout *f,
		       const struct sighting *s) ON_NET_THREAD
{
	switch (f->mode) {
	case BY_HASH:
		return flow_hash(s->packet) % f->count;
	case IN_TURN:
		return ++f->next % f->count;
	case BY_CHANCE:
		return net_random32() % f->count;
	case BY_FILTER:
		return run_filter(f, s) % f->count;
	case ROLLOVER:
		return roll_over(f, s->packet, 0, false);
	default: /* one net thread: one CPU, one queue */
		return 0;
	}
}

bool fanout_chooses(struct packet_socket *socket, const struct sighting *s)
{
	struct packet_fanout *f = socket->fanout;
	uint32_t n;

	if (s->kind == KIND_OUTGOING && (f->flags & FLAG_IGNORE_OUTGOING))
		return false;
	if (f->frame != s->packet || f->frame_id != s->packet->id ||
	    f->kind != s->kind || !f->chosen) {
		n = choose(f, s);
		if (f->flags & FLAG_ROLLOVER)
			n = roll_over(f, s->packet, n, true);
		f->chosen = f->members[n];
		f->frame = s->packet;
		f->frame_id = s->packet->id;
		f->kind = s->kind;
	}
	return f->chosen == socket;
}

int fanout_value(const struct packet_socket *socket)
{
	const struct packet_fanout *f = socket->fanout;

	return f ? f->id | f->mode << 16 | f->flags << 24 : 0;
}
