// SPDX-License-Identifier: MIT
/*
 * The ioctls of route(8), arp(8) and ifconfig(8)'s aliases, in a namespace of
 * this program's own with a TAP device: what they do, and each error.
 */
#include "tests/abi/abi.h"

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <sched.h>
#include <sys/ioctl.h>

struct in6_ifreq_ {
	struct in6_addr addr;
	uint32_t bits;
	int index;
};

static int fd, fd6;
static struct ifreq ifr;

static void put(struct sockaddr *to, const char *text)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	memset(in, 0, sizeof *in);
	in->sin_family = AF_INET;
	in->sin_addr.s_addr = inet_addr(text);
}

static int set_address(const char *name, unsigned long command,
		       const char *text)
{
	strcpy(ifr.ifr_name, name);
	put(&ifr.ifr_addr, text);
	return ioctl(fd, command, &ifr);
}

static void show_one(const char *name, const char *what, unsigned long command)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;

	strcpy(ifr.ifr_name, name);
	memset(&ifr.ifr_addr, 0, sizeof ifr.ifr_addr);
	if (ioctl(fd, command, &ifr))
		printf("%s %s: %s\n", name, what, strerrorname_np(errno));
	else
		printf("%s %s: %s\n", name, what, inet_ntoa(in->sin_addr));
}

static void show_addresses(const char *name)
{
	show_one(name, "address", SIOCGIFADDR);
	show_one(name, "mask", SIOCGIFNETMASK);
	show_one(name, "broadcast", SIOCGIFBRDADDR);
	show_one(name, "peer", SIOCGIFDSTADDR);
}

static int set_flags(const char *name, short flags)
{
	strcpy(ifr.ifr_name, name);
	ifr.ifr_flags = flags;
	return ioctl(fd, SIOCSIFFLAGS, &ifr);
}

static void aliases(void)
{
	struct ifreq rows[8];
	struct ifconf conf = { .ifc_len = sizeof rows, .ifc_req = rows };

	SHOW(set_address("wtap7", SIOCSIFADDR, "10.97.1.1"));
	show_addresses("wtap7");
	SHOW(set_address("wtap7", SIOCSIFNETMASK, "255.255.255.0"));
	show_addresses("wtap7");
	SHOW(set_address("wtap7", SIOCSIFBRDADDR, "10.97.1.99"));
	SHOW(set_address("wtap7", SIOCSIFNETMASK, "255.255.0.0"));
	show_addresses("wtap7");
	SHOW(set_address("wtap7", SIOCSIFDSTADDR, "10.97.1.2"));
	show_addresses("wtap7");
	SHOW(set_address("wtap7", SIOCSIFDSTADDR, "224.0.0.2"));
	SHOW(set_address("wtap7", SIOCSIFADDR, "10.97.2.1"));
	SHOW(set_address("wtap7", SIOCSIFNETMASK, "255.255.255.0"));
	SHOW(set_address("wtap7:1", SIOCSIFADDR, "192.168.97.1"));
	SHOW(set_address("wtap7:2", SIOCSIFNETMASK, "255.255.255.0"));
	show_addresses("wtap7:1");
	show_addresses("wtap7");
	SHOW(set_address("wtap7", SIOCSIFADDR, "224.0.0.1"));
	SHOW(set_address("nowhere", SIOCSIFADDR, "10.1.1.1"));
	SHOW(ioctl(fd, SIOCGIFCONF, &conf));
	for (int i = 0; i < conf.ifc_len / (int)sizeof *rows; i++)
		printf("row %s\n", rows[i].ifr_name);
	conf.ifc_len = sizeof *rows - 1;
	SHOW(ioctl(fd, SIOCGIFCONF, &conf));
	SHOW(conf.ifc_len);
	conf.ifc_req = NULL;
	SHOW(ioctl(fd, SIOCGIFCONF, &conf));
	SHOW(conf.ifc_len / (int)sizeof *rows);
	SHOW(set_flags("wtap7", IFF_UP));
	strcpy(ifr.ifr_name, "wtap7:1");
	SHOW(ioctl(fd, SIOCGIFFLAGS, &ifr));
	SHOW(ifr.ifr_flags & IFF_UP);
	strcpy(ifr.ifr_name, "wtap7");
	SHOW(ioctl(fd, SIOCGIFMAP, &ifr));
	SHOW(ioctl(fd, SIOCSIFMETRIC, &ifr));
	SHOW(set_flags("wtap7:2", 0));
	SHOW(set_flags("wtap7:1", 0));
	show_one("wtap7:1", "address", SIOCGIFADDR);
}

