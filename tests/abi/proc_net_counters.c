// SPDX-License-Identifier: MIT
/*
 * What /proc/net/snmp, snmp6, netstat and dev_snmp6 count: the same small traffic
 * over the loopback of a fresh network namespace must move the same counters by
 * the same amounts. After each step every counter that moved is shown; of TCP
 * only those that do not depend on when an ACK was sent.
 */
#include "tests/abi/abi.h"

#include <linux/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>

#define MOST 700

static struct counter {
	char name[64];
	long long value, before;
} counters[MOST];
static int counter_count;

static void set(const char *group, const char *name, long long value)
{
	char full[64];
	int i;

	snprintf(full, sizeof full, "%s%s", group, name);
	for (i = 0; i < counter_count; i++)
		if (!strcmp(counters[i].name, full))
			break;
	if (i == MOST)
		exit(98);
	if (i == counter_count) {
		strcpy(counters[i].name, full);
		counters[i].before = 0;
		counter_count++;
	}
	counters[i].value = value;
}

/* Pairs of lines: names, values. */
static void read_pairs(const char *path)
{
	static char names[8192], values[8192];
	FILE *file = fopen(path, "r");

	while (file && fgets(names, sizeof names, file) &&
	       fgets(values, sizeof values, file)) {
		char *n, *v, *name = strtok_r(names, " \n", &n);
		char *value = strtok_r(values, " \n", &v);
		char group[32];

		snprintf(group, sizeof group, "%.*s", (int)strlen(name) - 1,
			 name);
		while ((name = strtok_r(NULL, " \n", &n)) &&
		       (value = strtok_r(NULL, " \n", &v)))
			set(group, name, atoll(value));
	}
	if (file)
		fclose(file);
}

/* A name and a value on each line. */
static void read_rows(const char *path, const char *group)
{
	char name[64];
	long long value;
	FILE *file = fopen(path, "r");

	while (file && fscanf(file, "%63s %lld", name, &value) == 2)
		set(group, name, value);
	if (file)
		fclose(file);
}

/* Timing decides these: how many ACKs went alone, which path was fast. */
static bool depends_on_time(const char *name)
{
	static const char *const some[] = {
		"TcpInSegs",
		"TcpOutSegs",
		"IpInReceives",
		"IpInDelivers",
		"IpOutRequests",
		"IpOutTransmits",
		"IpExtInOctets",
		"IpExtOutOctets",
		"IpExtInNoECTPkts",
		"TcpExtTCPHPHits",
		"TcpExtDelayedACKs",
		"TcpExtTCPPureAcks",
		"TcpExtTCPHPAcks",
		"TcpExtTCPAutoCorking",
		"TcpExtTW",
		"TcpExtTCPDelivered",
		"TcpExtTCPRcvCoalesce",
		"TcpExtTCPOrigDataSent",
		"TcpExtTcpTimeoutRehash",
	};

	for (size_t i = 0; i < LEN(some); i++)
		if (!strcmp(some[i], name))
			return true;
	return !strncmp(name, "Ip6", 3) || !strncmp(name, "loIp6", 5);
}

static void take(void)
{
	read_pairs("/proc/net/snmp");
	read_pairs("/proc/net/netstat");
	read_rows("/proc/net/snmp6", "");
	read_rows("/proc/net/dev_snmp6/lo", "lo");
}

static void moved(const char *step, bool tcp)
{
	take();
	say("%s", step);
	for (int i = 0; i < counter_count; i++) {
		struct counter *c = &counters[i];

		if (c->value != c->before && !(tcp && depends_on_time(c->name)))
			say("  %s %+lld", c->name, c->value - c->before);
		c->before = c->value;
	}
}

/* Until this one has moved so far; counting is done behind the sender's back. */
static void wait_for(const char *name, long long amount)
{
	long end = now_ms() + 20000;

	for (;;) {
		take();
		for (int i = 0; i < counter_count; i++) {
			struct counter *c = &counters[i];

			if (!strcmp(c->name, name) &&
			    c->value - c->before >= amount)
				return;
		}
		if (now_ms() > end)
			break;
		sleep_ms(2);
	}
	say("%s did not move", name);
}

/* ---- Addresses ---- */

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union address address(const char *text, int port)
{
	union address a = { .in = { AF_INET, htons((uint16_t)port) } };

	if (strchr(text, ':')) {
		a.in6.sin6_family = AF_INET6;
		inet_pton(AF_INET6, text, &a.in6.sin6_addr);
	} else {
		inet_pton(AF_INET, text, &a.in.sin_addr);
	}
	return a;
}

static socklen_t size(const union address *a)
{
	return a->sa.sa_family == AF_INET ? sizeof a->in : sizeof a->in6;
}

static int bound(const char *text, int type, int port)
{
	union address a = address(text, port);
	int fd = MUST(socket(a.sa.sa_family, type, 0)), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	MUST(bind(fd, &a.sa, size(&a)));
	return fd;
}

static long send_to(int fd, const char *text, int port, int length)
{
	static char bytes[70000];
	union address a = address(text, port);

	return sendto(fd, bytes, (size_t)length, 0, &a.sa, size(&a));
}

