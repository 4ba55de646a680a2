// SPDX-License-Identifier: MIT
/*
 * The settings of one interface, as files below net/ipvN/conf/NAME and
 * net/ipvN/neigh/NAME of /proc/sys: the fields of struct ip_conf, ip6_conf and
 * neighbour_conf in its struct netif. `all` and `default` are in tunables.c; how `all` and an
 * interface's own combine is said at conf_any() and its like.
 */
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "net/core/exception.h"
#include "net/core/instance.h"
#include "net/ip/anycast.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"

static void forwarding_changed(struct netif *netif) NET_THREAD_ROOT;
static int write_disable(struct netif *netif, const char *text) NET_THREAD_ROOT;
static int write_mode(struct netif *netif, const char *text) NET_THREAD_ROOT;
static int write_secret(struct netif *netif, const char *text) NET_THREAD_ROOT;

/* What was learned from redirects counts no more. */
static void forwarding_changed(struct netif *netif)
{
	exceptions_flush(netif->net, netif);
}

static int parse_one(const char *text, int64_t least, int64_t most,
		     int32_t *value)
{
	int64_t v;

	parse_blanks(&text);
	if (!parse_i64(&text, 0, &v) || v < least || v > most)
		return -EINVAL;
	parse_blanks(&text);
	if (*text)
		return -EINVAL;
	*value = (int32_t)v;
	return 0;
}

/* ---- IPv6 off and on ---- */

static void read_disable(struct netif *netif, struct text *text)
{
	text_add(text, "%d", netif->conf6.disable_ipv6);
}

static int write_disable(struct netif *netif, const char *text)
{
	int32_t value;
	int err = parse_one(text, 0, 1, &value);

	if (!err)
		autoconf_disable(netif, value);
	return err;
}

/* ---- The link's MTU, or a smaller one for IPv6 (RFC 4861 4.6.4) ---- */

static void read_mtu(struct netif *netif, struct text *text)
{
	uint32_t own = (uint32_t)netif->conf6.mtu;

	text_add(text, "%u", own ? MIN(own, netif->mtu) : netif->mtu);
}

static int write_mtu(struct netif *netif, const char *text)
{
	return parse_one(text, 1280, netif->mtu, &netif->conf6.mtu);
}

/* ---- How addresses are made (RFC 4291, RFC 7217) ---- */

static void read_mode(struct netif *netif, struct text *text)
{
	text_add(text, "%d", netif->conf6.addr_gen_mode);
}

static int write_mode(struct netif *netif, const char *text)
{
	int32_t value;
	int err = parse_one(text, GENERATE_EUI64, GENERATE_RANDOM, &value);

	if (!err)
		err = autoconf_set_mode(netif, value);
	return err;
}

/* Written like an IPv6 address; Linux: unreadable until there is one. */
static void read_secret(struct netif *netif, struct text *text)
{
	const uint8_t *s = netif->conf6.stable_secret;

	if (!netif->conf6.has_secret)
		return;
	for (int i = 0; i < 16; i += 2)
		text_add(text, i ? ":%02x%02x" : "%02x%02x", s[i], s[i + 1]);
}

static int write_secret(struct netif *netif, const char *text)
{
	struct net_addr secret;

	if (addr_parse(text, &secret) || addr_is_ip4(&secret))
		return -EINVAL;
	memcpy(netif->conf6.stable_secret, secret.b, 16);
	netif->conf6.has_secret = true;
	return autoconf_set_mode(netif, GENERATE_STABLE);
}

/* ---- The table ---- */

/* clang-format off */
#define OF_NETIF(path_, field_, least_, most_)                               \
	{ .path = "net/" path_, .count = 1, .of_netif = true,                \
	  .offset = offsetof(struct netif, field_),                          \
	  .least = (least_), .most = (most_) }
