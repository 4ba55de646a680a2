// SPDX-License-Identifier: MIT
/*
 * RTM_GETSTATS: counters of interfaces without everything else that a link's
 * message says (ifstat(8), `ip stats`): struct if_stats_msg {family, index,
 * filter} and IFLA_STATS_ attributes. Of the groups that a filter may name we
 * have IFLA_STATS_LINK_64; the others belong to devices that we have not, and
 * are left out as Linux leaves them out then.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink/route.h"

#define HEADER 12
#define IFLA_STATS_LINK_64 1
#define FILTER_LINK_64 1u
#define FILTERS 0x1f

static bool put_stats(struct nl_writer *w, const struct nl_header *header,
		      const struct netif *netif, uint32_t filter)
{
	uint32_t start = nl_begin(w, header);
	uint8_t *at = nl_room(w, HEADER);

	if (at) {
		put_le32(at + 4, netif->index);
		put_le32(at + 8, filter);
	}
	if (filter & FILTER_LINK_64)
		rt_put_counters(w, IFLA_STATS_LINK_64, netif);
	return nl_end(w, start);
}

static int check(struct nl_call *call, bool is_dump)
{
	const uint8_t *body = call->body;

	if (call->length < HEADER)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid header for stats dump");
	if (!call->socket->strict)
		return 0;
	if (body[1] || get_le16(body + 2) || (is_dump && get_le32(body + 4)))
		return nl_fail(
			call, -EINVAL, NULL,
			"Invalid values in header for stats dump request");
	if (get_le32(body + 8) & ~(uint32_t)FILTERS)
		return nl_fail(call, -EINVAL, NULL,
			       "Invalid stats requested through filter mask");
	return 0;
}

static int check_dump(struct nl_call *call)
{
	int err = check(call, true);

	if (!err && !get_le32(call->body + 8))
		err = nl_fail(call, -EINVAL, NULL,
			      "Filter mask must be set for stats dump");
	return err;
}

static int dump(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, RTM_NEWSTATS);
	struct netif *netif;

	LIST_FOR_EACH(netif, &dump->net->netifs, list) {
		if (netif->index <= dump->at[0])
			continue;
		if (!put_stats(w, &header, netif, get_le32(dump->body + 8)))
			return 1;
		dump->at[0] = netif->index;
	}
	return 0;
}

static int get_stats(struct nl_call *call) NET_THREAD_ROOT
{
	struct nl_header header = { .type = RTM_NEWSTATS,
				    .sequence = call->header.sequence,
				    .port = call->socket->port };
	struct nl_reply reply;
	struct netif *netif;
	uint32_t filter;
	int err = check(call, false);

	if (err)
		return err;
	if (!get_le32(call->body + 4))
		return -EINVAL;
	netif = netif_by_index(call->net, get_le32(call->body + 4));
	if (!netif)
		return -ENODEV;
	filter = get_le32(call->body + 8);
	if (!filter)
		return nl_fail(call, -EINVAL, NULL,
			       "Filter mask must be set for stats get");
	nl_reply_begin(call, &reply, RTM_NEWSTATS);
	reply.writer.used = reply.start;
	if (!put_stats(&reply.writer, &header, netif, filter))
		return -EMSGSIZE;
	return nl_deliver(call->socket, reply.writer.buffer, reply.writer.used,
			  0);
}

static const struct nl_handler handlers[] = {
	{ .type = RTM_GETSTATS,
	  .open = true,
	  .call = get_stats,
	  .dump = dump,
	  .dump_check = check_dump,
	  .dump_kinds = 1 << CHANGE_LINK },
};

const struct rt_table rt_stats_table = { handlers, ARRAY_LEN(handlers) };
