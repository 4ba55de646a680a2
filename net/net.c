// SPDX-License-Identifier: MIT
/*
 * The stack put together: the table of stages, the list of protocols, making
 * and ending a struct net, and net_run(). The only file that knows them all;
 * requests and listings are in configure.c and listing.c beside it.
 */
#include "net/net.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/bridge/bridge.h"
#include "net/core/endpoint_private.h"
#include "net/core/instance.h"
#include "net/core/link.h"
#include "net/core/netif_private.h"
#include "net/core/queueing.h"
#include "net/core/record.h"
#include "net/core/travel.h"
#include "net/core/upper.h"
#include "net/dhcp/dhcp.h"
#include "net/icmp/icmp.h"
#include "net/ip/forward.h"
#include "net/ip/igmp.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"
#include "net/ip/raw.h"
#include "net/link/kinds.h"
#include "net/link/link.h"
#include "net/loopback/loopback.h"
#include "net/netlink/netlink.h"
#include "net/packet/packet.h"
#include "net/sched/kinds.h"
#include "net/tcp/tcp.h"
#include "net/tun/tun.h"
#include "net/udp/udp.h"
#include "net/vlan/vlan.h"

/* A batch: enough that waking is cheap per packet, little enough that timers
 * and wake-ups are not late. */
#define EVENTS_MAX 256
#define PACKETS_MAX 512
#define TIMERS_MAX 128

static const struct stage_entry stage_table[STAGE_COUNT] = {
	[STAGE_LINK_IN] = { "LINK_IN", link_in },
	[STAGE_ARP_IN] = { "ARP_IN", arp_in },
	[STAGE_IP4_IN] = { "IP4_IN", ip4_in },
	[STAGE_IP6_IN] = { "IP6_IN", ip6_in },
	[STAGE_ICMP_IN] = { "ICMP_IN", icmp_in },
	[STAGE_UDP_IN] = { "UDP_IN", udp_in },
	[STAGE_TCP_IN] = { "TCP_IN", tcp_in },
	[STAGE_RAW_IN] = { "RAW_IN", raw_in },
	[STAGE_IGMP_IN] = { "IGMP_IN", igmp_in },
	[STAGE_IP_FORWARD] = { "IP_FORWARD", ip_forward },
	[STAGE_IP_OUT] = { "IP_OUT", ip_out },
	[STAGE_NEIGHBOUR_OUT] = { "NEIGHBOUR_OUT", neighbour_out },
	[STAGE_LINK_OUT] = { "LINK_OUT", link_out },
	[STAGE_VLAN_IN] = { "VLAN_IN", vlan_in },
	[STAGE_NETIF_OUT] = { "NETIF_OUT", queueing_out },
	[STAGE_DEVICE_OUT] = { "DEVICE_OUT", device_out },
	[STAGE_BRIDGE_IN] = { "BRIDGE_IN", bridge_in },
};

/* In the order of search: socket(AF_INET, SOCK_DGRAM, 0) is UDP. */
static const struct protocol *const protocol_table[] = {
	&tcp_protocol,		 &udp_protocol,	       &ping4_protocol,
	&ping6_protocol,	 &raw_protocol,	       &netlink_raw_protocol,
	&netlink_dgram_protocol, &packet_raw_protocol, &packet_dgram_protocol,
	&tun_protocol,
};

static const struct link_kind *const link_kinds[] = { &dummy_kind,  &veth_kind,
						      &tun_kind,    &vlan_kind,
						      &bridge_kind, NULL };

static const struct diag_inet *const inet_diags[] = { &tcp_diag, &udp_diag,
						      &raw_diag, NULL };

static const struct diag_table diag_table = { inet_diags, &packet_diag };

/* The first is what interfaces without a queue have. */
static const struct qdisc_kind *const qdisc_kinds[] = {
	&noqueue_kind,	       &pfifo_fast_kind, &pfifo_kind, &bfifo_kind,
	&pfifo_head_drop_kind, &netem_kind,	 NULL,
};

static void unreachable(struct net *net, struct packet *packet) NET_THREAD_ROOT;

/* A neighbour did not answer. */
static void unreachable(struct net *net, struct packet *packet)
{
	if (packet->flags & PACKET_FORWARDED)
		icmp_send_unreachable(net, packet, UNREACHABLE_HOST);
	else
		icmp_local_error(net, packet, 3, 1, 0);
}

static void solicit(struct net *net, struct neighbour *n,
		    const uint8_t *mac) NET_THREAD_ROOT;

static void solicit(struct net *net, struct neighbour *n, const uint8_t *mac)
{
	if (addr_is_ip4(&n->addr))
		arp_solicit(net, n, mac);
	else
		ndisc_solicit(net, n, mac);
}

static void answer(struct net *net,
		   const struct proxy_answer *a) NET_THREAD_ROOT;

static void answer(struct net *net, const struct proxy_answer *a)
{
	if (addr_is_ip4(&a->target))
		arp_answer(net, a);
	else
		ndisc_answer(net, a);
}

