// SPDX-License-Identifier: MIT
/*
 * Dialogues about bridges and VLANs (IEEE 802.1D 7, 802.1Q): one stack with four
 * devices, whose frames are kept. Each frame says who speaks to whom and how
 * long it is, no more.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "net/bridge/bridge.h"
#include "net/core/upper.h"
#include "net/vlan/vlan.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define PORTS 4
#define KEPT 16
#define LENGTH 60
#define TYPE 0x88b5 /* for experiments */

static struct {
	struct netif netif;
	uint32_t count, lengths[KEPT];
	uint8_t bytes[KEPT][1600];
} ports[PORTS];

static struct world *w;
static struct host *h;
static struct netif *br;

static int transmit(struct netif *netif, struct packet *packet)
{
	for (int i = 0; i < PORTS; i++) {
		uint32_t n = ports[i].count;

		if (netif != &ports[i].netif)
			continue;
		CHECK(packet->length <= sizeof ports[i].bytes[0]);
		ports[i].count++;
		n %= KEPT;
		ports[i].lengths[n] = packet->length;
		packet_copy(packet, 0, ports[i].bytes[n], packet->length);
	}
	return 0;
}

static const struct netif_ops port_ops = { .transmit = transmit };

static void run(void)
{
	for (int i = 0; i < 20; i++)
		net_run(h->net, w->now);
}

static struct netif *make(const char *kind, const char *name,
			  struct netif *lower, const void *data, uint32_t n)
{
	struct link_request request = { .lower = lower, .data = { data, n } };
	struct netif *netif = NULL;

	strcpy(request.name, name);
	if (link_create(h->net, link_kind_find(h->net, kind), &request, &netif))
		return NULL;
	return netif;
}

static struct netif *make_vlan(struct netif *lower, const char *name,
			       uint16_t id, uint16_t protocol)
{
	uint8_t data[16] = { 6, 0, 1, 0, 0, 0, 0, 0, 6, 0, 5, 0 };
	struct netif *vlan;

	put_le16(data + 4, id);
	put_be16(data + 12, protocol);
	vlan = make("vlan", name, lower, data, sizeof data);
	CHECK(vlan != NULL);
	CHECK_EQ(link_set_flags(vlan, NETIF_UP, NETIF_UP), 0);
	return vlan;
}

static void up(struct netif *netif)
{
	CHECK_EQ(link_set_flags(netif, NETIF_UP, NETIF_UP), 0);
}

static void begin(void)
{
	w = world_new(1);
	h = host_new(w, "10.0.0.1", 24);
	memset(ports, 0, sizeof ports);
	for (int i = 0; i < PORTS; i++) {
		struct netif *netif = &ports[i].netif;

		netif->ops = &port_ops;
		strcpy(netif->name, "p%d");
		netif->type = NETIF_ETHERNET;
		netif->mtu = 1500;
		netif->link_up = 1;
		netif->mac[0] = 2;
		netif->mac[5] = (uint8_t)(0x10 + i);
		net_attach(h->net, netif);
		world_settle(w);
	}
	br = make("bridge", "br0", NULL, NULL, 0);
	CHECK(br != NULL);
	up(br);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(link_set_master(&ports[i].netif, br, NULL), 0);
	run();
	for (int i = 0; i < PORTS; i++)
		ports[i].count = 0;
}

static void end(void)
{
	world_free(w);
}

/* 02:00:00:00:00:NN; 0xff: everybody; 0xe0 + n: 01:80:c2:00:00:0n. */
static void put_mac(uint8_t *mac, int who)
{
	memset(mac, who == 0xff ? 0xff : 0, 6);
	if (who == 0xff)
		return;
	mac[0] = 2;
	mac[5] = (uint8_t)who;
	if (who >= 0xe0) {
		mac[0] = 1;
		mac[1] = 0x80;
		mac[2] = 0xc2;
		mac[5] = (uint8_t)(who - 0xe0);
	}
}

static void inject_at(struct netif *netif, const uint8_t *bytes, uint32_t n)
{
	struct packet *packet = packet_new(h->net);

	memcpy(packet_append(packet, n), bytes, n);
	netif_receive(netif, packet);
	run();
}

static void say(int port, int from, int to)
{
	uint8_t frame[LENGTH] = { 0 };

	put_mac(frame, to);
	put_mac(frame + 6, from);
	put_be16(frame + 12, TYPE);
	inject_at(&ports[port].netif, frame, sizeof frame);
}

