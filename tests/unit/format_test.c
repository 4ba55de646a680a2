// SPDX-License-Identifier: MIT
/*
 * Formatting against the C library's snprintf as the oracle: every flag, width
 * and precision with every conversion and edge value.
 */
#include <limits.h>

#include "lib/format.h"
#include "tests/unit/test.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static void compare(const char *fmt, ...)
{
	char ours[200], theirs[200];
	va_list args;
	size_t our_len;
	int their_len;

	va_start(args, fmt);
	our_len = vformat_to(ours, sizeof ours, fmt, args);
	va_end(args);
	va_start(args, fmt);
	their_len = vsnprintf(theirs, sizeof theirs, fmt, args);
	va_end(args);
	if (our_len != (size_t)their_len || strcmp(ours, theirs))
		test_fail(__FILE__, __LINE__, "%s: \"%s\" != \"%s\"", fmt, ours,
			  theirs);
}

static const char *const shapes[] = {
	"",   "5",   "-5",   "05",   "+",   " ",   "#",	 "#8",	"#08", ".0",
	".3", "8.3", "-8.3", "08.3", "+08", "-+8", " 5", "#.0", "#.5", "20",
};

TEST(integers_are_formatted_as_by_libc)
{
	static const long values[] = { 0,	 1,	   -1,	      42,
				       -300,	 123456,   INT_MAX,   INT_MIN,
				       LONG_MAX, LONG_MIN, 0xdeadbeef };
	static const char *const kinds[] = { "hhd", "hd",  "d",	 "ld",	"lld",
					     "zd",  "hhu", "hu", "u",	"lu",
					     "x",   "lx",  "X",	 "llX", "o",
					     "lo",  "hhx", "zu", "jd",	"i" };
	char fmt[32];

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
			for (size_t v = 0; v < ARRAY_LEN(values); v++) {
				snprintf(fmt, sizeof fmt, "<%%%s%s>", shapes[s],
					 kinds[k]);
				compare(fmt, values[v]);
			}
}

TEST(strings_are_formatted_as_by_libc)
{
	compare("%s|%10s|%-10s|%.2s|%-6.1s|", "abc", "abc", "abc", "abc",
		"abc");
	compare("%*d|%-*d|%.*s|%*d", 6, 42, 6, 42, 2, "xyz", -6, 7);
	compare("%c%5c%-5c|%%", 'a', 'b', 'c');
	compare("%02x:%02x %p", 7, 200, (void *)0x1234);
}

TEST(a_full_buffer_is_terminated_and_the_length_goes_on)
{
	char buf[6];
	struct text text;

	CHECK_EQ(format_to(buf, sizeof buf, "%s-%d", "abcd", 1234), 9);
	CHECK_STR(buf, "abcd-");
	CHECK_EQ(format_to(buf, 0, "abc"), 3);
	text_init(&text, buf, sizeof buf);
	text_add(&text, "%d", 12);
	text_char(&text, ',');
	text_str(&text, "xy");
	CHECK(!text_overflowed(&text) && text_length(&text) == 5);
	text_str(&text, "z");
	CHECK(text_overflowed(&text) && text_length(&text) == 5);
	CHECK_STR(buf, "12,xy");
}
