// SPDX-License-Identifier: MIT
/*
 * AF_INET and AF_INET6: an endpoint of the network stack behind a socket.
 *
 * This is the user side of design section 5: it posts requests and sleeps for
 * the answers, reads what the stack publishes, and never looks at protocol
 * state. The data paths are inet_stream.c and inet_datagram.c.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"

enum {
	TIOCOUTQ = 0x5411,
	FIONREAD = 0x541b,
	FIOSETOWN = 0x8901,
	SIOCSPGRP = 0x8902,
	FIOGETOWN = 0x8903,
	SIOCGPGRP = 0x8904,
	SIOCATMARK = 0x8905,
	SIOCGSTAMP = 0x8906,
	SIOCGSTAMPNS = 0x8907,
	SIOCOUTQNSD = 0x894b,
	SIOCGSTAMP_NEW = (int)0x80108906,
	SIOCGSTAMPNS_NEW = (int)0x80108907,
};
#define FIRST_FREE_PORT 1024 /* ip_unprivileged_port_start */
#define BACKLOG_MAX 4096 /* net.core.somaxconn */
#define MSEC(n) ((n)*NSEC_PER_MSEC)

/* Runs on the net thread at the end of a batch. */
static void wake(void *owner, uint32_t events)
{
	struct socket *socket = owner;
	unsigned key = events;

	if (key & POLLIN)
		key |= POLLRDNORM;
	if (key & POLLOUT)
		key |= POLLWRNORM;
	if (key & NET_POLL_URGENT)
		async_urgent(&socket->urgent);
	/* Where the stack works is where the packets come in. */
	atomic_store(&socket->endpoint->opt.incoming_cpu,
		     (int)this_cpu()->number);
	key &= ~(unsigned)NET_POLL_URGENT;
	if (key)
		wake_up(&socket->wait, key);
}

static void closed(void *owner)
{
	socket_free(owner);
}

static const struct endpoint_notify notify = { wake, closed };

/* On the net thread; the request may be gone once `done` is set. */
static void answered(struct request *request)
{
	struct answer *answer = request->context;
	struct thread *thread = answer->thread;

	atomic_store(&answer->done, 1);
	thread_wake(thread, 1u << THREAD_BLOCKED);
	thread_put(thread);
}

void inet_expect(struct request *request, struct answer *answer)
{
	*answer = (struct answer){ .thread = current_thread() };
	thread_get(answer->thread);
	request->done = answered;
	request->context = answer;
}

int inet_await(struct request *request, struct answer *answer)
{
	for (;;) {
		__atomic_store_n(&answer->thread->state, THREAD_BLOCKED,
				 __ATOMIC_SEQ_CST);
		if (atomic_load(&answer->done))
			break;
		schedule();
	}
	answer->thread->state = THREAD_RUNNABLE;
	return request->result;
}

int socket_wait_request(struct request *request, void (*post)(void *arg),
			void *arg)
{
	struct answer answer;

	inet_expect(request, &answer);
	post(arg);
	return inet_await(request, &answer);
}

static void post_endpoint_request(void *arg)
{
	struct endpoint_request *request = arg;

	endpoint_request(request->endpoint, request);
}

int inet_request(struct socket *socket, struct endpoint_request *request)
{
	request->endpoint = socket->endpoint;
	return socket_wait_request(&request->request, post_endpoint_request,
				   request);
}

int inet_wait(struct socket *socket, unsigned events, nsec_t deadline,
	      nsec_t timeout)
{
	struct endpoint *endpoint = socket->endpoint;
	int error;

	events |= POLLERR | POLLHUP;
	error = wait_event_until(&socket->wait,
				 endpoint_poll(endpoint) & events, deadline);
	return error ? socket_wait_error(error, timeout) : 0;
}

int inet_wait_beyond(struct socket *socket, uint64_t seen, nsec_t deadline,
		     nsec_t timeout)
{
	struct endpoint *endpoint = socket->endpoint;
	unsigned ends = POLLERR | POLLHUP | POLLRDHUP;
	int error;

	__atomic_store_n(&endpoint->want_read, true, __ATOMIC_SEQ_CST);
	error = wait_event_until(&socket->wait,
				 atomic_load(&endpoint->rx.tail) != seen ||
					 (endpoint_poll(endpoint) & ends),
				 deadline);
	return error ? socket_wait_error(error, timeout) : 0;
}

static bool port_forbidden(const struct net_name *name)
{
	return name->port && name->port < FIRST_FREE_PORT &&
	       !capable(CAP_NET_BIND_SERVICE);
}

static int inet_bind(struct socket *socket, const uint8_t *name, int length)
{
	struct endpoint_request request = { .op = EP_OP_BIND };
	int error = inet_name_in(socket, name, length, &request.name);

	if (error)
		return error;
	if (socket->type != SOCK_RAW && port_forbidden(&request.name))
		return -EACCES;
	return inet_request(socket, &request);
}

