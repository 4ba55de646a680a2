// SPDX-License-Identifier: MIT
/*
 * The net thread: the one owner of the stack. It runs net_run() until there is
 * nothing due, then sleeps until the doorbell rings or the stack's deadline
 * comes. It never blocks for anything else, takes no lock that a system call
 * holds across a copy, and gives the CPU to others after each batch.
 */
#include "kernel/net_thread.h"

#include "kernel/arch/x86_64/panic.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/wait.h"
#include "lib/atomic.h"
#include "net/net.h"

static struct {
	struct net *net; /* constant after start */
	struct net_config config;
	struct thread *thread;
	uint32_t rung; /* atomic: there may be work */
	struct wait_queue doorbell;
} self;

void net_config_lease(struct net *net, const struct net_lease *lease);

void net_thread_ring(struct net *net)
{
	(void)net;
	if (!atomic_exchange(&self.rung, 1))
		wake_up(&self.doorbell, 0);
}

static void run(void *arg)
{
	(void)arg;
	for (;;) {
		nsec_t deadline = net_run(self.net, clock_monotonic());

		net_capture_flush();
		net_record_flush();
		if (deadline > clock_monotonic())
			wait_event_until(&self.doorbell,
					 atomic_exchange(&self.rung, 0),
					 deadline);
		else
			schedule_if_needed();
	}
}

void net_thread_start(void)
{
	wait_queue_init(&self.doorbell);
	self.config.now = clock_monotonic();
	self.config.epoch = clock_realtime_offset();
	self.config.lease = net_config_lease;
	self.config.recorder =
		net_record_start(self.config.now, self.config.epoch);
	self.net = net_create(&self.config);
	if (!self.net)
		panic("no memory for the network stack");
	self.thread = thread_start_kernel("net", run, NULL);
	if (!self.thread)
		panic("no memory for the net thread");
}

struct net *net_thread_net(void)
{
	return self.net;
}

void net_thread_attach(struct netif *netif)
{
	net_attach(self.net, netif);
}
