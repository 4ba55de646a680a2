// SPDX-License-Identifier: MIT
/*
 * Dialogues about forwarding (RFC 1812 5): between two interfaces, with one hop
 * less, errors to the sender, redirects, fragments on the way, reverse paths.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/core/route.h"
#include "net/ip/ip.h"
#include "net/wire/checksum.h"
#include "net/wire/icmp.h"
#include "net/wire/udp.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

/* A second, bare interface: 192.168.9.1/24. What it is given is kept. */
static struct {
	struct netif netif;
	uint32_t count, lengths[64];
	uint8_t bytes[64][2048];
} second;

static int transmit(struct netif *netif, struct packet *packet)
{
	uint32_t n = second.count++;

	CHECK(n < 64 && packet->length <= 2048);
	packet_checksum_complete(packet);
	second.lengths[n] = packet->length;
	packet_copy(packet, 0, second.bytes[n], packet->length);
	return 0;
}

static const struct netif_ops second_ops = { .transmit = transmit };

static struct scene two_links(void)
{
	struct scene s = scene_new();
	struct config_request r = { .op = CONFIG_ADD_ADDRESS,
				    .name = "tun0",
				    .bits = 24 };

	memset(&second, 0, sizeof second);
	second.netif.ops = &second_ops;
	strcpy(second.netif.name, "tun0");
	second.netif.type = NETIF_TYPE_NONE;
	second.netif.mtu = 1500;
	net_attach(s.h->net, &second.netif);
	world_settle(s.w);
	r.addr = host_addr("192.168.9.1");
	CHECK_EQ(host_configure(s.h, &r), 0);
	return s;
}

static struct scene router_new(void)
{
	struct scene s = two_links();

	CHECK_EQ(host_tune(s.h, "net/ipv4/ip_forward", "1"), 0);
	peer_introduce(&s.p, s.h);
	return s;
}

/* A datagram from the peer to somebody else, with fields changed. */
static uint32_t for_others(struct scene *s, const char *dst, uint8_t ttl,
			   bool df, uint32_t length)
{
	static uint8_t data[1472];
	struct net_addr keep = s->p.host_addr;
	uint32_t n;

	s->p.host_addr = host_addr(dst);
	n = frame_udp(frame, &s->p, 1000, 2000, data, length);
	s->p.host_addr = keep;
	frame[14 + 8] = ttl;
	if (df)
		frame[14 + 6] |= 0x40;
	put_be16(frame + 24, 0);
	checksum_store(frame + 24,
		       checksum_finish(checksum_add(0, frame + 14, 20)));
	return n;
}

static void expect_error(struct scene *s, uint8_t type, uint8_t code,
			 uint16_t word)
{
	struct ip4_header h;
	struct frame *f = expect_ip(s, 1, &h);

	CHECK_EQ(f->bytes[34], type);
	CHECK_EQ(f->bytes[35], code);
	CHECK_EQ(get_be16(f->bytes + 40), word);
	free(f);
}

/* A TCP packet of two segments, as a device that joins them hands it up. */
static void inject_large(struct scene *s, uint32_t payload, uint16_t gso_size,
			 uint8_t data_offset)
{
	uint8_t frame[4096], tcp[4096] = { 0 };
	struct packet *packet = packet_new(s->h->net);
	struct peer p = s->p;
	struct buf *buf = port_buf_alloc(4096);
	uint32_t n;

	p.host_addr = host_addr("192.168.9.7");
	put_be16(tcp, 1000);
	put_be16(tcp + 2, 2000);
	put_be32(tcp + 4, 5000);
	tcp[12] = (uint8_t)(data_offset << 4);
	tcp[13] = 0x10;
	for (uint32_t i = 0; i < payload; i++)
		tcp[20 + i] = (uint8_t)i;
	n = frame_ip4(frame, &p, 6, tcp, 20 + payload);
	memcpy(buf->data, frame, n);
	CHECK(packet_add_fragment(packet, buf, 0, n));
	packet->gso_type = GSO_TCP4;
	packet->gso_size = gso_size;
	packet->flags |= PACKET_CSUM_GOOD;
	netif_receive(&s->h->netif, packet);
	s->h->deadline = 0; /* it has not come by an event */
	world_settle(s->w);
}

