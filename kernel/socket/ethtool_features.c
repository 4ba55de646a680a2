// SPDX-License-Identifier: MIT
/*
 * SIOCETHTOOL: what a card does for the stack, and who does it otherwise. The
 * names are Linux's, all of them, since ethtool(8) asks for the list; those that
 * no interface here has are off and cannot be changed. What is switched off the
 * stack does itself: checksums, and the cutting of large packets.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define NAME_LENGTH 32 /* ETH_GSTRING_LEN */
#define SET_FEATURES 4 /* ETH_SS_FEATURES */
#define ALWAYS (1u << 31) /* on, and not to be changed */
#define UNSUPPORTED 1 /* ETHTOOL_F_UNSUPPORTED: not all was done */

/* clang-format off */
static const struct {
	const char *name;
	uint32_t feature; /* enum netif_features */
} features[] = {
	{ "rx-checksum", NETIF_RX_CHECKSUM },
	{ "tx-checksum-ipv4", 0 },
	{ "tx-checksum-ip-generic", NETIF_TX_CHECKSUM },
	{ "tx-checksum-ipv6", 0 },
	{ "tx-checksum-fcoe-crc", 0 },
	{ "tx-checksum-sctp", 0 },
	{ "tx-scatter-gather", ALWAYS },
	{ "tx-scatter-gather-fraglist", 0 },
	{ "tx-tcp-segmentation", NETIF_TSO4 },
	{ "tx-tcp-ecn-segmentation", 0 },
	{ "tx-tcp-mangleid-segmentation", 0 },
	{ "tx-tcp6-segmentation", NETIF_TSO6 },
	{ "tx-generic-segmentation", ALWAYS },
	{ "rx-gro", 0 },
	{ "rx-lro", 0 },
	{ "rx-vlan-hw-parse", 0 },
	{ "tx-vlan-hw-insert", 0 },
	{ "rx-ntuple-filter", 0 },
	{ "rx-hashing", 0 },
	{ "highdma", 0 },
	{ "rx-vlan-filter", 0 },
	{ "vlan-challenged", 0 },
	{ "tx-gso-robust", 0 },
	{ "tx-fcoe-segmentation", 0 },
	{ "tx-gre-segmentation", 0 },
	{ "tx-gre-csum-segmentation", 0 },
	{ "tx-ipxip4-segmentation", 0 },
	{ "tx-ipxip6-segmentation", 0 },
	{ "tx-udp_tnl-segmentation", 0 },
	{ "tx-udp_tnl-csum-segmentation", 0 },
	{ "tx-gso-partial", 0 },
	{ "tx-tunnel-remcsum-segmentation", 0 },
	{ "tx-sctp-segmentation", 0 },
	{ "tx-esp-segmentation", 0 },
	{ "tx-udp-segmentation", NETIF_USO },
	{ "tx-gso-list", 0 },
	{ "tx-nocache-copy", 0 },
	{ "loopback", 0 },
	{ "rx-fcs", 0 },
	{ "rx-all", 0 },
	{ "tx-vlan-stag-hw-insert", 0 },
	{ "rx-vlan-stag-hw-parse", 0 },
	{ "rx-vlan-stag-filter", 0 },
	{ "l2-fwd-offload", 0 },
	{ "hw-tc-offload", 0 },
	{ "esp-hw-offload", 0 },
	{ "esp-tx-csum-hw-offload", 0 },
	{ "rx-udp_tunnel-port-offload", 0 },
	{ "tls-hw-tx-offload", 0 },
	{ "tls-hw-rx-offload", 0 },
	{ "rx-gro-hw", 0 },
	{ "tls-hw-record", 0 },
	{ "rx-gro-list", 0 },
	{ "macsec-hw-offload", 0 },
	{ "rx-udp-gro-forwarding", 0 },
	{ "hsr-tag-ins-offload", 0 },
	{ "hsr-tag-rm-offload", 0 },
	{ "hsr-fwd-offload", 0 },
	{ "hsr-dup-offload", 0 },
};
/* clang-format on */

#define COUNT ARRAY_LEN(features)
#define BLOCKS DIV_ROUND_UP(COUNT, 32u)

/* ---- Names ---- */

/* struct ethtool_sset_info: which of the sets there are, and their sizes. */
long ethtool_string_sets(uaddr_t at)
{
	uint64_t mask;
	long error;

	if (get_user_64(&mask, at + 8))
		return -EFAULT;
	if (!mask)
		return 0;
	mask &= 1u << SET_FEATURES;
	error = put_user_64(at + 8, mask);
	return !error && mask ? put_user_32(at + 16, COUNT) : error;
}

