// SPDX-License-Identifier: MIT
/*
 * Ancillary data of the Internet sockets (ip(7), ipv6(7), udp(7), socket(7)):
 * what a program may say with a message, and what it is told with one. Order
 * and contents are Linux's. IPv6's own are in inet_control6.c.
 */
#include "kernel/file/credentials.h"
#include "kernel/socket/inet.h"

#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

enum {
	SOL_IP = 0,
	SOL_UDP = 17,
	SOL_IPV6 = 41,

	IP_TOS = 1,
	IP_TTL = 2,
	IP_RECVOPTS = 6,
	IP_RETOPTS = 7,
	IP_PKTINFO = 8,
	IP_ORIGDSTADDR = 20,

	IPV6_PKTINFO = 50,

	UDP_SEGMENT = 103,
	UDP_GRO = 104,
};

/* ---- What a program says ---- */

int inet_stamping_control(const struct control_view *view, uint32_t *flags)
{
	uint32_t own;

	if (view->type != NET_SO_TIMESTAMPING &&
	    view->type != NET_SO_TIMESTAMPING_NEW)
		return 0;
	if (view->size != 4)
		return -EINVAL;
	own = get_le32(view->data);
	if (own & ~(uint32_t)NET_STAMP_TX)
		return -EINVAL;
	*flags = (*flags & ~(uint32_t)NET_STAMP_TX) | own;
	return 0;
}

static int take_socket(struct datagram *datagram,
		       const struct control_view *view, uint32_t *stamping)
{
	switch (view->type) {
	case NET_SO_MARK:
		if (!capable(CAP_NET_RAW) && !capable(CAP_NET_ADMIN))
			return -EPERM;
		if (view->size != 4)
			return -EINVAL;
		datagram->mark = get_le32(view->data);
		datagram->flags |= DATAGRAM_HAS_MARK;
		return 0;
	case NET_SO_PRIORITY:
		if (view->size != 4)
			return -EINVAL;
		datagram->priority = get_le32(view->data);
		datagram->flags |= DATAGRAM_HAS_PRIORITY;
		return 0;
	case NET_SO_TIMESTAMPING:
	case NET_SO_TIMESTAMPING_NEW:
		return inet_stamping_control(view, stamping);
	case SCM_RIGHTS: /* of no use here, but no error */
	case SCM_CREDENTIALS:
		return 0;
	default:
		return -EINVAL;
	}
}

static int take_ip4(struct datagram *datagram, const struct control_view *view)
{
	int value;

	switch (view->type) {
	case IP_PKTINFO:
		if (view->size != 12)
			return -EINVAL;
		if (get_le32(view->data))
			datagram->netif = get_le32(view->data);
		datagram->local.addr = addr_ip4(get_be32(view->data + 4));
		if (get_be32(view->data + 4))
			datagram->flags |= DATAGRAM_HAS_SOURCE;
		return 0;
	case IP_TTL:
		value = view->size == 4 ? (int)get_le32(view->data) : 0;
		if (value < 1 || value > 255)
			return -EINVAL;
		datagram->ttl = (uint8_t)value;
		datagram->flags |= DATAGRAM_HAS_TTL;
		return 0;
	case IP_TOS:
		if (view->size != 4 && view->size != 1)
			return -EINVAL;
		value = view->size == 4 ? (int)get_le32(view->data) :
					  view->data[0];
		if (value < 0 || value > 255)
			return -EINVAL;
		datagram->tos = (uint8_t)value;
		datagram->flags |= DATAGRAM_HAS_TOS;
		return 0;
	case IP_RETOPTS:
		if (view->size > IP4_OPTIONS)
			return -EINVAL;
		memcpy(datagram->options, view->data, view->size);
		datagram->options_length = (uint8_t)view->size;
		datagram->flags |= DATAGRAM_HAS_OPTIONS;
		return 0;
	default:
		return -EINVAL;
	}
}

