// SPDX-License-Identifier: MIT
/*
 * Sending and receiving on UDP, raw and ping sockets: one struct datagram a
 * message. What goes along with it is in inet_control.c.
 */
#include "kernel/socket/inet.h"

#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/hash.h"
#include "lib/string.h"

#define DATAGRAM_MAX 65535
#define UDP_OVERHEAD 8
#define IP4_OVERHEAD 20

int inet_copy_in(struct datagram *datagram, struct io *io)
{
	uint32_t offset = 0;

	while (offset < datagram->length) {
		uint8_t *data;
		uint32_t n = datagram_span(datagram, offset, &data);

		if (io_copy_from(io, data, n) != n)
			return -EFAULT;
		offset += n;
	}
	return 0;
}

/* sin6_flowinfo: a label, if there is one (IPV6_FLOWINFO_SEND). */
static void take_flow(struct datagram *datagram, const struct message *message)
{
	uint32_t flow = get_be32(message->name + 4) & 0xfffff;

	if (message->name_length < NAME6_SIZE || !flow)
		return;
	datagram->flow = flow;
	datagram->flags |= DATAGRAM_HAS_FLOW;
}

/* What fits behind the headers that the stack puts in front. */
static size_t largest_payload(const struct socket *socket)
{
	if (socket->endpoint->number != NET_IPPROTO_UDP)
		return DATAGRAM_MAX;
	return DATAGRAM_MAX - UDP_OVERHEAD -
	       (socket->family == AF_INET ? IP4_OVERHEAD : 0);
}

static int make_datagram(struct socket *socket, struct message *message,
			 struct datagram **made)
{
	bool too_long = message->io.left > largest_payload(socket);
	struct datagram *datagram;
	int error;

	/* IPv6 tells the error queue how much the path would take. */
	if (too_long && socket->family != AF_INET6)
		return -EMSGSIZE;
	datagram = datagram_new(too_long ? 0 : (uint32_t)message->io.left);
	if (!datagram)
		return -ENOBUFS;
	if (too_long)
		datagram->flags |= DATAGRAM_TOO_LONG;
	error = inet_copy_in(datagram, &message->io);
	if (!error && message->name_length) {
		datagram->flags |= DATAGRAM_HAS_NAME;
		error = inet_name_in(socket, message->name,
				     message->name_length, &datagram->remote);
		if (socket->endpoint->opt.ip6 & IP6_SEND_FLOW)
			take_flow(datagram, message);
		if (!error && !datagram->remote.port &&
		    socket->endpoint->protocol->number == NET_IPPROTO_UDP)
			error = -EINVAL;
	}
	if (!error)
		error = inet_take_controls(socket, datagram, message);
	if (message->flags & MSG_DONTROUTE)
		datagram->flags |= DATAGRAM_DONTROUTE;
	if (message->flags & MSG_CONFIRM)
		datagram->flags |= DATAGRAM_CONFIRM;
	if ((message->flags & MSG_MORE) || message->io.more)
		datagram->flags |= DATAGRAM_MORE;
	if (error)
		datagram_free(datagram);
	*made = datagram;
	return error;
}

/* ---- Sending, with or without waiting for the stack's word ---- */

#define TRUSTED (100 * NSEC_PER_MSEC) /* how long a way is taken for granted */
#define SMALL 500 /* fits any path (min_pmtu) */

struct send_call {
	struct request request;
	struct socket *socket;
	struct datagram *datagram;
	bool queued;
};

static int queue_datagram(struct socket *socket, struct datagram *datagram)
{
	int error;

	mutex_lock(&socket->send_lock);
	error = endpoint_send_datagram(socket->endpoint, datagram);
	mutex_unlock(&socket->send_lock);
	return error;
}

static void post_datagram(struct send_call *call)
{
	int error;

	call->datagram->answer = &call->request;
	call->queued = true; /* it may be answered before we are back */
	error = queue_datagram(call->socket, call->datagram);
	if (error) {
		call->queued = false;
		call->datagram->answer = NULL;
		request_finish(&call->request, error);
	}
}

static uint64_t name_hash(const struct net_name *name)
{
	return hash_pair(hash_pair(name->addr.q[0], name->addr.q[1]),
			 (uint64_t)name->port << 32 | name->scope);
}

/* Whether the stack will surely take it: a small one to where one has just
 * gone. Errors must come from the call that made them (Linux). */
