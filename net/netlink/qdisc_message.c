// SPDX-License-Identifier: MIT
/*
 * Queueing disciplines, and the class of one that has a child, as messages:
 * what answers, dumps and notifications say of them.
 */
#include "net/netlink/qdisc.h"

#include "lib/string.h"

#define TC_STATS 40 /* struct tc_stats */

enum { STATS_BASIC = 1, STATS_QUEUE = 3, STATS_PKT64 = 8 }; /* TCA_STATS_ */

static void put_header(struct nl_writer *w, const struct netif *netif,
		       uint32_t handle, uint32_t parent, uint32_t info)
{
	uint8_t *at = nl_room(w, TCM_HEADER);

	if (!at)
		return;
	put_le32(at + 4, netif->index);
	put_le32(at + 8, handle);
	put_le32(at + 12, parent);
	put_le32(at + 16, info);
}

static void put_counters(struct nl_writer *w, const struct qdisc *q)
{
	uint8_t basic[16] = { 0 }, queue[20];

	put_le64(basic, q->bytes);
	put_le32(basic + 8, (uint32_t)q->packets);
	nl_put(w, STATS_BASIC, basic, sizeof basic);
	if (q->packets > UINT32_MAX)
		nl_put_u64(w, STATS_PKT64, q->packets);
	put_le32(queue, q->length);
	put_le32(queue + 4, q->backlog);
	put_le32(queue + 8, q->drops);
	put_le32(queue + 12, q->requeues);
	put_le32(queue + 16, q->overlimits);
	nl_put(w, STATS_QUEUE, queue, sizeof queue);
}

/* New readers and old ones; `q` NULL: nothing is counted. */
static void put_statistics(struct nl_writer *w, const struct qdisc *q)
{
	uint8_t old[TC_STATS] = { 0 };
	uint32_t nest = nl_nest(w, TCA_STATS2);

	if (q)
		put_counters(w, q);
	nl_nest_end(w, nest);
	if (q) {
		put_le64(old, q->bytes);
		put_le32(old + 8, (uint32_t)q->packets);
		put_le32(old + 12, q->drops);
		put_le32(old + 16, q->overlimits);
		put_le32(old + 28, q->length);
		put_le32(old + 32, q->backlog);
	}
	nl_put(w, TCA_STATS, old, sizeof old);
}

bool rt_put_qdisc(struct nl_writer *w, const struct nl_header *header,
		  const struct qdisc *q, uint32_t where)
{
	uint32_t start = nl_begin(w, header), options;
	bool root = header->type == RTM_NEWQDISC && q->parent == QDISC_ROOT;

	/* Linux's count of references: by the interface and by its queue, or
	 * by the parent. */
	put_header(w, q->netif, q->handle, where, root ? 2 : 1);
	nl_put_text(w, TCA_KIND, q->kind->name);
	if (q->kind->describe) {
		options = nl_nest(w, TCA_OPTIONS);
		q->kind->describe(q, w);
		nl_nest_end(w, options);
	}
	nl_put_u8(w, TCA_HW_OFFLOAD, 0);
	put_statistics(w, q);
	return nl_end(w, start);
}

static bool put_class(struct nl_writer *w, const struct nl_header *header,
		      const struct qdisc *q)
{
	uint32_t start = nl_begin(w, header);

	put_header(w, q->netif, q->handle | 1, q->handle, q->child->handle);
	nl_put_text(w, TCA_KIND, q->kind->name);
	put_statistics(w, NULL);
	return nl_end(w, start);
}

/* ---- Notifications ---- */

void qdisc_notify(struct nl_call *call, struct netif *netif, uint32_t where,
		  const struct qdisc *old, const struct qdisc *q)
{
	struct net *net = call->net;
	struct rt_notice notice;
	bool good = true;

	net_changed(net, CHANGE_QUEUE, CHANGE_NEW, netif);
	if (!nl_has_listeners(net, &nl_route_family, RTNLGRP_TC) ||
	    (!old && !q))
		return;
	notice = rt_notice_begin(net, RTM_DELQDISC);
	if (old)
		good = rt_put_qdisc(&notice.writer, &notice.header, old, where);
	if (good && q) {
		notice.header.type = RTM_NEWQDISC;
		notice.header.flags = old ? NL_REPLACE : 0;
		good = rt_put_qdisc(&notice.writer, &notice.header, q, where);
	}
	if (good)
		rt_notice_send(net, &notice, RTNLGRP_TC);
}

/* ---- Dumps: at[0] interfaces, at[1] disciplines of the next are done ---- */

static bool dump_one(struct nl_dump *dump, struct nl_writer *w,
		     const struct netif *netif)
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWQDISC);
	uint64_t n = 0;

	for (struct qdisc *q = netif->qdisc; q; q = q->child, n++) {
		if (n < dump->at[1])
			continue;
		if (!rt_put_qdisc(w, &header, q, q->parent))
			return false;
		dump->at[1] = n + 1;
	}
	return true;
}

int rt_dump_qdiscs(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct netif *netif;

	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		if (netif->index <= dump->at[0])
			continue;
		if (!dump_one(dump, w, netif))
			return 1;
		dump->at[0] = netif->index;
		dump->at[1] = 0;
	}
	return 0;
}

int rt_dump_classes(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWTCLASS);
	struct netif *netif = NULL;
	uint32_t parent;

	if (dump->length < TCM_HEADER || dump->at[0])
		return 0;
	parent = get_le32(dump->body + 12) & QDISC_MAJOR;
	netif = netif_by_index(dump->net, get_le32(dump->body + 4));
	if (!netif || !netif->qdisc || !netif->qdisc->child)
		return 0;
	if (parent && parent != (QDISC_ROOT & QDISC_MAJOR) &&
	    parent != netif->qdisc->handle)
		return 0;
	if (!put_class(w, &header, netif->qdisc))
		return 1;
	dump->at[0] = 1;
	return 0;
}
