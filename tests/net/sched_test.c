// SPDX-License-Identifier: MIT
/*
 * Queueing disciplines (net/sched), without netlink: frames with a number each
 * go in at the stage NETIF_OUT, and come out of the host's interface when they
 * may. What chance decides is counted over many frames, from a fixed seed, and
 * held to bounds that hold in all but one of a million seeds.
 */
#include <stdlib.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/queueing.h"
#include "net/wire/checksum.h"
#include "net/wire/ethernet.h"
#include "net/wire/ip4.h"
#include "net/wire/tcp.h"
#include "tests/net/scene.h"
#include "tests/unit/test.h"

#define MS NSEC_PER_MSEC
#define PERCENT(n) ((uint32_t)((n) * (double)UINT32_MAX / 100))
#define FRAME 100 /* bytes of a frame, unless another length is asked for */

enum { /* TCA_NETEM_ */
       CORR = 1,
       DELAY_DIST,
       REORDER,
       CORRUPT,
       LOSS,
       RATE,
       ECN,
       RATE64,
       LATENCY64 = 10,
       JITTER64,
       SLOT,
       SLOT_DIST,
       SEED,
};

/* ---- Settings ---- */

static uint8_t options[70000];

/* What `tc qdisc add dev eth0 root KIND ...` sends. */
struct setting {
	struct nl_writer w;
};

static struct setting netem(uint32_t limit, double loss, double duplicate,
			    uint32_t gap)
{
	struct setting s = { { options, sizeof options, 0, false } };
	uint8_t *at = nl_room(&s.w, 24);

	put_le32(at + 4, limit);
	put_le32(at + 8, PERCENT(loss));
	put_le32(at + 12, gap);
	put_le32(at + 16, PERCENT(duplicate));
	nl_put_u64(&s.w, SEED, 1);
	return s;
}

static struct setting fifo(uint32_t limit)
{
	struct setting s = { { options, sizeof options, 0, false } };

	put_le32(nl_room(&s.w, 4), limit);
	return s;
}

static void put_words(struct setting *s, uint16_t type, uint32_t a, uint32_t b,
		      uint32_t c, uint32_t d)
{
	uint8_t bytes[16];

	put_le32(bytes, a);
	put_le32(bytes + 4, b);
	put_le32(bytes + 8, c);
	put_le32(bytes + 12, d);
	nl_put(&s->w, type, bytes, type == CORR ? 12 : type == RATE ? 16 : 8);
}

static void put_time(struct setting *s, nsec_t latency, nsec_t jitter)
{
	nl_put_u64(&s->w, LATENCY64, (uint64_t)latency);
	nl_put_u64(&s->w, JITTER64, (uint64_t)jitter);
}

static struct qdisc_request request_of(const struct setting *s)
{
	return (struct qdisc_request){ .options = { .length = s->w.used,
						    .data = options } };
}

static int try_root(struct scene *scene, const char *kind,
		    const struct setting *s)
{
	struct netif *netif = &scene->h->netif;
	struct qdisc_request r = request_of(s);
	struct qdisc *q;
	int err = qdisc_create(netif, qdisc_kind_find(netif->net, kind), 0,
			       QDISC_ROOT, &r, &q);

	if (!err)
		qdisc_destroy(qdisc_graft(netif, NULL, q));
	return err;
}

static struct scene with(const char *kind, struct setting s)
{
	struct scene scene = scene_new();

	CHECK_EQ(try_root(&scene, kind, &s), 0);
	return scene;
}

static struct qdisc *root(struct scene *s)
{
	return s->h->netif.qdisc;
}

/* ---- Frames ---- */

static void submit(struct scene *s, struct packet *packet)
{
	packet->netif = &s->h->netif;
	packet->l3 = ETHERNET_HEADER;
	packet->stage = STAGE_NETIF_OUT;
	net_submit(s->h->net, packet);
}

static void put_frame(struct scene *s, uint32_t number, uint32_t length,
		      uint32_t priority)
{
	struct packet *packet = packet_new(s->h->net);
	uint32_t front = MIN(length, 80u);
	uint8_t *bytes = packet_append(packet, front);

	for (uint32_t i = 0; i < front; i++)
		bytes[i] = (uint8_t)(i + number);
	put_be32(bytes + 20, number);
	if (length > front) {
		struct buf *buf = port_buf_alloc(length - front);

		memset(buf->data, 0x55, length - front);
		packet_add_fragment(packet, buf, 0, length - front);
	}
	packet->priority = priority;
	submit(s, packet);
}

static void put_frames(struct scene *s, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		put_frame(s, i, FRAME, 0);
}

/* The next frame's number, -1: none; *time: when it was sent, since `from`. */
static long take(struct scene *s, nsec_t from, nsec_t *time)
{
	struct frame *f = host_next(s->h);
	long number = f ? (long)get_be32(f->bytes + 20) : -1;

	if (f && time)
		*time = f->time - from;
	free(f);
	return number;
}

static uint32_t count_frames(struct scene *s)
{
	uint32_t n = 0;

	while (take(s, 0, NULL) >= 0)
		n++;
	return n;
}

