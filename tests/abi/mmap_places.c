// SPDX-License-Identifier: MIT
/*
 * MAP_FIXED replaces, MAP_FIXED_NOREPLACE refuses, neighbours can be unmapped
 * in pieces.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS, prot = PROT_READ | PROT_WRITE;
	char *p = mmap(NULL, 8 * 4096, prot, flags, -1, 0);

	memset(p, 'x', 8 * 4096);
	OK(mmap(p + 4096, 4096, prot, flags | MAP_FIXED, -1, 0) == p + 4096);
	OK(p[4096] == 0 && p[0] == 'x' && p[8192] == 'x');
	OK(mmap(p, 4096, prot, flags | MAP_FIXED_NOREPLACE, -1, 0) ==
		   MAP_FAILED &&
	   errno == EEXIST);
	SHOW(munmap(p + 2 * 4096, 2 * 4096));
	OK(mmap(p + 2 * 4096, 4096, prot, flags | MAP_FIXED_NOREPLACE, -1, 0) ==
	   p + 2 * 4096);
	OK(p[2 * 4096] == 0 && p[4 * 4096] == 'x');
	SHOW(munmap(p, 8 * 4096));
	OK(mmap((void *)1, 4096, prot, flags | MAP_FIXED, -1, 0) ==
		   MAP_FAILED &&
	   errno == EINVAL);
	p = mmap(NULL, 4096, PROT_NONE, flags | MAP_NORESERVE, -1, 0);
	OK(p != MAP_FAILED);
	SHOW(write(open("/dev/zero", O_WRONLY), p, 1));
	SHOW(read(open("/dev/zero", O_RDONLY), p, 1));
	return 0;
}
