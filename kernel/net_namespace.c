// SPDX-License-Identifier: MIT
/*
 * Network namespaces: a stack with its thread for each (kernel/net_thread.c),
 * and what the stacks ask about each other through net/core/port.h.
 */
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "net/net.h"

static struct net_namespace *create(void)
{
	struct net_namespace *network = kzalloc(sizeof(*network));

	if (!network)
		return NULL;
	namespace_init(&network->space, &network_kind, 0);
	if (net_thread_create(network->space.number, &network->net)) {
		namespace_put(&network->space);
		return NULL;
	}
	return network;
}

static void end(struct net_namespace *network)
{
	if (network->net)
		net_thread_end(network->net);
	kfree(network);
}

void net_namespaces_init(void)
{
	network_create = create;
	network_end = end;
}
