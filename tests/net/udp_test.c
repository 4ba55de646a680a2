// SPDX-License-Identifier: MIT
/*
 * Dialogues about UDP.
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

/* rfc1122 3.3.4.2 */
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

/* rfc1122 4.1.3.4 */
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

/* rfc1122 3.3.3 */
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

/* ---- UDP_GRO ---- */

/* One after the other in one batch; each of the bytes is its number. */
static void inject_flow(struct scene *s, const uint32_t *lengths, int count,
			uint16_t from)
{
	static uint8_t payload[1500];

	for (int i = 0; i < count; i++) {
		memset(payload, i, lengths[i]);
		host_inject(s->h, frame,
			    frame_udp(frame, &s->p, from, 2000, payload,
				      lengths[i]));
	}
}

static void expect_joined(struct endpoint *ep, uint32_t length, uint32_t each)
{
	struct datagram *d = endpoint_receive_datagram(ep);

	CHECK(d != NULL);
	CHECK_EQ(d->length, length);
	CHECK_EQ(d->segment_size, each);
	datagram_free(d);
}

static struct endpoint *joining_socket(struct scene *s)
{
	struct endpoint *ep = udp_bound(s, 2000);

	CHECK_EQ(host_set(s->h, ep, NET_IPPROTO_UDP, NET_UDP_GRO, 1), 0);
	peer_introduce(&s->p, s->h);
	return ep;
}

TEST(udp_gro_joins_a_flow_of_one_batch)
{
	static const uint32_t lengths[] = { 100, 100, 100, 40, 100, 100,
					    200, 200, 50,  50, 7 };
	struct scene s = scene_new();
	struct endpoint *ep = joining_socket(&s);
	struct datagram *d;
	uint8_t *bytes;

	inject_flow(&s, lengths, 4, 1000);
	world_settle(s.w);
	d = endpoint_receive_datagram(ep);
	CHECK(d != NULL);
	CHECK_EQ(d->length, 340);
	CHECK_EQ(d->segment_size, 100);
	CHECK_EQ(d->remote.port, 1000);
	datagram_span(d, 0, &bytes);
	for (uint32_t i = 0; i < 340; i++)
		CHECK_EQ(bytes[i], i / 100);
	datagram_free(d);
	/* A longer one begins anew, a shorter one ends, one alone is plain. */
	inject_flow(&s, lengths + 4, 7, 1000);
	world_settle(s.w);
	expect_joined(ep, 200, 100);
	expect_joined(ep, 450, 200);
	expect_joined(ep, 57, 50);
	CHECK(endpoint_receive_datagram(ep) == NULL);
	inject_flow(&s, lengths, 1, 1000);
	inject_flow(&s, lengths, 1, 1001);
	inject_flow(&s, lengths, 2, 1000);
	world_settle(s.w);
	expect_joined(ep, 100, 0);
	expect_joined(ep, 100, 0);
	expect_joined(ep, 200, 100);
	CHECK(endpoint_receive_datagram(ep) == NULL);
	host_close(s.h, ep);
	world_free(s.w);
}

/* How much came, and how much at most at once. */
static uint32_t receive_all(struct endpoint *ep, uint32_t *most)
{
	struct datagram *d;
	uint32_t bytes = 0;

	for (*most = 0; (d = endpoint_receive_datagram(ep));) {
		bytes += d->length;
		*most = MAX(*most, d->length);
		datagram_free(d);
	}
	return bytes;
}

TEST(udp_gro_is_bounded)
{
	uint32_t lengths[130], most;
	struct scene s = scene_new();
	struct endpoint *ep = joining_socket(&s);

	for (int i = 0; i < 130; i++)
		lengths[i] = 10;
	inject_flow(&s, lengths, 130, 1000);
	world_settle(s.w);
	CHECK_EQ(receive_all(ep, &most), 1300);
	CHECK(most > 10 && most <= 640);
	for (int i = 0; i < 60; i++)
		lengths[i] = 1472;
	inject_flow(&s, lengths, 60, 1000);
	world_settle(s.w);
	CHECK_EQ(receive_all(ep, &most), 60 * 1472);
	CHECK(most > 1472 && most <= 65507);
	/* Without room they are dropped, one by one. */
	endpoint_set_buffers(ep, 4096, 4096);
	inject_flow(&s, lengths, 40, 1000);
	world_settle(s.w);
	CHECK(atomic_load(&ep->rx_dropped) >= 30);
	host_close(s.h, ep);
	world_free(s.w);
}
