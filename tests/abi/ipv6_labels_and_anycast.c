// SPDX-License-Identifier: MIT
/* Flow labels on lease (IPV6_FLOWLABEL_MGR), anycast addresses
 * (IPV6_JOIN_ANYCAST), mapped sockets that become IPv4's (IPV6_ADDRFORM), router
 * alerts, and the size of the fragments that a datagram came in. */
#include "tests/abi/abi.h"

#include <net/if.h>
#include <sys/socket.h>

struct in6_flowlabel_req { /* of linux/in6.h, which fights with libc's */
	struct in6_addr flr_dst;
	uint32_t flr_label;
	uint8_t flr_action, flr_share;
	uint16_t flr_flags, flr_expires, flr_linger;
	uint32_t pad;
};

#define LABEL_MGR 32
#define INFO_SEND 33

/* ---- leases ---- */

static struct in6_flowlabel_req lease(int action, unsigned label, int share,
				      int flags)
{
	struct in6_flowlabel_req r = { .flr_label = htonl(label),
				       .flr_action = (unsigned char)action,
				       .flr_share = (unsigned char)share,
				       .flr_flags = (unsigned short)flags,
				       .flr_expires = 20,
				       .flr_linger = 10 };

	inet_pton(AF_INET6, "2001:db8::7", &r.flr_dst);
	return r;
}

static int request(int fd, struct in6_flowlabel_req *r)
{
	return setsockopt(fd, IPPROTO_IPV6, LABEL_MGR, r, sizeof *r);
}

static void try_lease(const char *what, int fd, int action, unsigned label,
		      int share, int flags)
{
	struct in6_flowlabel_req r = lease(action, label, share, flags);
	int result = request(fd, &r);

	say("%s: %s", what, result ? strerrorname_np(errno) : "done");
	if (!label && !result)
		OK(r.flr_label && !(ntohl(r.flr_label) & ~0xfffffu));
}

/* What is not of this run alone. */
static void show_leases(void)
{
	char line[256], label[16], dst[64];
	int share, owner, users, linger, expires;
	FILE *f = fopen("/proc/net/ip6_flowlabel", "r");

	if (!f || !fgets(line, sizeof line, f))
		return;
	line[strcspn(line, "\n")] = 0;
	say("[%s]", line);
	while (fgets(line, sizeof line, f))
		if (sscanf(line, "%15s %d %d %d %d %d %63s", label, &share,
			   &owner, &users, &linger, &expires, dst) == 7)
			say("%s share %d users %d linger %d expires near 20 %d "
			    "%s, %zu bytes",
			    label, share, users, linger,
			    expires > 15 && expires <= 20, dst,
			    strlen(line) - (owner > 999999));
	fclose(f);
}

static void try_send(const char *what, int fd, unsigned flow)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(9),
				   .sin6_flowinfo = htonl(flow),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	ssize_t n = sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof to);

	say("%s: %s", what, n < 0 ? strerrorname_np(errno) : "sent");
}

static void leases(void)
{
	int a = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	int b = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	struct in6_flowlabel_req r = lease(0, 0x777, 255, 1);
	int on = 1;

	MUST(setsockopt(a, IPPROTO_IPV6, INFO_SEND, &on, sizeof on));
	MUST(setsockopt(b, IPPROTO_IPV6, INFO_SEND, &on, sizeof on));
	SHOW(setsockopt(a, IPPROTO_IPV6, LABEL_MGR, &r, sizeof r - 1));
	try_lease("no such action", a, 3, 1, 255, 1);
	try_lease("not there", a, 0, 0x123, 255, 0);
	try_lease("too large", a, 0, 0x100000, 255, 1);
	try_lease("of the upper half", a, 0, 0x80001, 255, 1);
	try_lease("shared with nobody", a, 0, 0x123, 0, 1);
	try_lease("shared how?", a, 0, 0x123, 9, 1);
	r.flr_dst = in6addr_any;
	SHOW(request(a, &r));
	try_lease("for all", a, 0, 0x123, 255, 1);
	try_lease("the same once more", a, 0, 0x123, 255, 1);
	try_lease("alone, though there is one", a, 0, 0x123, 255, 3);
	try_lease("another's, too", b, 0, 0x123, 255, 0);
	try_send("any label may be sent", b, 0x555);
	try_lease("shared otherwise", b, 0, 0x123, 1, 1);
	show_leases();
	try_lease("alone", a, 0, 0x456, 1, 1);
	try_lease("not by others", b, 0, 0x456, 1, 1);
	try_send("one's own", a, 0x456);
	try_send("a strange one", b, 0x456);
	try_send("an unknown one", a, 0x555);
	try_send("none", b, 0);
	try_lease("of the process", a, 0, 0x789, 2, 1);
	try_lease("of the process, the other", b, 0, 0x789, 2, 1);
	try_lease("of the user", a, 0, 0x78a, 3, 1);
	try_lease("of the user, the other", b, 0, 0x78a, 3, 0);
	try_lease("chosen", a, 0, 0, 255, 1);
	try_lease("renewed", a, 2, 0x123, 255, 0);
	try_lease("renewed, not held", a, 2, 0x9999, 255, 0);
	try_lease("put back", a, 1, 0x456, 255, 0);
	try_lease("put back twice", a, 1, 0x456, 255, 0);
	try_lease("it lingers", b, 0, 0x456, 1, 1);
	try_lease("reflect", b, 0, 0, 255, 4);
	close(a);
	close(b);
}