/* Whether about `part` of n happened: within five standard deviations. */
static bool is_about(uint32_t count, uint32_t n, double part)
{
	double mean = n * part, off = count - mean;

	return off * off <= 25 * (mean * (1 - part) + 1);
}

/* ---- Queues of a busy device ---- */

/* The first frame the device refuses, and keeps; the rest are queued. */
static void fill_busy(struct scene *s, uint32_t count, uint32_t length)
{
	s->h->busy_after = 0;
	put_frame(s, 999, length, 0);
	world_settle(s->w);
	for (uint32_t i = 0; i < count; i++)
		put_frame(s, i, length, 0);
	world_settle(s->w);
	host_expect_nothing(s->h);
	s->h->busy_after = -1;
	netif_wake(&s->h->netif);
	world_settle(s->w);
	CHECK_EQ(take(s, 0, NULL), 999);
}

TEST(pfifo_refuses_what_is_more_than_its_limit)
{
	struct scene s = with("pfifo", fifo(3));

	fill_busy(&s, 5, FRAME);
	for (int i = 0; i < 3; i++)
		CHECK_EQ(take(&s, 0, NULL), i);
	host_expect_nothing(s.h);
	CHECK_EQ(root(&s)->drops, 2);
	CHECK_EQ(root(&s)->requeues, 1);
	CHECK_EQ(root(&s)->packets, 4);
	CHECK_EQ(root(&s)->bytes, 4 * FRAME);
	CHECK_EQ(root(&s)->backlog, 0);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 2);
	world_free(s.w);
}

TEST(bfifo_counts_bytes)
{
	struct scene s = with("bfifo", fifo(3 * FRAME + FRAME / 2));

	fill_busy(&s, 5, FRAME);
	CHECK_EQ(count_frames(&s), 3);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 2);
	world_free(s.w);
}

TEST(pfifo_head_drop_keeps_the_newest)
{
	struct scene s = with("pfifo_head_drop", fifo(3));

	fill_busy(&s, 5, FRAME);
	for (int i = 2; i < 5; i++)
		CHECK_EQ(take(&s, 0, NULL), i);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 2);
	world_free(s.w);
}

TEST(pfifo_fast_serves_urgent_bands_first)
{
	/* Priorities of band 2, 1, 0, 1, 0, 2. */
	static const uint32_t priorities[] = { 2, 0, 6, 4, 7, 5 };
	static const int order[] = { 2, 4, 1, 3, 0, 5 };
	struct scene s = scene_new();

	CHECK(string_equal(root(&s)->kind->name, "pfifo_fast"));
	s.h->busy_after = 0;
	put_frame(&s, 999, FRAME, 0);
	world_settle(s.w);
	for (uint32_t i = 0; i < ARRAY_LEN(priorities); i++)
		put_frame(&s, i, FRAME, priorities[i]);
	world_settle(s.w);
	CHECK_EQ(root(&s)->length, 6);
	s.h->busy_after = -1;
	netif_wake(&s.h->netif);
	world_settle(s.w);
	CHECK_EQ(take(&s, 0, NULL), 999);
	for (uint32_t i = 0; i < ARRAY_LEN(order); i++)
		CHECK_EQ(take(&s, 0, NULL), order[i]);
	world_free(s.w);
}

TEST(each_band_of_pfifo_fast_is_as_long_as_the_interface_says)
{
	struct scene s = scene_new();

	s.h->netif.queue_length = 2;
	fill_busy(&s, 5, FRAME);
	CHECK_EQ(count_frames(&s), 2);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 3);
	world_free(s.w);
}

TEST(a_packet_that_bypasses_does_not_wait_in_a_busy_device)
{
	struct scene s = with("noqueue", fifo(0));

	s.h->busy_after = 1;
	put_frames(&s, 3);
	world_settle(s.w);
	CHECK_EQ(count_frames(&s), 1);
	CHECK_EQ(drops(&s, REASON_NETIF_QUEUE_FULL), 2);
	world_free(s.w);
}

TEST(what_waits_goes_with_its_discipline_and_its_interface)
{
	struct setting late = netem(1000, 0, 0, 0);
	struct scene s;

	put_time(&late, NSEC_PER_SEC, 0);
	s = with("netem", late);
	put_frames(&s, 3);
	world_settle(s.w);
	CHECK_EQ(root(&s)->length, 3);
	CHECK_EQ(try_root(&s, "pfifo", &(struct setting){ fifo(5).w }), 0);
	CHECK_EQ(drops(&s, REASON_QDISC_PURGED), 3);
	late = netem(1000, 0, 0, 0);
	put_time(&late, NSEC_PER_SEC, 0);
	CHECK_EQ(try_root(&s, "netem", &late), 0);
	put_frames(&s, 4);
	world_settle(s.w);
	netif_set_up(&s.h->netif, false);
	CHECK_EQ(drops(&s, REASON_QDISC_PURGED), 7);
	netif_set_up(&s.h->netif, true);
	CHECK(string_equal(root(&s)->kind->name, "netem"));
	qdisc_destroy(qdisc_graft(&s.h->netif, NULL, NULL));
	CHECK(string_equal(root(&s)->kind->name, "pfifo_fast"));
	world_run(s.w, 2 * NSEC_PER_SEC);
	host_expect_nothing(s.h);
	world_free(s.w);
}

