// SPDX-License-Identifier: MIT
/*
 * lib/string.c, which only the kernel links, under other names (the Makefile
 * prefixes its symbols with kernel_), compared with the host's own functions in
 * both of its variants: every small length, alignment and overlap.
 */
#include "tests/unit/test.h"

void *kernel_memcpy(void *to, const void *from, size_t n);
void *kernel_memmove(void *to, const void *from, size_t n);
void *kernel_memset(void *to, int c, size_t n);
int kernel_memcmp(const void *a, const void *b, size_t n);
void *kernel_memchr(const void *s, int c, size_t n);
char *kernel_strchr(const char *s, int c);
char *kernel_strrchr(const char *s, int c);
char *kernel_strstr(const char *s, const char *part);
int kernel_strcmp(const char *a, const char *b);
int kernel_strncmp(const char *a, const char *b, size_t n);
size_t kernel_strspn(const char *s, const char *accept);
size_t kernel_strcspn(const char *s, const char *reject);
size_t kernel_strnlen(const char *s, size_t max);
void kernel_string_choose(bool fast_rep);

#define SIZE 1200

static uint8_t ours[SIZE], theirs[SIZE];

static void refill(void)
{
	uint64_t seed = 99;

	for (int i = 0; i < SIZE; i++)
		ours[i] = theirs[i] = (uint8_t)test_random(&seed);
}

static void move_all(size_t n)
{
	for (size_t from = 40; from < 49; from++) {
		for (size_t to = 0; to < 90; to += 1 + (to > 56) * 7) {
			refill();
			kernel_memmove(ours + to, ours + from, n);
			memmove(theirs + to, theirs + from, n);
			CHECK_MEM(ours, theirs, SIZE);
		}
	}
}

TEST(memmove_is_right_for_every_overlap)
{
	for (int fast = 0; fast < 2; fast++) {
		kernel_string_choose(fast);
		for (size_t n = 0; n < 140; n += 1 + (n > 36) * 6)
			move_all(n);
		move_all(256);
		move_all(1000);
	}
}

TEST(memcpy_and_memset_touch_what_they_should_and_no_more)
{
	for (int fast = 0; fast < 2; fast++) {
		kernel_string_choose(fast);
		for (size_t n = 0; n < 600; n++) {
			refill();
			CHECK(kernel_memcpy(ours + 3, ours + 601, n % 590) ==
			      ours + 3);
			memcpy(theirs + 3, theirs + 601, n % 590);
			kernel_memset(ours + 601, (int)n, n % 590);
			memset(theirs + 601, (int)n, n % 590);
			CHECK_MEM(ours, theirs, SIZE);
		}
	}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

TEST(comparison_orders_bytes_as_unsigned)
{
	uint8_t a[20] = { 0 }, b[20] = { 0 };

	for (size_t i = 0; i < 20; i++) {
		b[i] = 0x80;
		for (size_t n = 0; n <= 20; n++)
			CHECK_EQ(sign(kernel_memcmp(a, b, n)),
				 sign(memcmp(a, b, n)));
		b[i] = 0;
	}
	CHECK(kernel_strcmp("a\xff", "ab") > 0);
	CHECK(kernel_strcmp("ab", "ab") == 0);
	CHECK(kernel_strncmp("abc", "abd", 2) == 0);
	CHECK(kernel_strncmp("ab", "abc", 9) < 0);
}

TEST(searches_find_what_libc_finds)
{
	const char *s = "abracadabra";

	CHECK(kernel_strchr(s, 'r') == s + 2);
	CHECK(kernel_strchr(s, 0) == s + 11);
	CHECK(kernel_strchr(s, 'x') == NULL);
	CHECK(kernel_strrchr(s, 'r') == s + 9);
	CHECK(kernel_strrchr(s, 0) == s + 11);
	CHECK(kernel_strstr(s, "dab") == s + 6);
	CHECK(kernel_strstr(s, "") == s);
	CHECK(kernel_strstr(s, "abx") == NULL);
	CHECK(kernel_memchr(s, 'd', 6) == NULL);
	CHECK(kernel_memchr(s, 'd', 7) == s + 6);
	CHECK_EQ(kernel_strspn(s, "abr"), 4);
	CHECK_EQ(kernel_strcspn(s, "cd"), 4);
	CHECK_EQ(kernel_strnlen(s, 5), 5);
}
