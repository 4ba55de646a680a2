// SPDX-License-Identifier: MIT
/*
 * Copies of the network stack's tables, taken on the net thread while the
 * caller sleeps. For /proc/net and /proc/weir.
 */
#pragma once

#include "kernel/file/namespace.h"
#include "net/core/listing.h"

/* The network that the file being read is about: of the process in
 * /proc/PID/net, else the reader's. */
struct net_namespace *report_network(void);
/*
 * All elements of a table, kmalloc'ed into *array, *count of them. 0, -ENOMEM.
 * A table that grows meanwhile is asked for again.
 */
int snapshot_take(enum list_kind kind, size_t element_size, void **array,
		  uint32_t *count);
/* The same of one interface, for kinds that are about one. */
int snapshot_of_netif(enum list_kind kind, size_t element_size, uint32_t netif,
		      void **array, uint32_t *count);

/* The sockets of a protocol (LIST_TCP ...), page by page, each shown to `row`.
 * 0, -ENOMEM. */
int snapshot_sockets(enum list_kind kind,
		     void (*row)(const struct socket_info *info, void *arg),
		     void *arg);

/* /proc/net; and, once the drivers have started, /sys/class/net. */
void report_net_init(void);
void report_interfaces_init(void);
