// SPDX-License-Identifier: MIT
/* RFC 3542: extension headers that a program sends along, with one message or
 * from an option on, as they are on the wire (whole and in fragments), and as
 * the receiver is told; flow labels; the path's MTU. */
#include "tests/abi/abi.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>

#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#define IPV6_FLOWINFO_SEND 33
#endif

static int sniffer, from, to;
static struct sockaddr_in6 there = { .sin6_family = AF_INET6 };

/* Sixteen bytes: eight of an option that is to be skipped, padding. */
static unsigned char hop[16] = { 0, 1, 0x1e, 6, 1, 2, 3, 4, 5, 6, 1, 4 };
static unsigned char options[8] = { 0, 0, 0x1e, 4, 9, 8, 7, 6 };
static unsigned char first[8] = { 0, 0, 1, 4 };

static void say_bytes(const char *what, const unsigned char *at, size_t n)
{
	char text[512] = "";

	for (size_t i = 0; i < n && i < 200; i++)
		snprintf(text + 2 * i, 3, "%02x", at[i]);
	say("    %s %s", what, text);
}

static void show_headers(const unsigned char *ip, size_t length)
{
	int next = ip[6];
	size_t at = 40;

	say("  frame: payload %d, flow label %s", ip[4] << 8 | ip[5],
	    (ip[1] & 15) | ip[2] | ip[3] ? "set" : "0");
	while (at + 8 <= length) {
		size_t n = next == 44 ? 8 : (ip[at + 1] + 1u) * 8;
		unsigned char fragment[4] = { ip[at], 0, ip[at + 2],
					      ip[at + 3] };

		if (next != 0 && next != 43 && next != 44 && next != 60)
			break;
		if (next == 44)
			say_bytes("fragment", fragment, 4);
		else
			say_bytes(next ? "header" : "hop-by-hop", ip + at, n);
		next = ip[at];
		at += n;
	}
	say("    then %d", next);
}

/* What went over the loopback, each frame once. */
static void show_frames(void)
{
	unsigned char frame[70000];
	struct sockaddr_ll ll;
	socklen_t length = sizeof ll;
	struct pollfd p = { sniffer, POLLIN, 0 };

	while (poll(&p, 1, 100) == 1) {
		ssize_t n = MUST(recvfrom(sniffer, frame, sizeof frame, 0,
					  (struct sockaddr *)&ll, &length));

		if (ll.sll_pkttype != PACKET_OUTGOING && frame[20] != 58)
			show_headers(frame + 14, (size_t)n - 14);
	}
}

static void show_received(void)
{
	char data[4000], control[2000];
	struct iovec iov = { data, sizeof data };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	ssize_t n = recvmsg(to, &m, MSG_DONTWAIT);

	if (n < 0) {
		say("  nothing received: %s", strerrorname_np(errno));
		return;
	}
	say("  received %zd bytes", n);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		char name[32];

		if (c->cmsg_type == IPV6_FLOWINFO) {
			say("    told 11");
			continue;
		}
		snprintf(name, sizeof name, "told %d", c->cmsg_type);
		say_bytes(name, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	}
}

static char *add(char *control, int type, const void *data, size_t length)
{
	struct cmsghdr *c = (struct cmsghdr *)control;

	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(c), data, length);
	return control + CMSG_SPACE(length);
}

static void send_with(const char *what, char *control, char *end, size_t length)
{
	static char data[3000];
	struct iovec iov = { data, length };
	struct msghdr m = { .msg_name = &there,
			    .msg_namelen = sizeof there,
			    .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = (size_t)(end - control) };
	ssize_t n = sendmsg(from, &m, 0);

	say("%s: %s", what, n < 0 ? strerrorname_np(errno) : "sent");
	show_frames();
	show_received();
}

static void set(int fd, int name, const void *value, socklen_t length)
{
	if (setsockopt(fd, IPPROTO_IPV6, name, value, length))
		say("set %d: %s", name, strerrorname_np(errno));
}

static void set_int(int fd, int name, int value)
{
	set(fd, name, &value, sizeof value);
}

