// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: every parser of net/wire on arbitrary bytes, chosen by name
 * in the environment's FUZZ; what parses is emitted again and must parse to the
 * same. docs/simulation.md tells how the fuzzers run; inputs that failed once
 * belong into tests/net as tests.
 */
#include <stdlib.h>

#include "lib/string.h"
#include "net/wire/address.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/dhcp.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/ip6.h"
#include "net/wire/netlink.h"
#include "net/wire/tcp.h"
#include "net/wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define MUST(cond)               \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static void try_address(const uint8_t *data, size_t size)
{
	char text[128], again[ADDR_TEXT_MAX];
	struct net_addr a, b;
	size_t n = MIN(size, sizeof text - 1);

	memcpy(text, data, n);
	text[n] = 0;
	if (addr_parse(text, &a))
		return;
	MUST(addr_format(again, sizeof again, &a) < sizeof again);
	MUST(addr_parse(again, &b) == 0 && addr_equal(&a, &b));
}

static void try_arp(const uint8_t *data, size_t size)
{
	uint8_t again[ARP_LENGTH];
	struct arp_packet arp;

	if (arp_parse(data, size, &arp))
		return;
	arp_emit(again, &arp);
	MUST(memcmp(again, data, ARP_LENGTH) == 0);
}

static void try_ip4(const uint8_t *data, size_t size)
{
	struct ip4_header h, i;
	uint8_t again[IP4_HEADER_MIN];

	if (ip4_parse(data, size, &h))
		return;
	if (h.header_length <= size) {
		ip4_checksum_ok(data, h.header_length);
		ip4_options_ok(data, h.header_length);
	}
	ip4_emit(again, &h);
	if (h.total_length < IP4_HEADER_MIN)
		return;
	MUST(ip4_parse(again, sizeof again, &i) == 0);
	MUST(ip4_checksum_ok(again, sizeof again));
	MUST(i.src == h.src && i.dst == h.dst && i.offset == h.offset);
}

static void try_ip6(const uint8_t *data, size_t size)
{
	struct ip6_header h;
	uint8_t again[IP6_HEADER_LENGTH], next;

	if (ip6_parse(data, size, &h))
		return;
	ip6_emit(again, &h);
	MUST(memcmp(again, data, IP6_HEADER_LENGTH) == 0);
	next = h.next_header;
	ip6_skip_extensions(data, size, IP6_HEADER_LENGTH, &next);
}

static void try_tcp(const uint8_t *data, size_t size)
{
	uint8_t again[TCP_HEADER_MAX];
	struct tcp_header h, i;
	size_t n;

	if (tcp_header_parse(data, size, &h))
		return;
	n = tcp_header_size(&h);
	if (n > TCP_HEADER_MAX)
		return;
	MUST(tcp_header_emit(again, &h) == n);
	MUST(tcp_header_parse(again, n, &i) == 0);
	MUST(i.seq == h.seq && i.ack == h.ack && i.flags == h.flags);
	MUST(i.opt.sack_count == h.opt.sack_count);
}

static void try_dhcp(const uint8_t *data, size_t size)
{
	uint8_t again[DHCP_MESSAGE_MAX];
	struct dhcp_message m;

	if (dhcp_parse(data, size, &m))
		return;
	m.operation = 1;
	MUST(dhcp_emit(again, &m) <= sizeof again);
	MUST(dhcp_parse(again, sizeof again, &m) == 0);
}

static void try_ethernet(const uint8_t *data, size_t size)
{
	uint8_t again[ETHERNET_HEADER];
	struct ethernet_header h;

	if (ethernet_parse(data, size, &h))
		return;
	ethernet_emit(again, h.dst, h.src, h.type);
	MUST(memcmp(again, data, 12) == 0);
}

static void try_icmp(const uint8_t *data, size_t size)
{
	struct icmp_header h;
	uint8_t again[8];

	if (icmp_parse(data, size, &h))
		return;
	icmp_emit(again, h.type, h.code, h.word);
	MUST(memcmp(again, data, 2) == 0 && !memcmp(again + 4, data + 4, 4));
}

static void try_udp(const uint8_t *data, size_t size)
{
	struct udp_header h;
	uint8_t again[UDP_HEADER];

	if (udp_parse(data, size, &h))
		return;
	MUST(h.length >= UDP_HEADER);
	udp_emit(again, &h);
	MUST(memcmp(again, data, 6) == 0);
}

/* In pieces it is the sum of the whole. */
static void try_checksum(const uint8_t *data, size_t size)
{
	size_t cut = size > 1 ? data[0] % size & ~1u : 0;
	uint64_t whole = checksum_add(0, data, size);
	uint64_t parts = checksum_add(0, data, cut);

	parts = checksum_add(parts, data + cut, size - cut);
	MUST(checksum_finish(whole) == checksum_finish(parts));
}

static void try_attributes(const uint8_t *data, uint32_t size)
{
	struct nl_attrs attrs = { data, size };
	struct nl_attr attr;

	while (nl_next(&attrs, &attr)) {
		struct net_addr addr;
		char text[16];

		MUST(attr.data >= data &&
		     attr.data + attr.length <= data + size);
		if (nl_text(&attr, text, sizeof text))
			MUST(strlen(text) < sizeof text);
		nl_address(&attr, &addr);
		if (attr.length >= 4 && attr.nested) {
			struct nl_attrs inner = nl_inside(&attr);
			struct nl_attr in;

			while (nl_next(&inner, &in))
				MUST(in.data + in.length <= data + size);
		}
	}
}

static void try_netlink(const uint8_t *data, size_t size)
{
	struct nl_header h;

	if (!nl_read_header(data, (uint32_t)size, &h))
		return;
	MUST(h.length >= NL_HEADER && h.length <= size);
	try_attributes(data + NL_HEADER, h.length - NL_HEADER);
}

static const struct {
	const char *name;
	void (*try)(const uint8_t *data, size_t size);
} parsers[] = {
	{ "address", try_address },   { "arp", try_arp },
	{ "ip4", try_ip4 },	      { "ip6", try_ip6 },
	{ "tcp", try_tcp },	      { "dhcp", try_dhcp },
	{ "ethernet", try_ethernet }, { "icmp", try_icmp },
	{ "udp", try_udp },	      { "checksum", try_checksum },
	{ "netlink", try_netlink },
};

static void (*chosen)(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ");

	for (size_t i = 0; name && i < ARRAY_LEN(parsers); i++)
		if (strcmp(name, parsers[i].name) == 0)
			chosen = parsers[i].try;
	MUST(chosen);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own, so that its very end is guarded. */
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	chosen(copy, size);
	free(copy);
	return 0;
}