TEST(large_tcp_packets_are_forwarded_in_segments)
{
	struct scene s = router_new();

	inject_large(&s, 1500, 1000, 5);
	CHECK_EQ(second.count, 2);
	CHECK_EQ(second.lengths[0], 1040);
	CHECK_EQ(second.lengths[1], 540);
	CHECK_EQ(get_be32(second.bytes[0] + 24), 5000);
	CHECK_EQ(get_be32(second.bytes[1] + 24), 6000);
	CHECK_EQ(second.bytes[1][40], (uint8_t)1000);
	/* Headers that lie: refused, and nothing breaks. */
	inject_large(&s, 1500, 1000, 4);
	inject_large(&s, 8, 1000, 15);
	inject_large(&s, 1500, 1, 5);
	CHECK_EQ(second.count, 2);
	CHECK_EQ(s.h->net->counters.dropped[REASON_TCP_MALFORMED], 3);
	world_free(s.w);
}

TEST(packet_for_others_goes_on_with_one_hop_less)
{
	struct scene s = router_new();
	struct ip4_header h;

	inject(&s, for_others(&s, "192.168.9.7", 64, false, 100));
	host_expect_nothing(s.h);
	CHECK_EQ(second.count, 1);
	CHECK_EQ(ip4_parse(second.bytes[0], second.lengths[0], &h), 0);
	CHECK(ip4_checksum_ok(second.bytes[0], 20));
	CHECK_EQ(h.ttl, 63);
	CHECK_EQ(h.total_length, 128);
	CHECK_EQ(second.lengths[0], 128);
	CHECK_MEM(second.bytes[0] + 20, frame + 34, 108);
	CHECK_EQ(s.h->net->stats.ip.forw_datagrams, 1);
	world_free(s.w);
}

/* rfc1122 3.2.2.2 */
TEST(host_that_is_no_router_forwards_nothing)
{
	struct scene s = router_new();

	CHECK_EQ(host_tune(s.h, "net/ipv4/ip_forward", "0"), 0);
	inject(&s, for_others(&s, "192.168.9.7", 64, false, 100));
	CHECK_EQ(second.count, 0);
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_IP_NOT_FOR_US), 1);
	world_free(s.w);
}

TEST(last_hop_is_time_exceeded)
{
	struct scene s = router_new();

	inject(&s, for_others(&s, "192.168.9.7", 1, false, 100));
	CHECK_EQ(second.count, 0);
	expect_error(&s, ICMP_TIME_EXCEEDED, 0, 0);
	CHECK_EQ(drops(&s, REASON_IP_TTL_EXPIRED), 1);
	world_free(s.w);
}

TEST(too_big_with_df_is_told_the_mtu_without_df_it_is_cut)
{
	struct scene s = router_new();
	struct ip4_header h;
	uint32_t done = 0;

	second.netif.mtu = 600;
	inject(&s, for_others(&s, "192.168.9.7", 64, true, 1000));
	expect_error(&s, ICMP_DEST_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED, 600);
	CHECK_EQ(second.count, 0);
	inject(&s, for_others(&s, "192.168.9.7", 64, false, 1000));
	CHECK_EQ(second.count, 2);
	for (uint32_t i = 0; i < second.count; i++) {
		CHECK_EQ(ip4_parse(second.bytes[i], 20, &h), 0);
		CHECK(ip4_checksum_ok(second.bytes[i], 20));
		CHECK(second.lengths[i] <= 600);
		CHECK_EQ(h.offset, done);
		CHECK_EQ(h.ttl, 63);
		CHECK_MEM(second.bytes[i] + 20, frame + 34 + done,
			  second.lengths[i] - 20);
		done += second.lengths[i] - 20;
	}
	CHECK_EQ(done, 1008);
	CHECK(!h.more_fragments);
	world_free(s.w);
}

TEST(fragment_is_cut_again_on_its_way)
{
	static uint8_t data[1480];
	struct scene s = router_new();
	struct ip4_header h;
	uint32_t n;

	second.netif.mtu = 600;
	s.p.host_addr = host_addr("192.168.9.7");
	n = frame_ip4_fragment(frame, &s.p, 17, 77, 1480, true, data, 1480);
	inject(&s, n);
	CHECK_EQ(second.count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		CHECK_EQ(ip4_parse(second.bytes[i], 20, &h), 0);
		CHECK_EQ(h.offset, 1480 + i * 576);
		CHECK(h.more_fragments);
		CHECK_EQ(h.id, 77);
	}
	world_free(s.w);
}

