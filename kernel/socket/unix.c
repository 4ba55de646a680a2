// SPDX-License-Identifier: MIT
/*
 * UNIX domain sockets: names, connections and their ends. The data path is
 * unix_message.c, descriptors and credentials unix_control.c.
 *
 * A bound name is in one hash, keyed by inode for path names and by the bytes
 * for abstract ones, so that connecting resolves a path to its inode once and
 * hard links and renames behave.
 */
#include "kernel/socket/unix.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define HASH_SIZE 256
#define PATH_OFFSET 2 /* of sun_path in struct sockaddr_un */
#define FIONREAD 0x541b
#define TIOCOUTQ 0x5411

static struct hlist names[HASH_SIZE];
static struct list all = LIST_INIT(all);
static struct spinlock names_lock; /* guards names, all and their links */
static uint32_t next_autobind;

struct unix_socket *unix_get(struct unix_socket *at)
{
	__atomic_fetch_add(&at->refs, 1, __ATOMIC_RELAXED);
	return at;
}

void unix_put(struct unix_socket *at)
{
	if (__atomic_sub_fetch(&at->refs, 1, __ATOMIC_ACQ_REL))
		return;
	spin_lock(&names_lock);
	list_remove(&at->all_link);
	spin_unlock(&names_lock);
	if (at->inode)
		path_ops.inode_put(at->inode);
	kfree(at);
}

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

static struct unix_socket *make(struct socket *socket)
{
	struct unix_socket *at = kzalloc(sizeof(*at));

	if (!at)
		return NULL;
	at->refs = 1;
	spin_init(&at->lock);
	list_init(&at->queue);
	list_init(&at->pending);
	at->type = socket->type;
	at->send_buffer = UNIX_BUFFER;
	at->socket = socket;
	at->maker = current_credentials(socket);
	at->number = socket->inode;
	spin_lock(&names_lock);
	list_push_back(&all, &at->all_link);
	spin_unlock(&names_lock);
	return at;
}

/* Linux's SS_ numbers: 1 unconnected, 3 connected; flag 0x10000: listening. */
void unix_each(void (*row)(const struct unix_info *info, void *arg), void *arg)
{
	struct unix_socket *at;

	spin_lock(&names_lock);
	LIST_FOR_EACH(at, &all, all_link) {
		struct unix_info info = {
			.refs = (uint32_t)at->refs,
			.flags = at->state == UNIX_LISTENING ? 0x10000 : 0,
			.type = (uint32_t)at->type,
			.state = at->state == UNIX_CONNECTED ? 3 : 1,
			.inode = at->number,
		};

		if (at->name_length > PATH_OFFSET) {
			info.name_length = at->name_length - PATH_OFFSET;
			memcpy(info.name, at->name + PATH_OFFSET,
			       (size_t)info.name_length);
		}
		row(&info, arg);
	}
	spin_unlock(&names_lock);
}

static struct hlist *bucket(const struct inode *inode, const uint8_t *name,
			    int length)
{
	uint64_t hash = inode ? hash_u64((uintptr_t)inode) :
				hash_bytes(name, (size_t)length);

	return &names[hash % HASH_SIZE];
}

/* Under names_lock. */
static struct unix_socket *find_name(const struct inode *inode,
				     const uint8_t *name, int length)
{
	struct hlist *list = bucket(inode, name, length);

	for (struct hnode *node = list->first; node; node = node->next) {
		struct unix_socket *at =
			container_of(node, struct unix_socket, name_link);

		if (inode ? at->inode == inode :
			    !at->inode && at->name_length == length &&
				    !memcmp(at->name, name, (size_t)length))
			return at;
	}
	return NULL;
}

static int insert_name(struct unix_socket *at, struct inode *inode,
		       const uint8_t *name, int length)
{
	int error = -EADDRINUSE;

	spin_lock(&names_lock);
	if (at->name_length) {
		error = -EINVAL;
	} else if (inode || !find_name(NULL, name, length)) {
		at->inode = inode;
		memcpy(at->name, name, (size_t)length);
		hlist_add(bucket(inode, name, length), &at->name_link);
		atomic_store(&at->name_length, (uint8_t)length);
		error = 0;
	}
	spin_unlock(&names_lock);
	return error;
}