/* The handshake goes on without us: until it ends, a signal, or the timeout. */
static int wait_connected(struct socket *socket)
{
	struct endpoint *endpoint = socket->endpoint;
	nsec_t timeout = socket->send_timeout;
	int error = wait_event_until(
		&socket->wait, !(endpoint_status(endpoint) & EP_CONNECTING),
		socket_deadline(timeout));

	if (error == -ETIMEDOUT)
		return -EINPROGRESS;
	if (error)
		return socket_wait_error(error, timeout);
	error = endpoint_take_error(endpoint);
	if (error)
		return error;
	return endpoint_status(endpoint) & EP_WAS_CONNECTED ? 0 : -ECONNABORTED;
}

static int inet_connect(struct socket *socket, const uint8_t *name, int length,
			bool nonblock)
{
	struct endpoint_request request = { .op = EP_OP_CONNECT };
	int error;

	if (length < 2)
		return -EINVAL;
	if (!name[0] && !name[1]) {
		request.op = EP_OP_DISCONNECT;
		return inet_request(socket, &request);
	}
	error = inet_name_in(socket, name, length, &request.name);
	if (error)
		return error;
	error = inet_request(socket, &request);
	if (nonblock || (error != -EINPROGRESS && error != -EALREADY))
		return error;
	return wait_connected(socket);
}

static int inet_listen(struct socket *socket, int backlog)
{
	struct endpoint_request request = { .op = EP_OP_LISTEN };

	if (socket->type != SOCK_STREAM)
		return -EOPNOTSUPP;
	request.number = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX :
								backlog;
	return inet_request(socket, &request);
}

static struct endpoint *take_connection(struct socket *socket)
{
	struct endpoint *child;

	mutex_lock(&socket->receive_lock);
	child = endpoint_accept(socket->endpoint);
	mutex_unlock(&socket->receive_lock);
	return child;
}

/* One connection wakes one of several accepting threads. */
static int wait_connection(struct socket *socket, nsec_t deadline)
{
	struct wait_entry entry = { .exclusive = true };
	int error = 0;

	for (;;) {
		wait_prepare(&socket->wait, &entry, THREAD_SLEEPING);
		if (endpoint_poll(socket->endpoint) & (POLLIN | POLLHUP))
			error = 0;
		else if (!error && signal_pending())
			error = -EINTR;
		else if (!error) {
			error = wait_schedule(deadline);
			continue;
		}
		break;
	}
	wait_finish(&socket->wait, &entry);
	return error ? socket_wait_error(error, socket->receive_timeout) : 0;
}

static int inet_accept(struct socket *socket, struct socket *fresh,
		       bool nonblock)
{
	nsec_t deadline = socket_deadline(socket->receive_timeout);
	struct endpoint *child;

	for (;;) {
		int error;

		if (!(endpoint_status(socket->endpoint) & EP_LISTENING))
			return -EINVAL;
		child = take_connection(socket);
		if (child)
			break;
		if (nonblock)
			return -EAGAIN;
		error = wait_connection(socket, deadline);
		if (error)
			return error;
	}
	fresh->endpoint = child;
	child->inode = fresh->inode;
	child->uid = fresh->uid;
	child->pid = fresh->pid;
	endpoint_adopt(child, &notify, fresh);
	return 0;
}

static int inet_name(struct socket *socket, uint8_t *name, enum which_name of)
{
	struct net_name local, remote;

	endpoint_names(socket->endpoint, &local, &remote);
	if (of == NAME_OWN)
		return inet_name_out(socket, &local, name);
	if (of == NAME_PEER &&
	    !(endpoint_status(socket->endpoint) & EP_CONNECTED))
		return -ENOTCONN;
	return inet_name_out(socket, &remote, name);
}

static int inet_shutdown(struct socket *socket, int how)
{
	struct endpoint_request request = { .op = EP_OP_SHUTDOWN,
					    .number = how };

	return inet_request(socket, &request);
}

/* Options of SOL_SOCKET that not everyone may set (socket(7)). */
static bool option_allowed(const struct socket *socket, int name,
			   const void *value, unsigned length)
{
	int number = length >= 4 ? (int)get_le32(value) : 0;
	const struct endpoint_options *option = &socket->endpoint->opt;

	switch (name) {
	case NET_SO_SNDBUFFORCE:
	case NET_SO_RCVBUFFORCE:
		return capable(CAP_NET_ADMIN);
	case NET_SO_DEBUG:
		return !number || capable(CAP_NET_ADMIN);
	case NET_SO_PRIORITY:
		return (number >= 0 && number <= 6) || capable(CAP_NET_RAW) ||
		       capable(CAP_NET_ADMIN);
	case NET_SO_MARK:
		return capable(CAP_NET_RAW) || capable(CAP_NET_ADMIN);
	case NET_SO_BINDTODEVICE:
	case NET_SO_BINDTOIFINDEX:
		return !option->bound_netif || capable(CAP_NET_RAW);
	case NET_SO_PREFER_BUSY_POLL:
		return !number || capable(CAP_NET_ADMIN);
	case NET_SO_BUSY_POLL:
		return number <= (int)option->busy_poll ||
		       capable(CAP_NET_ADMIN);
	default:
		return true;
	}
}

