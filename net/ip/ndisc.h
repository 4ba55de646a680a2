// SPDX-License-Identifier: MIT
/*
 * Neighbour discovery (RFC 4861) and stateless address configuration (RFC
 * 4862): solicitations and advertisements for the neighbour table, duplicate
 * address detection, routers and their prefixes, redirects.
 */
#pragma once

#include "net/core/address.h"
#include "net/core/annotate.h"
#include "net/core/neighbour.h"
#include "net/core/packet.h"
#include "net/core/timer.h"

/* What an interface is doing: net/ip/autoconf.c. */
struct ndisc_link {
	struct netif *netif;
	struct timer timer; /* duplicate detection, then routers */
	uint32_t solicitations; /* of routers, sent */
	nsec_t interval; /* between them; grows (RFC 7559) */
	nsec_t solicit_due; /* the next one */
	bool router_heard;
	bool wants_address; /* link-local, by the timer */
	bool gives_up; /* accept_dad 2, and somebody has its MAC */
	/* RFC 7217 5: an address that somebody else had is made anew. */
	bool wants_another;
	uint8_t attempts;
	struct netif_address another;
	/* temporary.c */
	struct timer temporary_timer;
	nsec_t desync;
};

/* An ICMPv6 message of neighbour discovery, checksum verified. */
verdict_t ndisc_in(struct net *net, struct packet *packet,
		   uint8_t type) ON_NET_THREAD;
/* How the neighbour table asks for IPv6 neighbours. */
void ndisc_solicit(struct net *net, struct neighbour *n,
		   const uint8_t *mac) ON_NET_THREAD;

/* Answers for somebody else; such an address came or went. */
void ndisc_answer(struct net *net, const struct proxy_answer *a) ON_NET_THREAD;
void ndisc_proxied(struct net *net, const struct neighbour_proxy *proxy,
		   bool added) ON_NET_THREAD;

/* ---- between ndisc.c and autoconf.c ---- */

struct net_addr solicited_node(const struct net_addr *addr);
/* A solicitation for `target`; `src` any: duplicate detection. */
void ndisc_send_solicitation(struct net *net, struct netif *netif,
			     const struct net_addr *src,
			     const struct net_addr *dst,
			     const struct net_addr *target) ON_NET_THREAD;
void ndisc_send_router_solicitation(struct net *net, struct netif *netif,
				    const struct net_addr *src) ON_NET_THREAD;
/* `about` has a shorter way by `target`; tells its sender. */
void ndisc_send_redirect(struct net *net, struct packet *about,
			 const struct net_addr *target) ON_NET_THREAD;
/* The next option of an ND message: its type, length and place; *at moves on.
 * False at the end; *bad: malformed. */
struct ndisc_option {
	const uint8_t *bytes;
	uint8_t type;
	uint32_t length;
};
bool ndisc_next_option(const uint8_t *options, uint32_t size, uint32_t *at,
		       struct ndisc_option *out, bool *bad);
/* Somebody else has (or wants) a tentative address of ours. */
void autoconf_duplicate(struct net *net, struct netif *netif,
			struct netif_address *address) ON_NET_THREAD;
/* ---- interface_id.c ---- */

/* Fills in the lower half; `attempts` were in vain. */
void interface_id_make(const struct netif *netif, struct net_addr *addr,
		       uint8_t attempts);
bool interface_id_reserved(const uint8_t *id);
/* addr_gen_mode, enum address_generation. -EINVAL: it needs a secret. */
int autoconf_set_mode(struct netif *netif, int32_t mode) ON_NET_THREAD;
/* disable_ipv6: its addresses go, or come back. */
void autoconf_disable(struct netif *netif, bool off) ON_NET_THREAD;

/* ---- temporary.c: RFC 8981 ---- */

/* Whether max_addresses leaves room for one more that routers bring. */
bool temporary_room(const struct netif *netif) ON_NET_THREAD;
/* Beside an address that was made from a router's prefix. */
void temporary_make(struct net *net,
		    const struct netif_address *public) ON_NET_THREAD;
/* The router has said something new about its prefix. */
void temporary_refresh(struct net *net,
		       const struct netif_address *public) ON_NET_THREAD;
void temporary_expired(struct net *net, struct timer *timer) NET_THREAD_ROOT;

/* ---- autoconf.c ---- */

/* The interface came up or went down, or leaves. */
void autoconf_link(struct net *net, struct netif *netif) ON_NET_THREAD;
void autoconf_forget(struct net *net, struct netif *netif) ON_NET_THREAD;
/* An address is tentative: duplicates are looked for. */
void autoconf_detect(struct net *net, struct netif *netif) ON_NET_THREAD;
/* Whether accept_ra (and forwarding) let routers configure this host. */
bool autoconf_heeds_routers(const struct netif *netif);
/* `spec` has a prefix and lifetimes, the rest of the address is made; NULL:
 * there is such an address, or no memory. */
struct netif_address *
autoconf_generate(struct netif *netif,
		  struct netif_address *spec) ON_NET_THREAD;

/* ---- router_advert.c ---- */

/* What routers may add to the tables by one interface; Linux knows no bound. */
#define LEARNED_ROUTES_MAX 256

/* That neighbour is no router any more (RFC 4861 7.2.5). */
void router_advert_forget(struct net *net, struct netif *netif,
			  const struct net_addr *router) ON_NET_THREAD;
/* A router's advertisement, checked: `bytes` is the whole message. */
void router_advert_take(struct net *net, struct packet *packet,
			const uint8_t *bytes, uint32_t length) ON_NET_THREAD;
