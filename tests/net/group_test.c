// SPDX-License-Identifier: MIT
/*
 * Dialogues about multicast: memberships and source filters of sockets, IGMP
 * versions 3, 2 and 1 (RFC 3376), copies for ourselves.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/core/link.h"
#include "net/ip/group.h"
#include "net/ip/membership.h"
#include "net/wire/checksum.h"
#include "net/wire/udp.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define GROUP "232.1.2.3"
#define GROUP_IP 0xe8010203

static int set_bytes(struct scene *s, struct endpoint *ep, int level, int name,
		     const void *value, uint32_t length)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = (void *)(uintptr_t)value,
				      .length = length };

	return host_request(s->h, ep, &r);
}

static int group_option(struct scene *s, struct endpoint *ep, int name,
			const char *group)
{
	struct net_addr addr = host_addr(group);
	uint8_t request[12] = { 0 };

	put_be32(request, addr_to_ip4(&addr));
	request[8] = (uint8_t)s->h->netif.index;
	return set_bytes(s, ep, NET_IPPROTO_IP, name, request, 12);
}

static int source_option(struct scene *s, struct endpoint *ep, int name,
			 const char *group, const char *source)
{
	struct net_addr g = host_addr(group), from = host_addr(source);
	uint8_t request[12];

	put_be32(request, addr_to_ip4(&g));
	put_be32(request + 4, 0x0a000001);
	put_be32(request + 8, addr_to_ip4(&from));
	return set_bytes(s, ep, NET_IPPROTO_IP, name, request, 12);
}

/* The next frame must be IGMP to `dst`; its message. */
static struct frame *expect_igmp(struct scene *s, uint32_t dst, uint8_t **igmp)
{
	struct ip4_header h;
	struct frame *f = expect_ip(s, 2, &h);

	CHECK_EQ(h.dst, dst);
	CHECK_EQ(h.ttl, 1);
	CHECK_EQ(h.tos, 0xc0);
	CHECK_EQ(h.header_length, 24);
	CHECK_MEM(f->bytes + 34, "\x94\x04\0\0", 4); /* router alert */
	*igmp = f->bytes + 38;
	CHECK_EQ(checksum_fold(checksum_add(0, *igmp, f->length - 38)), 0xffff);
	return f;
}

/* A version 3 report with one record. */
static void expect_record(struct scene *s, uint8_t type, uint32_t group,
			  const char *sources)
{
	uint8_t *igmp, text[128] = { 0 };
	struct frame *f = expect_igmp(s, 0xe0000016, &igmp);
	uint32_t n, at = 0;

	CHECK_EQ(igmp[0], 0x22);
	CHECK_EQ(get_be16(igmp + 6), 1);
	CHECK_EQ(igmp[8], type);
	CHECK_EQ(get_be32(igmp + 12), group);
	n = get_be16(igmp + 10);
	for (uint32_t i = 0; i < n; i++)
		at += (uint32_t)snprintf((char *)text + at, sizeof text - at,
					 "%s%u", i ? " " : "",
					 igmp[16 + i * 4 + 3]);
	CHECK_EQ(strcmp((char *)text, sources), 0);
	free(f);
}

static uint32_t group_packet(struct scene *s, const char *from, const char *to)
{
	struct peer p = s->p;
	struct net_addr group = host_addr(to);
	uint32_t n;

	p.addr = host_addr(from);
	p.host_addr = group;
	n = frame_udp(frame, &p, 7, 2000, "all", 3);
	memcpy(frame, "\x01\x00\x5e", 3);
	frame[3] = group.b[13] & 0x7f;
	frame[4] = group.b[14];
	frame[5] = group.b[15];
	return n;
}

static int hears(struct scene *s, struct endpoint *ep, const char *from)
{
	char got[8];

	inject(s, group_packet(s, from, GROUP));
	return host_receive(s->h, ep, got, sizeof got, NULL);
}

static uint32_t query(struct scene *s, const char *dst, uint32_t group,
		      uint8_t code, uint32_t length, const uint32_t *sources,
		      uint16_t count)
{
	uint8_t igmp[64] = { 0x11, code };
	struct peer p = s->p;
	uint32_t n;

	put_be32(igmp + 4, group);
	if (length > 8) {
		igmp[8] = 2;
		igmp[9] = 125;
		put_be16(igmp + 10, count);
		for (int i = 0; i < count; i++)
			put_be32(igmp + 12 + i * 4, sources[i]);
	}
	checksum_store(igmp + 2,
		       checksum_finish(checksum_add(0, igmp, length)));
	p.host_addr = host_addr(dst);
	n = frame_ip4(frame, &p, 2, igmp, length);
	memcpy(frame, "\x01\x00\x5e\0\0\1", 6);
	return n;
}

