// SPDX-License-Identifier: MIT
/*
 * The ioctls of route(8), arp(8) and ifconfig(8)'s addresses: a struct of the
 * program goes to the stack and comes back (net/ioctl.h knows what they mean).
 * Packet sockets take those of IPv4.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/namespace.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/ioctl.h"

#define RT_DEV 88 /* struct rtentry: a pointer to a name */

static const struct old_ioctl {
	uint16_t command;
	uint8_t family, size;
	bool changes; /* needs CAP_NET_ADMIN */
} table[] = {
	{ SIOCADDRT, AF_INET, IOCTL_RTENTRY, true },
	{ SIOCDELRT, AF_INET, IOCTL_RTENTRY, true },
	{ SIOCSARP, AF_INET, IOCTL_ARPREQ, true },
	{ SIOCDARP, AF_INET, IOCTL_ARPREQ, true },
	{ SIOCGARP, AF_INET, IOCTL_ARPREQ, false },
	{ SIOCSIFFLAGS, AF_INET, IOCTL_IFREQ, true },
	{ SIOCGIFADDR, AF_INET, IOCTL_IFREQ, false },
	{ SIOCGIFDSTADDR, AF_INET, IOCTL_IFREQ, false },
	{ SIOCGIFBRDADDR, AF_INET, IOCTL_IFREQ, false },
	{ SIOCGIFNETMASK, AF_INET, IOCTL_IFREQ, false },
	{ SIOCSIFADDR, AF_INET, IOCTL_IFREQ, true },
	{ SIOCSIFDSTADDR, AF_INET, IOCTL_IFREQ, true },
	{ SIOCSIFBRDADDR, AF_INET, IOCTL_IFREQ, true },
	{ SIOCSIFNETMASK, AF_INET, IOCTL_IFREQ, true },
	{ SIOCADDRT, AF_INET6, IOCTL_RTMSG6, true },
	{ SIOCDELRT, AF_INET6, IOCTL_RTMSG6, true },
	{ SIOCSIFADDR, AF_INET6, IOCTL_IFREQ6, true },
	{ SIOCDIFADDR, AF_INET6, IOCTL_IFREQ6, true },
};

static const struct old_ioctl *find(int family, unsigned command)
{
	if (family == AF_PACKET)
		family = AF_INET;
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].command == command && table[i].family == family)
			return &table[i];
	return NULL;
}

struct call {
	struct net *net;
	struct config_request request;
};

static void post(void *arg)
{
	struct call *call = arg;

	net_configure(call->net, &call->request);
}

/* The interface that a route names: of the program's memory, too. */
static int read_device(struct config_request *request, char *name)
{
	uaddr_t at = get_le64(request->data + RT_DEV);

	if (!at)
		return 0;
	if (copy_from_user(name, at, NETIF_NAME_MAX - 1))
		return -EFAULT;
	request->text = name;
	return 0;
}

long old_ioctl(struct socket *socket, unsigned command, uaddr_t argument)
{
	const struct old_ioctl *entry = find(socket->family, command);
	struct call call = { .net = socket->network->net };
	struct config_request *request = &call.request;
	char name[NETIF_NAME_MAX] = "";
	int error = 0;

	if (!entry)
		return -ENOTTY;
	if (entry->changes && !capable(CAP_NET_ADMIN))
		return -EPERM;
	if (copy_from_user(request->data, argument, entry->size))
		return -EFAULT;
	request->op = CONFIG_IOCTL;
	request->number = command;
	request->family = entry->family;
	if (entry->size == IOCTL_RTENTRY)
		error = read_device(request, name);
	if (!error)
		error = socket_wait_request(&request->request, post, &call);
	if (!error && !entry->changes)
		error = copy_to_user(argument, request->data, entry->size);
	return error;
}
