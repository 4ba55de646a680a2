// SPDX-License-Identifier: MIT
/*
 * /proc/net/vlan: the VLANs, and one file for each; /proc/net/stat/arp_cache and
 * ndisc_cache: what the tables of neighbours did. One thread owns the tables, so
 * all of it is the first CPU's.
 */
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/mm/slab.h"
#include "kernel/report/net_report.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"
#include "lib/string.h"

/* ---- VLANs ---- */

static uint32_t take_vlans(struct vlan_info **vlans)
{
	uint32_t count;
	void *array;

	if (snapshot_take(LIST_VLANS, sizeof(**vlans), &array, &count))
		return 0;
	*vlans = array;
	return count;
}

void net_report_vlans(struct text *text, void *arg)
{
	struct vlan_info *vlans = NULL;
	uint32_t count = take_vlans(&vlans);

	(void)arg;
	text_str(text, "VLAN Dev name\t | VLAN ID\n"
		       "Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n");
	for (uint32_t i = 0; i < count; i++)
		text_add(text, "%-15s| %u  | %s\n", vlans[i].name, vlans[i].id,
			 vlans[i].lower);
	kfree(vlans);
}

static void print_count(struct text *text, const char *name, uint64_t n)
{
	text_add(text, "%30s %12llu\n", name, (unsigned long long)n);
}

static void print_vlan(struct text *text, const struct vlan_info *vlan)
{
	text_add(text, "%s  VID: %u\t REORDER_HDR: %u  dev->priv_flags: 1021\n",
		 vlan->name, vlan->id, vlan->flags & 1);
	print_count(text, "total frames received", vlan->stats.rx_packets);
	print_count(text, "total bytes received", vlan->stats.rx_bytes);
	print_count(text, "Broadcast/Multicast Rcvd", vlan->stats.rx_multicast);
	text_str(text, "\n");
	print_count(text, "total frames transmitted", vlan->stats.tx_packets);
	print_count(text, "total bytes transmitted", vlan->stats.tx_bytes);
	text_add(text,
		 "Device: %s\n"
		 "INGRESS priority mappings: 0:0  1:0  2:0  3:0  4:0  5:0  "
		 "6:0 7:0\n"
		 " EGRESS priority mappings: \n",
		 vlan->lower);
}

void net_report_vlan(struct text *text, void *arg, uint32_t which)
{
	struct vlan_info *vlans = NULL;
	uint32_t count = take_vlans(&vlans);

	(void)arg;
	for (uint32_t i = 0; i < count; i++)
		if (vlans[i].netif == which)
			print_vlan(text, &vlans[i]);
	kfree(vlans);
}

static uint32_t find_vlan(const char *name, size_t length)
{
	struct vlan_info *vlans = NULL;
	uint32_t count = take_vlans(&vlans), found = 0;

	for (uint32_t i = 0; i < count; i++)
		if (strlen(vlans[i].name) == length &&
		    memcmp(vlans[i].name, name, length) == 0)
			found = vlans[i].netif;
	kfree(vlans);
	return found;
}

static uint32_t next_vlan(uint32_t after, char *name)
{
	struct vlan_info *vlans = NULL;
	uint32_t count = take_vlans(&vlans), next = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (vlans[i].netif <= after || (next && vlans[i].netif > next))
			continue;
		next = vlans[i].netif;
		string_copy(name, vlans[i].name, PROC_NAME_MAX);
	}
	kfree(vlans);
	return next;
}

const struct proc_names net_report_vlan_names = { find_vlan, next_vlan };

/* ---- Tables of neighbours ---- */

static void print_stats(struct text *text, const struct neighbour_stats *s)
{
	const uint64_t values[] = {
		s->allocs,	     s->destroys,	s->grows,
		s->lookups,	     s->hits,		s->failures,
		s->multicast_probes, s->unicast_probes, s->periodic_gcs,
		s->forced_gcs,	     s->discards,	s->full
	};
	static const char *const gaps[] = {
		" ",	     " ",	  " ",	     "   ",
		" ",	     " ",	  "   ",     "         ",
		"         ", "         ", "       ", "            "
	};

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		text_add(text, "%s%08llx", gaps[i],
			 (unsigned long long)values[i]);
	text_str(text, "\n");
}

/* `arg`: 4 or 6. */
void net_report_neighbour_stats(struct text *text, void *arg)
{
	static const struct neighbour_stats nothing;
	struct neighbour_stats *stats;
	uint32_t count, entries;
	void *array;

	text_str(text, "entries  allocs   destroys hash_grows lookups  hits "
		       "    res_failed rcv_probes_mcast rcv_probes_ucast "
		       "periodic_gc_runs forced_gc_runs unresolved_discards "
		       "table_fulls\n");
	if (snapshot_take(LIST_NEIGHBOUR_STATS, sizeof *stats, &array, &count))
		return;
	stats = (struct neighbour_stats *)array + (arg == (void *)6);
	entries = stats->entries;
	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		text_add(text, "%08x", entries);
		print_stats(text, cpu ? &nothing : stats);
	}
	kfree(array);
}
