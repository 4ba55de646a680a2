// SPDX-License-Identifier: MIT
/* See ring.h. */
#include "net/packet/ring.h"

#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/vnet.h"
#include "net/packet/packet.h"

#define ALIGNMENT 16u
#define ALIGNED_UP(n) (((n) + ALIGNMENT - 1) & ~(ALIGNMENT - 1))
#define ADDRESS_LENGTH 20 /* struct sockaddr_ll */
#define BLOCK_HEADER 48 /* struct tpacket_block_desc */
#define LINK_ROOM 16u /* Linux leaves at least this in front of the network */
#define DEFAULT_RETIRE (8 * NSEC_PER_MSEC)
#define STATUS_BLOCK_TIMEOUT 32
#define VNET_ROOM 16 /* more than any virtio header */

struct packet_ring {
	struct packet_socket *socket;
	struct packet_ring_request shape;
	uint32_t version;
	uint32_t at; /* the frame (V3: block) to be written next */
	/* V3: the block being filled. */
	bool open;
	uint32_t used, packets, last;
	uint64_t sequence;
	nsec_t first, newest;
	uint32_t freezes;
	bool frozen;
	struct timer retire;
};

/* Where the network header stands in a frame. */
static uint32_t network_offset(uint32_t version, uint32_t reserve,
			       uint32_t link, bool cooked)
{
	uint32_t base =
		ALIGNED_UP(ring_header_length(version)) + ADDRESS_LENGTH;

	if (cooked)
		return ALIGNED_UP(base) + LINK_ROOM + reserve;
	return ALIGNED_UP(base + MAX(link, LINK_ROOM)) + reserve;
}

int ring_check(const struct packet_ring_request *r, uint32_t version,
	       uint32_t reserve)
{
	uint32_t header =
		ALIGNED_UP(ring_header_length(version)) + ADDRESS_LENGTH;
	uint64_t per_block;

	if (r->block_count == 0)
		return r->frame_count ? -EINVAL : 0;
	if (r->block_size == 0 || r->block_size % RING_PAGE ||
	    r->block_size > INT32_MAX)
		return -EINVAL;
	if (version == TPACKET_V3 &&
	    (uint64_t)r->private_size + BLOCK_HEADER >= r->block_size)
		return -EINVAL;
	if (r->frame_size < header + reserve || r->frame_size % ALIGNMENT)
		return -EINVAL;
	per_block = r->block_size / r->frame_size;
	if (per_block == 0 || per_block * r->block_count != r->frame_count)
		return -EINVAL;
	return 0;
}

/* ---- Memory ---- */

static uint8_t *memory_at(const struct packet_ring *ring, uint64_t offset)
{
	return ring->shape.pages[offset / RING_PAGE] + offset % RING_PAGE;
}

static void store(struct packet_ring *ring, uint64_t offset, const void *from,
		  uint32_t n)
{
	const uint8_t *bytes = from;

	while (n) {
		uint32_t part =
			MIN(n, RING_PAGE - (uint32_t)(offset % RING_PAGE));

		memcpy(memory_at(ring, offset), bytes, part);
		bytes += part;
		offset += part;
		n -= part;
	}
}

static void store_32(struct packet_ring *ring, uint64_t offset, uint32_t value)
{
	uint8_t b[4];

	put_le32(b, value);
	store(ring, offset, b, 4);
}

/* Status words are aligned: never across pages. */
static uint32_t *word_at(const struct packet_ring *ring, uint64_t offset)
{
	return (uint32_t *)memory_at(ring, offset);
}

static void store_frame(struct packet_ring *ring, uint64_t offset,
			const struct sighting *s, uint32_t start,
			uint32_t front, uint32_t kept)
{
	uint32_t done = MIN(front, kept);

	store(ring, offset, s->link, done);
	while (done < kept) {
		uint64_t to = offset + done;
		uint32_t part = MIN(kept - done,
				    RING_PAGE - (uint32_t)(to % RING_PAGE));

		packet_copy(s->packet, start + done - front,
			    memory_at(ring, to), part);
		done += part;
	}
}

/* ---- What stands in front of a frame ---- */

