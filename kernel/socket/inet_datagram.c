// SPDX-License-Identifier: MIT
/*
 * Sending and receiving on UDP, raw and ping sockets: one struct datagram a
 * message, with the ancillary data of ip(7) and ipv6(7) that programs use:
 * IP_PKTINFO, IP_TTL, IP_TOS, IPV6_PKTINFO, IPV6_HOPLIMIT, SO_TIMESTAMP.
 */
#include "kernel/socket/inet.h"

#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define DATAGRAM_MAX 65535
#define UDP_OVERHEAD 8
#define IP4_OVERHEAD 20
#define SOL_IP 0
#define SOL_IPV6 41
#define IP_TOS 1
#define IP_TTL 2
#define IP_PKTINFO 8
#define IPV6_PKTINFO 50
#define IPV6_HOPLIMIT 52
#define IPV6_TCLASS 67
#define SO_TIMESTAMPNS 35

/* One control message of a send; -EINVAL when it is none we know. */
static int apply_control(struct datagram *datagram,
			 const struct control_view *view)
{
	if (view->level == SOL_IP && view->type == IP_PKTINFO &&
	    view->size >= 12) {
		datagram->netif = get_le32(view->data);
		datagram->local.addr = addr_ip4(get_be32(view->data + 4));
		if (get_be32(view->data + 4))
			datagram->flags |= DATAGRAM_HAS_SOURCE;
	} else if (view->level == SOL_IPV6 && view->type == IPV6_PKTINFO &&
		   view->size >= 20) {
		memcpy(datagram->local.addr.b, view->data, 16);
		datagram->netif = get_le32(view->data + 16);
		if (!addr_is_any(&datagram->local.addr))
			datagram->flags |= DATAGRAM_HAS_SOURCE;
	} else if (((view->level == SOL_IP && view->type == IP_TTL) ||
		    (view->level == SOL_IPV6 && view->type == IPV6_HOPLIMIT)) &&
		   view->size >= 4) {
		datagram->ttl = view->data[0];
		datagram->flags |= DATAGRAM_HAS_TTL;
	} else if (((view->level == SOL_IP && view->type == IP_TOS) ||
		    (view->level == SOL_IPV6 && view->type == IPV6_TCLASS)) &&
		   view->size >= 1) {
		datagram->tos = view->data[0];
		datagram->flags |= DATAGRAM_HAS_TOS;
	} else {
		return view->level == SOL_SOCKET ? 0 : -EINVAL;
	}
	return 0;
}

static int apply_controls(struct datagram *datagram,
			  const struct message *message)
{
	struct control_view view;
	size_t offset = 0;
	int error;

	while (!(error = message_next_control(message, &offset, &view))) {
		error = apply_control(datagram, &view);
		if (error)
			return error;
	}
	return error == -ENOENT ? 0 : error;
}

static int copy_bytes(struct datagram *datagram, struct io *io)
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

/* What fits behind the headers that the stack puts in front. */
static size_t largest_payload(const struct socket *socket)
{
	if (socket->type != SOCK_DGRAM)
		return DATAGRAM_MAX;
	return DATAGRAM_MAX - UDP_OVERHEAD -
	       (socket->family == AF_INET ? IP4_OVERHEAD : 0);
}

static int make_datagram(struct socket *socket, struct message *message,
			 struct datagram **made)
{
	struct datagram *datagram;
	int error;

	if (message->io.left > largest_payload(socket))
		return -EMSGSIZE;
	datagram = datagram_new((uint32_t)message->io.left);
	if (!datagram)
		return -ENOBUFS;
	error = copy_bytes(datagram, &message->io);
	if (!error && message->name_length) {
		datagram->flags |= DATAGRAM_HAS_NAME;
		error = inet_name_in(socket, message->name,
				     message->name_length, &datagram->remote);
		if (!error && !datagram->remote.port &&
		    socket->endpoint->protocol->number == NET_IPPROTO_UDP)
			error = -EINVAL;
	}
	if (!error)
		error = apply_controls(datagram, message);
	if (message->flags & MSG_DONTROUTE)
		datagram->flags |= DATAGRAM_DONTROUTE;
	if (error)
		datagram_free(datagram);
	*made = datagram;
	return error;
}