/* How many frames each port was given, and forgets them. */
static void expect_sent(uint32_t a, uint32_t b, uint32_t c)
{
	CHECK_EQ(ports[0].count, a);
	CHECK_EQ(ports[1].count, b);
	CHECK_EQ(ports[2].count, c);
	CHECK_EQ(ports[3].count, 0);
	for (int i = 0; i < PORTS; i++)
		ports[i].count = 0;
}

static uint64_t dropped(enum reason why)
{
	return h->net->counters.dropped[why];
}

static struct bridge_port *port(int i)
{
	return port_of(&ports[i].netif);
}

TEST(bridge_learns_where_stations_are)
{
	begin();
	say(0, 1, 2); /* nobody knows 2 */
	expect_sent(0, 1, 1);
	CHECK_MEM(ports[1].bytes[0] + 5, "\x02\x02\0\0\0\0\x01", 7);
	say(1, 2, 1);
	expect_sent(1, 0, 0);
	say(0, 1, 2);
	expect_sent(0, 1, 0);
	say(2, 1, 2); /* it has moved */
	expect_sent(0, 1, 0);
	say(1, 2, 1);
	expect_sent(0, 0, 1);
	say(1, 1, 2); /* both behind one port */
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_BRIDGE_NO_PORT), 1);
	end();
}

TEST(bridge_forgets_silent_stations)
{
	begin();
	say(0, 1, 0xff);
	expect_sent(0, 1, 1);
	world_run(w, 299 * NSEC_PER_SEC);
	say(1, 2, 1);
	expect_sent(1, 0, 0);
	world_run(w, 2 * NSEC_PER_SEC); /* 1 has been silent for 301 s */
	say(1, 2, 1);
	expect_sent(1, 0, 1);
	CHECK_EQ(bridge_of(br)->learned, 1);
	world_run(w, 301 * NSEC_PER_SEC);
	CHECK_EQ(bridge_of(br)->learned, 0);
	end();
}

TEST(bridge_remembers_stations_since_they_spoke_last)
{
	begin();
	say(0, 1, 0xff);
	world_run(w, 200 * NSEC_PER_SEC);
	say(0, 1, 0xff);
	world_run(w, 200 * NSEC_PER_SEC);
	CHECK_EQ(bridge_of(br)->learned, 1);
	world_run(w, 101 * NSEC_PER_SEC);
	CHECK_EQ(bridge_of(br)->learned, 0);
	bridge_of(br)->ageing = 0; /* learns nothing: a hub */
	say(0, 1, 0xff);
	CHECK_EQ(bridge_of(br)->learned, 0);
	end();
}

static const uint8_t *mac_of(int who)
{
	static uint8_t mac[6];

	put_mac(mac, who);
	return mac;
}

static struct station *station(int who)
{
	return fdb_find(bridge_of(br), mac_of(who));
}

TEST(bridge_lets_its_own_and_sticky_addresses_not_be_moved)
{
	begin();
	say(1, 0x10, 0xff); /* somebody claims to be port 0 */
	CHECK(station(0x10)->local && station(0x10)->port == port(0));
	say(0, 1, 0xff);
	station(1)->sticky = true;
	say(2, 1, 0xff);
	CHECK(station(1)->port == port(0));
	station(1)->sticky = false;
	say(2, 1, 0xff);
	CHECK(station(1)->port == port(2));
	end();
}

TEST(bridge_learns_as_many_as_it_is_told)
{
	begin();
	bridge_of(br)->max_learned = 2;
	for (int who = 1; who <= 4; who++)
		say(0, who, 0xff);
	CHECK_EQ(bridge_of(br)->learned, 2);
	CHECK(station(2) && !station(3));
	say(1, 2, 0xff); /* a known one may move */
	CHECK(station(2)->port == port(1));
	end();
}

TEST(bridge_forgets_a_bounded_number_at_once)
{
	uint8_t frame[LENGTH] = { 2, 0, 0, 0, 0, 9, 2, 1 };

	begin();
	for (uint32_t i = 0; i < 600; i++) {
		put_be32(frame + 8, i);
		inject_at(&ports[0].netif, frame, sizeof frame);
	}
	CHECK_EQ(bridge_of(br)->learned, 600);
	w->now += 301 * NSEC_PER_SEC;
	net_run(h->net, w->now);
	CHECK(bridge_of(br)->learned > 0 && bridge_of(br)->learned < 600);
	world_run(w, NSEC_PER_SEC);
	CHECK_EQ(bridge_of(br)->learned, 0);
	end();
}

