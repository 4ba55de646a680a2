// SPDX-License-Identifier: MIT
/*
 * Sending and receiving on UNIX sockets. A send becomes one message (a stream:
 * pieces of at most 32 KiB) in the receiver's queue, charged to the sender's
 * buffer until it was read. The bytes are copied before the queue's lock is
 * taken and after it was given up.
 *
 * The head of a queue is removed only under the receiving socket's
 * receive_lock, so a receiver may copy from it without any spinlock.
 */
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "kernel/socket/unix.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PIECE_MAX 32000u /* one allocation of 32 KiB with the header */

/*
 * Freeing a message may close the last reference to a socket in whose queue
 * lie messages with sockets, and so on without end. So a thread that is
 * freeing puts what it meets on the way on its own list instead of descending.
 */
struct drain {
	struct list link;
	struct thread *thread;
	struct list messages;
};
static struct list drains = LIST_INIT(drains); /* guarded by drains_lock */
static struct spinlock drains_lock = SPINLOCK_INIT;

/* True: this thread is freeing already and will free the message, too. */
static bool leave_to_outer(struct unix_message *message, struct drain *own)
{
	struct drain *drain;

	spin_lock(&drains_lock);
	LIST_FOR_EACH(drain, &drains, link) {
		if (drain->thread != current_thread())
			continue;
		list_push_back(&drain->messages, &message->link);
		spin_unlock(&drains_lock);
		return true;
	}
	own->thread = current_thread();
	list_init(&own->messages);
	list_push_back(&own->messages, &message->link);
	list_push_back(&drains, &own->link);
	spin_unlock(&drains_lock);
	return false;
}

static struct unix_message *next_of(struct drain *drain)
{
	struct unix_message *message;

	spin_lock(&drains_lock);
	message = LIST_POP(&drain->messages, struct unix_message, link);
	if (!message)
		list_remove(&drain->link);
	spin_unlock(&drains_lock);
	return message;
}

static void free_one(struct unix_message *message)
{
	unix_share_give_back(message);
	unix_flight_end(message->files, message->file_count, message->sockets);
	if (message->sender) {
		atomic_fetch_sub(&message->sender->charged, message->charge);
		unix_wake(message->sender, POLLOUT | POLLWRNORM | POLLWRBAND);
		unix_put(message->sender);
	}
	kfree(message);
}

void unix_message_free(struct unix_message *message)
{
	struct drain own;

	if (!message->file_count) {
		free_one(message);
		return;
	}
	if (leave_to_outer(message, &own))
		return;
	while ((message = next_of(&own)))
		free_one(message);
}

static struct unix_message *make_message(uint32_t length)
{
	struct unix_message *message = kmalloc(sizeof(*message) + length);

	if (!message)
		return NULL;
	memset(message, 0, sizeof(*message));
	message->data = (uint8_t *)(message + 1);
	message->length = length;
	message->charge = (uint32_t)sizeof(*message) + length;
	message->who = (struct unix_credentials){ socket_current_pid(),
						  current_cred()->euid,
						  current_cred()->egid };
	return message;
}

/* The next piece of the caller's data, with what the first one carries. */
static int build(struct socket *socket, struct message *in, bool first,
		 struct unix_message **built)
{
	struct unix_socket *from = socket->unix_socket;
	uint32_t length = (uint32_t)in->io.left;
	struct unix_message *message;
	int error = 0;

	if (from->type == SOCK_STREAM)
		length = MIN(length, PIECE_MAX);
	message = make_message(length);
	if (!message)
		return -ENOBUFS;
	if (io_copy_from(&in->io, message->data, length) != length)
		error = -EFAULT;
	if (!error && first)
		error = unix_take_controls(in, message);
	if (error) {
		unix_message_free(message);
		return error;
	}
	message->name_length = atomic_load(&from->name_length);
	memcpy(message->name, from->name, message->name_length);
	message->sender = unix_get(from);
	atomic_fetch_add(&from->charged, message->charge);
	*built = message;
	return 0;
}

/* Into the receiver's queue; on error the message is freed. */
static int deliver(struct unix_socket *from, struct unix_socket *to,
		   struct unix_message *message)
{
	int error = 0;

