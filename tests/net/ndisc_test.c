// SPDX-License-Identifier: MIT
/*
 * Dialogues about IPv6 below the transports: neighbour discovery, duplicate
 * detection, routers, extension headers, fragments, ICMPv6.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/ip/ip.h"
#include "net/ip/ndisc.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/icmp.h"
#include "net/wire/ip6.h"
#include "net/wire/udp.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define OWN "2001:db8::1"
#define PEER "2001:db8::2"
#define ROUTER "fe80::9"

static const uint8_t peer_mac[6] = { 2, 0, 0, 0, 1, 1 };

static struct scene scene6(void)
{
	struct scene s = { .w = world_new(1) };
	struct net_addr own = host_addr(OWN), link = host_addr("fe80::1");

	s.h = host_new(s.w, NULL, 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &own, 64), 0);
	CHECK_EQ(netif_add_address(&s.h->netif, &link, 64), 0);
	world_run(s.w, 3 * NSEC_PER_SEC);
	for (struct frame *f; (f = host_next(s.h)); free(f))
		; /* reports of its groups */
	return s;
}

/* An IPv6 packet in `frame`; the checksum of what is behind it is the
 * caller's. */
static uint32_t put6(const char *src, const char *dst, uint8_t next,
		     uint8_t hops, const uint8_t *payload, uint32_t length)
{
	struct ip6_header h = { .next_header = next,
				.hop_limit = hops,
				.payload_length = (uint16_t)length,
				.src = host_addr(src),
				.dst = host_addr(dst) };
	uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };

	if (addr_is_multicast(&h.dst)) {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, h.dst.b + 12, 4);
	}
	ethernet_emit(frame, mac, peer_mac, ETHERTYPE_IP6);
	ip6_emit(frame + 14, &h);
	memcpy(frame + 54, payload, length);
	return 54 + length;
}

static void sum(const char *src, const char *dst, uint8_t protocol,
		uint8_t *bytes, uint32_t length, uint32_t field)
{
	struct net_addr a = host_addr(src), b = host_addr(dst);
	uint64_t s = checksum_pseudo(&a, &b, protocol, length);

	put_be16(bytes + field, 0);
	checksum_store(bytes + field,
		       checksum_finish(checksum_add(s, bytes, length)));
}

static uint32_t icmp6(const char *src, const char *dst, uint8_t hops,
		      uint8_t *icmp, uint32_t length)
{
	sum(src, dst, 58, icmp, length, 2);
	return put6(src, dst, 58, hops, icmp, length);
}

/* A solicitation of the peer's for `target`. */
static uint32_t solicitation(const char *src, const char *dst,
			     const char *target, uint8_t hops)
{
	struct net_addr t = host_addr(target), from = host_addr(src);
	uint8_t icmp[32] = { ICMP6_NEIGHBOUR_SOLICIT };
	uint32_t n = 24;

	memcpy(icmp + 8, t.b, 16);
	if (!addr_is_any6(&from)) {
		icmp[24] = 1;
		icmp[25] = 1;
		memcpy(icmp + 26, peer_mac, 6);
		n = 32;
	}
	return icmp6(src, dst, hops, icmp, n);
}

static uint32_t advertisement(const char *dst, const char *target,
			      uint32_t flags)
{
	struct net_addr t = host_addr(target);
	uint8_t icmp[32] = { ICMP6_NEIGHBOUR_ADVERT };

	put_be32(icmp + 4, flags);
	memcpy(icmp + 8, t.b, 16);
	icmp[24] = 2;
	icmp[25] = 1;
	memcpy(icmp + 26, peer_mac, 6);
	return icmp6(target, dst, 255, icmp, 32);
}

/* The next frame must be ICMPv6 of this type; its message. */
static struct frame *expect6(struct scene *s, uint8_t type, uint8_t **icmp)
{
	struct frame *f = host_next(s->h);

