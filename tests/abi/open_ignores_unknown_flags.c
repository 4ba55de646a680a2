// SPDX-License-Identifier: MIT
/*
 * open ignores flag bits that it does not know, as Linux always did; openat2
 * does not exist without them.
 */
#include "tests/abi/abi.h"

int main(void)
{
	int fd = (int)MUST(open("/dev/null", O_RDONLY | 0x40000000));

	OK(fd >= 0);
	OK((fcntl(fd, F_GETFL) & 0x40000000) == 0);
	return 0;
}
