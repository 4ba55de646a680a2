// SPDX-License-Identifier: MIT
/*
 * virtio-net (Virtual I/O Device 1.1, section 5.1) as an interface of the
 * stack. Received frames lie in the very buffers that the device wrote;
 * transmitted ones are read by the device from the sender's buffers.
 *
 * Everything but the two interrupt handlers runs on the net thread, so there
 * is no lock. A card may go to another stack (net/core/travel.h): it is then
 * the other one's thread, and the card has another struct netif. What it was
 * told to send belongs to the stack where it arrives, and what ethtool switched
 * off stays off there.
 *
 * Interrupts stay off from the first one until poll() has found the queues
 * empty. Completed transmissions are collected whenever poll() or a full ring
 * gives the occasion.
 */
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/link.h"
#include "net/core/netif.h"
#include "net/core/packet.h"
#include "net/core/port.h"

#define F_CSUM (1ull << 0)
#define F_GUEST_CSUM (1ull << 1)
#define F_MAC (1ull << 5)
#define F_GUEST_TSO4 (1ull << 7)
#define F_GUEST_TSO6 (1ull << 8)
#define F_HOST_TSO4 (1ull << 11)
#define F_HOST_TSO6 (1ull << 12)
#define F_MRG_RXBUF (1ull << 15)
#define F_STATUS (1ull << 16)

#define CONFIG_MAC 0
#define CONFIG_STATUS 6
#define LINK_UP 1

/* struct virtio_net_hdr: offsets and values. */
#define HDR_FLAGS 0
#define HDR_GSO_TYPE 1
#define HDR_LENGTH 2
#define HDR_GSO_SIZE 4
#define HDR_CSUM_START 6
#define HDR_CSUM_OFFSET 8
#define HDR_BUFFERS 10
#define HDR_MAX 12
#define FLAG_NEEDS_CSUM 1
#define FLAG_DATA_VALID 2
#define HDR_GSO_TCP4 1
#define HDR_GSO_TCP6 4
#define HDR_GSO_ECN 0x80

#define RING_SIZE 256
#define LAST_BUFFERS 20 /* more than a merged packet of 64 KiB has */
#define SEGMENTS (PACKET_FRAGMENTS + 2)
#define SMALL_BUFFER 2048
#define LARGE_BUFFER (4096 - 64)

struct slot {
	uint8_t header[HDR_MAX];
	struct packet *packet;
	struct slot *next_free;
};

struct card {
	/* Atomic; NULL while the card goes to another stack: then nobody looks
	 * at it. `telling` counts interrupt handlers that use it. */
	struct netif *netif;
	uint32_t telling; /* atomic */
	struct virtio_device *device;
	struct virtqueue *receive, *transmit;
	struct slot *slots, *free;
	uint32_t header_size, buffer_size;
	bool mergeable;
	uint32_t features_wanted; /* while it goes to another stack */
};

static void refill(struct card *card)
{
	while (virtq_room(card->receive)) {
		struct buf *buf = port_buf_alloc(card->buffer_size);
		struct virtq_segment segment;

		if (!buf)
			break;
		segment.address = direct_paddr(buf->data);
		segment.length = buf->size;
		if (virtq_add(card->receive, &segment, 0, 1, buf)) {
			buf_put(buf);
			break;
		}
	}
	virtq_publish(card->receive);
}

static void collect(struct card *card, struct net *net)
{
	struct slot *slot;

	while ((slot = virtq_take(card->transmit, NULL))) {
		packet_free(net, slot->packet);
		slot->packet = NULL;
		slot->next_free = card->free;
		card->free = slot;
	}
}

static void collect_sent(struct card *card)
{
	collect(card, card->netif->net);
}

