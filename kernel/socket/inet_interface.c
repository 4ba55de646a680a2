// SPDX-License-Identifier: MIT
/*
 * The interface ioctls of netdevice(7) that read: names, indices, flags,
 * addresses, MTU. They work on a snapshot that the net thread makes.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/socket/inet.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SIOCGIFNAME 0x8910
#define SIOCGIFCONF 0x8912
#define SIOCGIFFLAGS 0x8913
#define SIOCGIFADDR 0x8915
#define SIOCGIFDSTADDR 0x8917
#define SIOCGIFBRDADDR 0x8919
#define SIOCGIFNETMASK 0x891b
#define SIOCGIFMETRIC 0x891d
#define SIOCGIFMTU 0x8921
#define SIOCGIFHWADDR 0x8927
#define SIOCGIFINDEX 0x8933
#define SIOCGIFTXQLEN 0x8942
#define SIOCETHTOOL 0x8946

#define IFREQ_SIZE 40
#define INTERFACES_MAX 16

struct snapshot {
	struct net *net;
	struct list_request list;
	struct netif_info interfaces[INTERFACES_MAX];
};

static void post_list(void *arg)
{
	struct snapshot *snapshot = arg;

	net_list(snapshot->net, &snapshot->list);
}

static struct snapshot *take_snapshot(struct net *net)
{
	struct snapshot *snapshot = kzalloc(sizeof(*snapshot));

	if (!snapshot)
		return NULL;
	snapshot->net = net;
	snapshot->list.kind = LIST_NETIFS;
	snapshot->list.array = snapshot->interfaces;
	snapshot->list.capacity = INTERFACES_MAX;
	socket_wait_request(&snapshot->list.request, post_list, snapshot);
	snapshot->list.total =
		MIN(snapshot->list.total, (uint32_t)INTERFACES_MAX);
	return snapshot;
}

static const struct netif_info *find(const struct snapshot *snapshot,
				     const char *name, uint32_t index)
{
	for (uint32_t i = 0; i < snapshot->list.total; i++) {
		const struct netif_info *info = &snapshot->interfaces[i];

		if (name ? !strncmp(info->name, name, NETIF_NAME_MAX) :
			   info->index == index)
			return info;
	}
	return NULL;
}

static void put_sockaddr(uint8_t *to, uint32_t ip)
{
	memset(to, 0, 16);
	put_le16(to, AF_INET);
	put_be32(to + 4, ip);
}

static int put_address(const struct netif_info *info, unsigned command,
		       uint8_t *to)
{
	uint32_t ip = 0;

	if (addr_is_any(&info->ip4))
		return -EADDRNOTAVAIL;
	switch (command) {
	case SIOCGIFNETMASK:
		ip = info->bits ? ~0u << (32 - info->bits) : 0;
		break;
	case SIOCGIFBRDADDR:
		ip = addr_is_ip4(&info->broadcast) ?
			     addr_to_ip4(&info->broadcast) :
			     0;
		break;
	default:
		ip = addr_to_ip4(&info->ip4);
		break;
	}
	put_sockaddr(to, ip);
	return 0;
}

/* Fills the second half of struct ifreq. */
static int answer(const struct netif_info *info, unsigned command, uint8_t *to)
{
	switch (command) {
	case SIOCGIFFLAGS:
		put_le16(to, (uint16_t)info->flags);
		return 0;
	case SIOCGIFMETRIC:
		put_le32(to, 0);
		return 0;
	case SIOCGIFMTU:
		put_le32(to, info->mtu);
		return 0;
	case SIOCGIFINDEX:
		put_le32(to, info->index);
		return 0;
	case SIOCGIFTXQLEN:
		put_le32(to, info->queue_max);
		return 0;
	case SIOCGIFHWADDR:
		memset(to, 0, 16);
		put_le16(to, (uint16_t)info->type);
		memcpy(to + 2, info->mac, 6);
		return 0;
	default:
		return put_address(info, command, to);
	}
}

static long interface_list(struct net *net, uaddr_t argument)
{
	struct snapshot *snapshot;
	uint8_t conf[16], row[IFREQ_SIZE] = { 0 };
	uint32_t room, used = 0;
	uaddr_t at;
	long error = 0;

	if (copy_from_user(conf, argument, sizeof(conf)))
		return -EFAULT;
	room = get_le32(conf);
	at = get_le64(conf + 8);
	snapshot = take_snapshot(net);
	if (!snapshot)
		return -ENOMEM;
	for (uint32_t i = 0; i < snapshot->list.total && !error; i++) {
		const struct netif_info *info = &snapshot->interfaces[i];

		if (addr_is_any(&info->ip4) || (at && room - used < IFREQ_SIZE))
			continue;
		memcpy(row, info->name, NETIF_NAME_MAX);
		put_address(info, SIOCGIFADDR, row + 16);
		if (at && copy_to_user(at + used, row, IFREQ_SIZE))
			error = -EFAULT;
		used += IFREQ_SIZE;
	}
	kfree(snapshot);
	return error ? error : put_user_32(argument, used);
}

static bool known(unsigned command)
{
	switch (command) {
	case SIOCGIFNAME:
	case SIOCGIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFMETRIC:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFINDEX:
	case SIOCGIFTXQLEN:
	case SIOCETHTOOL:
		return true;
	default:
		return false;
	}
}

long inet_interface_ioctl(struct net *net, unsigned command, uaddr_t argument)
{
	const struct netif_info *info;
	struct snapshot *snapshot;
	uint8_t row[IFREQ_SIZE];
	long error = 0;

	if (command == SIOCGIFCONF)
		return interface_list(net, argument);
	if (!known(command))
		return interface_set_ioctl(net, command, argument);
	if (copy_from_user(row, argument, sizeof(row)))
		return -EFAULT;
	row[NETIF_NAME_MAX - 1] = 0;
	snapshot = take_snapshot(net);
	if (!snapshot)
		return -ENOMEM;
	info = command == SIOCGIFNAME ?
		       find(snapshot, NULL, get_le32(row + 16)) :
		       find(snapshot, (char *)row, 0);
	if (!info)
		error = -ENODEV;
	else if (command == SIOCETHTOOL)
		error = ethtool_ioctl(info, get_le64(row + 16));
	else if (command == SIOCGIFNAME)
		memcpy(row, info->name, NETIF_NAME_MAX);
	else
		error = answer(info, command, row + 16);
	kfree(snapshot);
	if (!error && command != SIOCETHTOOL &&
	    copy_to_user(argument, row, sizeof(row)))
		error = -EFAULT;
	return error;
}