static bool is_trusted(const struct socket *socket,
		       const struct datagram *datagram)
{
	if (socket->family == AF_PACKET || datagram->length > SMALL ||
	    datagram->segment_size || (datagram->flags & DATAGRAM_TOO_LONG) ||
	    datagram->netif ||
	    (datagram->flags & (DATAGRAM_HAS_SOURCE | DATAGRAM_HAS_FLOW)))
		return false;
	return clock_monotonic() < socket->trusted_until &&
	       socket->trusted == name_hash(&datagram->remote);
}

int inet_send_waiting(struct socket *socket, struct datagram *datagram,
		      bool *gone)
{
	struct send_call call = { .socket = socket, .datagram = datagram };
	struct answer answer;
	int error;

	inet_expect(&call.request, &answer);
	post_datagram(&call);
	error = inet_await(&call.request, &answer);
	*gone = call.queued;
	return error;
}

/* *gone: the datagram is the stack's, whatever the result. */
static int send_one(struct socket *socket, struct datagram *datagram,
		    bool *gone)
{
	uint64_t name = name_hash(&datagram->remote);
	int error;

	if (is_trusted(socket, datagram)) {
		error = queue_datagram(socket, datagram);
		*gone = !error;
		return error;
	}
	error = inet_send_waiting(socket, datagram, gone);
	if (socket->family == AF_PACKET)
		return error; /* rings are where others have `trusted` */
	socket->trusted = name;
	socket->trusted_until = error ? 0 : clock_monotonic() + TRUSTED;
	return error;
}

int inet_send_whole(struct socket *socket, struct datagram *datagram,
		    unsigned flags)
{
	nsec_t deadline = socket_deadline(socket->send_timeout);

	for (;;) {
		bool gone;
		int error = inet_send_waiting(socket, datagram, &gone);

		if (gone)
			return error;
		if (error == -EAGAIN && !(flags & MSG_DONTWAIT)) {
			error = inet_wait(socket, POLLOUT, deadline,
					  socket->send_timeout);
			if (!error)
				continue;
		}
		datagram_free(datagram);
		return error;
	}
}

ssize_t inet_datagram_send(struct socket *socket, struct message *message)
{
	struct endpoint *endpoint = socket->endpoint;
	nsec_t deadline = socket_deadline(socket->send_timeout);
	size_t length = message->io.left;
	struct datagram *datagram;
	bool zerocopy = (message->flags & MSG_ZEROCOPY) &&
			endpoint->opt.zerocopy && length;
	int error = 0;

	/* Raw sockets look at it only with headers of their own (Linux). */
	if (socket->type != SOCK_RAW || endpoint->opt.header_included)
		error = endpoint_take_error(endpoint);
	if (error)
		return error;
	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (endpoint_status(endpoint) & EP_TX_SHUT)
		return -EPIPE;
	if (!message->name_length &&
	    !(endpoint_status(endpoint) & EP_CONNECTED))
		return -EDESTADDRREQ;
	error = make_datagram(socket, message, &datagram);
	if (error)
		return error;
	for (;;) {
		bool gone;

		error = send_one(socket, datagram, &gone);
		if (!error) {
			if (zerocopy)
				inet_zerocopy_done(socket);
			return (ssize_t)length;
		}
		if (gone)
			return error;
		if (error == -EAGAIN && !(message->flags & MSG_DONTWAIT)) {
			error = inet_wait(socket, POLLOUT, deadline,
					  socket->send_timeout);
			if (!error)
				continue;
		}
		datagram_free(datagram);
		return error;
	}
}

/* Bytes, name and ancillary data: the call's result, or -EFAULT. */
static ssize_t hand_over(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	ssize_t result = inet_copy_out(message, datagram);

	if (result < 0)
		return result;
	message->name_length =
		inet_name_out(socket, &datagram->remote, message->name);
	if (message->control_room)
		inet_put_controls(socket, message, datagram);
	if (!(socket->endpoint->opt.tell & TELL_TIME))
		socket->stamp = datagram->time;
	return result;
}

ssize_t inet_datagram_receive(struct socket *socket, struct message *message)
{
	if (message->flags & MSG_ERRQUEUE)
		return inet_receive_error(socket, message);
	return inet_receive_whole(socket, message, hand_over);
}
