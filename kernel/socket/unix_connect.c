// SPDX-License-Identifier: MIT
/*
 * Connections of UNIX sockets: joining two ends, a listener's queue, and what
 * the other side sees when one goes. Two sockets are locked in the order of
 * their addresses.
 */
#include "kernel/socket/unix.h"

#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

static void lock_pair(struct unix_socket *a, struct unix_socket *b)
{
	spin_lock(a < b ? &a->lock : &b->lock);
	if (a != b)
		spin_lock(a < b ? &b->lock : &a->lock);
}

static void unlock_pair(struct unix_socket *a, struct unix_socket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

/* A datagram socket that is connected takes from its peer alone. */
static bool may_send(struct unix_socket *from, struct unix_socket *to)
{
	bool may;

	spin_lock(&to->lock);
	may = !to->peer || to->peer == from;
	spin_unlock(&to->lock);
	return may;
}

static int connect_datagram(struct unix_socket *at, const uint8_t *name,
			    int length)
{
	struct unix_socket *other = NULL, *old;
	int error = 0;

	if (get_le16(name) != AF_UNSPEC)
		error = unix_find(at->network, name, length, SOCK_DGRAM,
				  &other);
	if (!error && other && !may_send(at, other)) {
		unix_put(other);
		error = -EPERM;
	}
	if (error)
		return error;
	spin_lock(&at->lock);
	old = at->peer;
	at->peer = other;
	at->state = other ? UNIX_CONNECTED : UNIX_IDLE;
	spin_unlock(&at->lock);
	if (other)
		atomic_store(&other->heard, true);
	if (old)
		unix_put(old);
	return 0;
}

/* Join the two ends; both locks are held. */
static void join(struct unix_socket *a, struct unix_socket *b)
{
	a->peer = unix_get(b);
	b->peer = unix_get(a);
	a->peer_credentials = b->maker;
	b->peer_credentials = a->maker;
	a->state = b->state = UNIX_CONNECTED;
}

/* Put the server's end into the listener's queue: 0, -EAGAIN: it is full. */
static int enqueue(struct unix_socket *listener, struct unix_socket *client,
		   struct unix_connection *connection)
{
	int error = 0;

	lock_pair(listener, client);
	if (listener->state != UNIX_LISTENING || listener->receive_shut)
		error = -ECONNREFUSED;
	else if (client->state != UNIX_IDLE)
		error = client->state == UNIX_CONNECTED ? -EISCONN : -EINVAL;
	else if (listener->pending_count > listener->backlog)
		error = -EAGAIN;
	if (!error) {
		struct unix_socket *end = connection->server_end;

		end->maker = listener->maker;
		join(client, end);
		memcpy(end->name, listener->name, listener->name_length);
		end->name_length = listener->name_length;
		end->file_number = listener->file_number;
		end->file_device = listener->file_device;
		list_push_back(&listener->pending, &connection->link);
		listener->pending_count++;
	}
	unlock_pair(listener, client);
	return error;
}

static bool listener_has_room(struct unix_socket *listener)
{
	return listener->state != UNIX_LISTENING || listener->receive_shut ||
	       listener->pending_count <= listener->backlog;
}

static int wait_for_room(struct socket *socket, struct unix_socket *listener,
			 nsec_t deadline)
{
	struct wait_queue *queue = NULL;
	struct file *file = NULL;
	int error;

	/* The listener's own queue announces POLLOUT when one is accepted. A
	 * socket that is being released has lost its file already. */
	spin_lock(&listener->lock);
	if (listener->socket)
		file = READ_ONCE(listener->socket->file);
	if (file && file_get_unless_dead(file))
		queue = &listener->socket->wait;
	spin_unlock(&listener->lock);
	if (!queue)
		return -ECONNREFUSED;
	error = wait_event_until(queue, listener_has_room(listener), deadline);
	file_put(file);
	return error ? socket_wait_error(error, socket->send_timeout) : 0;
}

static int connect_to(struct socket *socket, struct unix_socket *listener,
		      bool nonblock)
{
	struct unix_socket *at = socket->unix_socket;
	struct unix_connection *connection = kzalloc(sizeof(*connection));
	struct unix_socket *end = unix_make(socket);
	nsec_t deadline = socket_deadline(socket->send_timeout);
	int error = connection && end ? 0 : -ENOMEM;

	if (end) {
		end->socket = NULL;
		end->network = listener->network;
	}
	while (!error) {
		connection->server_end = end;
		error = enqueue(listener, at, connection);
		if (!error) {
			unix_wake(listener, POLLIN | POLLRDNORM);
			return 0;
		}
		if (error == -EAGAIN && !nonblock)
			error = wait_for_room(socket, listener, deadline);
	}
	kfree(connection);
	if (end)
		unix_put(end);
	return error;
}

int unix_connect(struct socket *socket, const uint8_t *name, int length,
		 bool nonblock)
{
	struct unix_socket *at = socket->unix_socket, *listener;
	int error;

	if (length < 2)
		return -EINVAL;
	if (socket->type == SOCK_DGRAM)
		return connect_datagram(at, name, length);
	error = unix_find(socket->network, name, length, socket->type,
			  &listener);
	if (error)
		return error;
	error = connect_to(socket, listener, nonblock);
	unix_put(listener);
	return error;
}

int unix_listen(struct socket *socket, int backlog)
{
	struct unix_socket *at = socket->unix_socket;
	int error = 0;

	if (socket->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	spin_lock(&at->lock);
	if (!at->name_length ||
	    (at->state != UNIX_IDLE && at->state != UNIX_LISTENING))
		error = -EINVAL;
	else {
		at->state = UNIX_LISTENING;
		at->backlog = backlog < 0 || backlog > 4096 ? 4096 :
							      (uint32_t)backlog;
	}
	spin_unlock(&at->lock);
	return error;
}

static struct unix_connection *take_pending(struct unix_socket *at)
{
	struct unix_connection *connection = NULL;

	spin_lock(&at->lock);
	if (!list_empty(&at->pending)) {
		connection =
			LIST_FIRST(&at->pending, struct unix_connection, link);
		list_remove(&connection->link);
		at->pending_count--;
	}
	spin_unlock(&at->lock);
	return connection;
}

int unix_accept(struct socket *socket, struct socket *fresh, bool nonblock)
{
	struct unix_socket *at = socket->unix_socket;
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	struct unix_connection *connection;

	if (socket->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (at->state != UNIX_LISTENING)
		return -EINVAL;
	while (!(connection = take_pending(at))) {
		int error;

		if (at->receive_shut)
			return -EINVAL;
		if (nonblock)
			return -EAGAIN;
		error = wait_event_until(
			&socket->wait,
			at->pending_count != 0 || at->receive_shut, deadline);
		if (error)
			return socket_wait_error(error,
						 socket->receive_timeout);
	}
	wake_up(&socket->wait, POLLOUT | POLLWRNORM);
	fresh->unix_socket = connection->server_end;
	spin_lock(&fresh->unix_socket->lock);
	fresh->unix_socket->number = fresh->inode;
	fresh->unix_socket->socket = fresh;
	fresh->unix_socket->pass_credentials = at->pass_credentials;
	spin_unlock(&fresh->unix_socket->lock);
	kfree(connection);
	return 0;
}

/* The other side sees end of file, or a reset if it left data unread. */
void unix_tell_peer(struct unix_socket *peer, bool unread)
{
	spin_lock(&peer->lock);
	if (peer->type != SOCK_DGRAM) {
		peer->receive_shut = peer->send_shut = true;
		peer->reset |= unread;
	}
	spin_unlock(&peer->lock);
	unix_wake(peer, POLLIN | POLLOUT | POLLHUP | POLLRDHUP | POLLERR);
}

void unix_refuse_pending(struct unix_socket *at)
{
	struct unix_connection *connection;

	while ((connection = take_pending(at))) {
		struct unix_socket *end = connection->server_end;
		struct unix_socket *client = unix_peer(end);

		spin_lock(&end->lock);
		end->state = UNIX_CLOSED;
		end->peer = NULL;
		spin_unlock(&end->lock);
		/* What it sent before it was accepted. */
		unix_drop_queue(end);
		if (client) {
			unix_tell_peer(client, true);
			unix_put(client); /* end's */
			unix_put(client); /* ours */
		}
		unix_put(end);
		kfree(connection);
	}
}

int unix_pair(struct socket *a, struct socket *b)
{
	lock_pair(a->unix_socket, b->unix_socket);
	join(a->unix_socket, b->unix_socket);
	unlock_pair(a->unix_socket, b->unix_socket);
	return 0;
}
