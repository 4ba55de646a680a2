// SPDX-License-Identifier: MIT
/*
 * SIOCSARP, SIOCGARP and SIOCDARP (arp(7)): neighbours and proxies of IPv4 as
 * struct arpreq. Without an interface it is the one that a packet would take.
 */
#include "net/ioctl.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"

/* struct arpreq */
#define ARP_HA 16
#define ARP_FLAGS 32
#define ARP_NETMASK 36
#define ARP_DEV 52

#define ATF_COM 0x02
#define ATF_PERM 0x04
#define ATF_PUBL 0x08
#define ATF_NETMASK 0x20
#define ATF_DONTPUB 0x40

static int check(const struct config_request *r, uint32_t flags)
{
	uint32_t mask = get_be32(r->data + ARP_NETMASK + 4);

	if (ioctl_family(r->data) != IOCTL_AF_INET)
		return -EPFNOSUPPORT;
	if (!(flags & ATF_PUBL) && (flags & (ATF_NETMASK | ATF_DONTPUB)))
		return -EINVAL;
	return (flags & ATF_NETMASK) && mask && mask != UINT32_MAX ? -EINVAL :
								     0;
}

/* The one that is named; *out NULL: none is. */
static int find_netif(struct net *net, struct config_request *r, uint32_t flags,
		      struct netif **out) ON_NET_THREAD
{
	uint8_t *hardware = r->data + ARP_HA;

	r->data[ARP_DEV + NETIF_NAME_MAX - 1] = 0;
	*out = NULL;
	if (!r->data[ARP_DEV])
		return r->number == SIOCGARP ? -ENODEV : 0;
	*out = netif_by_name(net, (const char *)r->data + ARP_DEV);
	if (!*out)
		return -ENODEV;
	if (!get_le16(hardware))
		put_le16(hardware, (uint16_t)(*out)->type);
	if ((flags & ATF_COM) && get_le16(hardware) != (*out)->type)
		return -EINVAL;
	return 0;
}

static int way_to(struct net *net, const struct net_addr *addr,
		  struct netif **out) ON_NET_THREAD
{
	struct net_path path;
	int err;

	if (*out)
		return 0;
	err = path_find(net, addr, NULL, NULL, &path);
	*out = path.netif;
	return err;
}

/* A mask of 0 means everybody: that is the setting proxy_arp. */
static bool means_all(const struct config_request *r, uint32_t flags)
{
	return (flags & ATF_NETMASK) && !get_be32(r->data + ARP_NETMASK + 4);
}

static int set_proxy_arp(struct net *net, struct netif *netif, bool on)
{
	if (netif)
		netif->conf.proxy_arp = on;
	else
		net->tunables.ip.all.proxy_arp = on;
	return 0;
}

static int set(struct net *net, struct config_request *r, struct netif *netif,
	       uint32_t flags) ON_NET_THREAD
{
	struct net_addr addr = ioctl_ip4(r->data);
	struct neighbour *n;
	int err;

	if (flags & ATF_PUBL) {
		if (means_all(r, flags))
			return set_proxy_arp(net, netif, true);
		return proxy_add(net, netif, &addr) ? 0 : -ENOBUFS;
	}
	if (flags & ATF_PERM)
		flags |= ATF_COM;
	err = way_to(net, &addr, &netif);
	if (err)
		return err;
	n = neighbour_find(net, netif, &addr);
	if (!n)
		n = neighbour_create(netif, &addr, flags & ATF_PERM);
	if (!n)
		return -ENOBUFS;
	return neighbour_update(
		n, flags & ATF_COM ? r->data + ARP_HA + 2 : NULL,
		flags & ATF_PERM ? NEIGHBOUR_PERMANENT : NEIGHBOUR_STALE,
		NEIGHBOUR_OVERRIDE | NEIGHBOUR_ADMIN, NULL);
}

static int get(struct net *net, struct config_request *r,
	       struct netif *netif) ON_NET_THREAD
{
	struct net_addr addr = ioctl_ip4(r->data);
	struct neighbour *n = neighbour_find(net, netif, &addr);

	if (!n || (n->state & NEIGHBOUR_NOARP))
		return -ENXIO;
	put_le16(r->data + ARP_HA, (uint16_t)netif->type);
	memcpy(r->data + ARP_HA + 2, n->mac, 6);
	put_le32(r->data + ARP_FLAGS, n->state & NEIGHBOUR_PERMANENT ?
					      ATF_PERM | ATF_COM :
				      n->state & NEIGHBOUR_VALID ? ATF_COM :
								   0);
	return 0;
}

static int delete (struct net *net, struct config_request *r,
		   struct netif *netif, uint32_t flags)ON_NET_THREAD
{
	struct net_addr addr = ioctl_ip4(r->data);
	struct neighbour_proxy *p;
	struct neighbour *n;
	int err;

	if (flags & ATF_PUBL) {
		if (means_all(r, flags))
			return set_proxy_arp(net, netif, false);
		p = proxy_find(net, netif, &addr);
		if (!p || p->netif != netif)
			return -ENOENT;
		proxy_remove(net, p);
		return 0;
	}
	err = way_to(net, &addr, &netif);
	if (err)
		return err;
	n = neighbour_find(net, netif, &addr);
	if (!n)
		return -ENXIO;
	err = n->state & NEIGHBOUR_NOARP ? -ENXIO : 0;
	if (!err)
		neighbour_update(n, NULL, NEIGHBOUR_FAILED,
				 NEIGHBOUR_OVERRIDE | NEIGHBOUR_ADMIN, NULL);
	neighbour_remove(n);
	return err;
}

int ioctl_arp(struct net *net, struct config_request *r)
{
	uint32_t flags = get_le32(r->data + ARP_FLAGS);
	struct netif *netif;
	int err = check(r, flags);

	if (!err)
		err = find_netif(net, r, flags, &netif);
	if (err)
		return err;
	switch (r->number) {
	case SIOCSARP:
		return set(net, r, netif, flags);
	case SIOCDARP:
		return delete (net, r, netif, flags);
	default:
		return get(net, r, netif);
	}
}
