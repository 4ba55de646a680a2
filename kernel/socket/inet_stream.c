// SPDX-License-Identifier: MIT
/*
 * Sending and receiving on a TCP socket: copies between user memory and the
 * endpoint's rings, in the caller's context, under no lock that the stack
 * takes. The stack is told (endpoint_kick) once a call or each time that a
 * good part of the ring was filled, so that it works while we copy.
 */
#include "kernel/socket/inet.h"

#include "lib/atomic.h"
#include "lib/errno.h"

#define KICK_EVERY 65536u /* bytes between two doorbells in one send */

/* May this socket send now? 0; 1: wait for the handshake; or -E. */
static int send_state(struct endpoint *endpoint)
{
	uint32_t status = endpoint_status(endpoint);

	if (atomic_load_relaxed(&endpoint->error)) {
		int error = endpoint_take_error(endpoint);

		if (error)
			return error;
	}
	if (status & (EP_TX_SHUT | EP_DEAD))
		return -EPIPE;
	if (status & EP_CONNECTING)
		return 1;
	return status & EP_CONNECTED ? 0 : -EPIPE;
}

/* Copies as much as fits now: bytes, -EFAULT, -ENOMEM; 0: the ring is full. */
static ssize_t fill_ring(struct endpoint *endpoint, struct io *io)
{
	size_t total = 0, unannounced = 0;
	ssize_t error = 0;

	while (io->left) {
		struct frag_span span;
		size_t n;

		error = frag_ring_reserve(
			&endpoint->tx, (uint32_t)MIN(io->left, 65536ul), &span);
		if (error)
			break;
		n = io_copy_from(io, span.data, MIN(io->left, span.length));
		if (!n) {
			error = -EFAULT;
			break;
		}
		frag_ring_commit(&endpoint->tx, (uint32_t)n);
		total += n;
		unannounced += n;
		if (unannounced >= KICK_EVERY) {
			endpoint_kick(endpoint);
			unannounced = 0;
		}
	}
	if (unannounced)
		endpoint_kick(endpoint);
	if (total || error == -EAGAIN)
		return (ssize_t)total;
	return error;
}

/* The ring is full: ask to be woken, whether we sleep here or in epoll. True
 * when room has come meanwhile. */
static bool want_room(struct endpoint *endpoint)
{
	__atomic_store_n(&endpoint->want_write, 1, __ATOMIC_SEQ_CST);
	return endpoint_poll(endpoint) & POLLOUT;
}

/*
 * MSG_FASTOPEN: connect() whose SYN holds the first bytes. Without a cookie it
 * is an ordinary one, and a caller that does not wait has sent nothing; with
 * one he has sent what the SYN holds.
 */
static int fast_open(struct socket *socket, struct message *message,
		     bool nonblock)
{
	struct endpoint_request request = { .op = EP_OP_FAST_OPEN };
	int result;

	if (!message->name_length)
		return -EINVAL;
	result = inet_name_in(socket, message->name, message->name_length,
			      &request.name);
	if (result)
		return result;
	result = inet_request(socket, &request);
	if (result < 0)
		return result == -EINPROGRESS && !nonblock ? 0 : result;
	if (nonblock)
		message->io.left = MIN(message->io.left, (size_t)result);
	return 0;
}

/* A caller that waits is told how the handshake ended. */
static int wait_opened(struct socket *socket, nsec_t deadline)
{
	struct endpoint *endpoint = socket->endpoint;
	int error = wait_event_until(
		&socket->wait, !(endpoint_status(endpoint) & EP_CONNECTING),
		deadline);

	if (error)
		return 0; /* the bytes are on their way */
	return endpoint_take_error(endpoint);
}

ssize_t inet_stream_send(struct socket *socket, struct message *message)
{
	struct endpoint *endpoint = socket->endpoint;
	nsec_t deadline = socket_deadline(socket->send_timeout);
	bool nonblock = message->flags & MSG_DONTWAIT;
	bool opens = message->flags & MSG_FASTOPEN;
	ssize_t total = 0;
	int error;

	if (opens) {
		error = fast_open(socket, message, nonblock);
		if (error)
			return error;
	}
	for (;;) {
		ssize_t n;

		error = send_state(endpoint);
		if (error < 0)
			break;
		if (!error) {
			mutex_lock(&socket->send_lock);
			n = fill_ring(endpoint, &message->io);
			mutex_unlock(&socket->send_lock);
			if (n < 0) {
				error = (int)n;
				break;
			}
			total += n;
			if (!message->io.left)
				break;
		}
		if (want_room(endpoint))
			continue;
		error = nonblock ? -EAGAIN :
				   inet_wait(socket, POLLOUT, deadline,
					     socket->send_timeout);
		if (error)
			break;
	}
	if (opens && total && !nonblock)
		error = wait_opened(socket, deadline);
	return total && !(opens && error) ? total : error;
}

