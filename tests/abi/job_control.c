// SPDX-License-Identifier: MIT
/*
 * The foreground group gets ^C and ^Z, the background one is stopped when it
 * reads.
 */
#include "tests/abi/abi.h"

static int master;

static void press(char c)
{
	sleep_ms(60);
	write(master, &c, 1);
}

static pid_t job(bool foreground, void (*body)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGTTOU, SIG_IGN);
		if (foreground)
			tcsetpgrp(0, getpid());
		signal(SIGTTOU, SIG_DFL);
		body();
		_exit(0);
	}
	setpgid(pid, pid);
	return pid;
}

static void wait_body(void)
{
	for (;;)
		pause();
}

static void read_body(void)
{
	char c;

	read(0, &c, 1);
}

static void shell(void)
{
	int status;
	pid_t pid;

	signal(SIGTTOU, SIG_IGN);
	OK(tcgetpgrp(0) == getpgrp());
	OK(tcgetsid(0) == getsid(0));
	pid = job(true, wait_body);
	press(3);
	waitpid(pid, &status, WUNTRACED);
	say("^C: %s", status_text(status));
	tcsetpgrp(0, getpgrp());
	pid = job(true, wait_body);
	press(26);
	waitpid(pid, &status, WUNTRACED);
	say("^Z: %s", status_text(status));
	tcsetpgrp(0, getpgrp());
	kill(-pid, SIGCONT);
	kill(-pid, SIGTERM);
	waitpid(pid, &status, 0);
	say("continued: %s", status_text(status));
	pid = job(false, read_body);
	waitpid(pid, &status, WUNTRACED);
	say("background read: %s", status_text(status));
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	SHOW(tcsetpgrp(0, 99999));
	SHOW(tcsetpgrp(master, getpgrp()));
	pid = job(true, wait_body);
	press(28);
	waitpid(pid, &status, WUNTRACED);
	say("^\\: %s", status_text(status & 0x7f));
	tcsetpgrp(0, getpgrp());
	_exit(0);
}

int main(void)
{
	struct rlimit none = { 0, 0 };
	int slave;
	pid_t pid;

	setrlimit(RLIMIT_CORE, &none);
	MUST(openpty(&master, &slave, NULL, NULL, NULL));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		setsid();
		MUST(ioctl(slave, TIOCSCTTY, 0));
		dup2(slave, 0);
		shell();
	}
	say("%s", status_text(reap(pid)));
	return 0;
}