/* A frame of a packet socket's. */
static void send_raw(struct scene *s, struct endpoint *ep)
{
	struct datagram *datagram = datagram_new(FRAME);
	uint8_t *bytes;

	datagram_span(datagram, 0, &bytes);
	memset(bytes, 0, FRAME);
	datagram->flags |= DATAGRAM_HAS_NAME;
	datagram->remote.addr.w[0] = s->h->netif.index;
	CHECK_EQ(endpoint_send_datagram(ep, datagram), 0);
	endpoint_kick(ep);
	world_settle(s->w);
}

TEST(packet_sockets_may_bypass_the_discipline)
{
	enum { SOL_PACKET_ = 263, BYPASS = 20 };
	struct scene s = with("netem", netem(1000, 100, 0, 0));
	struct endpoint *ep = host_socket(s.h, NET_PACKET, NET_SOCK_RAW, 0);

	CHECK_EQ(host_get(s.h, ep, SOL_PACKET_, BYPASS), 0);
	send_raw(&s, ep);
	CHECK_EQ(count_frames(&s), 0);
	CHECK_EQ(drops(&s, REASON_NETEM_LOSS), 1);
	CHECK_EQ(host_set(s.h, ep, SOL_PACKET_, BYPASS, 1), 0);
	CHECK_EQ(host_get(s.h, ep, SOL_PACKET_, BYPASS), 1);
	send_raw(&s, ep);
	CHECK_EQ(count_frames(&s), 1);
	host_close(s.h, ep);
	world_free(s.w);
}

/* ---- netem: time ---- */

TEST(netem_delays_every_packet)
{
	struct setting set = netem(1000, 0, 0, 0);
	struct scene s;
	nsec_t start, time;

	put_time(&set, 50 * MS, 0);
	s = with("netem", set);
	start = s.w->now;
	put_frames(&s, 10);
	world_run(s.w, 49 * MS);
	host_expect_nothing(s.h);
	world_run(s.w, 3 * MS);
	for (int i = 0; i < 10; i++) {
		CHECK_EQ(take(&s, start, &time), i);
		CHECK(time >= 50 * MS && time <= 51 * MS);
	}
	world_free(s.w);
}

/* Sends `count` frames, ten milliseconds apart; their delays. */
static void measure(struct scene *s, nsec_t *delays, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		nsec_t start = s->w->now;

		put_frame(s, i, FRAME, 0);
		world_run(s->w, 200 * MS);
		CHECK_EQ(take(s, start, &delays[i]), i);
	}
}

static double mean_of(const nsec_t *delays, uint32_t count)
{
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += (double)delays[i];
	return sum / count / MS;
}

static double correlation_of(const nsec_t *delays, uint32_t count)
{
	double mean = mean_of(delays, count) * MS, both = 0, square = 0;

	for (uint32_t i = 1; i < count; i++) {
		both += ((double)delays[i] - mean) *
			((double)delays[i - 1] - mean);
		square +=
			((double)delays[i] - mean) * ((double)delays[i] - mean);
	}
	return both / square;
}

static nsec_t delays[4000];

TEST(netem_jitter_is_uniform_around_the_delay)
{
	struct setting set = netem(1000, 0, 0, 0);
	nsec_t least = NSEC_PER_SEC, most = 0;
	uint32_t low = 0;
	struct scene s;

	put_time(&set, 100 * MS, 40 * MS);
	s = with("netem", set);
	measure(&s, delays, 4000);
	for (int i = 0; i < 4000; i++) {
		least = MIN(least, delays[i]);
		most = MAX(most, delays[i]);
		low += delays[i] < 80 * MS;
	}
	CHECK(least >= 60 * MS && least <= 62 * MS);
	CHECK(most > 139 * MS && most <= 141 * MS);
	CHECK(is_about(low, 4000, 0.25 - 0.5 / 80));
	CHECK(mean_of(delays, 4000) > 98.5 && mean_of(delays, 4000) < 102.5);
	CHECK(correlation_of(delays, 4000) < 0.1);
	world_free(s.w);
}

TEST(netem_delays_may_be_correlated)
{
	struct setting set = netem(1000, 0, 0, 0);
	struct scene s;

	put_time(&set, 100 * MS, 40 * MS);
	put_words(&set, CORR, PERCENT(75), 0, 0, 0);
	s = with("netem", set);
	measure(&s, delays, 4000);
	CHECK(correlation_of(delays, 4000) > 0.7);
	CHECK(correlation_of(delays, 4000) < 0.8);
	world_free(s.w);
}

