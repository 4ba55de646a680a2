// SPDX-License-Identifier: MIT
/*
 * O_ASYNC: the owner gets SIGIO, or its F_SETSIG signal with the descriptor,
 * when a pipe, a socket or a terminal has something.
 */
#include "tests/abi/abi.h"

static volatile int plain, queued, code, which;

static void on_io(int number)
{
	plain++;
}

static void on_queued(int number, siginfo_t *info, void *context)
{
	queued++;
	code = info->si_code;
	which = info->si_fd;
}

static void settle(const char *what)
{
	sleep_ms(50);
	say("%s: plain %s queued %s", what, plain ? "yes" : "no",
	    queued ? "yes" : "no");
	plain = queued = 0;
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = on_queued,
				 .sa_flags = SA_SIGINFO };
	int s[2], p[2], file, on = 1, off = 0;
	char c;

	scratch();
	signal(SIGIO, on_io);
	sigaction(SIGRTMIN, &act, NULL);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	MUST(pipe(p));
	MUST(write(s[1], "x", 1));
	settle("nobody owns it");
	MUST(read(s[0], &c, 1));
	SHOW(fcntl(s[0], F_SETOWN, getpid()));
	OK(fcntl(s[0], F_GETOWN) == getpid());
	SHOW(ioctl(s[0], FIOASYNC, &on));
	OK(fcntl(s[0], F_GETFL) & O_ASYNC);
	MUST(write(s[1], "x", 1));
	settle("socket");
	MUST(write(s[1], "x", 1));
	settle("socket again");
	SHOW(ioctl(s[0], FIOASYNC, &off));
	MUST(write(s[1], "x", 1));
	settle("switched off");
	SHOW(fcntl(p[0], F_SETOWN, getpid()));
	SHOW(fcntl(p[0], F_SETSIG, SIGRTMIN));
	OK(fcntl(p[0], F_GETSIG) == SIGRTMIN);
	SHOW(fcntl(p[0], F_SETFL, O_ASYNC));
	MUST(write(p[1], "x", 1));
	settle("pipe");
	OK(code == POLL_IN && which == p[0]);
	MUST(read(p[0], &c, 1));
	close(p[1]);
	settle("pipe hung up");
	file = (int)MUST(open("f", O_RDWR | O_CREAT, 0644));
	SHOW(ioctl(file, FIOASYNC, &on));
	SHOW(fcntl(file, F_SETFL, O_ASYNC));
	SHOW(fcntl(file, F_SETSIG, 99));
	close(p[0]);
	close(s[0]);
	settle("closed");
	return 0;
}