TEST(bridge_takes_an_address_back_that_becomes_its_own)
{
	struct station *s;
	int count = 0;

	begin();
	say(0, 0x13, 0xff); /* port 3's, which is no member yet */
	CHECK(!station(0x13)->local);
	CHECK_EQ(link_set_master(&ports[3].netif, br, NULL), 0);
	run();
	LIST_FOR_EACH(s, &bridge_of(br)->all, list)
		count += mac_equal(s->mac, mac_of(0x13));
	CHECK_EQ(count, 1);
	CHECK(station(0x13)->local && station(0x13)->port == port(3));
	CHECK_EQ(bridge_of(br)->learned, 0);
	end();
}

TEST(bridge_port_that_learns_does_not_forward)
{
	begin();
	port(1)->state = BRIDGE_LEARNING;
	say(0, 1, 0xff);
	expect_sent(0, 0, 1); /* not out by it */
	say(1, 2, 0xff);
	expect_sent(0, 0, 0); /* nor in */
	CHECK(station(2) && station(2)->port == port(1));
	CHECK_EQ(dropped(REASON_BRIDGE_PORT_DISABLED), 1);
	end();
}

TEST(bridge_sends_by_a_port_only_what_fits_it)
{
	uint8_t frame[80] = { 0 };

	begin();
	put_mac(frame, 0xff);
	put_mac(frame + 6, 1);
	put_be16(frame + 12, TYPE);
	ports[1].netif.mtu =
		sizeof frame - 14 - 4 - 1; /* a tag may come on top */
	inject_at(&ports[0].netif, frame, sizeof frame);
	expect_sent(0, 0, 1);
	ports[1].netif.mtu++;
	inject_at(&ports[0].netif, frame, sizeof frame);
	expect_sent(0, 1, 1);
	end();
}

/* What the bridge's own link sends. */
static void speak(int to)
{
	struct packet *packet = packet_new(h->net);
	uint8_t *bytes = packet_append(packet, LENGTH);

	memset(bytes, 0, LENGTH);
	put_mac(bytes, to);
	put_mac(bytes + 6, 0x10);
	put_be16(bytes + 12, TYPE);
	packet->netif = br;
	packet->stage = STAGE_NETIF_OUT;
	net_submit(h->net, packet);
	run();
}

TEST(bridge_itself_is_heard_by_all)
{
	begin();
	for (int i = 0; i < 3; i++)
		port(i)->flags &= ~(uint32_t)PORT_BROADCAST_FLOOD;
	say(0, 1, 0xff);
	expect_sent(0, 0, 0);
	speak(0xff);
	expect_sent(1, 1, 1);
	speak(1);
	expect_sent(1, 0, 0);
	port(2)->flags &= ~(uint32_t)PORT_FLOOD;
	speak(9);
	expect_sent(1, 1, 0);
	end();
}

TEST(bridge_counts_what_it_takes_and_what_it_has_no_room_for)
{
	uint64_t before;

	begin();
	before = br->stats.rx_bytes;
	say(0, 1, 0x10);
	CHECK_EQ(br->stats.rx_bytes - before, LENGTH - 14);
	say(1, 2, 0xff);
	expect_sent(1, 0, 1);
	before = br->stats.rx_bytes;
	link_want(br, NETIF_PROMISC, 1);
	say(0, 1, 2); /* others' talk, which it listens to */
	expect_sent(0, 1, 0);
	CHECK_EQ(br->stats.rx_bytes - before, LENGTH - 14);
	link_want(br, NETIF_PROMISC, -1);
	h->net->work_count += NETIF_BACKLOG; /* as if so much waited */
	say(0, 1, 2);
	h->net->work_count -= NETIF_BACKLOG;
	expect_sent(0, 0, 0);
	CHECK_EQ(ports[1].netif.stats.tx_dropped, 1);
	end();
}

TEST(bridge_takes_what_is_for_itself)
{
	uint64_t before;

	begin();
	CHECK_MEM(br->mac, ports[0].netif.mac, 6);
	before = br->stats.rx_packets;
	say(0, 1, 0x10);
	say(1, 2, 0x10);
	expect_sent(0, 0, 0);
	CHECK_EQ(br->stats.rx_packets, before + 2);
	/* Its kind of frame is unknown, but it was for us. */
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_PROTOCOL), 2);
	say(0, 1, 0x12); /* another port's: comes up, to be ignored */
	CHECK_EQ(br->stats.rx_packets, before + 3);
	CHECK_EQ(dropped(REASON_LINK_NOT_FOR_US), 1);
	say(2, 3, 0x12); /* that port's own */
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_PROTOCOL), 3);
	say(2, 1, 0xff);
	CHECK_EQ(br->stats.rx_packets, before + 5);
	end();
}

