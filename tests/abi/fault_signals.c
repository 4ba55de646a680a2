// SPDX-License-Identifier: MIT
/*
 * Each processor fault has its signal, code and address.
 */
#include "tests/abi/abi.h"

static sigjmp_buf back;
static void *volatile address;

static void on_signal(int number, siginfo_t *info, void *context)
{
	say("SIG%s code %d%s", sigabbrev_np(number), info->si_code,
	    address && info->si_addr == address ? " at the address" : "");
	siglongjmp(back, 1);
}

#define TRY(name, what)                    \
	do {                               \
		say("%s", name);           \
		if (!sigsetjmp(back, 1)) { \
			what;              \
			say("no signal");  \
		}                          \
	} while (0)

int main(void)
{
	struct sigaction a = { .sa_sigaction = on_signal,
			       .sa_flags = SA_SIGINFO };
	volatile int zero = 0;
	char *readonly =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *file;
	int fd;

	sigaction(SIGSEGV, &a, NULL);
	sigaction(SIGBUS, &a, NULL);
	sigaction(SIGFPE, &a, NULL);
	sigaction(SIGILL, &a, NULL);
	sigaction(SIGTRAP, &a, NULL);
	address = (void *)0x10;
	TRY("null", *(volatile char *)0x10 = 1);
	address = readonly;
	TRY("read-only", *(volatile char *)readonly = 1);
	address = NULL;
	TRY("kernel", *(volatile char *)0xffffffff80000000 = 1);
	TRY("not canonical", *(volatile char *)0x8000000000000000 = 1);
	TRY("division", zero = 7 / zero);
	TRY("illegal", __asm__ volatile("ud2"));
	TRY("breakpoint", __asm__ volatile("int3"));
	TRY("privileged", __asm__ volatile("hlt"));
	TRY("port", __asm__ volatile("outb %al, $0x80"));
	address = readonly;
	TRY("execute", ((void (*)(void))readonly)());
	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(ftruncate(fd, 100));
	file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	TRY("within the page", file[4000] = 1);
	address = file + 4096;
	TRY("after the end", file[4096] = 1);
	return 0;
}
