// SPDX-License-Identifier: MIT
/*
 * The stage IP_FORWARD (RFC 1812 5.2, 5.3; RFC 8200 3): where to, is it allowed,
 * one hop less, not too big. What arrived stays as it is, for the capture: a
 * copy of the packet goes on.
 */
#include "net/ip/forward.h"

#include "lib/errno.h"
#include "net/core/count.h"
#include "net/core/exception.h"
#include "net/core/gso.h"
#include "net/core/instance.h"
#include "net/core/source.h"
#include "net/ip/ip.h"
#include "net/ip/options.h"
#include "net/ip/raw6.h"
#include "net/wire/checksum.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"

/* Why there is no way, told to the sender. */
static verdict_t refuse(struct net *net, struct packet *packet,
			int err) ON_NET_THREAD
{
	ip_count(net, packet, IP_STAT(in_no_routes));
	switch (err) {
	case -EACCES:
		icmp_send_unreachable(net, packet, UNREACHABLE_PROHIBITED);
		return packet_dropped(REASON_IP_PROHIBITED);
	case -EHOSTUNREACH:
		icmp_send_unreachable(net, packet, UNREACHABLE_HOST);
		return packet_dropped(REASON_IP_NO_ROUTE);
	case -EINVAL:
		return packet_dropped(REASON_IP_BLACKHOLE);
	default:
		icmp_send_unreachable(net, packet, UNREACHABLE_NET);
		return packet_dropped(REASON_IP_NO_ROUTE);
	}
}

static int find_way(struct net *net, const struct packet *packet,
		    struct route_answer *answer) ON_NET_THREAD
{
	struct route_key key = { .dst = packet->dst,
				 .src = packet->src,
				 .in = packet->netif,
				 .tos = packet->tos & 0x1c };

	return route_find(net, &key, answer);
}

static uint32_t mtu_of(struct net *net, const struct packet *packet,
		       const struct route_answer *answer) ON_NET_THREAD
{
	const struct route_metrics *metrics = answer->route->metrics;
	uint32_t mtu = answer->netif->mtu;
	uint32_t six = (uint32_t)answer->netif->conf6.mtu;

	if (six && !addr_is_ip4(&packet->dst))
		mtu = MIN(mtu, six);
	if (metrics && metrics->value[METRIC_MTU])
		mtu = MIN(mtu, metrics->value[METRIC_MTU]);
	if (net->tunables.ip.forward_use_pmtu || !addr_is_ip4(&packet->dst))
		mtu = path_mtu(net, &packet->dst, mtu);
	return mtu;
}

/* Its sender is on the link that it came from. */
static bool is_neighbour(struct net *net,
			 const struct packet *packet) ON_NET_THREAD
{
	struct route_key key = { .dst = packet->src };
	struct route_answer back;

	return route_find(net, &key, &back) == 0 &&
	       back.netif == packet->netif && addr_is_any(&back.gateway);
}

/* Back by the link that it came from: the sender could go there itself. */
static bool wants_redirect(struct net *net, const struct packet *packet,
			   const struct route_answer *answer) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	bool on_link = false;

	if (answer->netif != netif || packet->options_length)
		return false;
	if (!addr_is_ip4(&packet->dst))
		return is_neighbour(net, packet);
	if (!conf_any(netif, send_redirects) ||
	    check_source(net, packet, &on_link) || !on_link)
		return false;
	if (conf_any(netif, shared_media) || addr_is_any(&answer->gateway))
		return true;
	return netif_same_subnet(netif, &packet->src, &answer->gateway);
}

/* The header of the copy, with one hop less and our marks in its options. */
static bool prepare4(struct net *net, struct packet *copy,
		     const struct route_answer *answer) ON_NET_THREAD
{
	uint32_t size = (uint32_t)copy->l4 - copy->l3;
	const struct netif_address *own;
	uint8_t *ip, problem;

	packet_pull(copy, copy->l3);
	ip = packet_header_slow(copy, 0, size);
	if (!ip)
		return false;
	if (copy->options_length) {
		own = netif_source(answer->netif, &copy->dst);
		if (!options_record(net, copy, own ? &own->addr : &copy->dst,
				    &problem))
			return false;
		for (uint32_t i = 0; i < copy->options_length; i++)
			ip[IP4_HEADER_MIN + i] = copy->options[i];
	}
	ip[8]--;
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, size)));
	return true;
}

static bool prepare6(struct packet *copy)
{
	uint8_t *ip;

	packet_pull(copy, copy->l3);
	ip = packet_header_slow(copy, 0, IP6_HEADER_LENGTH);
	if (ip)
		ip[7]--;
	return ip != NULL;
}

