// SPDX-License-Identifier: MIT
/*
 * Dialogues about ICMP, ping and raw sockets.
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

/* rfc1122 3.2.2.6 */
TEST(echo_request_is_answered_with_its_bytes)
{
	struct scene s = scene_new();
	uint8_t payload[1400];
	struct ip4_header h;
	struct frame *f;

	for (size_t i = 0; i < sizeof payload; i++)
		payload[i] = (uint8_t)(i * 7);
	peer_introduce(&s.p, s.h);
	for (uint32_t n = 0; n <= 1400; n += 200) {
		inject(&s,
		       frame_echo(frame, &s.p, 77, (uint16_t)n, payload, n));
		f = expect_ip(&s, 1, &h);
		CHECK_EQ(f->bytes[34], ICMP_ECHO_REPLY);
		CHECK_EQ(get_be16(f->bytes + 38), 77);
		CHECK_EQ(get_be16(f->bytes + 40), n);
		CHECK_MEM(f->bytes + 42, payload, n);
		CHECK_EQ(checksum_fold(checksum_add(0, f->bytes + 34, n + 8)),
			 0xffff);
		free(f);
	}
	world_free(s.w);
}

/* rfc1122 3.2.2.6 */
TEST(echo_with_a_bad_checksum_or_to_all_is_not_answered)
{
	struct scene s = scene_new();
	uint32_t n;

	peer_introduce(&s.p, s.h);
	n = frame_echo(frame, &s.p, 77, 1, "hello", 5);
	frame[n - 1] ^= 1;
	inject(&s, n);
	CHECK_EQ(drops(&s, REASON_ICMP_BAD_CHECKSUM), 1);
	s.p.host_addr = host_addr("10.0.0.255");
	memset(s.p.host_mac, 0xff, 6);
	inject(&s, frame_echo(frame, &s.p, 77, 1, "hello", 5));
	CHECK_EQ(drops(&s, REASON_ICMP_IGNORED_BROADCAST), 1);
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* rfc1122 3.2.2; rfc1122 3.2.2.1 */
TEST(port_unreachable_quotes_the_datagram)
{
	struct scene s = scene_new();
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	inject(&s, frame_udp(frame, &s.p, 1234, 4321, "hello", 5));
	f = expect_ip(&s, 1, &h);
	CHECK_EQ(f->bytes[34], ICMP_DEST_UNREACHABLE);
	CHECK_EQ(f->bytes[35], ICMP_PORT_UNREACHABLE);
	CHECK_MEM(f->bytes + 42, frame + 14, 33);
	CHECK_EQ(checksum_fold(checksum_add(0, f->bytes + 34, f->length - 34)),
		 0xffff);
	CHECK_EQ(f->why, WHY_ICMP_ERROR);
	free(f);
	CHECK_EQ(drops(&s, REASON_UDP_NO_SOCKET), 1);
	world_free(s.w);
}

TEST(icmp_errors_are_rate_limited)
{
	struct scene s = scene_new();
	int sent = 0;

	peer_introduce(&s.p, s.h);
	for (int i = 0; i < 200; i++)
		inject(&s, frame_udp(frame, &s.p, 1234, 4321, "hello", 5));
	for (struct frame *f; (f = host_next(s.h)); free(f))
		sent++;
	CHECK_EQ(sent, 6); /* a burst to one destination, then one a second */
	world_run(s.w, NSEC_PER_SEC);
	inject(&s, frame_udp(frame, &s.p, 1234, 4321, "hello", 5));
	struct ip4_header h;
	free(expect_ip(&s, 1, &h));
	world_free(s.w);
}

/* rfc1122 3.2.2 */
TEST(no_icmp_error_about_broadcasts_or_icmp_errors)
{
	struct scene s = scene_new();
	uint8_t icmp[64] = { 0 };

	peer_introduce(&s.p, s.h);
	icmp_emit(icmp, ICMP_DEST_UNREACHABLE, 3, 0);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 64)));
	inject(&s, frame_ip4(frame, &s.p, 1, icmp, 64));
	s.p.host_addr = host_addr("10.0.0.255");
	inject(&s, frame_udp(frame, &s.p, 1234, 4321, "hello", 5));
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* rfc1122 3.2.2.6 */
TEST(ping_socket_gets_only_its_own_replies)
{
	struct scene s = scene_new();
	struct endpoint *ep =
		host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, NET_IPPROTO_ICMP);
	uint8_t echo[16] = {
		ICMP_ECHO, 0, 0, 0, 0, 0, 0, 1, 'p', 'i', 'n', 'g'
	};
	uint8_t got[64], *icmp;
	struct net_name name;
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	CHECK_EQ(host_send_to(s.h, ep, "10.0.0.2", 0, echo, 16), 0);
	f = expect_ip(&s, 1, &h);
	endpoint_names(ep, &name, NULL);
	CHECK_EQ(get_be16(f->bytes + 38), name.port);
	CHECK_EQ(checksum_fold(checksum_add(0, f->bytes + 34, 16)), 0xffff);
	icmp = f->bytes + 34;
	icmp[0] = ICMP_ECHO_REPLY;
	put_be16(icmp + 2, 0);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 16)));
	inject(&s, frame_ip4(frame, &s.p, 1, icmp, 16));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 16);
	CHECK_MEM(got + 6, echo + 6, 10);
	put_be16(icmp + 4, (uint16_t)(name.port + 1));
	put_be16(icmp + 2, 0);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 16)));
	inject(&s, frame_ip4(frame, &s.p, 1, icmp, 16));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	CHECK_EQ(drops(&s, REASON_ICMP_NO_SOCKET), 1);
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(ping_of_oneself_over_both_families)
{
	struct scene s = scene_new();
	struct endpoint *a =
		host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, NET_IPPROTO_ICMP);
	struct endpoint *b =
		host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, NET_IPPROTO_ICMPV6);
	uint8_t echo[9] = { ICMP_ECHO, 0, 0, 0, 0, 0, 0, 1, 'x' }, got[64];

	host_send_to(s.h, a, "127.0.0.1", 0, echo, 9);
	CHECK_EQ(host_receive(s.h, a, got, sizeof got, NULL), 9);
	CHECK_EQ(got[0], ICMP_ECHO_REPLY);
	host_send_to(s.h, a, "10.0.0.1", 0, echo, 9);
	CHECK_EQ(host_receive(s.h, a, got, sizeof got, NULL), 9);
	echo[0] = ICMP6_ECHO;
	host_send_to(s.h, b, "::1", 0, echo, 9);
	CHECK_EQ(host_receive(s.h, b, got, sizeof got, NULL), 9);
	CHECK_EQ(got[0], ICMP6_ECHO_REPLY);
	host_close(s.h, a);
	host_close(s.h, b);
	world_free(s.w);
}

TEST(raw_socket_sees_the_ip_header_and_sends_its_own)
{
	struct scene s = scene_new();
	struct endpoint *ep =
		host_socket(s.h, NET_IP4, NET_SOCK_RAW, NET_IPPROTO_ICMP);
	uint8_t own[28] = { 0x45, 0, 0, 0, 0,  0, 0, 0, 33, 1, 0,    0,
			    0,	  0, 0, 0, 10, 0, 0, 2, 8,  0, 0xf7, 0xff };
	uint8_t got[128];
	struct ip4_header h;

	peer_introduce(&s.p, s.h);
	inject(&s, frame_echo(frame, &s.p, 5, 6, "abc", 3));
	free(expect_ip(&s, 1, &h));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 31);
	CHECK_MEM(got, frame + 14, 31);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_HDRINCL, 1);
	host_send_to(s.h, ep, "10.0.0.2", 0, own, sizeof own);
	free(expect_ip(&s, 1, &h));
	CHECK_EQ(h.ttl, 33);
	CHECK_EQ(h.src, 0x0a000001);
	host_close(s.h, ep);
	world_free(s.w);
}
