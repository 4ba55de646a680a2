// SPDX-License-Identifier: MIT
/*
 * IPv6's ancillary data (RFC 3542, ipv6(7)), and the numbers of RFC 2292 that
 * Linux still answers to. What a program says with a message replaces what its
 * options say; what it is told comes in Linux's order.
 */
#include "kernel/file/credentials.h"
#include "kernel/socket/inet.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	SOL_IPV6 = 41,

	IPV6_HOPLIMIT = 52,

	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_DESTINATION = 60,
};

/* ---- What a program says ---- */

/* -1 means the socket's own. */
static int take_number(struct datagram *datagram,
		       const struct control_view *view)
{
	int value;

	if (view->size != 4)
		return -EINVAL;
	value = (int)get_le32(view->data);
	if (value < -1 || value > 255)
		return -EINVAL;
	if (value == -1)
		return 0;
	if (view->type == NET_IPV6_TCLASS) {
		datagram->tos = (uint8_t)value;
		datagram->flags |= DATAGRAM_HAS_TOS;
	} else {
		datagram->ttl = (uint8_t)value;
		datagram->flags |= DATAGRAM_HAS_TTL;
	}
	return 0;
}

static int take_source(struct datagram *datagram,
		       const struct control_view *view)
{
	if (view->size < 20)
		return -EINVAL;
	memcpy(datagram->local.addr.b, view->data, 16);
	if (get_le32(view->data + 16))
		datagram->netif = get_le32(view->data + 16);
	if (!addr_is_any(&datagram->local.addr))
		datagram->flags |= DATAGRAM_HAS_SOURCE;
	return 0;
}

/* An extension header, behind those that came before it; see
 * net/ip/extension.h for the list. */
static int take_extension(struct datagram *datagram,
			  const struct control_view *view)
{
	uint8_t *list = datagram->options + datagram->options_length;
	size_t length = view->size < 2 ? 0 : (view->data[1] + 1u) * 8;

	if (!length || view->size < length)
		return -EINVAL;
	if (!capable(CAP_NET_RAW))
		return -EPERM;
	if (datagram->flags & DATAGRAM_HAS_OPTIONS)
		return -EINVAL;
	if (datagram->options_length + 1 + length > DATAGRAM_OPTIONS)
		return -ENOBUFS;
	list[0] = (uint8_t)view->type;
	memcpy(list + 1, view->data, length);
	datagram->options_length =
		(uint8_t)(datagram->options_length + 1 + length);
	datagram->flags |= DATAGRAM_HAS_EXTENSIONS;
	return 0;
}

/* The same number twice is not a way to go on. */
static bool said_before(const struct datagram *datagram, int type)
{
	const uint8_t *list = datagram->options;
	uint32_t at = 0;

	if (!(datagram->flags & DATAGRAM_HAS_EXTENSIONS))
		return false;
	while (at < datagram->options_length && list[at] != type)
		at += 1 + (list[at + 2] + 1u) * 8;
	return at < datagram->options_length;
}

int inet_take_ip6(struct datagram *datagram, const struct control_view *view)
{
	switch (view->type) {
	case NET_IPV6_PKTINFO:
	case NET_IPV6_2292PKTINFO:
		return take_source(datagram, view);
	case IPV6_HOPLIMIT:
	case NET_IPV6_2292HOPLIMIT:
	case NET_IPV6_TCLASS:
		return take_number(datagram, view);
	case NET_IPV6_FLOWINFO:
		if (view->size < 4)
			return -EINVAL;
		datagram->flow = get_be32(view->data) & 0xfffff;
		datagram->flags |= DATAGRAM_HAS_FLOW;
		return 0;
	case NET_IPV6_DONTFRAG:
		if (view->size != 4 || get_le32(view->data) > 1)
			return -EINVAL;
		if (get_le32(view->data))
			datagram->flags |= DATAGRAM_DONT_FRAGMENT;
		return 0;
	case NET_IPV6_HOPOPTS:
	case NET_IPV6_DSTOPTS:
	case NET_IPV6_RTHDRDSTOPTS:
		if (said_before(datagram, view->type))
			return -EINVAL;
		return take_extension(datagram, view);
	default:
		return -EINVAL;
	}
}

/* ---- What it is told ---- */

static void put_info(struct message *message, const struct datagram *datagram,
		     int type)
{
	uint8_t info[20];

	memcpy(info, datagram->local.addr.b, 16);
	put_le32(info + 16, datagram->netif);
	message_put_control(message, SOL_IPV6, type, info, sizeof info);
}

