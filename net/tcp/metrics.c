// SPDX-License-Identifier: MIT
/*
 * What is remembered of destinations; see metrics.h.
 */
#include "net/tcp/metrics.h"

/* Keyed: strangers choose the destinations of answers. */
static struct hlist *chain(const struct net *net,
			   const struct net_addr *destination)
{
	uint64_t hash = siphash(&net->secret, destination->b, 16);

	return &tcp_of(net)->metrics->buckets[hash % METRICS_BUCKETS];
}

static void forget(struct metrics_table *table, struct metrics *m)
{
	hlist_remove(&m->node);
	list_remove(&m->list);
	table->count--;
	port_free(m);
}

struct metrics *metrics_find(struct net *net, const struct net_addr *source,
			     const struct net_addr *destination)
{
	struct metrics_table *table = tcp_of(net)->metrics;
	struct metrics *m;

	HLIST_FOR_EACH(m, chain(net, destination), node) {
		if (!addr_equal(&m->destination, destination) ||
		    !addr_equal(&m->source, source))
			continue;
		list_remove(&m->list);
		list_push_back(&table->by_use, &m->list);
		return m;
	}
	return NULL;
}

struct metrics *metrics_get(struct net *net, const struct net_addr *source,
			    const struct net_addr *destination)
{
	struct metrics_table *table = tcp_of(net)->metrics;
	struct metrics *m = metrics_find(net, source, destination);

	if (m)
		return m;
	if (table->count >= METRICS_MOST)
		forget(table, LIST_FIRST(&table->by_use, struct metrics, list));
	m = port_alloc(sizeof(*m));
	if (!m)
		return NULL;
	m->source = *source;
	m->destination = *destination;
	hlist_add(chain(net, destination), &m->node);
	list_push_back(&table->by_use, &m->list);
	table->count++;
	return m;
}

void metrics_save(const struct tcp_conn *conn)
{
	const struct endpoint *ep = conn->ep;
	struct metrics *m;

	if (conn->net->tunables.tcp_no_metrics_save || conn->rtt.srtt == 0)
		return;
	m = metrics_get(conn->net, &ep->local.addr, &ep->remote.addr);
	if (!m)
		return;
	/* A longer one counts at once, a shorter one by an eighth (Linux). */
	if (m->srtt == 0 || conn->rtt.srtt > m->srtt) {
		m->srtt = conn->rtt.srtt;
		m->rttvar = conn->rtt.rttvar;
	} else {
		m->srtt -= (m->srtt - conn->rtt.srtt) / 8;
		m->rttvar -= (m->rttvar - conn->rtt.rttvar) / 4;
	}
}

void metrics_apply(struct tcp_conn *conn)
{
	const struct endpoint *ep = conn->ep;
	const struct metrics *m;

	if (conn->net->tunables.tcp_no_metrics_save || conn->rtt.srtt == 0)
		return;
	m = metrics_find(conn->net, &ep->local.addr, &ep->remote.addr);
	if (m && m->srtt > conn->rtt.srtt)
		conn->rtt.rto = m->srtt + MAX(2 * m->srtt, conn->rtt.rto_least);
}

void metrics_init(struct metrics_table *table)
{
	list_init(&table->by_use);
}

void metrics_clear(struct metrics_table *table)
{
	struct metrics *m;

	while ((m = LIST_FIRST(&table->by_use, struct metrics, list)))
		forget(table, m);
}
