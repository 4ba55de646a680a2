// SPDX-License-Identifier: MIT
/*
 * Which commands of SIOCETHTOOL an ordinary user may ask: all that Linux knows
 * as questions get an answer or "not supported", the others are forbidden.
 */
#include "tests/abi/abi.h"

#include <linux/ethtool.h>
#include <net/if.h>

static void ask(int fd)
{
	static uint32_t data[2048];
	struct ifreq ifr = { .ifr_name = "lo", .ifr_data = (void *)data };

	for (uint32_t command = 0; command <= ETHTOOL_SFECPARAM; command++) {
		/* Another one is inside; not the same on all versions. */
		if (command == ETHTOOL_PERQUEUE || command == ETHTOOL_GPERMADDR)
			continue;
		memset(data, 0, sizeof data);
		data[0] = command;
		say("%#x: %s", command,
		    ioctl(fd, SIOCETHTOOL, &ifr) ? strerrorname_np(errno) :
						   "answered");
	}
}

int main(void)
{
	int fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(setresgid(54321, 54321, 54321));
	MUST(setresuid(54321, 54321, 54321));
	ask(fd);
	return 0;
}
