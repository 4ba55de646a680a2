// SPDX-License-Identifier: MIT
/*
 * SIOCETHTOOL: what programs ask of a card. The link's state and the driver's
 * name; for the rest -EOPNOTSUPP, which says "nothing special" to those who ask
 * (libpcap about time stamps).
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define ETHTOOL_GDRVINFO 3
#define ETHTOOL_GLINK 10
#define DRIVER_INFO 196 /* struct ethtool_drvinfo */

static long driver_info(const struct netif_info *info, uaddr_t at)
{
	uint8_t out[DRIVER_INFO] = { ETHTOOL_GDRVINFO };

	string_copy((char *)out + 4, info->driver, 32);
	return copy_to_user(at, out, sizeof(out));
}

long ethtool_ioctl(const struct netif_info *info, uaddr_t at)
{
	uint32_t command;

	if (get_user_32(&command, at))
		return -EFAULT;
	switch (command) {
	case ETHTOOL_GDRVINFO:
		return driver_info(info, at);
	case ETHTOOL_GLINK:
		return put_user_32(at + 4,
				   (info->flags & NETIF_UP) &&
					   (info->flags & NETIF_RUNNING));
	default:
		return -EOPNOTSUPP;
	}
}
