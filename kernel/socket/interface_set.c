// SPDX-License-Identifier: MIT
/*
 * The old ioctls that change an interface (netdevice(7)): ifconfig's way. Each
 * is one configuration request to the stack; CAP_NET_ADMIN is needed.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SIOCSIFFLAGS 0x8914
#define SIOCSIFMETRIC 0x891e
#define SIOCSIFMTU 0x8922
#define SIOCSIFNAME 0x8923
#define SIOCSIFHWADDR 0x8924
#define SIOCADDMULTI 0x8931
#define SIOCDELMULTI 0x8932
#define SIOCSIFTXQLEN 0x8943
#define SIOCSIFMAP 0x8971
#define IFREQ_SIZE 40
#define VALUE 16 /* in struct ifreq, behind the name */

/* What the request is to be; -ENOTTY: none of these. */
static int fill(struct config_request *r, unsigned command,
		const uint8_t *value)
{
	switch (command) {
	case SIOCSIFFLAGS:
		r->op = CONFIG_SET_FLAGS;
		r->number = get_le16(value);
		return 0;
	case SIOCSIFMTU:
		r->op = CONFIG_SET_MTU;
		r->number = get_le32(value);
		return 0;
	case SIOCSIFTXQLEN:
		r->op = CONFIG_SET_QUEUE_LENGTH;
		r->number = get_le32(value);
		return (int)r->number < 0 ? -EINVAL : 0;
	case SIOCSIFNAME:
		r->op = CONFIG_SET_NAME;
		r->text = (const char *)value;
		return 0;
	case SIOCSIFHWADDR:
		r->op = CONFIG_SET_MAC;
		memcpy(r->mac, value + 2, 6);
		return 0;
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		r->op = command == SIOCADDMULTI ? CONFIG_ADD_LINK_GROUP :
						  CONFIG_DEL_LINK_GROUP;
		memcpy(r->mac, value + 2, 6);
		return get_le16(value) ? -EINVAL : 0; /* AF_UNSPEC */
	case SIOCSIFMETRIC:
	case SIOCSIFMAP: /* no card of ours has jumpers */
		return -EOPNOTSUPP;
	default:
		return -ENOTTY;
	}
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

long interface_set_ioctl(struct net *net, unsigned command, uaddr_t argument)
{
	struct change change = { .net = net };
	struct config_request *request = &change.request;
	uint8_t row[IFREQ_SIZE + 1] = { 0 };
	int error;

	/* Whether it is one of ours, before user memory is touched. */
	if (fill(request, command, row + VALUE) == -ENOTTY)
		return -ENOTTY;
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (copy_from_user(row, argument, IFREQ_SIZE))
		return -EFAULT;
	row[NETIF_NAME_MAX - 1] = 0;
	row[VALUE + NETIF_NAME_MAX - 1] &=
		command == SIOCSIFNAME ? 0 : (uint8_t)0xff;
	error = fill(request, command, row + VALUE);
	if (error)
		return error;
	request->name = (const char *)row;
	return socket_wait_request(&request->request, post, &change);
}
