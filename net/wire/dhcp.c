// SPDX-License-Identifier: MIT
/*
 * DHCP messages as bytes.
 */
#include "net/wire/dhcp.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define FIXED 236
#define OPTIONS (FIXED + 4)
#define COOKIE 0x63825363
#define SHORTEST 300 /* BOOTP's; some relays insist */

enum option {
	OPTION_PAD = 0,
	OPTION_MASK = 1,
	OPTION_ROUTER = 3,
	OPTION_DNS = 6,
	OPTION_HOSTNAME = 12,
	OPTION_DOMAIN = 15,
	OPTION_MTU = 26,
	OPTION_REQUESTED = 50,
	OPTION_LEASE = 51,
	OPTION_TYPE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETERS = 55,
	OPTION_MAX_SIZE = 57,
	OPTION_T1 = 58,
	OPTION_T2 = 59,
	OPTION_CLIENT_ID = 61,
	OPTION_END = 255,
};

static uint32_t number(const uint8_t *value, size_t length)
{
	return length >= 4 ? get_be32(value) : 0;
}

static void text(char *to, size_t size, const uint8_t *value, size_t length)
{
	size_t n = MIN(length, size - 1);

	for (size_t i = 0; i < n; i++) {
		/* It will end up in files and on terminals. */
		bool plain = value[i] > ' ' && value[i] < 127;

		to[i] = plain ? (char)value[i] : '?';
	}
	to[n] = 0;
}

static void take_option(struct dhcp_message *out, uint8_t code,
			const uint8_t *value, size_t length)
{
	switch (code) {
	case OPTION_MASK:
		out->mask = number(value, length);
		break;
	case OPTION_ROUTER:
		out->router = number(value, length);
		break;
	case OPTION_DNS:
		for (size_t i = 0; i < DHCP_DNS_MAX && length >= 4 * (i + 1);
		     i++)
			out->dns[i] = get_be32(value + 4 * i);
		break;
	case OPTION_HOSTNAME:
		text(out->hostname, sizeof out->hostname, value, length);
		break;
	case OPTION_DOMAIN:
		text(out->domain, sizeof out->domain, value, length);
		break;
	case OPTION_MTU:
		out->mtu = length >= 2 ? get_be16(value) : 0;
		break;
	case OPTION_REQUESTED:
		out->requested = number(value, length);
		break;
	case OPTION_LEASE:
		out->lease = number(value, length);
		break;
	case OPTION_TYPE:
		out->type = length ? value[0] : 0;
		break;
	case OPTION_SERVER:
		out->server_id = number(value, length);
		break;
	case OPTION_T1:
		out->t1 = number(value, length);
		break;
	case OPTION_T2:
		out->t2 = number(value, length);
		break;
	default:
		break;
	}
}

int dhcp_parse(const uint8_t *bytes, size_t size, struct dhcp_message *out)
{
	size_t at = OPTIONS;

	memset(out, 0, sizeof *out);
	if (size < OPTIONS || get_be32(bytes + FIXED) != COOKIE ||
	    bytes[1] != 1 || bytes[2] != 6)
		return -EINVAL;
	out->operation = bytes[0];
	out->xid = get_be32(bytes + 4);
	out->seconds = get_be16(bytes + 8);
	out->broadcast = get_be16(bytes + 10) & 0x8000;
	out->client = get_be32(bytes + 12);
	out->yours = get_be32(bytes + 16);
	out->server = get_be32(bytes + 20);
	memcpy(out->mac, bytes + 28, 6);
	while (at < size && bytes[at] != OPTION_END) {
		if (bytes[at] == OPTION_PAD) {
			at++;
			continue;
		}
		if (at + 2 > size || at + 2 + bytes[at + 1] > size)
			return -EINVAL;
		take_option(out, bytes[at], bytes + at + 2, bytes[at + 1]);
		at += 2 + (size_t)bytes[at + 1];
	}
	return 0;
}

static uint8_t *put_number(uint8_t *at, uint8_t code, uint32_t value)
{
	if (!value)
		return at;
	*at++ = code;
	*at++ = 4;
	put_be32(at, value);
	return at + 4;
}

static uint8_t *put_text(uint8_t *at, uint8_t code, const char *value)
{
	size_t length = strlen(value);

	if (!length)
		return at;
	*at++ = code;
	*at++ = (uint8_t)length;
	memcpy(at, value, length);
	return at + length;
}

size_t dhcp_emit(uint8_t *bytes, const struct dhcp_message *m)
{
	static const uint8_t wanted[] = {
		OPTION_PARAMETERS, 7,	       OPTION_MASK,
		OPTION_ROUTER,	   OPTION_DNS, OPTION_HOSTNAME,
		OPTION_DOMAIN,	   OPTION_MTU, OPTION_LEASE,
	};
	uint8_t *at = bytes + OPTIONS;

	memset(bytes, 0, DHCP_MESSAGE_MAX);
	bytes[0] = m->operation;
	bytes[1] = 1;
	bytes[2] = 6;
	put_be32(bytes + 4, m->xid);
	put_be16(bytes + 8, m->seconds);
	put_be16(bytes + 10, m->broadcast ? 0x8000 : 0);
	put_be32(bytes + 12, m->client);
	put_be32(bytes + 16, m->yours);
	put_be32(bytes + 20, m->server);
	memcpy(bytes + 28, m->mac, 6);
	put_be32(bytes + FIXED, COOKIE);
	*at++ = OPTION_TYPE;
	*at++ = 1;
	*at++ = m->type;
	if (m->operation == 1) {
		*at++ = OPTION_CLIENT_ID;
		*at++ = 7;
		*at++ = 1;
		memcpy(at, m->mac, 6);
		at += 6;
		*at++ = OPTION_MAX_SIZE;
		*at++ = 2;
		put_be16(at, DHCP_MESSAGE_MAX);
		at += 2;
		memcpy(at, wanted, sizeof wanted);
		at += sizeof wanted;
	}
	at = put_number(at, OPTION_REQUESTED, m->requested);
	at = put_number(at, OPTION_SERVER, m->server_id);
	at = put_number(at, OPTION_MASK, m->mask);
	at = put_number(at, OPTION_ROUTER, m->router);
	at = put_number(at, OPTION_DNS, m->dns[0]);
	at = put_number(at, OPTION_LEASE, m->lease);
	at = put_number(at, OPTION_T1, m->t1);
	at = put_number(at, OPTION_T2, m->t2);
	at = put_text(at, OPTION_HOSTNAME, m->hostname);
	at = put_text(at, OPTION_DOMAIN, m->domain);
	*at++ = OPTION_END;
	return MAX((size_t)(at - bytes), (size_t)SHORTEST);
}
