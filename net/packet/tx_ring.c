// SPDX-License-Identifier: MIT
/*
 * Rings of frames to be sent (PACKET_TX_RING): the program writes frames into
 * memory that it has mapped and marks them; a send() takes all that are marked,
 * in order. A frame's bytes are copied before it is the program's again. What
 * stands in the ring is believed nowhere: lengths are read once, and checked.
 */
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/netif.h"
#include "net/core/vnet.h"
#include "net/packet/packet.h"
#include "net/packet/ring.h"
#include "net/wire/ethernet.h"

#define TAG 4
#define BATCH 256 /* frames: others' packets come in between */

enum { AVAILABLE, SEND_REQUEST, SENDING, WRONG_FORMAT = 4 };

struct packet_tx_ring {
	struct packet_ring_request shape;
	uint32_t version;
	uint32_t at; /* the frame to be looked at next */
};

int tx_ring_set(struct packet_socket *socket, const void *value,
		uint32_t length)
{
	const struct packet_ring_request *request = value;
	struct packet_tx_ring *ring;
	int err;

	if (length != sizeof *request)
		return -EINVAL;
	err = ring_check(request, socket->ring_version, socket->reserve);
	/* Blocks are received ones'. */
	if (!err && socket->ring_version == TPACKET_V3 &&
	    (request->retire_ms || request->private_size || request->features))
		err = -EINVAL;
	if (err)
		return err;
	if (request->block_count == 0) {
		tx_ring_free(socket);
		return 0;
	}
	if (socket->tx_ring)
		return -EBUSY;
	if (!request->pages)
		return 0; /* only asking */
	ring = port_alloc(sizeof *ring);
	if (!ring)
		return -ENOMEM;
	ring->shape = *request;
	ring->version = socket->ring_version;
	socket->tx_ring = ring;
	return 0;
}

void tx_ring_free(struct packet_socket *socket)
{
	if (socket->tx_ring)
		port_free(socket->tx_ring);
	socket->tx_ring = NULL;
}

void tx_ring_shape(const struct packet_socket *socket, uint8_t to[RING_SHAPE])
{
	ring_put_shape(&socket->tx_ring->shape, to);
}

/* ---- Frames ---- */

static const uint8_t *memory_at(const struct packet_tx_ring *ring,
				uint64_t offset)
{
	return ring->shape.pages[offset / RING_PAGE] + offset % RING_PAGE;
}

static void load(const struct packet_tx_ring *ring, uint64_t offset,
		 uint8_t *to, uint32_t n)
{
	while (n) {
		uint32_t part =
			MIN(n, RING_PAGE - (uint32_t)(offset % RING_PAGE));

		memcpy(to, memory_at(ring, offset), part);
		to += part;
		offset += part;
		n -= part;
	}
}

static uint32_t *status_at(const struct packet_tx_ring *ring, uint64_t frame)
{
	uint32_t at = ring->version == TPACKET_V3 ? 20 : 0;

	return (uint32_t *)memory_at(ring, frame + at);
}

struct frame {
	uint32_t length, start;
};

/* struct tpacket_hdr, tpacket2_hdr or tpacket3_hdr. */
static int parse(const struct packet_socket *socket, uint64_t at, uint32_t most,
		 struct frame *frame)
{
	const struct packet_tx_ring *ring = socket->tx_ring;
	uint32_t least = ring_header_length(ring->version), offset;
	uint32_t size = ring->shape.frame_size;
	uint8_t h[48];

	load(ring, at, h, least);
	switch (ring->version) {
	case TPACKET_V3:
		if (get_le32(h)) /* there is no next one in the frame */
			return -EINVAL;
		frame->length = get_le32(h + 16);
		offset = get_le16(h + (socket->cooked ? 26 : 24));
		break;
	case TPACKET_V2:
		frame->length = get_le32(h + 4);
		offset = get_le16(h + (socket->cooked ? 14 : 12));
		break;
	default:
		frame->length = get_le32(h + 8);
		offset = get_le16(h + (socket->cooked ? 18 : 16));
		break;
	}
	if (frame->length > most)
		return -EMSGSIZE;
	frame->start = socket->tx_has_offset ? offset : least;
	return frame->start < least || frame->start > size - frame->length ?
		       -EINVAL :
		       0;
}

