// SPDX-License-Identifier: MIT
/* See tunable.h: the defaults, the plain numbers, and how they are written. */
#include "net/core/tunable.h"

#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/queueing.h"
#include "net/core/sockopt.h"

#define MOST_NUMBERS 4

void tunables_init(struct net_tunables *t)
{
	*t = (struct net_tunables){
		.rmem_default = NET_BUFFER_DEFAULT,
		.rmem_max = NET_BUFFER_MAX,
		.wmem_default = NET_BUFFER_DEFAULT,
		.wmem_max = NET_BUFFER_MAX,
		.ip_default_ttl = 64,
		.route_min_pmtu = 552,
		.route_mtu_expires = 600,
		.ip_local_port_range = { EPHEMERAL_FIRST, EPHEMERAL_LAST },
		.tcp_rmem = { 4096, 131072, 32 << 20 },
		/* Linux: 4 MiB, which does not fill 1 Gbit/s over 100 ms. */
		.tcp_wmem = { 4096, 16384, 16 << 20 },
		.tcp_window_scaling = 1,
		.tcp_timestamps = 1,
		.tcp_sack = 1,
		.tcp_dsack = 1,
		.tcp_adv_win_scale = 1,
		.tcp_app_win = 31,
		.tcp_moderate_rcvbuf = 1,
		.tcp_comp_sack_delay_ns = 1000000,
		.tcp_comp_sack_nr = 44,
		.tcp_pingpong_thresh = 1,
		.tcp_syn_retries = 7, /* Linux: 6; three minutes, MUST-23 */
		.tcp_synack_retries = 5,
		.somaxconn = 4096,
		.tcp_syncookies = 1,
		.tcp_max_syn_backlog = 1024,
		.tcp_challenge_ack_limit = 1000,
		.tcp_invalid_ratelimit = 500,
		.tcp_tw_reuse = 2,
		.tcp_max_tw_buckets = 65536,
		.tcp_max_orphans = 16384,
		.tcp_fastopen = 1,
		.tcp_retries1 = 3,
		.tcp_retries2 = 15,
		.tcp_fin_timeout = 60,
		.tcp_keepalive_time = 7200,
		.tcp_keepalive_intvl = 75,
		.tcp_keepalive_probes = 9,
		.tcp_ecn = 2,
		.tcp_ecn_fallback = 1,
		.tcp_frto = 2,
		.tcp_recovery = 1,
		.tcp_early_retrans = 3,
		.tcp_reordering = 3,
		.tcp_max_reordering = 300,
		.tcp_retrans_collapse = 1,
		.tcp_rto_min_us = 200000,
		.tcp_rto_max_ms = 120000,
		.tcp_min_rtt_wlen = 300,
		.tcp_slow_start_after_idle = 1,
		.tcp_min_tso_segs = 2,
		.tcp_tso_rtt_log = 9,
		.tcp_tso_win_divisor = 3,
		.tcp_pacing_ss_ratio = 200,
		.tcp_pacing_ca_ratio = 120,
		.tcp_notsent_lowat = UINT32_MAX,
		.tcp_base_mss = 1024,
		.tcp_mtu_probe_floor = 48,
		.tcp_min_snd_mss = 48,
		.tcp_probe_threshold = 8,
		.tcp_probe_interval = 600,
	};
	ip_tunables_init(&t->ip);
}

/* ---- Text ---- */

static void print_numbers(const struct tunable *tunable, const void *base,
			  struct text *text)
{
	const int32_t *numbers =
		(const int32_t *)((const char *)base + tunable->offset);

	for (int i = 0; i < tunable->count; i++)
		text_add(text, i ? "\t%d" : "%d",
			 numbers[i] / (tunable->unit ? tunable->unit : 1));
}

void tunable_read(struct net *net, const struct tunable *tunable,
		  struct text *text)
{
	if (tunable->read)
		tunable->read(net, text);
	else
		print_numbers(tunable, &net->tunables, text);
}

void tunable_read_of(struct netif *netif, const struct tunable *tunable,
		     struct text *text)
{
	if (tunable->read_of)
		tunable->read_of(netif, text);
	else
		print_numbers(tunable, netif, text);
}

/* Up to `count` numbers within the bounds; how many, or -EINVAL. Linux does not
 * look at what follows the last one. */
static int parse_numbers(const struct tunable *tunable, const char *text,
			 int32_t *numbers)
{
	int n = 0;

	for (parse_blanks(&text); *text && n < tunable->count;
	     parse_blanks(&text)) {
		int64_t v;

		if (*text == '+' || !parse_i64(&text, 0, &v) ||
		    (*text && !is_blank(*text)) || v < tunable->least ||
		    v > tunable->most)
			return -EINVAL;
		numbers[n++] = (int32_t)v * (tunable->unit ? tunable->unit : 1);
	}
	return n ? n : -EINVAL;
}

