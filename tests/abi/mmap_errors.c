// SPDX-License-Identifier: MIT
/*
 * What mmap and munmap refuse.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int r, w, ends[2];

	scratch();
	put_file("f", "abc");
	r = (int)MUST(open("f", O_RDONLY));
	w = (int)MUST(open("f", O_WRONLY));
	MUST(pipe(ends));
#define MAP(size, prot, flags, fd, at) \
	SHOW(mmap(NULL, size, prot, flags, fd, at) == MAP_FAILED ? -1 : 0)
	MAP(0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MAP(4096, PROT_READ, MAP_ANONYMOUS, -1, 0);
	MAP(4096, PROT_READ, MAP_PRIVATE, -1, 0);
	MAP(4096, PROT_READ, MAP_PRIVATE, r, 1);
	MAP(4096, PROT_READ, MAP_PRIVATE, w, 0);
	MAP(4096, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0);
	MAP(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, r, 0);
	MAP(4096, PROT_READ, MAP_PRIVATE, ends[0], 0);
	MAP(4096, PROT_READ, MAP_SHARED, open(".", O_RDONLY), 0);
	MAP((size_t)1 << 60, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	SHOW(munmap((void *)1, 4096));
	SHOW(munmap((void *)4096, 0));
	SHOW(munmap((void *)0x10000, 4096));
	SHOW(munmap((void *)0xffff800000000000, 4096));
	SHOW(msync((void *)1, 4096, MS_SYNC));
	SHOW(msync((void *)0x10000, 4096, MS_SYNC));
	SHOW(madvise((void *)0x10000, 4096, MADV_DONTNEED));
	return 0;
}
