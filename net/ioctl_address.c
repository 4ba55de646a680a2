// SPDX-License-Identifier: MIT
/*
 * The addresses of an interface as ifconfig(8) knows them: struct ifreq with a
 * name and one sockaddr. "eth0" means the address that is labelled so, the first
 * one or the very one that stands in the request; "eth0:1" makes or means another
 * of its own. Of IPv6 only adding and removing, by struct in6_ifreq.
 */
#include "net/ioctl.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/core/link.h"

#define VALUE 16 /* in struct ifreq: the sockaddr */

static bool has_label(const struct netif_address *a, const char *label)
{
	return string_equal(a->label[0] ? a->label : a->netif->name, label);
}

static struct netif_address *pick(struct netif *netif, const char *label,
				  const uint8_t *value)
{
	struct net_addr wanted = ioctl_ip4(value);
	struct netif_address *a, *first = NULL;

	LIST_FOR_EACH(a, &netif->addresses, list) {
		if (!addr_is_ip4(&a->addr) || !has_label(a, label))
			continue;
		if (ioctl_family(value) == IOCTL_AF_INET &&
		    addr_equal(&a->addr, &wanted))
			return a;
		if (!first)
			first = a;
	}
	return first;
}

/* Of an address without a mask: its class's (RFC 791 3.2). -1: multicast. */
static int class_bits(uint32_t ip)
{
	if (ip >> 24 == 0 || ip == UINT32_MAX)
		return 0;
	if (ip >> 28 == 14)
		return -1;
	return ip >> 31 == 0 ? 8 : ip >> 30 == 2 ? 16 : ip >> 29 == 6 ? 24 : 32;
}

static uint32_t mask_of(unsigned int bits)
{
	return bits ? ~0u << (32 - bits) : 0;
}

static struct net_addr broadcast_of(const struct net_addr *addr,
				    unsigned int bits)
{
	return addr_ip4(addr_to_ip4(addr) | ~mask_of(bits));
}

static int put(uint8_t *value, uint32_t ip)
{
	memset(value, 0, 16);
	put_le16(value, IOCTL_AF_INET);
	put_be32(value + 4, ip);
	return 0;
}

static int get(const struct netif_address *a, uint32_t command, uint8_t *value)
{
	switch (command) {
	case SIOCGIFNETMASK:
		return put(value, mask_of(a->bits));
	case SIOCGIFBRDADDR:
		return put(value, addr_is_any(&a->broadcast) ?
					  0 :
					  addr_to_ip4(&a->broadcast));
	case SIOCGIFDSTADDR:
		return put(value,
			   addr_to_ip4(addr_is_any(&a->peer) ? &a->addr :
							       &a->peer));
	default:
		return put(value, addr_to_ip4(&a->addr));
	}
}

/* In place of `old`, if there is one. */
static int replace(struct netif *netif, struct netif_address *old,
		   const struct netif_address *fresh) ON_NET_THREAD
{
	if (old)
		address_delete(old);
	return addr_is_any(&fresh->addr) ? 0 : address_add(netif, fresh);
}

static int set_address(struct netif *netif, struct netif_address *old,
		       const char *name,
		       const struct net_addr *addr) ON_NET_THREAD
{
	struct netif_address fresh = { .addr = *addr };
	int bits = class_bits(addr_to_ip4(addr));

	if (bits < 0)
		return -EINVAL;
	if (old && addr_equal(&old->addr, addr))
		return 0;
	if (old)
		memcpy(fresh.label, old->label, sizeof fresh.label);
	else if (strchr(name, ':'))
		string_copy(fresh.label, name, sizeof fresh.label);
	if (addr_is_loopback(addr))
		fresh.scope = SCOPE_HOST;
	fresh.bits = netif->flags & NETIF_POINTOPOINT ? 32 : (uint8_t)bits;
	if ((netif->flags & NETIF_BROADCAST) && fresh.bits < 31)
		fresh.broadcast = broadcast_of(addr, fresh.bits);
	return replace(netif, old, &fresh);
}

