// SPDX-License-Identifier: MIT
/*
 * The DHCP client against a scripted server.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "net/wire/dhcp.h"
#include "net/wire/ip4.h"
#include "net/wire/udp.h"
#include "tests/net/harness.h"
#include "tests/unit/test.h"

#define SERVER 0x0a000202u
#define CLIENT 0x0a00020fu
#define ROUTER 0x0a000202u
#define DNS 0x0a000203u

static uint8_t bytes[2048];

struct script {
	struct world *w;
	struct host *h;
	struct peer p;
	uint32_t xid; /* the client's last */
};

static struct script script_new(void)
{
	struct script s = { 0 };
	struct config_request r = { .op = CONFIG_DHCP_START, .name = "eth0" };

	s.w = world_new(3);
	s.h = host_new(s.w, NULL, 0);
	r.text = "guest";
	peer_init(&s.p, s.h, "10.0.2.2");
	CHECK_EQ(host_configure(s.h, &r), 0);
	return s;
}

/* The client's next message; 0 when it sent none. */
static int heard(struct script *s, struct dhcp_message *m, struct ip4_header *h)
{
	struct frame *f;
	struct udp_header u;
	int type;

	while ((f = host_next(s->h)) && get_be16(f->bytes + 12) != 0x0800)
		free(f);
	if (!f)
		return 0;
	CHECK_EQ(ip4_parse(f->bytes + 14, f->length - 14, h), 0);
	CHECK_EQ(udp_parse(f->bytes + 34, f->length - 34, &u), 0);
	CHECK_EQ(u.src_port, 68);
	CHECK_EQ(u.dst_port, 67);
	CHECK_EQ(dhcp_parse(f->bytes + 42, f->length - 42, m), 0);
	CHECK_EQ(m->operation, 1);
	CHECK_MEM(m->mac, s->h->netif.mac, 6);
	CHECK_STR(m->hostname, "guest");
	CHECK_EQ(f->why, WHY_DHCP);
	s->xid = m->xid;
	type = m->type;
	free(f);
	return type;
}

static void say(struct script *s, uint8_t type, uint32_t yours, uint32_t xid,
		bool broadcast)
{
	struct dhcp_message m = { .operation = 2,
				  .type = type,
				  .xid = xid,
				  .yours = yours,
				  .server_id = SERVER,
				  .mask = 0xffffff00,
				  .router = ROUTER,
				  .dns = { DNS },
				  .lease = 1000 };
	uint8_t message[DHCP_MESSAGE_MAX];
	struct peer p = s->p;
	size_t n;

	memcpy(m.mac, s->h->netif.mac, 6);
	memcpy(m.domain, "example.org", 12);
	n = dhcp_emit(message, &m);
	p.host_addr = addr_ip4(broadcast ? 0xffffffff : yours);
	if (broadcast)
		memset(p.host_mac, 0xff, 6);
	host_inject(s->h, bytes,
		    frame_udp(bytes, &p, 67, 68, message, (uint32_t)n));
	world_settle(s->w);
}

static void bind_client(struct script *s)
{
	struct dhcp_message m;
	struct ip4_header h;

	CHECK_EQ(heard(s, &m, &h), DHCP_DISCOVER);
	say(s, DHCP_OFFER, CLIENT, s->xid, true);
	CHECK_EQ(heard(s, &m, &h), DHCP_REQUEST);
	CHECK_EQ(m.requested, CLIENT);
	CHECK_EQ(m.server_id, SERVER);
	say(s, DHCP_ACK, CLIENT, s->xid, true);
	CHECK_EQ(s->h->leases, 1);
}

TEST(dhcp_gives_address_route_and_name_servers)
{
	struct script s = script_new();
	struct net_addr out = host_addr("8.8.8.8"), router = addr_ip4(ROUTER);
	struct dhcp_message m;
	struct net_path path;
	struct ip4_header h;

	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	CHECK_EQ(h.src, 0);
	CHECK_EQ(h.dst, 0xffffffff);
	CHECK(m.broadcast);
	say(&s, DHCP_OFFER, CLIENT, s.xid, true);
	CHECK_EQ(heard(&s, &m, &h), DHCP_REQUEST);
	say(&s, DHCP_ACK, CLIENT, s.xid, true);
	CHECK_EQ(addr_to_ip4(&s.h->lease.address), CLIENT);
	CHECK_EQ(s.h->lease.bits, 24);
	CHECK_EQ(addr_to_ip4(&s.h->lease.dns[0]), DNS);
	CHECK_STR(s.h->lease.domain, "example.org");
	CHECK_EQ(path_find(s.h->net, &out, NULL, NULL, &path), 0);
	CHECK(addr_equal(&path.next_hop, &router));
	CHECK_EQ(addr_to_ip4(&path.source), CLIENT);
	host_expect_nothing(s.h);
	world_free(s.w);
}

