// SPDX-License-Identifier: MIT
/*
 * Settings and commands of scripts for the machine in virtual time: tunables
 * are written into the stack, the MTU and the device's offloads are understood,
 * commands that only look or change nothing here are passed over. Everything
 * else makes the script unsupported.
 */
#include "tests/net/conform/libc.h"

#include "net/core/instance.h"
#include "net/net.h"
#include "net/core/tunable.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

/* Behaviour without a switch: the value that the stack has for good. */
static bool already_so(const char *path, const char *value)
{
	static const struct {
		const char *path, *values; /* separated by blanks */
	} fixed[] = {
		{ "net/ipv4/tcp_adv_win_scale", "1" },
		{ "net/ipv4/tcp_no_metrics_save", "0 1" },
		{ "net/ipv4/tcp_tso_win_divisor", "*" },
		{ "net/ipv4/tcp_low_latency", "0 1" },
		{ "net/ipv4/tcp_autocorking", "0 1" },
		{ "net/ipv4/tcp_fack", "0" },
		{ "net/ipv4/tcp_mem", "*" },
		{ "net/ipv4/tcp_max_orphans", "*" },
		{ "net/ipv4/tcp_max_tw_buckets", "*" },
		{ "net/ipv4/tcp_abc", "0" },
		{ "net/ipv4/tcp_probe_interval", "*" },
		{ "net/ipv4/tcp_app_win", "31" },
		{ "net/ipv4/tcp_comp_sack_nr", "0" },
		{ "net/ipv4/tcp_comp_sack_slack_ns", "*" },
		{ "net/ipv4/tcp_limit_output_bytes", "*" },
		{ "net/ipv4/tcp_pingpong_thresh", "1" },
		{ "net/ipv4/tcp_min_rtt_wlen", "300" },
		{ "net/ipv4/tcp_tso_rtt_log", "*" },
		{ "net/ipv4/tcp_backlog_ack_defer", "*" },
		{ "net/ipv4/tcp_plb_enabled", "0" },
		{ "net/ipv4/tcp_shrink_window", "0" },
		{ "net/ipv4/tcp_min_snd_mss", "48" },
		{ "net/ipv4/tcp_early_demux", "0 1" },
		{ "net/ipv4/ip_early_demux", "0 1" },
		{ "net/ipv4/tcp_available_congestion_control", "*" },
		{ "net/ipv4/tcp_allowed_congestion_control", "*" },
		{ "net/ipv4/udp_mem", "*" },
		{ "net/core/default_qdisc", "*" },
		{ "net/core/somaxconn", "4096 128" },
		{ "net/core/optmem_max", "*" },
		{ "net/core/netdev_max_backlog", "*" },
		{ "net/ipv4/conf/all/rp_filter", "*" },
		{ "net/ipv4/conf/default/rp_filter", "*" },
		{ "net/ipv4/conf/tun0/rp_filter", "*" },
		{ "net/ipv6/conf/all/accept_dad", "*" },
	};

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		const char *at = fixed[i].values;
		size_t n = strlen(value);

		if (strcmp(fixed[i].path, path) != 0)
			continue;
		if (*at == '*')
			return true;
		for (; (at = strstr(at, value)); at += n)
			if (n && (at[n] == ' ' || !at[n]))
				return true;
		return false;
	}
	return false;
}

bool tunable_set(const char *path, const char *text, int line)
{
	uint32_t netif;
	const struct tunable *tunable =
		tunable_find_in(machine_net, path, &netif);
	int err;

	if (!tunable)
		return already_so(path, text);
	err = netif ? tunable_write_of(netif_by_index(machine_net, netif),
				       tunable, text) :
		      tunable_write(machine_net, tunable, text);
	if (err == 0)
		return true;
	if (!shell_lenient)
		report_failure(run.script->path, line,
			       "%s does not take \"%s\"", path, text);
	return true;
}

static void set_mtu(uint32_t mtu, int line)
{
	struct config_request request = { .op = CONFIG_SET_MTU,
					  .name = "tun0",
					  .number = mtu };

	if (machine_configure(&request))
		unsupported(line, "an MTU of %u", mtu);
}

static void ip_command(char *words[], int n, int line)
{
	for (int i = 1; i + 1 < n; i++) {
		if (strcmp(words[i], "mtu") != 0 || strcmp(words[1], "link"))
			continue;
		set_mtu((uint32_t)atoi(words[i + 1]), line);
		return;
	}
	if (n > 1 && (!strcmp(words[1], "tcp_metrics") ||
		      !strcmp(words[1], "neigh") || !strcmp(words[1], "rule")))
		return;
	if (n > 2 && (!strcmp(words[2], "show") || !strcmp(words[2], "flush") ||
		      !strcmp(words[2], "get") || !strcmp(words[2], "list")))
		return;
	if (shell_lenient)
		return;
	unsupported(line, "ip %s %s", n > 1 ? words[1] : "",
		    n > 2 ? words[2] : "");
}

/* ethtool -K tun0 tx off: the stack does its own checksums and segments. */
static void ethtool_command(char *words[], int n)
{
	for (int i = 2; i + 1 < n; i++)
		if (!strcmp(words[i], "tx") && !strcmp(words[i + 1], "off"))
			machine_without_offload();
}

/* They change nothing that this machine has, or only look. */
static bool without_effect(const char *name)
{
	static const char *const names[] = {
		"tc",	  "true", ":",	     "sleep",	 "nstat",
		"ss",	  "cat",  "netstat", "modprobe", "set",
		"export", "exit", "uname",   "rm",	 "touch",
		"dmesg",  "fi",	  "then",    "if",	 "else",
		"[",	  "[[",	  "ulimit",  "ifdown",	 "printf",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

void machine_command(char *words[], int n, int line)
{
	const char *name = strrchr(words[0], '/') ? strrchr(words[0], '/') + 1 :
						    words[0];

	if (!strcmp(name, "ethtool"))
		ethtool_command(words, n);
	else if (!strcmp(name, "ip"))
		ip_command(words, n, line);
	else if (!strcmp(name, "ifconfig") && n > 3 && !strcmp(words[2], "mtu"))
		set_mtu((uint32_t)atoi(words[3]), line);
	else if (!without_effect(name) && !strchr(words[0], '=') &&
		 !shell_lenient)
		unsupported(line, "the command %s", words[0]);
}

/* There is no shell in virtual time. */
bool machine_shell(const char *text, int line)
{
	return false;
}
