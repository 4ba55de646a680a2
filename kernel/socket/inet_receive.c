// SPDX-License-Identifier: MIT
/*
 * Receiving whole datagrams: UDP, raw, ping, packet and netlink sockets differ
 * only in the name and the ancillary data that go with the bytes. Everything
 * else is here: errors first, then the next datagram, then waiting for one.
 *
 * The socket's receive lock is held while a datagram is copied, so that two
 * readers never take the same one, and a datagram that could not be copied
 * (-EFAULT) is gone, as in Linux.
 */
#include "kernel/socket/inet.h"

#include "lib/errno.h"

ssize_t inet_copy_out(struct message *message, const struct datagram *datagram)
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
	return whole_length ? datagram->length : want;
}

/* *empty: nothing there. */
static ssize_t take_one(struct socket *socket, struct message *message,
			inet_hand_over_fn hand_over, bool *empty)
{
	struct endpoint *endpoint = socket->endpoint;
	struct datagram *datagram;
	ssize_t result = 0;
	bool taken = false;

	mutex_lock(&socket->receive_lock);
	datagram = endpoint_peek_datagram(endpoint);
	*empty = !datagram;
	if (datagram)
		result = hand_over(socket, message, datagram);
	if (datagram && !(message->flags & MSG_PEEK)) {
		datagram_free(endpoint_receive_datagram(endpoint));
		taken = true;
	}
	mutex_unlock(&socket->receive_lock);
	/* Netlink: there is room for the next part of a dump. */
	if (taken && (endpoint_status(endpoint) & EP_MORE))
		endpoint_kick(endpoint);
	return result;
}

ssize_t inet_receive_whole(struct socket *socket, struct message *message,
			   inet_hand_over_fn hand_over)
{
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	ssize_t result;
	unsigned status;
	bool empty;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	for (;;) {
		result = endpoint_take_error(socket->endpoint);
		if (result)
			return result;
		result = take_one(socket, message, hand_over, &empty);
		if (!empty)
			return result;
		status = endpoint_status(socket->endpoint);
		if (status & EP_RX_SHUT)
			return 0;
		/* A dump goes on: its next part is on its way. */
		if ((message->flags & MSG_DONTWAIT) && !(status & EP_MORE))
			return -EAGAIN;
		result = inet_wait(socket, POLLIN, deadline,
				   socket->receive_timeout);
		if (result)
			return result;
	}
}
