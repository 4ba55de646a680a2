// SPDX-License-Identifier: MIT
/*
 * Classic BPF: what is refused when a program is attached, and that a program
 * decides as tcpdump's compiler meant it (the code is what `tcpdump -dd` prints).
 */
#include "net/core/filter.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "tests/net/harness.h"
#include "tests/unit/test.h"

#define STEPS(...)                   \
	(const struct filter_step[]) \
	{                            \
		__VA_ARGS__          \
	}

static int make(const struct filter_step *steps, uint32_t count,
		struct filter **out)
{
	uint8_t bytes[64 * 8];

	for (uint32_t i = 0; i < count; i++) {
		put_le16(bytes + 8 * i, steps[i].code);
		bytes[8 * i + 2] = steps[i].jt;
		bytes[8 * i + 3] = steps[i].jf;
		put_le32(bytes + 8 * i + 4, steps[i].k);
	}
	return filter_make(bytes, count, out);
}

static void refuse(const struct filter_step *steps, uint32_t count)
{
	struct filter *filter;

	CHECK_EQ(make(steps, count, &filter), -EINVAL);
}

TEST(filters_that_could_do_harm_are_refused)
{
	struct filter *filter;

	CHECK_EQ(filter_make("", 0, &filter), -EINVAL);
	CHECK_EQ(filter_make("", FILTER_MAX + 1, &filter), -EINVAL);
	refuse(STEPS({ 0x28, 0, 0, 12 }), 1); /* no return */
	refuse(STEPS({ 0x15, 1, 0, 0 }, { 6, 0, 0, 0 }), 2); /* jumps out */
	refuse(STEPS({ 0x05, 0, 0, 1 }, { 6, 0, 0, 0 }), 2);
	refuse(STEPS({ 0x05, 0, 0, 0xffffffff }, { 6, 0, 0, 0 }), 2);
	refuse(STEPS({ 0x34, 0, 0, 0 }, { 6, 0, 0, 0 }), 2); /* / 0 */
	refuse(STEPS({ 0x64, 0, 0, 32 }, { 6, 0, 0, 0 }), 2); /* << 32 */
	refuse(STEPS({ 0x60, 0, 0, 3 }, { 6, 0, 0, 0 }), 2); /* not stored */
	refuse(STEPS({ 0x02, 0, 0, 16 }, { 6, 0, 0, 0 }), 2); /* M[16] */
	refuse(STEPS({ 0xff, 0, 0, 0 }, { 6, 0, 0, 0 }), 2); /* what? */
	/* Stored on one way only. */
	refuse(STEPS({ 0x15, 0, 1, 0 }, { 0x02, 0, 0, 1 }, { 0x60, 0, 0, 1 },
		     { 6, 0, 0, 0 }),
	       4);
	CHECK_EQ(make(STEPS({ 0x02, 0, 0, 1 }, { 0x60, 0, 0, 1 },
			    { 6, 0, 0, 9 }),
		      3, &filter),
		 0);
	filter_free(filter);
}

/* tcpdump -dd -y EN10MB 'udp port 53' */
static const struct filter_step dns[] = {
	{ 0x28, 0, 0, 0x0000000c },  { 0x15, 0, 6, 0x000086dd },
	{ 0x30, 0, 0, 0x00000014 },  { 0x15, 0, 15, 0x00000011 },
	{ 0x28, 0, 0, 0x00000036 },  { 0x15, 12, 0, 0x00000035 },
	{ 0x28, 0, 0, 0x00000038 },  { 0x15, 10, 11, 0x00000035 },
	{ 0x15, 0, 10, 0x00000800 }, { 0x30, 0, 0, 0x00000017 },
	{ 0x15, 0, 8, 0x00000011 },  { 0x28, 0, 0, 0x00000014 },
	{ 0x45, 6, 0, 0x00001fff },  { 0xb1, 0, 0, 0x0000000e },
	{ 0x48, 0, 0, 0x0000000e },  { 0x15, 2, 0, 0x00000035 },
	{ 0x48, 0, 0, 0x00000010 },  { 0x15, 0, 1, 0x00000035 },
	{ 0x6, 0, 0, 0x00040000 },   { 0x6, 0, 0, 0x00000000 },
};

static uint32_t judge(struct host *h, struct filter *filter, uint16_t port,
		      uint32_t cut)
{
	struct peer peer;
	uint8_t frame[200];
	struct packet *packet = packet_new(h->net);
	struct filter_input input = { .packet = packet };
	uint32_t n, result;

	peer_init(&peer, h, "10.0.0.2");
	n = frame_udp(frame, &peer, 4000, port, "question", 8);
	n = MIN(n, cut);
	memcpy(packet_append(packet, n), frame, n);
	input.length = n;
	result = filter_run(filter, &input);
	packet_free(h->net, packet);
	return result;
}

TEST(a_filter_of_tcpdump_finds_its_packets)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct filter *filter;

	CHECK_EQ(make(dns, ARRAY_LEN(dns), &filter), 0);
	CHECK_EQ(judge(h, filter, 53, 200), 0x40000);
	CHECK_EQ(judge(h, filter, 54, 200), 0);
	/* A read behind the end ends the program: no. */
	CHECK_EQ(judge(h, filter, 53, 36), 0);
	CHECK_EQ(judge(h, filter, 53, 5), 0);
	filter_free(filter);
	world_free(w);
}
