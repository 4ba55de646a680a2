// SPDX-License-Identifier: MIT
/*
 * Netlink sockets: port ids, groups, options, and the queue to the reader. A
 * send is handled when it arrives, so its answers are there when sendmsg(2)
 * returns. A reader that does not keep up loses messages and is told so once
 * (ENOBUFS), until it has read something; then it must ask for everything anew.
 */
#include "net/netlink/netlink.h"
#include "net/netlink/stack.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/filter.h"

#define OPT_ADD_MEMBERSHIP 1 /* netlink(7); level SOL_NETLINK */
#define OPT_DROP_MEMBERSHIP 2
#define OPT_PKTINFO 3
#define OPT_BROADCAST_ERROR 4
#define OPT_NO_ENOBUFS 5
#define OPT_LISTEN_ALL_NSID 8
#define OPT_LIST_MEMBERSHIPS 9
#define OPT_CAP_ACK 10
#define OPT_EXT_ACK 11
#define OPT_GET_STRICT_CHK 12
#define SOL_NETLINK 270

static const struct nl_family *const families[] = {
	&nl_route_family,
	&nl_diag_family,
	&nl_uevent_family,
	&nl_generic_family,
};

const struct nl_family *nl_family_at(uint32_t n)
{
	return n < ARRAY_LEN(families) ? families[n] : NULL;
}

static struct nl_socket *socket_of(const struct endpoint *ep)
{
	return ep->half;
}

/* ---- Queueing ---- */

/* `from`: another program; NULL: the kernel. What the reader may want to know
 * of it stands in the words of the datagram's name. */
static int deliver(struct nl_socket *socket, const uint8_t *bytes,
		   uint32_t length, uint32_t group,
		   const struct nl_socket *from) ON_NET_THREAD
{
	struct datagram *datagram;
	uint32_t offset = 0;

	length = filter_bytes(socket->ep, bytes, length);
	if (!length)
		return 0; /* as if it had been read */
	if (endpoint_sample_queued(socket->ep) == 0)
		socket->congested = false;
	datagram = socket->congested ? NULL : datagram_new(length);
	while (datagram && offset < length) {
		uint8_t *to;
		uint32_t n = datagram_span(datagram, offset, &to);

		memcpy(to, bytes + offset, n);
		offset += n;
	}
	if (datagram) {
		datagram->remote.scope = group;
		if (from) {
			datagram->remote.addr.w[0] = from->port;
			datagram->remote.addr.w[1] = (uint32_t)from->ep->pid;
			datagram->remote.addr.w[2] = from->ep->uid;
		}
		if (endpoint_deliver(socket->ep, datagram, REASON_NO_MEMORY) ==
		    REASON_NONE)
			return 0;
	}
	if (!socket->congested && !socket->never_overrun) {
		socket->congested = true;
		endpoint_set_error(socket->ep, ENOBUFS);
	}
	return -ENOBUFS;
}

int nl_deliver(struct nl_socket *socket, const uint8_t *bytes, uint32_t length,
	       uint32_t group)
{
	return deliver(socket, bytes, length, group, NULL);
}

static bool listens(const struct nl_socket *socket,
		    const struct nl_family *family, uint32_t group)
{
	return socket->family == family &&
	       (socket->groups & UINT64_C(1) << (group - 1));
}

bool nl_has_listeners(struct net *net, const struct nl_family *family,
		      uint32_t group)
{
	struct nl_socket *socket;

	LIST_FOR_EACH(socket, &netlink_of(net)->sockets, list)
		if (listens(socket, family, group))
			return true;
	return false;
}

void nl_multicast(struct net *net, const struct nl_family *family,
		  uint32_t group, const uint8_t *bytes, uint32_t length)
{
	struct nl_socket *socket;

	LIST_FOR_EACH(socket, &netlink_of(net)->sockets, list)
		if (listens(socket, family, group))
			nl_deliver(socket, bytes, length, group);
}