TEST(no_way_on_is_told_by_its_kind)
{
	static const struct {
		enum route_type type;
		int code;
	} rows[] = { { ROUTE_UNREACHABLE, ICMP_HOST_UNREACHABLE },
		     { ROUTE_PROHIBIT, ICMP_PROHIBITED },
		     { ROUTE_BLACKHOLE, -1 } };
	struct scene s = router_new();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct route_spec spec = { .type = rows[i].type,
					   .prefix = host_addr("20.0.0.0"),
					   .bits = 104 };

		CHECK_EQ(route_insert(s.h->net, &spec, 0), 0);
		inject(&s, for_others(&s, "20.1.1.1", 64, false, 10));
		if (rows[i].code >= 0)
			expect_error(&s, ICMP_DEST_UNREACHABLE,
				     (uint8_t)rows[i].code, 0);
		host_expect_nothing(s.h);
		CHECK_EQ(route_remove(s.h->net, &spec), 0);
	}
	CHECK_EQ(drops(&s, REASON_IP_BLACKHOLE), 1);
	CHECK_EQ(drops(&s, REASON_IP_PROHIBITED), 1);
	world_free(s.w);
}

TEST(sender_on_the_same_link_is_redirected_and_not_too_often)
{
	struct scene s = router_new();
	struct net_addr prefix = host_addr("20.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.3");
	struct ip4_header h;
	struct frame *f;
	int redirects = 0, forwarded = 0;
	uint8_t mac[6] = { 2, 0, 0, 0, 3, 3 };

	CHECK_EQ(route_add(s.h->net, &prefix, 8, &gateway, &s.h->netif, 0, 0),
		 0);
	neighbour_learn(s.h->net, &s.h->netif, &gateway, mac, true, true);
	inject(&s, for_others(&s, "20.1.1.1", 64, false, 10));
	f = expect_ip(&s, 1, &h);
	CHECK_EQ(f->why, WHY_REDIRECT);
	CHECK_EQ(f->bytes[34], ICMP_REDIRECT);
	CHECK_EQ(f->bytes[35], 1);
	CHECK_EQ(get_be32(f->bytes + 38), 0x0a000003);
	free(f);
	f = expect_ip(&s, 17, &h);
	CHECK_MEM(f->bytes, mac, 6);
	free(f);
	for (int i = 0; i < 1000; i++) {
		world_run(s.w, 20 * NSEC_PER_MSEC);
		inject(&s, for_others(&s, "20.1.1.1", 64, false, 10));
		while ((f = host_next(s.h))) {
			redirects += f->bytes[23] == 1;
			forwarded += f->bytes[23] == 17;
			free(f);
		}
	}
	CHECK_EQ(forwarded, 1000);
	CHECK(redirects >= 6 && redirects <= 8); /* nine in all at most */
	world_free(s.w);
}

/* What the peer sends to 20.1.1.1 goes back to its own link. */
static void detour(struct scene *s)
{
	struct net_addr prefix = host_addr("20.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.3");

	CHECK_EQ(route_add(s->h->net, &prefix, 8, &gateway, &s->h->netif, 0, 0),
		 0);
}

/* Whether the next packet that takes it is answered by a redirect. */
static bool redirected(struct scene *s)
{
	bool told = false;
	struct frame *f;

	peer_introduce(&s->p, s->h);
	inject(s, for_others(s, "20.1.1.1", 64, false, 10));
	while ((f = host_next(s->h))) {
		told |= f->why == WHY_REDIRECT;
		free(f);
	}
	return told;
}

TEST(each_redirect_doubles_the_pause_and_only_silence_begins_anew)
{
	struct scene s = router_new();

	detour(&s);
	CHECK(redirected(&s));
	for (int i = 1; i < 9; i++) { /* redirect_load is 20 ms */
		world_run(s.w, (20 * NSEC_PER_MSEC << i) - 5 * NSEC_PER_MSEC);
		CHECK(!redirected(&s));
		world_run(s.w, 5 * NSEC_PER_MSEC);
		CHECK(redirected(&s));
	}
	/* redirect_number: who did not hear nine does not listen. */
	world_run(s.w, 15 * NSEC_PER_SEC);
	CHECK(!redirected(&s));
	world_run(s.w, 20 * NSEC_PER_SEC);
	CHECK(!redirected(&s));
	world_run(s.w, 21 * NSEC_PER_SEC); /* redirect_silence is 20.48 s */
	CHECK(redirected(&s));
	CHECK_EQ(host_tune(s.h, "net/ipv4/route/redirect_number", "2"), 0);
	world_run(s.w, 50 * NSEC_PER_MSEC);
	CHECK(redirected(&s));
	world_run(s.w, NSEC_PER_SEC);
	CHECK(!redirected(&s));
	world_free(s.w);
}

