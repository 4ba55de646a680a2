// SPDX-License-Identifier: MIT
/*
 * Dialogues about forwarding IPv6 (RFC 8200 3, RFC 4443 3, RFC 4861 8.2):
 * between two interfaces, with one hop less, and what the sender is told.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "net/core/route.h"
#include "net/ip/ip.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"
#include "net/wire/udp.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define OWN "2001:db8::1"
#define PEER "2001:db8::2"
#define FAR "2001:db8:9::7"

static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 1, 1 };

/* A second, bare interface: 2001:db8:9::1/64. What it is given is kept. */
static struct {
	struct netif netif;
	uint32_t count, length;
	uint8_t bytes[2048];
} second;

static int transmit(struct netif *netif, struct packet *packet)
{
	CHECK(packet->length <= sizeof second.bytes);
	packet_checksum_complete(packet);
	second.count++;
	second.length = packet->length;
	packet_copy(packet, 0, second.bytes, packet->length);
	return 0;
}

static const struct netif_ops second_ops = { .transmit = transmit };

static void forget_frames(struct scene *s)
{
	for (struct frame *f; (f = host_next(s->h)); free(f))
		;
}

/* A datagram of the peer's to `dst` in `frame`. */
static uint32_t datagram(const char *src, const char *dst, uint8_t hops,
			 uint32_t length)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct ip6_header h = { .next_header = 17,
				.hop_limit = hops,
				.payload_length = (uint16_t)(8 + length),
				.src = host_addr(src),
				.dst = host_addr(dst) };
	struct udp_header udp = { 1000, 2000, (uint16_t)(8 + length), 0 };

	ethernet_emit(frame, mac, peer_mac, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	udp_emit(frame + 54, &udp);
	memset(frame + 62, 'x', length);
	checksum_store(frame + 60,
		       checksum_finish(checksum_add(
			       checksum_pseudo(&h.src, &h.dst, 17, 8 + length),
			       frame + 54, 8 + length)));
	return 62 + length;
}

/* The peer tells its link address, so that answers need no question. */
static void introduce(struct scene *s)
{
	struct ip6_header h = { .next_header = 58,
				.hop_limit = 255,
				.payload_length = 32,
				.src = host_addr(PEER),
				.dst = host_addr(OWN) };
	uint8_t *icmp = frame + 54;

	ethernet_emit(frame, s->h->netif.mac, peer_mac, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memset(icmp, 0, 32);
	icmp[0] = ICMP6_NEIGHBOUR_SOLICIT;
	memcpy(icmp + 8, h.dst.b, 16);
	icmp[24] = icmp[25] = 1;
	memcpy(icmp + 26, peer_mac, 6);
	checksum_store(
		icmp + 2,
		checksum_finish(checksum_add(
			checksum_pseudo(&h.src, &h.dst, 58, 32), icmp, 32)));
	inject(s, 54 + 32);
	forget_frames(s);
}

static struct scene router_new(void)
{
	struct scene s = { .w = world_new(1) };
	struct net_addr own = host_addr(OWN), link = host_addr("fe80::1");
	struct net_addr other = host_addr("2001:db8:9::1");

	s.h = host_new(s.w, NULL, 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &own, 64), 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &link, 64), 0);
	memset(&second, 0, sizeof second);
	second.netif.ops = &second_ops;
	strcpy(second.netif.name, "tun0");
	second.netif.type = NETIF_TYPE_NONE;
	second.netif.mtu = 1400;
	net_attach(s.h->net, &second.netif);
	world_settle(s.w);
	CHECK_EQ(netif_add_address(&second.netif, &other, 64), 0);
	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/all/forwarding", "1"), 0);
	world_run(s.w, 3 * NSEC_PER_SEC);
	forget_frames(&s);
	introduce(&s);
	second.count = 0;
	return s;
}

/* The next frame must be this ICMPv6 message to the peer. */
static void expect_error(struct scene *s, uint8_t type, uint8_t code,
			 uint32_t word)
{
	struct frame *f = host_next(s->h);
	struct net_addr peer = host_addr(PEER);

	CHECK(f != NULL);
	CHECK_EQ(f->bytes[14 + 6], 58);
	CHECK_MEM(f->bytes + 14 + 24, peer.b, 16);
	CHECK_EQ(f->bytes[54], type);
	CHECK_EQ(f->bytes[55], code);
	CHECK_EQ(get_be32(f->bytes + 58), word);
	CHECK_EQ(f->bytes[62] >> 4, 6); /* the packet itself */
	free(f);
}

