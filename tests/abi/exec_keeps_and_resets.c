// SPDX-License-Identifier: MIT
/*
 * exec resets handlers, keeps ignored signals, the mask, the directory and
 * the umask, and closes CLOEXEC descriptors.
 */
#include "tests/abi/abi.h"

static void handler(int number)
{
}

static void after(void)
{
	struct sigaction a;
	sigset_t mask;

	sigaction(SIGUSR1, NULL, &a);
	OK(a.sa_handler == SIG_DFL);
	sigaction(SIGUSR2, NULL, &a);
	OK(a.sa_handler == SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	OK(sigismember(&mask, SIGHUP) && !sigismember(&mask, SIGINT));
	SHOW(fcntl(20, F_GETFD));
	SHOW(fcntl(21, F_GETFD));
	say("%o", umask(0));
	OK(getenv("WORD") && !strcmp(getenv("WORD"), "value"));
	OK(!getenv("HOME"));
}

int main(int argc, char **argv)
{
	char *args[] = { "any name", "", "two words", NULL };
	char *env[] = { "WORD=value", NULL };
	char path[4096];
	sigset_t mask;

	if (argc > 1) {
		for (int i = 0; i < argc; i++)
			say("argv[%d] = '%s'", i, argv[i]);
		after();
		return 0;
	}
	path[MUST(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	MUST(dup3(1, 20, O_CLOEXEC));
	MUST(dup2(1, 21));
	umask(035);
	execve(path, args, env);
	say("exec failed");
	return 1;
}