/* ---- anycast ---- */

static void show_anycast(void)
{
	char line[256];
	FILE *f = fopen("/proc/net/anycast6", "r");

	while (f && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		say("[%s]", line);
	}
	if (f)
		fclose(f);
}

static void try_anycast(const char *what, int fd, int name, const char *addr,
			const char *link)
{
	struct ipv6_mreq m = { .ipv6mr_interface = link ? if_nametoindex(link) :
							  0 };

	inet_pton(AF_INET6, addr, &m.ipv6mr_multiaddr);
	say("%s: %s", what,
	    setsockopt(fd, IPPROTO_IPV6, name, &m, sizeof m) ?
		    strerrorname_np(errno) :
		    "done");
}

struct address_request { /* struct in6_ifreq */
	struct in6_addr addr;
	uint32_t bits;
	int link;
};

static void add_address(const char *text, int bits)
{
	struct address_request r = { .bits = (uint32_t)bits,
				     .link = (int)if_nametoindex("lo") };
	int fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	struct sockaddr_in6 name = { .sin6_family = AF_INET6 };

	inet_pton(AF_INET6, text, &r.addr);
	SHOW(ioctl(fd, SIOCSIFADDR, &r));
	/* Linux accepts it a moment later. */
	name.sin6_addr = r.addr;
	for (int i = 0; i < 1000; i++) {
		if (!bind(fd, (struct sockaddr *)&name, sizeof name))
			break;
		usleep(10000);
	}
	close(fd);
}

static void set_forwarding(int on)
{
	int fd = open("/proc/sys/net/ipv6/conf/all/forwarding", O_WRONLY);

	MUST(write(fd, on ? "1" : "0", 1));
	close(fd);
}

static void anycast(void)
{
	int fd = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	int other = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	int stream = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	struct sockaddr_in6 name = { .sin6_family = AF_INET6 };
	char buffer[8];

	add_address("2001:db8:1::1", 64);
	MUST(bind(other, (struct sockaddr *)&name, sizeof name));
	SHOW(setsockopt(fd, IPPROTO_IPV6, 27, &name, 19));
	try_anycast("a group", fd, 27, "ff02::1", "lo");
	try_anycast("one's own", fd, 27, "2001:db8:1::1", "lo");
	try_anycast("on no link", fd, 27, "2001:db8:1::9", "none9");
	try_anycast("elsewhere", fd, 27, "2001:db8:2::9", "lo");
	try_anycast("here", fd, 27, "2001:db8:1::9", "lo");
	try_anycast("here, by its route", other, 27, "2001:db8:1::9", NULL);
	show_anycast();
	try_anycast("not joined", fd, 28, "2001:db8:1::8", "lo");
	try_anycast("left", fd, 28, "2001:db8:1::9", NULL);
	try_anycast("left twice", fd, 28, "2001:db8:1::9", "lo");
	show_anycast();
	/* A datagram to it arrives, and its answer comes from elsewhere. */
	{
		socklen_t size = sizeof name;
		char text[64];

		MUST(getsockname(other, (struct sockaddr *)&name, &size));
		inet_pton(AF_INET6, "2001:db8:1::9", &name.sin6_addr);
		SHOW(sendto(fd, "hi", 2, 0, (struct sockaddr *)&name,
			    sizeof name));
		SHOW(recvfrom(other, buffer, sizeof buffer, MSG_DONTWAIT,
			      (struct sockaddr *)&name, &size));
		say("from %s",
		    inet_ntop(AF_INET6, &name.sin6_addr, text, sizeof text));
	}
	inet_pton(AF_INET6, "2001:db8:1::9", &name.sin6_addr);
	name.sin6_port = 0;
	SHOW(bind(stream, (struct sockaddr *)&name, sizeof name));
	close(other);
	show_anycast();
	set_forwarding(1);
	show_anycast();
	set_forwarding(0);
	show_anycast();
	close(fd);
	close(stream);
}

/* ---- becoming IPv4's ---- */

static void try_form(const char *what, int fd, int value)
{
	say("%s: %s", what,
	    setsockopt(fd, IPPROTO_IPV6, 1, &value, sizeof value) ?
		    strerrorname_np(errno) :
		    "done");
}