static void store_address(struct packet_ring *ring, uint64_t offset,
			  const struct sighting *s)
{
	uint8_t name[ADDRESS_LENGTH] = { 17 };

	put_be16(name + 2, s->ethertype);
	put_le32(name + 4, s->netif->index);
	put_le16(name + 8, (uint16_t)s->netif->type);
	name[10] = (uint8_t)s->kind;
	if (s->netif->type != NETIF_TYPE_NONE)
		name[11] = 6;
	if (s->netif->type == NETIF_ETHERNET)
		packet_copy(s->packet, s->packet->l2 + 6, name + 12, 6);
	store(ring, offset, name, sizeof name);
}

struct placed {
	uint64_t offset; /* of the frame's header */
	uint32_t kept, length;
	uint32_t link, network; /* offsets in the frame */
	bool has_vnet;
	uint32_t status;
	uint16_t tag, tag_protocol;
	nsec_t time; /* wall clock */
};

/* struct tpacket_hdr and tpacket2_hdr, the status last. */
static void store_header(struct packet_ring *ring, const struct placed *p)
{
	bool old = ring->version == TPACKET_V1;
	uint32_t at = old ? 8 : 4; /* V1's status is a long */
	uint8_t b[32] = { 0 };

	put_le32(b + at, p->length);
	put_le32(b + at + 4, p->kept);
	put_le16(b + at + 8, (uint16_t)p->link);
	put_le16(b + at + 10, (uint16_t)p->network);
	put_le32(b + at + 12, (uint32_t)(p->time / NSEC_PER_SEC));
	put_le32(b + at + 16, (uint32_t)(p->time % NSEC_PER_SEC /
					 (old ? NSEC_PER_USEC : 1)));
	if (!old) {
		put_le16(b + 24, p->tag);
		put_le16(b + 26, p->tag_protocol);
	}
	store(ring, p->offset + 4, b + 4, sizeof b - 4);
	atomic_store(word_at(ring, p->offset), p->status);
}

static struct placed place(const struct packet_ring *ring,
			   const struct sighting *s, uint32_t kept,
			   uint32_t length)
{
	const struct packet_socket *socket = ring->socket;
	struct placed p = {
		.kept = kept,
		.length = length,
		.network = network_offset(ring->version, socket->reserve,
					  s->link_length, socket->cooked),
		.status = TP_STATUS_USER | s->status,
		.tag = s->tag,
		.tag_protocol = s->tag_protocol,
		.time = s->packet->time + socket->ep->net->tap.epoch,
	};

	p.network += socket->vnet_size;
	p.has_vnet = socket->vnet_size;
	p.link = p.network - (socket->cooked ? 0 : s->link_length);
	return p;
}

/* Right in front of the frame. */
static void store_vnet(struct packet_ring *ring, const struct placed *p,
		       const struct sighting *s, uint32_t start, uint32_t front)
{
	uint32_t size = ring->socket->vnet_size;
	uint8_t header[VNET_ROOM] = { 0 };

	if (!p->has_vnet)
		return;
	vnet_describe(s->packet, (int32_t)front - (int32_t)start, header);
	store(ring, p->offset + p->link - size, header, size);
}

/* ---- V1 and V2: frames of one size ---- */

static uint64_t frame_offset(const struct packet_ring *ring, uint32_t n)
{
	return ring_frame(&ring->shape, n);
}

static void watch(struct packet_ring *ring)
{
	uint32_t before = (ring->at ? ring->at : ring->shape.frame_count) - 1;

	atomic_store(ring->shape.watched,
		     word_at(ring, frame_offset(ring, before)));
}

/* It does not fit: what fits, and if the program wants that, all of it in the
 * socket's queue. */
static void cut(struct packet_ring *ring, struct placed *p,
		const struct sighting *s, uint32_t front) ON_NET_THREAD
{
	struct packet_socket *socket = ring->socket;
	uint32_t size = ring->shape.frame_size;

	if (socket->copy_threshold &&
	    packet_queue(socket, s, front, p->kept, p->length))
		p->status |= TP_STATUS_COPY;
	p->kept = p->link < size ? size - p->link : 0;
	p->has_vnet &= p->link < size;
}

