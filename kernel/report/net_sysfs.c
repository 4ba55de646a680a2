// SPDX-License-Identifier: MIT
/*
 * /sys/class/net: a directory for each interface that is there when the
 * drivers have started, its attributes read from a snapshot of the stack's
 * table each time. Interfaces made later are not shown yet.
 */
#include "fs/sysfs/sysfs.h"
#include "kernel/mm/slab.h"
#include "kernel/report/snapshot.h"
#include "lib/format.h"
#include "lib/string.h"

static void print_address(struct text *text, const struct netif_info *info)
{
	const uint8_t *m = info->mac;

	text_add(text, "%02x:%02x:%02x:%02x:%02x:%02x\n", m[0], m[1], m[2],
		 m[3], m[4], m[5]);
}

static void print_state(struct text *text, const struct netif_info *info)
{
	const char *state = info->flags & NETIF_UP ? "up" : "down";

	if (info->type == NETIF_TYPE_LOOPBACK)
		state = "unknown";
	text_add(text, "%s\n", state);
}

static void print_carrier(struct text *text, const struct netif_info *info)
{
	text_add(text, "%d\n", info->flags & NETIF_UP ? 1 : 0);
}

static void print_flags(struct text *text, const struct netif_info *info)
{
	text_add(text, "0x%x\n", info->flags);
}

/* Numbers lie in struct netif_info; the rest has a function. */
#define WORD(field) .at = offsetof(struct netif_info, field), .size = 4
#define COUNTER(field) .at = offsetof(struct netif_info, stats.field), .size = 8

static const struct attribute {
	const char *name;
	void (*print)(struct text *text, const struct netif_info *info);
	size_t at, size;
} attributes[] = {
	{ "address", .print = print_address },
	{ "operstate", .print = print_state },
	{ "carrier", .print = print_carrier },
	{ "flags", .print = print_flags },
	{ "ifindex", WORD(index) },
	{ "iflink", WORD(index) },
	{ "mtu", WORD(mtu) },
	{ "type", WORD(type) },
	{ "tx_queue_len", WORD(queue_max) },
	{ "statistics/rx_packets", COUNTER(rx_packets) },
	{ "statistics/rx_bytes", COUNTER(rx_bytes) },
	{ "statistics/rx_errors", COUNTER(rx_errors) },
	{ "statistics/rx_dropped", COUNTER(rx_dropped) },
	{ "statistics/multicast", COUNTER(rx_multicast) },
	{ "statistics/tx_packets", COUNTER(tx_packets) },
	{ "statistics/tx_bytes", COUNTER(tx_bytes) },
	{ "statistics/tx_errors", COUNTER(tx_errors) },
	{ "statistics/tx_dropped", COUNTER(tx_dropped) },
};

static void print(struct text *text, const struct attribute *attribute,
		  const struct netif_info *info)
{
	uint64_t value = 0;

	if (attribute->print) {
		attribute->print(text, info);
		return;
	}
	memcpy(&value, (const char *)info + attribute->at, attribute->size);
	text_add(text, "%llu\n", (unsigned long long)value);
}

/* `arg` is the interface's number and the attribute's place in the table. */
static void show(struct text *text, void *arg)
{
	uintptr_t which = (uintptr_t)arg;
	struct netif_info *infos;
	uint32_t count;
	void *array;

	if (snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		if (infos[i].index == which / ARRAY_LEN(attributes))
			print(text, &attributes[which % ARRAY_LEN(attributes)],
			      &infos[i]);
	kfree(array);
}

static void add_interface(const struct netif_info *info)
{
	char path[96], target[64];

	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		format_to(path, sizeof path, "devices/virtual/net/%s/%s",
			  info->name, attributes[i].name);
		sysfs_attribute(
			path, show,
			(void *)(info->index * ARRAY_LEN(attributes) + i));
	}
	format_to(path, sizeof path, "class/net/%s", info->name);
	format_to(target, sizeof target, "../../devices/virtual/net/%s",
		  info->name);
	sysfs_link(path, target);
}

void report_interfaces_init(void)
{
	struct netif_info *infos;
	uint32_t count;
	void *array;

	if (snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count))
		return;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		add_interface(&infos[i]);
	kfree(array);
}
