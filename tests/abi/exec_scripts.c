// SPDX-License-Identifier: MIT
/*
 * #! scripts: the interpreter's arguments, the path as given, one optional
 * argument, nesting.
 */
#include "tests/abi/abi.h"

int main(int argc, char **argv)
{
	char *args[] = { "ignored", "one", "two", NULL };
	char path[4096], text[4200];
	pid_t pid;

	if (argc > 1) {
		const char *name = strrchr(argv[0], '/');

		say("argv[0] ends in %s", name ? name : argv[0]);
		for (int i = 1; i < argc; i++)
			say("argv[%d] = '%s'", i, argv[i]);
		path[MUST(readlink("/proc/self/exe", path, 4095))] = 0;
		OK(strstr(path, "exec_scripts") != NULL);
		prctl(PR_GET_NAME, path);
		say("name %s", path);
		return 0;
	}
	path[MUST(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
	scratch();
	snprintf(text, sizeof text, "#!%s  -x y \nrest\n", path);
	put_file("one", text);
	snprintf(text, sizeof text, "#! %s", path);
	put_file("two", text);
	put_file("three", "#!./one in\n");
	chmod("one", 0755);
	chmod("two", 0755);
	chmod("three", 0755);
	for (int i = 0; i < 3; i++) {
		pid = (pid_t)MUST(fork());
		if (pid == 0) {
			execv(i == 0 ? "./one" :
			      i == 1 ? "./two" :
				       "./three",
			      args);
			_exit(1);
		}
		say("%s", status_text(reap(pid)));
	}
	return 0;
}
