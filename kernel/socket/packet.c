// SPDX-License-Identifier: MIT
/*
 * AF_PACKET: an endpoint of the stack's net/packet behind a socket, with
 * struct sockaddr_ll for names. Rings (packet_mmap) are memory that
 * kernel/syscall makes, since this floor knows no address spaces: see
 * socket_ring_ops. How the stack's names are used is in net/packet/packet.h.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NAME_LENGTH 20 /* struct sockaddr_ll */
#define SOL_PACKET 263
#define PACKET_AUXDATA 8
#define PACKET_VERSION 10
#define PACKET_FANOUT_DATA 22
#define TPACKET_V3 2
#define FILTER_MAX_BYTES (4096 * 8)
#define FRAME_MAX 65600

const struct socket_ring_ops *socket_ring_ops;

/* ---- Names ---- */

static int name_in(const uint8_t *from, int length, struct net_name *to)
{
	uint8_t address_length;

	if (length < 12)
		return -EINVAL;
	if (get_le16(from) != AF_PACKET)
		return -EINVAL;
	address_length = from[11];
	if (address_length > 8 || length < 12 + address_length)
		return -EINVAL;
	memset(to, 0, sizeof *to);
	to->addr.w[0] = get_le32(from + 4);
	to->port = get_be16(from + 2);
	memcpy(to->addr.b + 8, from + 12, MIN(address_length, (uint8_t)8));
	return 0;
}

static int name_out(uint8_t *to, uint16_t ethertype, uint32_t netif,
		    uint16_t hardware, uint8_t kind, uint8_t length,
		    const uint8_t *address)
{
	memset(to, 0, NAME_LENGTH);
	put_le16(to, AF_PACKET);
	put_be16(to + 2, ethertype);
	put_le32(to + 4, netif);
	put_le16(to + 8, hardware);
	to[10] = kind;
	to[11] = length;
	memcpy(to + 12, address, 8);
	return NAME_LENGTH;
}

static int packet_bind(struct socket *socket, const uint8_t *name, int length)
{
	struct endpoint_request request = { .op = EP_OP_BIND };
	int error;

	if (length < NAME_LENGTH)
		return -EINVAL;
	error = name_in(name, length, &request.name);
	return error ? error : inet_request(socket, &request);
}

static int packet_name(struct socket *socket, uint8_t *name, enum which_name of)
{
	struct net_name local;

	if (of != NAME_OWN)
		return -EOPNOTSUPP;
	endpoint_names(socket->endpoint, &local, NULL);
	return name_out(name, local.port, local.addr.w[0],
			(uint16_t)local.scope, 0, (uint8_t)local.addr.w[1],
			local.addr.b + 8);
}

/* ---- Sending ---- */

static int make_datagram(struct message *message, struct datagram **made)
{
	size_t length = message->io.left;
	struct datagram *datagram;
	int error;

	if (length > FRAME_MAX)
		return -EMSGSIZE;
	datagram = datagram_new((uint32_t)length);
	if (!datagram)
		return -ENOBUFS;
	error = inet_copy_in(datagram, &message->io);
	if (!error && message->name_length) {
		datagram->flags |= DATAGRAM_HAS_NAME;
		error = name_in(message->name, message->name_length,
				&datagram->remote);
	}
	*made = datagram;
	if (error)
		datagram_free(datagram);
	return error;
}

/* With a ring the stack says how much was sent, a batch at a time. What hinders
 * a later one leaves the program with what has gone, but for a frame that is
 * wrong: that is always told. */
static ssize_t send_rest(struct socket *socket, struct message *message,
			 int result)
{
	struct datagram *datagram;
	ssize_t sum = 0;

	while (result >= 0) {
		sum += result & ~PACKET_RING_MORE;
		if (!(result & PACKET_RING_MORE))
			return MIN(sum, (ssize_t)INT32_MAX);
		if (signal_pending())
			result = -ERESTARTSYS;
		else
			result = make_datagram(message, &datagram);
		if (!result)
			result = inet_send_whole(socket, datagram,
						 message->flags);
	}
	if (sum == 0 || result == -EINVAL || result == -EMSGSIZE)
		return result;
	return MIN(sum, (ssize_t)INT32_MAX);
}

