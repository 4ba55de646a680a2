// SPDX-License-Identifier: MIT
/*
 * The parts beneath --plot and --html: texts that must come out of a page as
 * they went in, and never as markup; axes; the thinning of lines; SHA-256.
 */
#include <stdlib.h>

#include "tests/unit/test.h"
#include "tools/pcapdump/scale.h"
#include "tools/pcapdump/sha256.h"
#include "tools/pcapdump/svg.h"
#include "tools/pcapdump/texts.h"
#include "tools/pcapdump/utf8.h"

static char *written;
static size_t written_length;

static FILE *begin(void)
{
	return open_memstream(&written, &written_length);
}

/* What was written; valid until the next one. */
static const char *end(FILE *to)
{
	static char copy[65536];

	fclose(to);
	snprintf(copy, sizeof copy, "%s", written);
	free(written);
	return copy;
}

TEST(utf8_is_what_rfc_3629_allows)
{
	CHECK_EQ(utf8_length("a"), 1);
	CHECK_EQ(utf8_length("\xc3\xa9"), 2);
	CHECK_EQ(utf8_length("\xe2\x86\x92"), 3);
	CHECK_EQ(utf8_length("\xf0\x9f\x90\xa7"), 4);
	CHECK_EQ(utf8_length("\x80"), 0); /* continues nothing */
	CHECK_EQ(utf8_length("\xc0\x80"), 0); /* overlong */
	CHECK_EQ(utf8_length("\xe0\x9f\xbf"), 0);
	CHECK_EQ(utf8_length("\xed\xa0\x80"), 0); /* a surrogate */
	CHECK_EQ(utf8_length("\xf4\x90\x80\x80"), 0); /* above U+10FFFF */
	CHECK_EQ(utf8_length("\xe2\x86"), 0); /* cut off by the end */
}

static const char *json(const char *text)
{
	FILE *to = begin();

	json_string(to, text);
	return end(to);
}

TEST(json_strings_cannot_end_a_script)
{
	CHECK_STR(json("</script>"), "\"\\u003c/script\\u003e\"");
	CHECK_STR(json("a\"b\\c"), "\"a\\\"b\\\\c\"");
	CHECK_STR(json("\n\x01\x7f"), "\"\\u000a\\u0001\\u007f\"");
	CHECK_STR(json("\xff\xc3\xa9"), "\"\\ufffd\xc3\xa9\"");
	CHECK_STR(json("<!--&"), "\"\\u003c!--\\u0026\"");
}

static const char *escaped(const char *text)
{
	FILE *to = begin();

	svg_text(to, text);
	return end(to);
}

