// SPDX-License-Identifier: MIT
/*
 * The stage loop: the one place that every packet passes at every step. See
 * stage.h. The call depth of the stack is this loop, one stage, its helpers.
 */
#include "net/core/stage.h"

#include "net/core/instance.h"

void net_submit(struct net *net, struct packet *packet)
{
	net->counters.submitted++;
	net->work_count++;
	list_push_back(&net->work, &packet->list);
}

void net_submit_first(struct net *net, struct list *list, uint32_t count)
{
	net->counters.submitted += count;
	net->work_count += count;
	list_splice(list, &net->work);
	list_splice(&net->work, list);
}

static void count_end(struct net *net, verdict_t verdict)
{
	struct stage_counters *c = &net->counters;

	switch (verdict.code) {
	case VERDICT_DELIVERED:
		c->delivered++;
		break;
	case VERDICT_CONSUMED:
		c->consumed++;
		break;
	case VERDICT_HELD:
		c->held++;
		break;
	case VERDICT_SENT:
		c->sent++;
		break;
	default:
		c->dropped[verdict_reason(verdict)]++;
		break;
	}
}

/* The same for packet sockets: what leaves by the loopback they see when it
 * comes in. */
static void show_sockets(struct net *net, struct packet *packet,
			 bool arrived) ON_NET_THREAD
{
	if (arrived)
		net->packet_tap(net, packet, TAP_IN);
	else if (!(packet->netif->flags & NETIF_LOOPBACK))
		net->packet_tap(net, packet, TAP_OUT);
}

/* Tells the tap if the packet crossed the edge of an interface in this run. */
static void record(struct net *net, struct packet *packet, bool arrived,
		   verdict_t verdict) ON_NET_THREAD
{
	if (net->packet_tap && (arrived || verdict.code == VERDICT_SENT))
		show_sockets(net, packet, arrived);
	if (arrived)
		tap_packet(net, packet, TAP_IN, verdict);
	else if (verdict.code == VERDICT_SENT &&
		 !(packet->netif->flags & NETIF_LOOPBACK))
		tap_packet(net, packet, TAP_OUT, verdict);
}

static void run(struct net *net, struct packet *packet) ON_NET_THREAD
{
	bool arrived = packet->flags & PACKET_RECORD_IN;
	verdict_t verdict = next_stage((enum stage)packet->stage);

	packet->flags &= ~(uint32_t)PACKET_RECORD_IN;
	net->running = packet;
	while (verdict.code < STAGE_COUNT) {
		packet->stage = (uint8_t)verdict.code;
		net->counters.stages[verdict.code]++;
		verdict = net->stages[verdict.code].run(net, packet);
	}
	net->running = NULL;
	count_end(net, verdict);
	record(net, packet, arrived, verdict);
	packet_free(net, packet);
}

int stage_run(struct net *net, int budget)
{
	int n = 0;

	while (n < budget && !list_empty(&net->work)) {
		struct packet *packet =
			LIST_POP(&net->work, struct packet, list);

		net->work_count--;
		run(net, packet);
		n++;
	}
	return n;
}

void packet_drop(struct net *net, struct packet *packet, enum reason why)
{
	net->counters.submitted++;
	count_end(net, packet_dropped(why));
	packet_free(net, packet);
}
