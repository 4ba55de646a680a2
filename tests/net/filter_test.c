// SPDX-License-Identifier: MIT
/*
 * Classic BPF: what is refused when a program is attached, that a program
 * decides as tcpdump's compiler meant it (the code is what `tcpdump -dd` prints),
 * and that any program computes what libpcap's own interpreter does.
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
	refuse(STEPS({ 0x15, 0, 1, 0 }, { 6, 0, 0, 0 }), 2);
	refuse(STEPS({ 0x05, 0, 0, 1 }, { 6, 0, 0, 0 }), 2);
	/* Names of what there is beside the bytes: fours below 64. */
	refuse(STEPS({ 0x20, 0, 0, (uint32_t)-0x1000 + 2 }, { 6, 0, 0, 0 }), 2);
	refuse(STEPS({ 0x20, 0, 0, (uint32_t)-0x1000 + 64 }, { 6, 0, 0, 0 }),
	       2);
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
	/* Nobody comes to the second step. */
	CHECK_EQ(make(STEPS({ 0x05, 0, 0, 1 }, { 0x60, 0, 0, 3 },
			    { 6, 0, 0, 9 }),
		      3, &filter),
		 0);
	filter_free(filter);
}

/* A byte of the network header, by SKF_NET_OFF, or of the frame, by SKF_LL_OFF;
 * 0: there is none. */
static uint32_t byte_of(struct host *h, int32_t base, uint32_t at, bool no_link)
{
	struct filter_step steps[] = { { 0x30, 0, 0, (uint32_t)base + at },
				       { 0x16, 0, 0, 0 } };
	struct packet *packet = packet_new(h->net);
	struct filter_input input = { .packet = packet,
				      .network = 14,
				      .length = 40,
				      .no_link = no_link };
	uint8_t *to = packet_append(packet, 40);
	struct filter *filter;
	uint32_t result;

	for (uint8_t i = 0; i < 40; i++)
		to[i] = 100 + i;
	CHECK_EQ(make(steps, 2, &filter), 0);
	result = filter_run(filter, &input);
	filter_free(filter);
	packet_free(h->net, packet);
	return result;
}

TEST(bytes_are_found_from_each_header_on)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);

	CHECK_EQ(byte_of(h, 0, 9, false), 109);
	CHECK_EQ(byte_of(h, 0, 39, false), 139);
	CHECK_EQ(byte_of(h, 0, 40, false), 0);
	CHECK_EQ(byte_of(h, -0x100000, 9, false), 123);
	CHECK_EQ(byte_of(h, -0x100000, 25, false), 139);
	CHECK_EQ(byte_of(h, -0x100000, 26, false), 0);
	CHECK_EQ(byte_of(h, -0x200000, 9, false), 109);
	CHECK_EQ(byte_of(h, -0x200000, 9, true), 0);
	CHECK_EQ(byte_of(h, -0x200000, 40, false), 0);
	world_free(w);
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

/* ---- Against libpcap ---- */

/* <pcap/bpf.h>; a struct filter_step has the same layout. */
struct bpf_insn;
unsigned int bpf_filter(const struct bpf_insn *steps,
			const unsigned char *bytes, unsigned int wire_length,
			unsigned int length);

#define CELLS 4 /* of memory, that programs use */
#define STEPS_MOST 24
#define BYTES 64

static uint64_t seed = 20261121;

static uint32_t dice(uint32_t below)
{
	return (uint32_t)(test_random(&seed) >> 16) % below;
}

static uint32_t any_number(void)
{
	static const uint32_t odd[] = { 0, 1, 0x7fffffff, 0x80000000,
					0xffffffff };

	return dice(3) ? dice(256) : odd[dice(ARRAY_LEN(odd))];
}

static struct filter_step any_load(void)
{
	static const uint16_t codes[] = { 0x20, 0x28, 0x30, 0x40, 0x48, 0x50,
					  0xb1, 0x80, 0x81, 0x00, 0x01 };
	uint16_t code = codes[dice(ARRAY_LEN(codes))];