TEST(bridge_refuses_bad_sources)
{
	static const uint8_t zeros[LENGTH] = { 2, 0, 0, 0, 0, 2 };

	begin();
	say(0, 0xff, 2);
	say(0, 0xe4, 2);
	inject_at(&ports[0].netif, zeros, sizeof zeros);
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_BRIDGE_BAD_SOURCE), 3);
	CHECK_EQ(bridge_of(br)->learned, 0);
	for (uint32_t n = 1; n < ETHERNET_HEADER; n++)
		inject_at(&ports[0].netif, zeros, n);
	CHECK_EQ(dropped(REASON_PACKET_TOO_SHORT), ETHERNET_HEADER - 1);
	end();
}

TEST(bridge_keeps_link_local_groups_on_their_link)
{
	begin();
	say(0, 1, 0xe0 + 2);
	say(0, 1, 0xe0 + 14);
	say(0, 1, 0xe0 + 1);
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_BRIDGE_LINK_LOCAL), 3);
	say(0, 1, 0xe0); /* others' spanning trees pass */
	expect_sent(0, 1, 1);
	bridge_of(br)->group_mask = 1 << 14;
	say(0, 1, 0xe0 + 14);
	expect_sent(0, 1, 1);
	end();
}

TEST(bridge_ports_obey_their_settings)
{
	begin();
	port(0)->flags |= PORT_ISOLATED;
	port(1)->flags |= PORT_ISOLATED;
	say(0, 1, 0xff);
	expect_sent(0, 0, 1);
	port(0)->flags |= PORT_HAIRPIN;
	say(0, 1, 0xff);
	expect_sent(0, 0, 1); /* isolated from itself, too */
	port(0)->flags &= ~(uint32_t)PORT_ISOLATED;
	say(0, 1, 0xff);
	expect_sent(1, 1, 1);
	port(2)->flags &= ~(uint32_t)PORT_BROADCAST_FLOOD;
	port(1)->flags &= ~(uint32_t)PORT_FLOOD;
	say(0, 1, 0xff);
	expect_sent(1, 1, 0);
	say(2, 3, 9);
	expect_sent(1, 0, 0);
	port(2)->flags &= ~(uint32_t)PORT_LEARNING;
	say(2, 4, 0xff);
	CHECK(fdb_find(bridge_of(br), (const uint8_t *)"\2\0\0\0\0\4") == NULL);
	expect_sent(1, 1, 0);
	port(2)->flags |= PORT_LOCKED;
	say(2, 5, 1);
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_BRIDGE_PORT_LOCKED), 1);
	port(2)->flags &= ~(uint32_t)PORT_LOCKED;
	port(1)->flags |= PORT_LOCKED;
	say(0, 6, 0xff);
	expect_sent(1, 1, 0);
	say(1, 6, 1); /* known, but behind another port */
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_BRIDGE_PORT_LOCKED), 2);
	end();
}

TEST(bridge_port_that_is_down_is_silent_and_forgotten)
{
	begin();
	say(1, 2, 0xff);
	expect_sent(1, 0, 1);
	CHECK_EQ(bridge_of(br)->learned, 1);
	link_set_flags(&ports[1].netif, 0, NETIF_UP);
	run();
	link_settle(h->net);
	CHECK_EQ(port(1)->state, BRIDGE_DISABLED);
	CHECK_EQ(bridge_of(br)->learned, 0);
	say(0, 1, 2);
	expect_sent(0, 0, 1);
	netif_link_changed(&ports[0].netif, false);
	netif_link_changed(&ports[2].netif, false);
	run();
	CHECK(!(br->flags & NETIF_RUNNING));
	CHECK_EQ(bridge_of(br)->learned, 0);
	say(0, 1, 0xff);
	CHECK_EQ(dropped(REASON_BRIDGE_PORT_DISABLED), 1);
	end();
}

