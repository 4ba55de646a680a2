// SPDX-License-Identifier: MIT
/*
 * The smallest test framework that registers its tests itself. A test is named
 * for the rule that it holds:
 *
 *	TEST(syn_ack_is_retransmitted_after_one_second)
 *	{
 *		CHECK_EQ(rto, NSEC_PER_SEC);
 *	}
 *
 * A failed CHECK prints its place and values and ends the test (not the run).
 * The runner takes an optional filter (part of "file:name"), prints `ok` or
 * `not ok` a line and one line of sums; its status is 1 when a test failed.
 */
#pragma once

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "lib/types.h"

struct test {
	const char *name;
	const char *file;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
/* Marks the running test as failed and leaves it. */
void test_fail(const char *file, int line, const char *fmt, ...)
	PRINTF_LIKE(3, 4) NORETURN;
/* Leaves the running test, counted as skipped. */
void test_skip(const char *why) NORETURN;

#define TEST(test_name)                                                      \
	static void test_name(void);                                         \
	static struct test test_name##_test_ = { #test_name, __FILE__,       \
						 test_name, NULL };          \
	__attribute__((constructor)) static void test_name##_register_(void) \
	{                                                                    \
		test_register(&test_name##_test_);                           \
	}                                                                    \
	static void test_name(void)

#define CHECK(cond)                                                 \
	do {                                                        \
		if (!(cond))                                        \
			test_fail(__FILE__, __LINE__, "%s", #cond); \
	} while (0)

#define CHECK_EQ(a, b)                                                        \
	do {                                                                  \
		long long check_a_ = (long long)(a);                          \
		long long check_b_ = (long long)(b);                          \
		if (check_a_ != check_b_)                                     \
			test_fail(__FILE__, __LINE__,                         \
				  "%s == %s: %lld (0x%llx) != %lld (0x%llx)", \
				  #a, #b, check_a_,                           \
				  (unsigned long long)check_a_, check_b_,     \
				  (unsigned long long)check_b_);              \
	} while (0)

#define CHECK_STR(a, b)                                                       \
	do {                                                                  \
		const char *check_a_ = (a), *check_b_ = (b);                  \
		if (strcmp(check_a_, check_b_))                               \
			test_fail(__FILE__, __LINE__, "%s: \"%s\" != \"%s\"", \
				  #a, check_a_, check_b_);                    \
	} while (0)

#define CHECK_MEM(a, b, n)                                                    \
	do {                                                                  \
		const unsigned char *check_a_ = (const void *)(a);            \
		const unsigned char *check_b_ = (const void *)(b);            \
		for (size_t check_i_ = 0; check_i_ < (size_t)(n); check_i_++) \
			if (check_a_[check_i_] != check_b_[check_i_])         \
				test_fail(__FILE__, __LINE__,                 \
					  "%s: byte %zu: %02x != %02x", #a,   \
					  check_i_, check_a_[check_i_],       \
					  check_b_[check_i_]);                \
	} while (0)

/* A small generator for tests: the same numbers in every run. */
static inline uint64_t test_random(uint64_t *state)
{
	uint64_t x = *state ? *state : 1;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}
