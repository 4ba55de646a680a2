// SPDX-License-Identifier: MIT
/*
 * Answers to echo requests (RFC 792, RFC 1122 3.2.2.6, RFC 4443 4.1) and to
 * timestamp requests (RFC 1122 3.2.2.8).
 */
#include "net/core/count.h"
#include "net/core/instance.h"
#include "net/icmp/icmp.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"

#define TIMESTAMP_LENGTH 20

static bool to_everyone(const struct packet *packet)
{
	return addr_is_multicast(&packet->dst) ||
	       (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST));
}

/* Whether the settings let us answer. */
static bool may_reply(struct net *net, const struct packet *packet)
{
	const struct ip_tunables *t = &net->tunables.ip;

	if (!addr_is_ip4(&packet->dst))
		return !t->icmp6_echo_ignore_all &&
		       !(addr_is_multicast(&packet->dst) &&
			 t->icmp6_echo_ignore_multicast);
	return !to_everyone(packet) || !t->icmp_echo_ignore_broadcasts;
}

/* An empty packet back to the sender; from the address that was asked, or,
 * when everyone was, from the interface's. */
static struct packet *start(struct net *net,
			    struct packet *packet) ON_NET_THREAD
{
	struct packet *out = packet_new(net);
	const struct netif_address *own;
	struct net_path path;

	if (!out)
		return NULL;
	out->dst = packet->src;
	out->protocol = packet->protocol;
	out->tos = packet->tos;
	out->flow = packet->flow;
	if (!to_everyone(packet) && !(packet->flags & PACKET_ANYCAST)) {
		out->src = packet->dst;
	} else if (addr_is_ip4(&packet->dst)) {
		own = netif_source(packet->netif, &packet->src);
		if (own)
			out->src = own->addr;
	}
	if (addr_is_link_local6(&out->dst) && !addr_is_ip4(&out->dst))
		out->bound = packet->netif;
	if (addr_is_any6(&out->src) &&
	    !path_find(net, &out->dst, NULL, out->bound, &path))
		out->src = path.source;
	if (addr_is_ip4(&packet->dst))
		out->options_length = options_echo(packet, out->options);
	return out;
}

static void send(struct net *net, struct packet *out, uint8_t type,
		 uint8_t code, uint32_t word) ON_NET_THREAD
{
	icmp_emit(packet_push(out, ICMP_HEADER), type, code, word);
	out->l4 = 0;
	out->csum_start = 0;
	out->csum_offset = 2;
	out->flags |= PACKET_CSUM_PARTIAL;
	if (!addr_is_ip4(&out->dst))
		transport_checksum(out, NET_IPPROTO_ICMPV6, 2);
	ip_output(net, out);
}

verdict_t echo_in(struct net *net, struct packet *packet,
		  const struct icmp_header *h)
{
	uint32_t from = (uint32_t)packet->l4 + ICMP_HEADER;
	uint32_t length = packet->length - from;
	struct packet *out;
	int n = 0;

	if (addr_is_ip4(&packet->dst) && net->tunables.ip.icmp_echo_ignore_all)
		return packet_dropped(REASON_ICMP_IGNORED);
	if (!may_reply(net, packet))
		return packet_dropped(to_everyone(packet) ?
					      REASON_ICMP_IGNORED_BROADCAST :
					      REASON_ICMP_IGNORED);
	out = start(net, packet);
	if (out && length)
		n = packet_slice(packet, from, length, out->fragments,
				 PACKET_FRAGMENTS);
	if (!out || (length && n == 0)) {
		if (out)
			packet_free(net, out);
		return packet_dropped(REASON_NO_MEMORY);
	}
	out->fragment_count = (uint8_t)n;
	out->length = length;
	out->note.why = WHY_ECHO_REPLY;
	/* A code that no RFC knows comes back too, as from Linux. */
	send(net, out,
	     addr_is_ip4(&packet->dst) ? ICMP_ECHO_REPLY : ICMP6_ECHO_REPLY,
	     h->code, h->word);
	return packet_consumed();
}

verdict_t timestamp_in(struct net *net, struct packet *packet,
		       const struct icmp_header *h)
{
	const uint8_t *bytes =
		packet_header(packet, packet->l4, TIMESTAMP_LENGTH);
	uint32_t now = ip_timestamp(net), originate;
	struct packet *out;
	uint8_t *times;

	if (!bytes) {
		icmp_count(net, packet->netif, false, ICMP_STAT(in_errors));
		return packet_dropped(REASON_ICMP_MALFORMED);
	}
	if (!may_reply(net, packet))
		return packet_dropped(REASON_ICMP_IGNORED_BROADCAST);
	originate = get_be32(bytes + ICMP_HEADER);
	out = start(net, packet);
	if (!out)
		return packet_dropped(REASON_NO_MEMORY);
	times = packet_append(out, TIMESTAMP_LENGTH - ICMP_HEADER);
	put_be32(times, originate);
	put_be32(times + 4, now);
	put_be32(times + 8, now);
	out->note.why = WHY_TIMESTAMP_REPLY;
	send(net, out, ICMP_TIMESTAMP_REPLY, 0, h->word);
	return packet_consumed();
}