TEST(text_in_a_picture_is_never_markup)
{
	CHECK_STR(escaped("<b a=\"1\">&"), "&lt;b a=&quot;1&quot;&gt;&amp;");
	CHECK_STR(escaped("\x02\xff"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(lines_that_differ_in_numbers_share_a_template)
{
	struct texts *texts = texts_new();
	FILE *to = begin();

	CHECK(texts_write(texts, to, "seq 1:1449, ack 77"));
	fputc(' ', to);
	CHECK(texts_write(texts, to, "seq 2897:4345, ack 0"));
	fputc(' ', to);
	CHECK(texts_write(texts, to, "no number"));
	CHECK_STR(end(to), "0,1,1449,77 0,2897,4345,0 1");
	to = begin();
	texts_table(texts, to);
	CHECK_STR(end(to), "[\"seq \\u0001:\\u0001, ack \\u0001\",\n"
			   "\"no number\"]");
	texts_free(texts);
}

TEST(digits_that_are_no_json_number_are_kept_as_strings)
{
	struct texts *texts = texts_new();
	FILE *to = begin();

	CHECK(texts_write(texts, to, "0.007 s, 00, 1234567890123456"));
	CHECK_STR(end(to), "0,0,\"007\",\"00\",\"1234567890123456\"");
	to = begin();
	/* The mark itself, in a line, is no number. */
	CHECK(texts_write(texts, to, "a\1b 5"));
	CHECK_STR(end(to), "1,5");
	texts_free(texts);
}

TEST(ten_thousand_templates_are_told_apart)
{
	struct texts *texts = texts_new();
	char line[64], expected[64];

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 10000; i++) {
			FILE *to = begin();

			snprintf(line, sizeof line, "%c%c%c%c 5", 'a' + i % 26,
				 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'z');
			snprintf(expected, sizeof expected, "%d,5", i);
			CHECK(texts_write(texts, to, line));
			CHECK_STR(end(to), expected);
		}
	texts_free(texts);
}

TEST(a_very_long_line_is_cut_and_not_overrun)
{
	struct texts *texts = texts_new();
	char *line = malloc(20001);
	FILE *to = begin();

	for (int i = 0; i < 20000; i++)
		line[i] = i & 1 ? '7' : 'x';
	line[20000] = 0;
	CHECK(texts_write(texts, to, line));
	CHECK(strlen(end(to)) < 20000);
	free(line);
	texts_free(texts);
}

TEST(sha256_of_known_texts)
{
	static const uint8_t empty[4] = { 0xe3, 0xb0, 0xc4, 0x42 };
	static const uint8_t abc[4] = { 0xba, 0x78, 0x16, 0xbf };
	static const uint8_t two_blocks[4] = { 0x24, 0x8d, 0x6a, 0x61 };
	const char *long_text = "abcdbcdecdefdefgefghfghighijhijk"
				"ijkljklmklmnlmnomnopnopq";
	uint8_t sum[32];

	sha256(sum, "", 0);
	CHECK_MEM(sum, empty, 4);
	sha256(sum, "abc", 3);
	CHECK_MEM(sum, abc, 4);
	sha256(sum, long_text, strlen(long_text));
	CHECK_MEM(sum, two_blocks, 4);
}

static void check_ticks(double from, double to, enum unit unit,
			const char *expected, const char *name)
{
	struct scale scale = { .from = from, .to = to, .unit = unit };
	char all[256] = "", one[64];
	struct ticks ticks;

	scale_ticks(&scale, 5, &ticks);
	for (int i = 0; i < ticks.count; i++) {
		tick_text(&ticks, ticks.at[i], one, sizeof one);
		strcat(strcat(all, i ? " " : ""), one);
	}
	CHECK_STR(all, expected);
	CHECK_STR(ticks.name, name);
}

TEST(ticks_are_round_numbers_in_a_fitting_unit)
{
	check_ticks(0, 1000, UNIT_BYTES, "0.0 0.2 0.4 0.6 0.8 1.0", "kB");
	check_ticks(0, 730000, UNIT_BYTES, "0 200 400 600", "kB");
	check_ticks(0, 2.3e9, UNIT_TIME, "0.0 0.5 1.0 1.5 2.0", "s");
	check_ticks(0, 4.1e7, UNIT_TIME, "0 10 20 30 40", "ms");
	check_ticks(0, 1, UNIT_BYTES, "0.0 0.2 0.4 0.6 0.8 1.0", "B");
}

TEST(a_logarithmic_axis_names_its_decades)
{
	struct scale scale = { 9e5, 2e9, 100, 0, true, UNIT_TIME };
	struct ticks ticks;
	char text[32];

	scale_ticks(&scale, 4, &ticks);
	CHECK_EQ(ticks.count, 4);
	tick_text(&ticks, ticks.at[0], text, sizeof text);
	CHECK_STR(text, "1 ms");
	tick_text(&ticks, ticks.at[3], text, sizeof text);
	CHECK_STR(text, "1 s");
	CHECK(scale_pixel(&scale, 1e7) > scale_pixel(&scale, 1e8));
}

/* A hundred values within half a pixel: the first, both ends, the last. */
TEST(a_thinned_line_keeps_its_extremes)
{
	FILE *to = begin();
	struct line line;
	const char *path;

	line_begin(&line, to, "x");
	line_to(&line, 10, 50);
	for (int i = 0; i < 100; i++)
		line_to(&line, 20 + i / 1000.0,
			i == 40 ? 5 :
			i == 60 ? 95 :
				  50);
	line_to(&line, 30, 20);
	line_end(&line, 40);
	path = end(to);
	CHECK_STR(path,
		  "<path class=\"x\" d=\"M10 50H20V5V95V50H30V20H40\"/>\n");
}

TEST(bars_that_touch_become_one_and_others_do_not)
{
	FILE *to = begin();
	struct bars bars;

	bars_begin(&bars, to, "x", true);
	bars_add(&bars, 10, 80, 90);
	bars_add(&bars, 10.1, 70, 80); /* goes on upwards */
	bars_add(&bars, 10.2, 20, 30); /* far above */
	bars_add(&bars, 11, 20, 30);
	bars_end(&bars);
	CHECK_STR(end(to),
		  "<path class=\"x\" d=\"M10 90V70M10 30V20M11 30V20\"/>\n");
	to = begin();
	bars_begin(&bars, to, "x", false); /* retransmissions: each of them */
	bars_add(&bars, 10, 80, 90);
	bars_add(&bars, 10, 80, 90);
	bars_end(&bars);
	CHECK_STR(end(to), "<path class=\"x\" d=\"M10 90V80M10 90V80\"/>\n");
}

TEST(coordinates_are_written_in_tenths)
{
	FILE *to = begin();

	svg_number(to, 12);
	fputc(' ', to);
	svg_number(to, 12.34);
	fputc(' ', to);
	svg_number(to, -0.26);
	fputc(' ', to);
	svg_number(to, -7.96);
	CHECK_STR(end(to), "12 12.3 -0.3 -8");
}
