// SPDX-License-Identifier: MIT
/*
 * /proc/sys/net: the stack's settings (net/core/tunable.h), read and written by
 * requests to the net thread, and a few that are fixed: these can be read, not
 * changed, and an attempt says so.
 */
#include "kernel/report/internal.h"

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
	CONSTANT("ipv6/conf/all/disable_ipv6", "0"),
};

static void post(void *request)
{
	net_tune(report_network()->net, request);
}

static void show(struct text *text, void *arg)
{
	char value[256];
	struct tunable_request request = { .tunable = arg,
					   .text = value,
					   .size = sizeof value };

	if (socket_wait_request(&request.request, post, &request) >= 0)
		text_add(text, "%s\n", value);
}

static int store(const char *value, size_t length, void *arg)
{
	char copy[256];
	struct tunable_request request = { .tunable = arg,
					   .write = true,
					   .text = copy };

	while (length && (value[length - 1] == '\n' || !value[length - 1]))
		length--;
	if (length >= sizeof copy)
		return -EINVAL;
	memcpy(copy, value, length);
	copy[length] = 0;
	return socket_wait_request(&request.request, post, &request);
}

static void register_tunable(const struct tunable *tunable)
{
	char path[128];
	struct proc_file file = { .path = path,
				  .mode = tunable->read_only ? 0444 : 0644,
				  .show = show,
				  .store = tunable->read_only ? NULL : store,
				  .arg = (void *)tunable };

	format_to(path, sizeof path, "sys/%s", tunable->path);
	procfs_register(&file, 1);
}

void report_net_sysctls(void)
{
	const struct tunable *tunable;

	sysctl_register(constants, ARRAY_LEN(constants));
	for (uint32_t i = 0; (tunable = tunable_at(i)); i++)
		register_tunable(tunable);
}
