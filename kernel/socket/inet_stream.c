// SPDX-License-Identifier: MIT
/*
 * Sending and receiving on a TCP socket: copies between user memory and the
 * endpoint's rings, in the caller's context, under no lock that the stack
 * takes. The stack is told (endpoint_kick) once a call or each time that a
 * good part of the ring was filled, so that it works while we copy.
 *
 * MSG_MORE: what follows may come in the same segment (endpoint->tx_more). Urgent
 * data goes through a request, so that no segment leaves between the last byte
 * and the mark on it. MSG_ZEROCOPY copies, and says so in its completion.
 * Pages that sendfile and splice bring are not copied.
 */
#include "kernel/socket/inet.h"

#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define KICK_EVERY 65536u /* bytes between two doorbells in one send */
#define SHARE_LEAST 1024u /* less of a page is copied rather than shared */
#define SOL_TCP 6
#define TCP_INQ 36 /* also its control message's number: TCP_CM_INQ */

/* ---- Sending ---- */

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

/* What a send is to do beside copying. */
struct sending {
	struct stream_stamp *stamp; /* SO_TIMESTAMPING; for the last byte */
	bool urgent; /* the last byte is */
	bool more; /* MSG_MORE, or the writer has more at once */
};

/* A page that is the ring's until it is acknowledged. */
static void release_page(struct buf *buf)
{
	page_put(buf->owner);
	kfree(buf);
}

/* Instead of copying: segments will refer to the page itself. Bytes, or -E. */
static ssize_t share_page(struct endpoint *endpoint, struct io *io)
{
	struct buf *buf = kzalloc(sizeof(*buf));
	struct fragment part = { .buf = buf };
	int n;

	if (!buf)
		return -ENOMEM;
	refcount_init(&buf->refs, 1);
	buf->data = page_address(io->page);
	buf->size = PAGE_SIZE;
	buf->truesize = PAGE_SIZE + sizeof(*buf);
	buf->owner = io->page;
	buf->release = release_page;
	page_get(io->page);
	part.offset = (uint32_t)((uint8_t *)io->kernel - buf->data);
	part.length = (uint32_t)io->left;
	n = frag_ring_share(&endpoint->tx, &part);
	buf_put(buf);
	if (n > 0)
		io_advance(io, (size_t)n);
	return n;
}

static ssize_t copy_in(struct endpoint *endpoint, struct io *io)
{
	struct frag_span span;
	size_t n;
	int error = frag_ring_reserve(&endpoint->tx,
				      (uint32_t)MIN(io->left, 65536ul), &span);

	if (error)
		return error;
	n = io_copy_from(io, span.data, MIN(io->left, span.length));
	frag_ring_commit(&endpoint->tx, (uint32_t)n);
	return n ? (ssize_t)n : -EFAULT;
}

/* Takes as much as fits now: bytes, -EFAULT, -ENOMEM; 0: the ring is full. */
static ssize_t fill_ring(struct endpoint *endpoint, struct io *io)
{
	size_t total = 0, unannounced = 0;
	ssize_t n = 0;

	while (io->left) {
		/* Linux asks before each new buffer, not each byte. */
		if (!endpoint_unsent_room(endpoint))
			n = -EAGAIN;
		else
			n = io->page && io->left >= SHARE_LEAST ?
				    share_page(endpoint, io) :
				    copy_in(endpoint, io);
		if (n < 0)
			break;
		total += (size_t)n;
		unannounced += (size_t)n;
		if (unannounced >= KICK_EVERY && io->left) {
			endpoint_kick(endpoint);
			unannounced = 0;
		}
	}
	if (total || n == -EAGAIN)
		return (ssize_t)total;
	return n;
}

/* Everything up to here is written: what of it is special, and off it goes. */
static void announce(struct socket *socket, struct io *io,
		     struct sending *sending)
{
	struct endpoint *endpoint = socket->endpoint;
	uint64_t end = endpoint->tx.tail;

	if (!io->left && sending->stamp) {
		sending->stamp->end = end;
		mailbox_push(&endpoint->extra->tx_stamps,
			     &sending->stamp->mail);
		sending->stamp = NULL;
	}
	/* While more is coming, or the ring is full, small segments wait. */
	atomic_store(&endpoint->tx_more, io->left ? true : sending->more);
	if (sending->urgent) {
		struct endpoint_request request = { .op = EP_OP_URGENT,
						    .value = &end };

		inet_request(socket, &request);
	} else {
		endpoint_kick(endpoint);
	}
}