	spin_lock(&to->lock);
	if (to->state == UNIX_CLOSED)
		error = from->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	else if (from->type == SOCK_DGRAM && to->peer && to->peer != from)
		error = -EPERM; /* it is connected to another */
	else if (to->receive_shut)
		error = -EPIPE;
	if (!error) {
		list_push_back(&to->queue, &message->link);
		to->queued++;
	}
	spin_unlock(&to->lock);
	if (error)
		unix_message_free(message);
	else
		unix_wake(to, POLLIN | POLLRDNORM);
	return error;
}

static bool has_room(struct unix_socket *from)
{
	return from->send_shut ||
	       atomic_load(&from->charged) < from->send_buffer;
}

static int wait_for_room(struct socket *socket, struct message *in,
			 nsec_t deadline)
{
	struct unix_socket *from = socket->unix_socket;
	int error;

	if (has_room(from))
		return 0;
	if (in->flags & MSG_DONTWAIT)
		return -EAGAIN;
	error = wait_event_until(&socket->wait, has_room(from), deadline);
	return error ? socket_wait_error(error, socket->send_timeout) : 0;
}

/* To whom: the peer, or (datagrams) the name in the message. */
static int find_receiver(struct socket *socket, struct message *in,
			 struct unix_socket **to)
{
	struct unix_socket *from = socket->unix_socket;

	if (in->name_length && from->type == SOCK_DGRAM)
		return unix_find(from->network, in->name, in->name_length,
				 SOCK_DGRAM, to);
	*to = unix_peer(from);
	if (in->name_length)
		return *to ? (unix_put(*to), -EISCONN) : -EOPNOTSUPP;
	if (*to)
		return 0;
	return from->send_shut ? -EPIPE : -ENOTCONN;
}

static ssize_t send_to(struct socket *socket, struct unix_socket *to,
		       struct message *in)
{
	struct unix_socket *from = socket->unix_socket;
	nsec_t deadline = socket_deadline(socket->send_timeout);
	size_t all = in->io.left, total = 0;
	int error = 0;

	do {
		struct unix_message *message;
		size_t before = in->io.left;

		error = from->send_shut ? -EPIPE :
					  wait_for_room(socket, in, deadline);
		if (!error)
			error = build(socket, in, !total, &message);
		if (!error)
			error = deliver(from, to, message);
		if (error)
			break;
		total += before - in->io.left;
	} while (total < all);
	return total ? (ssize_t)total : error;
}

ssize_t unix_send(struct socket *socket, struct message *message)
{
	struct unix_socket *from = socket->unix_socket, *to;
	ssize_t result;
	int error;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (from->type != SOCK_STREAM && message->io.left > from->send_buffer)
		return -EMSGSIZE;
	if (from->type == SOCK_STREAM && !message->io.left)
		return from->send_shut ? -EPIPE : 0;
	error = find_receiver(socket, message, &to);
	if (error)
		return error;
	result = send_to(socket, to, message);
	unix_put(to);
	return result;
}

static struct unix_message *head(struct unix_socket *at)
{
	struct unix_message *message = NULL;

	spin_lock(&at->lock);
	if (!list_empty(&at->queue))
		message = LIST_FIRST(&at->queue, struct unix_message, link);
	spin_unlock(&at->lock);
	return message;
}

static void remove_head(struct unix_socket *at, struct unix_message *message)
{
	spin_lock(&at->lock);
	list_remove(&message->link);
	at->queued--;
	spin_unlock(&at->lock);
	unix_message_free(message);
}

static void put_name(struct message *out, const struct unix_message *message)
{
	memcpy(out->name, message->name, message->name_length);
	out->name_length = message->name_length;
}

/* A whole datagram or record. */
static ssize_t take_record(struct socket *socket, struct message *out,
			   struct unix_message *message)
{
	uint32_t want = (uint32_t)MIN(out->io.left, (size_t)message->length);
	bool peek = out->flags & MSG_PEEK, whole = out->flags & MSG_TRUNC;

	if (unix_reserve_controls(out, message))
		return -ENOMEM;
	if (io_copy_to(&out->io, message->data, want) != want)
		return -EFAULT;
	out->flags &= ~(unsigned)MSG_TRUNC;
	if (want < message->length)
		out->flags |= MSG_TRUNC;
	if (socket->type == SOCK_SEQPACKET)
		out->flags |= MSG_EOR;
	put_name(out, message);
	unix_put_controls(socket, out, message, peek);
	want = whole ? message->length : want;
	if (!peek)
		remove_head(socket->unix_socket, message);
	return want;
}