static ssize_t packet_send(struct socket *socket, struct message *message)
{
	size_t length = message->io.left;
	struct datagram *datagram;
	int error = make_datagram(message, &datagram);

	if (error)
		return error;
	error = inet_send_whole(socket, datagram, message->flags);
	if (socket_ring_ops->sends(socket))
		return send_rest(socket, message, error);
	return error ? error : (ssize_t)length;
}

/* ---- Receiving ---- */

/* struct tpacket_auxdata */
static void put_aux_data(struct message *message,
			 const struct datagram *datagram, uint32_t kept)
{
	uint8_t aux[20] = { 0 };

	put_le32(aux, 1 | datagram->priority); /* TP_STATUS_USER */
	put_le32(aux + 4, datagram->mark);
	put_le32(aux + 8, kept);
	put_le16(aux + 14, (uint16_t)datagram->own.w[1]);
	put_le32(aux + 16, datagram->own.w[2]); /* VLAN tag and its type */
	message_put_control(message, SOL_PACKET, PACKET_AUXDATA, aux,
			    sizeof aux);
}

static ssize_t hand_over(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	ssize_t result;

	if (message->io.left < datagram->segment_size)
		return -EINVAL;
	result = inet_copy_out(message, datagram);
	if (result < 0)
		return result;
	message->name_length =
		name_out(message->name, datagram->remote.port, datagram->netif,
			 (uint16_t)datagram->remote.scope, datagram->tos,
			 datagram->ttl, datagram->remote.addr.b);
	WRITE_ONCE(socket->stamp, datagram->time);
	if (message->control_room) {
		inet_put_stamps(socket, message, datagram->time);
		if (socket->endpoint->opt.tell & TELL_INFO)
			put_aux_data(message, datagram, datagram->length);
	}
	return result;
}

static ssize_t packet_receive(struct socket *socket, struct message *message)
{
	if (message->flags & MSG_OOB)
		return -EINVAL;
	return inet_receive_whole(socket, message, hand_over);
}

/* ---- Rings ---- */

static int send_ring(struct socket *socket, int name,
		     struct packet_ring_request *ring)
{
	return inet_pass_option(socket, SOL_PACKET, name, ring, sizeof *ring);
}

static bool to_send(int name)
{
	return name == PACKET_TX_RING;
}

static int end_ring(struct socket *socket, int name)
{
	struct packet_ring_request none = { .block_size = 0 };
	int error = socket_ring_ops->check(socket);

	if (!error)
		error = send_ring(socket, name, &none);
	if (!error)
		socket_ring_ops->destroy(socket, to_send(name));
	return error;
}

/* struct tpacket_req, or of TPACKET_V3 tpacket_req3. */
static int read_ring(struct socket *socket, const uint8_t *value,
		     unsigned length, struct packet_ring_request *ring)
{
	uint32_t version;
	unsigned size;
	int error = inet_get_option(socket, SOL_PACKET, PACKET_VERSION,
				    &version, sizeof version);

	if (error < 0)
		return error;
	size = version == TPACKET_V3 ? 28 : 16;
	if (length < size)
		return -EINVAL;
	memcpy(ring, value, size);
	return 0;
}

