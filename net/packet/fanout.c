// SPDX-License-Identifier: MIT
/*
 * Fanout (PACKET_FANOUT): several sockets share the frames of an interface, each
 * frame goes to one of them: by flow, in turn, by chance, or to the first that
 * has room.
 */
#include "lib/errno.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "net/packet/packet.h"

#define MEMBERS_MAX 256

enum { BY_HASH, IN_TURN, BY_CPU, ROLLOVER, BY_CHANCE, MODES };

struct packet_fanout {
	struct list list; /* net->fanouts */
	uint16_t id;
	uint8_t mode;
	uint16_t ethertype;
	uint32_t netif;
	uint32_t count, next;
	struct packet_socket *members[MEMBERS_MAX];
	/* The frame that was looked at last, and whose it is. */
	const struct packet *frame;
	uint64_t frame_id;
	enum packet_kind kind;
	struct packet_socket *chosen;
};

static struct packet_fanout *find(struct net *net, uint16_t id)
{
	struct packet_fanout *f;

	LIST_FOR_EACH(f, &net->fanouts, list)
		if (f->id == id)
			return f;
	return NULL;
}

static int join(struct packet_fanout *f, struct packet_socket *socket)
{
	if (f->count == MEMBERS_MAX)
		return -ENOSPC;
	f->members[f->count++] = socket;
	socket->fanout = f;
	return 0;
}

/* struct fanout_args: id in the low half, type (and flags) in the high one. */
int fanout_join(struct packet_socket *socket, uint32_t value)
{
	struct net *net = socket->ep->net;
	uint16_t id = (uint16_t)value;
	uint8_t mode = (uint8_t)(value >> 16);
	struct packet_fanout *f;

	if (socket->fanout)
		return -EALREADY;
	if (mode >= MODES)
		return -EINVAL;
	if (!socket->ethertype)
		return -EINVAL;
	f = find(net, id);
	if (f && (f->mode != mode || f->ethertype != socket->ethertype ||
		  f->netif != socket->netif))
		return -EINVAL;
	if (f)
		return join(f, socket);
	f = port_alloc(sizeof *f);
	if (!f)
		return -ENOMEM;
	f->id = id;
	f->mode = mode;
	f->ethertype = socket->ethertype;
	f->netif = socket->netif;
	list_push_back(&net->fanouts, &f->list);
	return join(f, socket);
}

void fanout_leave(struct packet_socket *socket)
{
	struct packet_fanout *f = socket->fanout;

	if (!f)
		return;
	socket->fanout = NULL;
	for (uint32_t i = 0; i < f->count; i++)
		if (f->members[i] == socket)
			f->members[i] = f->members[--f->count];
	f->chosen = NULL;
	f->frame = NULL;
	if (f->count)
		return;
	list_remove(&f->list);
	port_free(f);
}

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

static bool has_room(const struct packet_socket *socket) ON_NET_THREAD
{
	return endpoint_sample_charge(socket->ep) < socket->ep->rcvbuf;
}

static struct packet_socket *choose(struct packet_fanout *f,
				    const struct packet *packet) ON_NET_THREAD
{
	uint32_t start;

	switch (f->mode) {
	case BY_HASH:
		return f->members[flow_hash(packet) % f->count];
	case IN_TURN:
		return f->members[f->next++ % f->count];
	case BY_CHANCE:
		return f->members[net_random32() % f->count];
	case ROLLOVER:
		start = f->next % f->count;
		for (uint32_t i = 0; i < f->count; i++) {
			uint32_t n = (start + i) % f->count;

			if (!has_room(f->members[n]))
				continue;
			f->next = n;
			return f->members[n];
		}
		return f->members[start];
	default: /* one net thread: one CPU */
		return f->members[0];
	}
}

bool fanout_chooses(struct packet_socket *socket, const struct sighting *s)
{
	struct packet_fanout *f = socket->fanout;

	if (f->frame != s->packet || f->frame_id != s->packet->id ||
	    f->kind != s->kind || !f->chosen) {
		f->chosen = choose(f, s->packet);
		f->frame = s->packet;
		f->frame_id = s->packet->id;
		f->kind = s->kind;
	}
	return f->chosen == socket;
}

int fanout_value(const struct packet_socket *socket)
{
	const struct packet_fanout *f = socket->fanout;

	return f ? f->id | f->mode << 16 : 0;
}
