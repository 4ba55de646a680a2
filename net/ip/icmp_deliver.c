// SPDX-License-Identifier: MIT
/*
 * ICMP errors on their way up: what each type and code means to a program
 * (Linux's errno), and which protocol it is about. Errors that this host finds
 * itself (no neighbour, too big) go the same way.
 */
#include "lib/errno.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/ip/ip.h"
#include "net/wire/icmp.h"

/* Codes of IPv4's "destination unreachable", as Linux's icmp_err_convert. */
static const struct {
	uint8_t error;
	bool hard;
} unreachable4[] = {
	{ ENETUNREACH, false },	 { EHOSTUNREACH, false },
	{ ENOPROTOOPT, true },	 { ECONNREFUSED, true },
	{ EMSGSIZE, false },	 { EOPNOTSUPP, false },
	{ ENETUNREACH, true },	 { EHOSTDOWN, true },
	{ ENONET, true },	 { ENETUNREACH, true },
	{ EHOSTUNREACH, true },	 { ENETUNREACH, false },
	{ EHOSTUNREACH, false }, { EHOSTUNREACH, true },
	{ EHOSTUNREACH, true },	 { EHOSTUNREACH, true },
};

/* IPv6's, with the code of IPv4 that comes nearest. */
static const struct {
	uint8_t error, code4;
	bool hard;
} unreachable6[] = {
	{ ENETUNREACH, ICMP_NET_UNREACHABLE, false },
	{ EACCES, ICMP_PROHIBITED, true },
	{ EHOSTUNREACH, ICMP_HOST_UNREACHABLE, false },
	{ EHOSTUNREACH, ICMP_HOST_UNREACHABLE, false },
	{ ECONNREFUSED, ICMP_PORT_UNREACHABLE, true },
	{ EACCES, ICMP_PROHIBITED, true },
	{ EACCES, ICMP_PROHIBITED, true },
};

static void classify6(struct icmp_error *e)
{
	uint8_t code = e->code;

	switch (e->type) {
	case ICMP6_DEST_UNREACHABLE:
		e->error = EPROTO;
		e->type = ICMP_DEST_UNREACHABLE;
		if (code < ARRAY_LEN(unreachable6)) {
			e->error = unreachable6[code].error;
			e->hard = unreachable6[code].hard;
			e->code = unreachable6[code].code4;
		}
		return;
	case ICMP6_PACKET_TOO_BIG:
		e->type = ICMP_DEST_UNREACHABLE;
		e->code = ICMP_FRAGMENTATION_NEEDED;
		e->error = EMSGSIZE;
		e->mtu = e->info;
		return;
	case ICMP6_TIME_EXCEEDED:
		e->type = ICMP_TIME_EXCEEDED;
		e->error = EHOSTUNREACH;
		return;
	default:
		e->type = ICMP_PARAMETER_PROBLEM;
		e->error = EPROTO;
		e->hard = true;
		return;
	}
}

void icmp_classify(struct icmp_error *e)
{
	e->hard = false;
	e->error = EHOSTUNREACH;
	e->wire_type = e->type;
	e->wire_code = e->code;
	if (e->six) {
		classify6(e);
	} else if (e->type == ICMP_DEST_UNREACHABLE &&
		   e->code < ARRAY_LEN(unreachable4)) {
		e->error = unreachable4[e->code].error;
		e->hard = unreachable4[e->code].hard;
	} else if (e->type == ICMP_PARAMETER_PROBLEM) {
		e->error = EPROTO;
		e->hard = true;
	}
}

void icmp_deliver_error(struct net *net, const struct icmp_error *error)
{
	for (int i = 0; i < NET_PROTOCOLS && net->protocols[i]; i++) {
		const struct protocol *p = net->protocols[i];

		if (!p->error)
			continue;
		if (p->number == error->protocol || p->type == NET_SOCK_RAW)
			p->error(net, error);
	}
}

void icmp_local_error(struct net *net, struct packet *packet, uint8_t type,
		      uint8_t code, uint32_t mtu)
{
	struct icmp_error error = {
		.type = type, .code = code, .mtu = mtu, .info = mtu
	};
	uint32_t length = packet->length - packet->l4;
	const uint8_t *l4;

	length = MIN(length, (uint32_t)20);
	if (length < 8 || (packet->flags & PACKET_FORWARDED))
		return;
	l4 = packet_header(packet, packet->l4, length);
	if (!l4)
		return;
	error.protocol = packet->protocol;
	error.local.addr = packet->src;
	error.remote.addr = packet->dst;
	error.local.port = get_be16(l4);
	error.remote.port = get_be16(l4 + 2);
	error.quoted = l4;
	error.quoted_length = length;
	/* As Linux shows it: "too big" is our own finding, a silent neighbour
	 * an ICMP error that we send ourselves. */
	error.here = code == ICMP_FRAGMENTATION_NEEDED;
	if (!error.here)
		error.offender = packet->src;
	error.ttl = (uint8_t)net->tunables.ip_default_ttl;
	error.six = !addr_is_ip4(&packet->dst);
	if (error.six) {
		error.type = error.here ? ICMP6_PACKET_TOO_BIG :
					  ICMP6_DEST_UNREACHABLE;
		error.code = error.here ? 0 : ICMP6_ADDRESS_UNREACHABLE;
	}
	icmp_classify(&error);
	icmp_deliver_error(net, &error);
}
