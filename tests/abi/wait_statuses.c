// SPDX-License-Identifier: MIT
/*
 * wait tells how a child ended: status, signal, stop, continuation.
 */
#include "tests/abi/abi.h"

static void by_signal(void)
{
	kill(getpid(), SIGTERM);
}

static void by_abort(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	abort();
}

static void status(void)
{
	_exit(300);
}

int main(void)
{
	int s;
	pid_t pid;

	in_child("status", status);
	in_child("by_signal", by_signal);
	in_child("by_abort", by_abort);
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		raise(SIGSTOP);
		sleep_ms(300);
		_exit(9);
	}
	OK(waitpid(pid, &s, WUNTRACED) == pid);
	say("%s", status_text(s));
	kill(pid, SIGCONT);
	OK(waitpid(pid, &s, WCONTINUED) == pid);
	say("%s", status_text(s));
	OK(waitpid(pid, &s, 0) == pid);
	say("%s", status_text(s));
	SHOW(waitpid(pid, &s, 0));
	SHOW(waitpid(-1, &s, WNOHANG));
	SHOW(waitpid(0, &s, 0));
	SHOW(waitpid(-1, &s, 0x12345678));
	return 0;
}
