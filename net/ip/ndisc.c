// SPDX-License-Identifier: MIT
/*
 * Neighbour discovery's messages (RFC 4861 4, 7.1, 7.2, 8.1): checked, read,
 * written. Everything has hop limit 255, so that it cannot come from afar, and
 * is never fragmented (RFC 6980).
 */
#include "net/ip/ndisc.h"

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/core/sockopt.h"
#include "net/core/source.h"
#include "net/ip/anycast.h"
#include "net/ip/group.h"
#include "net/ip/ip.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"

#define SOLICITATION_LENGTH 24 /* and advertisement */
#define REDIRECT_LENGTH 40
#define OPTION_REDIRECTED 4
#define MINIMUM_MTU 1280
#define ROUTER_ADVERT_LENGTH 16
#define OPTIONS_MAX 220 /* bytes looked at */

#define OPTION_SOURCE_LINK 1
#define OPTION_TARGET_LINK 2

#define FLAG_SOLICITED 0x40000000
#define FLAG_OVERRIDE 0x20000000
#define FLAG_ROUTER 0x80000000u

struct net_addr solicited_node(const struct net_addr *addr)
{
	struct net_addr group = { .b = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
					 0xff } };

	memcpy(group.b + 13, addr->b + 13, 3);
	return group;
}

static struct net_addr all_nodes(uint8_t last)
{
	return (struct net_addr){ .b = { 0xff, 2, [15] = last } };
}

/* ---- options ---- */

bool ndisc_next_option(const uint8_t *options, uint32_t size, uint32_t *at,
		       struct ndisc_option *out, bool *bad)
{
	uint32_t length;

	if (*at >= size)
		return false;
	if (size - *at < 8 || options[*at + 1] == 0) {
		*bad = true;
		return false;
	}
	length = options[*at + 1] * 8u;
	if (length > size - *at) {
		*bad = true;
		return false;
	}
	out->bytes = options + *at;
	out->type = options[*at];
	out->length = length;
	*at += length;
	return true;
}

/* The link address in an option of this type, or NULL; false: malformed. */
static bool find_mac(const uint8_t *options, uint32_t size, uint8_t type,
		     const uint8_t **mac)
{
	struct ndisc_option option;
	bool bad = false;
	uint32_t at = 0;

	*mac = NULL;
	while (ndisc_next_option(options, size, &at, &option, &bad))
		if (option.type == type)
			*mac = option.bytes + 2;
	return !bad;
}

/* ---- out ---- */

static void send(struct net *net, struct netif *netif, struct packet *packet,
		 const struct net_addr *src, const struct net_addr *dst,
		 enum why_sent why) ON_NET_THREAD
{
	packet->src = *src;
	packet->dst = packet->next_hop = *dst;
	packet->netif = netif;
	packet->protocol = NET_IPPROTO_ICMPV6;
	packet->ttl = 255;
	packet->flags |= PACKET_ROUTED | PACKET_DONT_FRAGMENT | PACKET_NO_LOOP;
	packet->note.why = (uint8_t)why;
	packet->l4 = 0;
	transport_checksum(packet, NET_IPPROTO_ICMPV6, 2);
	ip_output(net, packet);
}

static void put_mac(struct packet *packet, uint8_t type,
		    const struct netif *netif)
{
	uint8_t *option;

	if (netif->type != NETIF_ETHERNET)
		return;
	option = packet_append(packet, 8);
	option[0] = type;
	option[1] = 1;
	memcpy(option + 2, netif->mac, 6);
}

static struct packet *start(struct net *net, uint8_t type, uint32_t word,
			    const struct net_addr *target) ON_NET_THREAD
{
	struct packet *packet = packet_new(net);

	if (!packet)
		return NULL;
	icmp_emit(packet_append(packet, ICMP_HEADER), type, 0, word);
	if (target)
		memcpy(packet_append(packet, 16), target->b, 16);
	return packet;
}

void ndisc_send_solicitation(struct net *net, struct netif *netif,
			     const struct net_addr *src,
			     const struct net_addr *dst,
			     const struct net_addr *target)
{
	struct packet *packet = start(net, ICMP6_NEIGHBOUR_SOLICIT, 0, target);

	if (!packet)
		return;
	if (!addr_is_any6(src))
		put_mac(packet, OPTION_SOURCE_LINK, netif);
	send(net, netif, packet, src, dst, WHY_NEIGHBOUR_SOLICIT);
}

