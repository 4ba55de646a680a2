// SPDX-License-Identifier: MIT
/*
 * Links as an administrator handles them, without netlink: bounds of their MTU,
 * how many want them promiscuous, what is counted when a device takes no more,
 * and journeys from one stack to another, step by step.
 */
#include <string.h>

#include "lib/errno.h"
#include "net/core/link.h"
#include "lib/bytes.h"
#include "net/core/travel.h"
#include "net/wire/ethernet.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

static int make(struct host *h, const char *kind, const char *name,
		uint32_t mtu, struct netif **out)
{
	struct link_request request = { .mtu = mtu, .has_mtu = mtu != 0 };

	strcpy(request.name, name);
	return link_create(h->net, link_kind_find(h->net, kind), &request, out);
}

TEST(no_link_is_made_with_an_mtu_below_the_least)
{
	struct scene s = scene_new();
	struct netif *netif = NULL;

	CHECK_EQ(make(s.h, "veth", "v0", 67, &netif), -EINVAL);
	CHECK(netif_by_name(s.h->net, "v0") == NULL);
	CHECK_EQ(make(s.h, "veth", "v0", 68, &netif), 0);
	CHECK_EQ(netif->mtu, 68);
	CHECK_EQ(link_delete(netif), 0);
	world_free(s.w);
}

TEST(links_stand_in_the_order_of_their_numbers)
{
	struct scene s = scene_new();
	struct link_request request = { .name = "late", .index = 77 };
	struct netif *netif;
	uint32_t last = 0;

	CHECK_EQ(link_create(s.h->net, link_kind_find(s.h->net, "dummy"),
			     &request, &netif),
		 0);
	CHECK_EQ(make(s.h, "dummy", "d0", 0, &netif), 0);
	CHECK(netif->index < 77);
	LIST_FOR_EACH(netif, &s.h->net->netifs, list) {
		CHECK(netif->index > last);
		last = netif->index;
	}
	CHECK_EQ(last, 77);
	world_free(s.w);
}

TEST(a_link_is_promiscuous_while_somebody_wants_it)
{
	struct scene s = scene_new();
	struct netif *netif = &s.h->netif;

	link_want(netif, NETIF_PROMISC, 1);
	link_want(netif, NETIF_PROMISC, 1);
	link_want(netif, NETIF_ALLMULTI, 1);
	link_want(netif, NETIF_PROMISC, -1);
	CHECK(netif->flags & NETIF_PROMISC);
	CHECK(!(netif_shown_flags(netif) & NETIF_PROMISC));
	link_want(netif, NETIF_PROMISC, -1);
	CHECK(!(netif->flags & NETIF_PROMISC));
	CHECK(netif->flags & NETIF_ALLMULTI);
	world_free(s.w);
}

/* PACKET_ADD_MEMBERSHIP or _DROP_ of PACKET_MR_PROMISC. */
static int watch(struct scene *s, struct endpoint *ep, uint32_t index, bool on)
{
	uint8_t request[16] = { 0 };
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = 263,
				      .option = on ? 1 : 2,
				      .value = request,
				      .length = sizeof request };

	put_le32(request, index);
	put_le16(request + 4, 1);
	return host_request(s->h, ep, &r);
}

TEST(who_watched_a_link_that_is_gone_does_not_watch_the_next_of_its_number)
{
	struct scene s = scene_new();
	struct endpoint *old = host_socket(s.h, NET_PACKET, NET_SOCK_RAW, 0);
	struct endpoint *own = host_socket(s.h, NET_PACKET, NET_SOCK_RAW, 0);
	struct netif *netif;
	uint32_t index;

	CHECK_EQ(make(s.h, "dummy", "d0", 0, &netif), 0);
	index = netif->index;
	CHECK_EQ(watch(&s, old, index, true), 0);
	CHECK(netif->flags & NETIF_PROMISC);
	CHECK_EQ(link_delete(netif), 0);
	world_settle(s.w);
	CHECK_EQ(watch(&s, own, index, true), -ENODEV);
	s.h->net->next_netif = index - 1;
	CHECK_EQ(make(s.h, "dummy", "d1", 0, &netif), 0);
	CHECK_EQ(netif->index, index);
	CHECK_EQ(watch(&s, own, index, true), 0);
	/* No error for what it is no member of, as on Linux. */
	CHECK_EQ(watch(&s, old, index, false), 0);
	CHECK(netif->flags & NETIF_PROMISC);
	host_close(s.h, old);
	CHECK(netif->flags & NETIF_PROMISC);
	CHECK_EQ(watch(&s, own, index, false), 0);
	CHECK(!(netif->flags & NETIF_PROMISC));
	host_close(s.h, own);
	world_free(s.w);
}

/* ---- What a device says ---- */

static int answer;

static int transmit(struct netif *netif, struct packet *packet)
{
	return answer;
}

static void send_out(struct host *h, struct netif *netif, int says)
{
	struct packet *packet = packet_new(h->net);
	uint8_t *bytes = packet_append(packet, 60);

	memset(bytes, 0, 60);
	packet->netif = netif;
	packet->l3 = ETHERNET_HEADER;
	packet->stage = STAGE_DEVICE_OUT;
	answer = says;
	net_submit(h->net, packet);
	world_settle(h->world);
}

