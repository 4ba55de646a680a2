// SPDX-License-Identifier: MIT
/*
 * Dialogues below TCP: ARP, neighbours, IPv4 input, reassembly, fragmentation,
 * ICMP, UDP, raw and ping sockets. The test plays the rest of the network.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/wire/arp.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip4.h"
#include "net/wire/udp.h"
#include "net/ip/ip.h"
#include "tests/net/harness.h"
#include "tests/net/port_host.h"
#include "tests/unit/test.h"

static uint8_t frame[FRAME_MAX];

/* A host at 10.0.0.1/24 with a gateway, and a peer at 10.0.0.2. */
struct scene {
	struct world *w;
	struct host *h;
	struct peer p;
};

static struct scene scene_new(void)
{
	struct scene s;
	struct config_request r = { .op = CONFIG_ADD_ROUTE };

	s.w = world_new(1);
	s.h = host_new(s.w, "10.0.0.1", 24);
	peer_init(&s.p, s.h, "10.0.0.2");
	r.addr = addr_ip4(0);
	r.gateway = host_addr("10.0.0.254");
	CHECK_EQ(host_configure(s.h, &r), 0);
	return s;
}

static uint64_t drops(struct scene *s, enum reason why)
{
	return s->h->net->counters.dropped[why];
}

static void expect_arp(struct scene *s, uint16_t operation, uint32_t target)
{
	struct frame *f = host_next(s->h);
	struct arp_packet arp;

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_ARP);
	CHECK_EQ(arp_parse(f->bytes + 14, f->length - 14, &arp), 0);
	CHECK_EQ(arp.operation, operation);
	CHECK_EQ(arp.target, target);
	CHECK_EQ(arp.sender, 0x0a000001);
	CHECK_MEM(arp.sender_mac, s->h->netif.mac, 6);
	free(f);
}

/* The next frame must be IPv4 of this protocol to the peer; the caller frees
 * it. */
static struct frame *expect_ip(struct scene *s, uint8_t protocol,
			       struct ip4_header *h)
{
	struct frame *f = host_next(s->h);

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_IP4);
	CHECK_EQ(ip4_parse(f->bytes + 14, f->length - 14, h), 0);
	CHECK(ip4_checksum_ok(f->bytes + 14, h->header_length));
	CHECK_EQ(h->total_length, f->length - 14);
	CHECK_EQ(h->protocol, protocol);
	return f;
}

static void inject(struct scene *s, uint32_t length)
{
	host_inject(s->h, frame, length);
	world_settle(s->w);
}

/* ---- ARP and neighbours ---- */

TEST(arp_request_for_our_address_is_answered)
{
	struct scene s = scene_new();
	struct frame *f;

	inject(&s, frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			     0x0a000001));
	f = host_next(s.h);
	CHECK(f != NULL);
	CHECK_MEM(f->bytes, s.p.mac, 6);
	CHECK_EQ(get_be16(f->bytes + 20), ARP_REPLY);
	CHECK_EQ(f->why, WHY_ARP_REPLY);
	free(f);
	inject(&s, frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			     0x0a000009));
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_ARP_NOT_FOR_US), 1);
	world_free(s.w);
}

TEST(arp_packet_that_is_cut_is_counted)
{
	struct scene s = scene_new();
	uint32_t n = frame_arp(frame, ARP_REQUEST, s.p.mac, 0x0a000002, NULL,
			       0x0a000001);

	for (uint32_t cut = 1; cut < n; cut++)
		inject(&s, cut);
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_PACKET_TOO_SHORT) +
			 drops(&s, REASON_ARP_MALFORMED),
		 n - 1);
	world_free(s.w);
}