TEST(netem_follows_a_distribution)
{
	/* A quarter two deviations early, a quarter one late. */
	static const int16_t table[] = { -2 * 8192, 0, 0, 8192 };
	struct setting set = netem(1000, 0, 0, 0);
	uint32_t early = 0, late = 0;
	struct scene s;

	put_time(&set, 100 * MS, 10 * MS);
	nl_put(&set.w, DELAY_DIST, table, sizeof table);
	s = with("netem", set);
	measure(&s, delays, 4000);
	for (int i = 0; i < 4000; i++) {
		nsec_t d = delays[i] / MS;

		CHECK((d >= 80 && d <= 81) || (d >= 100 && d <= 101) ||
		      (d >= 110 && d <= 111));
		early += d < 90;
		late += d > 105;
	}
	CHECK(is_about(early, 4000, 0.25));
	CHECK(is_about(late, 4000, 0.25));
	world_free(s.w);
}

/* Ten frames of 1,250 bytes at a rate; when the last one leaves. */
static nsec_t last_of_ten(struct setting set)
{
	struct scene s = with("netem", set);
	nsec_t start = s.w->now, time = 0;

	for (uint32_t i = 0; i < 10; i++)
		put_frame(&s, i, 1250, 0);
	world_run(s.w, 10 * NSEC_PER_SEC);
	for (int i = 0; i < 10; i++)
		CHECK_EQ(take(&s, start, &time), i);
	world_free(s.w);
	return time;
}

TEST(netem_rate_sends_so_many_bits_a_second)
{
	struct setting set = netem(1000, 0, 0, 0);

	put_words(&set, RATE, 125000, 0, 0, 0); /* 1 Mbit/s: 10 ms each */
	CHECK_EQ((last_of_ten(set) + MS / 2) / MS, 100);
	set = netem(1000, 0, 0, 0);
	put_words(&set, RATE, 125000, 1250, 0, 0); /* as much again in front */
	CHECK_EQ((last_of_ten(set) + MS / 2) / MS, 200);
	/* 1,250 bytes are 27 cells of 48, each with 5 more: 1,431. */
	set = netem(1000, 0, 0, 0);
	put_words(&set, RATE, 125000, 0, 48, 5);
	CHECK_EQ(last_of_ten(set) / MS, 115);
	/* Waiting for the line is part of the delay. */
	set = netem(1000, 0, 0, 0);
	put_words(&set, RATE, 125000, 0, 0, 0);
	put_time(&set, 20 * MS, 0);
	CHECK_EQ((last_of_ten(set) + MS / 2) / MS, 120);
}

TEST(netem_rate_holds_over_many_packets_of_less_than_a_tick)
{
	struct setting set = netem(100000, 0, 0, 0);
	struct scene s;
	nsec_t start, time = 0;

	nl_put_u64(&set.w, RATE64, 12500000); /* 100 Mbit/s: 0.1 ms each */
	s = with("netem", set);
	start = s.w->now;
	for (uint32_t i = 0; i < 10000; i++)
		put_frame(&s, i, 1250, 0);
	world_run(s.w, 2 * NSEC_PER_SEC);
	for (int i = 0; i < 10000; i++)
		CHECK_EQ(take(&s, start, &time), i);
	CHECK(time >= NSEC_PER_SEC && time <= NSEC_PER_SEC + MS);
	world_free(s.w);
}

TEST(netem_slots_send_in_bunches)
{
	struct setting set = netem(1000, 0, 0, 0);
	uint8_t slot[40] = { 0 };
	nsec_t start, time;
	struct scene s;

	put_le64(slot, 10 * MS);
	put_le64(slot + 8, 10 * MS);
	put_le32(slot + 16, 3); /* packets */
	nl_put(&set.w, SLOT, slot, sizeof slot);
	s = with("netem", set);
	start = s.w->now;
	put_frames(&s, 9);
	world_run(s.w, 100 * MS);
	for (int i = 0; i < 9; i++) {
		CHECK_EQ(take(&s, start, &time), i);
		CHECK((time + MS / 2) / (10 * MS) >= i / 3);
		CHECK((time + MS / 2) / (10 * MS) <= i / 3 + 1);
	}
	CHECK(time >= 20 * MS);
	world_free(s.w);
}

TEST(netem_slots_are_full_by_their_bytes_too)
{
	struct setting set = netem(1000, 0, 0, 0);
	uint8_t slot[40] = { 0 };
	nsec_t start, time;
	struct scene s;

	put_le64(slot, 10 * MS);
	put_le64(slot + 8, 10 * MS);
	put_le32(slot + 20, 2 * FRAME);
	nl_put(&set.w, SLOT, slot, sizeof slot);
	s = with("netem", set);
	start = s.w->now;
	put_frames(&s, 6);
	world_run(s.w, 100 * MS);
	for (int i = 0; i < 6; i++) {
		CHECK_EQ(take(&s, start, &time), i);
		CHECK((time + MS / 2) / (10 * MS) >= i / 2);
		CHECK((time + MS / 2) / (10 * MS) <= i / 2 + 1);
	}
	world_free(s.w);
}

/* ---- netem: chance ---- */