static const struct neighbour_ops neighbour_ops = {
	.solicit = solicit,
	.answer = answer,
	.proxied = ndisc_proxied,
	.unreachable = unreachable,
};

/* ---- life ---- */

static void init_tables(struct net *net)
{
	STATIC_ASSERT(ARRAY_LEN(protocol_table) < NET_PROTOCOLS);
	memcpy(net->stages, stage_table, sizeof stage_table);
	for (size_t i = 0; i < ARRAY_LEN(protocol_table); i++)
		net->protocols[i] = protocol_table[i];
	memset(net->transport_stage, STAGE_RAW_IN, sizeof net->transport_stage);
	net->transport_stage[NET_IPPROTO_IGMP] = STAGE_IGMP_IN;
	net->transport_stage[NET_IPPROTO_ICMP] = STAGE_ICMP_IN;
	net->transport_stage[NET_IPPROTO_ICMPV6] = STAGE_ICMP_IN;
	net->transport_stage[NET_IPPROTO_UDP] = STAGE_UDP_IN;
	net->transport_stage[NET_IPPROTO_TCP] = STAGE_TCP_IN;
	net->neighbours.ops = &neighbour_ops;
	net->link_kinds = link_kinds;
	net->diag = &diag_table;
	net->qdisc_kinds = qdisc_kinds;
	net->default_qdisc = &pfifo_fast_kind;
}

static void init_fields(struct net *net, const struct net_config *config)
{
	uint8_t key[16];

	net->config = config;
	net->recorder = config->recorder;
	net->port_data = config->port_data;
	net->now = config->now;
	net->asleep = 1;
	net->tap.epoch = config->epoch;
	tunables_init(&net->tunables);
	list_init(&net->work);
	list_init(&net->pool);
	list_init(&net->netifs);
	list_init(&net->dead_links);
	list_init(&net->packet_sockets);
	list_init(&net->fanouts);
	list_init(&net->polls);
	list_init(&net->unsettled);
	list_init(&net->endpoints);
	timer_wheel_init(&net->timers, config->now);
	address_timer_init(net);
	port_random(key, sizeof key);
	siphash_key_from(&net->secret, key);
}

static int init_memory(struct net *net)
{
	for (int i = 0; i < BINDINGS_COUNT; i++) {
		net->bindings[i] = port_alloc(sizeof *net->bindings[i]);
		if (!net->bindings[i])
			return -ENOMEM;
		net->bindings[i]->counter = net_random32();
	}
	net->tap.recorder =
		port_alloc(TAP_RECORDER * sizeof *net->tap.recorder);
	return net->tap.recorder ? 0 : -ENOMEM;
}

static void free_memory(struct net *net) ON_NET_THREAD
{
	struct packet *packet;

	netlink_destroy(net);
	tcp_destroy(net);
	udp_destroy(net);
	icmp_destroy(net);
	ip_destroy(net);
	while ((packet = LIST_POP(&net->pool, struct packet, list)))
		port_free(packet);
	neighbours_free(net);
	address_labels_free(net);
	route_base_free(net);
	exceptions_free(net);
	for (int i = 0; i < BINDINGS_COUNT; i++)
		if (net->bindings[i])
			port_free(net->bindings[i]);
	if (net->reserved_ports)
		port_free(net->reserved_ports);
	if (net->tap.recorder)
		port_free(net->tap.recorder);
	port_free(net);
}

struct net *net_create(const struct net_config *config) NET_THREAD_ROOT
{
	struct net *net = port_alloc(sizeof *net);

	if (!net)
		return NULL;
	init_tables(net);
	init_fields(net, config);
	if (init_memory(net) || neighbours_init(net) ||
	    address_labels_init(net) || route_base_init(net) ||
	    ip_create(net) || icmp_create(net) || udp_create(net) ||
	    tcp_create(net) || netlink_create(net) || loopback_create(net)) {
		free_memory(net);
		return NULL;
	}
	return net;
}

void *net_port_data(const struct net *net)
{
	return net->port_data;
}

struct event *event_take(struct net *net)
{
	struct mail *mail = mailbox_pop(&net->events);
	struct event *event;

	if (!mail)
		return NULL;
	event = container_of(mail, struct event, mail);
	event->asked = (uint16_t)atomic_exchange(&event->posted, 0);
	return event;
}

static struct event *next_event(struct net *net)
{
	if (unlikely(net->recorder))
		return net->recorder->ops->event(net);
	return event_take(net);
}

static int run_events(struct net *net, int budget) ON_NET_THREAD
{
	struct event *event;
	int n = 0;

	while (n < budget && (event = next_event(net))) {
		event->handle(net, event);
		link_settle(net);
		n++;
	}
	return n;
}

/* submitted = delivered + consumed + held + sent + all drops. */
static void assert_sum_rule(const struct net *net)
{
	const struct stage_counters *c = &net->counters;
	uint64_t sum = c->delivered + c->consumed + c->held + c->sent;

	for (int i = 0; i < REASON_COUNT; i++)
		sum += c->dropped[i];
	NET_ASSERT(sum == c->submitted);
}