/* Leases of more than 150 seconds. */
static bool lease_allowed(const uint8_t *request, unsigned length)
{
	bool put = length > 20 && request[20] == 1;

	return length < 32 || put ||
	       (get_le16(request + 24) <= 150 &&
		get_le16(request + 26) <= 150) ||
	       capable(CAP_NET_ADMIN);
}

/* Extension headers (RFC 3542 6.2). */
static bool option6_allowed(int name, const void *value, unsigned length)
{
	bool headers = name == NET_IPV6_HOPOPTS || name == NET_IPV6_DSTOPTS ||
		       name == NET_IPV6_RTHDRDSTOPTS;

	if (name == NET_IPV6_JOIN_ANYCAST)
		return length < 20 || capable(CAP_NET_ADMIN);
	if (name == NET_IPV6_FLOWLABEL_MGR)
		return lease_allowed(value, length);
	return !headers || capable(CAP_NET_RAW);
}

int inet_pass_option(struct socket *socket, int level, int name,
		     const void *value, unsigned length)
{
	struct endpoint_request request = {
		.op = EP_OP_SETSOCKOPT,
		.level = level,
		.option = name,
		.value = (void *)(uintptr_t)value,
		.length = length,
	};

	return inet_request(socket, &request);
}

int inet_set_option(struct socket *socket, int level, int name,
		    const void *value, unsigned length)
{
	int error;

	if (level == SOL_SOCKET && !option_allowed(socket, name, value, length))
		return -EPERM;
	if (level == NET_IPPROTO_IPV6 && !option6_allowed(name, value, length))
		return -EPERM;
	if (socket->type != SOCK_STREAM && socket->family != AF_PACKET)
		socket->trusted_until = 0; /* another option or answer */
	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER)
		return socket_attach_filter(socket, value, length);
	error = inet_pass_option(socket, level, name, value, length);
	if (!error && level == NET_IPPROTO_IPV6 && name == NET_IPV6_ADDRFORM)
		socket->family = AF_INET;
	return error;
}

int inet_get_option(struct socket *socket, int level, int name, void *value,
		    unsigned length)
{
	struct endpoint_request request = {
		.op = EP_OP_GETSOCKOPT,
		.level = level,
		.option = name,
		.value = value,
		.length = length,
	};

	return inet_request(socket, &request);
}

unsigned inet_poll(struct socket *socket)
{
	struct endpoint *endpoint = socket->endpoint;
	unsigned events = endpoint_poll(endpoint);

	if (!(events & POLLOUT)) {
		/* Tell the stack that someone waits; then look once more. */
		__atomic_store_n(&endpoint->want_write, true, __ATOMIC_SEQ_CST);
		events = endpoint_poll(endpoint);
	}
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (events & POLLOUT)
		events |= POLLWRNORM;
	return events;
}

static long readable_bytes(struct socket *socket)
{
	struct datagram *datagram;
	long bytes;

	if (socket->type == SOCK_STREAM) {
		if (endpoint_status(socket->endpoint) & EP_LISTENING)
			return -EINVAL;
		return (long)urgent_readable(socket->endpoint);
	}
	mutex_lock(&socket->receive_lock);
	datagram = endpoint_peek_datagram(socket->endpoint);
	bytes = datagram ? (long)datagram->length : 0;
	mutex_unlock(&socket->receive_lock);
	return bytes;
}

/* The stack knows: what is unacknowledged, or not even sent. */
static long ask_stack(struct socket *socket, unsigned command)
{
	int value = 0, error;
	struct endpoint_request request = { .op = EP_OP_IOCTL,
					    .number = (int)command,
					    .value = &value };

	error = inet_request(socket, &request);
	return error < 0 ? error : value;
}

static long unsent_bytes(struct socket *socket, unsigned command)
{
	if (socket->type == SOCK_STREAM)
		return ask_stack(socket, command);
	return command == TIOCOUTQ ?
		       (long)atomic_load(&socket->endpoint->tx_charged) :
		       -ENOTTY;
}

/* When the last datagram came; before the first one -ENOENT (socket(7)). */
static long last_stamp(struct socket *socket, uaddr_t argument, nsec_t unit)
{
	bool stream = socket->type == SOCK_STREAM;
	nsec_t time = stream ? 0 : READ_ONCE(socket->stamp);
	uint8_t value[16];

	if (!time)
		return -ENOENT;
	time += clock_realtime_offset();
	put_le64(value, (uint64_t)(time / NSEC_PER_SEC));
	put_le64(value + 8, (uint64_t)(time % NSEC_PER_SEC / unit));
	return copy_to_user(argument, value, sizeof(value));
}