static void read_all(int fd)
{
	static char bytes[70000];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	poll(&p, 1, 2000);
	while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) >= 0)
		;
}

/* ---- The traffic ---- */

static void udp(const char *here)
{
	int to = bound(here, SOCK_DGRAM, 7000);
	int from = bound(here, SOCK_DGRAM, 7001);

	SHOW(send_to(from, here, 7000, 100));
	read_all(to);
	moved("a datagram", false);
	SHOW(send_to(from, here, 7009, 10));
	moved("one to a port where nobody is", false);
	SHOW(send_to(from, here, 7000, 4000));
	read_all(to);
	moved("one in fragments", false);
	close(from);
	close(to);
}

static void full_buffer(const char *here)
{
	int to = bound(here, SOCK_DGRAM, 7000), least = 1;
	int from = bound(here, SOCK_DGRAM, 7001);

	setsockopt(to, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
	for (int i = 0; i < 20; i++)
		send_to(from, here, 7000, 1000);
	take();
	for (int i = 0; i < counter_count; i++) {
		struct counter *c = &counters[i];

		if (c->value > c->before + 10)
			say("  more than 10 %s", c->name);
		c->before = c->value;
	}
	close(from);
	close(to);
}

static uint16_t sum(const void *data, size_t length)
{
	const uint16_t *word = data;
	uint32_t total = 0;

	for (; length > 1; length -= 2)
		total += *word++;
	total = (total & 0xffff) + (total >> 16);
	return (uint16_t) ~((total & 0xffff) + (total >> 16));
}

static void ping(const char *here, int protocol)
{
	union address a = address(here, 0);
	int fd = MUST(socket(a.sa.sa_family, SOCK_RAW, protocol));
	uint8_t echo[16] = { protocol == IPPROTO_ICMP ? 8 : 128 };

	echo[5] = 1; /* a number: an answer of zeroes has no good checksum */
	if (protocol == IPPROTO_ICMP) {
		uint16_t right = sum(echo, sizeof echo);

		memcpy(echo + 2, &right, 2);
	}
	SHOW(sendto(fd, echo, sizeof echo, 0, &a.sa, size(&a)));
	read_all(fd);
	moved("a ping", false);
	close(fd);
}

/* An IPv4 packet of our own making. */
static void raw4(const char *what, const char *counter, int protocol,
		 const void *payload, size_t length)
{
	union address a = address("127.0.0.1", 0);
	int fd = MUST(socket(AF_INET, SOCK_RAW, IPPROTO_RAW));
	struct {
		struct iphdr ip;
		uint8_t payload[100];
	} packet = { .ip = { .ihl = 5,
			     .version = 4,
			     .ttl = 64,
			     .protocol = (uint8_t)protocol,
			     .saddr = htonl(INADDR_LOOPBACK),
			     .daddr = htonl(INADDR_LOOPBACK) } };

	memcpy(packet.payload, payload, length);
	SHOW(sendto(fd, &packet, sizeof packet.ip + length, 0, &a.sa,
		    size(&a)));
	wait_for(counter, 1);
	moved(what, false);
	close(fd);
}

static void damaged(void)
{
	struct {
		struct udphdr udp;
		char bytes[4];
	} datagram = { .udp = { { { htons(7001), htons(7000), htons(12),
				    htons(0x1234) } } } };
	uint8_t segment[20] = { 0x1b, 0x58, 0x1b, 0x59, 0,    0, 0, 1,	  0,
				0,    0,    1,	  0x50, 0x10, 1, 1, 0x12, 0x34 };
	uint8_t echo[8] = { 8, 0, 1, 1 }, other[8] = { 99 };
	uint8_t unreachable[8] = { 3, 1 };
	uint16_t right;

	raw4("UDP with a wrong checksum", "UdpInCsumErrors", IPPROTO_UDP,
	     &datagram, sizeof datagram);
	datagram.udp.len = htons(200);
	raw4("UDP longer than it is", "UdpInErrors", IPPROTO_UDP, &datagram,
	     sizeof datagram);
	raw4("TCP with a wrong checksum", "TcpInCsumErrors", IPPROTO_TCP,
	     segment, sizeof segment);
	raw4("TCP that is cut", "TcpInSegs", IPPROTO_TCP, segment, 10);
	raw4("ICMP with a wrong checksum", "IcmpInCsumErrors", IPPROTO_ICMP,
	     echo, sizeof echo);
	right = sum(other, sizeof other);
	memcpy(other + 2, &right, 2);
	raw4("ICMP of no known type", "IcmpMsgInType99", IPPROTO_ICMP, other,
	     sizeof other);
	right = sum(unreachable, sizeof unreachable);
	memcpy(unreachable + 2, &right, 2);
	raw4("ICMP error that quotes nothing", "IcmpInErrors", IPPROTO_ICMP,
	     unreachable, sizeof unreachable);
	raw4("a protocol that nobody has", "IpInUnknownProtos", 253, echo,
	     sizeof echo);
}

static void raw6(const char *what, const char *counter, int protocol,
		 const void *bytes, size_t length)
{
	union address a = address("::1", 0);
	int fd = MUST(socket(AF_INET6, SOCK_RAW, protocol));

	SHOW(sendto(fd, bytes, length, 0, &a.sa, size(&a)));
	wait_for(counter, 1);
	moved(what, false);
	close(fd);
}

static void damaged6(void)
{
	struct {
		struct udphdr udp;
		char bytes[4];
	} datagram = { .udp = { { { htons(7001), htons(7000), htons(12),
				    htons(0x1234) } } } };
	uint8_t other[8] = { 200 };

	raw6("UDP with a wrong checksum", "Udp6InCsumErrors", IPPROTO_UDP,
	     &datagram, sizeof datagram);
	raw6("ICMPv6 of no known type", "Icmp6InType200", IPPROTO_ICMPV6, other,
	     sizeof other);
	raw6("a protocol that nobody has", "Ip6InDelivers", 253, other,
	     sizeof other);
}

static void no_way(void)
{
	int four = bound("127.0.0.1", SOCK_DGRAM, 7000);
	int six = bound("::1", SOCK_DGRAM, 7000);

	SHOW(send_to(four, "192.0.2.1", 9, 10));
	moved("no route", false);
	SHOW(send_to(six, "2001:db8::1", 9, 10));
	moved("no route", false);
	close(four);
	close(six);
}

static int connected(const char *here, int port, int *accepted, int listener)
{
	union address a = address(here, port);
	int fd = MUST(socket(a.sa.sa_family, SOCK_STREAM, 0));

	MUST(connect(fd, &a.sa, size(&a)));
	*accepted = MUST(accept(listener, NULL, NULL));
	return fd;
}

static void wait_end(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) > 0)
		;
	close(fd);
}