static bool deliver_frame(struct packet_ring *ring, const struct sighting *s,
			  uint32_t start, uint32_t front, uint32_t kept,
			  uint32_t length) ON_NET_THREAD
{
	struct placed p = place(ring, s, kept, length);

	p.offset = frame_offset(ring, ring->at);
	if (atomic_load(word_at(ring, p.offset)) != 0)
		return false;
	if (p.link + p.kept > ring->shape.frame_size)
		cut(ring, &p, s, front);
	if (ring->socket->drops)
		p.status |= TP_STATUS_LOSING;
	store_vnet(ring, &p, s, start, front);
	store_frame(ring, p.offset + p.link, s, start, front, p.kept);
	store_address(ring,
		      p.offset + ALIGNED_UP(ring_header_length(ring->version)),
		      s);
	store_header(ring, &p);
	ring->at = (ring->at + 1) % ring->shape.frame_count;
	watch(ring);
	endpoint_wake(ring->socket->ep, NET_POLLIN);
	return true;
}

/* ---- V3: blocks ---- */

static uint64_t block_offset(const struct packet_ring *ring)
{
	return (uint64_t)ring->at * ring->shape.block_size;
}

static void watch_block(struct packet_ring *ring)
{
	uint32_t before = (ring->at ? ring->at : ring->shape.block_count) - 1;

	atomic_store(ring->shape.watched,
		     word_at(ring,
			     (uint64_t)before * ring->shape.block_size + 8));
}

static uint32_t first_packet(const struct packet_ring *ring)
{
	return ALIGNED_UP(BLOCK_HEADER + ring->shape.private_size);
}

/* Gives the block to the program and goes on with the next one. */
static void close_block(struct packet_ring *ring, uint32_t status) ON_NET_THREAD
{
	uint64_t block = block_offset(ring);

	if (!ring->open)
		return;
	if (ring->packets)
		store_32(ring, block + ring->last, 0); /* no next one */
	store_32(ring, block, 1); /* version */
	store_32(ring, block + 4, BLOCK_HEADER);
	store_32(ring, block + 12, ring->packets);
	store_32(ring, block + 16, first_packet(ring));
	store_32(ring, block + 20, ring->used);
	store(ring, block + 24, &ring->sequence, 8);
	store_32(ring, block + 32, (uint32_t)(ring->first / NSEC_PER_SEC));
	store_32(ring, block + 36, (uint32_t)(ring->first % NSEC_PER_SEC));
	store_32(ring, block + 40, (uint32_t)(ring->newest / NSEC_PER_SEC));
	store_32(ring, block + 44, (uint32_t)(ring->newest % NSEC_PER_SEC));
	atomic_store(word_at(ring, block + 8), TP_STATUS_USER | status);
	ring->open = false;
	ring->at = (ring->at + 1) % ring->shape.block_count;
	watch_block(ring);
	endpoint_wake(ring->socket->ep, NET_POLLIN);
}

static bool open_block(struct packet_ring *ring) ON_NET_THREAD
{
	if (atomic_load(word_at(ring, block_offset(ring) + 8)) != 0) {
		if (!ring->frozen)
			ring->freezes++;
		ring->frozen = true;
		return false;
	}
	ring->frozen = false;
	ring->open = true;
	ring->used = first_packet(ring);
	ring->packets = 0;
	ring->sequence++;
	timer_arm(ring->socket->ep->net, &ring->retire,
		  ring->socket->ep->net->now +
			  (ring->shape.retire_ms ?
				   ring->shape.retire_ms * NSEC_PER_MSEC :
				   DEFAULT_RETIRE));
	return true;
}

static void store_header3(struct packet_ring *ring, const struct placed *p)
{
	uint8_t b[48] = { 0 };

	put_le32(b + 4, (uint32_t)(p->time / NSEC_PER_SEC));
	put_le32(b + 8, (uint32_t)(p->time % NSEC_PER_SEC));
	put_le32(b + 12, p->kept);
	put_le32(b + 16, p->length);
	put_le32(b + 20, p->status);
	put_le16(b + 24, (uint16_t)p->link);
	put_le16(b + 26, (uint16_t)p->network);
	put_le32(b + 32, p->tag);
	put_le16(b + 36, p->tag_protocol);
	store(ring, p->offset, b, sizeof b);
}

