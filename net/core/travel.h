// SPDX-License-Identifier: MIT
/*
 * Links between stacks: moving one, and making one elsewhere. A journey is a
 * chain of events: each step runs on the thread of the stack that it concerns,
 * then posts the journey to the next one; the last step is at home again.
 *
 *   moving    there: are name and number free? here: the link leaves; here
 *             once more, behind everything that was posted for it; there: it
 *             joins (or, if it cannot, here again); home: done.
 *   home      here: a device leaves a stack that ends; at the origin: it joins.
 *   making    there: the peer of a pair joins; there: the link itself; home.
 *
 * What travels is not the struct netif: packets of the old stack may still
 * point to it, and it ends as if deleted. It is a description, and what the
 * kind keeps beside it (kind->depart: a veth's end of its cable). All stacks
 * that a journey touches are referenced until it is done.
 */
#pragma once

#include "net/core/link.h"

struct link_journey {
	struct event event;
	struct net *home; /* whose done() is called */
	struct net *to, *peer_to; /* references; NULL: home */
	const struct link_kind *kind;
	struct netif *netif; /* moving: NULL once it has left or is deleted */
	struct link_request request, peer;
	char name[NETIF_NAME_MAX], *alias; /* moving: old name */
	uint32_t home_index; /* and number */
	uint32_t flags, change; /* for link_set_flags() at the end */
	uint64_t stack; /* number of `to`, for who is told that it leaves */
	struct netif_stats stats;
	uint8_t mac_origin;
	int result;
	const char *error_text;
	/* Home's thread; owns the journey again. */
	void (*done)(struct link_journey *journey);
	void *context;
};

/* The link goes to `to` under request.name (empty: its own), with number
 * request.index (0: its own if that is free). 0: done() will be called; or
 * -EINVAL (it cannot move), -EBUSY (it is on its way). */
int link_move(struct link_journey *journey, struct netif *netif) ON_NET_THREAD;
/* A link of journey->kind as request and peer say. done() will be called; its
 * result is link_create()'s. */
void link_make_elsewhere(struct link_journey *journey,
			 struct net *home) ON_NET_THREAD;
/* Its stack ends: a device goes to config->origin, under its own name if that
 * is free there, and tells nobody. */
void link_send_home(struct netif *netif) ON_NET_THREAD;
/* For link.c: a link that is about to move is deleted. */
void link_journey_cancel(struct netif *netif) ON_NET_THREAD;
