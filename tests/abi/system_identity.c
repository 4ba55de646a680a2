// SPDX-License-Identifier: MIT
/*
 * uname and sysconf: the machine, and a release that the C library accepts.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct utsname u;

	SHOW(uname(&u));
	say("%s", u.sysname[0] ? "has a name" : "none");
	say("%s", u.machine);
	OK(atoi(u.release) >= 4);
	OK(sysconf(_SC_PAGESIZE) == 4096);
	OK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
	OK(sysconf(_SC_CLK_TCK) == 100);
	return 0;
}
