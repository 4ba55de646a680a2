// SPDX-License-Identifier: MIT
/*
 * The whole face of the network stack. One `struct net` is one stack (one
 * network namespace): it has no globals, no locks, no clock and no thread. The
 * caller brings a thread that repeats
 *
 *     deadline = net_run(net, now);
 *     sleep until the doorbell rings (port_doorbell) or `deadline`;
 *
 * Everything else reaches the stack through net_post() and what is built on it:
 * frames, socket requests (net/core/endpoint.h), configuration and listings
 * (below). The stack calls out through net/core/port.h, the interfaces' ops,
 * endpoints' notify->wake and struct net_config.
 */
#pragma once

#include "lib/types.h"
#include "net/core/config.h"
#include "net/core/endpoint.h"
#include "net/core/error_queue.h"
#include "net/core/event.h"
#include "net/core/listing.h"
#include "net/core/netif.h"
#include "net/core/packet_ring.h"
#include "net/core/port.h"
#include "net/core/sockopt.h"
#include "net/core/stream.h"
#include "net/core/tap.h"
#include "net/core/urgent.h"
#include "net/core/tunable.h"
#include "net/core/tun_request.h"
#include "net/wire/address.h"

struct net;

/* A stack with a loopback interface that is up (127.0.0.1/8, ::1). NULL: no
 * memory. */
struct net *net_create(const struct net_config *config);
/*
 * On its thread, before net_destroy(), if it has to do with other stacks: ends
 * all endpoints, sends devices home and deletes software links. The thread goes
 * on with net_run() until net_closed().
 */
void net_close(struct net *net);
bool net_closed(struct net *net);
/* Ends all endpoints at once, detaches all interfaces, asserts the sum rule.
 * The net thread has stopped. */
void net_destroy(struct net *net);
void *net_port_data(const struct net *net);

/*
 * Handles what is due: events, device polls, packets, timers - a bounded batch.
 * Returns the next deadline on the same clock: `now` or earlier when there is
 * more to do at once, NSEC_NEVER when only the doorbell can bring work.
 * port_doorbell() is called for posts after the return (and at most once until
 * the next call).
 */
nsec_t net_run(struct net *net, nsec_t now);

/* Any context: the stack of this number has ended; what was called after it
 * may be free. */
void net_forget(struct net *net, uint64_t number);

/* Any context. The interface comes up and joins the capture.
 * The netif must stay until ops->detached. */
void net_attach(struct net *net, struct netif *netif);

/* ---- Configuration: requests, answered on the net thread ---- */

enum config_op {
	CONFIG_ADD_ADDRESS, /* netif, addr, bits */
	CONFIG_DEL_ADDRESS,
	CONFIG_ADD_ROUTE, /* addr/bits, gateway (any: none), netif or 0 */
	CONFIG_DEL_ROUTE,
	CONFIG_SET_FLAGS, /* netif, number: NETIF_UP, NETIF_PROMISC */
	CONFIG_SET_MTU, /* netif, number */
	CONFIG_DHCP_START, /* netif, text: host name or NULL */
	CONFIG_DHCP_STOP,
	CONFIG_CAPTURE, /* sink (NULL: end), number: snap length (0: all) */
	CONFIG_ADD_NEIGHBOUR, /* netif, addr, mac: permanent */
	CONFIG_DEL_NEIGHBOUR,
	CONFIG_SET_EPOCH, /* time: the wall clock at 0 was changed */
	CONFIG_SET_NAME, /* netif, text */
	CONFIG_SET_MAC, /* netif, mac */
	CONFIG_SET_QUEUE_LENGTH, /* netif, number: packets */
	CONFIG_IOCTL, /* number, family, data, text: net/ioctl.h */
	CONFIG_GET_NETIF, /* netif; fills *info */
	CONFIG_ADD_LINK_GROUP, /* netif, mac */
	CONFIG_DEL_LINK_GROUP,
	CONFIG_SET_FEATURES, /* netif, number: which << 16 | on (features) */
};

struct config_request {
	struct request request;
	enum config_op op;
	uint32_t netif; /* index, or 0 and `name` */
	const char *name;
	struct net_addr addr, gateway;
	uint8_t mac[6];
	unsigned int bits;
	uint32_t number;
	nsec_t time;
	const char *text;
	struct tap_sink *sink;
	struct netif_info *info;
	uint16_t family;
	uint8_t data[120]; /* in and out */
};

/* request.done and context are set. Results: 0, -ENODEV, -EEXIST, -EINVAL,
 * -ENETUNREACH, -ESRCH, -EADDRNOTAVAIL, -ENOMEM. */
void net_configure(struct net *net, struct config_request *request);

/* ---- Settings (net/core/tunable.h): /proc/sys/net ---- */

struct tunable_request {
	struct request request;
	const struct tunable *tunable;
	uint32_t netif; /* the number of an interface, if it is one's setting */
	bool write;
	char *text; /* the new value; or `size` bytes for the value */
	uint32_t size;
};

/* request.done and context are set. Results: 0 or the length of the text;
 * -EINVAL, -EPERM, -ENODEV. */
void net_tune(struct net *net, struct tunable_request *request);
/* By number from 0 and by path; NULL: there is none. Any context. */
const struct tunable *tunable_at(uint32_t index);
const struct tunable *tunable_find(const char *path);
/* By the path as a user writes it, an interface's name in it; on the net
 * thread. *netif: its number, or 0. */
const struct tunable *tunable_find_in(struct net *net, const char *path,
				      uint32_t *netif) ON_NET_THREAD;

/* A snapshot of a table (net/core/listing.h). */
void net_list(struct net *net, struct list_request *request);

/* Names of the counters, for /proc/weir/net: "dropped TCP_PAWS" ... */
const char *reason_name(enum reason reason);
const char *stage_name(enum stage stage);