static int32_t number_at(const void *base, uint16_t offset)
{
	return *(const int32_t *)((const char *)base + offset);
}

static int write_numbers(const struct tunable *tunable, void *base,
			 const char *text)
{
	int32_t numbers[MOST_NUMBERS];
	int n = parse_numbers(tunable, text, numbers);

	if (n < 0)
		return n;
	if (tunable->not_below &&
	    numbers[0] < number_at(base, tunable->not_below))
		return -EINVAL;
	if (tunable->not_above &&
	    numbers[0] > number_at(base, tunable->not_above))
		return -EINVAL;
	memcpy((char *)base + tunable->offset, numbers,
	       (size_t)n * sizeof(int32_t));
	return 0;
}

int tunable_write(struct net *net, const struct tunable *tunable,
		  const char *text)
{
	int err;

	if (tunable->read_only)
		return -EPERM;
	if (tunable->write)
		return tunable->write(net, text);
	err = write_numbers(tunable, &net->tunables, text);
	if (!err && tunable->changed)
		tunable->changed(net);
	return err;
}

int tunable_write_of(struct netif *netif, const struct tunable *tunable,
		     const char *text)
{
	int err;

	if (tunable->read_only)
		return -EPERM;
	if (tunable->write_of)
		return tunable->write_of(netif, text);
	err = write_numbers(tunable, netif, text);
	if (!err && tunable->changed_of)
		tunable->changed_of(netif);
	return err;
}

static int write_port_range(struct net *net, const char *text)
{
	static const struct tunable range = { .count = 2,
					      .least = 1,
					      .most = 65535 };
	int32_t ports[2];

	if (parse_numbers(&range, text, ports) != 2 || ports[0] > ports[1])
		return -EINVAL;
	memcpy(net->tunables.ip_local_port_range, ports, sizeof ports);
	return 0;
}

/* ---- The table ---- */

/* clang-format off */
#define NUMBERS(path_, field_, count_, least_, most_)                        \
	{ .path = "net/" path_, .count = (count_),                           \
	  .offset = offsetof(struct net_tunables, field_),                   \
	  .least = (least_), .most = (most_) }
#define NUMBER(path_, field_, least_, most_)                                 \
	NUMBERS(path_, field_, 1, least_, most_)