static int take_udp(struct datagram *datagram, const struct control_view *view)
{
	if (view->type != UDP_SEGMENT || view->size != 2)
		return -EINVAL;
	datagram->segment_size = get_le16(view->data);
	return 0;
}

static int take_control(struct socket *socket, struct datagram *datagram,
			const struct control_view *view, uint32_t *stamping)
{
	bool udp = socket->endpoint->number == NET_IPPROTO_UDP;

	switch (view->level) {
	case SOL_SOCKET:
		return take_socket(datagram, view, stamping);
	case SOL_UDP:
		return udp ? take_udp(datagram, view) : 0;
	case SOL_IPV6:
		if (socket->family == AF_INET6)
			return inet_take_ip6(datagram, view);
		/* What an IPv6 program would say on a mapped address. */
		return view->type == IPV6_PKTINFO ? -EINVAL : 0;
	case SOL_IP:
		return take_ip4(datagram, view);
	default:
		return 0; /* another layer's */
	}
}

/* The stamps that the program wants of this datagram. */
static void want_stamps(struct socket *socket, struct datagram *datagram,
			uint32_t stamping)
{
	if (!(stamping & NET_STAMP_TX))
		return;
	if (stamping & NET_STAMP_TX_SCHED)
		datagram->flags |= DATAGRAM_STAMP_SCHED;
	if (stamping & NET_STAMP_TX_SOFTWARE)
		datagram->flags |= DATAGRAM_STAMP_SENT;
	if (stamping & NET_STAMP_OPT_ID)
		datagram->stamp_key =
			atomic_fetch_add(&socket->endpoint->stamp_keys, 1);
}

int inet_take_controls(struct socket *socket, struct datagram *datagram,
		       const struct message *message)
{
	uint32_t stamping = socket->endpoint->opt.timestamping;
	struct control_view view;
	size_t offset = 0;
	int error;

	while (!(error = message_next_control(message, &offset, &view))) {
		error = take_control(socket, datagram, &view, &stamping);
		if (error)
			return error;
	}
	if (error != -ENOENT)
		return error;
	want_stamps(socket, datagram, stamping);
	return 0;
}

/* ---- What it is told ---- */

static void put_time_pair(uint8_t *to, nsec_t time, nsec_t unit)
{
	put_le64(to, (uint64_t)(time / NSEC_PER_SEC));
	put_le64(to + 8, (uint64_t)(time % NSEC_PER_SEC / unit));
}

static void put_stamp(const struct endpoint_options *option,
		      struct message *message, nsec_t time)
{
	bool ns = option->tell & TELL_TIME_NS;
	uint8_t value[16];
	int type;

	put_time_pair(value, time, ns ? 1 : NSEC_PER_USEC);
	if (option->tell & TELL_TIME_NEW)
		type = ns ? NET_SO_TIMESTAMPNS_NEW : NET_SO_TIMESTAMP_NEW;
	else
		type = ns ? NET_SO_TIMESTAMPNS : NET_SO_TIMESTAMP;
	message_put_control(message, SOL_SOCKET, type, value, sizeof(value));
}

/* struct scm_timestamping: software, an obsolete one, hardware. */
void inet_put_stamping(struct socket *socket, struct message *message,
		       nsec_t time)
{
	bool new = socket->endpoint->opt.tell &TELL_TIME_NEW;
	uint8_t value[48] = { 0 };

	put_time_pair(value, time + clock_realtime_offset(), 1);
	message_put_control(message, SOL_SOCKET,
			    new ? NET_SO_TIMESTAMPING_NEW : NET_SO_TIMESTAMPING,
			    value, sizeof(value));
}

void inet_put_stamps(struct socket *socket, struct message *message,
		     nsec_t time)
{
	const struct endpoint_options *option = &socket->endpoint->opt;
	uint32_t both = NET_STAMP_SOFTWARE | NET_STAMP_RX_SOFTWARE;

	if (option->tell & TELL_TIME)
		put_stamp(option, message, time + clock_realtime_offset());
	if ((option->timestamping & both) == both)
		inet_put_stamping(socket, message, time);
}