	CHECK(f != NULL);
	CHECK_EQ(get_be16(f->bytes + 12), ETHERTYPE_IP6);
	CHECK_EQ(f->bytes[20], 58);
	*icmp = f->bytes + 54;
	CHECK_EQ((*icmp)[0], type);
	return f;
}

static void introduce(struct scene *s)
{
	uint8_t *icmp;

	inject(s, solicitation(PEER, OWN, OWN, 255));
	free(expect6(s, ICMP6_NEIGHBOUR_ADVERT, &icmp));
}

TEST(solicitation_for_our_address_is_answered)
{
	struct scene s = scene6();
	struct net_addr own = host_addr(OWN), peer = host_addr(PEER);
	uint8_t *icmp;
	struct frame *f;

	inject(&s, solicitation(PEER, "ff02::1:ff00:1", OWN, 255));
	f = expect6(&s, ICMP6_NEIGHBOUR_ADVERT, &icmp);
	CHECK_MEM(f->bytes, peer_mac, 6);
	CHECK_EQ(f->bytes[21], 255);
	CHECK_EQ(get_be32(icmp + 4), 0x60000000); /* solicited, override */
	CHECK_MEM(icmp + 8, own.b, 16);
	CHECK_MEM(icmp + 26, s.h->netif.mac, 6);
	free(f);
	CHECK(neighbour_find(s.h->net, &s.h->netif, &peer) != NULL);
	inject(&s, solicitation(PEER, OWN, "2001:db8::77", 255));
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NDISC_IGNORED), 1);
	world_free(s.w);
}

TEST(discovery_from_afar_or_malformed_is_refused)
{
	struct scene s = scene6();
	uint32_t n;

	inject(&s, solicitation(PEER, OWN, OWN, 254));
	n = solicitation(PEER, OWN, OWN, 255);
	frame[54 + 25] = 0; /* an option of length 0 */
	sum(PEER, OWN, 58, frame + 54, n - 54, 2);
	inject(&s, n);
	inject(&s, solicitation("::", OWN, OWN, 255)); /* not solicited-node */
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NDISC_MALFORMED), 3);
	world_free(s.w);
}