/* How many of 20,000 frames come out. */
static uint32_t survivors(struct setting set, struct scene *keep)
{
	struct scene s = with("netem", set);
	uint32_t n;

	put_frames(&s, 20000);
	world_run(s.w, NSEC_PER_SEC);
	n = count_frames(&s);
	if (keep)
		*keep = s;
	else
		world_free(s.w);
	return n;
}

TEST(netem_loses_its_part)
{
	struct scene s;
	uint32_t lost = 20000 - survivors(netem(100000, 10, 0, 0), &s);

	CHECK(is_about(lost, 20000, 0.1));
	CHECK_EQ(drops(&s, REASON_NETEM_LOSS), lost);
	CHECK_EQ(root(&s)->drops, lost);
	world_free(s.w);
	CHECK_EQ(survivors(netem(100000, 100, 0, 0), NULL), 0);
	CHECK_EQ(survivors(netem(100000, 0, 0, 0), NULL), 20000);
}

TEST(a_seed_decides_what_is_lost)
{
	uint32_t first = survivors(netem(100000, 10, 0, 0), NULL);
	struct setting other = netem(100000, 10, 0, 0);

	CHECK_EQ(survivors(netem(100000, 10, 0, 0), NULL), first);
	nl_put_u64(&other.w, SEED, 2);
	CHECK(survivors(other, NULL) != first);
}

/* Of the losses, how many follow upon another one at once; *lost: all. */
static double clustered(struct setting set, uint32_t *lost)
{
	struct scene s = with("netem", set);
	long number, next = 0;
	uint32_t pairs = 0;

	put_frames(&s, 20000);
	world_run(s.w, NSEC_PER_SEC);
	*lost = 0;
	for (;;) {
		number = take(&s, 0, NULL);
		if (number < 0)
			number = 20000;
		if (number > next)
			pairs += (uint32_t)(number - next - 1);
		*lost += (uint32_t)(number - next);
		if (number == 20000)
			break;
		next = number + 1;
	}
	world_free(s.w);
	return *lost ? (double)pairs / *lost : 0;
}

TEST(netem_losses_may_be_correlated)
{
	struct setting set = netem(100000, 40, 0, 0);
	uint32_t lost;
	double cluster = clustered(set, &lost);

	CHECK(cluster > 0.37 && cluster < 0.43);
	set = netem(100000, 40, 0, 0);
	put_words(&set, CORR, 0, PERCENT(50), 0, 0);
	cluster = clustered(set, &lost);
	CHECK(lost > 4000 && lost < 8000);
	CHECK(cluster > lost / 20000.0 + 0.15);
}

/* A model of loss, inside of TCA_NETEM_LOSS. */
static struct setting with_model(uint16_t model, double a, double b, double c,
				 double d, double e)
{
	struct setting set = netem(100000, 0, 0, 0);
	const double parts[] = { a, b, c, d, e };
	uint32_t nest = nl_nest(&set.w, LOSS);
	uint8_t bytes[20];

	for (int i = 0; i < 5; i++)
		put_le32(bytes + 4 * i, PERCENT(parts[i]));
	nl_put(&set.w, model, bytes, model == 1 ? 20 : 16);
	nl_nest_end(&set.w, nest);
	return set;
}

TEST(netem_gemodel_loses_in_bursts)
{
	uint32_t lost;
	/* p 5 %, r 20 %: bad for a fifth of the time, five at a time. */
	double cluster = clustered(with_model(2, 5, 20, 0, 0, 0), &lost);

	CHECK(lost > 3200 && lost < 4800);
	CHECK(cluster > 0.75 && cluster < 0.85);
	/* 1-h half, 1-k a tenth: 0.2 * 0.5 + 0.8 * 0.1 */
	clustered(with_model(2, 5, 20, 50, 10, 0), &lost);
	CHECK(lost > 3000 && lost < 4200);
}

TEST(netem_state_loses_in_bursts)
{
	uint32_t lost;
	/* p13 2 %, p31 25 %, no way to the other states. */
	double cluster = clustered(with_model(1, 2, 25, 0, 0, 0), &lost);

	CHECK(lost > 1100 && lost < 1900); /* 2 / 27 */
	CHECK(cluster > 0.7 && cluster < 0.8);
	/* Single losses in good times: p14. */
	cluster = clustered(with_model(1, 0, 0, 0, 10, 0), &lost);
	CHECK(is_about(lost, 20000, 0.1 / 1.1));
	CHECK(cluster == 0);
}

TEST(netem_duplicates_its_part)
{
	struct scene s;
	uint32_t n = survivors(netem(100000, 0, 10, 0), &s);

	CHECK(is_about(n - 20000, 20000, 0.1));
	world_free(s.w);
	CHECK_EQ(survivors(netem(100000, 0, 100, 0), NULL), 40000);
	/* Of two one is lost: one is left. Else the second may be lost, too. */
	n = survivors(netem(100000, 50, 100, 0), NULL);
	CHECK(is_about(n - 20000, 20000, 0.25));
}