static void show_name(int fd)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof name;
	int domain = 0;
	socklen_t length = sizeof domain;

	MUST(getsockname(fd, (struct sockaddr *)&name, &size));
	MUST(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length));
	say("family %d, %d bytes, domain %d", name.ss_family, (int)size,
	    domain);
}

static int connected(int type, const char *addr)
{
	int fd = (int)MUST(socket(AF_INET6, type, 0));
	int listener = (int)MUST(socket(AF_INET6, type, 0));
	struct sockaddr_in6 name = { .sin6_family = AF_INET6 };
	socklen_t size = sizeof name;

	MUST(bind(listener, (struct sockaddr *)&name, sizeof name));
	if (type == SOCK_STREAM)
		MUST(listen(listener, 1));
	MUST(getsockname(listener, (struct sockaddr *)&name, &size));
	inet_pton(AF_INET6, addr, &name.sin6_addr);
	MUST(connect(fd, (struct sockaddr *)&name, sizeof name));
	if (type == SOCK_STREAM)
		MUST(accept(listener, NULL, NULL));
	return fd;
}

static void forms(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };

	for (size_t i = 0; i < LEN(types); i++) {
		int fd = (int)MUST(socket(AF_INET6, types[i], 0)), v = 1;

		say("type %d", types[i]);
		try_form("not connected", fd, AF_INET);
		try_form("to IPv6", fd, AF_INET6);
		fd = connected(types[i], "::1");
		try_form("not mapped", fd, AF_INET);
		fd = connected(types[i], "::ffff:127.0.0.1");
		show_name(fd);
		try_form("mapped", fd, AF_INET);
		show_name(fd);
		SHOW(send(fd, "x", 1, 0));
		SHOW(setsockopt(fd, IPPROTO_IPV6, 16, &v, sizeof v));
		SHOW(setsockopt(fd, IPPROTO_IP, IP_TTL, &v, sizeof v));
		try_form("twice", fd, AF_INET);
		SHOW(close(fd));
	}
	try_form("raw", (int)MUST(socket(AF_INET6, SOCK_RAW, 17)), AF_INET);
}

/* ---- raw ---- */

static void try_alert(const char *what, int fd, int value)
{
	int got = 7;
	socklen_t size = sizeof got;
	int result = setsockopt(fd, IPPROTO_IPV6, 22, &value, sizeof value);

	say("%s: %s", what, result ? strerrorname_np(errno) : "done");
	MUST(getsockopt(fd, IPPROTO_IPV6, 22, &got, &size));
	say("  now %d", got);
}

static void alerts(void)
{
	int raw = (int)MUST(socket(AF_INET6, SOCK_RAW, IPPROTO_RAW));
	int icmp = (int)MUST(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	int udp = (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0));

	try_alert("raw", raw, 0);
	try_alert("raw, twice", raw, 5);
	try_alert("raw, no more", raw, -1);
	try_alert("raw, none was", raw, -1);
	try_alert("ICMPv6", icmp, 0);
	try_alert("UDP", udp, 0);
}

/* ---- sizes of fragments ---- */

static void show_fragments(int fd, int level)
{
	static char data[4000];
	char control[200];
	struct iovec iov = { data, sizeof data };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof control };
	ssize_t n;

	poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000);
	n = recvmsg(fd, &m, MSG_DONTWAIT);
	say("%zd bytes", n);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		int size;

		memcpy(&size, CMSG_DATA(c), sizeof size);
		say("level %d type %d: %d", c->cmsg_level == level,
		    c->cmsg_type, size);
	}
}

static void fragments(int family)
{
	static char data[4000];
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, on = 1;
	int name = family == AF_INET ? 25 : 77;
	int fd = (int)MUST(socket(family, SOCK_DGRAM, 0));
	struct sockaddr_storage to = { .ss_family = (sa_family_t)family };
	socklen_t size = family == AF_INET ? 16 : 28;

	MUST(bind(fd, (struct sockaddr *)&to, size));
	MUST(getsockname(fd, (struct sockaddr *)&to, &size));
	MUST(connect(fd, (struct sockaddr *)&to, size));
	SHOW(setsockopt(fd, level, name, &on, sizeof on));
	MUST(send(fd, data, 100, 0));
	show_fragments(fd, level);
	MUST(send(fd, data, 2500, 0));
	show_fragments(fd, level);
	on = 0;
	SHOW(setsockopt(fd, level, name, &on, sizeof on));
	MUST(send(fd, data, 2500, 0));
	show_fragments(fd, level);
}

int main(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd;

	MUST(unshare(CLONE_NEWNET));
	fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	r.ifr_mtu = 1400;
	MUST(ioctl(fd, SIOCSIFMTU, &r));
	r.ifr_flags = IFF_UP;
	MUST(ioctl(fd, SIOCSIFFLAGS, &r));
	leases();
	anycast();
	forms();
	alerts();
	fragments(AF_INET);
	fragments(AF_INET6);
	return 0;
}
