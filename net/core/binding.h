// SPDX-License-Identifier: MIT
/*
 * Local ports. A binding is (address, port, device) held by one endpoint in its
 * protocol's port space. Two bindings of the same port conflict when their
 * addresses overlap, unless both have SO_REUSEADDR and neither listens (stream)
 * or both have SO_REUSEPORT and the same user (Linux's rules, inet_csk_bind_
 * conflict). Ports chosen by the stack follow RFC 6056 algorithm 3.
 */
#pragma once

#include "lib/types.h"
#include "lib/hash.h"
#include "net/core/annotate.h"
#include "net/wire/address.h"

struct net;
struct endpoint;

#define EPHEMERAL_FIRST 32768
#define EPHEMERAL_LAST 60999

#define BINDING_BUCKETS 1024
#define BINDING_NAMES 2048

/*
 * Endpoints that are the same to everyone who wants a port, as the children of a
 * listener are, are one entry: whoever looks for conflicts meets each kind once,
 * whatever its number.
 */
struct binding {
	struct hnode node; /* of its port */
	struct hnode named; /* of its port and address */
	struct net_addr addr;
	uint32_t netif; /* SO_BINDTODEVICE, 0: all */
	uint32_t uid;
	uint32_t members;
	uint16_t port;
	bool v6only, reuse_addr, reuse_port, listening;
	bool used; /* by those who did not ask for it: see binding_table */
};

/* Those who asked for the port, and those who merely use it (connections with
 * a port of the stack's choice, children of listeners): connect() does not look
 * at them. A bucket holds the bindings of port % BINDING_BUCKETS: bind() looks
 * at all of a port. All of them are in `names`, too, by a keyed hash of port and
 * address: a new child finds its kind whatever others' addresses are. */
struct binding_table {
	struct hlist owners[BINDING_BUCKETS];
	struct hlist users[BINDING_BUCKETS];
	struct hlist names[BINDING_NAMES];
	uint32_t counter; /* RFC 6056 algorithm 3 */
};

/* How an endpoint came to its port. */
enum port_origin {
	PORT_GIVEN, /* bind() left it open */
	PORT_CHOSEN, /* bind() named it, or the listener's */
	PORT_AUTOMATIC, /* of connect(): shared with others of its kind, the
			 * pair of names being unique */
};

/* Port spaces in net->bindings. */
enum { BINDINGS_TCP, BINDINGS_UDP, BINDINGS_PING, BINDINGS_COUNT };

/* bind(): name->port 0 chooses a free one. Publishes the local name and
 * EP_BOUND. -EADDRINUSE, -EINVAL (bound already), -ENOMEM. */
int binding_acquire(struct net *net, struct endpoint *ep,
		    const struct net_name *name) ON_NET_THREAD;
/* connect() without bind: a port for (local address, remote). `taken` (may be
 * NULL) tells whether a connection with these names exists.
 * -EADDRNOTAVAIL when none is left, -ENOMEM. */
int binding_automatic(
	struct net *net, struct endpoint *ep, const struct net_addr *local,
	const struct net_name *remote,
	bool (*taken)(struct net *net, const struct net_name *local,
		      const struct net_name *remote)) ON_NET_THREAD;
/* A child of a listener shares its port. -ENOMEM. */
int binding_inherit(struct endpoint *child,
		    const struct net_name *local) ON_NET_THREAD;
/* listen(): whether another endpoint listens in the way (-EADDRINUSE, -ENOMEM).
 * From now on this one does. */
int binding_listen(struct endpoint *ep) ON_NET_THREAD;
/* Its options, or whether it listens, have changed. Harmless when nothing is
 * held. -ENOMEM. */
int binding_update(struct endpoint *ep) ON_NET_THREAD;
/* Harmless when nothing is held. */
void binding_release(struct endpoint *ep) ON_NET_THREAD;