static verdict_t send_on(struct net *net, struct packet *packet,
			 const struct route_answer *answer,
			 uint32_t mtu) ON_NET_THREAD
{
	bool ip4 = addr_is_ip4(&packet->dst), too_big;
	struct packet *copy = packet_clone(net, packet);
	struct exception *told = exception_find(net, &packet->dst);

	if (!copy)
		return packet_dropped(REASON_NO_MEMORY);
	if (!(ip4 ? prepare4(net, copy, answer) : prepare6(copy))) {
		packet_free(net, copy);
		return packet_dropped(REASON_NO_MEMORY);
	}
	too_big = copy->length > mtu && !copy->gso_size;
	copy->id = 0;
	copy->netif = answer->netif;
	copy->next_hop = addr_is_any(&answer->gateway) ? packet->dst :
							 answer->gateway;
	if (told && told->netif == answer->netif)
		copy->next_hop = told->gateway;
	copy->flags &= PACKET_CSUM_PARTIAL;
	copy->flags |= PACKET_FORWARDED | PACKET_ROUTED;
	copy->priority = ip4 ? ip4_priority(packet->tos) : 0;
	copy->note.why = WHY_FORWARD;
	copy->stage = STAGE_NEIGHBOUR_OUT;
	ip_count(net, packet, IP_STAT(forw_datagrams));
	if (!too_big) {
		ip_count_transmit(net, copy);
		net_submit(net, copy);
		return packet_consumed();
	}
	ip4_fragment(net, copy, mtu);
	packet_free(net, copy);
	return packet_consumed();
}

static bool may_cut(struct packet *packet)
{
	const uint8_t *ip = packet_header(packet, packet->l3, IP4_HEADER_MIN);

	return addr_is_ip4(&packet->dst) && ip &&
	       !(get_be16(ip + 6) & IP4_DONT_FRAGMENT);
}

verdict_t ip_forward(struct net *net, struct packet *packet)
{
	struct route_answer answer;
	uint32_t mtu, length;
	int err;

	if (packet->flags & (PACKET_BROADCAST | PACKET_MULTICAST))
		return packet_dropped(REASON_IP_NOT_FOR_US);
	if (!addr_is_ip4(&packet->dst) && raw6_alert(net, packet))
		return packet_delivered();
	if (packet->ttl <= 1) {
		ip_count(net, packet, IP_STAT(in_hdr_errors));
		icmp_send_time_exceeded(net, packet);
		return packet_dropped(REASON_IP_TTL_EXPIRED);
	}
	err = find_way(net, packet, &answer);
	if (err)
		return refuse(net, packet, err);
	if (answer.type != ROUTE_UNICAST) {
		ip_count(net, packet, IP_STAT(in_addr_errors));
		return packet_dropped(REASON_IP_MARTIAN_DESTINATION);
	}
	mtu = mtu_of(net, packet, &answer);
	length = packet->gso_size ? gso_segment_length(packet) :
				    packet->length - packet->l3;
	if (length == 0)
		return packet_dropped(REASON_TCP_MALFORMED);
	if (length > mtu && (packet->gso_size || !may_cut(packet))) {
		ip_count(net, packet,
			 addr_is_ip4(&packet->dst) ?
				 IP_STAT(frag_fails) :
				 IP_STAT(in_too_big_errors));
		icmp_send_too_big(net, packet, mtu);
		return packet_dropped(REASON_IP_TOO_BIG);
	}
	if (wants_redirect(net, packet, &answer))
		redirect_send(net, packet,
			      addr_is_any(&answer.gateway) ? &packet->dst :
							     &answer.gateway);
	return send_on(net, packet, &answer, mtu);
}

/* ---- where it comes from ---- */

enum reason check_source(struct net *net, const struct packet *packet,
			 bool *on_link)
{
	struct netif *netif = packet->netif;
	struct route_key key = { .dst = packet->src,
				 .src = packet->dst,
				 .tos = packet->tos & 0x1c };
	int filter = conf_most(netif, rp_filter);
	struct route_answer answer;
	int err;

	*on_link = false;
	if (addr_is_any(&packet->src))
		return REASON_NONE;
	err = route_find(net, &key, &answer);
	if (!err && answer.type == ROUTE_LOCAL)
		return conf_any(netif, accept_local) ? REASON_NONE :
						       REASON_IP_MARTIAN_SOURCE;
	if (!err && answer.type != ROUTE_UNICAST)
		return REASON_IP_MARTIAN_SOURCE;
	if (!err && answer.netif == netif) {
		*on_link = addr_is_any(&answer.gateway);
		return REASON_NONE;
	}
	if (!filter || (!err && filter == 2))
		return REASON_NONE;
	return REASON_IP_REVERSE_PATH;
}
