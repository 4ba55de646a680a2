// SPDX-License-Identifier: MIT
/*
 * Queueing disciplines: what stands between the stage NETIF_OUT and the driver
 * (DEVICE_OUT), and decides which packet leaves when. An interface has one at
 * its root, made when it first comes up; tc(8) replaces it. A kind is a table
 * entry that a floor above brings (net->qdisc_kinds; net/sched).
 *
 * A packet leaves its discipline for the front of the work list, one at a time:
 * the next one when the driver has taken the last. `leaving` counts those that
 * are on this way. What a full device did not take waits in netif->queue, in
 * front of the discipline, until netif_wake().
 *
 * Memory: a discipline bounds its packets (or bytes) itself and refuses what is
 * more; what a device did not take is one packet, or what one was cut into.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/packet.h"
#include "net/core/reason.h"
#include "net/wire/netlink.h"

struct net;
struct netif;
struct qdisc;
struct text;

/* Linux's numbers: major:minor. */
#define QDISC_ROOT 0xffffffffu
#define QDISC_INGRESS 0xfffffff1u
#define QDISC_MAJOR 0xffff0000u

/* What netlink brings for a new one or a change, read by its kind. */
struct qdisc_request {
	struct nl_attr options; /* TCA_OPTIONS; data NULL: there were none */
	const char *error_text; /* for the extended ACK, or NULL */
};

struct qdisc_kind {
	const char *name;
	uint32_t size; /* of the object, which begins with struct qdisc */
	/* The object is zeroed but for its base. -EINVAL, -ENOMEM ... */
	int (*init)(struct qdisc *q, struct qdisc_request *request);
	/* New options; on an error nothing has changed. NULL: -EINVAL. */
	int (*change)(struct qdisc *q, struct qdisc_request *request);
	/* Drops all packets; NULL: it never has any. */
	void (*reset)(struct qdisc *q);
	/* Frees what is beside the object; may be NULL. */
	void (*destroy)(struct qdisc *q);
	/* Held (it has a reference of its own), consumed (the packet was cut
	 * and its pieces are held), or the reason why not. NULL: every packet
	 * goes straight on. */
	verdict_t (*enqueue)(struct qdisc *q, struct packet *packet);
	/* The next one that may leave now, or NULL; the reference is the
	 * caller's. If it is only a matter of time, a timer of the discipline
	 * calls qdisc_run(). */
	struct packet *(*dequeue)(struct qdisc *q);
	/* The body of TCA_OPTIONS; NULL: it has none. */
	void (*describe)(const struct qdisc *q, struct nl_writer *w);
	/* Whether another may stand behind it (class 1), and whether it takes
	 * this one: 0 or -E. NULL: it has no classes. */
	int (*take_child)(struct qdisc *q, const struct qdisc_kind *child,
			  struct qdisc_request *request);
	/* Empty, a packet may pass it by. */
	bool (*may_pass)(const struct qdisc *q);
};

struct qdisc {
	const struct qdisc_kind *kind;
	struct netif *netif;
	uint32_t handle; /* 0: nobody asked for it */
	uint32_t parent; /* QDISC_ROOT or a class */
	struct qdisc *child;
	uint32_t length; /* packets in it and its child */
	uint32_t backlog; /* their bytes */
	uint64_t bytes, packets; /* that have left */
	uint32_t drops, requeues, overlimits;
};

/* Bytes on the wire and packets of what may be cut on its way. */
uint32_t packet_wire_length(const struct packet *packet, uint32_t *packets);

/* ---- For kinds ---- */

/* The packet is in; its reference is the discipline's. */
void qdisc_add(struct qdisc *q, const struct packet *packet);
/* It is out, without or with being sent. */
void qdisc_remove(struct qdisc *q, const struct packet *packet);
void qdisc_sent(struct qdisc *q, const struct packet *packet);
/* Drops a packet that is in it no more (or never was): counts it, tells the
 * capture, and takes over the caller's reference. */
void qdisc_drop(struct qdisc *q, struct packet *packet,
		enum reason why) ON_NET_THREAD;
/* Empties a queue of it. */
void qdisc_purge(struct qdisc *q, struct list *queue) ON_NET_THREAD;
/* Lets go what may. Not from within enqueue or dequeue. */
void qdisc_run(struct netif *netif) ON_NET_THREAD;

/* ---- For tables ---- */

const struct qdisc_kind *qdisc_kind_find(struct net *net,
					 const char *name) ON_NET_THREAD;
/* The root or its child. */
struct qdisc *qdisc_find(const struct netif *netif, uint32_t handle);
/* `handle` 0: it gets one. -ENOMEM, the kind's errors. */
int qdisc_create(struct netif *netif, const struct qdisc_kind *kind,
		 uint32_t handle, uint32_t parent,
		 struct qdisc_request *request,
		 struct qdisc **out) ON_NET_THREAD;
/* Puts `q` (NULL: none; at the root of an interface that is up, the default)
 * behind `parent` or to the root. The one that was there is still to be
 * destroyed. */
struct qdisc *qdisc_graft(struct netif *netif, struct qdisc *parent,
			  struct qdisc *q) ON_NET_THREAD;
/* With its child. NULL is harmless. */
void qdisc_destroy(struct qdisc *q) ON_NET_THREAD;

/* ---- For interfaces ---- */

/* It comes up, goes down, leaves the stack. */
void queueing_up(struct netif *netif) ON_NET_THREAD;
void queueing_down(struct netif *netif) ON_NET_THREAD;
void queueing_leave(struct netif *netif) ON_NET_THREAD;

/* The stage NETIF_OUT. */
verdict_t queueing_out(struct net *net, struct packet *packet) ON_NET_THREAD;

/* net/core/default_qdisc */
void queueing_read_default(struct net *net, struct text *text);
/* -ENOENT: there is no such kind. */
int queueing_write_default(struct net *net, const char *name);