/* What was sent to us and had a better way, whole words of it. */
static void put_redirected(struct packet *packet, const struct packet *about)
{
	uint32_t room = MINIMUM_MTU - IP6_HEADER_LENGTH - packet->length - 8;
	uint32_t n = MIN(about->length - about->l3, room) & ~7u;
	struct buf *buf = port_buf_alloc(n);
	uint8_t *option;

	if (!buf)
		return;
	option = packet_append(packet, 8);
	memset(option, 0, 8);
	option[0] = OPTION_REDIRECTED;
	option[1] = (uint8_t)((8 + n) / 8);
	packet_copy(about, about->l3, buf->data, n);
	packet_add_fragment(packet, buf, 0, n);
}

static const struct netif_address *link_local_of(const struct netif *netif)
{
	const struct netif_address *a;

	LIST_FOR_EACH(a, &netif->addresses, list)
		if (!addr_is_ip4(&a->addr) && addr_is_link_local6(&a->addr) &&
		    !(a->flags & (ADDRESS_TENTATIVE | ADDRESS_FAILED)))
			return a;
	return NULL;
}

/* RFC 4861 8.2: to a neighbour; the better hop is known by its link-local
 * address, or is the destination itself. */
void ndisc_send_redirect(struct net *net, struct packet *about,
			 const struct net_addr *target)
{
	struct netif *netif = about->netif;
	const struct netif_address *own = link_local_of(netif);
	const struct neighbour *hop;
	struct packet *packet;
	uint8_t *option;

	if (!own || netif->type != NETIF_ETHERNET ||
	    (!addr_is_link_local6(target) && !addr_equal(target, &about->dst)))
		return;
	packet = start(net, ICMP6_REDIRECT, 0, target);
	if (!packet)
		return;
	memcpy(packet_append(packet, 16), about->dst.b, 16);
	hop = neighbour_find(net, netif, target);
	if (hop && (hop->state & NEIGHBOUR_VALID)) {
		option = packet_append(packet, 8);
		option[0] = OPTION_TARGET_LINK;
		option[1] = 1;
		memcpy(option + 2, hop->mac, 6);
	}
	put_redirected(packet, about);
	send(net, netif, packet, &own->addr, &about->src, WHY_REDIRECT);
}

void ndisc_send_router_solicitation(struct net *net, struct netif *netif,
				    const struct net_addr *src)
{
	struct packet *packet = start(net, ICMP6_ROUTER_SOLICIT, 0, NULL);
	struct net_addr routers = all_nodes(2);

	if (!packet)
		return;
	if (!addr_is_any6(src))
		put_mac(packet, OPTION_SOURCE_LINK, netif);
	send(net, netif, packet, src, &routers, WHY_ROUTER_SOLICIT);
}

static void send_advertisement(struct net *net, struct netif *netif,
			       const struct net_addr *target,
			       const struct net_addr *src,
			       const struct net_addr *to,
			       uint32_t flags) ON_NET_THREAD
{
	bool asked = !addr_is_any6(to);
	struct packet *packet = start(net, ICMP6_NEIGHBOUR_ADVERT,
				      flags | (asked ? FLAG_SOLICITED : 0),
				      target);
	struct net_addr dst = asked ? *to : all_nodes(1);

	if (!packet)
		return;
	put_mac(packet, OPTION_TARGET_LINK, netif);
	send(net, netif, packet, src, &dst, WHY_NEIGHBOUR_ADVERT);
}

/* For an address of ours. */
static void advertise(struct net *net, struct netif *netif,
		      const struct net_addr *own,
		      const struct net_addr *to) ON_NET_THREAD
{
	send_advertisement(net, netif, own, own, to,
			   FLAG_OVERRIDE |
				   (netif->conf6.forwarding ? FLAG_ROUTER : 0));
}

void ndisc_solicit(struct net *net, struct neighbour *n, const uint8_t *mac)
{
	struct net_addr group = solicited_node(&n->addr);
	const struct netif_address *own =
		source_select(net, n->netif, &n->addr, &n->addr, SOURCE_AS_SET);

	if (own)
		ndisc_send_solicitation(net, n->netif, &own->addr,
					mac ? &n->addr : &group, &n->addr);
}

/* ---- for others (RFC 4861 7.2.8) ---- */

void ndisc_proxied(struct net *net, const struct neighbour_proxy *proxy,
		   bool added)
{
	struct group_filter all = { .exclude = true };
	struct net_addr group = solicited_node(&proxy->addr);

	if (addr_is_ip4(&proxy->addr) || !proxy->netif)
		return;
	group_update(proxy->netif, &group, added ? NULL : &all,
		     added ? &all : NULL);
}