TEST(dhcp_answers_by_unicast_to_the_new_address_are_taken)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;

	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	say(&s, DHCP_OFFER, CLIENT, s.xid, false);
	CHECK_EQ(heard(&s, &m, &h), DHCP_REQUEST);
	say(&s, DHCP_ACK, CLIENT, s.xid, false);
	CHECK_EQ(s.h->leases, 1);
	world_free(s.w);
}

TEST(dhcp_asks_again_with_growing_pauses)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;
	int n = 1;

	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	host_expect_nothing(s.h);
	world_run(s.w, 16 * NSEC_PER_SEC);
	while (heard(&s, &m, &h) == DHCP_DISCOVER)
		n++;
	CHECK(n >= 4 && n <= 5);
	world_free(s.w);
}

TEST(dhcp_ignores_strangers)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;

	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	say(&s, DHCP_OFFER, CLIENT, s.xid + 1, true);
	say(&s, DHCP_ACK, CLIENT, s.xid, true);
	host_expect_nothing(s.h);
	CHECK_EQ(s.h->leases, 0);
	world_free(s.w);
}

TEST(dhcp_begins_anew_after_a_nak)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;

	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	say(&s, DHCP_OFFER, CLIENT, s.xid, true);
	CHECK_EQ(heard(&s, &m, &h), DHCP_REQUEST);
	say(&s, DHCP_NAK, 0, s.xid, true);
	world_run(s.w, 10 * NSEC_PER_MSEC);
	CHECK_EQ(heard(&s, &m, &h), DHCP_DISCOVER);
	world_free(s.w);
}

TEST(dhcp_renews_at_half_time_by_unicast)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;

	bind_client(&s);
	peer_init(&s.p, s.h, "10.0.2.2");
	s.p.host_addr = addr_ip4(CLIENT);
	peer_introduce(&s.p, s.h);
	world_run(s.w, 499 * NSEC_PER_SEC);
	CHECK_EQ(heard(&s, &m, &h), 0);
	world_run(s.w, NSEC_PER_SEC + 10 * NSEC_PER_MSEC);
	CHECK_EQ(heard(&s, &m, &h), DHCP_REQUEST);
	CHECK_EQ(h.src, CLIENT);
	CHECK_EQ(h.dst, SERVER);
	CHECK_EQ(m.client, CLIENT);
	CHECK_EQ(m.requested, 0);
	CHECK_EQ(m.server_id, 0);
	say(&s, DHCP_ACK, CLIENT, s.xid, false);
	CHECK_EQ(s.h->leases, 2);
	world_run(s.w, 400 * NSEC_PER_SEC);
	CHECK_EQ(heard(&s, &m, &h), 0);
	world_free(s.w);
}

TEST(dhcp_lease_that_ends_takes_the_address_away)
{
	struct script s = script_new();
	struct dhcp_message m;
	struct ip4_header h;
	struct net_addr own = addr_ip4(CLIENT);
	bool rebinding = false;

	bind_client(&s);
	world_run(s.w, 995 * NSEC_PER_SEC);
	while (heard(&s, &m, &h))
		if (h.dst == 0xffffffff && m.type == DHCP_REQUEST)
			rebinding = true;
	CHECK(rebinding);
	CHECK(netif_of_address(s.h->net, &own) != NULL);
	world_run(s.w, 10 * NSEC_PER_SEC);
	CHECK_EQ(s.h->leases_lost, 1);
	CHECK(netif_of_address(s.h->net, &own) == NULL);
	do {
		CHECK(heard(&s, &m, &h) != 0);
	} while (m.type == DHCP_REQUEST);
	CHECK_EQ(m.type, DHCP_DISCOVER);
	world_free(s.w);
}

TEST(dhcp_survives_cut_and_corrupt_answers)
{
	struct script s = script_new();
	uint8_t message[DHCP_MESSAGE_MAX], broken[DHCP_MESSAGE_MAX];
	struct dhcp_message m = { .operation = 2,
				  .type = DHCP_OFFER,
				  .yours = CLIENT,
				  .server_id = SERVER };
	struct dhcp_message out;
	uint64_t seed = 5;
	size_t n;

	memcpy(m.domain, "example.org", 12);
	n = dhcp_emit(message, &m);
	for (size_t cut = 0; cut <= n; cut++) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, message, cut);
		dhcp_parse(copy, cut, &out);
		free(copy);
	}
	for (int i = 0; i < 20000; i++) {
		memcpy(broken, message, n);
		for (int k = 0; k < 3; k++)
			broken[236 + test_random(&seed) % (n - 236)] =
				(uint8_t)test_random(&seed);
		dhcp_parse(broken, n, &out);
	}
	world_free(s.w);
}