static bool deliver_block(struct packet_ring *ring, const struct sighting *s,
			  uint32_t start, uint32_t front, uint32_t kept,
			  uint32_t length) ON_NET_THREAD
{
	struct placed p = place(ring, s, kept, length);
	uint32_t most = ring->shape.block_size - first_packet(ring);
	uint32_t need;

	if (p.link >= most)
		return false;
	p.kept = MIN(p.kept, most - p.link);
	need = ALIGNED_UP(p.link + p.kept);
	if (ring->open && ring->used + need > ring->shape.block_size)
		close_block(ring, 0);
	if (!ring->open && !open_block(ring))
		return false;
	p.offset = block_offset(ring) + ring->used;
	if (ring->packets)
		store_32(ring, block_offset(ring) + ring->last,
			 ring->used - ring->last);
	else
		ring->first = p.time;
	store_vnet(ring, &p, s, start, front);
	store_frame(ring, p.offset + p.link, s, start, front, p.kept);
	store_address(ring,
		      p.offset + ALIGNED_UP(ring_header_length(TPACKET_V3)), s);
	store_header3(ring, &p);
	ring->newest = p.time;
	ring->last = ring->used;
	ring->used = MIN(ring->used + need, ring->shape.block_size);
	ring->packets++;
	return true;
}

static void retire_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void retire_due(struct net *net, struct timer *timer)
{
	close_block(container_of(timer, struct packet_ring, retire),
		    STATUS_BLOCK_TIMEOUT);
}

/* ---- For socket.c and deliver.c ---- */

bool ring_deliver(struct packet_socket *socket, const struct sighting *s,
		  uint32_t front, uint32_t kept, uint32_t length)
{
	uint32_t start = sighting_start(s, socket->cooked);

	if (socket->ring_version == TPACKET_V3)
		return deliver_block(socket->ring, s, start, front, kept,
				     length);
	return deliver_frame(socket->ring, s, start, front, kept, length);
}

int ring_set(struct packet_socket *socket, const void *value, uint32_t length)
{
	const struct packet_ring_request *request = value;
	struct packet_ring *ring;
	int err;

	if (length != sizeof *request)
		return -EINVAL;
	err = ring_check(request, socket->ring_version, socket->reserve);
	if (err)
		return err;
	if (request->block_count == 0) {
		ring_free(socket);
		return 0;
	}
	if (socket->ring)
		return -EBUSY;
	if (!request->pages)
		return 0; /* only asking */
	ring = port_alloc(sizeof *ring);
	if (!ring)
		return -ENOMEM;
	ring->socket = socket;
	ring->shape = *request;
	ring->version = socket->ring_version;
	timer_init(&ring->retire, retire_due);
	socket->ring = ring;
	if (ring->version == TPACKET_V3)
		watch_block(ring);
	else
		watch(ring);
	return 0;
}

void ring_free(struct packet_socket *socket)
{
	struct packet_ring *ring = socket->ring;

	if (!ring)
		return;
	timer_cancel(socket->ep->net, &ring->retire);
	atomic_store(ring->shape.watched, NULL);
	socket->ring = NULL;
	port_free(ring);
}

void ring_put_shape(const struct packet_ring_request *shape, uint8_t to[28])
{
	put_le32(to, shape->block_size);
	put_le32(to + 4, shape->block_count);
	put_le32(to + 8, shape->frame_size);
	put_le32(to + 12, shape->frame_count);
	put_le32(to + 16, shape->retire_ms);
	put_le32(to + 20, shape->private_size);
	put_le32(to + 24, shape->features);
}

void ring_shape(const struct packet_socket *socket, uint8_t to[RING_SHAPE])
{
	ring_put_shape(&socket->ring->shape, to);
}

/* Whether the frame or block that is `ahead` of the next one is free. */
static bool is_free(const struct packet_ring *ring, uint32_t ahead)
{
	bool blocks = ring->version == TPACKET_V3;
	uint32_t n = (ring->at + ahead) % (blocks ? ring->shape.block_count :
						    ring->shape.frame_count);
	uint64_t offset = blocks ? (uint64_t)n * ring->shape.block_size + 8 :
				   frame_offset(ring, n);

	return atomic_load(word_at(ring, offset)) == 0;
}

enum ring_room ring_room(const struct packet_socket *socket)
{
	const struct packet_ring *ring = socket->ring;
	uint32_t count = ring->version == TPACKET_V3 ? ring->shape.block_count :
						       ring->shape.frame_count;

	if (is_free(ring, count / 4))
		return RING_ROOM;
	return is_free(ring, 0) ? RING_LOW : RING_FULL;
}

uint32_t ring_freezes(struct packet_socket *socket)
{
	uint32_t n = socket->ring ? socket->ring->freezes : 0;

	if (socket->ring)
		socket->ring->freezes = 0;
	return n;
}