TEST(packets_wait_for_the_neighbour_in_order)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;

	for (int i = 0; i < 5; i++) {
		uint8_t byte = (uint8_t)i;

		CHECK_EQ(host_send_to(s.h, ep, "10.0.0.2", 7, &byte, 1), 0);
	}
	expect_arp(&s, ARP_REQUEST, 0x0a000002);
	host_expect_nothing(s.h);
	inject(&s, frame_arp(frame, ARP_REPLY, s.p.mac, 0x0a000002,
			     s.h->netif.mac, 0x0a000001));
	for (int i = 0; i < 5; i++) {
		struct frame *f = expect_ip(&s, 17, &h);

		CHECK_MEM(f->bytes, s.p.mac, 6);
		CHECK_EQ(f->bytes[14 + 20 + 8], i);
		free(f);
	}
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(neighbour_queue_is_bounded)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);

	for (int i = 0; i < NEIGHBOUR_QUEUE + 10; i++)
		host_send_to(s.h, ep, "10.0.0.2", 7, "x", 1);
	CHECK_EQ(drops(&s, REASON_NEIGHBOUR_QUEUE_FULL), 10);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(silent_neighbour_is_asked_three_times_then_the_sender_is_told)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_connect(s.h, ep, "10.0.0.2", 7), 0);
	host_set(s.h, ep, NET_IPPROTO_IP, NET_IP_RECVERR, 1);
	host_send_to(s.h, ep, NULL, 0, "x", 1);
	for (int i = 0; i < 3; i++) {
		expect_arp(&s, ARP_REQUEST, 0x0a000002);
		host_expect_nothing(s.h);
		CHECK_EQ(endpoint_take_error(ep), 0);
		world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NEIGHBOUR_UNREACHABLE), 1);
	CHECK_EQ(endpoint_take_error(ep), -EHOSTUNREACH);
	/* Asked again when there is something to send again. */
	host_send_to(s.h, ep, NULL, 0, "x", 1);
	expect_arp(&s, ARP_REQUEST, 0x0a000002);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(stale_neighbour_is_used_and_probed_by_unicast)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	world_run(s.w, 40 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	host_send_to(s.h, ep, "10.0.0.2", 7, "x", 1);
	free(expect_ip(&s, 17, &h));
	host_expect_nothing(s.h);
	world_run(s.w, 6 * NSEC_PER_SEC);
	f = host_next(s.h);
	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_ARP);
	CHECK_MEM(f->bytes, s.p.mac, 6);
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(nobody_can_claim_our_own_address)
{
	struct scene s = scene_new();

	inject(&s, frame_arp(frame, ARP_REPLY, s.p.mac, 0x0a000001,
			     s.h->netif.mac, 0x0a000001));
	CHECK(neighbour_find(s.h->net, &s.h->netif, &s.h->addr) == NULL);
	world_free(s.w);
}

/* ---- IPv4 input ---- */

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

TEST(ip_options_are_skipped_and_bad_ones_refused)
{
	struct scene s = scene_new();
	uint8_t bytes[256], *ip = bytes + 14;
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
		if (!bad) {
			struct ip4_header h;

			free(expect_ip(&s, 1, &h));
		}
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

/* ---- ICMP ---- */

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
	CHECK_EQ(sent, 50);
	world_run(s.w, NSEC_PER_SEC);
	inject(&s, frame_udp(frame, &s.p, 1234, 4321, "hello", 5));
	struct ip4_header h;
	free(expect_ip(&s, 1, &h));
	world_free(s.w);
}

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

/* ---- reassembly ---- */

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

static struct endpoint *udp_bound(struct scene *s, uint16_t port)
{
	struct endpoint *ep = host_socket(s->h, NET_IP4, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_bind(s->h, ep, "0.0.0.0", port), 0);
	return ep;
}

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

	make_udp(&s, udp, 4000);
	for (int i = 0; i < 2000; i++) {
		inject_pieces(&s, (uint16_t)i, udp, &first, 1);
		CHECK(s.h->net->ip->reassembly_memory <= 520 * 1024);
		CHECK(s.h->net->ip->reassembly_count <= 256);
	}
	CHECK(drops(&s, REASON_IP_FRAGMENT_LIMIT) > 1000);
	world_free(s.w);
}