TEST(bridge_table_is_bounded)
{
	uint8_t frame[LENGTH] = { 2, 0, 0, 0, 0, 9, 2, 1 };

	begin();
	for (uint32_t i = 0; i < BRIDGE_STATIONS + 1000; i++) {
		struct packet *packet = packet_new(h->net);

		put_be32(frame + 8, i);
		memcpy(packet_append(packet, LENGTH), frame, LENGTH);
		netif_receive(&ports[0].netif, packet);
		if (i % 256 == 0)
			run();
	}
	run();
	CHECK_EQ(bridge_of(br)->learned, BRIDGE_STATIONS);
	world_run(w, 310 * NSEC_PER_SEC);
	CHECK_EQ(bridge_of(br)->learned, 0);
	end();
}

/* Three cables between two bridges: each broadcast becomes more and more. */
TEST(bridge_storm_is_bounded)
{
	static const char *const names[3][2] = { { "v0", "u0" },
						 { "v1", "u1" },
						 { "v2", "u2" } };
	struct netif *other, *v;
	uint32_t most = 0;

	begin();
	other = make("bridge", "br1", NULL, NULL, 0);
	up(other);
	for (int i = 0; i < 3; i++) {
		struct link_request peer = { .index = 0 };
		struct link_request request = { .peer = &peer };

		strcpy(request.name, names[i][0]);
		strcpy(peer.name, names[i][1]);
		CHECK_EQ(link_create(h->net, link_kind_find(h->net, "veth"),
				     &request, &v),
			 0);
		CHECK_EQ(link_set_master(v, br, NULL), 0);
		CHECK_EQ(link_set_master(v->lower, other, NULL), 0);
		up(v);
		up(v->lower);
	}
	run();
	say(0, 1, 0xff);
	for (int i = 0; i < 200; i++) {
		net_run(h->net, w->now);
		most = MAX(most, h->net->work_count);
	}
	CHECK(most > 1000); /* it is one */
	CHECK(most < NETIF_BACKLOG + 600);
	CHECK_EQ(link_delete(other), 0);
	for (int i = 0; i < 100 && h->net->work_count; i++)
		net_run(h->net, w->now);
	CHECK_EQ(h->net->work_count, 0);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(link_delete(netif_by_name(h->net, names[i][0])), 0);
	end();
}

/* A large TCP packet whose sum nobody has made, to a port that can do neither. */
TEST(bridge_cuts_large_packets_for_plain_ports)
{
	static const uint8_t headers[54] = {
		2,  0,	  0,	0,    0,  2,	2,    0, 0,   0, 0,
		1,  0x08, 0x00, 0x45, 0,  0x0b, 0xe0, 0, 1,   0, 0,
		64, 6,	  0,	0,    10, 1,	0,    1, 10,  1, 0,
		2,  0,	  80,	1,    0,  0,	0,    0, 100, 0, 0,
		0,  0,	  0x50, 0x18, 16, 0,	0,    0, 0,   0,
	};
	struct packet *packet;
	struct net_addr src = addr_ip4(0x0a010001), dst = addr_ip4(0x0a010002);
	struct buf *buf;

	begin();
	say(1, 2, 0xff);
	expect_sent(1, 0, 1);
	packet = packet_new(h->net);
	memcpy(packet_append(packet, 54), headers, 54);
	buf = port_buf_alloc(2500);
	for (int i = 0; i < 2500; i++)
		buf->data[i] = (uint8_t)i;
	packet_add_fragment(packet, buf, 0, 2500);
	packet->gso_size = 1000;
	packet->gso_type = GSO_TCP4;
	packet->flags |= PACKET_CSUM_PARTIAL;
	packet->csum_start = 34;
	packet->csum_offset = 16;
	netif_receive(&ports[0].netif, packet);
	run();
	CHECK_EQ(ports[1].count, 3);
	for (int i = 0; i < 3; i++) {
		uint32_t n = ports[1].lengths[i] - 34;
		uint8_t *tcp = ports[1].bytes[i] + 34;
		uint64_t sum = checksum_pseudo(&src, &dst, 6, n);

		CHECK_EQ(n, i < 2 ? 1020 : 520);
		CHECK_EQ(get_be32(tcp + 4), 100u + 1000u * (uint32_t)i);
		CHECK_EQ(checksum_finish(checksum_add(sum, tcp, n)), 0);
	}
	end();
}

TEST(bridge_gives_its_ports_back)
{
	begin();
	CHECK_EQ(ports[0].netif.promiscuous, 1);
	CHECK_EQ(link_set_master(&ports[0].netif, NULL, NULL), 0);
	run();
	CHECK_EQ(ports[0].netif.promiscuous, 0);
	CHECK_MEM(br->mac, ports[1].netif.mac, 6);
	CHECK(station(0x10) == NULL);
	CHECK_EQ(link_delete(br), 0);
	CHECK(ports[1].netif.master == NULL);
	say(1, 1, 0x11);
	expect_sent(0, 0, 0);
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_PROTOCOL), 1);
	end();
}

