// SPDX-License-Identifier: MIT
/*
 * The direction flag is clear in a handler and in the kernel, and restored
 * afterwards.
 */
#include "tests/abi/abi.h"

static volatile int handler_flag = -1;

static void on_signal(int number)
{
	unsigned long flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	handler_flag = (flags >> 10) & 1;
}

int main(void)
{
	static char a[4096], b[4096];
	unsigned long flags;
	long result;

	signal(SIGUSR1, on_signal);
	memset(a, 'q', sizeof a);
	__asm__ volatile("std\n syscall\n pushfq\n popq %1\n cld"
			 : "=a"(result), "=r"(flags)
			 : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
			 : "rcx", "r11", "memory");
	say("kill %ld, after it %lu, in the handler %d", result,
	    (flags >> 10) & 1, handler_flag);
	__asm__ volatile("std\n syscall\n cld"
			 : "=a"(result)
			 : "a"(SYS_getcwd), "D"(b), "S"(sizeof b)
			 : "rcx", "r11", "memory");
	OK(result > 0 && b[0] == '/');
	return 0;
}
