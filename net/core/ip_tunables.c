// SPDX-License-Identifier: MIT
/*
 * Defaults of the settings of IP and its helpers: Linux's.
 */
#include "net/core/ip_tunables.h"

static void init_conf(struct ip_conf *c)
{
	*c = (struct ip_conf){
		.accept_redirects = 1,
		.secure_redirects = 1,
		.send_redirects = 1,
		.shared_media = 1,
		.igmpv2_interval = 10000,
		.igmpv3_interval = 1000,
	};
}

static void init_conf6(struct ip6_conf *c)
{
	*c = (struct ip6_conf){
		.hop_limit = 64,
		.accept_ra = 1,
		.accept_redirects = 1,
		.autoconf = 1,
		.accept_ra_defrtr = 1,
		.accept_ra_pinfo = 1,
		.accept_ra_mtu = 1,
		.accept_ra_min_hop_limit = 1,
		.accept_ra_rtr_pref = 1,
		.ra_defrtr_metric = 1024,
		.accept_dad = 1,
		.dad_transmits = 1,
		.router_solicitations = -1,
		.router_solicitation_interval = 4,
		.mldv1_interval = 10000,
		.mldv2_interval = 1000,
		.addr_gen_mode = GENERATE_EUI64,
		.temp_valid_lft = 7 * 86400,
		.temp_prefered_lft = 86400,
		.max_desync_factor = 600,
		.max_addresses = 16,
	};
}

static void init_neighbours(struct neighbour_conf *c, int32_t locktime)
{
	*c = (struct neighbour_conf){
		.gc_thresh1 = 128,
		.gc_thresh2 = 512,
		.gc_thresh3 = 1024,
		.gc_interval = 30000,
		.gc_stale = 60000,
		.base_reachable = 30000,
		.retrans = 1000,
		.delay_probe = 5000,
		.anycast_delay = 1000,
		.proxy_delay = 800,
		.locktime = locktime,
		.mcast_solicit = 3,
		.ucast_solicit = 3,
		.unres_qlen = 101,
		.unres_qlen_bytes = 212992,
		.proxy_qlen = 64,
	};
}

void ip_tunables_init(struct ip_tunables *t)
{
	*t = (struct ip_tunables){
		.frag_high = 4 << 20,
		.frag_low = 3 << 20,
		.frag_time = 30,
		.frag_max_dist = 64,
		.icmp_ratelimit = 1000,
		.icmp_ratemask = 0x1818,
		.icmp_msgs_per_sec = 1000,
		.icmp_msgs_burst = 50,
		.icmp_echo_ignore_broadcasts = 1,
		.icmp_ignore_bogus_error_responses = 1,
		.redirect_load = 20,
		.redirect_number = 9,
		.redirect_silence = 20480,
		.igmp_max_memberships = 20,
		.igmp_max_msf = 10,
		.igmp_qrv = 2,
		.igmp_link_local_mcast_reports = 1,
		.frag6_high = 4 << 20,
		.frag6_low = 3 << 20,
		.frag6_time = 60,
		.icmp6_ratelimit = 1000,
		.mld_max_msf = 64,
		.mld_qrv = 2,
		.max_hbh_opts = 8,
		.auto_flowlabels = 1,
		.max_dst_opts = 8,
	};
	init_conf(&t->all);
	init_conf(&t->fresh);
	init_conf6(&t->all6);
	init_conf6(&t->fresh6);
	init_neighbours(&t->neigh4, 1000);
	init_neighbours(&t->neigh6, 0);
}