/* struct ethtool_gstrings */
long ethtool_strings(uaddr_t at)
{
	char name[NAME_LENGTH];
	uint32_t set;
	long error;

	if (get_user_32(&set, at + 4))
		return -EFAULT;
	if (set != SET_FEATURES)
		return -EOPNOTSUPP;
	error = put_user_32(at + 8, COUNT);
	for (uint32_t i = 0; i < COUNT && !error; i++) {
		memset(name, 0, sizeof name);
		string_copy(name, features[i].name, sizeof name);
		error = copy_to_user(at + 12 + i * NAME_LENGTH, name,
				     sizeof name);
	}
	return error;
}

/* ---- Values ---- */

static bool may_change(const struct netif_info *info, uint32_t feature)
{
	return feature & info->features_can & ~ALWAYS;
}

static bool is_on(const struct netif_info *info, uint32_t feature)
{
	return feature & (info->features | ALWAYS);
}

/* struct ethtool_gfeatures: available, requested, active, never changed. */
long ethtool_get_features(const struct netif_info *info, uaddr_t at)
{
	uint32_t out[BLOCKS][4] = { { 0 } }, room;
	long error;

	if (get_user_32(&room, at + 4))
		return -EFAULT;
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t bit = 1u << i % 32, feature = features[i].feature;
		uint32_t *block = out[i / 32];

		if (may_change(info, feature))
			block[0] |= bit;
		if (feature & info->features_wanted)
			block[1] |= bit;
		if (is_on(info, feature))
			block[2] |= bit;
		if (!may_change(info, feature))
			block[3] |= bit;
	}
	error = put_user_32(at + 4, BLOCKS);
	return error ? error :
		       copy_to_user(at + 8, out,
				    MIN(room, BLOCKS) * sizeof out[0]);
}

struct change {
	struct net *net;
	struct config_request request;
};

static void post(void *arg)
{
	struct change *change = arg;

	net_configure(change->net, &change->request);
}

static long change(struct net *net, const struct netif_info *info,
		   uint32_t which, uint32_t value)
{
	struct change change = { .net = net };

	change.request.op = CONFIG_SET_FEATURES;
	change.request.netif = info->index;
	change.request.number = which << 16 | (value & which);
	return socket_wait_request(&change.request.request, post, &change);
}

/* struct ethtool_sfeatures: valid, requested. */
long ethtool_set_features(struct net *net, const struct netif_info *info,
			  uaddr_t at)
{
	uint32_t in[BLOCKS][2], size, which = 0, value = 0;
	bool refused = false;
	long error;

	if (get_user_32(&size, at + 4))
		return -EFAULT;
	if (size != BLOCKS)
		return -EINVAL;
	if (copy_from_user(in, at + 8, sizeof in))
		return -EFAULT;
	if (COUNT % 32 && in[BLOCKS - 1][0] >> COUNT % 32)
		return -EINVAL;
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t feature = features[i].feature;

		if (!(in[i / 32][0] >> i % 32 & 1))
			continue;
		if (!may_change(info, feature)) {
			refused = true;
			continue;
		}
		which |= feature;
		if (in[i / 32][1] >> i % 32 & 1)
			value |= feature;
	}
	error = which ? change(net, info, which, value) : 0;
	return error ? error : (refused ? UNSUPPORTED : 0);
}

/* ---- The older commands: a value for each ---- */

static const struct {
	uint8_t get, set;
	uint32_t feature;
} old[] = {
	{ 0x14, 0x15, NETIF_RX_CHECKSUM },
	{ 0x16, 0x17, NETIF_TX_CHECKSUM },
	{ 0x18, 0x19, ALWAYS }, /* scatter-gather */
	{ 0x1e, 0x1f, NETIF_TSO4 | NETIF_TSO6 },
	{ 0x23, 0x24, ALWAYS }, /* GSO */
	{ 0x25, 0x26, 0 }, /* flags: LRO and the like */
	{ 0x2b, 0x2c, 0 }, /* GRO */
};

bool ethtool_is_old_get(uint32_t command)
{
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		if (old[i].get == command)
			return true;
	return false;
}

bool ethtool_is_old_set(uint32_t command)
{
	for (size_t i = 0; i < ARRAY_LEN(old); i++)
		if (old[i].set == command)
			return true;
	return false;
}

long ethtool_old_value(struct net *net, const struct netif_info *info,
		       uint32_t command, uaddr_t at)
{
	uint32_t value;

	for (size_t i = 0; i < ARRAY_LEN(old); i++) {
		uint32_t feature = old[i].feature;

		if (old[i].get == command)
			return put_user_32(at + 4, is_on(info, feature));
		if (old[i].set != command)
			continue;
		if (get_user_32(&value, at + 4))
			return -EFAULT;
		if (!may_change(info, feature))
			return !value == !is_on(info, feature) ? 0 :
								 -EOPNOTSUPP;
		feature &= info->features_can;
		return change(net, info, feature, value ? feature : 0);
	}
	return -EOPNOTSUPP;
}
