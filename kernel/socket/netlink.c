// SPDX-License-Identifier: MIT
/*
 * AF_NETLINK: an endpoint of the stack's net/netlink behind a socket. A send
 * waits until the stack has handled the message, so what it answers can be read
 * when sendmsg(2) returns, as with Linux.
 *
 * In the stack's names the first word of the address is the port id, the second
 * the mask of groups, the third says whether the caller has CAP_NET_ADMIN.
 */
#include "kernel/socket/inet.h"

#include "kernel/file/credentials.h"
#include "kernel/file/namespace.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NAME_LENGTH 12 /* struct sockaddr_nl */
#define MESSAGE_MAX 0x100000
#define SOL_NETLINK 270
#define NETLINK_PKTINFO 3

static int name_in(const uint8_t *from, int length, struct net_name *to)
{
	if (length < NAME_LENGTH)
		return -EINVAL;
	if (get_le16(from) != AF_NETLINK)
		return -EINVAL;
	*to = (struct net_name){
		.addr.w = { get_le32(from + 4), get_le32(from + 8),
			    capable(CAP_NET_ADMIN) },
	};
	return 0;
}

static int name_out(const struct net_name *from, uint8_t *to)
{
	memset(to, 0, NAME_LENGTH);
	put_le16(to, AF_NETLINK);
	put_le32(to + 4, from->addr.w[0]);
	put_le32(to + 8, from->addr.w[1]);
	return NAME_LENGTH;
}

static int netlink_bind(struct socket *socket, const uint8_t *name, int length)
{
	struct endpoint_request request = { .op = EP_OP_BIND };
	int error = name_in(name, length, &request.name);

	return error ? error : inet_request(socket, &request);
}

static int netlink_connect(struct socket *socket, const uint8_t *name,
			   int length, bool nonblock)
{
	struct endpoint_request request = { .op = EP_OP_CONNECT };
	int error;

	(void)nonblock;
	if (length < 2)
		return -EINVAL;
	if (get_le16(name) == AF_UNSPEC) {
		request.op = EP_OP_DISCONNECT;
		return inet_request(socket, &request);
	}
	error = name_in(name, length, &request.name);
	return error ? error : inet_request(socket, &request);
}

static int netlink_name(struct socket *socket, uint8_t *name,
			enum which_name of)
{
	struct net_name local, remote;

	endpoint_names(socket->endpoint, &local, &remote);
	return name_out(of == NAME_OWN ? &local : &remote, name);
}

/* ---- Sending ---- */

static int make_datagram(struct message *message, struct datagram **made)
{
	size_t length = message->io.left;
	struct datagram *datagram;
	int error;

	if (length > MESSAGE_MAX)
		return -EMSGSIZE;
	datagram = datagram_new((uint32_t)length);
	if (!datagram)
		return -ENOBUFS;
	error = inet_copy_in(datagram, &message->io);
	if (!error && message->name_length) {
		datagram->flags |= DATAGRAM_HAS_NAME;
		error = name_in(message->name, message->name_length,
				&datagram->remote);
	}
	if (capable(CAP_NET_ADMIN))
		datagram->flags |= DATAGRAM_ADMIN;
	*made = datagram;
	if (error)
		datagram_free(datagram);
	return error;
}

static ssize_t netlink_send(struct socket *socket, struct message *message)
{
	struct namespace_asker asker = { .thread = current_thread() };
	struct datagram *datagram;
	size_t length = message->io.left;
	int error;

	if (message->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (length == 0)
		return -ENODATA;
	error = make_datagram(message, &datagram);
	if (error)
		return error;
	datagram->sender = &asker;
	error = inet_send_whole(socket, datagram, message->flags);
	namespace_asker_done(&asker);
	return error ? error : (ssize_t)length;
}

/* ---- Receiving ---- */

/* Of the kernel: zeros. */
static void put_credentials(struct message *message,
			    const struct datagram *datagram)
{
	const uint32_t *who = datagram->remote.addr.w + 1;
	uint32_t credentials[3] = { who[0], who[1], who[1] };

	message_put_control(message, SOL_SOCKET, SCM_CREDENTIALS, credentials,
			    sizeof credentials);
}

static ssize_t hand_over(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	ssize_t result = inet_copy_out(message, datagram);
	uint32_t group = datagram->remote.scope;
	struct net_name from = { .addr.w = { datagram->remote.addr.w[0] } };

	if (result < 0)
		return result;
	if (group)
		from.addr.w[1] = 1u << ((group - 1) & 31);
	message->name_length = name_out(&from, message->name);
	if (message->control_room && socket->pass_credentials)
		put_credentials(message, datagram);
	if (message->control_room && (socket->endpoint->opt.tell & TELL_INFO))
		message_put_control(message, SOL_NETLINK, NETLINK_PKTINFO,
				    &group, sizeof group);
	return result;
}

static ssize_t netlink_receive(struct socket *socket, struct message *message)
{
	return inet_receive_whole(socket, message, hand_over);
}

/* ---- Options ---- */

static int netlink_set_option(struct socket *socket, int level, int name,
			      const void *value, unsigned length)
{
	if (level != SOL_SOCKET || name != SO_PASSCRED)
		return inet_set_option(socket, level, name, value, length);
	if (length < 4)
		return -EINVAL;
	socket->pass_credentials = get_le32(value) != 0;
	return 0;
}

static int netlink_get_option(struct socket *socket, int level, int name,
			      void *value, unsigned length)
{
	uint32_t on = socket->pass_credentials;

	if (level != SOL_SOCKET || name != SO_PASSCRED)
		return inet_get_option(socket, level, name, value, length);
	length = MIN(length, 4u);
	memcpy(value, &on, length);
	return (int)length;
}

/* ---- Making ---- */

static const struct socket_ops netlink_ops = {
	.bind = netlink_bind,
	.connect = netlink_connect,
	.name = netlink_name,
	.send = netlink_send,
	.receive = netlink_receive,
	.set_option = netlink_set_option,
	.get_option = netlink_get_option,
	.poll = inet_poll,
	.release = inet_release,
};

static int netlink_create(struct socket *socket)
{
	if (socket->type != SOCK_RAW && socket->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	socket->ops = &netlink_ops;
	return inet_make_endpoint(socket, NET_NETLINK);
}

const struct socket_family netlink_family = {
	.family = AF_NETLINK,
	.create = netlink_create,
};