/* The ring is full: ask to be woken, whether we sleep here or in epoll. True
 * when room has come meanwhile. */
static bool want_room(struct endpoint *endpoint)
{
	__atomic_store_n(&endpoint->want_write, true, __ATOMIC_SEQ_CST);
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

static ssize_t fill(struct socket *socket, struct message *message,
		    struct sending *sending)
{
	struct endpoint *endpoint = socket->endpoint;
	ssize_t n;

	mutex_lock(&socket->send_lock);
	n = fill_ring(endpoint, &message->io);
	if (n > 0)
		announce(socket, &message->io, sending);
	mutex_unlock(&socket->send_lock);
	return n;
}

static ssize_t send_all(struct socket *socket, struct message *message,
			struct sending *sending)
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
			n = fill(socket, message, sending);
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
	/* The rest will not follow at once. */
	if (total && message->io.left) {
		atomic_store(&endpoint->tx_more, false);
		endpoint_kick(endpoint);
	}
	return total && !(opens && error) ? total : error;
}

/* Control messages of a stream: SO_TIMESTAMPING's flags for this call. */
static int stamping_of(struct socket *socket, const struct message *message,
		       uint32_t *flags)
{
	struct control_view view;
	size_t offset = 0;
	int error;

	*flags = socket->endpoint->opt.timestamping;
	while (!(error = message_next_control(message, &offset, &view))) {
		if (view.level != SOL_SOCKET)
			continue;
		error = inet_stamping_control(&view, flags);
		if (error)
			return error;
	}
	return error == -ENOENT ? 0 : error;
}

static int prepare_stamp(struct socket *socket, const struct message *message,
			 struct sending *sending)
{
	uint32_t flags;
	int error = stamping_of(socket, message, &flags);

	if (error || !(flags & NET_STAMP_TX) || !message->io.left)
		return error;
	if (!endpoint_extra(socket->endpoint))
		return -ENOBUFS;
	sending->stamp = stream_stamp_new();
	if (!sending->stamp)
		return -ENOBUFS;
	sending->stamp->flags = flags;
	return 0;
}

ssize_t inet_stream_send(struct socket *socket, struct message *message)
{
	struct sending sending = {
		.urgent = message->flags & MSG_OOB,
		.more = (message->flags & MSG_MORE) || message->io.more,
	};
	bool zerocopy = (message->flags & MSG_ZEROCOPY) &&
			socket->endpoint->opt.zerocopy && message->io.left;
	ssize_t result = prepare_stamp(socket, message, &sending);

	if (result)
		return result;
	result = send_all(socket, message, &sending);
	stream_stamp_free(sending.stamp);
	if (zerocopy && result > 0)
		inet_zerocopy_done(socket);
	return result;
}

/* ---- Receiving ---- */

/* One look at the ring. Returns bytes or -EFAULT; *at is where the next look
 * begins, `started` whether this call has given bytes already. */
static ssize_t copy_out(struct socket *socket, struct message *message,
			uint64_t *at, bool started, nsec_t *time)
{
	struct endpoint *endpoint = socket->endpoint;
	struct io *io = &message->io;
	struct frag_span span;
	size_t total = 0;

	while (io->left && stream_span(endpoint, at, started || total, &span)) {
		size_t n = MIN(io->left, (size_t)span.length);

		if (message->flags & MSG_TRUNC)
			io->left -= n; /* discards (tcp(7)) */
		else
			n = io_copy_to(io, span.data, n);
		if (!n)
			return total ? (ssize_t)total : -EFAULT;
		*time = span.time;
		*at += n;
		total += n;
	}
	return (ssize_t)total;
}

/* *at: how far the call has come; MSG_PEEK goes on from there. */
static ssize_t take_bytes(struct socket *socket, struct message *message,
			  uint64_t *at, bool started, nsec_t *time)
{
	uint64_t head;
	ssize_t n;

	mutex_lock(&socket->receive_lock);
	head = stream_head(socket->endpoint);
	*at = message->flags & MSG_PEEK ? MAX(head, *at) : head;
	n = copy_out(socket, message, at, started, time);
	if (n >= 0 && !(message->flags & MSG_PEEK))
		stream_release(socket->endpoint, *at);
	mutex_unlock(&socket->receive_lock);
	return n;
}

