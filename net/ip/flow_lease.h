// SPDX-License-Identifier: MIT
/*
 * IPv6 flow labels on lease (IPV6_FLOWLABEL_MGR): a program reserves a label
 * for a destination, alone or shared with the sockets of its process or user;
 * another one then cannot have it. A lease lasts while a socket holds it, and
 * for its linger time after that (RFC 6437 3: a label is not used anew at once).
 * While an exclusive one exists, labels that a program writes itself
 * (IPV6_FLOWINFO_SEND) must be ones that its socket holds.
 *
 * Numbers, errors and bounds are Linux's: 4096 leases in all, 32 of a socket.
 */
#pragma once

#include "lib/hash.h"
#include "lib/list.h"
#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/timer.h"
#include "net/wire/address.h"

struct endpoint;
struct flow_lease_info;
struct net;

#define FLOW_LEASE_BUCKETS 256

struct flow_lease {
	struct hnode node; /* by label */
	uint32_t label; /* host order */
	struct net_addr dst;
	uint8_t share;
	uint32_t owner; /* process or user, by `share` */
	uint32_t users;
	nsec_t linger, expires, last_use;
};

struct flow_lease_table {
	struct hlist *buckets; /* NULL until the first is needed */
	uint32_t count;
	uint32_t exclusive; /* of them are not for everybody */
	struct timer timer; /* the first that nobody holds ends */
};

void flow_leases_init(struct net *net);
void flow_leases_free(struct net *net) ON_NET_THREAD;
/* struct in6_flowlabel_req of a socket; a label that was chosen is written into
 * it. */
int flow_lease_request(struct endpoint *ep, uint8_t *request,
		       uint32_t length) ON_NET_THREAD;
/* Whether the socket may send with this label. */
bool flow_lease_allows(struct endpoint *ep, uint32_t label) ON_NET_THREAD;
/* The socket ends. */
void flow_lease_release(struct endpoint *ep) ON_NET_THREAD;
/* All of them, for /proc/net/ip6_flowlabel; how many there are. */
uint32_t flow_lease_list(struct net *net, struct flow_lease_info *out,
			 uint32_t capacity) ON_NET_THREAD;
