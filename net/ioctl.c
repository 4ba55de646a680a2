// SPDX-License-Identifier: MIT
/* See ioctl.h: which function a number has in which family. */
#include "net/ioctl.h"

#include "lib/errno.h"
#include "net/core/netif.h"

int ioctl_run(struct net *net, struct config_request *r)
{
	bool six = r->family == IOCTL_AF_INET6;

	switch (r->number) {
	case SIOCADDRT:
	case SIOCDELRT:
		return six ? ioctl_route6(net, r) : ioctl_route4(net, r);
	case SIOCSARP:
	case SIOCGARP:
	case SIOCDARP:
		return ioctl_arp(net, r);
	case SIOCSIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCSIFADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFNETMASK:
		return six ? ioctl_address6(net, r) : ioctl_address4(net, r);
	case SIOCDIFADDR:
		return ioctl_address6(net, r);
	default:
		return -ENOTTY;
	}
}
