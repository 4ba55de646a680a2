// SPDX-License-Identifier: MIT
/*
 * Network namespaces: a stack with its thread for each (kernel/net_thread.c),
 * and what the stacks ask about each other through net/core/port.h. A reference
 * to a stack is one to its namespace.
 */
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/net_memory.h"
#include "kernel/net_thread.h"
#include "kernel/proc/process.h"
#include "lib/errno.h"
#include "net/net.h"

static struct net_namespace *network_of(struct namespace *space)
{
	return container_of(space, struct net_namespace, space);
}

static struct net_namespace *create(void)
{
	struct net_namespace *network = kzalloc(sizeof(*network));

	if (!network)
		return NULL;
	namespace_init(&network->space, &network_kind, 0);
	if (net_thread_create(network)) {
		namespace_put(&network->space);
		return NULL;
	}
	net_memory_start(network->net);
	return network;
}

static void end(struct net_namespace *network)
{
	if (network->net)
		net_thread_end(network->net);
	kfree(network);
}

void net_namespaces_tell_end(uint64_t number)
{
	struct namespace *space;
	uint64_t after = 0;

	while ((space = namespace_next(&network_kind, after))) {
		after = space->number;
		if (network_of(space)->net)
			net_forget(network_of(space)->net, number);
		namespace_put(space);
	}
}

void net_namespaces_init(void)
{
	network_create = create;
	network_end = end;
}

/* ---- net/core/port.h ---- */

int port_stack_by_fd(void *sender, int fd, struct net **stack)
{
	struct namespace *space;
	int error = sender ?
			    namespace_of_fd(sender, fd, &network_kind, &space) :
			    -EBADF;

	if (!error)
		*stack = network_of(space)->net;
	return error;
}

int port_stack_by_pid(void *sender, int pid, struct net **stack)
{
	struct net_namespace *network = NULL;
	struct process *process = process_find(pid);
	struct thread *thread = process ? process_any_thread(process) : NULL;

	(void)sender;
	if (thread) {
		network = thread_network(thread);
		thread_put(thread);
	}
	if (process)
		process_put(process);
	if (!network)
		return -ESRCH;
	*stack = network->net;
	return 0;
}

int port_stack_by_number(uint64_t number, struct net **stack)
{
	struct namespace *space = namespace_find(number);

	if (!space)
		return -ENOENT;
	*stack = network_of(space)->net;
	return 0;
}

void port_stack_put(struct net *stack)
{
	network_put(net_thread_network(stack));
}