/* ---- UDP ---- */

TEST(udp_goes_both_ways)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	struct net_name from;
	struct ip4_header h;
	struct udp_header u;
	struct frame *f;
	char got[64];

	peer_introduce(&s.p, s.h);
	inject(&s, frame_udp(frame, &s.p, 1000, 2000, "question", 8));
	CHECK(endpoint_poll(ep) & NET_POLLIN);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, &from), 8);
	CHECK_MEM(got, "question", 8);
	CHECK_EQ(from.port, 1000);
	CHECK_EQ(addr_to_ip4(&from.addr), 0x0a000002);
	CHECK_EQ(host_send_to(s.h, ep, "10.0.0.2", 1000, "answer", 6), 0);
	f = expect_ip(&s, 17, &h);
	CHECK_EQ(udp_parse(f->bytes + 34, 14, &u), 0);
	CHECK_EQ(u.src_port, 2000);
	CHECK_EQ(u.dst_port, 1000);
	CHECK_EQ(u.length, 14);
	CHECK_EQ(h.src, 0x0a000001);
	CHECK_EQ(checksum_fold(checksum_add(checksum_pseudo(&s.h->addr,
							    &s.p.addr, 17, 14),
					    f->bytes + 34, 14)),
		 0xffff);
	CHECK_MEM(f->bytes + 42, "answer", 6);
	free(f);
	CHECK_EQ(endpoint_poll(ep), NET_POLLOUT);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(udp_with_a_wrong_checksum_or_length_is_dropped)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	uint32_t n = frame_udp(frame, &s.p, 1000, 2000, "question", 8);
	char got[8];

	frame[n - 1] ^= 1;
	inject(&s, n);
	CHECK_EQ(drops(&s, REASON_UDP_BAD_CHECKSUM), 1);
	put_be16(frame + 40, 0); /* none: accepted */
	inject(&s, n);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 8);
	put_be16(frame + 38, 100);
	inject(&s, n);
	put_be16(frame + 38, 7);
	inject(&s, n);
	CHECK_EQ(drops(&s, REASON_UDP_MALFORMED), 2);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(connected_udp_takes_only_its_peer_and_learns_of_refusal)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct net_name local, remote;
	uint8_t icmp[64];
	struct ip4_header h;
	struct frame *f;
	char got[8];

	peer_introduce(&s.p, s.h);
	CHECK_EQ(host_connect(s.h, ep, "10.0.0.2", 53), 0);
	endpoint_names(ep, &local, &remote);
	CHECK_EQ(addr_to_ip4(&local.addr), 0x0a000001);
	CHECK(local.port >= EPHEMERAL_FIRST);
	CHECK_EQ(remote.port, 53);
	inject(&s, frame_udp(frame, &s.p, 54, local.port, "no", 2));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	free(expect_ip(&s, 1, &h)); /* port unreachable */
	inject(&s, frame_udp(frame, &s.p, 53, local.port, "yes", 3));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 3);
	CHECK_EQ(host_send_to(s.h, ep, NULL, 0, "?", 1), 0);
	f = expect_ip(&s, 17, &h);
	icmp_emit(icmp, ICMP_DEST_UNREACHABLE, ICMP_PORT_UNREACHABLE, 0);
	memcpy(icmp + 8, f->bytes + 14, 28);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 36)));
	free(f);
	inject(&s, frame_ip4(frame, &s.p, 1, icmp, 36));
	CHECK(endpoint_poll(ep) & NET_POLLERR);
	CHECK_EQ(endpoint_take_error(ep), -ECONNREFUSED);
	CHECK_EQ(endpoint_take_error(ep), 0);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(large_udp_is_fragmented_and_reassembles_to_itself)
{
	static uint8_t data[65507], whole[FRAME_MAX];
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 13 >> 2);
	peer_introduce(&s.p, s.h);
	for (uint32_t n = 1472; n <= 65507; n += 21345 / 3) {
		uint32_t done = 0;
		struct ip4_header h;

		CHECK_EQ(host_send_to(s.h, ep, "10.0.0.2", 9, data, n), 0);
		do {
			struct frame *f = expect_ip(&s, 17, &h);

			CHECK(f->length <= 1514);
			CHECK_EQ(h.offset, done);
			memcpy(whole + done, f->bytes + 34,
			       h.total_length - 20u);
			done += h.total_length - 20u;
			free(f);
		} while (h.more_fragments);
		CHECK_EQ(done, n + 8);
		CHECK_MEM(whole + 8, data, n);
		CHECK_EQ(checksum_fold(checksum_add(checksum_pseudo(&s.h->addr,
								    &s.p.addr,
								    17, n + 8),
						    whole, n + 8)),
			 0xffff);
	}
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(udp_receive_buffer_is_bounded_and_counted)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	char got[1000] = { 0 };
	int n = 0;

	host_set(s.h, ep, NET_SOL_SOCKET, NET_SO_RCVBUF, 10000);
	CHECK_EQ(host_get(s.h, ep, NET_SOL_SOCKET, NET_SO_RCVBUF), 20000);
	for (int i = 0; i < 100; i++)
		inject(&s, frame_udp(frame, &s.p, 1000, 2000, got, 1000));
	CHECK(drops(&s, REASON_UDP_RCVBUF_FULL) > 50);
	while (host_receive(s.h, ep, got, sizeof got, NULL) == 1000)
		n++;
	CHECK_EQ(n + drops(&s, REASON_UDP_RCVBUF_FULL), 100);
	CHECK_EQ(ep->rx_charged, 0);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(udp_send_buffer_fills_while_the_device_is_busy)
{
	struct scene s = scene_new();
	struct endpoint *ep = udp_bound(&s, 2000);
	static char data[4000];
	int n = 0;

	peer_introduce(&s.p, s.h);
	s.h->busy_after = 0;
	host_set(s.h, ep, NET_SOL_SOCKET, NET_SO_SNDBUF, 20000);
	s.h->netif.mtu = 9000;
	while (host_send_to(s.h, ep, "10.0.0.2", 9, data, sizeof data) == 0)
		n++;
	CHECK(n > 3 && n < 15);
	CHECK(!(endpoint_poll(ep) & NET_POLLOUT));
	s.h->busy_after = -1;
	netif_wake(&s.h->netif);
	for (int i = 0; i < n; i++) {
		struct ip4_header h;

		free(expect_ip(&s, 17, &h));
	}
	CHECK(endpoint_poll(ep) & NET_POLLOUT);
	CHECK_EQ(ep->tx_charged, 0);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(broadcast_needs_permission_and_reaches_all_sockets)
{
	struct scene s = scene_new();
	struct endpoint *a = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct endpoint *b = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct ip4_header h;
	struct frame *f;
	char got[8];

	host_set(s.h, a, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	host_set(s.h, b, NET_SOL_SOCKET, NET_SO_REUSEADDR, 1);
	CHECK_EQ(host_bind(s.h, a, "0.0.0.0", 2000), 0);
	CHECK_EQ(host_bind(s.h, b, "0.0.0.0", 2000), 0);
	host_send_to(s.h, a, "10.0.0.255", 9, "x", 1);
	CHECK_EQ(endpoint_take_error(a), -EACCES);
	host_set(s.h, a, NET_SOL_SOCKET, NET_SO_BROADCAST, 1);
	host_send_to(s.h, a, "255.255.255.255", 9, "x", 1);
	f = expect_ip(&s, 17, &h);
	CHECK_MEM(f->bytes, "\xff\xff\xff\xff\xff\xff", 6);
	CHECK_EQ(h.src, 0x0a000001);
	free(f);
	s.p.host_addr = host_addr("10.0.0.255");
	inject(&s, frame_udp(frame, &s.p, 7, 2000, "all", 3));
	CHECK_EQ(host_receive(s.h, a, got, sizeof got, NULL), 3);
	CHECK_EQ(host_receive(s.h, b, got, sizeof got, NULL), 3);
	host_close(s.h, a);
	host_close(s.h, b);
	world_free(s.w);
}

TEST(udp_over_loopback_own_address_and_ipv6)
{
	static const char *const addresses[] = { "127.0.0.1", "10.0.0.1", "::1",
						 "127.9.9.9" };
	static uint8_t big[60000], got[60000];
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);

	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i * 3);
	CHECK_EQ(host_bind(s.h, ep, "::", 2000), 0);
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct net_addr addr = host_addr(addresses[i]);
		struct endpoint *c =
			host_socket(s.h, addr_family(&addr), NET_SOCK_DGRAM, 0);
		struct net_name from;

		CHECK_EQ(host_connect(s.h, c, addresses[i], 2000), 0);
		CHECK_EQ(host_send_to(s.h, c, NULL, 0, big, sizeof big), 0);
		CHECK_EQ(host_receive(s.h, ep, got, sizeof got, &from),
			 sizeof big);
		CHECK_MEM(got, big, sizeof big);
		CHECK(addr_equal(&from.addr, &addr));
		host_close(s.h, c);
	}
	host_expect_nothing(s.h);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(unroutable_and_oversized_sends_are_errors)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct endpoint *ep = host_socket(h, NET_IP4, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_connect(h, ep, "8.8.8.8", 53), -ENETUNREACH);
	host_send_to(h, ep, "8.8.8.8", 53, "x", 1);
	CHECK_EQ(endpoint_take_error(ep), -ENETUNREACH);
	host_send_to(h, ep, NULL, 0, "x", 1);
	CHECK_EQ(endpoint_take_error(ep), -EDESTADDRREQ);
	host_set(h, ep, NET_IPPROTO_IP, NET_IP_MTU_DISCOVER, 2);
	static char big[2000];
	host_send_to(h, ep, "10.0.0.2", 53, big, sizeof big);
	CHECK_EQ(endpoint_take_error(ep), -EMSGSIZE);
	host_close(h, ep);
	world_free(w);
}