static int set_mask(struct netif *netif, struct netif_address *old,
		    const struct net_addr *mask) ON_NET_THREAD
{
	uint32_t ones = addr_to_ip4(mask);
	struct netif_address fresh = *old;
	struct net_addr usual = broadcast_of(&old->addr, old->bits);

	if (~ones & (~ones + 1))
		return -EINVAL;
	fresh.bits = ones ? (uint8_t)(32 - __builtin_ctz(ones)) : 0;
	if (fresh.bits == old->bits)
		return 0;
	/* Another broadcast address is meant as it is. */
	if ((netif->flags & NETIF_BROADCAST) && fresh.bits < 31 &&
	    addr_equal(&old->broadcast, &usual))
		fresh.broadcast = broadcast_of(&old->addr, fresh.bits);
	return replace(netif, old, &fresh);
}

static int set_other(struct netif *netif, struct netif_address *old,
		     uint32_t command,
		     const struct net_addr *addr) ON_NET_THREAD
{
	struct netif_address fresh = *old;

	if (command == SIOCSIFBRDADDR) {
		if (addr_equal(&old->broadcast, addr))
			return 0;
		fresh.broadcast = *addr;
	} else {
		if (class_bits(addr_to_ip4(addr)) < 0)
			return -EINVAL;
		fresh.peer = addr_equal(addr, &old->addr) ? addr_any6() : *addr;
		if (addr_equal(&fresh.peer, &old->peer))
			return 0;
	}
	return replace(netif, old, &fresh);
}

/* An address of its own label ends when it goes "down". */
static int set_flags(struct netif *netif, struct netif_address *a,
		     bool one_address, uint32_t flags) ON_NET_THREAD
{
	if (!one_address)
		return link_set_flags(netif, flags,
				      NETIF_UP | NETIF_PROMISC |
					      NETIF_ALLMULTI);
	if (!a)
		return -EADDRNOTAVAIL;
	if (!(flags & NETIF_UP))
		address_delete(a);
	return 0;
}

static bool is_set(uint32_t command)
{
	return command == SIOCSIFADDR || command == SIOCSIFNETMASK ||
	       command == SIOCSIFBRDADDR || command == SIOCSIFDSTADDR;
}

int ioctl_address4(struct net *net, struct config_request *r)
{
	uint8_t *value = r->data + VALUE;
	const char *name = (const char *)r->data;
	char device[NETIF_NAME_MAX];
	struct netif_address *a;
	struct net_addr addr = ioctl_ip4(value);
	struct netif *netif;
	char *colon;

	r->data[NETIF_NAME_MAX - 1] = 0;
	if (is_set(r->number) && ioctl_family(value) != IOCTL_AF_INET)
		return -EINVAL;
	string_copy(device, name, sizeof device);
	colon = strchr(device, ':');
	if (colon)
		*colon = 0;
	netif = netif_by_name(net, device);
	if (!netif)
		return -ENODEV;
	a = pick(netif, name, value);
	if (r->number == SIOCSIFFLAGS)
		return set_flags(netif, a, colon, get_le16(value));
	if (r->number == SIOCSIFADDR)
		return set_address(netif, a, name, &addr);
	if (!a)
		return -EADDRNOTAVAIL;
	if (!is_set(r->number))
		return get(a, r->number, value);
	return r->number == SIOCSIFNETMASK ?
		       set_mask(netif, a, &addr) :
		       set_other(netif, a, r->number, &addr);
}

int ioctl_address6(struct net *net, struct config_request *r)
{
	struct netif *netif = netif_by_index(net, get_le32(r->data + 20));
	uint32_t bits = get_le32(r->data + 16);
	struct netif_address *a;
	struct netif_address fresh = { .bits = (uint8_t)bits };
	struct net_addr addr;

	memcpy(addr.b, r->data, 16);
	fresh.addr = addr;
	fresh.scope = address_scope(&addr);
	if (bits > 128)
		return -EINVAL;
	if (!netif)
		return -ENODEV;
	if (r->number == SIOCSIFADDR)
		return address_claim(netif, &fresh);
	a = netif_find_address(netif, &addr);
	if (!a || a->bits != bits)
		return -EADDRNOTAVAIL;
	address_delete(a);
	return 0;
}
