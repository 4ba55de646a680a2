// SPDX-License-Identifier: MIT
/*
 * Settings of one stack, under the names that Linux gives them below /proc/sys.
 * Code that obeys a setting reads its field in `net->tunables`; the tables say
 * where it stands, what its bounds are, and how it is written as text. A
 * setting is in a table only if something obeys it.
 *
 * To add one: a field, its default in tunables_init(), a line in a table.
 * Settings that are not plain numbers bring their own functions; a protocol
 * keeps a table of its own for these (net/tunables.c knows all tables).
 */
#pragma once

#include "lib/format.h"
#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/ip_tunables.h"

struct net;
struct netif;

struct net_tunables {
	/* net/core */
	int32_t rmem_default, rmem_max; /* bytes */
	int32_t wmem_default, wmem_max;
	int32_t somaxconn;

	/* net/ipv4 */
	int32_t ip_default_ttl;
	int32_t ip_local_port_range[2];
	int32_t route_min_pmtu; /* bytes */
	int32_t route_mtu_expires; /* seconds */
	struct ip_tunables ip; /* and net/ipv6 */

	int32_t tcp_rmem[3], tcp_wmem[3]; /* bytes: least, default, most */
	int32_t tcp_window_scaling;
	int32_t tcp_timestamps; /* 1 with random offsets, 2 without */
	int32_t tcp_sack, tcp_dsack;
	int32_t tcp_adv_win_scale, tcp_app_win; /* window.c */
	int32_t tcp_moderate_rcvbuf, tcp_shrink_window;
	int32_t tcp_comp_sack_delay_ns, tcp_comp_sack_nr;
	int32_t tcp_pingpong_thresh;
	int32_t tcp_stdurg;
	int32_t tcp_syn_retries, tcp_synack_retries;
	int32_t tcp_syncookies; /* 0 never, 1 when the queue is full, 2 always */
	int32_t tcp_max_syn_backlog;
	int32_t tcp_abort_on_overflow;
	int32_t tcp_challenge_ack_limit; /* per second */
	int32_t tcp_invalid_ratelimit; /* milliseconds */
	int32_t tcp_tw_reuse; /* 0 no, 1 yes, 2 over loopback */
	int32_t tcp_max_tw_buckets;
	int32_t tcp_rfc1337;
	int32_t tcp_max_orphans;
	int32_t tcp_fastopen; /* bits: net/tcp/fastopen.h */
	int32_t tcp_fastopen_blackhole_timeout_sec;
	int32_t tcp_no_metrics_save;
	int32_t tcp_retries1, tcp_retries2;
	int32_t tcp_orphan_retries; /* 0: 8 */
	int32_t tcp_fin_timeout; /* seconds */
	int32_t tcp_keepalive_time, tcp_keepalive_intvl; /* seconds */
	int32_t tcp_keepalive_probes;

	/* What the sender obeys. */
	int32_t tcp_ecn; /* 0 never, 1 ask, 2 when the peer asks */
	int32_t tcp_ecn_fallback;
	int32_t tcp_frto;
	int32_t tcp_recovery; /* enum rack_setting */
	/* Nothing obeys it, in Linux since 4.15 neither: testers set it. */
	int32_t tcp_fack;
	int32_t tcp_early_retrans; /* 3 and 4: tail loss probes */
	int32_t tcp_reordering, tcp_max_reordering;
	int32_t tcp_retrans_collapse;
	int32_t tcp_rto_min_us, tcp_rto_max_ms;
	int32_t tcp_min_rtt_wlen; /* seconds */
	int32_t tcp_thin_linear_timeouts;
	int32_t tcp_slow_start_after_idle;
	int32_t tcp_min_tso_segs, tcp_tso_rtt_log, tcp_tso_win_divisor;
	int32_t tcp_pacing_ss_ratio, tcp_pacing_ca_ratio; /* percent */
	int32_t tcp_pace_initial_window;
	uint32_t tcp_notsent_lowat; /* bytes; all ones: no limit */
	int32_t tcp_mtu_probing, tcp_base_mss, tcp_mtu_probe_floor;
	int32_t tcp_min_snd_mss, tcp_probe_threshold, tcp_probe_interval;
};

struct tunable {
	const char *path; /* below /proc/sys: "net/ipv4/tcp_sack" */
	uint16_t offset; /* in struct net_tunables: int32_t[count] */
	/* One of each interface, whose name stands where the path has a '*';
	 * the offset is in struct netif. */
	bool of_netif;
	uint8_t count;
	bool read_only, secret; /* secret: the administrator alone reads it */
	int32_t least, most; /* of each number */
	int32_t unit; /* 0, or what a number is multiplied by to be stored */
	/* Where the setting stands that this one may not be below, or above;
	 * 0: there is none. */
	uint16_t not_below, not_above;
	/* Instead of what plain numbers do, or NULL. write: 0 or -EINVAL ...;
	 * the text has no newline at its end. */
	void (*read)(struct net *net, struct text *text);
	int (*write)(struct net *net, const char *text);
	/* After a number was changed; may be NULL. */
	void (*changed)(struct net *net);
	/* The same for an interface's, which have these instead of the three
	 * above. */
	void (*read_of)(struct netif *netif, struct text *text);
	int (*write_of)(struct netif *netif, const char *text);
	void (*changed_of)(struct netif *netif);
};

struct tunable_table {
	const struct tunable *entries;
	uint32_t count;
};

/* Those of net/core and of plain numbers. */
extern const struct tunable_table core_tunables;

/* Linux's defaults. */
void tunables_init(struct net_tunables *tunables);

/* The value as /proc shows it, without the newline. */
void tunable_read(struct net *net, const struct tunable *tunable,
		  struct text *text) ON_NET_THREAD;
/* -EINVAL: not a number, too many of them, or out of bounds; nothing is changed
 * then. Fewer numbers than there are leave the rest as it is (Linux). -EPERM:
 * read only. */
int tunable_write(struct net *net, const struct tunable *tunable,
		  const char *text) ON_NET_THREAD;
/* The same of an interface's. */
void tunable_read_of(struct netif *netif, const struct tunable *tunable,
		     struct text *text) ON_NET_THREAD;
int tunable_write_of(struct netif *netif, const struct tunable *tunable,
		     const char *text) ON_NET_THREAD;
