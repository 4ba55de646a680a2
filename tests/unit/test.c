// SPDX-License-Identifier: MIT
/*
 * The runner: runs every registered test that matches the filter, in the order
 * of files and lines, and counts. Only the one argument; see test.h.
 */
#include "tests/unit/test.h"

#include <stdlib.h>

static struct test *tests;
static jmp_buf leave;

void test_register(struct test *test)
{
	struct test **at = &tests;

	while (*at)
		at = &(*at)->next;
	*at = test;
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	longjmp(leave, 1);
}

void test_skip(const char *why)
{
	printf("# skipped: %s\n", why);
	longjmp(leave, 2);
}

static bool matches(const struct test *test, const char *filter)
{
	char full[512];

	snprintf(full, sizeof full, "%s:%s", test->file, test->name);
	return !filter || strstr(full, filter);
}

static int run_one(const struct test *test)
{
	int left = setjmp(leave);

	if (!left)
		test->run();
	return left;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : NULL;
	int passed = 0, failed = 0, skipped = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct test *test = tests; test; test = test->next) {
		int left;

		if (!matches(test, filter))
			continue;
		left = run_one(test);
		passed += left == 0;
		failed += left == 1;
		skipped += left == 2;
		printf("%s %s:%s%s\n", left == 1 ? "not ok" : "ok", test->file,
		       test->name, left == 2 ? " # SKIP" : "");
	}
	printf("%d passed, %d failed", passed, failed);
	if (skipped)
		printf(", %d skipped", skipped);
	printf("\n");
	return failed ? 1 : 0;
}