/* What the device says about checksum and segmentation. */
static void read_header(struct packet *packet, const uint8_t *header)
{
	if (header[HDR_FLAGS] & FLAG_NEEDS_CSUM) {
		packet->flags |= PACKET_CSUM_PARTIAL;
		packet->csum_start = get_le16(header + HDR_CSUM_START);
		packet->csum_offset = get_le16(header + HDR_CSUM_OFFSET);
	} else if (header[HDR_FLAGS] & FLAG_DATA_VALID) {
		packet->flags |= PACKET_CSUM_GOOD;
	}
	switch (header[HDR_GSO_TYPE] & ~HDR_GSO_ECN) {
	case HDR_GSO_TCP4:
		packet->gso_type = GSO_TCP4;
		break;
	case HDR_GSO_TCP6:
		packet->gso_type = GSO_TCP6;
		break;
	default:
		return;
	}
	packet->gso_size = get_le16(header + HDR_GSO_SIZE);
}

/*
 * Without a buffer in the ring no packet would come, hence no interrupt and no
 * other occasion to refill it, however much memory there is by then. So when
 * there is none now, the last buffers are not given away.
 */
static bool running_dry(struct card *card)
{
	struct virtqueue *queue = card->receive;

	if (virtq_room(queue) + LAST_BUFFERS < queue->size)
		return false;
	refill(card);
	return virtq_room(queue) + LAST_BUFFERS >= queue->size;
}

/* Drops a packet: its buffers go back into the ring. */
static void recycle(struct card *card, struct buf *buf, unsigned buffers)
{
	card->netif->stats.rx_dropped++;
	do {
		struct virtq_segment segment = { direct_paddr(buf->data),
						 buf->size };

		if (virtq_add(card->receive, &segment, 0, 1, buf))
			buf_put(buf);
	} while (buffers-- > 1 && (buf = virtq_take(card->receive, NULL)));
}

/* The further buffers of a merged packet. False: it is unusable. */
static bool merge_rest(struct card *card, struct packet *packet,
		       unsigned buffers)
{
	bool whole = true;

	while (--buffers) {
		uint32_t length;
		struct buf *buf = virtq_take(card->receive, &length);

		if (!buf)
			return false;
		if (!whole || length > buf->size ||
		    !packet_add_fragment(packet, buf, 0, length)) {
			buf_put(buf);
			whole = false;
		}
	}
	return whole;
}

/* One received packet, to the stack. False: none there. */
static bool receive_one(struct card *card)
{
	uint32_t length;
	struct buf *buf = virtq_take(card->receive, &length);
	struct packet *packet;
	unsigned buffers;

	if (!buf)
		return false;
	buffers = card->mergeable ? get_le16(buf->data + HDR_BUFFERS) : 1;
	if (length <= card->header_size || length > buf->size || !buffers ||
	    running_dry(card)) {
		recycle(card, buf, buffers);
		return true;
	}
	packet = packet_new(card->netif->net);
	if (!packet) {
		recycle(card, buf, buffers);
		return true;
	}
	read_header(packet, buf->data);
	packet_add_fragment(packet, buf, card->header_size,
			    length - card->header_size);
	if (buffers > 1 && !merge_rest(card, packet, buffers)) {
		card->netif->stats.rx_errors++;
		packet_free(card->netif->net, packet);
		return true;
	}
	netif_receive(card->netif, packet);
	return true;
}

static int poll(struct netif *netif, int budget)
{
	struct card *card = netif->driver;
	int count = 0;

	collect_sent(card);
	if (netif->stopped && card->free)
		netif_wake(netif);
	while (count < budget && receive_one(card))
		count++;
	refill(card);
	if (count == budget)
		return count;
	if (virtq_enable_interrupts(card->receive) ||
	    virtq_enable_interrupts_late(card->transmit)) {
		virtq_disable_interrupts(card->receive);
		virtq_disable_interrupts(card->transmit);
		return budget;
	}
	return count;
}

