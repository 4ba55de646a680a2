// SPDX-License-Identifier: MIT
/*
 * RFC 6724's policy table, its labels: a source whose label is that of the
 * destination is preferred. The rows are Linux's at first; ip-addrlabel(8)
 * changes them. Longer prefixes stand first, and the first that fits counts.
 */
#pragma once

#include "lib/list.h"
#include "net/core/annotate.h"
#include "net/core/netif.h"
#include "net/wire/address.h"

#define ADDRESS_LABEL_NONE 0xffffffffu
#define ADDRESS_LABELS_MAX 4096

struct address_label {
	struct list list;
	struct net_addr prefix;
	uint8_t bits;
	uint32_t index; /* of the interface that it is for; 0: all */
	uint32_t label;
};

struct address_labels {
	struct list rows;
	uint32_t count;
	uint32_t serial; /* changes with every change */
};

int address_labels_init(struct net *net);
void address_labels_free(struct net *net);

/* ADDRESS_LABEL_NONE: no row fits. */
uint32_t address_label(const struct net *net, uint32_t index,
		       const struct net_addr *addr);
/* -EEXIST (unless `replace`), -ENOMEM, -ENOBUFS (too many). */
int address_label_add(struct net *net, const struct address_label *row,
		      bool replace) ON_NET_THREAD;
/* The row of this prefix and interface. -ESRCH. */
int address_label_del(struct net *net,
		      const struct address_label *row) ON_NET_THREAD;