/* Copies what is there, from `position` on; bytes or -EFAULT. */
static ssize_t drain_ring(struct endpoint *endpoint, struct io *io,
			  uint64_t position)
{
	size_t total = 0;

	while (io->left) {
		struct frag_span span;
		size_t n;

		frag_ring_span(&endpoint->rx, position + total, &span);
		if (!span.length)
			break;
		n = io_copy_to(io, span.data, MIN(io->left, span.length));
		total += n;
		if (!n)
			return total ? (ssize_t)total : -EFAULT;
	}
	return (ssize_t)total;
}

/* MSG_TRUNC on a stream discards instead of copying (tcp(7)). */
static ssize_t discard(struct endpoint *endpoint, struct io *io,
		       uint64_t position)
{
	uint64_t there = atomic_load(&endpoint->rx.tail) - position;
	size_t n = MIN(io->left, there);

	io->left -= n;
	return (ssize_t)n;
}

/* One look at the ring. `peeked`: bytes that MSG_PEEK has shown already. */
static ssize_t take_bytes(struct socket *socket, struct message *message,
			  size_t peeked)
{
	struct endpoint *endpoint = socket->endpoint;
	uint64_t position;
	ssize_t n;

	mutex_lock(&socket->receive_lock);
	position = atomic_load(&endpoint->rx.head) + peeked;
	if (message->flags & MSG_TRUNC)
		n = discard(endpoint, &message->io, position);
	else
		n = drain_ring(endpoint, &message->io, position);
	if (n > 0 && !(message->flags & MSG_PEEK)) {
		frag_ring_release(&endpoint->rx, position + (uint64_t)n);
		endpoint_consumed(endpoint);
	}
	mutex_unlock(&socket->receive_lock);
	return n;
}

/* Nothing is in the ring: 0 means end of file, 1 wait, or -E. */
static int empty_state(struct endpoint *endpoint)
{
	uint32_t status = endpoint_status(endpoint);

	if (frag_ring_used(&endpoint->rx))
		return 2; /* it came meanwhile */
	if (atomic_load_relaxed(&endpoint->error)) {
		int error = endpoint_take_error(endpoint);

		if (error)
			return error;
	}
	if (status & (EP_RX_EOF | EP_RX_SHUT))
		return 0;
	if (status & EP_DEAD)
		return status & EP_WAS_CONNECTED ? 0 : -ENOTCONN;
	if (!(status & (EP_CONNECTED | EP_CONNECTING)))
		return -ENOTCONN;
	return 1;
}

/* How much a call waits for: MSG_WAITALL all, else SO_RCVLOWAT. */
static size_t target_bytes(const struct socket *socket,
			   const struct message *message)
{
	size_t low = MIN((size_t)socket->low_water, message->io.left);

	return message->flags & MSG_WAITALL ? message->io.left : MAX(low, 1ul);
}

ssize_t inet_stream_receive(struct socket *socket, struct message *message)
{
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	bool nonblock = message->flags & MSG_DONTWAIT;
	bool peek = message->flags & MSG_PEEK;
	size_t target = target_bytes(socket, message), total = 0;
	ssize_t n;

	if (message->flags & (MSG_OOB | MSG_ERRQUEUE))
		return message->flags & MSG_OOB ? -EINVAL : -EAGAIN;
	if (!message->io.left)
		return 0;
	for (;;) {
		n = take_bytes(socket, message, peek ? total : 0);
		if (n < 0)
			break;
		total += (size_t)n;
		if (total >= target || !message->io.left || (peek && total))
			break;
		if (n)
			continue;
		n = empty_state(socket->endpoint);
		if (n == 2)
			continue;
		if (n <= 0)
			break;
		n = nonblock ? -EAGAIN :
			       inet_wait(socket, POLLIN | POLLRDHUP, deadline,
					 socket->receive_timeout);
		if (n)
			break;
	}
	message->flags &= ~(unsigned)MSG_TRUNC;
	return total ? (ssize_t)total : n;
}
