// SPDX-License-Identifier: MIT
/*
 * /proc/net/anycast6 and ip6_flowlabel: addresses that an interface shares with
 * others, and flow labels that programs have leased.
 */
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"

static void print_hex(struct text *text, const struct net_addr *addr)
{
	for (unsigned i = 0; i < sizeof(addr->b); i++)
		text_add(text, "%02x", addr->b[i]);
}

void net_report_anycast6(struct text *text, void *arg)
{
	struct anycast_info *infos;
	uint32_t count;
	void *array;

	(void)arg;
	if (snapshot_take(LIST_ANYCAST, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++) {
		text_add(text, "%-4u %-15s ", infos[i].netif, infos[i].name);
		print_hex(text, &infos[i].addr);
		text_add(text, " %5u\n", infos[i].users);
	}
	kfree(array);
}

void net_report_flow_leases(struct text *text, void *arg)
{
	struct flow_lease_info *infos;
	uint32_t count;
	void *array;

	(void)arg;
	text_str(text, "Label S Owner  Users  Linger Expires  Dst             "
		       "                 Opt\n");
	if (snapshot_take(LIST_FLOW_LEASES, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++) {
		text_add(text, "%05X %-1d %-6d %-6d %-6d %-8d ", infos[i].label,
			 infos[i].share, (int)infos[i].owner,
			 (int)infos[i].users, infos[i].linger,
			 infos[i].expires);
		print_hex(text, &infos[i].dst);
		text_add(text, " %-4d\n", 0);
	}
	kfree(array);
}