/* May bytes of `next` follow those of a message from `who` in one call? */
static bool same_source(const struct socket *socket,
			const struct unix_message *next,
			const struct unix_credentials *who)
{
	return !socket->unix_socket->pass_credentials ||
	       (next->who.pid == who->pid && next->who.uid == who->uid &&
		next->who.gid == who->gid);
}

/* One step of a stream: bytes of the head message. *stop: files came along. */
static ssize_t take_piece(struct socket *socket, struct message *out,
			  struct unix_message *message, bool *stop)
{
	uint32_t there = message->length - message->offset;
	uint32_t want = (uint32_t)MIN(out->io.left, (size_t)there);
	bool peek = out->flags & MSG_PEEK;
	size_t n;

	if (unix_reserve_controls(out, message))
		return -ENOMEM;
	n = io_copy_to(&out->io, message->data + message->offset, want);
	if (!n && want)
		return -EFAULT;
	*stop = message->file_count != 0;
	unix_put_controls(socket, out, message, peek);
	if (peek)
		return (ssize_t)n;
	message->offset += (uint32_t)n;
	if (message->offset == message->length)
		remove_head(socket->unix_socket, message);
	return (ssize_t)n;
}

/* *stop: this call is to take no more, whatever it asked for. */
static ssize_t take_stream(struct socket *socket, struct message *out,
			   bool *stop)
{
	struct unix_credentials who = { 0 };
	struct unix_message *message;
	ssize_t total = 0;

	while (out->io.left && !*stop &&
	       (message = head(socket->unix_socket))) {
		ssize_t n;

		*stop = total && (!same_source(socket, message, &who) ||
				  message->file_count || out->flags & MSG_PEEK);
		if (*stop)
			break;
		who = message->who;
		n = take_piece(socket, out, message, stop);
		if (n < 0)
			return total ? total : n;
		total += n;
	}
	return total;
}

static void close_spent(struct message *out)
{
	while (out->spent) {
		struct unix_message *message = out->spent;

		out->spent = message->next_spent;
		unix_message_free(message);
	}
}

static ssize_t take_now(struct socket *socket, struct message *out, bool *stop)
{
	struct unix_message *message;
	ssize_t result;

	mutex_lock(&socket->receive_lock);
	message = head(socket->unix_socket);
	if (!message)
		result = -EAGAIN;
	else if (socket->type == SOCK_STREAM)
		result = take_stream(socket, out, stop);
	else
		result = take_record(socket, out, message);
	mutex_unlock(&socket->receive_lock);
	close_spent(out);
	return result;
}

static bool readable(struct unix_socket *at)
{
	return !list_empty(&at->queue) || at->receive_shut;
}

/* The queue was found empty. 1: wait; 2: look again; 0: end of file; or -E. */
static int empty_state(struct unix_socket *at)
{
	int state = 1;

	spin_lock(&at->lock);
	if (!list_empty(&at->queue)) {
		state = 2; /* sent before the end, which may have come, too */
	} else if (at->reset) {
		at->reset = false;
		state = -ECONNRESET;
	} else if (at->receive_shut) {
		state = 0;
	} else if (at->type != SOCK_DGRAM && at->state != UNIX_CONNECTED) {
		state = at->type == SOCK_STREAM ? -EINVAL : -ENOTCONN;
	}
	spin_unlock(&at->lock);
	return state;
}

ssize_t unix_receive(struct socket *socket, struct message *message)
{
	struct unix_socket *at = socket->unix_socket;
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	bool wait_all = message->flags & MSG_WAITALL &&
			socket->type == SOCK_STREAM;
	bool peek = message->flags & MSG_PEEK, stop = false;
	ssize_t total = 0, n;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!message->io.left && socket->type == SOCK_STREAM)
		return 0;
	for (;;) {
		n = take_now(socket, message, &stop);
		if (n >= 0) {
			total += n;
			if (!wait_all || peek || stop || !message->io.left)
				return total;
			continue;
		}
		if (n != -EAGAIN)
			break;
		n = empty_state(at);
		if (n == 2)
			continue;
		if (n <= 0)
			break;
		n = -EAGAIN;
		if (message->flags & MSG_DONTWAIT)
			break;
		n = wait_event_until(&socket->wait, readable(at), deadline);
		if (n) {
			n = socket_wait_error((int)n, socket->receive_timeout);
			break;
		}
	}
	return total ? total : n;
}