static void settle_reports(struct scene *s)
{
	struct frame *f;

	world_run(s->w, 3 * NSEC_PER_SEC);
	while ((f = host_next(s->h)))
		free(f);
}

TEST(group_is_heard_only_by_its_members)
{
	struct scene s = scene_new();
	struct endpoint *a = udp_bound(&s, 2000);

	CHECK_EQ(hears(&s, a, "10.0.0.2"), -EAGAIN);
	CHECK_EQ(drops(&s, REASON_IP_NO_MEMBER), 1);
	CHECK_EQ(group_option(&s, a, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(hears(&s, a, "10.0.0.2"), 3);
	CHECK_EQ(group_option(&s, a, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(hears(&s, a, "10.0.0.2"), -EAGAIN);
	settle_reports(&s);
	host_close(s.h, a);
	world_free(s.w);
}

TEST(each_receiver_of_a_port_gets_a_copy)
{
	struct scene s = scene_new();
	struct endpoint *e[5];
	char got[8];

	for (int i = 0; i < 5; i++) {
		e[i] = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
		host_set(s.h, e[i], NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
		CHECK_EQ(host_bind(s.h, e[i], i & 1 ? GROUP : "0.0.0.0", 2000),
			 0);
		if (i != 4)
			CHECK_EQ(group_option(&s, e[i], NET_IP_ADD_MEMBERSHIP,
					      GROUP),
				 0);
	}
	/* The last one joined nothing and wants only what it joined. */
	host_set(s.h, e[4], NET_IPPROTO_IP, NET_IP_MULTICAST_ALL, 0);
	inject(&s, group_packet(&s, "10.0.0.2", GROUP));
	for (int i = 0; i < 5; i++)
		CHECK_EQ(host_receive(s.h, e[i], got, sizeof got, NULL),
			 i == 4 ? -EAGAIN : 3);
	settle_reports(&s);
	for (int i = 0; i < 5; i++)
		host_close(s.h, e[i]);
	settle_reports(&s);
	world_free(s.w);
}

TEST(membership_errors_are_linuxs)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint8_t request[12] = { 10, 0, 0, 9 };

	CHECK_EQ(set_bytes(&s, ep, 0, NET_IP_ADD_MEMBERSHIP, request, 12),
		 -EINVAL);
	CHECK_EQ(set_bytes(&s, ep, 0, NET_IP_ADD_MEMBERSHIP, request, 7),
		 -EINVAL);
	request[0] = 232;
	request[8] = 99;
	CHECK_EQ(set_bytes(&s, ep, 0, NET_IP_ADD_MEMBERSHIP, request, 12),
		 -ENODEV);
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP),
		 -EADDRINUSE);
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, "232.9.9.9"),
		 -EADDRNOTAVAIL);
	for (int i = 0; i < 19; i++) {
		char text[32];

		snprintf(text, sizeof text, "232.7.7.%d", i + 1);
		CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, text), 0);
	}
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, "232.7.7.77"),
		 -ENOBUFS);
	CHECK_EQ(source_option(&s, ep, NET_IP_UNBLOCK_SOURCE, GROUP, "1.1.1.1"),
		 -EADDRNOTAVAIL);
	CHECK_EQ(source_option(&s, ep, NET_IP_BLOCK_SOURCE, "232.9.9.9",
			       "1.1.1.1"),
		 -EINVAL);
	CHECK_EQ(source_option(&s, ep, NET_IP_BLOCK_SOURCE, GROUP, "1.1.1.1"),
		 0);
	CHECK_EQ(source_option(&s, ep, NET_IP_BLOCK_SOURCE, GROUP, "1.1.1.1"),
		 -EADDRNOTAVAIL);
	CHECK_EQ(source_option(&s, ep, NET_IP_ADD_SOURCE_MEMBERSHIP, GROUP,
			       "1.1.1.2"),
		 -EINVAL); /* it excludes */
	settle_reports(&s);
	host_close(s.h, ep);
	settle_reports(&s);
	world_free(s.w);
}