struct nl_header nl_notice_header(struct net *net, uint16_t type)
{
	const struct nl_call *cause = netlink_of(net)->running;
	struct nl_header header = { .type = type };

	if (cause) {
		header.sequence = cause->header.sequence;
		header.port = cause->socket->port;
	}
	return header;
}

/* ---- Names ---- */

static bool port_taken(struct net *net, const struct nl_family *family,
		       uint32_t port) ON_NET_THREAD
{
	struct nl_socket *socket;

	LIST_FOR_EACH(socket, &netlink_of(net)->sockets, list)
		if (socket->family == family && socket->port == port)
			return true;
	return false;
}

/* The process id if it is free, else a number that no process has. */
static uint32_t free_port(struct nl_socket *socket) ON_NET_THREAD
{
	struct net *net = socket->ep->net;
	uint32_t port = (uint32_t)socket->ep->pid;

	while (port == 0 || port_taken(net, socket->family, port))
		port = net_random32() | 0x80000000u;
	return port;
}

static void publish_name(struct nl_socket *socket) ON_NET_THREAD
{
	struct net_name name = { .addr.w = { socket->port,
					     (uint32_t)socket->groups } };

	endpoint_set_names(socket->ep, &name, NULL);
	endpoint_set_status(socket->ep, EP_BOUND, 0);
}

static void bind_port(struct nl_socket *socket) ON_NET_THREAD
{
	if (!socket->port)
		socket->port = free_port(socket);
	publish_name(socket);
}

/* It is in other groups than before. */
static void tell_family(struct net *net,
			const struct nl_family *family) ON_NET_THREAD
{
	if (family->joined)
		family->joined(net);
}

/* A name's words: port id, groups, and 1 if the caller has CAP_NET_ADMIN. */
static int bind(struct endpoint *ep,
		const struct net_name *name) NET_THREAD_ROOT
{
	struct nl_socket *socket = socket_of(ep);
	uint32_t port = name->addr.w[0], groups = name->addr.w[1];
	uint64_t known = socket->family->groups >= 32 ?
				 UINT32_MAX :
				 (UINT64_C(1) << socket->family->groups) - 1;

	if (groups && !socket->family->open_groups && !name->addr.w[2])
		return -EPERM;
	if (socket->port && port != socket->port && port)
		return -EINVAL;
	if (!socket->port && port) {
		if (port_taken(ep->net, socket->family, port))
			return -EADDRINUSE;
		socket->port = port;
	}
	socket->groups = (socket->groups & ~(uint64_t)UINT32_MAX) |
			 (groups & known);
	bind_port(socket);
	tell_family(ep->net, socket->family);
	return 0;
}

/* Where send() goes: the kernel only (port 0) or a group. */
static int connect(struct endpoint *ep,
		   const struct net_name *name) NET_THREAD_ROOT
{
	if (name->addr.w[1] && !name->addr.w[2])
		return -EPERM;
	bind_port(socket_of(ep));
	endpoint_set_names(ep, NULL, name);
	endpoint_set_status(ep, EP_CONNECTED, 0);
	return 0;
}

static int disconnect(struct endpoint *ep) NET_THREAD_ROOT
{
	struct net_name nobody = { .port = 0 };

	endpoint_set_names(ep, NULL, &nobody);
	endpoint_set_status(ep, 0, EP_CONNECTED);
	return 0;
}

/* ---- Sending ---- */

/* From program to program: to a group's members, or to one port. */
static int pass_on(struct nl_socket *socket, const struct net_name *to,
		   const uint8_t *bytes, uint32_t length) ON_NET_THREAD
{
	uint32_t port = to->addr.w[0], groups = to->addr.w[1];
	uint32_t group = groups ? 1 + (uint32_t)__builtin_ctz(groups) : 0;
	struct nl_socket *other;
	int err = groups ? 0 : -ECONNREFUSED;

	LIST_FOR_EACH(other, &netlink_of(socket->ep->net)->sockets, list) {
		if (other == socket || other->family != socket->family)
			continue;
		if (group && listens(other, socket->family, group))
			deliver(other, bytes, length, group, socket);
		else if (port && other->port == port)
			err = deliver(other, bytes, length, 0, socket);
	}
	return err;
}

