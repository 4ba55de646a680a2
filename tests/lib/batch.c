// SPDX-License-Identifier: MIT
//
// Runs many small programs one after the other and tells what each said:
//
//     batch SECONDS PROGRAM...
//
// For each program it prints `=== NAME`, then what the program wrote to its
// standard output and error, then `--- exit N`, `--- signal N` or `--- late`.
// A program runs in a session of its own, its output in a file (so that what
// it leaves behind cannot hold a pipe open), and for at most SECONDS.
// It asks little of a kernel, so that a young one can run it.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char output_path[64];

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void run(const char *program)
{
	int out = open(output_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int in = open("/dev/null", O_RDONLY);
	sigset_t none;

	// Whoever started this may ignore or block signals (nohup does).
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	setpriority(PRIO_PROCESS, 0, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(out, 2);
	close(in);
	close(out);
	execl(program, program, NULL);
	_exit(127);
}

static void copy_output(void)
{
	char buf[4096];
	ssize_t n;
	int fd = open(output_path, O_RDONLY);

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, 1, n, stdout);
	close(fd);
}

// How it ended; polls, since that needs no timer from the kernel but sleep.
static void wait_and_tell(pid_t pid, long seconds)
{
	long deadline = now_ms() + seconds * 1000;
	int status = 0, late = 0;
	struct timespec pause = { 0, 1000000 };

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > deadline && !late) {
			late = 1;
			kill(pid, SIGKILL);
		} else if (now_ms() > deadline + 5000) {
			break; // it cannot even be killed
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 16000000)
			pause.tv_nsec *= 2;
	}
	kill(-pid, SIGKILL);
	copy_output();
	if (late)
		printf("\n--- late\n");
	else if (WIFSIGNALED(status))
		printf("\n--- signal %d\n", WTERMSIG(status));
	else
		printf("\n--- exit %d\n", WEXITSTATUS(status));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 0;

	snprintf(output_path, sizeof(output_path), "/tmp/batch.%d", getpid());
	for (int i = 2; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');

		printf("=== %s\n", slash ? slash + 1 : argv[i]);
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			run(argv[i]);
		wait_and_tell(pid, seconds);
	}
	unlink(output_path);
	return 0;
}