static bool unread(const struct socket *socket)
{
	return frag_ring_used(&socket->endpoint->rx) > 0;
}

/* Nothing is there to read: 0 means end of file, 1 wait, or -E. */
static int empty_state(struct endpoint *endpoint)
{
	uint32_t status = endpoint_status(endpoint);

	if (status & EP_RX_FIN)
		return 0;
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
	size_t low =
		MIN((size_t)socket->endpoint->opt.low_water, message->io.left);

	return message->flags & MSG_WAITALL ? message->io.left : MAX(low, 1ul);
}

static ssize_t receive_urgent(struct socket *socket, struct message *message)
{
	struct endpoint *endpoint = socket->endpoint;
	uint32_t status = endpoint_status(endpoint);
	bool ended = status & (EP_RX_EOF | EP_RX_SHUT | EP_DEAD);
	uint8_t byte;
	int n;

	mutex_lock(&socket->receive_lock);
	n = urgent_take(endpoint, message->flags & MSG_PEEK, ended, &byte);
	mutex_unlock(&socket->receive_lock);
	if (n <= 0)
		return n;
	if (!message->io.left) {
		message->flags |= MSG_TRUNC;
		return 0;
	}
	if (!(message->flags & MSG_TRUNC) &&
	    io_copy_to(&message->io, &byte, 1) != 1)
		return -EFAULT;
	message->flags &= ~(unsigned)MSG_TRUNC;
	return 1;
}

static void put_stream_controls(struct socket *socket, struct message *message,
				nsec_t time)
{
	struct endpoint *endpoint = socket->endpoint;
	uint32_t unread;

	if (!message->control_room)
		return;
	if (time)
		inet_put_stamps(socket, message, time);
	if (!endpoint->opt.recv_unread)
		return;
	unread = (uint32_t)frag_ring_used(&endpoint->rx);
	/* The end of the stream counts, so that nobody waits for it. */
	if (!unread && (endpoint_status(endpoint) & EP_RX_EOF))
		unread = 1;
	message_put_control(message, SOL_TCP, TCP_INQ, &unread, 4);
}

/* Waits for `target` bytes; 0, or why there will not be more. */
static ssize_t receive_some(struct socket *socket, struct message *message,
			    size_t target, nsec_t *time)
{
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	uint64_t at = 0;
	size_t total = 0;
	ssize_t n;

	for (;;) {
		uint64_t seen = atomic_load(&socket->endpoint->rx.tail);

		n = take_bytes(socket, message, &at, total > 0, time);
		if (n < 0)
			break;
		total += (size_t)n;
		if (total >= target || (!message->io.left && unread(socket)))
			break;
		if (atomic_load(&socket->endpoint->rx.tail) != seen)
			continue;
		if (total && urgent_marks(socket->endpoint, at))
			break;
		n = total && (message->flags & MSG_DONTWAIT) ?
			    0 :
			    empty_state(socket->endpoint);
		if (n <= 0)
			break;
		n = message->flags & MSG_DONTWAIT ?
			    -EAGAIN :
			    inet_wait_beyond(socket, seen, deadline,
					     socket->receive_timeout);
		if (n)
			break;
	}
	return total ? (ssize_t)total : n;
}

ssize_t inet_stream_receive(struct socket *socket, struct message *message)
{
	size_t target = target_bytes(socket, message);
	nsec_t time = 0;
	ssize_t result;

	if (message->flags & MSG_ERRQUEUE)
		return inet_receive_error(socket, message);
	if (endpoint_status(socket->endpoint) & EP_LISTENING)
		return -ENOTCONN;
	if (message->flags & MSG_OOB) {
		result = receive_urgent(socket, message);
		if (result < 0 || (message->flags & MSG_TRUNC))
			return result;
		message->flags |= MSG_OOB;
		return result;
	}
	result = message->io.left ?
			 receive_some(socket, message, target, &time) :
			 0;
	message->flags &= ~(unsigned)MSG_TRUNC;
	if (result >= 0)
		put_stream_controls(socket, message, time);
	return result;
}
