// SPDX-License-Identifier: MIT
/*
 * IPv4 options: see options.h.
 */
#include "net/ip/options.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/instance.h"
#include "net/wire/ip4.h"

#define TIMESTAMP_ONLY 0
#define TIMESTAMP_ADDRESS 1
#define TIMESTAMP_PRESPECIFIED 3

uint32_t ip_timestamp(struct net *net)
{
	nsec_t wall = net->tap.epoch + net->now;

	return (uint32_t)(wall / NSEC_PER_MSEC % (86400 * 1000));
}

/* The length of the option at `at`; 0: malformed. */
static uint32_t length_of(const uint8_t *options, uint32_t size, uint32_t at)
{
	uint32_t n;

	if (options[at] == IP_OPTION_NOP)
		return 1;
	if (at + 2 > size)
		return 0;
	n = options[at + 1];
	return n < 2 || at + n > size ? 0 : n;
}

/* Where in the option something is wrong, or -1. */
static int check_one(const uint8_t *o, uint32_t n)
{
	switch (o[0]) {
	case IP_OPTION_RECORD_ROUTE:
		if (n < 3)
			return 1;
		if (o[2] < 4 || (o[2] <= n && o[2] + 3u > n))
			return 2;
		return -1;
	case IP_OPTION_TIMESTAMP:
		if (n < 4)
			return 1;
		if (o[2] < 5)
			return 2;
		if (o[2] > n)
			return (o[3] & 15) != TIMESTAMP_PRESPECIFIED &&
					       o[3] >> 4 == 15 ?
				       3 :
				       -1;
		return o[2] + ((o[3] & 15) ? 7u : 3u) > n ? 2 : -1;
	case IP_OPTION_ROUTER_ALERT:
		return n < 4 ? 1 : -1;
	default:
		return -1;
	}
}

/* 0, or the position (from 1) of what is wrong. */
static uint32_t check_all(const uint8_t *options, uint32_t size)
{
	bool seen_route = false, seen_time = false;
	uint32_t n;

	for (uint32_t at = 0; at < size; at += n) {
		uint8_t type = options[at];
		int wrong;

		if (type == IP_OPTION_END)
			return 0;
		n = length_of(options, size, at);
		if (!n || (type == IP_OPTION_RECORD_ROUTE && seen_route) ||
		    (type == IP_OPTION_TIMESTAMP && seen_time))
			return at + 1;
		wrong = n > 1 ? check_one(options + at, n) : -1;
		if (wrong >= 0)
			return at + 1 + (uint32_t)wrong;
		seen_route |= type == IP_OPTION_RECORD_ROUTE;
		seen_time |= type == IP_OPTION_TIMESTAMP;
	}
	return 0;
}

static uint8_t *find(uint8_t *options, uint32_t size, uint8_t type)
{
	uint32_t n;

	for (uint32_t at = 0; at < size; at += n) {
		if (options[at] == IP_OPTION_END)
			return NULL;
		if (options[at] == type)
			return options + at;
		n = length_of(options, size, at);
		if (!n)
			return NULL;
	}
	return NULL;
}

static bool has_source_route(uint8_t *options, uint32_t size)
{
	return find(options, size, IP_OPTION_LOOSE_ROUTE) ||
	       find(options, size, IP_OPTION_STRICT_ROUTE);
}

enum reason options_take(struct packet *packet, const uint8_t *header,
			 uint32_t header_length, uint8_t *problem)
{
	uint32_t size = header_length - IP4_HEADER_MIN, wrong;

	memcpy(packet->options, header + IP4_HEADER_MIN, size);
	packet->options_length = (uint8_t)size;
	wrong = check_all(packet->options, size);
	if (wrong) {
		*problem = (uint8_t)(IP4_HEADER_MIN + wrong - 1);
		return REASON_IP_BAD_OPTION;
	}
	if (has_source_route(packet->options, size))
		return REASON_IP_SOURCE_ROUTE;
	return REASON_NONE;
}

static void record_route(uint8_t *o, const struct net_addr *addr)
{
	if (o[2] + 3 > o[1])
		return;
	put_be32(o + o[2] - 1, addr_to_ip4(addr));
	o[2] += 4;
}

static void record_time(struct net *net, uint8_t *o,
			const struct net_addr *addr) ON_NET_THREAD
{
	uint8_t kind = o[3] & 15, *at = o + o[2] - 1;
	struct net_addr wanted;

	if (o[2] > o[1]) {
		if (kind != TIMESTAMP_PRESPECIFIED)
			o[3] += 16; /* one more that had no room */
		return;
	}
	if (kind == TIMESTAMP_PRESPECIFIED) {
		wanted = addr_ip4(get_be32(at));
		if (!netif_of_address(net, &wanted))
			return;
	} else if (kind == TIMESTAMP_ADDRESS) {
		put_be32(at, addr_to_ip4(addr));
	} else if (kind != TIMESTAMP_ONLY) {
		return;
	}
	put_be32(at + (kind ? 4 : 0), ip_timestamp(net));
	o[2] += kind ? 8 : 4;
}

bool options_record(struct net *net, struct packet *packet,
		    const struct net_addr *addr, uint8_t *problem)
{
	uint32_t size = packet->options_length, wrong;
	uint8_t *route, *time;

	wrong = check_all(packet->options, size);
	if (wrong) {
		*problem = (uint8_t)(IP4_HEADER_MIN + wrong - 1);
		return false;
	}
	route = find(packet->options, size, IP_OPTION_RECORD_ROUTE);
	time = find(packet->options, size, IP_OPTION_TIMESTAMP);
	if (route)
		record_route(route, addr);
	if (time)
		record_time(net, time, addr);
	return true;
}

int options_from_user(const void *value, uint32_t length, uint8_t out[40])
{
	uint32_t size = ALIGN_UP(length, 4u);

	if (length > 40)
		return -EINVAL;
	memset(out, 0, 40);
	memcpy(out, value, length);
	if (check_all(out, size) || has_source_route(out, size))
		return -EINVAL;
	return (int)size;
}

static uint32_t append(uint8_t *out, uint32_t at, const uint8_t *option)
{
	if (!option)
		return at;
	memcpy(out + at, option, option[1]);
	return at + option[1];
}

uint8_t options_echo(const struct packet *packet, uint8_t out[40])
{
	uint8_t *from = (uint8_t *)packet->options;
	uint32_t size = packet->options_length, n = 0;

	n = append(out, n, find(from, size, IP_OPTION_RECORD_ROUTE));
	n = append(out, n, find(from, size, IP_OPTION_TIMESTAMP));
	while (n & 3)
		out[n++] = IP_OPTION_END;
	return (uint8_t)n;
}

void options_for_fragment(uint8_t *options, uint32_t length)
{
	uint32_t n;

	for (uint32_t at = 0; at < length; at += n) {
		if (options[at] == IP_OPTION_END)
			return;
		n = length_of(options, length, at);
		if (!n)
			return;
		if (!(options[at] & IP_OPTION_COPIED))
			memset(options + at, IP_OPTION_NOP, n);
	}
}
