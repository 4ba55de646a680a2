// SPDX-License-Identifier: MIT
/*
 * UNIX domain sockets: their objects, readiness, options and end. Names are
 * unix_name.c, connections unix_connect.c, the data path unix_message.c,
 * descriptors and credentials unix_control.c.
 */
#include "kernel/socket/unix.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define FIONREAD 0x541b
#define TIOCOUTQ 0x5411

struct unix_socket *unix_peer(struct unix_socket *at)
{
	struct unix_socket *peer;

	spin_lock(&at->lock);
	peer = at->peer ? unix_get(at->peer) : NULL;
	spin_unlock(&at->lock);
	return peer;
}

void unix_wake(struct unix_socket *at, unsigned key)
{
	/* The socket goes only after `socket` was cleared under the lock. */
	spin_lock(&at->lock);
	if (at->socket)
		wake_up(&at->socket->wait, key);
	spin_unlock(&at->lock);
}

static struct unix_credentials current_credentials(const struct socket *socket)
{
	return (struct unix_credentials){ socket->pid, socket->uid,
					  socket->gid };
}

struct unix_socket *unix_make(struct socket *socket)
{
	struct unix_socket *at = kzalloc(sizeof(*at));

	if (!at)
		return NULL;
	at->refs = 1;
	spin_init(&at->lock);
	list_init(&at->queue);
	list_init(&at->pending);
	list_init(&at->flight_link);
	list_init(&at->reach_link);
	at->type = socket->type;
	at->send_buffer = UNIX_BUFFER;
	at->receive_buffer = UNIX_BUFFER;
	at->socket = socket;
	at->network = socket->network;
	at->maker = current_credentials(socket);
	at->number = socket->inode;
	unix_enlist(at);
	return at;
}

static int unix_name(struct socket *socket, uint8_t *name, enum which_name of)
{
	struct unix_socket *at = of != NAME_OWN ?
					 unix_peer(socket->unix_socket) :
					 unix_get(socket->unix_socket);
	int length;

	if (!at)
		return -ENOTCONN;
	length = atomic_load(&at->name_length);
	if (length)
		memcpy(name, at->name, (size_t)length);
	else
		length = 2;
	put_le16(name, AF_UNIX);
	unix_put(at);
	return length;
}