	if (dice(4) == 0)
		return (struct filter_step){ .code = 0x60 | (uint16_t)dice(2),
					     .k = dice(CELLS) };
	return (struct filter_step){ .code = code,
				     .k = code <= 0x01 ? any_number() :
							 dice(BYTES + 4) };
}

static struct filter_step any_calculation(void)
{
	uint16_t op = (uint16_t)(dice(11) << 4), by_x = (uint16_t)dice(2) << 3;
	bool shift = op == 0x60 || op == 0x70;

	if (op == 0x80 || shift) /* a shift by X >= 32 is nobody's rule */
		by_x = 0;
	return (struct filter_step){ .code = 0x04 | op | by_x,
				     .k = shift ? dice(32) : any_number() | 1 };
}

static struct filter_step any_jump(uint32_t left)
{
	uint16_t op = (uint16_t)(dice(5) << 4);

	if (op == 0)
		return (struct filter_step){ .code = 0x05, .k = dice(left) };
	return (struct filter_step){ .code = 0x05 | op |
					     (uint16_t)(dice(2) << 3),
				     .jt = (uint8_t)dice(left),
				     .jf = (uint8_t)dice(left),
				     .k = any_number() };
}

static struct filter_step any_step(uint32_t left)
{
	switch (dice(8)) {
	case 0:
	case 1:
		return any_load();
	case 2:
	case 3:
		return any_calculation();
	case 4:
		return any_jump(left);
	case 5:
		return (struct filter_step){ .code = 2 + (uint16_t)dice(2),
					     .k = dice(CELLS) };
	case 6:
		return (struct filter_step){ .code = dice(2) ? 0x07 : 0x87 };
	default:
		return dice(6) ? any_load() :
				 (struct filter_step){ .code = 0x16 };
	}
}

static uint32_t any_program(struct filter_step *steps)
{
	uint32_t n = CELLS, count = n + 2 + dice(STEPS_MOST - CELLS - 2);

	for (uint32_t i = 0; i < CELLS; i++)
		steps[i] = (struct filter_step){ .code = 0x02, .k = i };
	for (; n < count - 1; n++)
		steps[n] = any_step(count - 1 - n);
	steps[n] = dice(2) ? (struct filter_step){ .code = 0x16 } :
			     (struct filter_step){ .code = 0x06, .k = 7 };
	return count;
}

/* Part of the bytes in front of the packet, the rest in it. */
static uint32_t run_ours(struct host *h, struct filter *filter,
			 const uint8_t *bytes, uint32_t length)
{
	struct packet *packet = packet_new(h->net);
	uint32_t front = dice(2) ? dice(length + 1) : 0, result;
	struct filter_input input = { .packet = packet,
				      .offset = 3,
				      .front = bytes,
				      .front_length = front,
				      .length = length };
	uint8_t *to = packet_append(packet, 3 + length - front);

	memset(to, 0xee, 3);
	memcpy(to + 3, bytes + front, length - front);
	result = filter_run(filter, &input);
	packet_free(h->net, packet);
	return result;
}

TEST(any_program_computes_what_libpcap_computes)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct filter_step steps[STEPS_MOST];
	uint8_t bytes[BYTES];

	for (int round = 0; round < 20000; round++) {
		uint32_t count = any_program(steps);
		uint32_t length = 1 + dice(BYTES);
		struct filter *filter;
		uint32_t theirs, ours;

		for (uint32_t i = 0; i < length; i++)
			bytes[i] = (uint8_t)any_number();
		CHECK_EQ(make(steps, count, &filter), 0);
		theirs = bpf_filter((const struct bpf_insn *)steps, bytes,
				    length, length);
		ours = run_ours(h, filter, bytes, length);
		filter_free(filter);
		CHECK_EQ(ours, theirs);
	}
	world_free(w);
}