static void write_header(uint8_t *header, const struct packet *packet)
{
	memset(header, 0, HDR_MAX);
	if (packet->flags & PACKET_CSUM_PARTIAL) {
		header[HDR_FLAGS] = FLAG_NEEDS_CSUM;
		put_le16(header + HDR_CSUM_START, packet->csum_start);
		put_le16(header + HDR_CSUM_OFFSET, packet->csum_offset);
	}
	if (packet->gso_type == GSO_TCP4 || packet->gso_type == GSO_TCP6) {
		header[HDR_GSO_TYPE] = packet->gso_type == GSO_TCP4 ?
					       HDR_GSO_TCP4 :
					       HDR_GSO_TCP6;
		put_le16(header + HDR_LENGTH, packet->payload);
		put_le16(header + HDR_GSO_SIZE, packet->gso_size);
	}
}

static int transmit(struct netif *netif, struct packet *packet)
{
	struct card *card = netif->driver;
	struct virtq_segment segments[SEGMENTS];
	struct slot *slot;
	unsigned count = 0;

	if (!card->free)
		collect_sent(card);
	slot = card->free;
	if (!slot)
		return -EBUSY;
	write_header(slot->header, packet);
	segments[count++] = (struct virtq_segment){ direct_paddr(slot->header),
						    card->header_size };
	if (packet->head_end > packet->head_start)
		segments[count++] = (struct virtq_segment){
			direct_paddr(packet->head + packet->head_start),
			(uint32_t)packet->head_end - packet->head_start
		};
	for (unsigned i = 0; i < packet->fragment_count; i++)
		segments[count++] = (struct virtq_segment){
			direct_paddr(fragment_data(&packet->fragments[i])),
			packet->fragments[i].length
		};
	if (virtq_add(card->transmit, segments, count, 0, slot))
		return -EBUSY;
	card->free = slot->next_free;
	slot->packet = packet_hold(packet);
	virtq_publish(card->transmit);
	return 0;
}

static void queue_interrupt(struct virtqueue *queue)
{
	struct card *card = queue->driver;
	struct netif *netif;

	virtq_disable_interrupts(queue);
	atomic_fetch_add(&card->telling, 1);
	netif = atomic_load(&card->netif);
	if (netif)
		netif_schedule(netif);
	atomic_fetch_sub(&card->telling, 1);
}

static int make_slots(struct card *card)
{
	card->slots = kcalloc(card->transmit->size, sizeof(*card->slots));
	if (!card->slots)
		return -ENOMEM;
	for (unsigned i = 0; i < card->transmit->size; i++) {
		card->slots[i].next_free = card->free;
		card->free = &card->slots[i];
	}
	return 0;
}

/* ---- Where it is ---- */

static void abandon(struct net *net, void *own);
static int create(struct net *net, struct link_request *request,
		  struct netif **out) NET_THREAD_ROOT;
static void joined(struct netif *netif) NET_THREAD_ROOT;
static void *depart(struct netif *netif) NET_THREAD_ROOT;

static const struct link_kind card_kind = {
	.name = "eth",
	.create = create,
	.joined = joined,
	.depart = depart,
	.abandon = abandon,
	.moves = true,
	.device = true,
};

static const struct netif_ops card_ops = {
	.transmit = transmit,
	.poll = poll,
	.detached = link_detached,
	.travel = &card_kind,
};

static int transmit_nowhere(struct netif *netif, struct packet *packet)
{
	return -ENETDOWN;
}

static const struct netif_ops left_ops = {
	.transmit = transmit_nowhere,
	.detached = link_detached,
};

static void *depart(struct netif *netif)
{
	struct card *card = netif->driver;

	atomic_store(&card->netif, NULL);
	atomic_fence();
	while (atomic_load(&card->telling))
		;
	collect(card, netif->net);
	for (unsigned i = 0; i < card->transmit->size; i++)
		if (card->slots[i].packet)
			packet_depart(netif->net, card->slots[i].packet);
	card->features_wanted = netif->features_wanted;
	netif->ops = &left_ops;
	return card;
}

