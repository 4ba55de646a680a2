// SPDX-License-Identifier: MIT
/*
 * waitid: WNOWAIT leaves the child, the siginfo is filled, WNOHANG gives
 * zeros.
 */
#include "tests/abi/abi.h"

int main(void)
{
	siginfo_t info;
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		sleep_ms(50);
		_exit(7);
	}
	memset(&info, 0xff, sizeof info);
	SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
	OK(info.si_pid == 0);
	SHOW(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	OK(info.si_pid == pid && info.si_signo == SIGCHLD);
	OK(info.si_code == CLD_EXITED && info.si_status == 7);
	SHOW(waitid(P_ALL, 0, &info, WEXITED));
	SHOW(waitid(P_ALL, 0, &info, WEXITED));
	SHOW(waitid(P_ALL, 0, &info, 0));
	SHOW(waitid(77, 0, &info, WEXITED));
	return 0;
}
