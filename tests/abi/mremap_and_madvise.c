// SPDX-License-Identifier: MIT
/*
 * mremap keeps the contents when it grows or moves; MADV_DONTNEED gives
 * zeros.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS, prot = PROT_READ | PROT_WRITE;
	char *p = mmap(NULL, 4 * 4096, prot, flags, -1, 0), *q, *hint;

	for (int i = 0; i < 4; i++)
		memset(p + i * 4096, 'a' + i, 4096);
	q = mremap(p, 4 * 4096, 64 * 4096, MREMAP_MAYMOVE);
	OK(q != MAP_FAILED);
	OK(q[0] == 'a' && q[3 * 4096] == 'd' && q[4 * 4096] == 0);
	OK(mremap(q, 64 * 4096, 2 * 4096, 0) == q);
	OK(q[4096] == 'b');
	SHOW(msync(q + 2 * 4096, 4096, MS_SYNC));
	hint = mmap(NULL, 2 * 4096, PROT_NONE, flags, -1, 0);
	OK(mremap(q, 2 * 4096, 2 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, hint) ==
	   hint);
	OK(hint[0] == 'a' && hint[4096] == 'b');
	SHOW(msync(q, 4096, MS_SYNC));
	SHOW(madvise(hint, 4096, MADV_DONTNEED));
	OK(hint[0] == 0 && hint[4096] == 'b');
	OK(mremap((void *)0x10000, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED &&
	   errno == EFAULT);
	OK(mremap(hint + 1, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED &&
	   errno == EINVAL);
	SHOW(madvise(hint, 4096, 9999));
	return 0;
}