TEST(path_mtu_from_icmp_makes_smaller_fragments)
{
	struct scene s = scene_new();
	struct endpoint *ep = host_socket(s.h, NET_IP4, NET_SOCK_DGRAM, 0);
	static char big[3000];
	uint8_t icmp[64];
	struct ip4_header h;
	struct frame *f;

	peer_introduce(&s.p, s.h);
	host_send_to(s.h, ep, "10.0.0.2", 9, big, 1000);
	f = expect_ip(&s, 17, &h);
	icmp_emit(icmp, ICMP_DEST_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED, 700);
	memcpy(icmp + 8, f->bytes + 14, 28);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 36)));
	free(f);
	inject(&s, frame_ip4(frame, &s.p, 1, icmp, 36));
	host_send_to(s.h, ep, "10.0.0.2", 9, big, 1000);
	f = expect_ip(&s, 17, &h);
	CHECK(h.total_length <= 700 && h.more_fragments);
	free(f);
	free(expect_ip(&s, 17, &h));
	world_run(s.w, 601 * NSEC_PER_SEC);
	peer_introduce(&s.p, s.h);
	while ((f = host_next(s.h)))
		free(f);
	host_send_to(s.h, ep, "10.0.0.2", 9, big, 1000);
	free(expect_ip(&s, 17, &h));
	CHECK(!h.more_fragments);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- ping and raw sockets ---- */

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

/* ---- the interface's queue, and what becomes of everything ---- */

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
	CHECK_EQ(s.h->netif.queued, 8);
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
