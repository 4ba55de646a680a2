// SPDX-License-Identifier: MIT
/*
 * ICMP messages about a packet that came (RFC 1122 3.2.2, RFC 1812 4.3, RFC 4443
 * 2.4): errors and redirects. They are made here, below ICMP's own folder, since
 * IP needs them itself. What arrives is in icmp_deliver.c.
 */
#include "lib/string.h"
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/core/source.h"
#include "net/ip/ip.h"
#include "net/ip/limit.h"
#include "net/ip/options.h"
#include "net/wire/checksum.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

#define TOTAL_IP4 576u /* of the whole error (RFC 1812 4.3.2.3) */
#define TOTAL_IP6 1280u

/* One message to be sent. */
struct message {
	uint8_t type, code;
	uint32_t word;
};

/* Errors about errors, and about ICMP that we do not know, are never sent. */
static bool is_icmp_error(struct packet *packet)
{
	const uint8_t *icmp;

	if (packet->protocol != NET_IPPROTO_ICMPV6 &&
	    packet->protocol != NET_IPPROTO_ICMP)
		return false;
	icmp = packet_header(packet, packet->l4, 1);
	if (!icmp)
		return true;
	if (packet->protocol == NET_IPPROTO_ICMPV6)
		return icmp[0] < ICMP6_ERRORS || icmp[0] == ICMP6_REDIRECT;
	switch (icmp[0]) {
	case ICMP_DEST_UNREACHABLE:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER_PROBLEM:
		return true;
	default:
		return icmp[0] > ICMP_TYPES_KNOWN;
	}
}

/* Fragments but the first are not answered. */
static bool is_later_fragment(struct packet *packet)
{
	const uint8_t *ip;

	if (!addr_is_ip4(&packet->src))
		return false;
	ip = packet_header(packet, packet->l3, IP4_HEADER_MIN);
	return !ip || (get_be16(ip + 6) & IP4_OFFSET_MASK);
}

/* RFC 4443 2.4 (e): multicast is answered only where it helps. */
static bool group_may_be_answered(const struct packet *packet,
				  const struct message *m)
{
	if (addr_is_ip4(&packet->dst))
		return false;
	return m->type == ICMP6_PACKET_TOO_BIG ||
	       (m->type == ICMP6_PARAMETER_PROBLEM && m->code == 2);
}

static bool may_answer(struct net *net, struct packet *packet,
		       const struct message *m) ON_NET_THREAD
{
	bool group = addr_is_multicast(&packet->dst) ||
		     (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST)) ||
		     netif_is_broadcast(packet->netif, &packet->dst);

	if (group && !group_may_be_answered(packet, m))
		return false;
	if (addr_is_any(&packet->src) || addr_is_multicast(&packet->src) ||
	    addr_is_limited_broadcast(&packet->src) ||
	    netif_is_broadcast(packet->netif, &packet->src))
		return false;
	return !is_icmp_error(packet) && !is_later_fragment(packet);
}

/* The limits; never over loopback, never for path MTU discovery. */
static bool within_limits(struct net *net, const struct packet *packet,
			  const struct message *m) ON_NET_THREAD
{
	const struct ip_tunables *t = &net->tunables.ip;
	bool ip4 = addr_is_ip4(&packet->src);
	int32_t interval = ip4 ? t->icmp_ratelimit : t->icmp6_ratelimit;

	if (packet->flags & PACKET_LOOPBACK)
		return true;
	if (ip4 && ((m->type == ICMP_DEST_UNREACHABLE &&
		     m->code == ICMP_FRAGMENTATION_NEEDED) ||
		    !((uint32_t)t->icmp_ratemask >> m->type & 1)))
		return true;
	if (!ip4 && m->type == ICMP6_PACKET_TOO_BIG)
		return true;
	return limit_global(net) &&
	       limit_peer(net, &packet->src, interval * NSEC_PER_MSEC);
}

/* Who speaks: the address that was meant, if it is ours; else IP chooses. */
static void choose_source(struct net *net, const struct packet *packet,
			  struct packet *out) ON_NET_THREAD
{
	const struct netif_address *own;

	if (addr_is_multicast(&packet->dst) ||
	    netif_is_broadcast(packet->netif, &packet->dst))
		return;
	if ((packet->flags & (PACKET_LOOPBACK | PACKET_ANYCAST)) ||
	    netif_of_address(net, &packet->dst)) {
		out->src = packet->dst;
		return;
	}
	if (!net->tunables.ip.icmp_errors_use_inbound_ifaddr)
		return;
	own = netif_source(packet->netif, &packet->src);
	if (own)
		out->src = own->addr;
}

/* As much of the packet as fits, as one buffer. */
static bool quote(struct packet *out, const struct packet *packet, bool ip4)
{
	uint32_t room = (ip4 ? TOTAL_IP4 - IP4_HEADER - out->options_length :
			       TOTAL_IP6 - IP6_HEADER) -
			ICMP_HEADER;
	uint32_t n = MIN(packet->length - packet->l3, room);
	struct buf *buf = port_buf_alloc(n);

	if (!buf)
		return false;
	packet_copy(packet, packet->l3, buf->data, n);
	packet_add_fragment(out, buf, 0, n);
	return true;
}