/* The stack checks it first without memory, then with. */
static int set_ring(struct socket *socket, int name, const uint8_t *value,
		    unsigned length)
{
	struct packet_ring_request ring = { .block_size = 0 };
	uint64_t size;
	int error = read_ring(socket, value, length, &ring);

	if (error)
		return error;
	if (ring.block_count == 0 && ring.frame_count == 0)
		return end_ring(socket, name);
	error = socket_ring_ops->check(socket);
	if (!error)
		error = send_ring(socket, name, &ring);
	if (error)
		return error;
	size = (uint64_t)ring.block_size * ring.block_count;
	if (!capable(CAP_NET_RAW) || size > 1u << 30)
		return -ENOMEM;
	error = socket_ring_ops->create(socket, to_send(name), size,
					&ring.pages);
	if (error)
		return error;
	ring.watched = &socket->ring_watched;
	error = send_ring(socket, name, &ring);
	if (error)
		socket_ring_ops->destroy(socket, to_send(name));
	return error;
}

/* struct sock_fprog: u16 instructions, pointer. */
static int set_fanout_filter(struct socket *socket, const uint8_t *program,
			     unsigned length)
{
	unsigned size;
	uint8_t *bytes;
	int error;

	if (length != 16)
		return -EINVAL;
	size = get_le16(program) * 8u;
	if (size == 0 || size > FILTER_MAX_BYTES)
		return -EINVAL;
	bytes = kmalloc(size);
	if (!bytes)
		return -ENOMEM;
	if (copy_from_user(bytes, get_le64(program + 8), size))
		error = -EFAULT;
	else
		error = inet_set_option(socket, SOL_PACKET, PACKET_FANOUT_DATA,
					bytes, size);
	kfree(bytes);
	return error;
}

static int packet_set_option(struct socket *socket, int level, int name,
			     const void *value, unsigned length)
{
	int error;

	if (level == SOL_PACKET &&
	    (name == PACKET_RX_RING || name == PACKET_TX_RING)) {
		mutex_lock(&socket->rings->lock);
		error = set_ring(socket, name, value, length);
		mutex_unlock(&socket->rings->lock);
		return error;
	}
	if (level == SOL_PACKET && name == PACKET_FANOUT_DATA)
		return set_fanout_filter(socket, value, length);
	return inet_set_option(socket, level, name, value, length);
}

static unsigned packet_poll(struct socket *socket)
{
	const uint32_t *watched = atomic_load(&socket->ring_watched);
	unsigned events = inet_poll(socket);

	if (watched && atomic_load(watched) != 0)
		events |= POLLIN | POLLRDNORM;
	return events;
}

static void packet_release(struct socket *socket)
{
	struct packet_ring_request none = { .block_size = 0 };

	if (socket->rings && socket->rings->memory) {
		send_ring(socket, PACKET_RX_RING, &none);
		send_ring(socket, PACKET_TX_RING, &none);
		socket_ring_ops->release(socket);
	}
	kfree(socket->rings);
	socket->rings = NULL;
	inet_release(socket);
}

/* ---- Making ---- */

static const struct socket_ops packet_ops = {
	.bind = packet_bind,
	.name = packet_name,
	.send = packet_send,
	.receive = packet_receive,
	.set_option = packet_set_option,
	.get_option = inet_get_option,
	.poll = packet_poll,
	.ioctl = inet_ioctl,
	.release = packet_release,
};

static int make_rings(struct socket *socket)
{
	struct socket_rings *rings = kzalloc(sizeof(*rings));

	if (!rings)
		return -ENOMEM;
	mutex_init(&rings->lock);
	socket->rings = rings;
	return 0;
}

static int packet_create(struct socket *socket)
{
	struct endpoint_request request = {
		.op = EP_OP_BIND,
		.name.port = (uint16_t)(socket->protocol >> 8 |
					(socket->protocol & 0xff) << 8),
	};
	int error;

	if (!capable(CAP_NET_RAW))
		return -EPERM;
	if (socket->type != SOCK_RAW && socket->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	socket->ops = &packet_ops;
	error = make_rings(socket);
	if (!error)
		error = inet_make_endpoint(socket, NET_PACKET);
	return error ? error : inet_request(socket, &request);
}

const struct socket_family packet_family = {
	.family = AF_PACKET,
	.create = packet_create,
};
