// SPDX-License-Identifier: MIT
/*
 * Dialogues about MLD (RFC 3810, RFC 2710): what a host reports of the groups
 * that its programs join, and how it answers routers of both versions.
 */
#include <stdlib.h>

#include "net/ip/group.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/ip6.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define GROUP "ff05::1:3"
#define ROUTERS "ff02::16"
#define ALERT_AT 54
#define MLD_AT 62

static struct scene scene6(void)
{
	struct scene s = { .w = world_new(1) };
	struct net_addr link = host_addr("fe80::1");

	s.h = host_new(s.w, NULL, 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &link, 64), 0);
	world_run(s.w, 5 * NSEC_PER_SEC);
	for (struct frame *f; (f = host_next(s.h)); free(f))
		; /* reports of its own groups */
	return s;
}

static int group_option(struct scene *s, struct endpoint *ep, int name)
{
	struct net_addr addr = host_addr(GROUP);
	uint8_t mreq[20];
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = NET_IPPROTO_IPV6,
				      .option = name,
				      .value = mreq,
				      .length = sizeof mreq };

	memcpy(mreq, addr.b, 16);
	memcpy(mreq + 16, &s->h->netif.index, 4);
	return host_request(s->h, ep, &r);
}

/* The next frame must be MLD of this type to `dst`, as RFC 3810 5 wants it;
 * its message. */
static struct frame *expect_mld(struct scene *s, uint8_t type, const char *dst,
				uint8_t **mld)
{
	static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	struct net_addr to = host_addr(dst), from = host_addr("fe80::1");
	struct frame *f = host_next(s->h);
	uint32_t length;
	uint64_t sum;

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_IP6);
	CHECK_EQ(f->bytes[14 + 6], IP6_NEXT_HOP_BY_HOP);
	CHECK_EQ(f->bytes[14 + 7], 1); /* hop limit */
	CHECK_MEM(f->bytes + 14 + 8, from.b, 16);
	CHECK_MEM(f->bytes + 14 + 24, to.b, 16);
	CHECK_MEM(f->bytes + ALERT_AT, alert, 8);
	*mld = f->bytes + MLD_AT;
	CHECK_EQ((*mld)[0], type);
	length = f->length - MLD_AT;
	sum = checksum_pseudo(&from, &to, 58, length);
	CHECK_EQ(checksum_fold(checksum_add(sum, *mld, length)), 0xffff);
	return f;
}

/* The type of the record about GROUP in a version 2 report; -1: none. */
static int record_of(const uint8_t *mld)
{
	struct net_addr group = host_addr(GROUP);
	const uint8_t *at = mld + 8;

	for (int n = get_be16(mld + 6); n-- > 0;) {
		if (memcmp(at + 4, group.b, 16) == 0)
			return at[0];
		at += 20 + get_be16(at + 2) * 16;
	}
	return -1;
}

static void expect_record(struct scene *s, int type)
{
	uint8_t *mld;
	struct frame *f = expect_mld(s, 143, ROUTERS, &mld);

	CHECK_EQ(record_of(mld), type);
	free(f);
}

/* A router's general query; 28 bytes are version 2, 24 version 1. */
static void inject_query(struct scene *s, uint32_t length, uint16_t delay)
{
	static const uint8_t mac[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t router[6] = { 2, 0, 0, 0, 9, 9 };
	struct ip6_header h = { .next_header = IP6_NEXT_HOP_BY_HOP,
				.hop_limit = 1,
				.payload_length = (uint16_t)(8 + length),
				.src = host_addr("fe80::9"),
				.dst = host_addr("ff02::1") };
	static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	uint8_t *mld = frame + MLD_AT;
	uint64_t sum;

	ethernet_emit(frame, mac, router, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memcpy(frame + ALERT_AT, alert, 8);
	memset(mld, 0, length);
	mld[0] = 130;
	put_be16(mld + 4, delay);
	sum = checksum_pseudo(&h.src, &h.dst, 58, length);
	checksum_store(mld + 2,
		       checksum_finish(checksum_add(sum, mld, length)));
	inject(s, MLD_AT + length);
}

/* rfc3810 5.2; rfc3810 6.1 */
TEST(mld_reports_a_join_and_a_leave)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);

	CHECK_EQ(group_option(&s, ep, NET_IPV6_JOIN_GROUP), 0);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 4); /* TO_EX {} */
	host_expect_nothing(s.h);
	world_run(s.w, NSEC_PER_SEC + 5 * NSEC_PER_MSEC);
	expect_record(&s, 4);
	world_run(s.w, 10 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_run(s.w, 2 * NSEC_PER_MSEC);
	expect_record(&s, 3); /* TO_IN {} */
	world_run(s.w, 2 * NSEC_PER_SEC);
	expect_record(&s, 3);
	world_run(s.w, 10 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* rfc3810 6.2 */
TEST(mld_queries_are_answered)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);

	CHECK_EQ(group_option(&s, ep, NET_IPV6_JOIN_GROUP), 0);
	world_run(s.w, 5 * NSEC_PER_SEC);
	for (struct frame *f; (f = host_next(s.h)); free(f))
		;
	inject_query(&s, 28, 1000);
	world_run(s.w, NSEC_PER_SEC);
	expect_record(&s, 2); /* is EX {} */
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_run(s.w, 5 * NSEC_PER_SEC);
	for (struct frame *f; (f = host_next(s.h)); free(f))
		;
	world_free(s.w);
}

/* rfc3810 8.2.1 */
TEST(mld_of_an_older_router_is_spoken)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	struct net_addr group = host_addr(GROUP);
	int reports = 0;
	uint8_t *mld;

	CHECK_EQ(group_option(&s, ep, NET_IPV6_JOIN_GROUP), 0);
	world_run(s.w, 5 * NSEC_PER_SEC);
	for (struct frame *f; (f = host_next(s.h)); free(f))
		;
	inject_query(&s, 24, 1000);
	world_run(s.w, NSEC_PER_SEC);
	/* One for each group, among them the solicited-node group. */
	for (struct frame *f; (f = host_next(s.h)); free(f)) {
		CHECK_EQ(f->bytes[MLD_AT], 131);
		reports += memcmp(f->bytes + MLD_AT + 8, group.b, 16) == 0;
	}
	CHECK_EQ(reports, 1);
	host_close(s.h, ep);
	world_run(s.w, NSEC_PER_SEC);
	free(expect_mld(&s, 132, "ff02::2", &mld)); /* done */
	world_free(s.w);
}
