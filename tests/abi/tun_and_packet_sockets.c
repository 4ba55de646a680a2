// SPDX-License-Identifier: MIT
/*
 * A TUN interface made by this program, configured by netlink: what the stack
 * sends is read from the file, what is written there arrives; a packet socket
 * sees both. The way in which testers of TCP (packetdrill) drive a kernel.
 */
#include "tests/abi/abi.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>

#define NAME "wtun7"

static int link_index;

/* One request, and what the kernel says to it. */
static int netlink_ask(void *request, unsigned length)
{
	struct nlmsghdr *h = request;
	char answer[4096];
	int fd = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

	h->nlmsg_len = length;
	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	MUST(send(fd, request, length, 0));
	MUST(recv(fd, answer, sizeof answer, 0));
	close(fd);
	h = (struct nlmsghdr *)answer;
	return h->nlmsg_type == NLMSG_ERROR ?
		       ((struct nlmsgerr *)NLMSG_DATA(h))->error :
		       1;
}

static int add_address(const char *text, int bits)
{
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
		struct rtattr a;
		unsigned ip;
	} r = { .h.nlmsg_type = RTM_NEWADDR,
		.h.nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL,
		.m = { .ifa_family = AF_INET,
		       .ifa_prefixlen = (unsigned char)bits,
		       .ifa_index = (unsigned)link_index },
		.a = { 8, IFA_LOCAL },
		.ip = inet_addr(text) };

	return netlink_ask(&r, sizeof r);
}

static int set_up(void)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg m;
	} r = { .h.nlmsg_type = RTM_NEWLINK,
		.m = { .ifi_index = link_index,
		       .ifi_flags = IFF_UP,
		       .ifi_change = IFF_UP } };

	return netlink_ask(&r, sizeof r);
}

static unsigned short sum(const unsigned char *p, int n)
{
	unsigned s = 0;

	for (int i = 0; i + 1 < n; i += 2)
		s += (unsigned)(p[i] << 8 | p[i + 1]);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (unsigned short)~s;
}

/* An echo request from 10.99.77.2 to 10.99.77.1. */
static int make_echo(unsigned char *p)
{
	static const unsigned char ip[20] = { 0x45, 0,	0,  32, 0,  1,	0,
					      0,    64, 1,  0,	0,  10, 99,
					      77,   2,	10, 99, 77, 1 };
	static const unsigned char icmp[12] = { 8, 0, 0,   0,	0x12, 0x34,
						0, 1, 'p', 'i', 'n',  'g' };
	unsigned short s;

	memcpy(p, ip, 20);
	memcpy(p + 20, icmp, 12);
	s = sum(p, 20);
	p[10] = s >> 8;
	p[11] = (unsigned char)s;
	s = sum(p + 20, 12);
	p[22] = s >> 8;
	p[23] = (unsigned char)s;
	return 32;
}

/* The next IPv4 packet of a protocol (IPv6's own chatter is not ours). */
static int next_packet(int fd, unsigned char *p, int protocol)
{
	for (;;) {
		int n = (int)read(fd, p, 2000);

		if (n <= 0 || (p[0] >> 4 == 4 && p[9] == protocol))
			return n;
	}
}

static void watch(int fd, const char *what)
{
	unsigned char p[2000];
	struct sockaddr_ll from;
	socklen_t length = sizeof from;
	int n;

	do {
		length = sizeof from;
		n = (int)recvfrom(fd, p, sizeof p, 0, (void *)&from, &length);
	} while (n > 0 && p[0] >> 4 != 4);
	printf("%s: %d bytes, kind %d, type %x, hardware %d, from us %d\n",
	       what, n, from.sll_pkttype, ntohs(from.sll_protocol),
	       from.sll_hatype, from.sll_ifindex == link_index);
}

int main(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_in peer = { .sin_family = AF_INET,
				    .sin_port = htons(4444) };
	struct sockaddr_ll link = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL) };
	struct timeval wait = { .tv_sec = 2 };
	unsigned char p[2000];
	int tun = MUST(open("/dev/net/tun", O_RDWR)), sniff, udp, n;

	SHOW(read(tun, p, sizeof p)); /* no interface yet */
	SHOW(ioctl(tun, TUNGETIFF, &ifr));
	ifr.ifr_flags = 0;
	strcpy(ifr.ifr_name, NAME);
	SHOW(ioctl(tun, TUNSETIFF, &ifr)); /* neither TUN nor TAP */
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	SHOW(ioctl(tun, TUNSETIFF, &ifr));
	SHOW(ioctl(tun, TUNSETIFF, &ifr)); /* a second time */
	printf("%s\n", ifr.ifr_name);
	link_index = (int)if_nametoindex(NAME);
	SHOW(write(tun, "E", 1)); /* it is down */
	SHOW(add_address("10.99.77.1", 24));
	SHOW(add_address("10.99.77.1", 24));
	SHOW(set_up());

	sniff = MUST(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)));
	link.sll_ifindex = link_index;
	SHOW(bind(sniff, (void *)&link, sizeof link));
	setsockopt(sniff, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);

	udp = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	peer.sin_addr.s_addr = inet_addr("10.99.77.2");
	SHOW(sendto(udp, "hello", 5, 0, (void *)&peer, sizeof peer));
	n = next_packet(tun, p, 17);
	printf("read %d: %d.%d to port %d: %.5s\n", n, p[18], p[19],
	       p[22] << 8 | p[23], p + 28);
	watch(sniff, "sent");

	SHOW(write(tun, p, (size_t)make_echo(p)));
	n = next_packet(tun, p, 1);
	printf("read %d: type %d, checksums %x %x: %.4s\n", n, p[20],
	       sum(p, 20), sum(p + 20, n - 20), p + 28);
	watch(sniff, "arrived");
	watch(sniff, "answered");
	SHOW(ioctl(sniff, 0x8906 /* SIOCGSTAMP */, &wait));
	SHOW(fcntl(tun, F_SETFL, O_NONBLOCK));
	while (read(tun, p, sizeof p) > 0)
		;
	SHOW(read(tun, p, sizeof p));
	close(tun);
	SHOW(if_nametoindex(NAME)); /* gone with its file */
	return 0;
}
