// SPDX-License-Identifier: MIT
/*
 * brk grows and shrinks the heap with zeroed pages; sbrk reports the old end.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char *start = sbrk(0);
	char *first = sbrk(100000);

	OK(first == start);
	OK(first[0] == 0 && first[99999] == 0);
	memset(first, 'x', 100000);
	OK((char *)sbrk(0) == start + 100000);
	SHOW(brk(start));
	OK((char *)sbrk(0) == start);
	SHOW(brk(start + 100000));
	OK(start[90000] == 0);
	OK((char *)syscall(SYS_brk, 0) == start + 100000);
	OK((char *)syscall(SYS_brk, 4096) == start + 100000);
	return 0;
}