/* A network of its own, whose loopback carries 1400 bytes. */
static void own_network(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd;

	MUST(unshare(CLONE_NEWNET));
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	r.ifr_mtu = 1400;
	MUST(ioctl(fd, SIOCSIFMTU, &r));
	r.ifr_flags = IFF_UP;
	MUST(ioctl(fd, SIOCSIFFLAGS, &r));
	close(fd);
}

static void open_sockets(void)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IPV6),
				  .sll_ifindex = (int)if_nametoindex("lo") };
	socklen_t length = sizeof there;

	sniffer = (int)MUST(socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IPV6)));
	MUST(bind(sniffer, (struct sockaddr *)&ll, sizeof ll));
	from = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	to = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	there.sin6_addr = in6addr_loopback;
	MUST(bind(to, (struct sockaddr *)&there, sizeof there));
	MUST(getsockname(to, (struct sockaddr *)&there, &length));
}

static void with_messages(void)
{
	char control[600], *end;

	send_with("nothing", control, control, 5);
	end = add(control, IPV6_DSTOPTS, options, sizeof options);
	send_with("destination options", control, end, 5);
	end = add(end, IPV6_HOPOPTS, hop, sizeof hop);
	send_with("and hop-by-hop", control, end, 5);
	end = add(control, IPV6_HOPOPTS, hop, 4);
	send_with("cut off", control, end, 5);
	end = add(control, IPV6_RTHDRDSTOPTS, first, sizeof first);
	end = add(end, IPV6_DSTOPTS, options, sizeof options);
	send_with("first and last options", control, end, 5);
}

static void from_options(void)
{
	char control[600], *end;
	unsigned char got[64];
	socklen_t length = sizeof got;

	set(from, IPV6_HOPOPTS, hop, sizeof hop);
	set(from, IPV6_DSTOPTS, options, sizeof options);
	MUST(getsockopt(from, IPPROTO_IPV6, IPV6_HOPOPTS, got, &length));
	say_bytes("the option", got, length);
	send_with("from options", control, control, 5);
	end = add(control, IPV6_DSTOPTS, first, sizeof first);
	send_with("a message's own replace them", control, end, 5);
	set_int(from, IPV6_MTU, 1280);
	set_int(to, IPV6_RECVFRAGSIZE, 1);
	send_with("whole", control, control, 10);
	send_with("in fragments", control, control, 1500);
	set(from, IPV6_HOPOPTS, NULL, 0);
	send_with("in fragments, no hop-by-hop", control, control, 1500);
	set_int(to, IPV6_RECVFRAGSIZE, 0);
	set(from, IPV6_DSTOPTS, NULL, 0);
	hop[1] = 2;
	set(from, IPV6_HOPOPTS, hop, sizeof hop);
	hop[1] = 1;
}

static void flows(void)
{
	uint32_t info = htonl(0x12345);
	char control[100], *end;
	struct sockaddr_in6 name = there;

	set_int(to, IPV6_FLOWINFO, 1);
	end = add(control, IPV6_FLOWINFO, &info, sizeof info);
	send_with("with a label", control, end, 5);
	set_int(from, IPV6_FLOWINFO_SEND, 1);
	there.sin6_flowinfo = info;
	send_with("with a label in the name", control, control, 5);
	there = name;
	set_int(from, IPV6_AUTOFLOWLABEL, 0);
	send_with("without one", control, control, 5);
}

static void path_mtu(void)
{
	char control[100];
	int unused = from;

	set_int(from, IPV6_DONTFRAG, 1);
	set_int(from, IPV6_RECVPATHMTU, 1);
	send_with("larger than it may be", control, control, 1500);
	to = from;
	show_received();
	from = unused;
}

int main(void)
{
	own_network();
	open_sockets();
	with_messages();
	set_int(to, IPV6_RECVHOPOPTS, 1);
	set_int(to, IPV6_RECVDSTOPTS, 1);
	with_messages();
	set_int(to, 3, 1);
	set_int(to, 4, 1);
	set_int(to, IPV6_RECVHOPLIMIT, 1);
	set_int(to, 8, 1);
	set_int(to, IPV6_RECVTCLASS, 1);
	from_options();
	flows();
	path_mtu();
	return 0;
}