TEST(a_full_device_drops_and_a_broken_one_errs)
{
	static const struct netif_ops ops = { .transmit = transmit };
	static struct netif netif;
	struct scene s = scene_new();

	memset(&netif, 0, sizeof netif);
	netif = (struct netif){ .ops = &ops,
				.name = "t0",
				.type = NETIF_ETHERNET,
				.mtu = 1500,
				.link_up = 1 };
	net_attach(s.h->net, &netif);
	world_settle(s.w);
	netif_set_up(&netif, true);
	answer = -EIO;
	world_run(s.w, NSEC_PER_SEC);
	netif.stats = (struct netif_stats){ 0 };
	memset(&s.h->net->counters, 0, sizeof s.h->net->counters);
	send_out(s.h, &netif, -ENOBUFS);
	CHECK_EQ(netif.stats.tx_dropped, 1);
	CHECK_EQ(netif.stats.tx_errors, 0);
	CHECK_EQ(drops(&s, REASON_NETIF_QUEUE_FULL), 1);
	send_out(s.h, &netif, -ENOMEM);
	CHECK_EQ(drops(&s, REASON_NO_MEMORY), 1);
	send_out(s.h, &netif, -EIO);
	CHECK_EQ(drops(&s, REASON_NETIF_DOWN), 1);
	CHECK_EQ(netif.stats.tx_dropped, 1);
	CHECK_EQ(netif.stats.tx_errors, 2);
	CHECK_EQ(netif.stats.tx_packets, 0);
	send_out(s.h, &netif, 0);
	CHECK_EQ(netif.stats.tx_packets, 1);
	CHECK_EQ(netif.stats.tx_bytes, 60);
	world_free(s.w);
}

/* ---- Journeys ---- */

struct trip {
	struct world *w;
	struct host *from, *to;
	struct netif *link;
	struct link_journey journey;
	bool done;
};

static void arrived(struct link_journey *journey)
{
	struct trip *t = journey->context;

	t->done = true;
}

/* A dummy link of one stack sets out for another, as `name` with `index`. */
static void set_out(struct trip *t, const char *name, uint32_t index)
{
	memset(t, 0, sizeof *t);
	t->w = world_new(1);
	t->from = host_new(t->w, "10.0.0.1", 24);
	t->to = host_new(t->w, "10.0.0.2", 24);
	CHECK_EQ(make(t->from, "dummy", "moves", 1400, &t->link), 0);
	CHECK_EQ(link_set_alias(t->link, "mine"), 0);
	t->journey.to = t->to->net;
	t->journey.done = arrived;
	t->journey.context = t;
	t->journey.request.index = index;
	strcpy(t->journey.request.name, name);
	CHECK_EQ(link_move(&t->journey, t->link), 0);
	CHECK_EQ(link_move(&t->journey, t->link), -EBUSY);
}

static void step(struct host *h)
{
	net_run(h->net, h->world->now);
}

TEST(a_link_goes_to_another_stack_as_it_is)
{
	struct trip t;
	struct netif *there;

	set_out(&t, "", 0);
	world_settle(t.w);
	CHECK(t.done);
	CHECK_EQ(t.journey.result, 0);
	CHECK(netif_by_name(t.from->net, "moves") == NULL);
	there = netif_by_name(t.to->net, "moves");
	CHECK(there != NULL);
	CHECK_EQ(there->mtu, 1400);
	CHECK_STR(there->alias, "mine");
	CHECK(!(there->flags & NETIF_UP));
	world_free(t.w);
}

TEST(a_link_whose_name_is_taken_stays)
{
	struct trip t;
	struct netif *other;

	set_out(&t, "taken", 0);
	CHECK_EQ(make(t.to, "dummy", "taken", 0, &other), 0);
	world_settle(t.w);
	CHECK(t.done);
	CHECK_EQ(t.journey.result, -EEXIST);
	CHECK(netif_by_name(t.from->net, "moves") == t.link);
	world_free(t.w);
}

TEST(a_link_that_comes_back_has_its_name_and_number_again)
{
	struct trip t;
	struct netif *back, *other;
	uint32_t index;

	set_out(&t, "taken", 50);
	index = t.link->index;
	step(t.to); /* nothing is in its way */
	step(t.from); /* so it leaves */
	CHECK(netif_by_name(t.from->net, "moves") == NULL);
	CHECK_EQ(make(t.to, "dummy", "taken", 0, &other), 0);
	world_settle(t.w);
	CHECK(t.done);
	CHECK_EQ(t.journey.result, -EEXIST);
	back = netif_by_name(t.from->net, "moves");
	CHECK(back != NULL);
	CHECK_EQ(back->index, index);
	CHECK_EQ(back->mtu, 1400);
	CHECK(netif_by_index(t.to->net, 50) == NULL);
	world_free(t.w);
}

TEST(a_link_that_is_deleted_before_it_leaves_goes_nowhere)
{
	struct trip t;

	set_out(&t, "", 0);
	step(t.to);
	CHECK_EQ(link_delete(t.link), 0);
	world_settle(t.w);
	CHECK(t.done);
	CHECK_EQ(t.journey.result, -ENODEV);
	CHECK(netif_by_name(t.to->net, "moves") == NULL);
	world_free(t.w);
}
