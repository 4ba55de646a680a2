// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What is remembered of a destination from one connection to
 * the next (Linux's tcp_metrics): its Fast Open cookie with the MSS that came
 * with it, and the round-trip time. The least recently used makes way.
 */
#pragma once

#include "net/tcp/conn.h"

#define METRICS_BUCKETS 256
#define METRICS_MOST 1024

struct metrics {
	struct hnode node;
	struct list list; /* metrics_table.by_use */
	struct net_addr source, destination;
	nsec_t srtt, rttvar; /* 0: unknown */
	/* Fast Open. */
	uint16_t mss; /* the peer's; 0: unknown */
	uint8_t cookie_length; /* 0: none */
	bool cookie_old_kind;
	bool try_old_kind; /* it did not answer the standard option */
	uint8_t cookie[TCP_COOKIE_MAX];
};

struct metrics_table {
	struct hlist buckets[METRICS_BUCKETS];
	struct list by_use; /* least recent first */
	uint32_t count;
};

/* What is known, or NULL. */
struct metrics *metrics_find(struct net *net, const struct net_addr *source,
			     const struct net_addr *destination) ON_NET_THREAD;
/* The same; a new one if there is none. NULL: no memory. */
struct metrics *metrics_get(struct net *net, const struct net_addr *source,
			    const struct net_addr *destination) ON_NET_THREAD;
/* A connection ends: its round-trip time is worth keeping. */
void metrics_save(const struct tcp_conn *conn) ON_NET_THREAD;
/* A connection begins: the RTO of the first flight, if the path used to be
 * slower than the handshake says. */
void metrics_apply(struct tcp_conn *conn) ON_NET_THREAD;

void metrics_init(struct metrics_table *table);
void metrics_clear(struct metrics_table *table);
