// SPDX-License-Identifier: MIT
/*
 * Proxies: addresses of others that we answer for, so that their packets come
 * to us and we forward them (RFC 1027; RFC 4861 7.2.8). Answers to requests
 * that everyone heard wait a random part of proxy_delay: if the owner is there
 * after all, its answer is first. proxy_qlen of them may wait.
 */
#include "net/core/neighbour.h"

#include "lib/hash.h"
#include "lib/string.h"
#include "net/core/instance.h"

static struct hlist *bucket(struct net *net, const struct net_addr *addr)
{
	uint64_t hash = siphash(&net->secret, addr, sizeof *addr);

	return &neighbour_table(net, addr)->proxies[hash % PROXY_BUCKETS];
}

struct neighbour_proxy *proxy_find(struct net *net, const struct netif *netif,
				   const struct net_addr *addr)
{
	struct neighbour_proxy *p;

	if (!neighbour_table(net, addr)->proxy_count)
		return NULL;
	HLIST_FOR_EACH(p, bucket(net, addr), node)
		if ((p->netif == netif || !p->netif) &&
		    addr_equal(&p->addr, addr))
			return p;
	return NULL;
}

struct neighbour_proxy *proxy_add(struct net *net, struct netif *netif,
				  const struct net_addr *addr)
{
	struct neighbour_proxy *p = proxy_find(net, netif, addr);

	if (p)
		return p;
	p = port_alloc(sizeof *p);
	if (!p)
		return NULL;
	p->addr = *addr;
	p->netif = netif;
	hlist_add(bucket(net, addr), &p->node);
	neighbour_table(net, addr)->proxy_count++;
	net->neighbours.ops->proxied(net, p, true);
	return p;
}

void proxy_remove(struct net *net, struct neighbour_proxy *p)
{
	net->neighbours.ops->proxied(net, p, false);
	hlist_remove(&p->node);
	neighbour_table(net, &p->addr)->proxy_count--;
	port_free(p);
}

/* ---- answers ---- */

static void answers_due(struct net *net, struct timer *timer) NET_THREAD_ROOT;

static void answers_due(struct net *net, struct timer *timer)
{
	struct neighbour_table *table =
		container_of(timer, struct neighbour_table, answer_timer);
	nsec_t next = NSEC_NEVER;
	struct proxy_answer *answer;

	LIST_FOR_EACH_SAFE(answer, &table->answers, list) {
		if (answer->due > net->now) {
			next = MIN(next, answer->due);
			continue;
		}
		list_remove(&answer->list);
		table->answer_count--;
		net->neighbours.ops->answer(net, answer);
		port_free(answer);
	}
	if (next != NSEC_NEVER)
		timer_arm(net, timer, next);
}

void proxy_delay(struct net *net, const struct proxy_answer *answer)
{
	const struct neighbour_conf *conf =
		neighbour_conf(answer->netif, &answer->target);
	struct neighbour_table *table = neighbour_table(net, &answer->target);
	struct proxy_answer *copy;

	if (table->answer_count >= (uint32_t)conf->proxy_qlen)
		return;
	copy = port_alloc(sizeof *copy);
	if (!copy)
		return;
	*copy = *answer;
	copy->due = net->now + (nsec_t)(((uint64_t)net_random32() *
					 (uint32_t)conf->proxy_delay) >>
					32) *
				       NSEC_PER_MSEC;
	list_push_back(&table->answers, &copy->list);
	table->answer_count++;
	if (!timer_is_armed(&table->answer_timer) ||
	    copy->due < table->answer_timer.expires)
		timer_arm(net, &table->answer_timer, copy->due);
}

static void flush_table(struct net *net, struct neighbour_table *table,
			const struct netif *netif) ON_NET_THREAD
{
	struct proxy_answer *answer;
	struct neighbour_proxy *p;

	for (uint32_t i = 0; table->proxy_count && i < PROXY_BUCKETS; i++)
		HLIST_FOR_EACH_SAFE(p, &table->proxies[i], node)
			if (!netif || p->netif == netif)
				proxy_remove(net, p);
	LIST_FOR_EACH_SAFE(answer, &table->answers, list) {
		if (netif && answer->netif != netif)
			continue;
		list_remove(&answer->list);
		table->answer_count--;
		port_free(answer);
	}
	if (list_empty(&table->answers))
		timer_cancel(net, &table->answer_timer);
}

void proxy_flush(struct net *net, struct netif *netif)
{
	flush_table(net, &net->neighbours.ip4, netif);
	flush_table(net, &net->neighbours.ip6, netif);
}

void proxies_init(struct neighbour_table *table)
{
	list_init(&table->answers);
	timer_init(&table->answer_timer, answers_due);
}
