// SPDX-License-Identifier: MIT
/*
 * The settings of IP and its helpers, as files below /proc/sys/net: see
 * net/core/ip_tunables.h for what they hold. `all` and `default` stand here, an
 * interface's own in netif_tunables.c; writing `all/forwarding` (and ip_forward,
 * which is the same) sets every interface's, as on Linux.
 */
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/core/tunable.h"
#include "net/ip/anycast.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"

static void forwarding_changed(struct net *net) NET_THREAD_ROOT;

/* A router believes redirects and advertisements no more: what the settings
 * that follow mean is decided where they are read. */
static void forwarding_changed(struct net *net)
{
	struct ip_tunables *t = &net->tunables.ip;
	struct netif *netif;

	t->fresh.forwarding = t->all.forwarding;
	LIST_FOR_EACH(netif, &net->netifs, list)
		netif->conf.forwarding = t->all.forwarding;
	exceptions_flush(net, NULL);
}

static void forwarding6_changed(struct net *net) NET_THREAD_ROOT;

static void forwarding6_changed(struct net *net)
{
	struct ip_tunables *t = &net->tunables.ip;
	struct netif *netif;

	t->fresh6.forwarding = t->all6.forwarding;
	LIST_FOR_EACH(netif, &net->netifs, list) {
		netif->conf6.forwarding = t->all6.forwarding;
		anycast_forwarding(netif);
	}
}

static void disable6_changed(struct net *net) NET_THREAD_ROOT;

static void disable6_changed(struct net *net)
{
	struct ip_tunables *t = &net->tunables.ip;
	struct netif *netif;

	t->fresh6.disable_ipv6 = t->all6.disable_ipv6;
	LIST_FOR_EACH(netif, &net->netifs, list)
		autoconf_disable(netif, t->all6.disable_ipv6);
}

static int flush_exceptions(struct net *net, const char *text) NET_THREAD_ROOT;

/* net/ipv4/route/flush: any number will do. */
static int flush_exceptions(struct net *net, const char *text)
{
	exceptions_flush(net, NULL);
	return 0;
}

static void read_nothing(struct net *net, struct text *text)
{
}

/* ---- ip_local_reserved_ports: "80,8000-8010" ---- */

#define PORT_BYTES (65536 / 8)

static bool has_port(const struct net *net, uint32_t port)
{
	return port < 65536 && (net->reserved_ports[port / 8] >> port % 8 & 1);
}

static void read_reserved(struct net *net, struct text *text)
{
	const char *comma = "";

	if (!net->reserved_ports)
		return;
	for (uint32_t first = 0; first < 65536; first++) {
		uint32_t last = first;

		if (!has_port(net, first))
			continue;
		while (has_port(net, last + 1))
			last++;
		text_add(text, first == last ? "%s%u" : "%s%u-%u", comma, first,
			 last);
		comma = ",";
		first = last;
	}
}

static bool parse_port(const char **text, uint32_t *port)
{
	int64_t v;

	if (!parse_i64(text, 10, &v) || v < 0 || v > 65535)
		return false;
	*port = (uint32_t)v;
	return true;
}

static int parse_reserved(const char *text, uint8_t *bits)
{
	parse_blanks(&text);
	while (*text) {
		uint32_t first, last;

		if (!parse_port(&text, &first))
			return -EINVAL;
		last = first;
		if (*text == '-') {
			text++;
			if (!parse_port(&text, &last) || last < first)
				return -EINVAL;
		}
		for (uint32_t port = first; port <= last; port++)
			bits[port / 8] |= (uint8_t)(1 << port % 8);
		parse_blanks(&text);
		if (*text == ',')
			text++;
		else if (*text)
			return -EINVAL;
	}
	return 0;
}

static int write_reserved(struct net *net, const char *text)
{
	uint8_t *bits = port_alloc(PORT_BYTES);
	int err;

	if (!bits)
		return -ENOMEM;
	err = parse_reserved(text, bits);
	if (err) {
		port_free(bits);
		return err;
	}
	if (net->reserved_ports)
		port_free(net->reserved_ports);
	net->reserved_ports = bits;
	return 0;
}