TEST(packets_wait_for_the_advertisement)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	struct net_addr group;
	uint8_t *icmp;
	struct frame *f;

	CHECK_EQ(host_send_to(s.h, ep, PEER, 7, "x", 1), 0);
	f = expect6(&s, ICMP6_NEIGHBOUR_SOLICIT, &icmp);
	memcpy(group.b, f->bytes + 38, 16);
	CHECK_MEM(f->bytes, "\x33\x33\xff\0\0\2", 6);
	CHECK_MEM(f->bytes + 38, "\xff\2\0\0\0\0\0\0\0\0\0\1\xff\0\0\2", 16);
	CHECK_MEM(icmp + 26, s.h->netif.mac, 6);
	free(f);
	host_expect_nothing(s.h);
	inject(&s, advertisement(OWN, PEER, 0x60000000));
	f = host_next(s.h);
	CHECK(f != NULL);
	CHECK_EQ(f->bytes[20], 17);
	CHECK_MEM(f->bytes, peer_mac, 6);
	free(f);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(silent_neighbour6_is_asked_three_times)
{
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	uint8_t *icmp;

	CHECK_EQ(host_connect(s.h, ep, PEER, 7), 0);
	host_set(s.h, ep, NET_IPPROTO_IPV6, NET_IPV6_RECVERR, 1);
	host_send_to(s.h, ep, NULL, 0, "x", 1);
	for (int i = 0; i < 3; i++) {
		free(expect6(&s, ICMP6_NEIGHBOUR_SOLICIT, &icmp));
		world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(endpoint_take_error(ep), -EHOSTUNREACH);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- configuration without a state ---- */

static struct scene fresh(int mode)
{
	struct scene s = { .w = world_new(1) };
	struct config_request r = { .op = CONFIG_SET_FLAGS, .name = "eth0" };

	s.h = host_new(s.w, NULL, 0);
	s.h->netif.conf6.addr_gen_mode = mode;
	CHECK_EQ(host_configure(s.h, &r), 0); /* down */
	for (struct frame *f; (f = host_next(s.h)); free(f))
		;
	r.number = NETIF_UP;
	CHECK_EQ(host_configure(s.h, &r), 0);
	world_run(s.w, NSEC_PER_MSEC);
	return s;
}

/* Skips reports of groups. */
static struct frame *next_of(struct scene *s, uint8_t type, uint8_t **icmp)
{
	struct frame *f;

	while ((f = host_next(s->h))) {
		*icmp = f->bytes + 54;
		if (f->bytes[20] == 58 && (*icmp)[0] == type)
			return f;
		free(f);
	}
	return NULL;
}

static uint32_t router_advert(uint16_t lifetime, uint32_t valid,
			      uint32_t preferred)
{
	uint8_t icmp[48] = { ICMP6_ROUTER_ADVERT };
	struct net_addr prefix = host_addr("2001:db8:7::");

	icmp[4] = 55; /* hop limit */
	put_be16(icmp + 6, lifetime);
	icmp[16] = 3;
	icmp[17] = 4;
	icmp[18] = 64;
	icmp[19] = 0xc0; /* on the link, autonomous */
	put_be32(icmp + 20, valid);
	put_be32(icmp + 24, preferred);
	memcpy(icmp + 32, prefix.b, 16);
	return icmp6(ROUTER, "ff02::1", 255, icmp, 48);
}

/* rfc4862 5.4 */
TEST(link_local_address_is_probed_then_routers_are_sought)
{
	struct scene s = fresh(0);
	struct net_addr own = host_addr("fe80::ff:fe00:1");
	struct netif_address *a = netif_find_address(&s.h->netif, &own);
	struct frame *f;
	uint8_t *icmp;

	CHECK(a != NULL && (a->flags & ADDRESS_TENTATIVE));
	world_run(s.w, 2 * NSEC_PER_MSEC);
	f = next_of(&s, ICMP6_NEIGHBOUR_SOLICIT, &icmp);
	CHECK(f != NULL);
	CHECK_MEM(icmp + 8, own.b, 16);
	CHECK_MEM(f->bytes + 22, addr_any6().b, 16); /* from nobody */
	CHECK_EQ(f->length, 54 + 24);
	free(f);
	world_run(s.w, NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	CHECK(!(a->flags & ADDRESS_TENTATIVE));
	free(next_of(&s, ICMP6_ROUTER_SOLICIT, &icmp));
	world_run(s.w, 4 * NSEC_PER_SEC + 2 * NSEC_PER_MSEC);
	f = next_of(&s, ICMP6_ROUTER_SOLICIT, &icmp);
	CHECK(f != NULL);
	free(f);
	inject(&s, router_advert(1800, 86400, 14400));
	world_run(s.w, 100 * NSEC_PER_SEC);
	CHECK(next_of(&s, ICMP6_ROUTER_SOLICIT, &icmp) == NULL);
	world_free(s.w);
}

TEST(tentative_address_of_somebody_else_is_not_used)
{
	struct scene s = fresh(0);
	struct net_addr own = host_addr("fe80::ff:fe00:1");
	struct netif_address *a = netif_find_address(&s.h->netif, &own);

	world_run(s.w, 2 * NSEC_PER_MSEC);
	inject(&s, advertisement("ff02::1", "fe80::ff:fe00:1", 0x20000000));
	CHECK(a->flags & ADDRESS_FAILED);
	world_run(s.w, 5 * NSEC_PER_SEC);
	CHECK(a->flags & ADDRESS_TENTATIVE);
	world_free(s.w);
}

TEST(router_brings_a_default_route_and_an_address)
{
	struct scene s = fresh(0);
	struct net_addr own = host_addr("2001:db8:7:0:0:ff:fe00:1");
	struct net_addr far = host_addr("2001:db8:99::1");
	struct net_addr router = host_addr(ROUTER);
	struct netif_address *a;
	struct net_path path;

	world_run(s.w, 3 * NSEC_PER_SEC);
	inject(&s, router_advert(1800, 86400, 14400));
	a = netif_find_address(&s.h->netif, &own);
	CHECK(a != NULL && (a->flags & ADDRESS_TENTATIVE));
	world_run(s.w, 2 * NSEC_PER_SEC);
	CHECK(!(a->flags & ADDRESS_TENTATIVE));
	CHECK_EQ(path_find(s.h->net, &far, NULL, NULL, &path), 0);
	CHECK(addr_equal(&path.next_hop, &router));
	CHECK(addr_equal(&path.source, &own));
	CHECK_EQ(s.h->netif.conf6.hop_limit, 55);
	/* Nobody may end it at once: two hours are left (RFC 4862 5.5.3). */
	inject(&s, router_advert(0, 10, 10));
	CHECK_EQ(path_find(s.h->net, &far, NULL, NULL, &path), -ENETUNREACH);
	CHECK(a->valid_until - s.h->net->now > 7100 * NSEC_PER_SEC);
	world_free(s.w);
}

/* ---- extension headers ---- */

/* A datagram to port 2000 behind `ext`, whose last next header is UDP's. */
static uint32_t behind(const uint8_t *ext, uint32_t size, uint8_t first)
{
	uint8_t bytes[256];
	struct udp_header h = { 1000, 2000, 13, 0 };

	memcpy(bytes, ext, size);
	udp_emit(bytes + size, &h);
	memcpy(bytes + size + 8, "hello", 5);
	sum(PEER, OWN, 17, bytes + size, 13, 6);
	return put6(PEER, OWN, first, 64, bytes, size + 13);
}

TEST(extension_headers_are_walked_and_bounded)
{
	static const uint8_t hop[8] = { 17, 0, 1, 4 };
	static const uint8_t unknown_skip[8] = { 17, 0, 0x1e, 4 };
	static const uint8_t unknown_tell[8] = { 17, 0, 0x9e, 4 };
	static const uint8_t route_left[8] = { 17, 0, 0, 1 };
	static const uint8_t route_done[8] = { 17, 0, 0, 0 };
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	uint8_t many[10 * 8] = { 0 }, *icmp;
	struct frame *f;
	char got[8];

	CHECK_EQ(host_bind(s.h, ep, "::", 2000), 0);
	introduce(&s);
	inject(&s, behind(hop, 8, 0));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 5);
	inject(&s, behind(unknown_skip, 8, 60));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 5);
	inject(&s, behind(route_done, 8, 43));
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 5);
	inject(&s, behind(unknown_tell, 8, 60));
	f = expect6(&s, ICMP6_PARAMETER_PROBLEM, &icmp);
	CHECK_EQ(icmp[1], 2);
	CHECK_EQ(get_be32(icmp + 4), 42);
	free(f);
	inject(&s, behind(route_left, 8, 43)); /* RFC 5095: type 0 */
	f = expect6(&s, ICMP6_PARAMETER_PROBLEM, &icmp);
	CHECK_EQ(icmp[1], 0);
	CHECK_EQ(get_be32(icmp + 4), 42);
	free(f);
	for (int i = 0; i < 10; i++) {
		many[i * 8] = i == 9 ? 17 : 60;
		many[i * 8 + 2] = 1;
		many[i * 8 + 3] = 4;
	}
	inject(&s, behind(many, sizeof many, 60));
	CHECK_EQ(drops(&s, REASON_IP_TOO_MANY_HEADERS), 1);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(unknown_next_header_is_a_parameter_problem)
{
	struct scene s = scene6();
	uint8_t bytes[8] = { 0 }, *icmp;
	struct frame *f;

	introduce(&s);
	inject(&s, put6(PEER, OWN, 200, 64, bytes, 8));
	f = expect6(&s, ICMP6_PARAMETER_PROBLEM, &icmp);
	CHECK_EQ(icmp[1], 1);
	CHECK_EQ(get_be32(icmp + 4), 6);
	free(f);
	world_free(s.w);
}

/* ---- fragments ---- */

static void fragment(struct scene *s, const uint8_t *udp, uint32_t from,
		     uint32_t to, bool more, uint32_t id)
{
	static uint8_t bytes[2048];

	memset(bytes, 0, 8);
	bytes[0] = 17;
	put_be16(bytes + 2, (uint16_t)(from | more));
	put_be32(bytes + 4, id);
	memcpy(bytes + 8, udp + from, to - from);
	inject(s, put6(PEER, OWN, 44, 64, bytes, 8 + to - from));
}

/* rfc5722 4 */
TEST(ipv6_fragments_make_one_datagram_and_overlaps_none)
{
	static uint8_t udp[3008], got[3000];
	struct udp_header h = { 1000, 2000, 3008, 0 };
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);

	CHECK_EQ(host_bind(s.h, ep, "::", 2000), 0);
	introduce(&s);
	udp_emit(udp, &h);
	for (int i = 8; i < 3008; i++)
		udp[i] = (uint8_t)(i * 7);
	sum(PEER, OWN, 17, udp, 3008, 6);
	fragment(&s, udp, 1200, 2400, true, 1);
	fragment(&s, udp, 2400, 3008, false, 1);
	fragment(&s, udp, 1200, 2400, true, 1); /* once more: ignored */
	fragment(&s, udp, 0, 1200, true, 1);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), 3000);
	CHECK_MEM(got, udp + 8, 3000);
	/* RFC 5722: an overlap ends the datagram. */
	fragment(&s, udp, 0, 1200, true, 2);
	fragment(&s, udp, 1192, 2400, true, 2);
	fragment(&s, udp, 1200, 2400, true, 2);
	fragment(&s, udp, 2400, 3008, false, 2);
	CHECK_EQ(host_receive(s.h, ep, got, sizeof got, NULL), -EAGAIN);
	CHECK(drops(&s, REASON_IP_FRAGMENT_OVERLAP) >= 1);
	/* RFC 6946: an atomic fragment waits for nobody. */
	fragment(&s, udp, 0, 3008 > 1400 ? 1200 : 0, true, 3);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(large_ipv6_datagram_is_cut_by_its_sender)
{
	static uint8_t data[3000];
	struct scene s = scene6();
	struct endpoint *ep = host_socket(s.h, NET_IP6, NET_SOCK_DGRAM, 0);
	uint32_t done = 0;
	bool more = true;

	introduce(&s);
	CHECK_EQ(host_send_to(s.h, ep, PEER, 9, data, sizeof data), 0);
	while (more) {
		struct frame *f = host_next(s.h);

		CHECK(f != NULL && f->length <= 1514);
		CHECK_EQ(f->bytes[20], 44);
		CHECK_EQ(get_be16(f->bytes + 56) & ~7u, done);
		more = get_be16(f->bytes + 56) & 1;
		done += f->length - 62;
		free(f);
	}
	CHECK_EQ(done, 3008);
	host_close(s.h, ep);
	world_free(s.w);
}

TEST(random_icmpv6_does_no_harm)
{
	struct scene s = scene6();
	uint64_t seed = 5;
	struct frame *f;

	introduce(&s);
	for (int i = 0; i < 5000; i++) {
		uint8_t icmp[120];
		uint32_t n = 8 + (uint32_t)(test_random(&seed) % 112);

		for (uint32_t k = 0; k < n; k++)
			icmp[k] = (uint8_t)test_random(&seed);
		icmp[0] = (uint8_t)(128 + test_random(&seed) % 16);
		icmp[1] = 0;
		inject(&s, icmp6(i & 1 ? PEER : ROUTER, i & 2 ? OWN : "ff02::1",
				 i & 4 ? 255 : 1, icmp, n));
		while ((f = host_next(s.h)))
			free(f);
	}
	world_run(s.w, 10 * NSEC_PER_SEC);
	world_free(s.w);
}
