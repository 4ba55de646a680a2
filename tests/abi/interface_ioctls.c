// SPDX-License-Identifier: MIT
/*
 * The ioctls of ifconfig on an interface of this program's own (TUN): what can
 * be set, what is read back, and what is refused.
 */
#include "tests/abi/abi.h"

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

static int fd;
static struct ifreq ifr;

static int set_number(int command, int value)
{
	ifr.ifr_ifru.ifru_ivalue = value;
	return ioctl(fd, (unsigned long)command, &ifr);
}

static int get_number(int command)
{
	MUST(ioctl(fd, (unsigned long)command, &ifr));
	return ifr.ifr_ifru.ifru_ivalue;
}

static int set_address(int command, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	memset(in, 0, sizeof *in);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr(text);
	return ioctl(fd, (unsigned long)command, &ifr);
}

static void show_address(const char *what, int command)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	if (ioctl(fd, (unsigned long)command, &ifr))
		printf("%s: %s\n", what, strerrorname_np(errno));
	else
		printf("%s: %s\n", what, inet_ntoa(in->sin_addr));
}

int main(void)
{
	int tun = MUST(open("/dev/net/tun", O_RDWR));

	fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	strcpy(ifr.ifr_name, "wtun8");
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	MUST(ioctl(tun, TUNSETIFF, &ifr));
	show_address("address", SIOCGIFADDR);
	SHOW(set_number(SIOCSIFMTU, 1400));
	SHOW(get_number(SIOCGIFMTU));
	SHOW(set_number(SIOCSIFMTU, 20));
	SHOW(set_number(SIOCSIFMTU, 100000));
	SHOW(set_number(SIOCSIFTXQLEN, 77));
	SHOW(get_number(SIOCGIFTXQLEN));
	SHOW(set_address(SIOCSIFADDR, "10.98.1.1"));
	show_address("address", SIOCGIFADDR);
	show_address("mask", SIOCGIFNETMASK);
	SHOW(set_address(SIOCSIFNETMASK, "255.255.255.0"));
	show_address("mask", SIOCGIFNETMASK);
	SHOW(set_address(SIOCSIFNETMASK, "255.0.255.0"));
	SHOW(set_address(SIOCSIFADDR, "192.168.98.1"));
	show_address("mask", SIOCGIFNETMASK);
	SHOW(get_number(SIOCGIFFLAGS) & IFF_UP);
	SHOW(set_number(SIOCSIFFLAGS, IFF_UP));
	SHOW(get_number(SIOCGIFFLAGS) & IFF_UP);
	SHOW(set_number(SIOCSIFFLAGS, 0));
	SHOW(get_number(SIOCGIFFLAGS) & IFF_UP);
	SHOW(set_address(SIOCSIFADDR, "0.0.0.0"));
	show_address("address", SIOCGIFADDR);
	SHOW(set_address(SIOCSIFNETMASK, "255.0.0.0"));
	strcpy(ifr.ifr_newname, "lo");
	SHOW(ioctl(fd, SIOCSIFNAME, &ifr));
	strcpy(ifr.ifr_newname, "wtun9");
	SHOW(ioctl(fd, SIOCSIFNAME, &ifr));
	SHOW(set_number(SIOCSIFMTU, 1300));
	strcpy(ifr.ifr_name, "wtun9");
	SHOW(get_number(SIOCGIFMTU));
	strcpy(ifr.ifr_name, "nowhere");
	SHOW(set_number(SIOCSIFMTU, 1300));
	SHOW(ioctl(fd, SIOCSIFMTU, NULL));
	return 0;
}
