// SPDX-License-Identifier: MIT
/*
 * IP's own state: made and ended with the stack.
 */
#include "net/ip/ip.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/ip/anycast.h"
#include "net/ip/link.h"
#include "net/ip/ndisc.h"

int ip_create(struct net *net)
{
	struct ip_stack *ip = port_alloc(sizeof *ip);

	if (!ip)
		return -ENOMEM;
	port_random(ip->ids, sizeof ip->ids);
	list_init(&ip->oldest);
	for (uint32_t i = 0; i < RAW_BUCKETS; i++)
		list_init(&ip->raw[i]);
	ip->icmp_tokens = (uint32_t)net->tunables.ip.icmp_msgs_burst;
	ip->icmp_filled = net->now;
	net->ip = ip;
	flow_leases_init(net);
	anycast_init(net);
	net->watch.ip = ip_link_changed;
	net->watch.set_address_mode = autoconf_set_mode;
	return 0;
}

void ip_destroy(struct net *net)
{
	if (!net->ip)
		return;
	ip_reassembly_flush(net);
	flow_leases_free(net);
	timer_cancel(net, &net->ip->anycast_timer);
	if (net->ip->limits)
		port_free(net->ip->limits);
	port_free(net->ip);
	net->ip = NULL;
}