static int handle(struct nl_socket *socket, const struct datagram *datagram,
		  const uint8_t *bytes) ON_NET_THREAD
{
	const struct net_name *to = datagram->flags & DATAGRAM_HAS_NAME ?
					    &datagram->remote :
					    &socket->ep->remote;
	bool admin = datagram->flags & DATAGRAM_ADMIN;

	socket->sender = datagram->sender;
	if (to->addr.w[0] || to->addr.w[1])
		return admin ? pass_on(socket, to, bytes, datagram->length) :
			       -EPERM;
	nl_receive(socket, bytes, datagram->length, admin);
	return 0;
}

static int send(struct nl_socket *socket,
		struct datagram *datagram) ON_NET_THREAD
{
	uint8_t *bytes;
	int err;

	bind_port(socket);
	if (datagram_span(datagram, 0, &bytes) >= datagram->length)
		return handle(socket, datagram, bytes);
	bytes = port_alloc(datagram->length);
	if (!bytes)
		return -ENOBUFS;
	for (uint32_t offset = 0; offset < datagram->length;) {
		uint8_t *from;
		uint32_t n = datagram_span(datagram, offset, &from);

		memcpy(bytes + offset, from, n);
		offset += n;
	}
	err = handle(socket, datagram, bytes);
	if (socket->postponed)
		socket->postponed->copy = bytes;
	else
		port_free(bytes);
	return err;
}

static void finish(struct nl_socket *socket, struct datagram *datagram,
		   int result) ON_NET_THREAD
{
	struct request *answer = datagram->answer;

	atomic_fetch_sub(&socket->ep->tx_charged, datagram->charge);
	datagram_free(datagram);
	endpoint_writable(socket->ep);
	if (answer)
		request_finish(answer, result);
}

void nl_datagram_done(struct nl_socket *socket, struct datagram *datagram,
		      uint8_t *copy)
{
	struct endpoint *ep = socket->ep;

	if (copy)
		port_free(copy);
	finish(socket, datagram, 0);
	endpoint_kick(ep); /* what has come meanwhile */
}

static void kick(struct endpoint *ep) NET_THREAD_ROOT
{
	struct nl_socket *socket = socket_of(ep);
	struct datagram *datagram;

	while (!socket->postponed && (datagram = endpoint_next_datagram(ep))) {
		int result = send(socket, datagram);

		if (socket->postponed)
			socket->postponed->datagram = datagram;
		else
			finish(socket, datagram, result);
	}
	nl_continue_dump(socket);
}

/* ---- Options ---- */

static int join(struct nl_socket *socket, const uint8_t *value, uint32_t length,
		bool add) ON_NET_THREAD
{
	uint32_t group;

	if (length < 4)
		return -EINVAL;
	group = get_le32(value);
	if (group == 0 || group > socket->family->groups)
		return -EINVAL;
	if (add)
		socket->groups |= UINT64_C(1) << (group - 1);
	else
		socket->groups &= ~(UINT64_C(1) << (group - 1));
	publish_name(socket);
	tell_family(socket->ep->net, socket->family);
	return 0;
}

static bool *switch_of(struct nl_socket *socket, int name)
{
	switch (name) {
	case OPT_PKTINFO:
		return &socket->packet_info;
	case OPT_BROADCAST_ERROR:
		return &socket->broadcast_error;
	case OPT_NO_ENOBUFS:
		return &socket->never_overrun;
	case OPT_LISTEN_ALL_NSID:
		return &socket->listen_all;
	case OPT_CAP_ACK:
		return &socket->capped_ack;
	case OPT_EXT_ACK:
		return &socket->extended_ack;
	case OPT_GET_STRICT_CHK:
		return &socket->strict;
	default:
		return NULL;
	}
}