TEST(send_redirects_off_sends_none)
{
	struct scene s = router_new();
	struct net_addr prefix = host_addr("20.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.3");
	uint8_t mac[6] = { 2, 0, 0, 0, 3, 3 };
	struct ip4_header h;

	CHECK_EQ(route_add(s.h->net, &prefix, 8, &gateway, &s.h->netif, 0, 0),
		 0);
	neighbour_learn(s.h->net, &s.h->netif, &gateway, mac, true, true);
	s.h->net->tunables.ip.all.send_redirects = 0;
	s.h->netif.conf.send_redirects = 0;
	inject(&s, for_others(&s, "20.1.1.1", 64, false, 10));
	free(expect_ip(&s, 17, &h));
	host_expect_nothing(s.h);
	world_free(s.w);
}

TEST(reverse_path_filter_refuses_sources_of_other_links)
{
	struct scene s = router_new();

	s.p.addr = host_addr("192.168.9.50");
	inject(&s, for_others(&s, "192.168.9.7", 64, false, 10));
	CHECK_EQ(second.count, 1); /* rp_filter is off at first */
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/all/rp_filter", "1"), 0);
	inject(&s, for_others(&s, "192.168.9.7", 64, false, 10));
	CHECK_EQ(second.count, 1);
	CHECK_EQ(drops(&s, REASON_IP_REVERSE_PATH), 1);
	CHECK_EQ(host_tune(s.h, "net/ipv4/conf/all/rp_filter", "2"), 0);
	inject(&s, for_others(&s, "192.168.9.7", 64, false, 10));
	CHECK_EQ(second.count, 2);
	world_free(s.w);
}

/* rfc1122 3.3.6 */
TEST(link_broadcast_is_never_forwarded)
{
	struct scene s = router_new();
	uint32_t n = for_others(&s, "192.168.9.7", 64, false, 10);

	memset(frame, 0xff, 6);
	inject(&s, n);
	CHECK_EQ(second.count, 0);
	host_expect_nothing(s.h);
	world_free(s.w);
}

TEST(silent_neighbour_of_a_forwarded_packet_is_host_unreachable)
{
	struct scene s = router_new();
	struct net_addr prefix = host_addr("20.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.9");
	struct frame *f;
	bool told = false;

	CHECK_EQ(route_add(s.h->net, &prefix, 8, &gateway, &s.h->netif, 0, 0),
		 0);
	inject(&s, for_others(&s, "20.1.1.1", 64, false, 10));
	world_run(s.w, 4 * NSEC_PER_SEC);
	while ((f = host_next(s.h))) {
		if (get_be16(f->bytes + 12) == 0x0800 && f->bytes[23] == 1 &&
		    f->bytes[34] == ICMP_DEST_UNREACHABLE)
			told = f->bytes[35] == ICMP_HOST_UNREACHABLE;
		free(f);
	}
	CHECK(told);
	world_free(s.w);
}

/* ---- redirects that come ---- */

static uint32_t redirect(struct scene *s, const char *gateway, const char *dst)
{
	uint8_t icmp[64] = { 0 };
	struct ip4_header quoted = {
		.ttl = 64, .protocol = 17, .total_length = 36, .src = 0x0a000001
	};
	struct net_addr to = host_addr(gateway), of = host_addr(dst);

	quoted.dst = addr_to_ip4(&of);
	icmp_emit(icmp, ICMP_REDIRECT, 1, addr_to_ip4(&to));
	ip4_emit(icmp + 8, &quoted);
	checksum_store(icmp + 2, checksum_finish(checksum_add(0, icmp, 44)));
	return frame_ip4(frame, &s->p, 1, icmp, 44);
}

