// SPDX-License-Identifier: MIT
/*
 * The stack grows by itself up to its limit, and ends in SIGSEGV.
 */
#include "tests/abi/abi.h"

static int deep(int n)
{
	volatile char frame[16384];

	frame[0] = (char)n;
	frame[16383] = 1;
	return n ? deep(n - 1) + frame[0] : frame[16383];
}

static void four_megabytes(void)
{
	_exit(deep(256) ? 0 : 1);
}

static void endless(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	deep(1 << 30);
}

int main(void)
{
	in_child("four_megabytes", four_megabytes);
	in_child("endless", endless);
	return 0;
}
