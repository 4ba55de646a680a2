// SPDX-License-Identifier: MIT
/*
 * Dialogues about what IPv4 takes in, and what becomes of everything.
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
#include "net/core/queueing.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

/* rfc1122 3.2.1.1; rfc1122 3.2.1.2 */
TEST(corrupt_ipv4_headers_are_dropped_with_their_reason)
{
	static const struct {
		int offset;
		uint8_t value;
		bool repair; /* the checksum */
		enum reason why;
	} cases[] = {
		{ 0, 0x55, true, REASON_IP_BAD_HEADER },
		{ 0, 0x44, true, REASON_IP_BAD_HEADER },
		{ 2, 0xff, true, REASON_IP_BAD_LENGTH },
		{ 8, 1, false, REASON_IP_BAD_CHECKSUM },
		{ 12, 127, true, REASON_IP_MARTIAN_SOURCE },
		{ 12, 224, true, REASON_IP_MARTIAN_SOURCE },
		{ 15, 255, true, REASON_IP_MARTIAN_SOURCE },
		{ 15, 1, true, REASON_IP_MARTIAN_SOURCE },
		{ 16, 127, true, REASON_IP_MARTIAN_DESTINATION },
		{ 19, 77, true, REASON_IP_NOT_FOR_US },
		{ 9, 200, true, REASON_IP_NO_PROTOCOL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct scene s = scene_new();
		uint32_t n = frame_udp(frame, &s.p, 1, 2, "hello", 5);

		frame[14 + cases[i].offset] = cases[i].value;
		if (cases[i].repair) {
			uint32_t hl = (frame[14] & 15) * 4u;

			put_be16(frame + 24, 0);
			checksum_store(frame + 24,
				       checksum_finish(checksum_add(
					       0, frame + 14, MAX(hl, 20u))));
		}
		inject(&s, n);
		if (drops(&s, cases[i].why) != 1)
			test_fail(__FILE__, __LINE__, "case %zu: not %s", i,
				  reason_name(cases[i].why));
		world_free(s.w);
	}
}

/* rfc1122 3.2.1.3 */
TEST(frames_for_others_are_not_ours)
{
	struct scene s = scene_new();
	uint32_t n = frame_echo(frame, &s.p, 1, 1, "x", 1);

	frame[5] ^= 0x55;
	inject(&s, n);
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_LINK_NOT_FOR_US), 1);
	world_free(s.w);
}

/* rfc1122 3.2.1.8 */
TEST(recorded_route_comes_back_and_bad_options_are_told)
{
	struct scene s = scene_new();
	uint8_t bytes[256], *ip = bytes + 14;
	uint8_t *icmp;
	struct ip4_header h;
	struct frame *f;
	uint32_t n;

	peer_introduce(&s.p, s.h);
	n = frame_echo(frame, &s.p, 5, 6, "abcd", 4);
	for (int bad = 0; bad < 2; bad++) {
		memcpy(bytes, frame, 34);
		memcpy(bytes + 34, "\x01\x07\x07\x04\0\0\0\0", 8);
		if (bad)
			bytes[36] = 60;
		memcpy(bytes + 42, frame + 34, n - 34);
		ip[0] = 0x47;
		put_be16(ip + 2, (uint16_t)(n - 14 + 8));
		put_be16(ip + 10, 0);
		checksum_store(ip + 10,
			       checksum_finish(checksum_add(0, ip, 28)));
		host_inject(s.h, bytes, n + 8);
		f = expect_ip(&s, 1, &h);
		icmp = f->bytes + 14 + h.header_length;
		CHECK_EQ(icmp[0],
			 bad ? ICMP_PARAMETER_PROBLEM : ICMP_ECHO_REPLY);
		if (bad) /* the option's length points at it */
			CHECK_EQ(icmp[4], 21);
		else /* RFC 1122 3.2.2.6: recorded and sent back */
			CHECK_MEM(f->bytes + 34, "\x07\x07\x08\x0a\0\0\1\0", 8);
		free(f);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_IP_BAD_OPTION), 1);
	world_free(s.w);
}

TEST(padding_behind_the_ip_packet_is_cut_off)
{
	struct scene s = scene_new();
	struct ip4_header h;
	struct frame *f;
	uint32_t n;

	peer_introduce(&s.p, s.h);
	n = frame_echo(frame, &s.p, 5, 6, "a", 1);
	memset(frame + n, 0xee, 60 - n);
	inject(&s, 60);
	f = expect_ip(&s, 1, &h);
	CHECK_EQ(h.total_length, 29);
	free(f);
	world_free(s.w);
}

TEST(packets_wait_for_a_busy_device_in_order)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	struct ip4_header h;

	peer_introduce(&s.p, s.h);
	s.h->busy_after = 2;
	for (int i = 0; i < 10; i++) {
		uint8_t byte = (uint8_t)i;

		host_send_to(s.h, ep, "10.0.0.2", 9, &byte, 1);
	}
	CHECK_EQ(s.h->sent_count, 2);
	/* One came back from the device. */
	CHECK_EQ(s.h->netif.qdisc->length, 7);
	s.h->busy_after = 3;
	netif_wake(&s.h->netif);
	world_settle(s.w);
	CHECK_EQ(s.h->sent_count, 5);
	s.h->busy_after = -1;
	netif_wake(&s.h->netif);
	world_settle(s.w);
	for (int i = 0; i < 10; i++) {
		struct frame *f = expect_ip(&s, 17, &h);

		CHECK_EQ(f->bytes[42], i);
		free(f);
	}
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(every_cut_and_every_flipped_bit_is_survived)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint64_t seed = 99;
	char got[2000];
	struct frame *f;

	peer_introduce(&s.p, s.h);
	for (int i = 0; i < 6000; i++) {
		static uint8_t payload[1400];
		uint32_t n = (uint32_t)(test_random(&seed) % 1400);

		if (i & 1)
			n = frame_udp(frame, &s.p, 9, 2000, payload, n);
		else
			n = frame_echo(frame, &s.p, 9, 1, payload, n);
		for (int k = 0; k < (int)(test_random(&seed) % 4); k++)
			frame[12 + test_random(&seed) % 40] =
				(uint8_t)test_random(&seed);
		if (test_random(&seed) & 1)
			n = 1 + (uint32_t)(test_random(&seed) % n);
		inject(&s, n);
		while ((f = host_next(s.h)))
			free(f);
		host_receive(s.h, ep, got, sizeof got, NULL);
	}
	host_close(s.h, ep);
	world_free(s.w); /* asserts the sum rule */
}

TEST(udp_without_memory_drops_and_leaks_nothing)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	char got[64];

	peer_introduce(&s.p, s.h);
	for (long fail = 0; fail < 40; fail++) {
		struct frame *f;

		frame_udp(frame, &s.p, 9, 2000, "hello", 5);
		host_inject(s.h, frame, 47);
		port_host_fail_after(2 + fail);
		net_run(s.h->net, s.w->now);
		net_run(s.h->net, s.w->now);
		host_receive(s.h, ep, got, sizeof got, NULL);
		port_host_fail_after(fail);
		host_send_to(s.h, ep, "10.0.0.2", 9, "hello", 5);
		port_host_fail_after(-1);
		while ((f = host_next(s.h)))
			free(f);
	}
	host_close(s.h, ep);
	world_free(s.w);
}
