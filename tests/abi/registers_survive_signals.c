// SPDX-License-Identifier: MIT
/*
 * A handler leaves the interrupted program's registers, flags, vector
 * registers and red zone alone.
 */
#include "tests/abi/abi.h"

static volatile sig_atomic_t ran;

static void on_signal(int number)
{
	volatile double x = 1.5;
	char clobber[200];

	memset(clobber, 0xee, sizeof clobber);
	x = x * 3.25 + (double)clobber[5];
	ran++;
}

int main(void)
{
	struct itimerval often = { { 0, 300 }, { 0, 300 } };
	long bad = 0, before = now_ms();

	signal(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &often, NULL);
	while (now_ms() - before < 300) {
		long ok;

		__asm__ volatile("movq $0x1234567, %%r12\n"
				 "movq %%r12, %%xmm7\n"
				 "movq $77, -64(%%rsp)\n"
				 "movl $200000, %%ecx\n"
				 "stc\n"
				 "1: leal -1(%%ecx), %%ecx\n"
				 "jecxz 2f\n"
				 "jmp 1b\n"
				 "2: setc %%al\n"
				 "movzbl %%al, %%eax\n"
				 "movq %%xmm7, %%rdx\n"
				 "cmpq %%r12, %%rdx\n"
				 "jne 3f\n"
				 "cmpq $77, -64(%%rsp)\n"
				 "jne 3f\n"
				 "cmpq $0x1234567, %%r12\n"
				 "je 4f\n"
				 "3: xorl %%eax, %%eax\n"
				 "4:"
				 : "=a"(ok)
				 :
				 : "rcx", "rdx", "r12", "xmm7", "memory", "cc");
		bad += ok != 1;
	}
	often = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &often, NULL);
	say("bad %ld", bad);
	OK(ran > 10);
	return 0;
}
