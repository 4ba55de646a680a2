// SPDX-License-Identifier: MIT
/*
 * Net threads: each stack has one, its only owner. It runs net_run() until
 * there is nothing due, then sleeps until the doorbell rings or the stack's
 * deadline comes. It never blocks for anything else, takes no lock that a
 * system call holds across a copy, and gives the CPU to others after each
 * batch.
 *
 * The first stack lives for ever; the capture and the event record are its.
 * The others are network namespaces: when nobody refers to one any more
 * (net_thread_end), its thread closes the stack and ends with it.
 */
#include "kernel/net_thread.h"

#include "kernel/arch/x86_64/panic.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "net/net.h"

struct net_thread {
	struct net *net; /* constant after start */
	struct net_config config;
	struct net_namespace *network; /* whose stack it is; not counted */
	struct thread *thread; /* the first one's */
	uint32_t rung; /* atomic: there may be work */
	uint32_t ending; /* atomic: nobody refers to the stack */
	struct wait_queue doorbell;
};

static struct net_thread first;

void net_config_lease(struct net *net, const struct net_lease *lease);

void net_thread_ring(struct net *net)
{
	struct net_thread *self = net_port_data(net);

	if (!atomic_exchange(&self->rung, 1))
		wake_up(&self->doorbell, 0);
}

static void run_once(struct net_thread *self)
{
	nsec_t deadline = net_run(self->net, clock_monotonic());

	if (self == &first) {
		net_capture_flush();
		net_record_flush();
	}
	if (deadline > clock_monotonic())
		wait_event_until(&self->doorbell,
				 atomic_exchange(&self->rung, 0), deadline);
	else
		schedule_if_needed();
}

static void run_first(void *arg)
{
	for (;;)
		run_once(&first);
}

/*
 * Whoever has posted the last event may still be inside net_post(), and the
 * kernel is not preempted: once this thread has run on a CPU, whatever ran
 * there before has left it.
 */
static void outlast_posters(void)
{
	struct thread *thread = current_thread();
	uint64_t all = thread->affinity;

	for (unsigned i = 0; i < cpu_count; i++) {
		thread_set_affinity(thread, UINT64_C(1) << i);
		while (this_cpu()->number != i)
			thread_yield();
	}
	thread_set_affinity(thread, all);
}

static void run_other(void *arg)
{
	struct net_thread *self = arg;

	while (!atomic_load(&self->ending))
		run_once(self);
	outlast_posters();
	net_close(self->net);
	/* Nobody rings any more: what is left is here already. */
	while (!net_closed(self->net)) {
		net_run(self->net, clock_monotonic());
		schedule_if_needed();
	}
	outlast_posters();
	net_namespaces_tell_end(self->config.number);
	net_destroy(self->net);
	kfree(self);
}

static int make_stack(struct net_thread *self)
{
	wait_queue_init(&self->doorbell);
	self->config.port_data = self;
	self->config.now = clock_monotonic();
	self->config.epoch = clock_realtime_offset();
	self->net = net_create(&self->config);
	return self->net ? 0 : -ENOMEM;
}

int net_thread_create(struct net_namespace *network)
{
	struct net_thread *self = kzalloc(sizeof(*self));

	if (!self)
		return -ENOMEM;
	self->network = network;
	self->config.number = network->space.number;
	self->config.bare = true;
	self->config.origin = first.net;
	if (make_stack(self))
		goto fail;
	network->net = self->net;
	if (thread_start_kernel("net", run_other, self))
		return 0;
	net_destroy(self->net);
fail:
	kfree(self);
	return -ENOMEM;
}

void net_thread_end(struct net *net)
{
	struct net_thread *self = net_port_data(net);

	/* Our own steps up to the end are covered by outlast_posters(). */
	atomic_store(&self->ending, 1);
	net_thread_ring(net);
}

void net_thread_start(void)
{
	nsec_t now = clock_monotonic(), epoch = clock_realtime_offset();

	first.config.lease = net_config_lease;
	first.network = &initial_network;
	first.config.number = INITIAL_NETWORK;
	first.config.recorder = net_record_start(now, epoch);
	if (make_stack(&first))
		panic("no memory for the network stack");
	first.thread = thread_start_kernel("net", run_first, NULL);
	if (!first.thread)
		panic("no memory for the net thread");
	net_record_thread(first.thread);
}

struct net_namespace *net_thread_network(const struct net *net)
{
	const struct net_thread *self = net_port_data(net);

	return self->network;
}

struct net *net_thread_net(void)
{
	return first.net;
}

void net_thread_attach(struct netif *netif)
{
	net_attach(first.net, netif);
}
