// SPDX-License-Identifier: MIT
/*
 * ICMP errors: sending them about packets that could not be delivered (RFC 1122
 * 3.2.2, RFC 4443 2.4), and handing those that arrive to the transport that
 * they are about. They are made here, below ICMP's own folder, since IP needs
 * them itself.
 */
#include "net/ip/ip.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/wire/checksum.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define BURST 50
#define PER_SECOND 1000
#define QUOTE_IP4 548 /* of the offending packet: 576 in all (RFC 1812) */
#define QUOTE_IP6 1232 /* 1280 in all */

static bool take_token(struct net *net)
{
	struct ip_stack *ip = net->ip;
	int64_t tokens =
		(net->now - ip->icmp_filled) / (NSEC_PER_SEC / PER_SECOND);

	if (tokens > 0) {
		ip->icmp_filled = net->now;
		ip->icmp_tokens =
			(uint32_t)MIN((int64_t)BURST, ip->icmp_tokens + tokens);
	}
	if (ip->icmp_tokens == 0) {
		net->stats.icmp.out_rate_limited++;
		return false;
	}
	ip->icmp_tokens--;
	return true;
}

/* Errors about errors, and about ICMP that we do not know, are never sent. */
static bool is_icmp_error(struct packet *packet)
{
	const uint8_t *icmp = packet_header(packet, packet->l4, 1);

	if (packet->protocol == NET_IPPROTO_ICMPV6)
		return !icmp || icmp[0] < 128;
	if (packet->protocol != NET_IPPROTO_ICMP)
		return false;
	return !icmp || (icmp[0] != ICMP_ECHO && icmp[0] != ICMP_ECHO_REPLY &&
			 icmp[0] != 13);
}

static bool may_answer(struct net *net, struct packet *packet)
{
	if (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST))
		return false;
	if (addr_is_any(&packet->src) || addr_is_multicast(&packet->src) ||
	    addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		return false;
	if (is_icmp_error(packet))
		return false;
	return (packet->flags & PACKET_LOOPBACK) || take_token(net);
}

static void send_error(struct net *net, struct packet *packet, uint8_t type,
		       uint8_t code) ON_NET_THREAD
{
	bool ip4 = addr_is_ip4(&packet->src);
	uint32_t quote = MIN(packet->length - packet->l3,
			     (uint32_t)(ip4 ? QUOTE_IP4 : QUOTE_IP6));
	struct packet *out;
	struct buf *buf;

	if (!may_answer(net, packet))
		return;
	out = packet_new(net);
	buf = port_buf_alloc(quote);
	if (!out || !buf)
		goto fail;
	packet_copy(packet, packet->l3, buf->data, quote);
	packet_add_fragment(out, buf, 0, quote);
	out->src = packet->dst;
	out->dst = packet->src;
	out->protocol = ip4 ? NET_IPPROTO_ICMP : NET_IPPROTO_ICMPV6;
	out->tos = ip4 ? (packet->tos & 0x1e) | 0xc0 : 0;
	out->note.why = WHY_ICMP_ERROR;
	icmp_emit(packet_push(out, ICMP_HEADER), type, code, 0);
	out->l4 = 0;
	out->csum_start = 0;
	out->csum_offset = 2;
	out->flags |= PACKET_CSUM_PARTIAL;
	if (!ip4)
		transport_checksum(out, NET_IPPROTO_ICMPV6, 2);
	net->stats.icmp.out_msgs++;
	if (type == ICMP_TIME_EXCEEDED)
		net->stats.icmp.out_time_excds++;
	else
		net->stats.icmp.out_dest_unreachs++;
	ip_output(net, out);
	return;
fail:
	if (out)
		packet_free(net, out);
	if (buf)
		buf_put(buf);
	net->stats.icmp.out_errors++;
}

void icmp_send_port_unreachable(struct net *net, struct packet *packet)
{
	if (addr_is_ip4(&packet->src))
		send_error(net, packet, ICMP_DEST_UNREACHABLE,
			   ICMP_PORT_UNREACHABLE);
	else
		send_error(net, packet, ICMP6_DEST_UNREACHABLE,
			   ICMP6_PORT_UNREACHABLE);
}

void icmp_send_protocol_unreachable(struct net *net, struct packet *packet)
{
	if (addr_is_ip4(&packet->src))
		send_error(net, packet, ICMP_DEST_UNREACHABLE,
			   ICMP_PROTOCOL_UNREACHABLE);
	else /* unrecognized next header */
		send_error(net, packet, ICMP6_PARAMETER_PROBLEM, 1);
}

void icmp_send_reassembly_timeout(struct net *net, struct packet *packet)
{
	send_error(net, packet, ICMP_TIME_EXCEEDED, 1);
}

/* ---- errors that arrive ---- */

void icmp_classify(struct icmp_error *e)
{
	/* Codes of "destination unreachable", as Linux's icmp_err_convert. */
	static const struct {
		uint8_t error;
		bool hard;
	} unreachable[] = {
		{ ENETUNREACH, false },	 { EHOSTUNREACH, false },
		{ ENOPROTOOPT, true },	 { ECONNREFUSED, true },
		{ EMSGSIZE, false },	 { EOPNOTSUPP, false },
		{ ENETUNREACH, true },	 { EHOSTDOWN, true },
		{ ENONET, true },	 { ENETUNREACH, true },
		{ EHOSTUNREACH, true },	 { ENETUNREACH, false },
		{ EHOSTUNREACH, false }, { EHOSTUNREACH, true },
		{ EHOSTUNREACH, true },	 { EHOSTUNREACH, true },
	};

	e->hard = false;
	e->error = EHOSTUNREACH;
	if (e->type == ICMP_DEST_UNREACHABLE &&
	    e->code < ARRAY_LEN(unreachable)) {
		e->error = unreachable[e->code].error;
		e->hard = unreachable[e->code].hard;
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
	struct icmp_error error = { .type = type, .code = code, .mtu = mtu };
	uint32_t length;
	const uint8_t *l4;

	if (packet->ethertype != 0x0800 && packet->ethertype != 0x86dd)
		return;
	length = MIN(packet->length - packet->l4, (uint32_t)20);
	if (length < 8)
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
	icmp_classify(&error);
	icmp_deliver_error(net, &error);
}