/* Without the override flag: the owner's own word is better. */
void ndisc_answer(struct net *net, const struct proxy_answer *a)
{
	const struct netif_address *own = source_select(
		net, a->netif, &a->asker, &a->asker, SOURCE_AS_SET);
	const struct neighbour_proxy *p = proxy_find(net, a->netif, &a->target);

	bool router = p ? p->flags & NEIGHBOUR_ROUTER :
			  a->netif->conf6.forwarding;

	if (own && (a->netif->flags & NETIF_UP))
		send_advertisement(net, a->netif, &a->target, &own->addr,
				   &a->asker, router ? FLAG_ROUTER : 0);
}

static bool is_proxied(struct net *net, struct netif *netif,
		       const struct net_addr *target) ON_NET_THREAD
{
	return netif->conf6.forwarding &&
	       (net->tunables.ip.all6.proxy_ndp || netif->conf6.proxy_ndp) &&
	       proxy_find(net, netif, target);
}

static verdict_t answer_for(struct net *net, const struct packet *packet,
			    const struct net_addr *target,
			    const uint8_t *mac) ON_NET_THREAD
{
	struct proxy_answer answer = { .netif = packet->netif,
				       .target = *target,
				       .asker = packet->src };

	if (addr_is_any6(&packet->src))
		return packet_dropped(REASON_NDISC_IGNORED);
	if (mac)
		neighbour_heard(packet->netif, &packet->src, mac,
				NEIGHBOUR_STALE,
				NEIGHBOUR_OVERRIDE | NEIGHBOUR_WEAK, true);
	if (packet->netif->neigh6.proxy_delay &&
	    addr_is_multicast(&packet->dst))
		proxy_delay(net, &answer);
	else
		ndisc_answer(net, &answer);
	return packet_consumed();
}

/* ---- in ---- */

static verdict_t malformed(void)
{
	return packet_dropped(REASON_NDISC_MALFORMED);
}

static verdict_t solicitation_in(struct net *net, struct packet *packet,
				 const uint8_t *bytes,
				 uint32_t length) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	bool probe = addr_is_any6(&packet->src);
	struct netif_address *own;
	struct net_addr target, group;
	const uint8_t *mac;

	memcpy(target.b, bytes + 8, 16);
	group = solicited_node(&target);
	if (addr_is_multicast(&target) ||
	    !find_mac(bytes + SOLICITATION_LENGTH, length - SOLICITATION_LENGTH,
		      OPTION_SOURCE_LINK, &mac) ||
	    (probe && (mac || !addr_equal(&packet->dst, &group))))
		return malformed();
	own = netif_find_address(netif, &target);
	if (!own)
		return anycast_find(netif, &target) ||
				       is_proxied(net, netif, &target) ?
			       answer_for(net, packet, &target, mac) :
			       packet_dropped(REASON_NDISC_IGNORED);
	if (own->flags & ADDRESS_TENTATIVE) {
		if (probe && memcmp(packet->link_src, netif->mac, 6))
			autoconf_duplicate(net, netif, own);
		return packet_consumed();
	}
	if (addr_is_multicast(&packet->dst))
		net->neighbours.ip6.multicast_probes++;
	else
		net->neighbours.ip6.unicast_probes++;
	if (mac)
		neighbour_heard(netif, &packet->src, mac, NEIGHBOUR_STALE,
				NEIGHBOUR_OVERRIDE | NEIGHBOUR_WEAK, true);
	advertise(net, netif, &target, &packet->src);
	return packet_consumed();
}

/* RFC 4861 7.2.5 */
static void advertised(struct net *net, struct netif *netif,
		       const struct net_addr *target, const uint8_t *mac,
		       uint32_t flags) ON_NET_THREAD
{
	struct neighbour *n = neighbour_find(net, netif, target);

	bool router;

	if (!n || (n->state & NEIGHBOUR_FAILED))
		return;
	router = n->flags & NEIGHBOUR_ROUTER;
	neighbour_update(
		n, mac,
		flags & FLAG_SOLICITED ? NEIGHBOUR_IS_REACHABLE :
					 NEIGHBOUR_STALE,
		NEIGHBOUR_WEAK | NEIGHBOUR_TELLS_ROUTER |
			(flags & FLAG_OVERRIDE ? NEIGHBOUR_OVERRIDE : 0) |
			(flags & FLAG_ROUTER ? NEIGHBOUR_IS_ROUTER : 0),
		NULL);
	if (router && !(n->flags & NEIGHBOUR_ROUTER))
		router_advert_forget(net, netif, target);
}