TEST(bridge_has_so_many_ports_and_no_more)
{
	struct nl_attrs none = { 0 };
	const uint8_t mask[] = { 6, 0, 31, 0, 2, 0, 0, 0 };
	struct nl_attrs pause = { mask, sizeof mask };
	const char *text = NULL;

	begin();
	bridge_of(br)->port_count += BRIDGE_PORTS - 3;
	CHECK_EQ(link_set_master(&ports[3].netif, br, NULL), -EXFULL);
	bridge_of(br)->port_count -= BRIDGE_PORTS - 3;
	CHECK_EQ(port_change(port(0), none, &text), 0);
	CHECK_EQ(port_change(port(0), pause, &text), -EINVAL);
	CHECK_EQ(port(0)->group_mask, 0);
	end();
}

TEST(bridge_is_no_part_of_itself)
{
	const char *text = NULL;
	struct netif *vlan, *other;

	begin();
	CHECK_EQ(link_set_master(br, br, &text), -ELOOP);
	vlan = make_vlan(br, "br0.5", 5, ETHERTYPE_VLAN);
	CHECK_EQ(link_set_master(vlan, br, &text), -EBUSY);
	other = make("bridge", "br1", NULL, NULL, 0);
	up(other);
	CHECK_EQ(link_set_master(vlan, other, &text), 0);
	link_settle(h->net);
	vlan = make_vlan(other, "br1.6", 6, ETHERTYPE_VLAN);
	CHECK_EQ(link_set_master(vlan, br, &text), -EBUSY);
	CHECK_EQ(link_set_master(h->net->loopback, br, &text), -EINVAL);
	end();
}

/* ---- VLANs ---- */

static uint32_t put_tag(uint8_t *at, uint16_t protocol, uint16_t tag)
{
	put_be16(at, protocol);
	put_be16(at + 2, tag);
	return 4;
}

/* To the port's own address, with up to two tags. */
static void say_tagged(int port, uint16_t protocol, uint16_t tag, int inner)
{
	uint8_t frame[LENGTH] = { 0 };
	uint32_t n = 12;

	put_mac(frame, 0x10 + port);
	put_mac(frame + 6, 1);
	n += put_tag(frame + n, protocol, tag);
	if (inner >= 0)
		n += put_tag(frame + n, ETHERTYPE_VLAN, (uint16_t)inner);
	put_be16(frame + n, TYPE);
	inject_at(&ports[port].netif, frame, sizeof frame);
}

TEST(vlan_takes_its_frames_without_their_tag)
{
	struct netif *five, *service, *inner;

	begin();
	five = make_vlan(&ports[3].netif, "p3.5", 5, ETHERTYPE_VLAN);
	service = make_vlan(&ports[3].netif, "s5", 5, ETHERTYPE_SERVICE_VLAN);
	inner = make_vlan(service, "s5.7", 7, ETHERTYPE_VLAN);
	run();
	say_tagged(3, ETHERTYPE_VLAN, 5, -1);
	CHECK_EQ(five->stats.rx_packets, 1);
	CHECK_EQ(five->stats.rx_bytes, LENGTH - 4 - 14);
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_PROTOCOL), 1);
	say_tagged(3, ETHERTYPE_VLAN, 0xe005, -1); /* with a priority */
	CHECK_EQ(five->stats.rx_packets, 2);
	say_tagged(3, ETHERTYPE_SERVICE_VLAN, 5, 7);
	CHECK_EQ(service->stats.rx_packets, 1);
	CHECK_EQ(inner->stats.rx_packets, 1);
	CHECK_EQ(five->stats.rx_packets, 2);
	say_tagged(3, ETHERTYPE_VLAN, 6, -1);
	say_tagged(3, ETHERTYPE_VLAN, 5, 6);
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_VLAN), 2);
	say_tagged(3, ETHERTYPE_VLAN, 0xe000, -1); /* a priority only */
	CHECK_EQ(dropped(REASON_LINK_UNKNOWN_PROTOCOL), 4);
	link_set_flags(five, 0, NETIF_UP);
	say_tagged(3, ETHERTYPE_VLAN, 5, -1);
	CHECK_EQ(dropped(REASON_NETIF_DOWN), 1);
	end();
}

