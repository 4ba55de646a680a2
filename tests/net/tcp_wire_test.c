// SPDX-License-Identifier: MIT
/*
 * Rules of the TCP header, sequence numbers and options as pure functions.
 */
#include "tests/unit/test.h"

#include "net/tcp/seq.h"
#include "net/wire/tcp.h"

static struct tcp_header parse_ok(const uint8_t *bytes, size_t size)
{
	struct tcp_header h;

	CHECK_EQ(tcp_header_parse(bytes, size, &h), 0);
	return h;
}

/* A SYN with the given option bytes, padded with zeroes to 4. */
static size_t syn_with(uint8_t *out, const uint8_t *options, size_t n)
{
	size_t length = 20 + (n + 3) / 4 * 4;

	memset(out, 0, length);
	out[12] = length / 4 << 4;
	out[13] = TCP_SYN;
	memcpy(out + 20, options, n);
	return length;
}

TEST(sequence_numbers_compare_round_the_circle)
{
	CHECK(seq_lt(0xfffffff0u, 5));
	CHECK(seq_gt(5, 0xfffffff0u));
	CHECK(seq_leq(7, 7));
	CHECK_EQ(seq_diff(5, 0xfffffffbu), 10);
	CHECK_EQ(seq_max(0xffffffffu, 1), 1);
	CHECK_EQ(seq_min(0xffffffffu, 1), 0xffffffffu);
}

TEST(window_test_is_half_open_and_wraps)
{
	CHECK(seq_in_window(0xfffffffeu, 0xfffffffeu, 4));
	CHECK(seq_in_window(1, 0xfffffffeu, 4));
	CHECK(!seq_in_window(2, 0xfffffffeu, 4));
	CHECK(!seq_in_window(0xfffffffdu, 0xfffffffeu, 4));
	CHECK(!seq_in_window(9, 9, 0));
}

TEST(header_survives_emit_and_parse)
{
	uint8_t bytes[TCP_HEADER_MAX];
	struct tcp_header in = {
		.src_port = 80,
		.dst_port = 40000,
		.seq = 0x01020304,
		.ack = 0xfffefdfc,
		.flags = TCP_ACK | TCP_PSH,
		.window = 0x1234,
		.urgent = 7,
		.opt = { .has_timestamp = true,
			 .ts_val = 1,
			 .ts_ecr = 2,
			 .sack_count = 2,
			 .sack = { { 10, 20 }, { 30, 40 } } },
	};
	size_t n = tcp_header_emit(bytes, &in);
	struct tcp_header out = parse_ok(bytes, n);

	CHECK_EQ(n, tcp_header_size(&in));
	CHECK_EQ(out.length, n);
	CHECK_EQ(out.src_port, 80);
	CHECK_EQ(out.dst_port, 40000);
	CHECK_EQ(out.seq, in.seq);
	CHECK_EQ(out.ack, in.ack);
	CHECK_EQ(out.flags, in.flags);
	CHECK_EQ(out.window, in.window);
	CHECK_EQ(out.urgent, 7);
	CHECK_EQ(out.opt.ts_val, 1);
	CHECK_EQ(out.opt.ts_ecr, 2);
	CHECK_EQ(out.opt.sack_count, 2);
	CHECK_EQ(out.opt.sack[1].right, 40);
}

TEST(syn_options_survive_emit_and_parse)
{
	uint8_t bytes[TCP_HEADER_MAX];
	struct tcp_header in = {
		.flags = TCP_SYN,
		.opt = { .mss = 1460,
			 .has_wscale = true,
			 .wscale = 7,
			 .sack_permitted = true,
			 .has_timestamp = true },
	};
	size_t n = tcp_header_emit(bytes, &in);
	struct tcp_header out = parse_ok(bytes, n);

	CHECK_EQ(n, 40);
	CHECK_EQ(out.opt.mss, 1460);
	CHECK(out.opt.has_wscale);
	CHECK_EQ(out.opt.wscale, 7);
	CHECK(out.opt.sack_permitted);
	CHECK(out.opt.has_timestamp);
}

TEST(header_never_exceeds_sixty_bytes)
{
	struct tcp_header h = {
		.opt = { .has_timestamp = true, .sack_count = 3 },
	};

	CHECK_EQ(tcp_header_size(&h), 60);
}

