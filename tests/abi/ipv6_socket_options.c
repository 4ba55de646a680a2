// SPDX-License-Identifier: MIT
/* Every option of IPPROTO_IPV6 (and ICMPV6_FILTER): what it is at first, what may
 * be set, what is read back. */
#include "tests/abi/abi.h"

#include <linux/in6.h>

/* Not compared: what a kernel may be built without (IPsec, mobility), other
 * people's numbers (netfilter, multicast routing), the old forms of groups, what
 * ipv6_labels_and_anycast.c compares (27, 28, 32), and what Weir refuses: router
 * alerts of all stacks (30), ICMP extensions (31), old packet options (6),
 * routing headers (57). */
static bool skipped(const char *what, int name)
{
	static const int names[] = { 6,	 20, 21, 27, 28, 30, 31, 32,
				     34, 35, 42, 43, 44, 45, 46, 47,
				     48, 57, 64, 65, 68, 69, 80, 81 };
	/* Of no effect on TCP, or refused there: headers, sticky sources. */
	static const int streams[] = { 50, 54, 55, 59, 76 };

	for (size_t i = 0; i < LEN(names); i++)
		if (names[i] == name)
			return true;
	for (size_t i = 0; i < LEN(streams); i++)
		if (streams[i] == name && !strcmp(what, "TCP"))
			return true;
	return false;
}

static void show_get(int fd, int level, int name)
{
	unsigned char value[128];
	socklen_t length = sizeof value;
	int first = 0;

	memset(value, 0x77, sizeof value);
	if (getsockopt(fd, level, name, value, &length)) {
		say("  get %d: %s", name, strerrorname_np(errno));
		return;
	}
	memcpy(&first, value, length < sizeof first ? length : sizeof first);
	say("  get %d: %d (%d bytes)", name, first, (int)length);
}

static void try_set(int fd, int level, int name, int value, socklen_t length)
{
	if (setsockopt(fd, level, name, &value, length))
		say("  set %d to %d (%d bytes): %s", name, value, (int)length,
		    strerrorname_np(errno));
	else
		say("  set %d to %d (%d bytes)", name, value, (int)length);
}

static void all_of(const char *what, int fd)
{
	static const int values[] = { 1, 2, -1, -2, 255, 256, 1280, 0 };

	say("%s", what);
	for (int name = 1; name <= 85; name++) {
		if (skipped(what, name))
			continue;
		show_get(fd, IPPROTO_IPV6, name);
		try_set(fd, IPPROTO_IPV6, name, 1, 0);
		try_set(fd, IPPROTO_IPV6, name, 1, 2);
		for (size_t i = 0; i < LEN(values); i++) {
			try_set(fd, IPPROTO_IPV6, name, values[i], 4);
			show_get(fd, IPPROTO_IPV6, name);
		}
	}
}

int main(void)
{
	int icmp = (int)MUST(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));

	all_of("UDP", (int)MUST(socket(AF_INET6, SOCK_DGRAM, 0)));
	all_of("TCP", (int)MUST(socket(AF_INET6, SOCK_STREAM, 0)));
	all_of("ICMPv6", icmp);
	all_of("raw", (int)MUST(socket(AF_INET6, SOCK_RAW, 200)));
	say("filter");
	show_get(icmp, IPPROTO_ICMPV6, 1);
	try_set(icmp, IPPROTO_ICMPV6, 1, 0x55555555, 0);
	try_set(icmp, IPPROTO_ICMPV6, 1, 0x55555555, 4);
	show_get(icmp, IPPROTO_ICMPV6, 1);
	return 0;
}