static void joined(struct netif *netif)
{
	struct card *card = netif->driver;

	for (unsigned i = 0; i < card->transmit->size; i++)
		if (card->slots[i].packet)
			packet_arrive(netif->net, card->slots[i].packet);
	link_set_features(netif, netif->features_can,
			  netif->features_can & card->features_wanted);
	atomic_store(&card->netif, netif);
}

/* No memory where it was to go to. */
static void abandon(struct net *net, void *own)
{
	log_warn("network: no memory for a card's interface: it is lost");
}

static void describe(struct card *card, struct netif *netif)
{
	struct virtio_device *device = card->device;
	uint64_t features = device->features;

	netif->ops = &card_ops;
	netif->driver = card;
	string_copy(netif->name, "eth%d", sizeof(netif->name));
	netif->type = NETIF_ETHERNET;
	netif->mtu = netif->max_mtu = 1500;
	for (unsigned i = 0; i < 6; i++)
		netif->mac[i] =
			device->transport->config(device, CONFIG_MAC + i);
	if (features & F_CSUM)
		netif->features |= NETIF_TX_CHECKSUM;
	if (features & F_GUEST_CSUM)
		netif->features |= NETIF_RX_CHECKSUM;
	if ((features & F_CSUM) && (features & F_HOST_TSO4))
		netif->features |= NETIF_TSO4;
	if ((features & F_CSUM) && (features & F_HOST_TSO6))
		netif->features |= NETIF_TSO6;
	netif->gso_max = netif->features & NETIF_TSO4 ? 65535 : 0;
	netif->link_up = !(features & F_STATUS) ||
			 (virtio_config_16(device, CONFIG_STATUS) & LINK_UP);
	memcpy(netif->permanent_mac, netif->mac, 6);
	netif_set_features(netif, netif->features);
}

static int create(struct net *net, struct link_request *request,
		  struct netif **out)
{
	struct netif *netif = port_alloc(sizeof *netif);

	if (!netif)
		return -ENOMEM;
	describe((struct card *)request->own, netif);
	*out = netif;
	return 0;
}

/* Guest segmentation makes sense only with buffers that can be merged. */
static uint64_t wanted_features(struct virtio_device *device)
{
	uint64_t offered = device->transport->features(device);
	uint64_t wanted = F_CSUM | F_MAC | F_HOST_TSO4 | F_HOST_TSO6 |
			  F_MRG_RXBUF | F_STATUS | F_GUEST_CSUM;

	if (offered & F_MRG_RXBUF)
		wanted |= F_GUEST_TSO4 | F_GUEST_TSO6;
	return wanted;
}

static int set_up(struct card *card, struct virtio_device *device)
{
	int error = virtio_negotiate(device, wanted_features(device));

	if (error)
		return error;
	card->mergeable = device->features & F_MRG_RXBUF;
	card->header_size =
		device->features & (F_MRG_RXBUF | VIRTIO_F_VERSION_1) ? 12 : 10;
	card->buffer_size = device->features & F_GUEST_TSO4 ? LARGE_BUFFER :
							      SMALL_BUFFER;
	card->receive = virtio_queue(device, 0, RING_SIZE, 1, queue_interrupt);
	card->transmit =
		virtio_queue(device, 1, RING_SIZE, SEGMENTS, queue_interrupt);
	if (!card->receive || !card->transmit)
		return -ENOMEM;
	card->receive->driver = card->transmit->driver = card;
	card->netif = port_alloc(sizeof *card->netif);
	if (!card->netif)
		return -ENOMEM;
	describe(card, card->netif);
	return make_slots(card);
}

static int start(struct virtio_device *device)
{
	struct card *card = kzalloc(sizeof(*card));
	int error;

	if (!card)
		return -ENOMEM;
	card->device = device;
	error = set_up(card, device);
	if (error) {
		if (card->netif)
			port_free(card->netif);
		kfree(card);
		return error;
	}
	device->driver = card;
	virtio_ready(device);
	refill(card);
	net_thread_attach(card->netif);
	return 0;
}

const struct virtio_driver virtio_net_driver = { VIRTIO_NET, start };