TEST(vlan_counts_no_bytes_of_what_it_does_not_take)
{
	struct netif *five;
	uint8_t frame[LENGTH] = { 0 };

	begin();
	five = make_vlan(&ports[3].netif, "p3.5", 5, ETHERTYPE_VLAN);
	run();
	put_mac(frame, 0x13);
	put_mac(frame + 6, 1);
	put_tag(frame + 12, ETHERTYPE_VLAN, 5);
	put_be16(frame + 16, TYPE);
	h->net->work_count += NETIF_BACKLOG; /* as if so much waited */
	inject_at(&ports[3].netif, frame, sizeof frame);
	h->net->work_count -= NETIF_BACKLOG;
	CHECK_EQ(five->stats.rx_dropped, 1);
	CHECK_EQ(five->stats.rx_packets, 0);
	CHECK_EQ(five->stats.rx_bytes, 0);
	end();
}

TEST(vlan_tag_that_is_cut_is_counted)
{
	uint8_t frame[18] = { 2, 0, 0, 0, 0, 0x13, 2, 0, 0, 0, 0, 1, 0x81, 0 };
	uint64_t before;

	begin();
	make_vlan(&ports[3].netif, "p3.0", 0, ETHERTYPE_VLAN);
	run();
	before = dropped(REASON_PACKET_TOO_SHORT);
	for (uint32_t n = 14; n < 18; n++)
		inject_at(&ports[3].netif, frame, n);
	CHECK_EQ(dropped(REASON_PACKET_TOO_SHORT), before + 4);
	inject_at(&ports[3].netif, frame, 18);
	CHECK_EQ(dropped(REASON_PACKET_TOO_SHORT), before + 4);
	end();
}

TEST(vlan_tags_what_it_sends)
{
	struct netif *service, *inner;
	struct packet *packet;
	uint8_t *frame;

	begin();
	service = make_vlan(&ports[3].netif, "s", 5, ETHERTYPE_SERVICE_VLAN);
	inner = make_vlan(service, "i", 4094, ETHERTYPE_VLAN);
	run();
	ports[3].count = 0;
	packet = packet_new(h->net);
	frame = packet_append(packet, LENGTH);
	memset(frame, 0, LENGTH);
	put_mac(frame, 1);
	put_mac(frame + 6, 0x13);
	put_be16(frame + 12, TYPE);
	packet->netif = inner;
	packet->stage = STAGE_NETIF_OUT;
	net_submit(h->net, packet);
	run();
	CHECK_EQ(ports[3].count, 1);
	CHECK_EQ(ports[3].lengths[0], LENGTH + 8);
	CHECK_MEM(ports[3].bytes[0] + 5,
		  "\x01\x02\0\0\0\0\x13\x88\xa8\0\x05\x81\0\x0f\xfe\x88\xb5",
		  17);
	CHECK_EQ(inner->stats.tx_packets, 1);
	CHECK_EQ(inner->stats.tx_bytes, LENGTH);
	CHECK_EQ(service->stats.tx_bytes, LENGTH + 4);
	end();
}

/* Attributes: the id, and flags (4: loose binding) with their mask. */
static struct netif *try_vlan(uint16_t id, uint32_t flags, uint32_t mtu,
			      int *err)
{
	uint8_t data[20] = { 6, 0, 1, 0, 0, 0, 0, 0, 12, 0, 2, 0 };
	struct link_request request = { .name = "v",
					.lower = &ports[3].netif,
					.data = { data, sizeof data },
					.mtu = mtu,
					.has_mtu = mtu != 0 };
	struct netif *netif = NULL;

	put_le16(data + 4, id);
	put_le32(data + 12, flags);
	put_le32(data + 16, flags);
	*err = link_create(h->net, link_kind_find(h->net, "vlan"), &request,
			   &netif);
	return netif;
}

TEST(vlan_numbers_and_sizes_have_bounds)
{
	struct netif *vlan;
	int err;

	begin();
	try_vlan(4095, 0, 0, &err);
	CHECK_EQ(err, -ERANGE);
	try_vlan(7, 0, 1501, &err);
	CHECK_EQ(err, -EINVAL);
	vlan = try_vlan(7, 0, 1500, &err);
	CHECK_EQ(err, 0);
	CHECK_EQ(link_set_mtu(vlan, 1501), -ERANGE);
	CHECK_EQ(link_set_mtu(&ports[3].netif, 1400), 0);
	link_settle(h->net);
	CHECK_EQ(vlan->mtu, 1400);
	end();
}

