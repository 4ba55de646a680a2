// SPDX-License-Identifier: MIT
/*
 * posix_spawn with file actions; an error of exec reaches the parent.
 */
#include "tests/abi/abi.h"

int main(int argc, char **argv)
{
	char path[4096], *args[] = { "self", "child", NULL }, buf[32] = { 0 };
	posix_spawn_file_actions_t actions;
	int ends[2];
	pid_t pid;

	if (argc > 1) {
		say("from the child");
		return 6;
	}
	path[MUST(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
	MUST(pipe(ends));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	SHOW(posix_spawn(&pid, path, &actions, NULL, args, environ));
	say("%s", status_text(reap(pid)));
	SHOW(read(ends[0], buf, sizeof buf));
	say("%s", buf);
	OK(posix_spawn(&pid, "/none", NULL, NULL, args, environ) == ENOENT);
	SHOW(waitpid(-1, NULL, 0));
	return 0;
}
