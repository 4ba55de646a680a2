// SPDX-License-Identifier: MIT
/*
 * MSG_ERRQUEUE: ICMP errors with what they were about, stamps of what was sent,
 * and completed zero-copy sends (ip(7) IP_RECVERR, the kernel's
 * Documentation/networking/timestamping and msg_zerocopy). It never sleeps.
 */
#include "kernel/socket/inet.h"

#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

enum { SOL_IP = 0, IP_RECVERR = 11, SOL_IPV6 = 41, IPV6_RECVERR = 25 };
#define EXTENDED_SIZE 16 /* struct sock_extended_err */

static bool from_icmp(const struct datagram *datagram)
{
	return datagram->error.origin == ERROR_FROM_ICMP ||
	       datagram->error.origin == ERROR_FROM_ICMP6;
}

/* The error, and who sent it: an address of the socket's family. */
static void put_error(struct socket *socket, struct message *message,
		      const struct datagram *datagram)
{
	const struct socket_error *error = &datagram->error;
	bool six = socket->family == AF_INET6;
	struct net_name offender = { .addr = error->offender };
	uint8_t value[EXTENDED_SIZE + ADDRESS_MAX] = { 0 };

	put_le32(value, error->error);
	value[4] = error->origin;
	value[5] = error->type;
	value[6] = error->code;
	put_le32(value + 8, error->info);
	put_le32(value + 12, error->data);
	if (from_icmp(datagram))
		inet_name_out(socket, &offender, value + EXTENDED_SIZE);
	message_put_control(message, six ? SOL_IPV6 : SOL_IP,
			    six ? IPV6_RECVERR : IP_RECVERR, value,
			    EXTENDED_SIZE + (six ? NAME6_SIZE : NAME4_SIZE));
}

static void put_controls(struct socket *socket, struct message *message,
			 const struct datagram *datagram)
{
	const struct endpoint_options *option = &socket->endpoint->opt;

	if (datagram->error.origin == ERROR_STAMP) {
		if (option->timestamping & NET_STAMP_SOFTWARE)
			inet_put_stamping(socket, message, datagram->time);
	} else if (datagram->error.origin != ERROR_ZEROCOPY) {
		inet_put_stamps(socket, message, datagram->time);
	}
	if (from_icmp(datagram))
		inet_put_ip_controls(socket, message, datagram);
	put_error(socket, message, datagram);
}

ssize_t inet_receive_error(struct socket *socket, struct message *message)
{
	struct datagram *datagram;
	ssize_t result;

	message->flags &= ~(unsigned)MSG_TRUNC; /* asks for nothing here */
	mutex_lock(&socket->receive_lock);
	datagram = error_queue_pop(socket->endpoint);
	mutex_unlock(&socket->receive_lock);
	if (!datagram)
		return -EAGAIN;
	result = inet_copy_out(message, datagram);
	if (datagram->error.origin == ERROR_FROM_HERE || from_icmp(datagram))
		message->name_length =
			inet_name_out(socket, &datagram->remote, message->name);
	put_controls(socket, message, datagram);
	message->flags |= MSG_ERRQUEUE;
	/* The bytes that were stamped are not kept: they count as cut off. */
	if (datagram->error.origin == ERROR_STAMP &&
	    socket->type == SOCK_STREAM &&
	    !(socket->endpoint->opt.timestamping & NET_STAMP_OPT_TSONLY))
		message->flags |= MSG_TRUNC;
	datagram_free(datagram);
	return result;
}

/* The bytes were copied: the program may have its buffer back at once. */
void inet_zerocopy_done(struct socket *socket)
{
	uint32_t key;

	mutex_lock(&socket->receive_lock);
	key = socket->zerocopy_calls++;
	error_queue_zerocopy(socket->endpoint, key, key);
	mutex_unlock(&socket->receive_lock);
	wake_up(&socket->wait, POLLERR);
}
