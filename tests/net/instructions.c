// SPDX-License-Identifier: MIT
/* See instructions.h: ptrace(2)'s single steps, less those of no work at all. */
#include "tests/net/instructions.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

static uint64_t steps_of(void (*work)(void *arg), void *arg)
{
	uint64_t steps = 0;
	int status;
	pid_t child = fork();

	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		work(arg);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	while (WIFSTOPPED(status)) {
		CHECK_EQ(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
		CHECK_EQ(waitpid(child, &status, 0), child);
		steps++;
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return steps;
}

static void nothing(void *arg)
{
	(void)arg;
}

uint64_t instructions_of(void (*work)(void *arg), void *arg)
{
	uint64_t all = steps_of(work, arg), beside = steps_of(nothing, NULL);

	return all > beside ? all - beside : 0;
}