static void put_number(struct message *message, int type, uint32_t number)
{
	message_put_control(message, SOL_IPV6, type, &number, sizeof number);
}

/* By which numbers a header is told, today's and RFC 2292's; 0: not told. */
struct header_names {
	int name, old;
};

static struct header_names names_of(uint8_t header, uint16_t told)
{
	struct header_names names = { 0, 0 };

	switch (header) {
	case NEXT_HOP_BY_HOP:
		if (told & IP6_TELL_HOP_OPTIONS)
			names.name = NET_IPV6_HOPOPTS;
		if (told & IP6_TELL_OLD_HOP_OPTIONS)
			names.old = NET_IPV6_2292HOPOPTS;
		break;
	case NEXT_DESTINATION:
		if (told & IP6_TELL_OPTIONS)
			names.name = NET_IPV6_DSTOPTS;
		if (told & IP6_TELL_OLD_OPTIONS)
			names.old = NET_IPV6_2292DSTOPTS;
		break;
	case NEXT_ROUTING:
		if (told & IP6_TELL_ROUTING)
			names.name = NET_IPV6_RTHDR;
		if (told & IP6_TELL_OLD_ROUTING)
			names.old = NET_IPV6_2292RTHDR;
		break;
	default:
		break;
	}
	return names;
}

static void put_extensions(struct message *message,
			   const struct datagram *datagram, uint16_t told,
			   bool old)
{
	const uint8_t *bytes = datagram->extensions->data;
	uint8_t type = datagram->extensions_first;
	uint32_t at = 0, n;

	for (; at + 8 <= datagram->extensions_length; at += n) {
		struct header_names names = names_of(type, told);
		int name = old ? names.old : names.name;

		n = type == NEXT_FRAGMENT ? 8 : (bytes[at + 1] + 1u) * 8;
		if (at + n > datagram->extensions_length)
			return;
		if (name)
			message_put_control(message, SOL_IPV6, name, bytes + at,
					    n);
		type = bytes[at];
	}
}

static void put_old(struct message *message, const struct datagram *datagram,
		    uint16_t told)
{
	if (told & IP6_TELL_OLD_INFO)
		put_info(message, datagram, NET_IPV6_2292PKTINFO);
	if (told & IP6_TELL_OLD_HOP_LIMIT)
		put_number(message, NET_IPV6_2292HOPLIMIT, datagram->ttl);
	if (datagram->extensions)
		put_extensions(message, datagram, told, true);
}

/* struct ip6_mtuinfo: a message that is this alone. */
static void put_path_mtu(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	uint8_t info[32];

	inet_name_out(socket, &datagram->remote, info);
	put_be16(info + 2, 0);
	put_le32(info + 28, datagram->error.info);
	message_put_control(message, SOL_IPV6, NET_IPV6_PATHMTU, info,
			    sizeof info);
}

void inet_put_ip6(struct socket *socket, struct message *message,
		  const struct datagram *datagram)
{
	const struct endpoint_options *option = &socket->endpoint->opt;
	uint32_t flow = (uint32_t)datagram->tos << 20 | datagram->flow;
	uint8_t flow_info[4];

	if (datagram->error.origin == ERROR_PATH_MTU) {
		put_path_mtu(socket, message, datagram);
		return;
	}
	if (option->tell & TELL_INFO)
		put_info(message, datagram, NET_IPV6_PKTINFO);
	if (option->tell & TELL_TTL)
		put_number(message, IPV6_HOPLIMIT, datagram->ttl);
	if (option->tell & TELL_TOS)
		put_number(message, NET_IPV6_TCLASS, datagram->tos);
	put_be32(flow_info, flow);
	if ((option->ip6 & IP6_TELL_FLOW) && flow)
		message_put_control(message, SOL_IPV6, NET_IPV6_FLOWINFO,
				    flow_info, sizeof flow_info);
	if (datagram->extensions)
		put_extensions(message, datagram, option->ip6, false);
	put_old(message, datagram, option->ip6);
	if (option->tell & TELL_ORIGINAL)
		inet_put_original(socket, message, datagram);
	if ((option->ip6 & IP6_TELL_FRAGMENT) && datagram->fragment_size)
		put_number(message, NET_IPV6_RECVFRAGSIZE,
			   datagram->fragment_size);
}
