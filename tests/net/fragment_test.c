// SPDX-License-Identifier: MIT
/*
 * Dialogues about fragments: taken apart and put together.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/ip/ip.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/udp.h"
#include "tests/net/port_host.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

struct piece {
	uint32_t from, length;
	bool more;
};

static void inject_pieces(struct scene *s, uint16_t id, const uint8_t *udp,
			  const struct piece *pieces, int count)
{
	for (int i = 0; i < count; i++)
		inject(s,
		       frame_ip4_fragment(frame, &s->p, 17, id, pieces[i].from,
					  pieces[i].more, udp + pieces[i].from,
					  pieces[i].length));
}

static uint32_t make_udp(struct scene *s, uint8_t *udp, uint32_t payload)
{
	static uint8_t bytes[FRAME_MAX];
	static uint8_t data[FRAME_MAX];

	for (uint32_t i = 0; i < payload; i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	frame_udp(bytes, &s->p, 1000, 2000, data, payload);
	memcpy(udp, bytes + 34, payload + 8);
	return payload + 8;
}

/* rfc1122 3.2.1.4 */
TEST(fragments_in_any_order_make_one_datagram)
{
	static uint8_t udp[FRAME_MAX], got[FRAME_MAX];
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 0, 2, 1 }, { 2, 0, 1 }
	};
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint32_t n = make_udp(&s, udp, 4000);
	struct piece all[3] = { { 0, 1480, true },
				{ 1480, 1480, true },
				{ 2960, n - 2960, false } };

	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		for (int k = 0; k < 3; k++) {
			CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL),
				 -EAGAIN);
			inject_pieces(&s, (uint16_t)(50 + i), udp,
				      &all[orders[i][k]], 1);
		}
		CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 4000);
		CHECK_MEM(got, udp + 8, 4000);
	}
	CHECK_EQ(s.h->net->stats.ip.reasm_oks, ARRAY_LEN(orders));
	CHECK_EQ(s.h->net->ip->reassembly_count, 0);
	CHECK_EQ(s.h->net->ip->reassembly_memory, 0);
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc1122 3.3.2 */
TEST(largest_datagram_is_reassembled_and_a_larger_one_refused)
{
	static uint8_t udp[FRAME_MAX], got[FRAME_MAX];
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint32_t n = make_udp(&s, udp, 65507);

	for (uint32_t at = 0; at < n; at += 1480) {
		struct piece p = { at, MIN(1480u, n - at), at + 1480 < n };

		inject_pieces(&s, 9, udp, &p, 1);
	}
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 65507);
	CHECK_MEM(got, udp + 8, 65507);
	inject(&s, frame_ip4_fragment(frame, &s.p, 17, 10, 65528, false, udp,
				      1000));
	CHECK_EQ(drops(&s, REASON_IP_FRAGMENT_MALFORMED), 1);
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc5722 4 */
TEST(overlapping_fragments_throw_the_datagram_away)
{
	static uint8_t udp[FRAME_MAX], got[FRAME_MAX];
	static const struct piece overlap[] = { { 0, 1480, true },
						{ 1472, 1480, true },
						{ 2952, 1056, false } };
	static const struct piece repeat[] = { { 0, 1480, true },
					       { 0, 1480, true },
					       { 1480, 1480, true },
					       { 2960, 1048, false } };
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	make_udp(&s, udp, 4000);
	inject_pieces(&s, 1, udp, overlap, 3);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	CHECK_EQ(drops(&s, REASON_IP_FRAGMENT_OVERLAP), 2);
	inject_pieces(&s, 2, udp, repeat, 4);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 4000);
	host_close(s.h, ep);
	world_free(s.w);
}

/* rfc1122 3.3.2 */
TEST(incomplete_datagram_expires_after_thirty_seconds)
{
	static uint8_t udp[FRAME_MAX];
	static const struct piece first = { 0, 1480, true };
	struct scene s = scene_new();
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	make_udp(&s, udp, 4000);
	inject_pieces(&s, 1, udp, &first, 1);
	world_run(s.w, 29 * NSEC_PER_SEC);
	CHECK_EQ(s.h->net->ip->reassembly_count, 1);
	host_expect_nothing(s.h);
	world_run(s.w, 2 * NSEC_PER_SEC);
	CHECK_EQ(s.h->net->ip->reassembly_count, 0);
	CHECK_EQ(drops(&s, REASON_IP_FRAGMENT_TIMEOUT), 1);
	f = expect_ip(&s, 1, &h);
	CHECK_EQ(f->bytes[34], ICMP_TIME_EXCEEDED);
	CHECK_EQ(f->bytes[35], 1);
	free(f);
	world_free(s.w);
}

TEST(reassembly_memory_is_bounded)
{
	static uint8_t udp[FRAME_MAX];
	static const struct piece first = { 0, 1480, true };
	struct scene s = scene_new();

	s.h->net->tunables.ip.frag_high = 256 * 1024;
	s.h->net->tunables.ip.frag_low = 192 * 1024;
	make_udp(&s, udp, 4000);
	for (int i = 0; i < 2000; i++) {
		inject_pieces(&s, (uint16_t)i, udp, &first, 1);
		CHECK(s.h->net->ip->reassembly_memory <= 260 * 1024);
	}
	CHECK(drops(&s, REASON_IP_FRAGMENT_LIMIT) > 1000);
	world_free(s.w);
}

/* Whoever allowed such an MTU: pieces of nothing would never end. */
TEST(no_fragment_is_smaller_than_eight_bytes)
{
	struct scene s = scene_new();
	struct packet *packet = packet_new(s.h->net);
	uint8_t *at = packet_append(packet, 80);

	memset(at, 0, 80);
	at[0] = 0x45;
	port_host_fail_after(50);
	CHECK_EQ(verdict_reason(ip4_fragment(s.h->net, packet, 27)),
		 REASON_IP_TOO_BIG);
	packet->protocol = 17;
	CHECK_EQ(verdict_reason(ip6_fragment(s.h->net, packet, 40 + 8 + 7)),
		 REASON_IP_TOO_BIG);
	CHECK_EQ(verdict_reason(ip6_fragment(s.h->net, packet, 30)),
		 REASON_IP_TOO_BIG);
	port_host_fail_after(-1);
	packet_free(s.h->net, packet);
	world_free(s.w);
}