/* Linux's form: five hexadecimal digits in the abstract name space. */
static int autobind(struct unix_socket *at)
{
	uint8_t name[PATH_OFFSET + 7];
	int error = -EADDRINUSE;

	put_le16(name, AF_UNIX);
	name[PATH_OFFSET] = 0;
	for (unsigned tries = 0; error == -EADDRINUSE && tries < 1u << 20;
	     tries++) {
		uint32_t number = atomic_fetch_add(&next_autobind, 1);

		format_to((char *)name + PATH_OFFSET + 1, 6, "%05x",
			  number & 0xfffff);
		error = insert_name(at, NULL, name, PATH_OFFSET + 6);
	}
	return error;
}

/* A NUL-terminated copy of a path name; false: it is abstract or unnamed. */
static bool path_of(const uint8_t *name, int length,
		    char path[UNIX_PATH_MAX + 1])
{
	int n = length - PATH_OFFSET;

	if (n <= 0 || !name[PATH_OFFSET])
		return false;
	memcpy(path, name + PATH_OFFSET, (size_t)n);
	path[n] = 0;
	return true;
}

static int check_name(const uint8_t *name, int length)
{
	if (length < PATH_OFFSET || length > PATH_OFFSET + UNIX_PATH_MAX ||
	    get_le16(name) != AF_UNIX)
		return -EINVAL;
	return 0;
}

static int unix_bind(struct socket *socket, const uint8_t *name, int length)
{
	struct unix_socket *at = socket->unix_socket;
	uint8_t stored[ADDRESS_MAX];
	char path[UNIX_PATH_MAX + 1];
	struct inode *inode;
	int error = check_name(name, length);

	if (error)
		return error;
	if (at->name_length)
		return -EINVAL;
	if (length == PATH_OFFSET)
		return autobind(at);
	memcpy(stored, name, (size_t)length);
	if (!path_of(name, length, path))
		return insert_name(at, NULL, stored, length);
	error = path_ops.make_socket(path, 0777, &inode);
	if (error)
		return error == -EEXIST ? -EADDRINUSE : error;
	/* The name that others see ends with the NUL. */
	length = PATH_OFFSET + (int)strlen(path) + 1;
	memcpy(stored + PATH_OFFSET, path, strlen(path) + 1);
	error = insert_name(at, inode, stored, length);
	if (error)
		path_ops.inode_put(inode);
	return error;
}

int unix_find(const uint8_t *name, int length, int type,
	      struct unix_socket **found)
{
	char path[UNIX_PATH_MAX + 1];
	struct inode *inode = NULL;
	struct unix_socket *at;
	int error = check_name(name, length);

	if (!error && length == PATH_OFFSET)
		error = -EINVAL;
	if (!error && path_of(name, length, path))
		error = path_ops.find_socket(path, &inode);
	if (error)
		return error;
	spin_lock(&names_lock);
	at = find_name(inode, name, length);
	if (at)
		unix_get(at);
	spin_unlock(&names_lock);
	if (inode)
		path_ops.inode_put(inode);
	if (!at)
		return -ECONNREFUSED;
	if (at->type != type) {
		unix_put(at);
		return -EPROTOTYPE;
	}
	*found = at;
	return 0;
}

static void forget_name(struct unix_socket *at)
{
	spin_lock(&names_lock);
	if (hnode_linked(&at->name_link))
		hlist_remove(&at->name_link);
	spin_unlock(&names_lock);
}

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

static int connect_datagram(struct unix_socket *at, const uint8_t *name,
			    int length)
{
	struct unix_socket *other = NULL, *old;
	int error = 0;

	if (get_le16(name) != AF_UNSPEC)
		error = unix_find(name, length, SOCK_DGRAM, &other);
	if (error)
		return error;
	spin_lock(&at->lock);
	old = at->peer;
	at->peer = other;
	at->state = other ? UNIX_CONNECTED : UNIX_IDLE;
	spin_unlock(&at->lock);
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
	if (listener->state != UNIX_LISTENING)
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
		list_push_back(&listener->pending, &connection->link);
		listener->pending_count++;
	}
	unlock_pair(listener, client);
	return error;
}

static bool listener_has_room(struct unix_socket *listener)
{
	return listener->state != UNIX_LISTENING ||
	       listener->pending_count <= listener->backlog;
}

static int wait_for_room(struct socket *socket, struct unix_socket *listener,
			 nsec_t deadline)
{
	struct wait_queue *queue;
	int error;

	/* The listener's own queue announces POLLOUT when one is accepted. */
	spin_lock(&listener->lock);
	queue = listener->socket ? &listener->socket->wait : NULL;
	if (queue)
		file_get(listener->socket->file);
	spin_unlock(&listener->lock);
	if (!queue)
		return -ECONNREFUSED;
	error = wait_event_until(queue, listener_has_room(listener), deadline);
	file_put(container_of(queue, struct socket, wait)->file);
	return error ? socket_wait_error(error, socket->send_timeout) : 0;
}