static int route(unsigned long command, const char *dst, const char *mask,
		 const char *gateway, short flags, short metric, char *device)
{
	struct rtentry rt = { .rt_flags = (unsigned short)flags,
			      .rt_metric = metric,
			      .rt_dev = device };

	put(&rt.rt_dst, dst);
	if (mask)
		put(&rt.rt_genmask, mask);
	if (gateway)
		put(&rt.rt_gateway, gateway);
	return ioctl(fd, command, &rt);
}

static void show_routes(void)
{
	unsigned dst, gateway, flags, refs, uses, metric, mask;
	FILE *file = fopen("/proc/net/route", "r");
	char line[256], name[32];

	while (fgets(line, sizeof line, file))
		if (sscanf(line, "%31s %x %x %x %u %u %u %x", name, &dst,
			   &gateway, &flags, &refs, &uses, &metric, &mask) == 8)
			printf("route %s %08x %08x %x %u %08x\n", name, dst,
			       gateway, flags, metric, mask);
	fclose(file);
}

static void routes(void)
{
	char tap[] = "wtap7", none[] = "nowhere", alias[] = "wtap7:9";
	struct rtentry bad = { .rt_flags = RTF_UP };

	SHOW(route(SIOCADDRT, "10.80.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   tap));
	SHOW(route(SIOCADDRT, "10.80.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   tap));
	SHOW(route(SIOCADDRT, "10.81.0.0", "255.255.0.0", "10.97.2.9",
		   RTF_UP | RTF_GATEWAY, 5, NULL));
	SHOW(route(SIOCADDRT, "10.82.0.1", NULL, "10.97.2.9",
		   RTF_UP | RTF_GATEWAY | RTF_HOST, 0, tap));
	SHOW(route(SIOCADDRT, "0.0.0.0", "0.0.0.0", "10.97.2.9",
		   RTF_UP | RTF_GATEWAY, 0, NULL));
	SHOW(route(SIOCADDRT, "10.83.0.1", "255.255.0.0", NULL, RTF_UP, 0,
		   tap));
	SHOW(route(SIOCADDRT, "10.83.0.0", "255.0.255.0", NULL, RTF_UP, 0,
		   tap));
	SHOW(route(SIOCADDRT, "10.83.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   none));
	SHOW(route(SIOCADDRT, "10.83.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   alias));
	SHOW(route(SIOCADDRT, "10.83.0.0", "255.255.0.0", NULL,
		   RTF_UP | RTF_GATEWAY, 0, NULL));
	SHOW(route(SIOCADDRT, "10.83.0.0", "255.255.0.0", "172.31.9.9",
		   RTF_UP | RTF_GATEWAY, 0, tap));
	SHOW(route(SIOCADDRT, "10.84.0.0", "255.255.0.0", NULL,
		   RTF_UP | RTF_REJECT, 0, NULL));
	SHOW(ioctl(fd, SIOCADDRT, &bad));
	SHOW(ioctl(fd, SIOCADDRT, NULL));
	show_routes();
	SHOW(route(SIOCDELRT, "10.80.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   NULL));
	SHOW(route(SIOCDELRT, "10.80.0.0", "255.255.0.0", NULL, RTF_UP, 0,
		   NULL));
	SHOW(route(SIOCDELRT, "10.81.0.0", "255.255.0.0", NULL, RTF_UP, 4,
		   NULL));
	SHOW(route(SIOCDELRT, "10.81.0.0", "255.255.0.0", NULL, RTF_UP, 5,
		   NULL));
	SHOW(route(SIOCDELRT, "0.0.0.0", "0.0.0.0", "10.97.2.8", RTF_UP, 0,
		   NULL));
	SHOW(route(SIOCDELRT, "0.0.0.0", "0.0.0.0", "10.97.2.9", RTF_UP, 0,
		   NULL));
	show_routes();
}

static int arp(unsigned long command, const char *address, int flags,
	       const char *device, bool show)
{
	struct arpreq r = { .arp_flags = flags };
	int result;

	put(&r.arp_pa, address);
	memcpy(r.arp_ha.sa_data, "\2\0\0\0\7\1", 6);
	r.arp_ha.sa_family = ARPHRD_ETHER;
	if (command == SIOCGARP)
		memset(&r.arp_ha, 0, sizeof r.arp_ha);
	if (device)
		strcpy(r.arp_dev, device);
	result = ioctl(fd, command, &r);
	if (!result && show)
		printf("arp %s %d %02x%02x flags %x\n", r.arp_dev,
		       r.arp_ha.sa_family, (uint8_t)r.arp_ha.sa_data[0],
		       (uint8_t)r.arp_ha.sa_data[5], r.arp_flags);
	return result;
}

static void neighbours(void)
{
	SHOW(arp(SIOCGARP, "10.97.2.50", 0, "wtap7", true));
	SHOW(arp(SIOCSARP, "10.97.2.50", ATF_COM | ATF_PERM, "wtap7", false));
	SHOW(arp(SIOCGARP, "10.97.2.50", 0, "wtap7", true));
	SHOW(arp(SIOCSARP, "10.97.2.51", ATF_COM, NULL, false));
	SHOW(arp(SIOCGARP, "10.97.2.51", 0, "wtap7", true));
	SHOW(arp(SIOCGARP, "10.97.2.51", 0, NULL, true));
	SHOW(arp(SIOCSARP, "10.97.2.52", 0, "wtap7", false));
	SHOW(arp(SIOCSARP, "10.97.2.50", ATF_NETMASK, "wtap7", false));
	SHOW(arp(SIOCSARP, "10.97.2.50", ATF_COM, "nowhere", false));
	SHOW(arp(SIOCSARP, "172.31.1.1", ATF_COM, NULL, false));
	SHOW(arp(SIOCSARP, "10.97.2.60", ATF_COM | ATF_PERM | ATF_PUBL, "wtap7",
		 false));
	SHOW(arp(SIOCGARP, "10.97.2.60", 0, "wtap7", true));
	SHOW(arp(SIOCDARP, "10.97.2.61", ATF_PUBL, "wtap7", false));
	SHOW(arp(SIOCDARP, "10.97.2.60", ATF_PUBL, "wtap7", false));
	SHOW(arp(SIOCDARP, "10.97.2.60", ATF_PUBL, "wtap7", false));
	SHOW(arp(SIOCDARP, "10.97.2.50", 0, "wtap7", false));
	SHOW(arp(SIOCDARP, "10.97.2.50", 0, "wtap7", false));
	SHOW(arp(SIOCDARP, "10.97.2.51", 0, NULL, false));
	SHOW(ioctl(fd, SIOCSARP, NULL));
}

static int route6(unsigned long command, const char *dst, int bits,
		  const char *gateway, int index)
{
	struct in6_rtmsg r = { .rtmsg_dst_len = (uint16_t)bits,
			       .rtmsg_flags = RTF_UP,
			       .rtmsg_ifindex = index };

	inet_pton(AF_INET6, dst, &r.rtmsg_dst);
	if (gateway) {
		inet_pton(AF_INET6, gateway, &r.rtmsg_gateway);
		r.rtmsg_flags |= RTF_GATEWAY;
	}
	return ioctl(fd6, command, &r);
}

static int address6(unsigned long command, const char *text, int bits,
		    int index)
{
	struct in6_ifreq_ r = { .bits = (uint32_t)bits, .index = index };

	inet_pton(AF_INET6, text, &r.addr);
	return ioctl(fd6, command, &r);
}

static void six(void)
{
	int index = (int)if_nametoindex("wtap7");

	SHOW(address6(SIOCSIFADDR, "fd00:97::1", 64, index));
	SHOW(address6(SIOCSIFADDR, "fd00:97::1", 64, index));
	SHOW(address6(SIOCSIFADDR, "fd00:97::2", 129, index));
	SHOW(address6(SIOCSIFADDR, "fd00:97::2", 64, 999));
	SHOW(route6(SIOCADDRT, "fd00:80::", 32, NULL, index));
	SHOW(route6(SIOCADDRT, "fd00:80::", 32, NULL, index));
	SHOW(route6(SIOCADDRT, "fd00:81::", 32, "fd00:97::9", 0));
	SHOW(route6(SIOCADDRT, "fd00:82::", 129, NULL, index));
	SHOW(route6(SIOCADDRT, "fd00:82::", 32, NULL, 999));
	SHOW(route6(SIOCADDRT, "fd00:82::", 32, "fd00:1234::9", index));
	SHOW(route6(SIOCDELRT, "fd00:80::", 32, NULL, index));
	SHOW(route6(SIOCDELRT, "fd00:80::", 32, NULL, index));
	SHOW(route6(SIOCDELRT, "fd00:81::", 32, "fd00:97::9", 0));
	SHOW(address6(SIOCDIFADDR, "fd00:97::3", 64, index));
	SHOW(address6(SIOCDIFADDR, "fd00:97::1", 63, index));
	SHOW(address6(SIOCDIFADDR, "fd00:97::1", 64, index));
	SHOW(ioctl(fd6, SIOCADDRT, NULL));
}

int main(void)
{
	int tun;

	setvbuf(stdout, NULL, _IONBF, 0);
	MUST(unshare(CLONE_NEWNET));
	tun = MUST(open("/dev/net/tun", O_RDWR));
	fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	fd6 = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	strcpy(ifr.ifr_name, "wtap7");
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	MUST(ioctl(tun, TUNSETIFF, &ifr));
	aliases();
	routes();
	neighbours();
	six();
	return 0;
}