TEST(vlan_bound_loosely_stays_up_by_itself)
{
	struct netif *vlan;
	int err;

	begin();
	vlan = try_vlan(7, 4, 0, &err);
	up(vlan);
	link_set_flags(&ports[3].netif, 0, NETIF_UP);
	link_settle(h->net);
	CHECK(vlan->flags & NETIF_UP);
	CHECK(!(vlan->flags & NETIF_RUNNING));
	CHECK_EQ(link_set_flags(vlan, 0, NETIF_UP), 0);
	CHECK_EQ(link_set_flags(vlan, NETIF_UP, NETIF_UP), 0);
	end();
}

TEST(vlan_has_the_address_of_its_lower_link_until_it_gets_its_own)
{
	struct netif *vlan;

	begin();
	vlan = make_vlan(&ports[3].netif, "v", 7, ETHERTYPE_VLAN);
	CHECK_EQ(link_set_mac(&ports[3].netif, mac_of(0x31)), 0);
	link_settle(h->net);
	CHECK_MEM(vlan->mac, mac_of(0x31), 6);
	CHECK_EQ(link_set_mac(vlan, mac_of(0x32)), 0);
	CHECK_EQ(link_set_mac(&ports[3].netif, mac_of(0x33)), 0);
	link_settle(h->net);
	CHECK_MEM(vlan->mac, mac_of(0x32), 6);
	end();
}

TEST(vlan_charges_the_sender_once)
{
	struct netif *vlan;
	struct packet *packet;
	struct endpoint *ep;
	uint8_t *frame;

	begin();
	vlan = make_vlan(&ports[3].netif, "v", 7, ETHERTYPE_VLAN);
	ep = host_socket(h, NET_IP4, NET_SOCK_DGRAM, 0);
	packet = packet_new(h->net);
	frame = packet_append(packet, LENGTH);
	memset(frame, 0, LENGTH);
	atomic_fetch_add(&ep->tx_charged, 100);
	endpoint_get(ep);
	packet->charged = ep;
	packet->charge = 100;
	packet->netif = vlan;
	packet->stage = STAGE_NETIF_OUT;
	net_submit(h->net, packet);
	run();
	CHECK_EQ(atomic_load(&ep->tx_charged), 0);
	host_close(h, ep);
	end();
}

TEST(vlan_goes_with_its_lower_link)
{
	struct netif *veth, *five, *inner;

	begin();
	veth = make("veth", "v0", NULL, NULL, 0);
	CHECK(make("vlan", "no", veth, NULL, 0) == NULL);
	up(veth);
	up(veth->lower);
	five = make_vlan(veth, "v0.5", 5, ETHERTYPE_VLAN);
	inner = make_vlan(five, "v0.5.6", 6, ETHERTYPE_VLAN);
	CHECK_EQ(link_set_master(inner, br, NULL), 0);
	link_settle(h->net);
	CHECK_EQ(port_of(inner)->state, BRIDGE_FORWARDING);
	link_set_flags(veth, 0, NETIF_UP);
	link_settle(h->net);
	CHECK(!(five->flags & NETIF_UP));
	CHECK(!(inner->flags & NETIF_UP));
	CHECK_EQ(port_of(inner)->state, BRIDGE_DISABLED);
	up(veth);
	link_settle(h->net);
	CHECK(inner->flags & NETIF_UP);
	CHECK_EQ(port_of(inner)->state, BRIDGE_FORWARDING);
	CHECK_EQ(link_delete(veth->lower), 0);
	CHECK(netif_by_name(h->net, "v0.5") == NULL);
	CHECK(netif_by_name(h->net, "v0.5.6") == NULL);
	CHECK_EQ(bridge_of(br)->port_count, 3);
	end();
}

TEST(vlan_passes_a_bridge_as_it_is)
{
	struct netif *own;
	uint8_t frame[LENGTH] = { 0 };

	begin();
	own = make_vlan(br, "br0.5", 5, ETHERTYPE_VLAN);
	run();
	ports[0].count = ports[1].count = ports[2].count = 0;
	put_mac(frame, 0xff);
	put_mac(frame + 6, 1);
	put_tag(frame + 12, ETHERTYPE_VLAN, 5);
	put_be16(frame + 16, TYPE);
	inject_at(&ports[0].netif, frame, sizeof frame);
	CHECK_EQ(own->stats.rx_packets, 1);
	CHECK_MEM(ports[1].bytes[0], frame, sizeof frame);
	expect_sent(0, 1, 1);
	end();
}