/* rfc1122 3.2.2.2 */
TEST(redirect_is_believed_from_the_gateway_in_use_alone)
{
	struct scene s = scene_new();
	struct net_addr dst = host_addr("20.0.0.1");
	struct net_addr better = host_addr("10.0.0.7");
	struct net_path path;

	peer_introduce(&s.p, s.h);
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.1")); /* not our gateway */
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 1);
	s.p.addr = host_addr("10.0.0.254");
	inject(&s, redirect(&s, "30.0.0.7", "20.0.0.1")); /* off this link */
	inject(&s, redirect(&s, "10.0.0.1", "20.0.0.1")); /* ourselves */
	inject(&s, redirect(&s, "224.0.0.1", "20.0.0.1"));
	inject(&s, redirect(&s, "10.0.0.255", "20.0.0.1"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 5);
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.1"));
	CHECK_EQ(path_find(s.h->net, &dst, NULL, NULL, &path), 0);
	CHECK(addr_equal(&path.next_hop, &better));
	dst = host_addr("20.0.0.2");
	CHECK_EQ(path_find(s.h->net, &dst, NULL, NULL, &path), 0);
	CHECK(!addr_equal(&path.next_hop, &better));
	CHECK_EQ(host_tune(s.h, "net/ipv4/route/flush", "1"), 0);
	dst = host_addr("20.0.0.1");
	CHECK_EQ(path_find(s.h->net, &dst, NULL, NULL, &path), 0);
	CHECK(!addr_equal(&path.next_hop, &better));
	world_free(s.w);
}

TEST(accept_redirects_off_refuses_them)
{
	struct scene s = scene_new();

	s.h->net->tunables.ip.all.accept_redirects = 0;
	s.h->netif.conf.accept_redirects = 0;
	s.p.addr = host_addr("10.0.0.254");
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.1"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 1);
	world_free(s.w);
}

static void leads_to(struct scene *s, const char *dst, const char *gateway)
{
	struct net_addr to = host_addr(dst), via = host_addr(gateway);
	struct net_path path;

	CHECK_EQ(path_find(s->h->net, &to, NULL, NULL, &path), 0);
	CHECK(addr_equal(&path.next_hop, &via));
}

/* The address of the gateway in use, on a link that the way does not take. */
TEST(redirect_from_another_link_is_refused)
{
	struct scene s = two_links();
	struct net_addr prefix = host_addr("40.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.9");
	struct route_hop hop = { .netif = &second.netif,
				 .gateway = gateway,
				 .flags = ROUTE_ONLINK };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .prefix = host_addr("20.0.0.0"),
				   .bits = 104,
				   .hops = &hop,
				   .hop_count = 1 };

	CHECK_EQ(route_insert(s.h->net, &spec, ROUTE_MODE_CREATE), 0);
	CHECK_EQ(route_add(s.h->net, &prefix, 8, &gateway, &s.h->netif, 0, 0),
		 0);
	s.p.addr = gateway;
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.1"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 1);
	leads_to(&s, "20.0.0.1", "10.0.0.9");
	inject(&s, redirect(&s, "10.0.0.7", "40.0.0.1"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 1);
	leads_to(&s, "40.0.0.1", "10.0.0.7");
	world_free(s.w);
}

static void set_shared_media(struct scene *s, int value)
{
	s->h->net->tunables.ip.all.shared_media = value;
	s->h->netif.conf.shared_media = value;
}

/* ip-sysctl: only default gateways, unless secure_redirects is off; never one
 * of another subnet. */
TEST(without_shared_media_redirects_are_believed_of_few_gateways)
{
	struct scene s = scene_new();
	struct net_addr prefix = host_addr("20.0.0.0");
	struct net_addr gateway = host_addr("10.0.0.9");
	struct config_request r = { .op = CONFIG_ADD_ADDRESS, .bits = 24 };

	r.name = s.h->netif.name;
	r.addr = host_addr("30.0.0.1");
	CHECK_EQ(host_configure(s.h, &r), 0);
	CHECK_EQ(route_add(s.h->net, &prefix, 8, &gateway, &s.h->netif, 0, 0),
		 0);
	s.p.addr = gateway;
	set_shared_media(&s, 0);
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.1"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 1);
	leads_to(&s, "20.0.0.1", "10.0.0.9");
	inject(&s, redirect(&s, "10.0.0.254", "20.0.0.2"));
	leads_to(&s, "20.0.0.2", "10.0.0.254");
	s.h->net->tunables.ip.all.secure_redirects = 0;
	s.h->netif.conf.secure_redirects = 0;
	inject(&s, redirect(&s, "10.0.0.7", "20.0.0.3"));
	leads_to(&s, "20.0.0.3", "10.0.0.7");
	inject(&s, redirect(&s, "30.0.0.7", "20.0.0.4"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 2);
	leads_to(&s, "20.0.0.4", "10.0.0.9");
	set_shared_media(&s, 1);
	inject(&s, redirect(&s, "30.0.0.7", "20.0.0.4"));
	CHECK_EQ(drops(&s, REASON_ICMP_REDIRECT_REFUSED), 2);
	leads_to(&s, "20.0.0.4", "30.0.0.7");
	world_free(s.w);
}