TEST(truncated_header_is_refused)
{
	uint8_t bytes[20] = { [12] = 5 << 4 };
	struct tcp_header h;

	CHECK(tcp_header_parse(bytes, 19, &h) < 0);
	CHECK_EQ(tcp_header_parse(bytes, 20, &h), 0);
}

TEST(data_offset_below_five_or_beyond_the_end_is_refused)
{
	uint8_t bytes[20] = { [12] = 4 << 4 };
	struct tcp_header h;

	CHECK(tcp_header_parse(bytes, 20, &h) < 0);
	bytes[12] = 6 << 4;
	CHECK(tcp_header_parse(bytes, 20, &h) < 0);
}

TEST(unknown_options_are_skipped)
{
	uint8_t bytes[60];
	uint8_t options[] = { 253, 4, 1, 2, 2, 4, 5, 0xb4 };
	struct tcp_header h =
		parse_ok(bytes, syn_with(bytes, options, sizeof options));

	CHECK_EQ(h.opt.mss, 1460);
}

TEST(options_are_found_at_any_alignment)
{
	uint8_t bytes[60];
	uint8_t options[] = { 1, 2, 4, 5, 0xb4, 1, 3, 3, 9 };
	struct tcp_header h =
		parse_ok(bytes, syn_with(bytes, options, sizeof options));

	CHECK_EQ(h.opt.mss, 1460);
	CHECK_EQ(h.opt.wscale, 9);
}

TEST(illegal_option_lengths_do_no_harm)
{
	uint8_t bytes[60];
	uint8_t zero[] = { 253, 0, 2, 4, 5, 0xb4, 0, 0 };
	uint8_t beyond[] = { 2, 40, 5, 0xb4 };
	uint8_t last[] = { 1, 1, 1, 2 };
	uint8_t wrong[] = { 2, 3, 5, 3, 3, 2, 0, 0 };

	CHECK_EQ(parse_ok(bytes, syn_with(bytes, zero, 8)).opt.mss, 0);
	CHECK_EQ(parse_ok(bytes, syn_with(bytes, beyond, 4)).opt.mss, 0);
	CHECK_EQ(parse_ok(bytes, syn_with(bytes, last, 4)).opt.mss, 0);
	CHECK_EQ(parse_ok(bytes, syn_with(bytes, wrong, 8)).opt.mss, 0);
	CHECK_EQ(parse_ok(bytes, syn_with(bytes, wrong, 8)).opt.wscale, 2);
}

TEST(end_of_options_ends_them)
{
	uint8_t bytes[60];
	uint8_t options[] = { 0, 2, 4, 5, 0xb4, 0, 0, 0 };
	struct tcp_header h =
		parse_ok(bytes, syn_with(bytes, options, sizeof options));

	CHECK_EQ(h.opt.mss, 0);
}

/* rfc7323 2.3 */
TEST(window_scale_above_fourteen_is_fourteen)
{
	uint8_t bytes[60];
	uint8_t options[] = { 3, 3, 15, 1 };
	struct tcp_header h =
		parse_ok(bytes, syn_with(bytes, options, sizeof options));

	CHECK_EQ(h.opt.wscale, 14);
}

TEST(syn_options_outside_a_syn_are_ignored)
{
	uint8_t bytes[60];
	uint8_t options[] = { 2, 4, 5, 0xb4, 3, 3, 7, 1 };
	size_t n = syn_with(bytes, options, sizeof options);
	struct tcp_header h;

	bytes[13] = TCP_ACK;
	h = parse_ok(bytes, n);
	CHECK_EQ(h.opt.mss, 0);
	CHECK(!h.opt.has_wscale);
}

TEST(sack_option_of_odd_length_is_ignored)
{
	uint8_t bytes[60];
	uint8_t options[12] = { 5, 11 };
	size_t n = syn_with(bytes, options, sizeof options);

	bytes[13] = TCP_ACK;
	CHECK_EQ(parse_ok(bytes, n).opt.sack_count, 0);
	bytes[21] = 10;
	CHECK_EQ(parse_ok(bytes, n).opt.sack_count, 1);
}