static void finish(struct net *net, struct packet *out, const struct message *m,
		   bool ip4) ON_NET_THREAD
{
	icmp_emit(packet_push(out, ICMP_HEADER), m->type, m->code, m->word);
	out->l4 = 0;
	out->csum_start = 0;
	out->csum_offset = 2;
	out->flags |= PACKET_CSUM_PARTIAL;
	if (!ip4)
		transport_checksum(out, NET_IPPROTO_ICMPV6, 2);
	ip_output(net, out);
}

/* The pseudo header needs a source before IP_OUT would choose one. */
static bool find_source(struct net *net, struct packet *out,
			const struct packet *packet) ON_NET_THREAD
{
	struct net_path path;
	const struct net_addr *source = addr_is_any6(&out->src) ? NULL :
								  &out->src;

	if (path_find(net, &out->dst, source,
		      addr_is_link_local6(&out->dst) ? packet->netif : NULL,
		      &path))
		return false;
	out->src = path.source;
	packet_set_path(out, &path);
	return true;
}

static void send_message(struct net *net, struct packet *packet,
			 const struct message *m) ON_NET_THREAD
{
	bool ip4 = addr_is_ip4(&packet->src);
	struct packet *out;

	if (!may_answer(net, packet, m) || !within_limits(net, packet, m))
		return;
	out = packet_new(net);
	if (!out)
		goto fail;
	out->dst = packet->src;
	out->protocol = ip4 ? NET_IPPROTO_ICMP : NET_IPPROTO_ICMPV6;
	out->tos = ip4 ? (packet->tos & 0x1e) | 0xc0 : 0;
	out->note.why = ip4 && m->type == ICMP_REDIRECT ? WHY_REDIRECT :
							  WHY_ICMP_ERROR;
	if (ip4)
		out->options_length = options_echo(packet, out->options);
	choose_source(net, packet, out);
	if (!find_source(net, out, packet) || !quote(out, packet, ip4))
		goto fail;
	finish(net, out, m, ip4);
	return;
fail:
	if (out)
		packet_free(net, out);
	icmp_count(net, packet->netif, !ip4, ICMP_STAT(out_errors));
}

void icmp_send_unreachable(struct net *net, struct packet *packet,
			   enum unreachable what)
{
	static const uint8_t code4[] = { ICMP_NET_UNREACHABLE,
					 ICMP_HOST_UNREACHABLE,
					 ICMP_PORT_UNREACHABLE,
					 ICMP_PROTOCOL_UNREACHABLE,
					 ICMP_PROHIBITED };
	static const uint8_t code6[] = { ICMP6_NO_ROUTE,
					 ICMP6_ADDRESS_UNREACHABLE,
					 ICMP6_PORT_UNREACHABLE, 1,
					 ICMP6_PROHIBITED };
	struct message m = { .type = ICMP_DEST_UNREACHABLE,
			     .code = code4[what] };

	if (!addr_is_ip4(&packet->src) && what == UNREACHABLE_PROTOCOL) {
		/* Where the unrecognized next header stood: ip6_in.c. */
		icmp_send_parameter_problem(net, packet, 1, packet->scratch[3]);
		return;
	}
	if (!addr_is_ip4(&packet->src)) {
		m.type = ICMP6_DEST_UNREACHABLE;
		m.code = code6[what];
	}
	send_message(net, packet, &m);
}

void icmp_send_too_big(struct net *net, struct packet *packet, uint32_t mtu)
{
	struct message m = { ICMP_DEST_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED,
			     mtu };

	if (!addr_is_ip4(&packet->src)) {
		m.type = ICMP6_PACKET_TOO_BIG;
		m.code = 0;
	}
	send_message(net, packet, &m);
}

void icmp_send_time_exceeded(struct net *net, struct packet *packet)
{
	struct message m = { .type = addr_is_ip4(&packet->src) ?
					     ICMP_TIME_EXCEEDED :
					     ICMP6_TIME_EXCEEDED };

	send_message(net, packet, &m);
}

void icmp_send_reassembly_timeout(struct net *net, struct packet *packet)
{
	struct message m = { .type = addr_is_ip4(&packet->src) ?
					     ICMP_TIME_EXCEEDED :
					     ICMP6_TIME_EXCEEDED,
			     .code = 1 };

	send_message(net, packet, &m);
}

void icmp_send_parameter_problem(struct net *net, struct packet *packet,
				 uint8_t code, uint32_t pointer)
{
	struct message m = { ICMP_PARAMETER_PROBLEM, 0, pointer << 24 };

	if (!addr_is_ip4(&packet->src)) {
		m.type = ICMP6_PARAMETER_PROBLEM;
		m.code = code;
		m.word = pointer;
	}
	send_message(net, packet, &m);
}

void icmp_send_redirect(struct net *net, struct packet *packet,
			const struct net_addr *gateway)
{
	struct message m = { ICMP_REDIRECT, 1, addr_to_ip4(gateway) };

	if (addr_is_ip4(&packet->src))
		send_message(net, packet, &m);
}
