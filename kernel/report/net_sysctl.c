// SPDX-License-Identifier: MIT
/*
 * /proc/sys/net: the stack's settings (net/core/tunable.h), read and written by
 * requests to the net thread, and a few that are fixed: these can be read, not
 * changed, and an attempt says so. What each interface has stands in a directory
 * of its name, found anew at each look, so that it follows when they come, go
 * and are renamed.
 */
#include "kernel/report/internal.h"

#include "kernel/mm/slab.h"
#include "kernel/report/snapshot.h"
#include "kernel/socket/socket.h"
#include "net/net.h"

#define CONSTANT(path_, text_)                                               \
	{                                                                    \
		.path = "net/" path_, .mode = 0444, .kind = SYSCTL_CONSTANT, \
		.data = text_                                                \
	}

static const struct sysctl constants[] = {
	CONSTANT("ipv4/ip_unprivileged_port_start", "1024"),
	CONSTANT("ipv6/bindv6only", "0"),
};

static void post(void *request)
{
	net_tune(report_network()->net, request);
}

static void show_of(struct text *text, void *arg, uint32_t netif)
{
	char value[256];
	struct tunable_request request = { .tunable = arg,
					   .netif = netif,
					   .text = value,
					   .size = sizeof value };

	if (socket_wait_request(&request.request, post, &request) >= 0)
		text_add(text, "%s\n", value);
}

static void show(struct text *text, void *arg)
{
	show_of(text, arg, 0);
}

static int store_of(const char *value, size_t length, void *arg, uint32_t netif)
{
	char copy[256];
	struct tunable_request request = {
		.tunable = arg, .netif = netif, .write = true, .text = copy
	};

	if (!length)
		return 0;
	while (length && (value[length - 1] == '\n' || !value[length - 1]))
		length--;
	if (length >= sizeof copy)
		return -EINVAL;
	memcpy(copy, value, length);
	copy[length] = 0;
	return socket_wait_request(&request.request, post, &request);
}

static int store(const char *value, size_t length, void *arg)
{
	return store_of(value, length, arg, 0);
}

static void register_tunable(const struct tunable *tunable)
{
	char path[128];
	struct proc_file file = { .path = path,
				  .mode = tunable->read_only ? 0444 :
					  tunable->secret    ? 0600 :
							       0644,
				  .arg = (void *)tunable };

	if (tunable->of_netif)
		file.show_of = show_of;
	else
		file.show = show;
	if (!tunable->read_only && tunable->of_netif)
		file.store_of = store_of;
	else if (!tunable->read_only)
		file.store = store;

	format_to(path, sizeof path, "sys/%s", tunable->path);
	procfs_register(&file, 1);
}

/* ---- Interfaces: a directory or file for each, in five places ---- */

static uint32_t find_netif(const char *name, size_t length)
{
	struct netif_info *infos;
	uint32_t count, found = 0;
	void *array;

	if (snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count))
		return 0;
	infos = array;
	for (uint32_t i = 0; i < count; i++)
		if (strlen(infos[i].name) == length &&
		    memcmp(infos[i].name, name, length) == 0)
			found = infos[i].index;
	kfree(array);
	return found;
}

/* In the order of their numbers. */
static uint32_t next_netif(uint32_t after, char *name)
{
	struct netif_info *infos;
	uint32_t count, next = 0;
	void *array;

	if (snapshot_take(LIST_NETIFS, sizeof(*infos), &array, &count))
		return 0;
	infos = array;
	for (uint32_t i = 0; i < count; i++) {
		if (infos[i].index <= after || (next && infos[i].index > next))
			continue;
		next = infos[i].index;
		string_copy(name, infos[i].name, PROC_NAME_MAX);
	}
	kfree(array);
	return next;
}

static const struct proc_names netifs = { find_netif, next_netif };

void report_net_sysctls(void)
{
	static const char *const directories[] = {
		"sys/net/ipv4/conf", "sys/net/ipv6/conf", "sys/net/ipv4/neigh",
		"sys/net/ipv6/neigh", "net/dev_snmp6"
	};
	const struct tunable *tunable;

	sysctl_register(constants, ARRAY_LEN(constants));
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		procfs_register_names(directories[i], &netifs);
	for (uint32_t i = 0; (tunable = tunable_at(i)); i++)
		register_tunable(tunable);
}
