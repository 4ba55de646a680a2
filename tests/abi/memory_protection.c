// SPDX-License-Identifier: MIT
/*
 * mprotect takes and gives rights page by page; what is not mapped is ENOMEM.
 */
#include "tests/abi/abi.h"

static sigjmp_buf back;

static void on_signal(int number)
{
	siglongjmp(back, 1);
}

static const char *try(volatile char *p, bool write)
{
	char c;

	if (sigsetjmp(back, 1))
		return "fault";
	if (write)
		*p = 1;
	else
		c = *p;
	(void)c;
	return "fine";
}

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	signal(SIGSEGV, on_signal);
	memset(p, 'x', 4 * 4096);
	SHOW(mprotect(p + 4096, 4096, PROT_READ));
	SHOW(mprotect(p + 2 * 4096, 4096, PROT_NONE));
	for (int i = 0; i < 4; i++)
		say("page %d: read %s, write %s", i, try(p + i * 4096, false),
		    try(p + i * 4096, true));
	SHOW(mprotect(p, 4 * 4096, PROT_READ | PROT_WRITE));
	OK(p[2 * 4096] == 'x' && !strcmp(try(p + 8192, true), "fine"));
	SHOW(mprotect(p + 1, 4096, PROT_READ));
	SHOW(munmap(p + 4096, 4096));
	SHOW(mprotect(p, 3 * 4096, PROT_READ));
	say("%s", try(p + 4096, false));
	SHOW(mprotect(p, 4096, 0x40));
	SHOW(mprotect(p, 0, PROT_READ));
	return 0;
}