static void put_packet_info(struct message *message,
			    const struct datagram *datagram)
{
	uint8_t info[12];

	put_le32(info, datagram->netif);
	put_be32(info + 4, addr_to_ip4(addr_is_any(&datagram->own) ?
					       &datagram->local.addr :
					       &datagram->own));
	put_be32(info + 8, addr_to_ip4(&datagram->local.addr));
	message_put_control(message, SOL_IP, IP_PKTINFO, info, sizeof info);
}

void inet_put_original(struct socket *socket, struct message *message,
		       const struct datagram *datagram)
{
	uint8_t name[ADDRESS_MAX];
	int length = inet_name_out(socket, &datagram->local, name);
	bool six = socket->family == AF_INET6;

	message_put_control(message, six ? SOL_IPV6 : SOL_IP,
			    six ? NET_IPV6_RECVORIGDSTADDR : IP_ORIGDSTADDR,
			    name, (size_t)length);
}

/* The largest of the fragments that it came in, header and all. */
static void put_fragment_size(struct message *message, int level, int type,
			      const struct datagram *datagram)
{
	uint32_t size = datagram->fragment_size;

	message_put_control(message, level, type, &size, sizeof(size));
}

static void put_ip4(struct socket *socket, struct message *message,
		    const struct datagram *datagram)
{
	const struct endpoint_options *option = &socket->endpoint->opt;
	uint32_t ttl = datagram->ttl;

	if (option->tell & TELL_INFO)
		put_packet_info(message, datagram);
	if (option->tell & TELL_TTL)
		message_put_control(message, SOL_IP, IP_TTL, &ttl, 4);
	if (option->tell & TELL_TOS)
		message_put_control(message, SOL_IP, IP_TOS, &datagram->tos, 1);
	if ((option->tell & TELL_OPTIONS) && datagram->options_length)
		message_put_control(message, SOL_IP, IP_RECVOPTS,
				    datagram->options,
				    datagram->options_length);
	if ((option->tell & TELL_OPTIONS_BACK) && datagram->options_length)
		message_put_control(message, SOL_IP, IP_RETOPTS,
				    datagram->options,
				    datagram->options_length);
	if (option->tell & TELL_ORIGINAL)
		inet_put_original(socket, message, datagram);
	if ((option->ip6 & IP6_TELL_FRAGMENT) && datagram->fragment_size)
		put_fragment_size(message, SOL_IP, NET_IP_RECVFRAGSIZE,
				  datagram);
}

void inet_put_ip_controls(struct socket *socket, struct message *message,
			  const struct datagram *datagram)
{
	if (socket->family == AF_INET6)
		inet_put_ip6(socket, message, datagram);
	else
		put_ip4(socket, message, datagram);
}

void inet_put_controls(struct socket *socket, struct message *message,
		       const struct datagram *datagram)
{
	const struct endpoint *endpoint = socket->endpoint;
	const struct endpoint_options *option = &endpoint->opt;
	uint32_t number;

	inet_put_stamps(socket, message, datagram->time);
	number = atomic_load_relaxed(&endpoint->rx_dropped);
	if ((option->tell & TELL_DROPS) && number)
		message_put_control(message, SOL_SOCKET, NET_SO_RXQ_OVFL,
				    &number, 4);
	number = datagram->mark;
	if (option->tell & TELL_MARK)
		message_put_control(message, SOL_SOCKET, NET_SO_MARK, &number,
				    4);
	number = datagram->priority;
	if (option->tell & TELL_PRIORITY)
		message_put_control(message, SOL_SOCKET, NET_SO_PRIORITY,
				    &number, 4);
	number = datagram->segment_size;
	if (number)
		message_put_control(message, SOL_UDP, UDP_GRO, &number, 4);
	inet_put_ip_controls(socket, message, datagram);
}
