// SPDX-License-Identifier: MIT
/*
 * /sys/class/net: the attributes of each interface, read from a snapshot of its
 * stack's table each time.
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
	const char *state = "up";

	if (!(info->flags & NETIF_UP))
		state = "down";
	else if (info->type == NETIF_TYPE_LOOPBACK ||
		 !strcmp(info->driver, "dummy"))
		state = "unknown";
	else if (!(info->flags & NETIF_RUNNING))
		state = strcmp(info->driver, "veth") ? "down" :
						       "lowerlayerdown";
	text_add(text, "%s\n", state);
}

static void print_carrier(struct text *text, const struct netif_info *info)
{
	if (info->flags & NETIF_UP) /* otherwise reading it is an error */
		text_add(text, "%d\n", info->flags & NETIF_RUNNING ? 1 : 0);
}

static void print_flags(struct text *text, const struct netif_info *info)
{
	text_add(text, "0x%x\n", info->flags);
}

/* What the kernel tells when it is made, but for the place. */
static void print_event(struct text *text, const struct netif_info *info)
{
	if (!strcmp(info->driver, "bridge") || !strcmp(info->driver, "vlan"))
		text_add(text, "DEVTYPE=%s\n", info->driver);
	text_add(text, "INTERFACE=%s\nIFINDEX=%u\n", info->name, info->index);
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
	{ "uevent", .print = print_event },
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

/* ---- what fs/sysfs asks ---- */

struct look {
	const char *name;
	size_t length;
	uint32_t index, after;
};

static bool is_wanted(const struct netif_info *info, const struct look *look,
		      const struct netif_info *best)
{
	if (look->name)
		return strlen(info->name) == look->length &&
		       !memcmp(info->name, look->name, look->length);
	if (look->index)
		return info->index == look->index;
	return info->index > look->after &&
	       (!best || info->index < best->index);
}

/* Copies the interface that is looked for. */
static bool find_info(void *network, const struct look *look,
		      struct netif_info *out)
{
	const struct netif_info *infos, *best = NULL;
	struct thread *self = current_thread();
	uint32_t count;
	void *array;
	int error;

	self->viewed_network = network;
	error = snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count);
	self->viewed_network = NULL;
	if (error)
		return false;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		if (is_wanted(&infos[i], look, best))
			best = &infos[i];
	if (best)
		*out = *best;
	kfree(array);
	return best != NULL;
}

static void *grab(void)
{
	return current_network_get();
}

static void drop(void *network)
{
	network_put(network);
}

static bool is_callers(const void *network)
{
	return network == current_network();
}

static uint32_t find(void *network, const char *name, size_t length)
{
	const struct look look = { .name = name, .length = length };
	struct netif_info info;

	return find_info(network, &look, &info) ? info.index : 0;
}

static uint32_t next(void *network, uint32_t after, char name[16])
{
	const struct look look = { .after = after };
	struct netif_info info;

	if (!find_info(network, &look, &info))
		return 0;
	string_copy(name, info.name, 16);
	return info.index;
}

static bool name(void *network, uint32_t index, char name[16])
{
	const struct look look = { .index = index };
	struct netif_info info;

	if (!find_info(network, &look, &info))
		return false;
	string_copy(name, info.name, 16);
	return true;
}

static const char *attribute(unsigned number)
{
	return number < ARRAY_LEN(attributes) ? attributes[number].name : NULL;
}

static void show(void *network, uint32_t index, unsigned number,
		 struct text *text)
{
	const struct look look = { .index = index };
	struct netif_info info;

	if (find_info(network, &look, &info))
		print(text, &attributes[number], &info);
}

static const struct sysfs_interfaces interfaces = {
	.grab = grab,
	.drop = drop,
	.is_callers = is_callers,
	.find = find,
	.next = next,
	.name = name,
	.attribute = attribute,
	.show = show,
};

void report_interfaces_init(void)
{
	sysfs_set_interfaces(&interfaces);
}