static void tcp(const char *here)
{
	int listener = bound(here, SOCK_STREAM, 7100), server, client;
	struct linger none = { 1, 0 };
	union address a = address(here, 7109);

	MUST(listen(listener, 5));
	client = connected(here, 7100, &server, listener);
	moved("a connection", true);
	MUST(send(client, "0123456789", 10, 0));
	shutdown(client, SHUT_WR);
	wait_end(server);
	wait_end(client);
	moved("which ends", true);
	client = connected(here, 7100, &server, listener);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	close(client);
	wait_end(server);
	moved("one that is reset", true);
	client = connected(here, 7100, &server, listener);
	MUST(send(client, "0123456789", 10, 0));
	MUST(poll(&(struct pollfd){ server, POLLIN, 0 }, 1, 10000) == 1);
	close(server);
	wait_end(client);
	moved("one closed with data unread", true);
	client = MUST(socket(a.sa.sa_family, SOCK_STREAM, 0));
	SHOW(connect(client, &a.sa, size(&a)));
	moved("one that is refused", true);
	close(client);
	close(listener);
}

static int state_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t length = sizeof info;

	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length));
	return info.tcpi_state;
}

/* A second SYN a second after the first. */
static void full_listener(void)
{
	int listener = bound("127.0.0.1", SOCK_STREAM, 7100), fds[3];
	union address a = address("127.0.0.1", 7100);

	MUST(listen(listener, 0));
	for (int i = 0; i < 3; i++) {
		fds[i] = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
		connect(fds[i], &a.sa, size(&a));
		usleep(20000);
	}
	moved("SYNs to a full listener", true);
	usleep(1300000);
	moved("once more", true);
	/* The listener ends after the FIN has come, on any number of CPUs. */
	shutdown(fds[0], SHUT_WR);
	while (state_of(fds[0]) != TCP_FIN_WAIT2)
		usleep(1000);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(listener);
	usleep(20000);
	take();
	moved("", true);
}

static void groups(void)
{
	int four = bound("127.0.0.1", SOCK_DGRAM, 7000);
	struct in_addr lo = { htonl(INADDR_LOOPBACK) };
	int one = 1;

	setsockopt(four, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo);
	setsockopt(four, SOL_SOCKET, SO_BROADCAST, &one, sizeof one);
	SHOW(send_to(four, "239.1.1.1", 7000, 10));
	moved("to a group", false);
	SHOW(send_to(four, "127.255.255.255", 7000, 10));
	moved("to all", false);
	close(four);
}

int main(void)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	MUST(unshare(CLONE_NEWNET));
	fd = MUST(socket(AF_INET, SOCK_DGRAM, 0));
	MUST(ioctl(fd, SIOCSIFFLAGS, &ifr));
	ifr.ifr_mtu = 1500;
	MUST(ioctl(fd, SIOCSIFMTU, &ifr));
	close(fd);
	usleep(100000);
	moved("at first", false);
	say("IPv4");
	udp("127.0.0.1");
	full_buffer("127.0.0.1");
	ping("127.0.0.1", IPPROTO_ICMP);
	tcp("127.0.0.1");
	damaged();
	say("IPv6");
	udp("::1");
	full_buffer("::1");
	ping("::1", IPPROTO_ICMPV6);
	tcp("::1");
	damaged6();
	no_way();
	groups();
	full_listener();
	return 0;
}