static int unix_shutdown(struct socket *socket, int how)
{
	struct unix_socket *at = socket->unix_socket;
	struct unix_socket *peer = unix_peer(at);
	bool receive = how != SHUT_WR, send = how != SHUT_RD;

	spin_lock(&at->lock);
	at->receive_shut |= receive;
	at->send_shut |= send;
	spin_unlock(&at->lock);
	unix_wake(at, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	if (!peer)
		return 0;
	if (at->type != SOCK_DGRAM) {
		spin_lock(&peer->lock);
		peer->receive_shut |= send;
		peer->send_shut |= receive;
		spin_unlock(&peer->lock);
		unix_wake(peer, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	}
	unix_put(peer);
	return 0;
}

/* Room for another write: at most three quarters of the buffer under way. */
static bool writable(struct unix_socket *at)
{
	return atomic_load_relaxed(&at->charged) * 4 <= at->send_buffer * 3;
}

static unsigned unix_poll(struct socket *socket)
{
	struct unix_socket *at = socket->unix_socket;
	bool stream = at->type != SOCK_DGRAM;
	unsigned events = 0;

	spin_lock(&at->lock);
	if (at->state == UNIX_LISTENING) {
		events = at->pending_count ? POLLIN | POLLRDNORM : 0;
		if (at->receive_shut)
			events |= POLLIN | POLLRDNORM | POLLRDHUP;
		if (at->receive_shut && at->send_shut)
			events |= POLLHUP;
		spin_unlock(&at->lock);
		return events;
	}
	if (!list_empty(&at->queue) || at->receive_shut)
		events |= POLLIN | POLLRDNORM;
	if (at->receive_shut)
		events |= POLLRDHUP;
	if ((at->receive_shut && at->send_shut) ||
	    (stream && at->state != UNIX_CONNECTED))
		events |= POLLHUP;
	if (at->reset)
		events |= POLLERR;
	if (writable(at))
		events |= POLLOUT | POLLWRNORM | POLLWRBAND;
	spin_unlock(&at->lock);
	return events;
}

static long queued_bytes(struct unix_socket *at)
{
	struct unix_message *message;
	long bytes = 0;

	spin_lock(&at->lock);
	LIST_FOR_EACH(message, &at->queue, link) {
		bytes += message->length - message->offset;
		if (at->type != SOCK_STREAM)
			break;
	}
	spin_unlock(&at->lock);
	return bytes;
}

static long unix_ioctl(struct socket *socket, unsigned command,
		       uaddr_t argument)
{
	struct unix_socket *at = socket->unix_socket;

	switch (command) {
	case FIONREAD:
		return put_user_32(argument, (uint32_t)queued_bytes(at));
	case TIOCOUTQ:
		return put_user_32(argument, atomic_load(&at->charged));
	default:
		return -ENOTTY;
	}
}

/* Options that Linux keeps and shows, and that mean nothing to UNIX sockets. */
static bool is_inert(int name)
{
	const uint64_t names = BIT(2 /* REUSEADDR */) | BIT(6 /* BROADCAST */) |
			       BIT(9 /* KEEPALIVE */) | BIT(10 /* OOBINLINE */);

	return name >= 0 && name < 64 && names & BIT(name);
}

static int unix_set_option(struct socket *socket, int level, int name,
			   const void *value, unsigned length)
{
	struct unix_socket *at = socket->unix_socket;
	int number;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	if (length < 4)
		return -EINVAL;
	number = (int)get_le32(value);
	switch (name) {
	case SO_PASSCRED:
		at->pass_credentials = number != 0;
		return 0;
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		at->send_buffer =
			(uint32_t)MAX(MIN(number, UNIX_BUFFER) * 2, 4608);
		return 0;
	case SO_RCVBUF: /* the sender's buffer is what bounds a queue */
	case SO_RCVBUFFORCE:
		at->receive_buffer =
			(uint32_t)MAX(MIN(number, UNIX_BUFFER) * 2, 2304);
		return 0;
	case SO_LINGER:
		return 0; /* kept by the socket; closing never waits here */
	default:
		if (!is_inert(name))
			return -ENOPROTOOPT;
		at->inert &= ~BIT(name);
		if (number)
			at->inert |= BIT(name);
		return 0;
	}
}

static int put_int(int number, void *value, unsigned length)
{
	length = MIN(length, 4u);
	memcpy(value, &number, length);
	return (int)length;
}

static int unix_get_option(struct socket *socket, int level, int name,
			   void *value, unsigned length)
{
	struct unix_socket *at = socket->unix_socket;
	uint8_t bytes[12];

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	switch (name) {
	case SO_PEERCRED:
		put_le32(bytes, (uint32_t)at->peer_credentials.pid);
		put_le32(bytes + 4, at->peer_credentials.uid);
		put_le32(bytes + 8, at->peer_credentials.gid);
		if (at->state == UNIX_IDLE)
			memset(bytes + 4, 0xff, 8);
		length = MIN(length, 12u);
		memcpy(value, bytes, length);
		return (int)length;
	case SO_PASSCRED:
		return put_int(at->pass_credentials, value, length);
	case SO_SNDBUF:
		return put_int((int)at->send_buffer, value, length);
	case SO_RCVBUF:
		return put_int((int)at->receive_buffer, value, length);
	case SO_ACCEPTCONN:
		return put_int(at->state == UNIX_LISTENING, value, length);
	case SO_ERROR:
		return put_int(atomic_exchange(&at->reset, false) ? ECONNRESET :
								    0,
			       value, length);
	case SO_LINGER:
		put_le32(bytes, socket->linger);
		put_le32(bytes + 4, socket->linger_seconds);
		length = MIN(length, 8u);
		memcpy(value, bytes, length);
		return (int)length;
	default:
		if (!is_inert(name))
			return -ENOPROTOOPT;
		return put_int((at->inert & BIT(name)) != 0, value, length);
	}
}

void unix_drop_queue(struct unix_socket *at)
{
	struct unix_message *message;

	for (;;) {
		spin_lock(&at->lock);
		message = list_empty(&at->queue) ?
				  NULL :
				  LIST_FIRST(&at->queue, struct unix_message,
					     link);
		if (message)
			list_remove(&message->link);
		spin_unlock(&at->lock);
		if (!message)
			break;
		unix_message_free(message);
	}
}

static void unix_release(struct socket *socket)
{
	struct unix_socket *at = socket->unix_socket, *peer;
	bool unread;

	if (!at) {
		socket_free(socket);
		return;
	}
	unix_forget_name(at);
	spin_lock(&at->lock);
	at->state = UNIX_CLOSED;
	at->socket = NULL;
	peer = at->peer;
	at->peer = NULL;
	unread = !list_empty(&at->queue);
	spin_unlock(&at->lock);
	unix_refuse_pending(at);
	unix_drop_queue(at);
	if (peer) {
		unix_tell_peer(peer, unread);
		unix_put(peer);
	}
	unix_put(at);
	socket_free(socket);
	unix_collect();
}

static const struct socket_ops unix_ops = {
	.bind = unix_bind,
	.connect = unix_connect,
	.listen = unix_listen,
	.accept = unix_accept,
	.name = unix_name,
	.send = unix_send,
	.receive = unix_receive,
	.shutdown = unix_shutdown,
	.set_option = unix_set_option,
	.get_option = unix_get_option,
	.poll = unix_poll,
	.ioctl = unix_ioctl,
	.release = unix_release,
};

static int unix_create(struct socket *socket)
{
	if (socket->type == SOCK_RAW)
		socket->type = SOCK_DGRAM;
	if (socket->type != SOCK_STREAM && socket->type != SOCK_DGRAM &&
	    socket->type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	if (socket->protocol && socket->protocol != AF_UNIX)
		return -EPROTONOSUPPORT;
	socket->protocol = 0;
	socket->ops = &unix_ops;
	socket->unix_socket = unix_make(socket);
	return socket->unix_socket ? 0 : -ENOMEM;
}

const struct socket_family unix_family = { AF_UNIX, unix_create, unix_pair };
