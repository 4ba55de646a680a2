// SPDX-License-Identifier: MIT
/* Options of packet sockets (SOL_PACKET, packet(7)), with Linux's checks. */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/vnet.h"
#include "net/packet/packet.h"
#include "net/packet/ring.h"

#define SOL_PACKET 263
#define PACKET_ADD_MEMBERSHIP 1
#define PACKET_DROP_MEMBERSHIP 2
#define PACKET_STATISTICS 6
#define PACKET_COPY_THRESH 7
#define PACKET_AUXDATA 8
#define PACKET_ORIGDEV 9
#define PACKET_VERSION 10
#define PACKET_HDRLEN 11
#define PACKET_RESERVE 12
#define PACKET_LOSS 14
#define PACKET_VNET_HDR 15
#define PACKET_TIMESTAMP 17
#define PACKET_FANOUT 18
#define PACKET_TX_HAS_OFF 19
#define PACKET_QDISC_BYPASS 20
#define PACKET_ROLLOVER_STATS 21
#define PACKET_FANOUT_DATA 22
#define PACKET_IGNORE_OUTGOING 23
#define PACKET_VNET_HDR_SZ 24

#define VNET_MERGEABLE 12 /* struct virtio_net_hdr_mrg_rxbuf */

static struct packet_socket *socket_of(const struct endpoint *ep)
{
	return ep->half;
}

/* Those that are switches. NULL: it is none of them. */
static bool *flag_of(struct packet_socket *socket, int name)
{
	switch (name) {
	case PACKET_AUXDATA:
		return &socket->aux_data;
	case PACKET_ORIGDEV:
		return &socket->original_device;
	case PACKET_LOSS:
		return &socket->loss;
	case PACKET_TX_HAS_OFF:
		return &socket->tx_has_offset;
	case PACKET_QDISC_BYPASS:
		return &socket->qdisc_bypass;
	case PACKET_IGNORE_OUTGOING:
		return &socket->ignore_outgoing;
	default:
		return NULL;
	}
}

/* ---- Setting ---- */

/* How long a value must be: at least, and at most. */
static int check_length(int name, uint32_t length)
{
	switch (name) {
	case PACKET_AUXDATA:
	case PACKET_ORIGDEV:
	case PACKET_VNET_HDR:
	case PACKET_VNET_HDR_SZ:
		return length < 4 ? -EINVAL : 0;
	case PACKET_FANOUT:
		return length == 4 || length == 8 ? 0 : -EINVAL;
	default:
		return length == 4 ? 0 : -EINVAL;
	}
}

/* What a ring's frames look like may not change under it. */
static bool shapes_frames(int name)
{
	return name == PACKET_VERSION || name == PACKET_RESERVE ||
	       name == PACKET_LOSS || name == PACKET_VNET_HDR ||
	       name == PACKET_VNET_HDR_SZ;
}

static bool is_valid(const struct packet_socket *socket, int name,
		     uint32_t value)
{
	switch (name) {
	case PACKET_VERSION:
		return value <= TPACKET_V3;
	case PACKET_RESERVE:
		return value <= INT32_MAX;
	case PACKET_IGNORE_OUTGOING:
		return value <= 1;
	case PACKET_VNET_HDR:
		return !socket->cooked;
	case PACKET_VNET_HDR_SZ:
		return !socket->cooked && (value == 0 || value == VNET_HEADER ||
					   value == VNET_MERGEABLE);
	default:
		return true;
	}
}