/* ---- the table ---- */

/* clang-format off */
#define AT(field_) offsetof(struct net_tunables, field_)
#define NUMBER(path_, field_, least_, most_)                                 \
	{ .path = "net/" path_, .count = 1, .offset = AT(field_),            \
	  .least = (least_), .most = (most_) }
#define BETWEEN(path_, field_, bound_)                                       \
	{ .path = "net/" path_, .count = 1, .offset = AT(field_),            \
	  .least = 0, .most = INT32_MAX, bound_ }
#define CONF(name_, least_, most_)                                           \
	NUMBER("ipv4/conf/all/" #name_, ip.all.name_, least_, most_),        \
	NUMBER("ipv4/conf/default/" #name_, ip.fresh.name_, least_, most_)
#define CONF6(name_, least_, most_)                                          \
	NUMBER("ipv6/conf/all/" #name_, ip.all6.name_, least_, most_),       \
	NUMBER("ipv6/conf/default/" #name_, ip.fresh6.name_, least_, most_)
#define NEIGH(path_, field_, least_, most_)                                  \
	NUMBER("ipv4/neigh/default/" path_, ip.neigh4.field_, least_, most_),\
	NUMBER("ipv6/neigh/default/" path_, ip.neigh6.field_, least_, most_)
/* In units of so many milliseconds. */
#define TIME(path_, field_, unit_)                                           \
	{ .path = "net/" path_, .count = 1, .offset = AT(field_),            \
	  .least = 0, .most = INT32_MAX / (unit_), .unit = (unit_) }
#define NEIGH_TIME(path_, field_, unit_)                                     \
	TIME("ipv4/neigh/default/" path_, ip.neigh4.field_, unit_),          \
	TIME("ipv6/neigh/default/" path_, ip.neigh6.field_, unit_)

static const struct tunable table[] = {
	{ .path = "net/ipv4/ip_forward", .count = 1, .least = 0, .most = 1,
	  .offset = AT(ip.all.forwarding), .changed = forwarding_changed },
	{ .path = "net/ipv4/conf/all/forwarding", .count = 1, .least = 0,
	  .most = 1, .offset = AT(ip.all.forwarding),
	  .changed = forwarding_changed },
	NUMBER("ipv4/conf/default/forwarding", ip.fresh.forwarding, 0, 1),
	{ .path = "net/ipv4/route/flush", .count = 1, .least = INT32_MIN,
	  .most = INT32_MAX, .read = read_nothing, .write = flush_exceptions },
	{ .path = "net/ipv4/ip_local_reserved_ports", .count = 1,
	  .read = read_reserved, .write = write_reserved },
	NUMBER("ipv4/ip_forward_use_pmtu", ip.forward_use_pmtu, 0, 1),
	NUMBER("ipv4/ip_no_pmtu_disc", ip.no_pmtu_disc, 0, UINT8_MAX),
	NUMBER("ipv4/ip_nonlocal_bind", ip.nonlocal_bind, 0, 1),
	BETWEEN("ipv4/ipfrag_high_thresh", ip.frag_high, .not_below = AT(ip.frag_low)),
	BETWEEN("ipv4/ipfrag_low_thresh", ip.frag_low, .not_above = AT(ip.frag_high)),
	NUMBER("ipv4/ipfrag_time", ip.frag_time, 0, 86400),
	NUMBER("ipv4/ipfrag_max_dist", ip.frag_max_dist, 0, INT32_MAX),
	NUMBER("ipv4/route/min_pmtu", route_min_pmtu, 68, INT32_MAX),
	NUMBER("ipv4/route/mtu_expires", route_mtu_expires, 0, INT32_MAX),
	NUMBER("ipv4/route/redirect_load", ip.redirect_load, 0, INT32_MAX),
	NUMBER("ipv4/route/redirect_number", ip.redirect_number, 0, 24),
	NUMBER("ipv4/route/redirect_silence", ip.redirect_silence, 0,
	       INT32_MAX),
	NUMBER("ipv4/icmp_ratelimit", ip.icmp_ratelimit, 0, INT32_MAX),
	NUMBER("ipv4/icmp_ratemask", ip.icmp_ratemask, 0, INT32_MAX),
	NUMBER("ipv4/icmp_msgs_per_sec", ip.icmp_msgs_per_sec, 0, INT32_MAX),
	NUMBER("ipv4/icmp_msgs_burst", ip.icmp_msgs_burst, 0, INT32_MAX),
	NUMBER("ipv4/icmp_echo_ignore_all", ip.icmp_echo_ignore_all, 0, 1),
	NUMBER("ipv4/icmp_echo_ignore_broadcasts",
	       ip.icmp_echo_ignore_broadcasts, 0, 1),
	NUMBER("ipv4/icmp_ignore_bogus_error_responses",
	       ip.icmp_ignore_bogus_error_responses, 0, 1),
	NUMBER("ipv4/icmp_errors_use_inbound_ifaddr",
	       ip.icmp_errors_use_inbound_ifaddr, 0, 1),
	NUMBER("ipv4/igmp_max_memberships", ip.igmp_max_memberships, 0,
	       INT32_MAX),
	NUMBER("ipv4/igmp_max_msf", ip.igmp_max_msf, 0, 100000),
	NUMBER("ipv4/igmp_qrv", ip.igmp_qrv, 1, 255),
	NUMBER("ipv4/igmp_link_local_mcast_reports",
	       ip.igmp_link_local_mcast_reports, 0, 1),
	CONF(rp_filter, 0, 2),
	CONF(log_martians, 0, 1),
	CONF(accept_redirects, 0, 1),
	CONF(secure_redirects, 0, 1),
	CONF(send_redirects, 0, 1),
	CONF(shared_media, 0, 1),
	CONF(proxy_arp, 0, 1),
	CONF(accept_local, 0, 1),
	CONF(route_localnet, 0, 1),
	CONF(promote_secondaries, 0, 1),
	CONF(force_igmp_version, 0, 3),
	NUMBER("ipv4/conf/default/igmpv2_unsolicited_report_interval",
	       ip.fresh.igmpv2_interval, 0, INT32_MAX),
	NUMBER("ipv4/conf/default/igmpv3_unsolicited_report_interval",
	       ip.fresh.igmpv3_interval, 0, INT32_MAX),

	{ .path = "net/ipv6/conf/all/forwarding", .count = 1, .least = 0,
	  .most = 1, .offset = AT(ip.all6.forwarding),
	  .changed = forwarding6_changed },
	NUMBER("ipv6/conf/default/forwarding", ip.fresh6.forwarding, 0, 1),
	{ .path = "net/ipv6/conf/all/disable_ipv6", .count = 1, .least = 0,
	  .most = 1, .offset = AT(ip.all6.disable_ipv6),
	  .changed = disable6_changed },
	BETWEEN("ipv6/ip6frag_high_thresh", ip.frag6_high, .not_below = AT(ip.frag6_low)),
	BETWEEN("ipv6/ip6frag_low_thresh", ip.frag6_low, .not_above = AT(ip.frag6_high)),
	NUMBER("ipv6/ip6frag_time", ip.frag6_time, 0, 86400),
	NUMBER("ipv6/icmp/ratelimit", ip.icmp6_ratelimit, 0, INT32_MAX),
	NUMBER("ipv6/icmp/echo_ignore_all", ip.icmp6_echo_ignore_all, 0, 1),
	NUMBER("ipv6/icmp/echo_ignore_multicast",
	       ip.icmp6_echo_ignore_multicast, 0, 1),
	NUMBER("ipv6/auto_flowlabels", ip.auto_flowlabels, 0, 1),
	NUMBER("ipv6/flowlabel_state_ranges", ip.flowlabel_state_ranges, 0, 1),
	NUMBER("ipv6/mld_max_msf", ip.mld_max_msf, 0, 100000),
	NUMBER("ipv6/mld_qrv", ip.mld_qrv, 1, 255),
	NUMBER("ipv6/max_hbh_opts_number", ip.max_hbh_opts, 0, INT32_MAX),
	NUMBER("ipv6/max_dst_opts_number", ip.max_dst_opts, 0, INT32_MAX),
	CONF6(force_mld_version, 0, 2),
	CONF6(proxy_ndp, 0, 1),
#define FRESH6(name_, least_, most_)                                         \
	NUMBER("ipv6/conf/default/" #name_, ip.fresh6.name_, least_, most_)
	FRESH6(accept_ra, 0, 2),
	FRESH6(accept_ra_defrtr, 0, 1),
	FRESH6(accept_ra_pinfo, 0, 1),
	FRESH6(accept_ra_mtu, 0, 1),
	FRESH6(accept_ra_from_local, 0, 1),
	FRESH6(accept_ra_min_hop_limit, 0, INT32_MAX),
	FRESH6(accept_ra_min_lft, 0, INT32_MAX),
	FRESH6(accept_ra_rtr_pref, 0, 1),
	FRESH6(accept_ra_rt_info_min_plen, 0, INT32_MAX),
	FRESH6(accept_ra_rt_info_max_plen, 0, INT32_MAX),
	FRESH6(ra_defrtr_metric, 1, INT32_MAX),
	FRESH6(accept_redirects, 0, 1),
	FRESH6(autoconf, 0, 1),
	FRESH6(accept_dad, 0, 2),
	FRESH6(dad_transmits, 0, 100),
	FRESH6(router_solicitations, -1, INT32_MAX),
	FRESH6(router_solicitation_interval, 1, 86400),
	FRESH6(addr_gen_mode, 0, 1),
	FRESH6(hop_limit, 1, 255),
	FRESH6(use_tempaddr, -1, 2),
	FRESH6(temp_valid_lft, 0, INT32_MAX),
	FRESH6(temp_prefered_lft, 0, INT32_MAX),
	FRESH6(max_desync_factor, 0, INT32_MAX),
	FRESH6(max_addresses, 0, INT32_MAX),
	FRESH6(disable_ipv6, 0, 1),
	NEIGH("gc_thresh1", gc_thresh1, 0, INT32_MAX),
	NEIGH("gc_thresh2", gc_thresh2, 0, INT32_MAX),
	NEIGH("gc_thresh3", gc_thresh3, 0, INT32_MAX),
	NEIGH_TIME("gc_interval", gc_interval, 1000),
	NEIGH_TIME("gc_stale_time", gc_stale, 1000),
	NEIGH_TIME("base_reachable_time", base_reachable, 1000),
	NEIGH("base_reachable_time_ms", base_reachable, 1, INT32_MAX),
	NEIGH("retrans_time_ms", retrans, 1, INT32_MAX),
	NEIGH_TIME("delay_first_probe_time", delay_probe, 1000),
	NEIGH_TIME("proxy_delay", proxy_delay, 10),
	NEIGH_TIME("locktime", locktime, 10),
	NEIGH_TIME("anycast_delay", anycast_delay, 10),
	NEIGH("mcast_solicit", mcast_solicit, 0, 255),
	NEIGH("ucast_solicit", ucast_solicit, 0, 255),
	NEIGH("app_solicit", app_solicit, 0, 255),
	NEIGH("mcast_resolicit", mcast_resolicit, 0, 255),
	NEIGH("proxy_qlen", proxy_qlen, 0, INT32_MAX),
	NEIGH("unres_qlen", unres_qlen, 0, 65535),
	NEIGH("unres_qlen_bytes", unres_qlen_bytes, 0, INT32_MAX),
};
/* clang-format on */

const struct tunable_table ip_tunables = { table, ARRAY_LEN(table) };
