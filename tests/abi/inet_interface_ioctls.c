// SPDX-License-Identifier: MIT
/*
 * SIOCGIF*: the loopback interface by name and by list.
 */
#include "tests/abi/abi.h"

#include <net/if.h>

int main(void)
{
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0)), found = 0;
	struct ifreq r, list[32];
	struct ifconf conf = { .ifc_len = sizeof list, .ifc_req = list };

	memset(&r, 0, sizeof r);
	strcpy(r.ifr_name, "lo");
	SHOW(ioctl(fd, SIOCGIFADDR, &r));
	say("%08x",
	    ntohl(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr));
	SHOW(ioctl(fd, SIOCGIFNETMASK, &r));
	say("%08x",
	    ntohl(((struct sockaddr_in *)&r.ifr_netmask)->sin_addr.s_addr));
	SHOW(ioctl(fd, SIOCGIFFLAGS, &r));
	OK((r.ifr_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING)) ==
	   (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
	SHOW(ioctl(fd, SIOCGIFMTU, &r));
	OK(r.ifr_mtu >= 16384);
	SHOW(ioctl(fd, SIOCGIFINDEX, &r));
	say("%d", r.ifr_ifindex);
	SHOW(ioctl(fd, SIOCGIFCONF, &conf));
	for (int i = 0; i < conf.ifc_len / (int)sizeof *list; i++)
		found += !strcmp(list[i].ifr_name, "lo");
	say("%d", found);
	strcpy(r.ifr_name, "none");
	SHOW(ioctl(fd, SIOCGIFADDR, &r));
	return 0;
}