static int connect_to(struct socket *socket, struct unix_socket *listener,
		      bool nonblock)
{
	struct unix_socket *at = socket->unix_socket;
	struct unix_connection *connection = kzalloc(sizeof(*connection));
	struct unix_socket *end = make(socket);
	nsec_t deadline = socket_deadline(socket->send_timeout);
	int error = connection && end ? 0 : -ENOMEM;

	if (end)
		end->socket = NULL;
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

static int unix_connect(struct socket *socket, const uint8_t *name, int length,
			bool nonblock)
{
	struct unix_socket *at = socket->unix_socket, *listener;
	int error;

	if (length < 2)
		return -EINVAL;
	if (socket->type == SOCK_DGRAM)
		return connect_datagram(at, name, length);
	error = unix_find(name, length, socket->type, &listener);
	if (error)
		return error;
	error = connect_to(socket, listener, nonblock);
	unix_put(listener);
	return error;
}

static int unix_listen(struct socket *socket, int backlog)
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

static int unix_accept(struct socket *socket, struct socket *fresh,
		       bool nonblock)
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

		if (nonblock)
			return -EAGAIN;
		error = wait_event_until(&socket->wait, at->pending_count != 0,
					 deadline);
		if (error)
			return socket_wait_error(error,
						 socket->receive_timeout);
	}
	wake_up(&socket->wait, POLLOUT | POLLWRNORM);
	fresh->unix_socket = connection->server_end;
	spin_lock(&fresh->unix_socket->lock);
	fresh->unix_socket->number = fresh->inode;
	fresh->unix_socket->socket = fresh;
	spin_unlock(&fresh->unix_socket->lock);
	kfree(connection);
	return 0;
}

static int unix_name(struct socket *socket, uint8_t *name, bool peer)
{
	struct unix_socket *at = peer ? unix_peer(socket->unix_socket) :
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

	if (!peer && at->type != SOCK_DGRAM && at->state != UNIX_LISTENING)
		return -ENOTCONN;
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
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
	case SO_LINGER:
	case SO_PASSSEC:
		return 0;
	default:
		return name < SO_PROTOCOL ? 0 : -ENOPROTOOPT;
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
		return put_int(UNIX_BUFFER, value, length);
	case SO_ACCEPTCONN:
		return put_int(at->state == UNIX_LISTENING, value, length);
	case SO_ERROR:
	case SO_LINGER:
		return put_int(0, value, length);
	default:
		return -ENOPROTOOPT;
	}
}

/* The other side sees end of file, or a reset if it left data unread. */
static void tell_peer(struct unix_socket *peer, bool unread)
{
	spin_lock(&peer->lock);
	if (peer->type != SOCK_DGRAM) {
		peer->receive_shut = peer->send_shut = true;
		peer->reset |= unread;
	}
	spin_unlock(&peer->lock);
	unix_wake(peer, POLLIN | POLLOUT | POLLHUP | POLLRDHUP | POLLERR);
}

static void refuse_pending(struct unix_socket *at)
{
	struct unix_connection *connection;

	while ((connection = take_pending(at))) {
		struct unix_socket *end = connection->server_end;
		struct unix_socket *client = unix_peer(end);

		if (client) {
			tell_peer(client, true);
			spin_lock(&end->lock);
			end->peer = NULL;
			spin_unlock(&end->lock);
			unix_put(client); /* end's */
			unix_put(client); /* ours */
		}
		unix_put(end);
		kfree(connection);
	}
}

static void drop_queue(struct unix_socket *at)
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
	forget_name(at);
	spin_lock(&at->lock);
	at->state = UNIX_CLOSED;
	at->socket = NULL;
	peer = at->peer;
	at->peer = NULL;
	unread = !list_empty(&at->queue);
	spin_unlock(&at->lock);
	refuse_pending(at);
	drop_queue(at);
	if (peer) {
		tell_peer(peer, unread);
		unix_put(peer);
	}
	unix_put(at);
	socket_free(socket);
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
	socket->unix_socket = make(socket);
	return socket->unix_socket ? 0 : -ENOMEM;
}

static int unix_pair(struct socket *a, struct socket *b)
{
	lock_pair(a->unix_socket, b->unix_socket);
	join(a->unix_socket, b->unix_socket);
	unlock_pair(a->unix_socket, b->unix_socket);
	return 0;
}

const struct socket_family unix_family = { AF_UNIX, unix_create, unix_pair };
