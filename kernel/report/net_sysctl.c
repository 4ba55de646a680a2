// SPDX-License-Identifier: MIT
/*
 * /proc/sys/net: what the stack's fixed settings are, under Linux's names. They
 * can be read, not changed: an attempt says so.
 */
#include "kernel/report/internal.h"

#define CONSTANT(path_, text_)                                               \
	{                                                                    \
		.path = "net/" path_, .mode = 0444, .kind = SYSCTL_CONSTANT, \
		.data = text_                                                \
	}

static const struct sysctl constants[] = {
	CONSTANT("core/rmem_default", "212992"),
	CONSTANT("core/rmem_max", "212992"),
	CONSTANT("core/wmem_default", "212992"),
	CONSTANT("core/wmem_max", "212992"),
	CONSTANT("ipv4/ip_forward", "0"),
	CONSTANT("ipv4/ip_default_ttl", "64"),
	CONSTANT("ipv4/ip_local_port_range", "32768\t60999"),
	CONSTANT("ipv4/ip_unprivileged_port_start", "1024"),
	CONSTANT("ipv4/tcp_available_congestion_control", "reno cubic"),
	CONSTANT("ipv4/tcp_congestion_control", "cubic"),
	CONSTANT("ipv4/tcp_sack", "1"),
	CONSTANT("ipv4/tcp_timestamps", "1"),
	CONSTANT("ipv4/tcp_window_scaling", "1"),
	CONSTANT("ipv4/conf/all/forwarding", "0"),
	CONSTANT("ipv6/bindv6only", "0"),
	CONSTANT("ipv6/conf/all/disable_ipv6", "0"),
	CONSTANT("ipv6/conf/all/forwarding", "0"),
};

void report_net_sysctls(void)
{
	sysctl_register(constants, ARRAY_LEN(constants));
}