static long change_owner(struct socket *socket, unsigned command,
			 uaddr_t argument)
{
	uint32_t owner = (uint32_t)socket->file->owner_pid;

	if (command == FIOGETOWN || command == SIOCGPGRP)
		return put_user_32(argument, owner);
	if (get_user_32(&owner, argument))
		return -EFAULT;
	return async_set_owner(socket->file, (int)owner);
}

long inet_ioctl(struct socket *socket, unsigned command, uaddr_t argument)
{
	long result;

	switch (command) {
	case FIONREAD:
		result = readable_bytes(socket);
		break;
	case TIOCOUTQ:
	case SIOCOUTQNSD:
		result = unsent_bytes(socket, command);
		break;
	case SIOCATMARK:
		if (socket->type != SOCK_STREAM)
			return -ENOTTY;
		result = urgent_at_mark(socket->endpoint);
		break;
	case SIOCGSTAMP:
	case SIOCGSTAMP_NEW:
		return last_stamp(socket, argument, NSEC_PER_USEC);
	case SIOCGSTAMPNS:
	case SIOCGSTAMPNS_NEW:
		return last_stamp(socket, argument, 1);
	case FIOSETOWN:
	case SIOCSPGRP:
	case FIOGETOWN:
	case SIOCGPGRP:
		return change_owner(socket, command, argument);
	default:
		return -ENOTTY;
	}
	return result < 0 ? result : put_user_32(argument, (uint32_t)result);
}

/* SO_LINGER: until everything is acknowledged or the time is over; not in the
 * way of a process that ends (Linux: PF_EXITING). */
static void linger(struct socket *socket)
{
	struct endpoint *endpoint = socket->endpoint;
	uint32_t status = endpoint_status(endpoint);

	if (!socket->linger || !socket->linger_seconds ||
	    socket->type != SOCK_STREAM || !(status & EP_CONNECTED) ||
	    !current_thread()->files)
		return;
	inet_shutdown(socket, SHUT_WR);
	wait_event_until(
		&socket->wait,
		endpoint_status(endpoint) & (EP_TX_DONE | EP_DEAD),
		socket_deadline(MSEC(1000ll) * socket->linger_seconds));
}

void inet_release(struct socket *socket)
{
	if (!socket->endpoint) {
		socket_free(socket);
		return;
	}
	if (socket->type == SOCK_STREAM)
		async_urgent_forget(&socket->urgent);
	linger(socket);
	endpoint_close(socket->endpoint);
}

static const struct socket_ops stream_ops = {
	.bind = inet_bind,
	.connect = inet_connect,
	.listen = inet_listen,
	.accept = inet_accept,
	.name = inet_name,
	.send = inet_stream_send,
	.receive = inet_stream_receive,
	.shutdown = inet_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.poll = inet_poll,
	.ioctl = inet_ioctl,
	.release = inet_release,
};

static const struct socket_ops datagram_ops = {
	.bind = inet_bind,
	.connect = inet_connect,
	.name = inet_name,
	.send = inet_datagram_send,
	.receive = inet_datagram_receive,
	.shutdown = inet_shutdown,
	.set_option = inet_set_option,
	.get_option = inet_get_option,
	.poll = inet_poll,
	.ioctl = inet_ioctl,
	.release = inet_release,
};

int inet_make_endpoint(struct socket *socket, int family)
{
	struct endpoint *endpoint;
	int error = net_socket(socket->network->net, family, socket->type,
			       socket->protocol, &endpoint);

	if (error)
		return error;
	socket->endpoint = endpoint;
	endpoint->pid = socket->pid;
	endpoint->uid = socket->uid;
	endpoint->inode = socket->inode;
	endpoint_adopt(endpoint, &notify, socket);
	return 0;
}

static int inet_create(struct socket *socket)
{
	int family = socket->family == AF_INET ? NET_IP4 : NET_IP6, error;

	if (socket->type != SOCK_STREAM && socket->type != SOCK_DGRAM &&
	    socket->type != SOCK_RAW)
		return -ESOCKTNOSUPPORT;
	if (socket->type == SOCK_RAW && !capable(CAP_NET_RAW))
		return -EPERM;
	socket->ops = socket->type == SOCK_STREAM ? &stream_ops : &datagram_ops;
	error = inet_make_endpoint(socket, family);
	if (!error)
		socket->protocol = socket->endpoint->number;
	return error;
}

const struct socket_family inet_family = { AF_INET, inet_create, NULL };
const struct socket_family inet6_family = { AF_INET6, inet_create, NULL };