TEST(netem_lets_one_in_a_gap_overtake)
{
	struct setting set = netem(1000, 0, 0, 5);
	struct scene s;
	nsec_t start, time;

	put_time(&set, 10 * MS, 0);
	s = with("netem", set);
	start = s.w->now;
	put_frames(&s, 20);
	world_run(s.w, 50 * MS);
	for (int i = 4; i < 20; i += 5) {
		CHECK_EQ(take(&s, start, &time), i);
		CHECK(time < MS);
	}
	for (int i = 0; i < 20; i++) {
		if (i % 5 == 4)
			continue;
		CHECK_EQ(take(&s, start, &time), i);
		CHECK(time >= 10 * MS);
	}
	CHECK_EQ(root(&s)->requeues, 4);
	world_free(s.w);
}

TEST(netem_reorders_its_part)
{
	struct setting set = netem(100000, 0, 0, 1);
	struct scene s;
	nsec_t start, time;
	uint32_t early = 0;

	put_time(&set, 10 * MS, 0);
	put_words(&set, REORDER, PERCENT(25), 0, 0, 0);
	s = with("netem", set);
	start = s.w->now;
	put_frames(&s, 20000);
	world_run(s.w, 50 * MS);
	for (int i = 0; i < 20000; i++) {
		CHECK(take(&s, start, &time) >= 0);
		early += time < 10 * MS;
	}
	CHECK(is_about(early, 20000, 0.25));
	world_free(s.w);
}

TEST(netem_holds_no_more_than_its_limit)
{
	struct setting set = netem(7, 0, 0, 0);
	struct scene s;

	put_time(&set, 10 * MS, 0);
	s = with("netem", set);
	put_frames(&s, 10);
	world_run(s.w, 50 * MS);
	CHECK_EQ(count_frames(&s), 7);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 3);
	world_free(s.w);
}

TEST(what_overtakes_counts_against_the_limit_of_netem)
{
	struct scene s = with("netem", netem(3, 0, 0, 1));

	fill_busy(&s, 5, FRAME);
	CHECK_EQ(count_frames(&s), 3);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 2);
	/* They have left: there is room again, also for what is thrown away. */
	s.h->busy_after = 0;
	put_frames(&s, 4);
	world_settle(s.w);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 2);
	netif_set_up(&s.h->netif, false);
	CHECK_EQ(drops(&s, REASON_QDISC_PURGED), 3);
	s.h->busy_after = -1;
	netif_set_up(&s.h->netif, true);
	netif_wake(&s.h->netif);
	world_settle(s.w);
	count_frames(&s);
	fill_busy(&s, 4, FRAME);
	CHECK_EQ(count_frames(&s), 3);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 3);
	world_free(s.w);
}

/* ---- netem: damage ---- */

static uint32_t bits_changed(const struct frame *f, uint32_t number)
{
	uint8_t good[FRAME];
	uint32_t n = 0;

	CHECK_EQ(f->length, FRAME);
	for (uint32_t i = 0; i < FRAME; i++)
		good[i] = i < 80 ? (uint8_t)(i + number) : 0x55;
	put_be32(good + 20, number);
	for (uint32_t i = 0; i < FRAME; i++)
		n += (uint32_t)__builtin_popcount(good[i] ^ f->bytes[i]);
	return n;
}

TEST(netem_corrupts_exactly_one_bit)
{
	struct setting set = netem(100000, 0, 0, 0);
	struct scene s;
	uint32_t corrupt = 0;

	put_words(&set, CORRUPT, PERCENT(20), 0, 0, 0);
	s = with("netem", set);
	put_frames(&s, 20000);
	world_run(s.w, MS);
	for (uint32_t i = 0; i < 20000; i++) {
		struct frame *f = host_next(s.h);
		uint32_t n = bits_changed(f, i);

		CHECK(n <= 1);
		corrupt += n;
		free(f);
	}
	CHECK(is_about(corrupt, 20000, 0.2));
	world_free(s.w);
}

/* A TCP segment of 3,000 bytes, to be cut by 1,000, its checksum open. */
static struct packet *large_segment(struct scene *s)
{
	struct packet *packet = packet_new(s->h->net);
	struct buf *buf = port_buf_alloc(3000);
	uint8_t *bytes = packet_append(packet, 54);

	memset(bytes, 0, 54);
	memset(buf->data, 0x55, 3000);
	packet_add_fragment(packet, buf, 0, 3000);
	packet->src = host_addr("10.0.0.1");
	packet->dst = host_addr("10.0.0.2");
	packet->protocol = NET_IPPROTO_TCP;
	packet->l4 = 34;
	packet->payload = 54;
	packet->gso_type = GSO_TCP4;
	packet->gso_size = 1000;
	packet->flags = PACKET_CSUM_PARTIAL;
	packet->csum_start = 34;
	packet->csum_offset = TCP_CHECKSUM_OFFSET;
	put_be16(bytes + 12, ETHERTYPE_IP4);
	bytes[14] = 0x45;
	put_be16(bytes + 16, 3040);
	bytes[23] = NET_IPPROTO_TCP;
	put_be32(bytes + 26, 0x0a000001);
	put_be32(bytes + 30, 0x0a000002);
	bytes[46] = 5 << 4;
	return packet;
}

