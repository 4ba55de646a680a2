// SPDX-License-Identifier: MIT
/*
 * What the kernel hands to a program besides arguments and environment.
 */
#include "tests/abi/abi.h"

int main(void)
{
	OK(getauxval(AT_PAGESZ) == 4096);
	OK(getauxval(AT_PHDR) != 0 && getauxval(AT_PHNUM) > 2);
	OK(getauxval(AT_PHENT) == 56);
	OK(getauxval(AT_RANDOM) != 0);
	OK(getauxval(AT_CLKTCK) == 100);
	OK(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
	say("secure %ld", (long)getauxval(AT_SECURE));
	say("platform %s", (char *)getauxval(AT_PLATFORM));
	OK(strstr((char *)getauxval(AT_EXECFN), "auxiliary_vector") != NULL);
	OK(getauxval(AT_ENTRY) != 0);
	OK(getauxval(AT_HWCAP) != 0);
	OK(getauxval(AT_MINSIGSTKSZ) >= 500);
	return 0;
}
