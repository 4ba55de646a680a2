// SPDX-License-Identifier: MIT
/*
 * The errors of dup, dup2, dup3 and F_DUPFD.
 */
#include "tests/abi/abi.h"

int main(void)
{
	SHOW(dup(99));
	SHOW(dup2(99, 3));
	SHOW(dup2(1, 1));
	SHOW(dup2(1, -1));
	SHOW(dup3(1, 1, 0));
	SHOW(dup3(1, 50, O_APPEND));
	SHOW(fcntl(1, F_DUPFD, -1));
	SHOW(fcntl(99, F_DUPFD, 0));
	SHOW(close(99));
	SHOW(close(-1));
	SHOW(fcntl(1, 9999, 0));
	return 0;
}