#define CONF(name_, least_, most_)                                           \
	OF_NETIF("ipv4/conf/*/" #name_, conf.name_, least_, most_)
#define CONF6(name_, least_, most_)                                          \
	OF_NETIF("ipv6/conf/*/" #name_, conf6.name_, least_, most_)
#define SPECIAL6(name_, read_, write_)                                       \
	{ .path = "net/ipv6/conf/*/" name_, .count = 1, .of_netif = true,    \
	  .read_of = (read_), .write_of = (write_) }
#define NEIGH(path_, field_, least_, most_)                                  \
	OF_NETIF("ipv4/neigh/*/" path_, neigh4.field_, least_, most_),       \
	OF_NETIF("ipv6/neigh/*/" path_, neigh6.field_, least_, most_)
/* In units of so many milliseconds. */
#define TIME(path_, field_, unit_)                                           \
	{ .path = "net/" path_, .count = 1, .of_netif = true,                \
	  .offset = offsetof(struct netif, field_), .least = 0,              \
	  .most = INT32_MAX / (unit_), .unit = (unit_) }
#define NEIGH_TIME(path_, field_, unit_)                                     \
	TIME("ipv4/neigh/*/" path_, neigh4.field_, unit_),                   \
	TIME("ipv6/neigh/*/" path_, neigh6.field_, unit_)

static const struct tunable table[] = {
	{ .path = "net/ipv4/conf/*/forwarding", .count = 1, .of_netif = true,
	  .offset = offsetof(struct netif, conf.forwarding), .least = 0,
	  .most = 1, .changed_of = forwarding_changed },
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
	OF_NETIF("ipv4/conf/*/igmpv2_unsolicited_report_interval",
		 conf.igmpv2_interval, 0, INT32_MAX),
	OF_NETIF("ipv4/conf/*/igmpv3_unsolicited_report_interval",
		 conf.igmpv3_interval, 0, INT32_MAX),

	{ .path = "net/ipv6/conf/*/forwarding", .count = 1, .of_netif = true,
	  .offset = offsetof(struct netif, conf6.forwarding), .least = 0,
	  .most = 1, .changed_of = anycast_forwarding },
	CONF6(hop_limit, 1, 255),
	SPECIAL6("mtu", read_mtu, write_mtu),
	CONF6(accept_ra, 0, 2),
	CONF6(accept_ra_defrtr, 0, 1),
	CONF6(accept_ra_pinfo, 0, 1),
	CONF6(accept_ra_mtu, 0, 1),
	CONF6(accept_ra_from_local, 0, 1),
	CONF6(accept_ra_min_hop_limit, 0, INT32_MAX),
	CONF6(accept_ra_min_lft, 0, INT32_MAX),
	CONF6(accept_ra_rtr_pref, 0, 1),
	CONF6(accept_ra_rt_info_min_plen, 0, INT32_MAX),
	CONF6(accept_ra_rt_info_max_plen, 0, INT32_MAX),
	CONF6(ra_defrtr_metric, 1, INT32_MAX),
	CONF6(accept_redirects, 0, 1),
	CONF6(autoconf, 0, 1),
	CONF6(accept_dad, 0, 2),
	CONF6(dad_transmits, 0, 100),
	CONF6(router_solicitations, -1, INT32_MAX),
	CONF6(router_solicitation_interval, 1, 86400),
	CONF6(proxy_ndp, 0, 1),
	CONF6(force_mld_version, 0, 2),
	OF_NETIF("ipv6/conf/*/mldv1_unsolicited_report_interval",
		 conf6.mldv1_interval, 0, INT32_MAX),
	OF_NETIF("ipv6/conf/*/mldv2_unsolicited_report_interval",
		 conf6.mldv2_interval, 0, INT32_MAX),
	CONF6(use_tempaddr, -1, 2),
	CONF6(temp_valid_lft, 0, INT32_MAX),
	CONF6(temp_prefered_lft, 0, INT32_MAX),
	CONF6(max_desync_factor, 0, INT32_MAX),
	CONF6(max_addresses, 0, INT32_MAX),
	SPECIAL6("addr_gen_mode", read_mode, write_mode),
	SPECIAL6("stable_secret", read_secret, write_secret),
	SPECIAL6("disable_ipv6", read_disable, write_disable),

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

const struct tunable_table netif_tunables = { table, ARRAY_LEN(table) };
