// SPDX-License-Identifier: MIT
/*
 * Socket options that belong to the file face, whatever the family: timeouts,
 * type, domain, credentials of the maker. Everything else is the family's.
 */
#include "kernel/socket/socket.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define BPF_EXTENSIONS 64 /* SKF_AD_MAX */

/* struct timeval (old and new are the same on x86-64) to nanoseconds. */
static int read_timeout(const void *value, unsigned length, nsec_t *timeout)
{
	int64_t seconds, micros;

	if (length < 16)
		return -EINVAL;
	seconds = (int64_t)get_le64(value);
	micros = (int64_t)get_le64((const uint8_t *)value + 8);
	if (micros < 0 || micros >= 1000000)
		return -EDOM;
	if (seconds < 0)
		*timeout = 1; /* Linux: no wait at all */
	else if (seconds > INT64_MAX / NSEC_PER_SEC / 2)
		*timeout = 0;
	else
		*timeout = seconds * NSEC_PER_SEC + micros * 1000;
	return 0;
}

static int write_timeout(nsec_t timeout, void *value, unsigned length)
{
	uint8_t bytes[16];

	put_le64(bytes, (uint64_t)(timeout / NSEC_PER_SEC));
	put_le64(bytes + 8, (uint64_t)(timeout % NSEC_PER_SEC / 1000));
	length = MIN(length, 16u);
	memcpy(value, bytes, length);
	return (int)length;
}

static int write_int(int number, void *value, unsigned length)
{
	length = MIN(length, 4u);
	memcpy(value, &number, length);
	return (int)length;
}

int socket_set_common(struct socket *socket, int name, const void *value,
		      unsigned length)
{
	int number = length >= 4 ? (int)get_le32(value) : 0;

	if (length < 4 && name != SO_BINDTODEVICE)
		return -EINVAL;
	switch (name) {
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
		return read_timeout(value, length, &socket->receive_timeout);
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return read_timeout(value, length, &socket->send_timeout);
	case SO_TYPE:
	case SO_DOMAIN:
	case SO_PROTOCOL:
	case SO_ERROR:
	case SO_ACCEPTCONN:
	case SO_PEERCRED:
		return -ENOPROTOOPT;
	case SO_RCVLOWAT:
		if (length < 4)
			return -EINVAL;
		socket->low_water = number < 0	? INT32_MAX :
				    number == 0 ? 1 :
						  (uint32_t)number;
		return -EAGAIN; /* the family wants to know it too */
	case SO_LINGER:
		if (length < 8)
			return -EINVAL;
		socket->linger_seconds = get_le32((const uint8_t *)value + 4);
		socket->linger = number != 0;
		return -EAGAIN; /* the family wants to know it too */
	default:
		return -EAGAIN;
	}
}

int socket_get_common(struct socket *socket, int name, void *value,
		      unsigned length)
{
	switch (name) {
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
		return write_timeout(socket->receive_timeout, value, length);
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return write_timeout(socket->send_timeout, value, length);
	case SO_TYPE:
		return write_int(socket->type, value, length);
	case SO_DOMAIN:
		return write_int(socket->family, value, length);
	case SO_PROTOCOL:
		return write_int(socket->protocol, value, length);
	case SO_BPF_EXTENSIONS:
		/* Which names filters may use: libpcap asks, for VLAN tags. */
		return write_int(BPF_EXTENSIONS, value, length);
	case SO_RCVLOWAT:
		if (socket->family != AF_UNIX)
			return -EAGAIN; /* which may hold it down */
		return write_int((int)socket->low_water, value, length);
	default:
		return -EAGAIN;
	}
}
