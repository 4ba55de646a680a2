// SPDX-License-Identifier: MIT
/*
 * What IPv6 puts into packets beside addresses and payload: the extension
 * headers that a program gave (RFC 3542 6 to 9), and flow labels (RFC 6437).
 */
#include <string.h>

#include "lib/bytes.h"
#include "lib/errno.h"
#include "net/core/sockopt.h"
#include "net/ip/extension.h"
#include "net/ip/flow_label.h"
#include "net/wire/ip6.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

TEST(extension_headers_say_how_long_they_are)
{
	struct extension_list list = { 0 };
	uint8_t header[16] = { 0, 1, 1, 4 };
	uint32_t length;

	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, header, 7), -EINVAL);
	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, header, 12), -EINVAL);
	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, header, 8), -EINVAL);
	CHECK(extension_get(&list, NET_IPV6_HOPOPTS, &length) == NULL);
	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, header, 16), 0);
	CHECK_MEM(extension_get(&list, NET_IPV6_HOPOPTS, &length), header, 16);
	CHECK_EQ(length, 16);
	CHECK_EQ(extension_size(list.bytes, list.length), 16);
	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, NULL, 0), 0);
	CHECK(extension_get(&list, NET_IPV6_HOPOPTS, &length) == NULL);
}

TEST(extension_headers_name_each_other_in_order)
{
	struct scene s = scene_new();
	struct extension_list list = { 0 };
	struct packet *packet = packet_new(s.h->net);
	uint8_t header[8] = { 0xff, 0, 1, 4 }, protocol = 17;
	const uint8_t *bytes;

	memset(packet_append(packet, 8), 0x77, 8);
	/* Given the other way round. */
	header[4] = 0xd0;
	CHECK_EQ(extension_set(&list, NET_IPV6_DSTOPTS, header, 8), 0);
	header[4] = 0x40;
	CHECK_EQ(extension_set(&list, NET_IPV6_HOPOPTS, header, 8), 0);
	extension_arrange(list.bytes, list.length, packet);
	CHECK_EQ(packet->options_length, 16);
	CHECK_EQ(packet->options_first, IP6_NEXT_HOP_BY_HOP);
	CHECK(extension_push(packet, packet->options, packet->options_length,
			     packet->options_first, &protocol));
	CHECK_EQ(protocol, IP6_NEXT_HOP_BY_HOP);
	bytes = packet_header(packet, 0, 24);
	CHECK_EQ(bytes[0], IP6_NEXT_DESTINATION);
	CHECK_EQ(bytes[4], 0x40);
	CHECK_EQ(bytes[8], 17);
	CHECK_EQ(bytes[12], 0xd0);
	CHECK_EQ(bytes[16], 0x77);
	packet_free(s.h->net, packet);
	world_free(s.w);
}

static uint32_t label(struct scene *s, uint16_t port, const char *to)
{
	struct packet *packet = packet_new(s->h->net);
	uint8_t *udp = packet_append(packet, 8);
	uint32_t got;

	memset(udp, 0, 8);
	put_be16(udp, port);
	packet->protocol = 17;
	packet->src = host_addr("fd00::1");
	packet->dst = host_addr(to);
	got = flow_label_auto(s->h->net, packet);
	packet_free(s->h->net, packet);
	return got;
}

TEST(each_flow_has_a_label_of_its_own)
{
	struct scene s = scene_new();
	uint32_t one = label(&s, 1, "fd00::2");

	CHECK_EQ(one & ~0xfffffu, 0);
	CHECK_EQ(label(&s, 1, "fd00::2"), one);
	CHECK(label(&s, 2, "fd00::2") != one);
	CHECK(label(&s, 1, "fd00::3") != one);
	CHECK_EQ(host_tune(s.h, "net/ipv6/flowlabel_state_ranges", "1"), 0);
	for (uint16_t port = 1; port < 9; port++)
		CHECK(label(&s, port, "fd00::2") & 0x80000);
	CHECK_EQ(host_tune(s.h, "net/ipv6/auto_flowlabels", "0"), 0);
	CHECK_EQ(label(&s, 1, "fd00::2"), 0);
	world_free(s.w);
}