static void drop_work(struct net *net) ON_NET_THREAD
{
	struct packet *packet;

	while ((packet = LIST_POP(&net->work, struct packet, list))) {
		net->counters.submitted--; /* packet_drop counts it again */
		net->work_count--;
		packet_drop(net, packet, REASON_STACK_CLOSED);
	}
}

void net_destroy(struct net *net) NET_THREAD_ROOT
{
	struct netif *netif;

	run_events(net, INT32_MAX);
	dhcp_stop(net);
	endpoint_abort_all(net);
	endpoint_flush_wakes(net);
	drop_work(net);
	ip_reassembly_flush(net);
	if (net->tap.sink)
		tap_start(net, NULL, 0);
	while ((netif = LIST_LAST(&net->netifs, struct netif, list)))
		netif_leave(net, netif);
	drop_work(net); /* older routers' group reports say goodbye */
	link_reap(net);
	assert_sum_rule(net);
	free_memory(net);
}

static bool has_work(struct net *net)
{
	return !list_empty(&net->work) || !list_empty(&net->polls) ||
	       !mailbox_empty(&net->events);
}

static struct netif *software_link(struct net *net) ON_NET_THREAD
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (netif->kind && netif->kind->software)
			return netif;
	return NULL;
}

static struct netif *moving_device(struct net *net) ON_NET_THREAD
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &net->netifs, list)
		if (!netif->kind && netif->ops->travel)
			return netif;
	return NULL;
}

void net_close(struct net *net) NET_THREAD_ROOT
{
	struct netif *netif;

	dhcp_stop(net);
	endpoint_abort_all(net);
	endpoint_flush_wakes(net);
	while ((netif = software_link(net)))
		link_delete(netif);
	while (net->config->origin && (netif = moving_device(net)))
		link_send_home(netif);
}

bool net_closed(struct net *net)
{
	return !has_work(net);
}

struct forget {
	struct event event;
	uint64_t number;
};

static void run_forget(struct net *net, struct event *event) NET_THREAD_ROOT;

static void run_forget(struct net *net, struct event *event)
{
	struct forget *forget = container_of(event, struct forget, event);

	netlink_forget(net, forget->number);
	port_free(forget);
}

void net_forget(struct net *net, uint64_t number)
{
	struct forget *forget = port_alloc(sizeof *forget);

	if (!forget)
		return; /* the number never comes again: no harm */
	forget->number = number;
	forget->event.handle = run_forget;
	net_post(net, &forget->event);
}

/* ---- running ---- */

void net_post(struct net *net, struct event *event)
{
	mailbox_push(&net->events, &event->mail);
	if (atomic_load(&net->asleep) && atomic_exchange(&net->asleep, 0))
		port_doorbell(net);
}

void net_post_once(struct net *net, struct event *event)
{
	if (!atomic_exchange(&event->posted, 1))
		net_post(net, event);
}

static void run_polls(struct net *net)
{
	struct list round;
	struct netif *netif;

	list_init(&round);
	list_splice(&round, &net->polls);
	while ((netif = LIST_POP(&round, struct netif, poll_list))) {
		int n = unlikely(net->recorder) ?
				net->recorder->ops->poll(netif,
							 NETIF_POLL_BUDGET) :
				netif->ops->poll(netif, NETIF_POLL_BUDGET);

		if (n < NETIF_POLL_BUDGET)
			netif->polling = false;
		else
			list_push_back(&net->polls, &netif->poll_list);
	}
}

nsec_t net_run(struct net *net, nsec_t now) NET_THREAD_ROOT
{
	nsec_t deadline;

	atomic_store(&net->asleep, 0);
	if (unlikely(net->recorder))
		net->recorder->ops->run(net, now);
	if (now > net->now)
		net->now = now;
	run_events(net, EVENTS_MAX);
	run_polls(net);
	timer_wheel_run(net, net->now, TIMERS_MAX);
	link_settle(net);
	stage_run(net, PACKETS_MAX);
	udp_flush_joined(net);
	endpoint_flush_wakes(net);
	link_reap(net);
	if (has_work(net))
		return now;
	deadline = timer_wheel_deadline(&net->timers);
	if (deadline <= now)
		return now;
	atomic_exchange(&net->asleep, 1);
	if (!mailbox_empty(&net->events)) {
		atomic_store(&net->asleep, 0);
		return now;
	}
	return deadline;
}

static void run_attach(struct net *net, struct event *event) NET_THREAD_ROOT;

static void run_attach(struct net *net, struct event *event)
{
	netif_join(net, container_of(event, struct netif, attach_event));
}

void net_attach(struct net *net, struct netif *netif)
{
	netif_prepare(net, netif);
	netif->attach_event.handle = run_attach;
	netif->attach_event.kind = EVENT_ATTACH;
	net_post(net, &netif->attach_event);
}
