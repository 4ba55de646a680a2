// SPDX-License-Identifier: MIT
/*
 * SIOCADDMULTI and SIOCDELMULTI ("ip maddr add"): link addresses that an
 * interface is to listen to, as /proc/net/dev_mcast tells of them.
 */
#include "tests/abi/abi.h"

#include <linux/if_tun.h>
#include <net/if.h>

static int fd;
static struct ifreq ifr;

/* The rows of an interface that somebody ordered, without its number. */
static void rows(const char *name)
{
	char row[256], device[64], rest[128];
	FILE *file = fopen("/proc/net/dev_mcast", "r");

	while (file && fgets(row, sizeof row, file))
		if (sscanf(row, "%*d %63s %127[^\n]", device, rest) == 2 &&
		    rest[6] == '1' && !strcmp(device, name))
			say("  |%s|", rest);
	if (file)
		fclose(file);
}

static int ask(unsigned long command, const char *name, int family,
	       uint8_t last)
{
	const uint8_t mac[6] = { 0x33, 0x33, 0, 0, 0, last };

	memset(&ifr, 0, sizeof ifr);
	strcpy(ifr.ifr_name, name);
	ifr.ifr_hwaddr.sa_family = (sa_family_t)family;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
	return ioctl(fd, command, &ifr);
}

static int tun_of(const char *name, int mode)
{
	int tun = MUST(open("/dev/net/tun", O_RDWR));

	memset(&ifr, 0, sizeof ifr);
	strcpy(ifr.ifr_name, name);
	ifr.ifr_flags = (short)(mode | IFF_NO_PI);
	MUST(ioctl(tun, TUNSETIFF, &ifr));
	return tun;
}

int main(void)
{
	int tap = tun_of("wtap9", IFF_TAP), tun = tun_of("wtun9", IFF_TUN);

	fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	rows("wtap9");
	SHOW(ask(SIOCADDMULTI, "wtap9", AF_UNSPEC, 5));
	SHOW(ask(SIOCADDMULTI, "wtap9", AF_UNSPEC, 6));
	SHOW(ask(SIOCADDMULTI, "wtap9", AF_UNSPEC, 5));
	rows("wtap9");
	SHOW(ask(SIOCDELMULTI, "wtap9", AF_UNSPEC, 7));
	SHOW(ask(SIOCADDMULTI, "wtap9", AF_INET, 7));
	SHOW(ask(SIOCDELMULTI, "wtap9", AF_INET, 5));
	SHOW(ask(SIOCADDMULTI, "wtun9", AF_UNSPEC, 5));
	SHOW(ask(SIOCDELMULTI, "wtun9", AF_UNSPEC, 5));
	SHOW(ask(SIOCADDMULTI, "lo", AF_UNSPEC, 5));
	SHOW(ask(SIOCADDMULTI, "wtap8", AF_UNSPEC, 5));
	SHOW(ask(SIOCDELMULTI, "wtap9", AF_UNSPEC, 5));
	rows("wtap9");
	SHOW(ask(SIOCDELMULTI, "wtap9", AF_UNSPEC, 5));
	close(tap);
	close(tun);
	rows("wtap9");
	return 0;
}
