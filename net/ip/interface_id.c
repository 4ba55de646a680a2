// SPDX-License-Identifier: MIT
/*
 * The lower half of an IPv6 address that the host makes itself: from the MAC
 * (RFC 4291 appendix A), from a secret and the prefix (RFC 7217: stable on one
 * network, unrelated between two), or by chance (RFC 8981).
 */
#include "lib/errno.h"
#include "lib/siphash.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/ip/ndisc.h"

static void from_mac(const uint8_t *mac, uint8_t *id)
{
	id[0] = mac[0] ^ 2;
	id[1] = mac[1];
	id[2] = mac[2];
	id[3] = 0xff;
	id[4] = 0xfe;
	memcpy(id + 5, mac + 3, 3);
}

static void from_secret(const struct netif *netif, const uint8_t *prefix,
			uint8_t attempts, uint8_t *id)
{
	struct siphash_key key = netif->net->secret;
	uint8_t bytes[15];
	uint64_t hash;

	STATIC_ASSERT(sizeof key == sizeof netif->conf6.stable_secret);
	if (netif->conf6.has_secret)
		memcpy(&key, netif->conf6.stable_secret, sizeof key);
	memcpy(bytes, prefix, 8);
	memcpy(bytes + 8, netif->mac, 6);
	bytes[14] = attempts;
	hash = siphash(&key, bytes, sizeof bytes);
	memcpy(id, &hash, 8);
}

/* RFC 5453: anycast addresses of routers and of the subnet. */
bool interface_id_reserved(const uint8_t *id)
{
	static const uint8_t anycast[7] = { 0xfd, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff };
	static const uint8_t none[8];

	return memcmp(id, none, 8) == 0 ||
	       (memcmp(id, anycast, 7) == 0 && id[7] >= 0x80);
}

void interface_id_make(const struct netif *netif, struct net_addr *addr,
		       uint8_t attempts)
{
	if (netif->conf6.addr_gen_mode < GENERATE_STABLE) {
		from_mac(netif->mac, addr->b + 8);
		return;
	}
	do
		from_secret(netif, addr->b, attempts++, addr->b + 8);
	while (interface_id_reserved(addr->b + 8));
}

/* ---- Settings ---- */

int autoconf_set_mode(struct netif *netif, int32_t mode)
{
	struct ip6_conf *conf = &netif->conf6;

	if (mode == GENERATE_STABLE && !conf->has_secret)
		return -EINVAL;
	if (mode == GENERATE_RANDOM && !conf->has_secret) {
		port_random(conf->stable_secret, sizeof conf->stable_secret);
		conf->has_secret = true;
	}
	if (conf->addr_gen_mode == mode)
		return 0;
	conf->addr_gen_mode = mode;
	autoconf_link(netif->net, netif);
	return 0;
}

void autoconf_disable(struct netif *netif, bool off)
{
	static const struct net_addr self = { .b = { [15] = 1 } };
	struct ip6_conf *conf = &netif->conf6;

	if (conf->disable_ipv6 == off)
		return;
	conf->disable_ipv6 = off;
	if (off) {
		autoconf_forget(netif->net, netif);
		address_flush(netif, NET_IP6);
		return;
	}
	if ((netif->flags & NETIF_LOOPBACK) && (netif->flags & NETIF_UP))
		netif_add_address(netif, &self, 128);
	autoconf_link(netif->net, netif);
}