static uint32_t pattern_bits(const struct frame *f)
{
	uint32_t n = 0;

	for (uint32_t i = 54; i < f->length; i++)
		n += (uint32_t)__builtin_popcount(0x55 ^ f->bytes[i]);
	return n;
}

TEST(netem_cuts_and_sums_before_it_corrupts)
{
	struct setting set = netem(100, 0, 0, 0);
	struct scene s;
	uint32_t open = 0, flipped = 0;

	put_words(&set, CORRUPT, PERCENT(100), 0, 0, 0);
	s = with("netem", set);
	s.h->netif.features |= NETIF_TX_CHECKSUM | NETIF_TSO4;
	submit(&s, large_segment(&s));
	world_run(s.w, MS);
	for (int i = 0; i < 3; i++) {
		struct frame *f = host_next(s.h);

		CHECK(f != NULL);
		CHECK_EQ(f->length, 1054);
		CHECK_EQ(f->gso_size, 0);
		open += f->checksum_partial;
		flipped += pattern_bits(f);
		/* The first one's checksum was finished. */
		CHECK_EQ(f->checksum_partial, i > 0);
		free(f);
	}
	CHECK_EQ(open, 2);
	CHECK(flipped <= 1);
	host_expect_nothing(s.h);
	CHECK_EQ(root(&s)->packets, 3);
	world_free(s.w);
}

TEST(netem_marks_congestion_where_the_sender_knows_of_it)
{
	struct setting set = netem(100, 100, 0, 0);
	uint8_t tos[] = { 0, 1, 2, 3 };
	struct scene s;
	struct frame *f;

	nl_put_u32(&set.w, ECN, 1);
	s = with("netem", set);
	for (int i = 0; i < 4; i++) {
		struct packet *packet = large_segment(&s);
		uint8_t *ip;

		packet->gso_size = 0;
		packet->flags = 0;
		packet_trim(packet, 154);
		ip = packet_header(packet, 14, 20);
		ip[1] = tos[i];
		put_be16(ip + 2, 140);
		put_be16(ip + 10, 0);
		checksum_store(ip + 10,
			       checksum_finish(checksum_add(0, ip, 20)));
		submit(&s, packet);
	}
	world_run(s.w, MS);
	for (int i = 1; i < 4; i++) {
		f = host_next(s.h);
		CHECK(f != NULL);
		CHECK_EQ(f->bytes[15], 3);
		CHECK(ip4_checksum_ok(f->bytes + 14, 20));
		free(f);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NETEM_LOSS), 1);
	CHECK_EQ(root(&s)->drops, 4); /* Linux counts those that it marks */
	world_free(s.w);
}

/* The bits lie across the first two bytes, and no sum covers them. */
TEST(netem_marks_congestion_in_ipv6_too)
{
	struct setting set = netem(100, 100, 0, 0);
	struct scene s;

	nl_put_u32(&set.w, ECN, 1);
	s = with("netem", set);
	for (uint8_t codepoint = 0; codepoint < 4; codepoint++) {
		struct packet *packet = packet_new(s.h->net);
		uint8_t *bytes = packet_append(packet, 14 + 40);

		memset(bytes, 0, 14 + 40);
		put_be16(bytes + 12, ETHERTYPE_IP6);
		bytes[14] = 0x6a;
		bytes[15] = (uint8_t)(0x8f | codepoint << 4);
		submit(&s, packet);
	}
	world_run(s.w, MS);
	for (int i = 1; i < 4; i++) {
		struct frame *f = host_next(s.h);

		CHECK(f != NULL);
		CHECK_EQ(f->bytes[14], 0x6a);
		CHECK_EQ(f->bytes[15], 0xbf);
		free(f);
	}
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NETEM_LOSS), 1);
	world_free(s.w);
}

/* What looks like IP's field in another protocol's frame stays as it is. */
TEST(netem_marks_nothing_but_ip)
{
	struct setting set = netem(100, 100, 0, 0);
	struct scene s;

	nl_put_u32(&set.w, ECN, 1);
	s = with("netem", set);
	for (int i = 0; i < 3; i++) {
		struct packet *packet = large_segment(&s);
		uint8_t *bytes;

		packet->gso_size = 0;
		packet->flags = 0;
		packet_trim(packet, 154);
		bytes = packet_header(packet, 0, 34);
		bytes[15] = 1; /* ECT(1), if it were */
		if (i == 0)
			put_be16(bytes + 12, 0x88b5);
		else if (i == 1)
			put_be16(bytes + 12, ETHERTYPE_ARP);
		else
			bytes[14] = 0x65; /* not the version that it says */
		submit(&s, packet);
	}
	world_run(s.w, MS);
	host_expect_nothing(s.h);
	CHECK_EQ(drops(&s, REASON_NETEM_LOSS), 3);
	world_free(s.w);
}

/* ---- netem: a child, a change, and nonsense ---- */