static int set_option(struct endpoint *ep, int level, int name,
		      const void *value, uint32_t length) NET_THREAD_ROOT
{
	struct nl_socket *socket = socket_of(ep);
	bool *on;

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (name == OPT_ADD_MEMBERSHIP || name == OPT_DROP_MEMBERSHIP)
		return join(socket, value, length, name == OPT_ADD_MEMBERSHIP);
	on = switch_of(socket, name);
	if (!on)
		return -ENOPROTOOPT;
	/* As Linux reads it: four bytes, or false. */
	*on = length >= 4 && get_le32(value);
	if (name == OPT_PKTINFO)
		sockopt_tell(ep, TELL_INFO, *on);
	return 0;
}

static int get_option(struct endpoint *ep, int level, int name, void *value,
		      uint32_t length) NET_THREAD_ROOT
{
	struct nl_socket *socket = socket_of(ep);
	const bool *on;
	uint8_t words[8];

	if (level != SOL_NETLINK)
		return -ENOPROTOOPT;
	if (name == OPT_LIST_MEMBERSHIPS) {
		uint32_t n = MIN(length & ~3u, (uint32_t)sizeof words);

		put_le64(words, socket->groups);
		memcpy(value, words, n);
		return (int)n;
	}
	on = switch_of(socket, name);
	if (!on)
		return -ENOPROTOOPT;
	if (length < 4)
		return -EINVAL;
	put_le32(value, *on);
	return 4;
}

/* ---- Life ---- */

static const struct nl_family *find_family(int number)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i]->number == number)
			return families[i];
	return NULL;
}

static void go_on(struct net *net, struct timer *timer) NET_THREAD_ROOT
{
	nl_continue_dump(container_of(timer, struct nl_socket, later));
}

static int attach(struct endpoint *ep) NET_THREAD_ROOT
{
	const struct nl_family *family = find_family(ep->number);
	struct nl_socket *socket;

	if (!family)
		return -EPROTONOSUPPORT;
	socket = port_alloc(sizeof *socket);
	if (!socket)
		return -ENOMEM;
	socket->ep = ep;
	socket->family = family;
	timer_init(&socket->later, go_on);
	list_push_back(&netlink_of(ep->net)->sockets, &socket->list);
	ep->half = socket;
	return 0;
}

static void close(struct endpoint *ep, bool abort) NET_THREAD_ROOT
{
	struct nl_socket *socket = socket_of(ep);

	list_remove(&socket->list);
	tell_family(ep->net, socket->family);
	timer_cancel(ep->net, &socket->later);
	if (socket->dump)
		port_free(socket->dump);
	port_free(socket);
	endpoint_half_done(ep);
}

int netlink_create(struct net *net)
{
	struct netlink *netlink = port_alloc(sizeof *netlink);

	if (!netlink)
		return -ENOMEM;
	list_init(&netlink->sockets);
	rt_nsids_init(netlink);
	list_init(&netlink->known_links);
	net->netlink = netlink;
	net->watch.changed = nl_route_changed;
	return 0;
}

void netlink_destroy(struct net *net)
{
	net->watch.changed = NULL;
	if (!net->netlink)
		return; /* it was never made */
	rt_nsids_free(net);
	nl_uevent_end(net->netlink);
	port_free(net->netlink);
	net->netlink = NULL;
}

#define NETLINK_PROTOCOL(type_)                                               \
	{                                                                     \
		.name = "NETLINK", .family = NET_NETLINK, .type = (type_),    \
		.own_names = true, .attach = attach, .bind = bind,            \
		.connect = connect, .disconnect = disconnect, .close = close, \
		.setsockopt = set_option, .getsockopt = get_option,           \
		.kick = kick                                                  \
	}

const struct protocol netlink_raw_protocol = NETLINK_PROTOCOL(NET_SOCK_RAW);
const struct protocol netlink_dgram_protocol = NETLINK_PROTOCOL(NET_SOCK_DGRAM);
