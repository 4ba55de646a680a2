// SPDX-License-Identifier: MIT
/*
 * Open-file-description locks belong to the open file; two processes that
 * would wait for each other's POSIX locks get EDEADLK; locks wait and wake.
 */
#include "tests/abi/abi.h"

static int lock(int fd, int cmd, int type, long from, long len)
{
	struct flock l = { .l_type = (short)type,
			   .l_whence = SEEK_SET,
			   .l_start = from,
			   .l_len = len };
	int r = fcntl(fd, cmd, &l);

	if (r == 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK))
		say("type %d start %ld len %ld pid %s", l.l_type,
		    (long)l.l_start, (long)l.l_len,
		    l.l_pid == -1 ? "-1" :
		    l.l_pid	  ? "some" :
				    "0");
	return r;
}

static void crossing(void)
{
	int fd = (int)MUST(open("f", O_RDWR));

	MUST(lock(fd, F_SETLK, F_WRLCK, 100, 1));
	sleep_ms(150);
	SHOW(lock(fd, F_SETLKW, F_WRLCK, 0, 1));
}

static void on_alarm(int n)
{
}

int main(void)
{
	struct sigaction act = { .sa_handler = on_alarm };
	int a, b, status;
	pid_t pid;
	long before;

	scratch();
	put_file("f", "0123456789");
	a = (int)MUST(open("f", O_RDWR));
	b = (int)MUST(open("f", O_RDWR));
	SHOW(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
	SHOW(lock(b, F_OFD_SETLK, F_RDLCK, 5, 10));
	SHOW(lock(b, F_OFD_GETLK, F_RDLCK, 5, 10));
	SHOW(lock(b, F_GETLK, F_RDLCK, 0, 0));
	SHOW(lock(a, F_OFD_SETLK, F_UNLCK, 0, 5));
	SHOW(lock(b, F_OFD_SETLK, F_RDLCK, 0, 5));
	SHOW(lock(b, F_OFD_SETLK, F_RDLCK, 0, 6));
	close(a);
	SHOW(lock(b, F_OFD_SETLK, F_RDLCK, 0, 6));
	SHOW(lock(b, F_OFD_SETLK, F_UNLCK, 0, 0));
	a = (int)MUST(open("f", O_RDWR));

	SHOW(lock(a, F_SETLK, F_WRLCK, 0, 1));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		crossing();
		_exit(0);
	}
	sleep_ms(80);
	before = now_ms();
	SHOW(lock(a, F_SETLKW, F_WRLCK, 100, 1));
	OK(now_ms() - before >= 20);
	status = reap(pid);
	say("%s", status_text(status));
	SHOW(lock(a, F_SETLK, F_UNLCK, 0, 0));

	/* A signal ends the wait. */
	sigaction(SIGALRM, &act, NULL);
	SHOW(flock(a, LOCK_EX));
	ualarm(50000, 0);
	SHOW(flock(b, LOCK_EX));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(a, LOCK_SH));
	SHOW(flock(b, LOCK_SH | LOCK_NB));
	SHOW(flock(a, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_EX | LOCK_NB));
	SHOW(flock(b, LOCK_UN));
	SHOW(flock(b, 77));
	SHOW(flock(99, LOCK_SH));
	SHOW(lock(a, F_SETLK, F_WRLCK, 5, -3));
	SHOW(lock(a, F_SETLK, F_WRLCK, 2, -3));
	SHOW(lock(a, F_SETLK, F_WRLCK, LONG_MAX, 2));
	return 0;
}
