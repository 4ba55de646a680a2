// SPDX-License-Identifier: MIT
/*
 * A number without a call is ENOSYS, and nothing else happens.
 */
#include "tests/abi/abi.h"

int main(void)
{
	SHOW(syscall(999));
	SHOW(syscall(100000));
	SHOW(syscall(-5L));
	SHOW(syscall(SYS_create_module));
	SHOW(syscall(SYS_getpmsg));
	SHOW(syscall(SYS_afs_syscall));
	return 0;
}
