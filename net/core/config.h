// SPDX-License-Identifier: MIT
/*
 * What the owner of a stack gives to net_create(): the clock's zero, and what
 * is to be called when an address was found.
 */
#pragma once

#include "lib/types.h"
#include "net/wire/address.h"

struct net;
struct netif;
struct recorder;

/* What DHCP (or ip=) found out; any address: not known. */
struct net_lease {
	struct netif *netif;
	struct net_addr address, router, server;
	struct net_addr dns[3];
	uint8_t bits;
	uint32_t seconds;
	char domain[64];
	char hostname[64];
};

/* Must live as long as the net. */
struct net_config {
	void *port_data; /* net_port_data() */
	nsec_t epoch; /* wall clock at time 0 of net_run's clock */
	nsec_t now; /* net_run's clock at creation */
	/* Net thread, must not sleep; may be NULL. `lease` NULL: lost it. */
	void (*lease)(struct net *net, const struct net_lease *lease);
	uint64_t number; /* its name among stacks: the namespace's inode */
	/* Where devices go when this stack ends, which outlives it; or NULL. */
	struct net *origin;
	bool bare; /* loopback is down and has no addresses yet */
	/* Takes or replays the event record; may be NULL (record.h). */
	struct recorder *recorder;
};