static verdict_t advertisement_in(struct net *net, struct packet *packet,
				  const uint8_t *bytes,
				  uint32_t length) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	uint32_t flags = get_be32(bytes + 4);
	struct netif_address *own;
	struct net_addr target;
	const uint8_t *mac;

	memcpy(target.b, bytes + 8, 16);
	if (addr_is_multicast(&target) ||
	    (addr_is_multicast(&packet->dst) && (flags & FLAG_SOLICITED)) ||
	    !find_mac(bytes + SOLICITATION_LENGTH, length - SOLICITATION_LENGTH,
		      OPTION_TARGET_LINK, &mac))
		return malformed();
	own = netif_find_address(netif, &target);
	if (own) {
		if (own->flags & ADDRESS_TENTATIVE)
			autoconf_duplicate(net, netif, own);
		return packet_consumed();
	}
	advertised(net, netif, &target, mac, flags);
	return packet_consumed();
}

/* RFC 4861 8.1: from the router that we use now. */
static verdict_t redirect6_in(struct net *net, struct packet *packet,
			      const uint8_t *bytes,
			      uint32_t length) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	struct net_addr target, dst;
	struct net_path path;
	const uint8_t *mac;

	if (length < REDIRECT_LENGTH || !addr_is_link_local6(&packet->src) ||
	    !find_mac(bytes + REDIRECT_LENGTH, length - REDIRECT_LENGTH,
		      OPTION_TARGET_LINK, &mac))
		return malformed();
	memcpy(target.b, bytes + 8, 16);
	memcpy(dst.b, bytes + 24, 16);
	if (addr_is_multicast(&dst) ||
	    (!addr_is_link_local6(&target) && !addr_equal(&target, &dst)))
		return malformed();
	if (netif->conf6.forwarding || !netif->conf6.accept_redirects ||
	    path_find(net, &dst, NULL, netif, &path) || path.local ||
	    !addr_equal(&path.next_hop, &packet->src))
		return packet_dropped(REASON_ICMP_REDIRECT_REFUSED);
	if (mac)
		neighbour_heard(netif, &target, mac, NEIGHBOUR_STALE,
				NEIGHBOUR_OVERRIDE | NEIGHBOUR_WEAK, true);
	redirect_learn(net, &dst, &target, netif);
	return packet_consumed();
}

static verdict_t router_advert_in(struct net *net, struct packet *packet,
				  const uint8_t *bytes,
				  uint32_t length) ON_NET_THREAD
{
	struct netif *netif = packet->netif;
	const uint8_t *mac;

	if (length < ROUTER_ADVERT_LENGTH ||
	    !addr_is_link_local6(&packet->src) ||
	    !find_mac(bytes + ROUTER_ADVERT_LENGTH,
		      length - ROUTER_ADVERT_LENGTH, OPTION_SOURCE_LINK, &mac))
		return malformed();
	if (!autoconf_heeds_routers(netif))
		return packet_dropped(REASON_NDISC_IGNORED);
	if (mac)
		neighbour_heard(netif, &packet->src, mac, NEIGHBOUR_STALE,
				NEIGHBOUR_OVERRIDE | NEIGHBOUR_WEAK |
					NEIGHBOUR_TELLS_ROUTER |
					NEIGHBOUR_IS_ROUTER,
				true);
	router_advert_take(net, packet, bytes, length);
	return packet_consumed();
}

verdict_t ndisc_in(struct net *net, struct packet *packet, uint8_t type)
{
	uint32_t length =
		MIN(packet->length - packet->l4, (uint32_t)OPTIONS_MAX);
	const uint8_t *bytes = packet_header(packet, packet->l4, length);

	if (packet->ttl != 255 || !bytes || bytes[1] != 0 ||
	    (packet->flags & PACKET_REASSEMBLED))
		return malformed();
	switch (type) {
	case ICMP6_NEIGHBOUR_SOLICIT:
		return length < SOLICITATION_LENGTH ?
			       malformed() :
			       solicitation_in(net, packet, bytes, length);
	case ICMP6_NEIGHBOUR_ADVERT:
		return length < SOLICITATION_LENGTH ?
			       malformed() :
			       advertisement_in(net, packet, bytes, length);
	case ICMP6_ROUTER_ADVERT:
		return router_advert_in(net, packet, bytes, length);
	case ICMP6_REDIRECT:
		return redirect6_in(net, packet, bytes, length);
	default: /* solicitations of routers: we are none that advertises */
		return packet_dropped(REASON_NDISC_IGNORED);
	}
}
