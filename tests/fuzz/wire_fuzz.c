// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: every parser of net/wire on arbitrary bytes. The first byte
 * chooses the parser; what parses is emitted again and must parse to the same.
 * Built by `make fuzz`; inputs that failed once belong into tests/net as tests.
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
#include "net/wire/tcp.h"
#include "net/wire/udp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ethernet_header ethernet;
	struct icmp_header icmp;
	struct udp_header udp;

	if (size < 1)
		return 0;
	switch (data[0] % 9) {
	case 0:
		try_address(data + 1, size - 1);
		break;
	case 1:
		try_arp(data + 1, size - 1);
		break;
	case 2:
		try_ip4(data + 1, size - 1);
		break;
	case 3:
		try_ip6(data + 1, size - 1);
		break;
	case 4:
		try_tcp(data + 1, size - 1);
		break;
	case 5:
		try_dhcp(data + 1, size - 1);
		break;
	case 6:
		icmp_parse(data + 1, size - 1, &icmp);
		break;
	case 7:
		udp_parse(data + 1, size - 1, &udp);
		break;
	default:
		ethernet_parse(data + 1, size - 1, &ethernet);
		checksum_add(0, data + 1, size - 1);
		break;
	}
	return 0;
}
