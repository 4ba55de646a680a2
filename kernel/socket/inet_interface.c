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
#define SIOCGIFMETRIC 0x891d
#define SIOCGIFMTU 0x8921
#define SIOCGIFHWADDR 0x8927
#define SIOCGIFINDEX 0x8933
#define SIOCGIFTXQLEN 0x8942
#define SIOCETHTOOL 0x8946
#define SIOCGIFMAP 0x8970

#define IFREQ_SIZE 40

struct question {
	struct net *net;
	struct config_request request;
	struct netif_info info;
};

static void post_question(void *arg)
{
	struct question *question = arg;

	net_configure(question->net, &question->request);
}

/* By number, or by name if that is 0. "eth0:1" is a name of an address of
 * eth0. -ENODEV. */
static int ask(struct question *question, char *name, uint32_t index)
{
	struct config_request *request = &question->request;
	char *colon = index ? NULL : strchr(name, ':');
	int error;

	if (colon)
		*colon = 0;
	request->op = CONFIG_GET_NETIF;
	request->netif = index;
	request->name = index ? NULL : name;
	request->info = &question->info;
	error = socket_wait_request(&request->request, post_question, question);
	if (colon)
		*colon = ':';
	return error;
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
	case SIOCGIFMAP:
		memset(to, 0, 24);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* ---- SIOCGIFCONF: a row for each IPv4 address ---- */

struct address_list {
	struct net *net;
	struct list_request list;
};

static void post_list(void *arg)
{
	struct address_list *addresses = arg;

	net_list(addresses->net, &addresses->list);
}

/* All of them: asked again while there are more than there was room for. */
static int take_addresses(struct net *net, struct address_info **out,
			  uint32_t *count)
{
	struct address_list addresses = { .net = net };
	struct list_request *list = &addresses.list;

	list->kind = LIST_ADDRESSES;
	list->total = 16;
	do {
		kfree(list->array);
		list->capacity = list->total;
		list->array = kzalloc(list->capacity * sizeof(**out));
		if (!list->array)
			return -ENOMEM;
		socket_wait_request(&list->request, post_list, &addresses);
	} while (list->total > list->capacity);
	*out = list->array;
	*count = list->total;
	return 0;
}

static void put_row(uint8_t *row, const struct address_info *info)
{
	memset(row, 0, IFREQ_SIZE);
	memcpy(row, info->label, NETIF_NAME_MAX);
	put_le16(row + 16, AF_INET);
	put_be32(row + 20, addr_to_ip4(&info->addr));
}

static long interface_list(struct net *net, uaddr_t argument)
{
	struct address_info *infos;
	uint8_t conf[16], row[IFREQ_SIZE];
	uint32_t room, count, used = 0;
	uaddr_t at;
	long error;

	if (copy_from_user(conf, argument, sizeof(conf)))
		return -EFAULT;
	room = get_le32(conf);
	at = get_le64(conf + 8);
	error = take_addresses(net, &infos, &count);
	if (error)
		return error;
	for (uint32_t i = 0; i < count && !error; i++) {
		if (!addr_is_ip4(&infos[i].addr) ||
		    (at && (room < used || room - used < IFREQ_SIZE)))
			continue;
		put_row(row, &infos[i]);
		if (at)
			error = copy_to_user(at + used, row, IFREQ_SIZE);
		used += IFREQ_SIZE;
	}
	kfree(infos);
	return error ? error : put_user_32(argument, used);
}

static bool known(unsigned command)
{
	switch (command) {
	case SIOCGIFNAME:
	case SIOCGIFFLAGS:
	case SIOCGIFMETRIC:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFINDEX:
	case SIOCGIFTXQLEN:
	case SIOCGIFMAP:
	case SIOCETHTOOL:
		return true;
	default:
		return false;
	}
}

long inet_interface_ioctl(struct net *net, unsigned command, uaddr_t argument)
{
	struct question question = { .net = net };
	const struct netif_info *info = &question.info;
	uint8_t row[IFREQ_SIZE];
	long error;

	if (command == SIOCGIFCONF)
		return interface_list(net, argument);
	if (!known(command))
		return interface_set_ioctl(net, command, argument);
	if (copy_from_user(row, argument, sizeof(row)))
		return -EFAULT;
	row[NETIF_NAME_MAX - 1] = 0;
	if (command == SIOCGIFNAME && !get_le32(row + 16))
		return -ENODEV;
	error = ask(&question, (char *)row,
		    command == SIOCGIFNAME ? get_le32(row + 16) : 0);
	if (error)
		return error;
	if (command == SIOCETHTOOL)
		return ethtool_ioctl(net, info, get_le64(row + 16));
	if (command == SIOCGIFNAME)
		memcpy(row, info->name, NETIF_NAME_MAX);
	else
		error = answer(info, command, row + 16);
	return error ? error : copy_to_user(argument, row, sizeof(row));
}