/* rfc3376 3.2 */
TEST(source_filters_include_and_exclude)
{
	struct scene s = scene_new();
	struct endpoint *a = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct endpoint *b = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	char got[8];

	host_set(s.h, a, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	host_set(s.h, b, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(host_bind(s.h, a, "0.0.0.0", 2000), 0);
	CHECK_EQ(host_bind(s.h, b, "0.0.0.0", 2000), 0);
	CHECK_EQ(source_option(&s, a, NET_IP_ADD_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.2"),
		 0);
	CHECK_EQ(hears(&s, a, "10.0.0.2"), 3);
	CHECK_EQ(host_receive(s.h, b, got, sizeof got, NULL), 3); /* all */
	CHECK_EQ(hears(&s, a, "10.0.0.3"), -EAGAIN);
	CHECK_EQ(drops(&s, REASON_IP_BLOCKED_SOURCE), 1);
	CHECK_EQ(group_option(&s, b, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(source_option(&s, b, NET_IP_BLOCK_SOURCE, GROUP, "10.0.0.4"),
		 0);
	CHECK_EQ(hears(&s, b, "10.0.0.3"), 3);
	CHECK_EQ(host_receive(s.h, a, got, sizeof got, NULL), -EAGAIN);
	CHECK_EQ(hears(&s, b, "10.0.0.4"), -EAGAIN);
	/* The only source goes: so does the membership. */
	CHECK_EQ(source_option(&s, a, NET_IP_DROP_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.2"),
		 0);
	CHECK_EQ(group_option(&s, a, NET_IP_DROP_MEMBERSHIP, GROUP),
		 -EADDRNOTAVAIL);
	settle_reports(&s);
	host_close(s.h, a);
	host_close(s.h, b);
	settle_reports(&s);
	world_free(s.w);
}

/* ---- IGMP ---- */

/* rfc1122 3.2.3; rfc3376 4.2; rfc3376 5.1 */
TEST(join_and_leave_are_reported_at_once_and_once_more)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 4, GROUP_IP, ""); /* TO_EX {} */
	host_expect_nothing(s.h);
	world_run(s.w, NSEC_PER_SEC + 5 * NSEC_PER_MSEC);
	expect_record(&s, 4, GROUP_IP, "");
	world_run(s.w, 10 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 3, GROUP_IP, ""); /* TO_IN {} */
	world_run(s.w, 2 * NSEC_PER_SEC);
	expect_record(&s, 3, GROUP_IP, "");
	world_run(s.w, 10 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	CHECK(list_empty(&s.h->netif.groups));
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(second_member_changes_nothing_for_the_routers)
{
	struct scene s = scene_new();
	struct endpoint *a = udp_bound(&s, 2000), *b = udp_bound(&s, 2001);

	CHECK_EQ(group_option(&s, a, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	settle_reports(&s);
	CHECK_EQ(group_option(&s, b, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(group_option(&s, a, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 5 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	host_close(s.h, a);
	host_close(s.h, b);
	settle_reports(&s);
	world_free(s.w);
}

/* rfc3376 5.1 */
TEST(changes_of_sources_are_reported_as_such)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	CHECK_EQ(source_option(&s, ep, NET_IP_ADD_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.7"),
		 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 5, GROUP_IP, "7"); /* ALLOW */
	settle_reports(&s);
	CHECK_EQ(source_option(&s, ep, NET_IP_ADD_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.8"),
		 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 5, GROUP_IP, "8");
	settle_reports(&s);
	CHECK_EQ(source_option(&s, ep, NET_IP_DROP_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.7"),
		 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 6, GROUP_IP, "7"); /* BLOCK */
	settle_reports(&s);
	host_close(s.h, ep);
	settle_reports(&s);
	world_free(s.w);
}

/* rfc3376 5.2 */
TEST(queries_are_answered_within_their_time)
{
	static const uint32_t sources[] = { 0x0a000007, 0x0a000009 };
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	settle_reports(&s);
	inject(&s, query(&s, "224.0.0.1", 0, 10, 12, NULL, 0));
	world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	expect_record(&s, 2, GROUP_IP, ""); /* IS_EX {} */
	inject(&s, query(&s, GROUP, GROUP_IP, 10, 12, NULL, 0));
	world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	expect_record(&s, 2, GROUP_IP, "");
	inject(&s, query(&s, "224.0.0.1", 0xe8010204, 10, 12, NULL, 0));
	world_run(s.w, 2 * NSEC_PER_SEC);
	host_expect_nothing(s.h); /* not our group */
	/* Some sources: which of them we want. */
	CHECK_EQ(source_option(&s, ep, NET_IP_BLOCK_SOURCE, GROUP, "10.0.0.9"),
		 0);
	settle_reports(&s);
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	CHECK_EQ(source_option(&s, ep, NET_IP_ADD_SOURCE_MEMBERSHIP, GROUP,
			       "10.0.0.7"),
		 0);
	settle_reports(&s);
	inject(&s, query(&s, GROUP, GROUP_IP, 10, 20, sources, 2));
	world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	expect_record(&s, 1, GROUP_IP, "7"); /* IS_IN {7} */
	host_close(s.h, ep);
	settle_reports(&s);
	world_free(s.w);
}

/* rfc3376 7.2.1 */
TEST(older_routers_get_older_reports)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint8_t *igmp;

	inject(&s, query(&s, "224.0.0.1", 0, 100, 8, NULL, 0)); /* version 2 */
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	for (int i = 0; i < 2; i++) {
		struct frame *f = expect_igmp(&s, GROUP_IP, &igmp);

		CHECK_EQ(igmp[0], 0x16);
		CHECK_EQ(get_be32(igmp + 4), GROUP_IP);
		free(f);
		world_run(s.w, 11 * NSEC_PER_SEC);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	free(expect_igmp(&s, 0xe0000002, &igmp)); /* leave */
	/* Long after that router was heard: version 3 again. */
	world_run(s.w, 600 * NSEC_PER_SEC);
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 4, GROUP_IP, "");
	settle_reports(&s);
	inject(&s, query(&s, "224.0.0.1", 0, 0, 8, NULL, 0)); /* version 1 */
	world_run(s.w, 10 * NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	struct frame *f = expect_igmp(&s, GROUP_IP, &igmp);
	CHECK_EQ(igmp[0], 0x12);
	free(f);
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	host_expect_nothing(s.h); /* version 1 has no leave */
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc3376 7.3.1 */
TEST(report_of_another_member_silences_ours_in_version_2)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint8_t report[8] = { 0x16, 0, 0, 0, 232, 1, 2, 3 }, *igmp;
	uint32_t n;

	inject(&s, query(&s, "224.0.0.1", 0, 100, 8, NULL, 0));
	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	free(expect_igmp(&s, GROUP_IP, &igmp));
	checksum_store(report + 2, checksum_finish(checksum_add(0, report, 8)));
	s.p.host_addr = host_addr(GROUP);
	n = frame_ip4(frame, &s.p, 2, report, 8);
	memcpy(frame, "\x01\x00\x5e\x01\x02\x03", 6);
	inject(&s, n);
	world_run(s.w, 20 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	/* Nor do we speak for the leave: the other one was the last. */
	CHECK_EQ(group_option(&s, ep, NET_IP_DROP_MEMBERSHIP, GROUP), 0);
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc3376 9.2 */
TEST(malformed_igmp_does_nothing)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint64_t seed = 7;
	struct frame *f;

	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	settle_reports(&s);
	for (int i = 0; i < 3000; i++) {
		uint8_t igmp[64];
		uint32_t n = (uint32_t)(test_random(&seed) % 64);

		for (uint32_t k = 0; k < n; k++)
			igmp[k] = (uint8_t)test_random(&seed);
		igmp[0] = i & 1 ? 0x11 : igmp[0];
		if (n >= 4) {
			put_be16(igmp + 2, 0);
			checksum_store(igmp + 2, checksum_finish(checksum_add(
							 0, igmp, n)));
		}
		s.p.host_addr = host_addr("224.0.0.1");
		n = frame_ip4(frame, &s.p, 2, igmp, n);
		memcpy(frame, "\x01\x00\x5e\0\0\1", 6);
		inject(&s, n);
		while ((f = host_next(s.h)))
			free(f);
	}
	settle_reports(&s);
	host_close(s.h, ep);
	settle_reports(&s);
	world_free(s.w);
}

/* ---- out ---- */

TEST(sent_multicast_comes_back_to_members_unless_switched_off)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	struct ip4_header h;
	struct frame *f;
	char got[8];

	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	settle_reports(&s);
	CHECK_EQ(host_send_to(s.h, ep, GROUP, 2000, "x", 1), 0);
	f = expect_ip(&s, 17, &h);
	CHECK_MEM(f->bytes, "\x01\x00\x5e\x01\x02\x03", 6);
	CHECK_EQ(h.ttl, 1);
	free(f);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 1);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_MULTICAST_LOOP, 0);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_MULTICAST_TTL, 9);
	CHECK_EQ(host_send_to(s.h, ep, GROUP, 2000, "x", 1), 0);
	free(expect_ip(&s, 17, &h));
	CHECK_EQ(h.ttl, 9);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	/* TTL 0: to ourselves alone. */
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_MULTICAST_LOOP, 1);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_MULTICAST_TTL, 0);
	CHECK_EQ(host_send_to(s.h, ep, GROUP, 2000, "x", 1), 0);
	host_expect_nothing(s.h);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 1);
	host_close(s.h, ep);
	settle_reports(&s);
	world_free(s.w);
}

TEST(closing_a_socket_leaves_its_groups)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	CHECK_EQ(group_option(&s, ep, NET_IP_ADD_MEMBERSHIP, GROUP), 0);
	settle_reports(&s);
	host_close(s.h, ep);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 3, GROUP_IP, "");
	settle_reports(&s);
	CHECK(list_empty(&s.h->netif.groups));
	world_free(s.w);
}

/* ---- Interfaces that go ---- */

static struct netif *dummy(struct scene *s, uint32_t index)
{
	struct link_request request = { .name = "d0", .index = index };
	struct netif *netif;

	CHECK_EQ(link_create(s->h->net, link_kind_find(s->h->net, "dummy"),
			     &request, &netif),
		 0);
	CHECK_EQ(link_set_flags(netif, NETIF_UP, NETIF_UP), 0);
	return netif;
}

static int by_index(struct scene *s, struct endpoint *ep, int name,
		    uint32_t index)
{
	struct net_addr addr = host_addr(GROUP);
	uint8_t request[12] = { 0 };

	put_be32(request, addr_to_ip4(&addr));
	put_le32(request + 8, index);
	return set_bytes(s, ep, NET_IPPROTO_IP, name, request, 12);
}

TEST(a_membership_ends_with_its_interface_whoever_gets_its_number)
{
	struct scene s = scene_new();
	struct net_addr group = host_addr(GROUP), from = host_addr("10.0.0.2");
	struct endpoint *old = udp_bound(&s, 2000), *own = udp_bound(&s, 2001);
	struct netif *netif = dummy(&s, 9);

	CHECK_EQ(by_index(&s, old, NET_IP_ADD_MEMBERSHIP, 9), 0);
	CHECK(membership_allows(old, &group, &from, netif));
	CHECK_EQ(host_set(s.h, old, NET_IPPROTO_IP, NET_IP_MULTICAST_ALL, 0),
		 0);
	CHECK_EQ(link_delete(netif), 0);
	world_settle(s.w);
	netif = dummy(&s, 9);
	CHECK(!membership_allows(old, &group, &from, netif));
	CHECK_EQ(by_index(&s, own, NET_IP_ADD_MEMBERSHIP, 9), 0);
	/* What it leaves is not what the other one joined. */
	CHECK_EQ(by_index(&s, old, NET_IP_DROP_MEMBERSHIP, 9), 0);
	CHECK_EQ(by_index(&s, old, NET_IP_DROP_MEMBERSHIP, 9), -EADDRNOTAVAIL);
	CHECK(group_joined(netif, &group));
	CHECK_EQ(by_index(&s, own, NET_IP_DROP_MEMBERSHIP, 9), 0);
	CHECK(!group_joined(netif, &group));
	host_close(s.h, old);
	host_close(s.h, own);
	world_free(s.w);
}

TEST(an_interface_of_an_old_number_can_be_joined_anew)
{
	struct scene s = scene_new();
	struct net_addr group = host_addr(GROUP);
	struct endpoint *ep = udp_bound(&s, 2000);
	struct netif *netif = dummy(&s, 9);

	CHECK_EQ(by_index(&s, ep, NET_IP_ADD_MEMBERSHIP, 9), 0);
	CHECK_EQ(by_index(&s, ep, NET_IP_ADD_MEMBERSHIP, 9), -EADDRINUSE);
	CHECK_EQ(link_delete(netif), 0);
	world_settle(s.w);
	netif = dummy(&s, 9);
	CHECK_EQ(by_index(&s, ep, NET_IP_ADD_MEMBERSHIP, 9), 0);
	CHECK(group_joined(netif, &group));
	CHECK_EQ(by_index(&s, ep, NET_IP_DROP_MEMBERSHIP, 9), 0);
	CHECK(!group_joined(netif, &group));
	CHECK_EQ(by_index(&s, ep, NET_IP_DROP_MEMBERSHIP, 9), -EADDRNOTAVAIL);
	host_close(s.h, ep);
	world_free(s.w);
}
