// SPDX-License-Identifier: MIT
/*
 * A shared futex works between processes that map it at different places.
 */
#include "tests/abi/abi.h"

int main(void)
{
	uint32_t *word;
	pid_t pid;
	int fd;

	scratch();
	fd = (int)MUST(open("f", O_CREAT | O_RDWR, 0644));
	MUST(ftruncate(fd, 4096));
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		uint32_t *mine = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED, fd, 0);

		while (__atomic_load_n(mine, __ATOMIC_SEQ_CST) == 0)
			syscall(SYS_futex, mine, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit((int)*mine);
	}
	sleep_ms(50);
	__atomic_store_n(word, 5, __ATOMIC_SEQ_CST);
	SHOW(syscall(SYS_futex, word, FUTEX_WAKE, 10, NULL, NULL, 0));
	say("%s", status_text(reap(pid)));
	return 0;
}