static const struct tunable table[] = {
	NUMBER("core/somaxconn", somaxconn, 0, INT32_MAX),
	NUMBER("core/rmem_default", rmem_default, 2304, INT32_MAX),
	NUMBER("core/rmem_max", rmem_max, 2304, INT32_MAX),
	NUMBER("core/wmem_default", wmem_default, 4608, INT32_MAX),
	NUMBER("core/wmem_max", wmem_max, 4608, INT32_MAX),
	{ .path = "net/core/default_qdisc", .read = queueing_read_default,
	  .write = queueing_write_default },

	NUMBER("ipv4/ip_default_ttl", ip_default_ttl, 1, 255),
	{ .path = "net/ipv4/ip_local_port_range",
	  .offset = offsetof(struct net_tunables, ip_local_port_range),
	  .count = 2, .least = 1, .most = 65535, .write = write_port_range },

	NUMBERS("ipv4/tcp_rmem", tcp_rmem, 3, 1, INT32_MAX),
	NUMBERS("ipv4/tcp_wmem", tcp_wmem, 3, 1, INT32_MAX),
	NUMBER("ipv4/tcp_window_scaling", tcp_window_scaling, 0, 1),
	NUMBER("ipv4/tcp_timestamps", tcp_timestamps, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_sack", tcp_sack, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_dsack", tcp_dsack, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_adv_win_scale", tcp_adv_win_scale, -31, 31),
	NUMBER("ipv4/tcp_app_win", tcp_app_win, 0, 31),
	NUMBER("ipv4/tcp_moderate_rcvbuf", tcp_moderate_rcvbuf, 0, 1),
	NUMBER("ipv4/tcp_shrink_window", tcp_shrink_window, 0, 1),
	NUMBER("ipv4/tcp_comp_sack_delay_ns", tcp_comp_sack_delay_ns,
	       0, INT32_MAX),
	NUMBER("ipv4/tcp_comp_sack_nr", tcp_comp_sack_nr, 0, 255),
	NUMBER("ipv4/tcp_pingpong_thresh", tcp_pingpong_thresh, 1, 255),
	NUMBER("ipv4/tcp_stdurg", tcp_stdurg, 0, 1),
	NUMBER("ipv4/tcp_syn_retries", tcp_syn_retries, 1, 127),
	NUMBER("ipv4/tcp_synack_retries", tcp_synack_retries, 0, 255),
	NUMBER("ipv4/tcp_syncookies", tcp_syncookies, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_max_syn_backlog", tcp_max_syn_backlog, 0, INT32_MAX),
	NUMBER("ipv4/tcp_abort_on_overflow", tcp_abort_on_overflow, 0, 1),
	NUMBER("ipv4/tcp_challenge_ack_limit", tcp_challenge_ack_limit, 0,
	       INT32_MAX),
	NUMBER("ipv4/tcp_invalid_ratelimit", tcp_invalid_ratelimit, 0,
	       INT32_MAX),
	NUMBER("ipv4/tcp_tw_reuse", tcp_tw_reuse, 0, 2),
	NUMBER("ipv4/tcp_max_tw_buckets", tcp_max_tw_buckets, 0, INT32_MAX),
	NUMBER("ipv4/tcp_rfc1337", tcp_rfc1337, 0, 1),
	NUMBER("ipv4/tcp_max_orphans", tcp_max_orphans, 0, INT32_MAX),
	NUMBER("ipv4/tcp_fastopen", tcp_fastopen, INT32_MIN, INT32_MAX),
	NUMBER("ipv4/tcp_fastopen_blackhole_timeout_sec",
	       tcp_fastopen_blackhole_timeout_sec, 0, INT32_MAX),
	NUMBER("ipv4/tcp_retries1", tcp_retries1, 0, 255),
	NUMBER("ipv4/tcp_retries2", tcp_retries2, 0, 255),
	NUMBER("ipv4/tcp_orphan_retries", tcp_orphan_retries, 0, 255),
	NUMBER("ipv4/tcp_fin_timeout", tcp_fin_timeout, 0, INT32_MAX / 1000),
	NUMBER("ipv4/tcp_keepalive_time", tcp_keepalive_time,
	       0, INT32_MAX / 1000),
	NUMBER("ipv4/tcp_keepalive_intvl", tcp_keepalive_intvl,
	       0, INT32_MAX / 1000),
	NUMBER("ipv4/tcp_keepalive_probes", tcp_keepalive_probes, 0, 255),
	NUMBER("ipv4/tcp_ecn", tcp_ecn, 0, 2),
	NUMBER("ipv4/tcp_ecn_fallback", tcp_ecn_fallback, 0, 1),
	NUMBER("ipv4/tcp_frto", tcp_frto, 0, 255),
	NUMBER("ipv4/tcp_recovery", tcp_recovery, 0, 255),
	NUMBER("ipv4/tcp_fack", tcp_fack, 0, 255),
	NUMBER("ipv4/tcp_early_retrans", tcp_early_retrans, 0, 4),
	NUMBER("ipv4/tcp_reordering", tcp_reordering, 1, 300),
	NUMBER("ipv4/tcp_max_reordering", tcp_max_reordering, 1, 65535),
	NUMBER("ipv4/tcp_retrans_collapse", tcp_retrans_collapse, 0, 255),
	NUMBER("ipv4/tcp_rto_min_us", tcp_rto_min_us, 1, INT32_MAX),
	NUMBER("ipv4/tcp_rto_max_ms", tcp_rto_max_ms, 1000, 120000),
	NUMBER("ipv4/tcp_min_rtt_wlen", tcp_min_rtt_wlen, 0, 86400),
	NUMBER("ipv4/tcp_thin_linear_timeouts", tcp_thin_linear_timeouts, 0,
	       1),
	NUMBER("ipv4/tcp_slow_start_after_idle", tcp_slow_start_after_idle, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_min_tso_segs", tcp_min_tso_segs, 1, UINT8_MAX),
	NUMBER("ipv4/tcp_tso_rtt_log", tcp_tso_rtt_log, 0, 31),
	NUMBER("ipv4/tcp_tso_win_divisor", tcp_tso_win_divisor, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_pacing_ss_ratio", tcp_pacing_ss_ratio, 0, 1000),
	NUMBER("ipv4/tcp_pacing_ca_ratio", tcp_pacing_ca_ratio, 0, 1000),
	NUMBER("ipv4/tcp_pace_initial_window", tcp_pace_initial_window, 0, 1),
	NUMBER("ipv4/tcp_mtu_probing", tcp_mtu_probing, 0, UINT8_MAX),
	NUMBER("ipv4/tcp_base_mss", tcp_base_mss, INT32_MIN, INT32_MAX),
	NUMBER("ipv4/tcp_mtu_probe_floor", tcp_mtu_probe_floor, 48, 32767),
	NUMBER("ipv4/tcp_min_snd_mss", tcp_min_snd_mss, 48, 65535),
	NUMBER("ipv4/tcp_probe_threshold", tcp_probe_threshold, 1, 65535),
	NUMBER("ipv4/tcp_probe_interval", tcp_probe_interval, 1, INT32_MAX),
};
/* clang-format on */

const struct tunable_table core_tunables = { table, ARRAY_LEN(table) };