TEST(a_child_of_netem_gets_what_is_due)
{
	struct setting set = netem(1000, 0, 0, 0);
	struct qdisc_request r;
	struct netif *netif;
	struct qdisc *child;
	struct scene s;

	put_time(&set, 10 * MS, 0);
	s = with("netem", set);
	netif = &s.h->netif;
	set = fifo(2);
	r = request_of(&set);
	CHECK_EQ(qdisc_create(netif, qdisc_kind_find(netif->net, "pfifo"), 0,
			      root(&s)->handle | 1, &r, &child),
		 0);
	CHECK_EQ(qdisc_graft(netif, root(&s), child) == NULL, true);
	put_frames(&s, 5);
	world_settle(s.w);
	CHECK_EQ(root(&s)->length, 5);
	CHECK_EQ(child->length, 0);
	world_run(s.w, 20 * MS);
	/* All are due at once: the child takes two, the device one each. */
	CHECK_EQ(count_frames(&s), 2);
	CHECK_EQ(child->drops, 3);
	CHECK_EQ(root(&s)->length, 0);
	CHECK_EQ(root(&s)->backlog, 0);
	CHECK_EQ(drops(&s, REASON_QDISC_OVERLIMIT), 3);
	/* What waits in the child when the link goes down is gone from both. */
	s.h->busy_after = 0;
	put_frames(&s, 3);
	world_run(s.w, 20 * MS);
	CHECK(child->length > 0);
	netif_set_up(netif, false);
	CHECK_EQ(child->length, 0);
	CHECK_EQ(root(&s)->length, 0);
	CHECK_EQ(root(&s)->backlog, 0);
	s.h->busy_after = -1;
	netif_set_up(netif, true);
	put_frames(&s, 2);
	world_free(s.w);
}

TEST(netem_below_netem_is_refused)
{
	struct scene s = with("netem", netem(1000, 0, 0, 0));
	struct qdisc_request r = { .error_text = NULL };
	const struct qdisc_kind *kind = root(&s)->kind;

	CHECK_EQ(kind->take_child(root(&s), kind, &r), -EOPNOTSUPP);
	CHECK(r.error_text != NULL);
	world_free(s.w);
}

static int change_root(struct scene *s, struct setting set)
{
	struct qdisc_request r = request_of(&set);

	return root(s)->kind->change(root(s), &r);
}

static uint32_t described(struct scene *s, uint8_t *to, uint32_t size)
{
	struct nl_writer w = { to, size, 0, false };

	root(s)->kind->describe(root(s), &w);
	return w.used;
}

TEST(bad_options_change_nothing)
{
	struct setting set = netem(1000, 5, 0, 0);
	static uint8_t before[400], after[400];
	static const uint8_t zero[40];
	static const int16_t numbers[16385];
	struct scene s;
	uint32_t n;

	put_time(&set, 10 * MS, MS);
	s = with("netem", set);
	n = described(&s, before, sizeof before);
	set = netem(7, 0, 0, 0);
	set.w.used = 23;
	CHECK_EQ(change_root(&s, set), -EINVAL);
	for (uint16_t type = CORR; type <= SEED; type++) {
		set = netem(7, 0, 0, 0);
		nl_put(&set.w, type, zero, type == LOSS ? 8 : 1);
		if (type == LOSS) /* a model that does not exist */
			put_le32(options + set.w.used - 8, 8 | 9 << 16);
		if (type != 9) /* padding */
			CHECK(change_root(&s, set) < 0);
	}
	set = netem(7, 0, 0, 0);
	nl_put(&set.w, DELAY_DIST, numbers, sizeof numbers);
	CHECK_EQ(change_root(&s, set), -EINVAL);
	CHECK_EQ(described(&s, after, sizeof after), n);
	CHECK_MEM(after, before, n);
	world_free(s.w);
}

TEST(absurd_times_are_borne)
{
	static const uint64_t absurd[] = { 0, 1, INT64_MAX, UINT64_MAX,
					   UINT64_C(1) << 63 };
	struct scene s = with("netem", netem(1000, 0, 0, 0));
	uint8_t slot[40];

	for (uint32_t i = 0; i < 625; i++) {
		struct setting set = netem(1000, 0, 0, 0);

		put_time(&set, (nsec_t)absurd[i % 5],
			 (nsec_t)absurd[i / 5 % 5]);
		put_words(&set, RATE, (uint32_t)absurd[i / 25 % 5],
			  (uint32_t)absurd[i % 5], (uint32_t)absurd[i / 5 % 5],
			  (uint32_t)absurd[i / 125]);
		for (uint32_t j = 0; j < 5; j++)
			put_le64(slot + 8 * j, absurd[(i + i / 125 * j) % 5]);
		nl_put(&set.w, SLOT, slot, sizeof slot);
		CHECK_EQ(change_root(&s, set), 0);
		put_frames(&s, 3);
		world_run(s.w, 2 * MS);
	}
	while (take(&s, 0, NULL) >= 0)
		;
	world_free(s.w);
}