ssize_t inet_datagram_send(struct socket *socket, struct message *message)
{
	struct endpoint *endpoint = socket->endpoint;
	nsec_t deadline = socket_deadline(socket->send_timeout);
	size_t length = message->io.left;
	struct datagram *datagram;
	int error = endpoint_take_error(endpoint);

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
		mutex_lock(&socket->send_lock);
		error = endpoint_send_datagram(endpoint, datagram);
		mutex_unlock(&socket->send_lock);
		if (!error)
			return (ssize_t)length;
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

static void put_packet_info(struct message *message,
			    const struct datagram *datagram, int family)
{
	uint8_t info[20] = { 0 };

	if (family == AF_INET6) {
		memcpy(info, datagram->local.addr.b, 16);
		put_le32(info + 16, datagram->netif);
		message_put_control(message, SOL_IPV6, IPV6_PKTINFO, info, 20);
		return;
	}
	put_le32(info, datagram->netif);
	put_be32(info + 4, addr_to_ip4(&datagram->local.addr));
	put_be32(info + 8, addr_to_ip4(&datagram->local.addr));
	message_put_control(message, SOL_IP, IP_PKTINFO, info, 12);
}

static void put_time(struct message *message, const struct datagram *datagram,
		     bool nanoseconds)
{
	nsec_t time = datagram->time + clock_realtime_offset();
	uint8_t value[16];

	put_le64(value, (uint64_t)(time / NSEC_PER_SEC));
	put_le64(value + 8, (uint64_t)(time % NSEC_PER_SEC /
				       (nanoseconds ? 1 : NSEC_PER_USEC)));
	message_put_control(message, SOL_SOCKET,
			    nanoseconds ? SO_TIMESTAMPNS : SO_TIMESTAMP, value,
			    16);
}

static void put_controls(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	const struct endpoint_options *option = &socket->endpoint->opt;
	bool six = socket->family == AF_INET6;
	int number;

	if (option->timestamp || option->timestamp_ns)
		put_time(message, datagram, option->timestamp_ns);
	if (option->recv_pktinfo)
		put_packet_info(message, datagram, socket->family);
	number = datagram->ttl;
	if (option->recv_ttl)
		message_put_control(message, six ? SOL_IPV6 : SOL_IP,
				    six ? IPV6_HOPLIMIT : IP_TTL, &number, 4);
	number = datagram->tos;
	if (option->recv_tos)
		message_put_control(message, six ? SOL_IPV6 : SOL_IP,
				    six ? IPV6_TCLASS : IP_TOS, &number,
				    six ? 4 : 1);
}

/* Copies the datagram to the program: its result, or -EFAULT. */
static ssize_t hand_over(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	uint32_t want =
		(uint32_t)MIN(message->io.left, (size_t)datagram->length);
	uint32_t offset = 0;
	bool whole_length = message->flags & MSG_TRUNC;

	while (offset < want) {
		uint8_t *data;
		uint32_t n = datagram_span(datagram, offset, &data);

		n = MIN(n, want - offset);
		if (io_copy_to(&message->io, data, n) != n)
			return -EFAULT;
		offset += n;
	}
	message->flags &= ~(unsigned)MSG_TRUNC;
	if (want < datagram->length)
		message->flags |= MSG_TRUNC;
	message->name_length =
		inet_name_out(socket, &datagram->remote, message->name);
	if (message->control_room)
		put_controls(socket, message, datagram);
	return whole_length ? datagram->length : want;
}

/* 1: nothing there. */
static ssize_t take_one(struct socket *socket, struct message *message,
			bool *empty)
{
	struct datagram *datagram;
	ssize_t result = 0;

	mutex_lock(&socket->receive_lock);
	datagram = endpoint_peek_datagram(socket->endpoint);
	*empty = !datagram;
	if (datagram)
		result = hand_over(socket, message, datagram);
	if (datagram && !(message->flags & MSG_PEEK))
		datagram_free(endpoint_receive_datagram(socket->endpoint));
	mutex_unlock(&socket->receive_lock);
	return result;
}

ssize_t inet_datagram_receive(struct socket *socket, struct message *message)
{
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	ssize_t result;
	bool empty;

	if (message->flags & MSG_ERRQUEUE)
		return -EAGAIN;
	for (;;) {
		result = endpoint_take_error(socket->endpoint);
		if (result)
			return result;
		result = take_one(socket, message, &empty);
		if (!empty)
			return result;
		if (endpoint_status(socket->endpoint) & EP_RX_SHUT)
			return 0;
		if (message->flags & MSG_DONTWAIT)
			return -EAGAIN;
		result = inet_wait(socket, POLLIN, deadline,
				   socket->receive_timeout);
		if (result)
			return result;
	}
}
