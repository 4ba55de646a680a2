// SPDX-License-Identifier: MIT
/*
 * Settings of IP, ICMP, groups and neighbours: part of struct net_tunables (see
 * tunable.h), with Linux's names and defaults. What Linux keeps for each
 * interface is a struct ip_conf: `all`, `default` (what a new interface begins
 * with), and one in each netif. How `all` and an interface's own combine is
 * said at conf_any() and its like. The tables are in net/ip/tunables.c.
 */
#pragma once

#include "lib/types.h"

struct netif;
struct net;

/* net/ipv4/conf/NAME/ */
struct ip_conf {
	int32_t forwarding;
	int32_t rp_filter; /* 0 off, 1 strict, 2 loose */
	int32_t log_martians;
	int32_t accept_redirects, secure_redirects, send_redirects;
	int32_t shared_media;
	int32_t proxy_arp;
	int32_t accept_local;
	int32_t route_localnet;
	int32_t promote_secondaries;
	int32_t force_igmp_version;
	int32_t igmpv2_interval, igmpv3_interval; /* milliseconds */
};

/* net/ipv6/conf/NAME/ */
struct ip6_conf {
	int32_t forwarding, hop_limit;
	int32_t mtu; /* 0: the link's */
	int32_t accept_ra, accept_redirects, autoconf;
	int32_t accept_ra_defrtr, accept_ra_pinfo, accept_ra_mtu;
	int32_t accept_ra_from_local, accept_ra_min_hop_limit;
	int32_t accept_ra_min_lft; /* seconds */
	int32_t accept_ra_rtr_pref; /* RFC 4191 */
	int32_t accept_ra_rt_info_min_plen, accept_ra_rt_info_max_plen;
	int32_t ra_defrtr_metric;
	int32_t accept_dad, dad_transmits;
	int32_t router_solicitations; /* -1: for ever */
	int32_t router_solicitation_interval; /* s */
	int32_t disable_ipv6;
	int32_t proxy_ndp;
	int32_t force_mld_version;
	int32_t mldv1_interval, mldv2_interval; /* milliseconds */
	int32_t addr_gen_mode; /* enum address_generation */
	/* RFC 8981: 0 none, 1 made, 2 preferred; seconds. */
	int32_t use_tempaddr, temp_valid_lft, temp_prefered_lft;
	int32_t max_desync_factor, max_addresses;
	bool has_secret; /* RFC 7217 */
	uint8_t stable_secret[16];
};

enum address_generation {
	GENERATE_EUI64,
	GENERATE_NONE,
	GENERATE_STABLE, /* RFC 7217, with stable_secret */
	GENERATE_RANDOM, /* the same with a secret that is made up */
};

/* net/ipv4/neigh/NAME/ and net/ipv6/neigh/NAME/: times in milliseconds. */
struct neighbour_conf {
	int32_t gc_thresh1, gc_thresh2, gc_thresh3; /* `default` alone */
	int32_t gc_interval; /* the same */
	int32_t gc_stale, base_reachable, retrans, delay_probe;
	int32_t anycast_delay, proxy_delay, locktime;
	int32_t mcast_solicit, ucast_solicit, app_solicit, mcast_resolicit;
	int32_t unres_qlen, unres_qlen_bytes; /* packets; bytes */
	int32_t proxy_qlen; /* answers that wait */
};

struct ip_tunables {
	/* net/ipv4 */
	int32_t forward_use_pmtu; /* ip_forward_use_pmtu */
	int32_t no_pmtu_disc; /* ip_no_pmtu_disc */
	int32_t nonlocal_bind; /* ip_nonlocal_bind */
	int32_t frag_high, frag_low, frag_time, frag_max_dist; /* ipfrag_ */
	int32_t icmp_ratelimit, icmp_ratemask;
	int32_t icmp_msgs_per_sec, icmp_msgs_burst;
	int32_t icmp_echo_ignore_all, icmp_echo_ignore_broadcasts;
	int32_t icmp_ignore_bogus_error_responses;
	int32_t icmp_errors_use_inbound_ifaddr;
	int32_t redirect_load, redirect_number, redirect_silence; /* route/ */
	int32_t igmp_max_memberships, igmp_max_msf, igmp_qrv;
	int32_t igmp_link_local_mcast_reports;
	struct ip_conf all, fresh; /* fresh: conf/default */
	struct neighbour_conf neigh4, neigh6;
	/* net/ipv6 */
	int32_t frag6_high, frag6_low, frag6_time;
	int32_t icmp6_ratelimit, icmp6_echo_ignore_all;
	int32_t icmp6_echo_ignore_multicast;
	int32_t mld_max_msf, mld_qrv;
	int32_t max_hbh_opts, max_dst_opts;
	int32_t auto_flowlabels; /* 0: never; 1: unless a socket does not want */
	int32_t flowlabel_state_ranges;
	struct ip6_conf all6, fresh6;
};

void ip_tunables_init(struct ip_tunables *t);

/* An interface's setting is on if `all` or its own is; if both are; the greater
 * of both. */
#define conf_any(netif, field) \
	((netif)->net->tunables.ip.all.field || (netif)->conf.field)
#define conf_both(netif, field) \
	((netif)->net->tunables.ip.all.field && (netif)->conf.field)
#define conf_most(netif, field) \
	MAX((netif)->net->tunables.ip.all.field, (netif)->conf.field)