/* -ENOPROTOOPT: it is none of these. */
static int set_number(struct packet_socket *socket, int name, uint32_t value)
{
	bool *flag = flag_of(socket, name);

	if (flag) {
		*flag = value;
		if (name == PACKET_AUXDATA) /* the user side looks */
			sockopt_tell(socket->ep, TELL_INFO, value);
		return 0;
	}
	switch (name) {
	case PACKET_COPY_THRESH:
		socket->copy_threshold = value;
		return 0;
	case PACKET_VERSION:
		socket->ring_version = value;
		return 0;
	case PACKET_RESERVE:
		socket->reserve = value;
		return 0;
	case PACKET_VNET_HDR:
		socket->vnet_size = value ? VNET_HEADER : 0;
		return 0;
	case PACKET_VNET_HDR_SZ:
		socket->vnet_size = value;
		return 0;
	case PACKET_TIMESTAMP:
		socket->timestamp = value;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static bool is_number(struct packet_socket *socket, int name)
{
	return flag_of(socket, name) || shapes_frames(name) ||
	       name == PACKET_COPY_THRESH || name == PACKET_TIMESTAMP ||
	       name == PACKET_FANOUT;
}

int packet_set_option(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length)
{
	struct packet_socket *socket = socket_of(ep);
	uint32_t number;

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	if (name == PACKET_ADD_MEMBERSHIP || name == PACKET_DROP_MEMBERSHIP)
		return member_change(socket, value, length,
				     name == PACKET_ADD_MEMBERSHIP);
	if (name == PACKET_RX_RING)
		return ring_set(socket, value, length);
	if (name == PACKET_TX_RING)
		return tx_ring_set(socket, value, length);
	if (name == PACKET_FANOUT_DATA)
		return fanout_set_filter(socket, value, length);
	if (!is_number(socket, name))
		return -ENOPROTOOPT;
	if ((name == PACKET_VNET_HDR || name == PACKET_VNET_HDR_SZ) &&
	    socket->cooked)
		return -EINVAL;
	if (check_length(name, length))
		return -EINVAL;
	number = get_le32(value);
	if (name == PACKET_FANOUT)
		return fanout_join(
			socket, number,
			length == 8 ? get_le32((const uint8_t *)value + 4) : 0);
	if (!is_valid(socket, name, number))
		return -EINVAL;
	if (shapes_frames(name) && (socket->ring || socket->tx_ring))
		return -EBUSY;
	return set_number(socket, name, number);
}

/* ---- Getting ---- */

/* struct tpacket_stats(_v3); reading it begins anew. */
static int get_statistics(struct packet_socket *socket, void *value,
			  uint32_t length)
{
	uint8_t stats[12];
	uint32_t n = socket->ring_version == TPACKET_V3 ? 12 : 8;

	put_le32(stats, socket->packets);
	put_le32(stats + 4, socket->drops);
	put_le32(stats + 8, ring_freezes(socket));
	socket->packets = socket->drops = 0;
	n = MIN(n, length);
	memcpy(value, stats, n);
	return (int)n;
}

static int get_rollover(const struct packet_socket *socket, void *value,
			uint32_t length)
{
	uint8_t stats[24];
	int err = fanout_rollover_stats(socket, stats);

	if (err)
		return err;
	length = MIN(length, (uint32_t)sizeof stats);
	memcpy(value, stats, length);
	return (int)length;
}

static int header_length(const uint8_t *value, uint32_t length, int *result)
{
	uint32_t version;

	if (length < 4)
		return -EINVAL;
	version = get_le32(value);
	if (version > TPACKET_V3)
		return -EINVAL;
	*result = (int)ring_header_length(version);
	return 0;
}

static int get_number(const struct packet_socket *socket, int name, int *value)
{
	switch (name) {
	case PACKET_COPY_THRESH:
		*value = (int)socket->copy_threshold;
		return 0;
	case PACKET_VERSION:
		*value = (int)socket->ring_version;
		return 0;
	case PACKET_RESERVE:
		*value = (int)socket->reserve;
		return 0;
	case PACKET_VNET_HDR:
		*value = socket->vnet_size != 0;
		return 0;
	case PACKET_VNET_HDR_SZ:
		*value = (int)socket->vnet_size;
		return 0;
	case PACKET_TIMESTAMP:
		*value = (int)socket->timestamp;
		return 0;
	case PACKET_FANOUT:
		*value = fanout_value(socket);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int packet_get_option(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length)
{
	struct packet_socket *socket = socket_of(ep);
	const bool *flag;
	int v, err;

	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	if (name == PACKET_STATISTICS)
		return get_statistics(socket, value, length);
	if (name == PACKET_ROLLOVER_STATS)
		return get_rollover(socket, value, length);
	flag = flag_of(socket, name);
	if (flag) {
		v = *flag;
		err = 0;
	} else if (name == PACKET_HDRLEN) {
		err = header_length(value, length, &v);
	} else {
		err = get_number(socket, name, &v);
	}
	if (err)
		return err;
	length = MIN(length, (uint32_t)sizeof v);
	memcpy(value, &v, length);
	return (int)length;
}