/* Counts against SO_SNDBUF, as if it had come with the call. */
static void charge(struct packet *packet, struct endpoint *ep) ON_NET_THREAD
{
	uint32_t n = sizeof *packet;

	for (int i = 0; i < packet->fragment_count; i++)
		n += packet->fragments[i].buf->truesize;
	atomic_fetch_add(&ep->tx_charged, n);
	packet_charge(packet, ep, n);
}

static struct packet *packet_of(struct endpoint *ep,
				const struct packet_tx_ring *ring, uint64_t at,
				uint32_t length) ON_NET_THREAD
{
	struct net *net = ep->net;
	struct packet *packet = packet_new(net);

	while (packet && length) {
		struct buf *buf = port_buf_alloc(length);
		uint32_t n = buf ? MIN(length, buf->size) : 0;

		if (!buf || !packet_add_fragment(packet, buf, 0, n)) {
			if (buf)
				buf_put(buf);
			packet_free(net, packet);
			return NULL;
		}
		load(ring, at, buf->data, n);
		at += n;
		length -= n;
	}
	if (packet)
		charge(packet, ep);
	return packet;
}

/* -ENOBUFS: not now; other errors: the frame is bad. */
static int send_frame(struct packet_socket *socket, const struct outgoing *way,
		      uint64_t at, uint32_t most,
		      uint32_t *length) ON_NET_THREAD
{
	struct packet_tx_ring *ring = socket->tx_ring;
	uint8_t vnet[VNET_HEADER];
	struct packet *packet;
	struct frame frame;
	int err = parse(socket, at, most, &frame);

	if (err)
		return err;
	if (frame.length < socket->vnet_size)
		return -EINVAL;
	at += frame.start;
	if (socket->vnet_size)
		load(ring, at, vnet, VNET_HEADER);
	*length = frame.length - socket->vnet_size;
	if (socket->vnet_size && vnet_header_length(vnet) > *length)
		return -EINVAL;
	packet = packet_of(socket->ep, ring, at + socket->vnet_size, *length);
	if (!packet)
		return -ENOBUFS;
	return packet_send(socket, way, packet,
			   socket->vnet_size ? vnet : NULL);
}

/* The longest frame that may be sent: the link's, and the ring's. */
static uint32_t longest(const struct packet_socket *socket,
			const struct netif *netif)
{
	const struct packet_tx_ring *ring = socket->tx_ring;
	uint32_t most =
		ring->shape.frame_size - ring_header_length(ring->version);
	uint32_t link = netif->mtu + TAG;

	if (!socket->cooked && netif->type != NETIF_TYPE_NONE)
		link += ETHERNET_HEADER;
	return socket->vnet_size ? most : MIN(most, link);
}

static bool is_enough(const struct endpoint *ep, uint32_t frames)
{
	return frames >= BATCH || ep->net->work_count >= NETIF_BACKLOG ||
	       atomic_load(&ep->tx_charged) >= atomic_load(&ep->sndbuf);
}

int tx_ring_send(struct packet_socket *socket, const struct outgoing *way)
{
	struct packet_tx_ring *ring = socket->tx_ring;
	uint32_t most = longest(socket, way->netif), length, sum = 0;

	for (uint32_t i = 0;; i++) {
		uint64_t at = ring_frame(&ring->shape, ring->at);
		int err;

		if (atomic_load(status_at(ring, at)) != SEND_REQUEST)
			return (int)sum;
		/* At least one, or this would never end. */
		if (i > 0 && is_enough(socket->ep, i))
			return (int)(sum | PACKET_RING_MORE);
		length = 0;
		err = send_frame(socket, way, at, most, &length);
		if (err == -ENOBUFS)
			return sum ? (int)sum : err;
		if (err && !socket->loss) {
			atomic_store(status_at(ring, at), WRONG_FORMAT);
			return err;
		}
		atomic_store(status_at(ring, at), AVAILABLE);
		ring->at = (ring->at + 1) % ring->shape.frame_count;
		if (!err)
			sum += length;
	}
}