/* rfc8200 3 */
TEST(ipv6_packet_for_others_goes_on_with_one_hop_less)
{
	struct scene s = router_new();
	uint32_t n = datagram(PEER, FAR, 64, 100);
	uint8_t sent[200];

	memcpy(sent, frame + 14, n - 14);
	inject(&s, n);
	CHECK_EQ(second.count, 1);
	CHECK_EQ(second.length, n - 14);
	CHECK_EQ(second.bytes[7], 63);
	second.bytes[7] = 64;
	CHECK_MEM(second.bytes, sent, n - 14);
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* rfc8200 3 */
TEST(ipv6_host_that_is_no_router_forwards_nothing)
{
	struct scene s = router_new();

	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/eth0/forwarding", "0"), 0);
	inject(&s, datagram(PEER, FAR, 64, 100));
	CHECK_EQ(second.count, 0);
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* rfc4443 3.3 */
TEST(ipv6_last_hop_is_time_exceeded)
{
	struct scene s = router_new();

	inject(&s, datagram(PEER, FAR, 1, 100));
	CHECK_EQ(second.count, 0);
	expect_error(&s, 3, 0, 0);
	world_free(s.w);
}

/* rfc4443 3.2; rfc8200 5 */
TEST(ipv6_too_big_is_told_the_mtu_and_never_cut)
{
	struct scene s = router_new();

	inject(&s, datagram(PEER, FAR, 64, 1400));
	CHECK_EQ(second.count, 0);
	expect_error(&s, 2, 0, 1400);
	inject(&s, datagram(PEER, FAR, 64, 1400 - 48));
	CHECK_EQ(second.count, 1);
	CHECK_EQ(host_tune(s.h, "net/ipv6/conf/tun0/mtu", "1300"), 0);
	inject(&s, datagram(PEER, FAR, 64, 1400 - 48));
	CHECK_EQ(second.count, 1);
	expect_error(&s, 2, 0, 1300);
	world_free(s.w);
}

/* rfc4443 3.1 */
TEST(ipv6_without_a_way_on_is_unreachable)
{
	struct scene s = router_new();

	inject(&s, datagram(PEER, "2001:db8:77::1", 64, 100));
	CHECK_EQ(second.count, 0);
	expect_error(&s, 1, 0, 0);
	world_free(s.w);
}

/* rfc4291 2.5.6; rfc4443 3.1 */
TEST(ipv6_link_local_sources_stay_on_their_link)
{
	struct scene s = router_new();

	inject(&s, datagram("fe80::99", FAR, 64, 100));
	CHECK_EQ(second.count, 0);
	inject(&s, datagram("::1", FAR, 64, 100));
	inject(&s, datagram("ff02::5", FAR, 64, 100));
	inject(&s, datagram("::", FAR, 64, 100));
	CHECK_EQ(second.count, 0);
	forget_frames(&s);
	world_free(s.w);
}

/* rfc4861 8.2 */
TEST(ipv6_sender_on_the_same_link_is_redirected)
{
	struct scene s = router_new();
	struct net_addr far = host_addr("2001:db8:5::1");
	struct net_addr via = host_addr("fe80::77");
	struct route_hop hop = { .netif = &s.h->netif, .gateway = via };
	struct route_spec spec = { .type = ROUTE_UNICAST,
				   .prefix = host_addr("2001:db8:5::"),
				   .bits = 64,
				   .hops = &hop,
				   .hop_count = 1 };
	struct frame *f;
	bool told = false;

	CHECK_EQ(route_insert(s.h->net, &spec, ROUTE_MODE_CREATE), 0);
	inject(&s, datagram(PEER, "2001:db8:5::1", 64, 100));
	while ((f = host_next(s.h))) {
		if (f->bytes[20] == 58 && f->bytes[54] == 137) {
			told = true;
			CHECK_EQ(f->bytes[21], 255); /* hop limit */
			CHECK_MEM(f->bytes + 62, via.b, 16); /* target */
			CHECK_MEM(f->bytes + 78, far.b, 16); /* destination */
		}
		free(f);
	}
	CHECK(told);
	world_free(s.w);
}
