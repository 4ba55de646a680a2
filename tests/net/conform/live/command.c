// SPDX-License-Identifier: MIT
/*
 * Settings and commands of scripts, live. Settings go to /proc/sys directly;
 * a text with anything else in it is run by the shell in the directory of its
 * script.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/net/conform/conform.h"
#include "tests/net/conform/live/live.h"

char live_congestion[16];

/* Linux lets a namespace choose by default only what its administrator has
 * allowed to all; a privileged socket may have the others. */
static bool wish_congestion(const char *path, const char *text, bool refused)
{
	if (strcmp(path, "net/ipv4/tcp_congestion_control") != 0)
		return false;
	snprintf(live_congestion, sizeof(live_congestion), "%s",
		 refused ? text : "");
	return refused;
}

bool tunable_set(const char *path, const char *text, int line)
{
	char full[300];
	ssize_t n;
	int fd, err;

	snprintf(full, sizeof(full), "/proc/sys/%s", path);
	fd = open(full, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	if (wish_congestion(path, text, n < 0 && err == EPERM))
		return true;
	if (n < 0 && !shell_lenient)
		report_failure(run.script->path, line, "%s: %s: %s", path, text,
			       strerror(err));
	return true;
}

void machine_command(char *words[], int n, int line)
{
	for (int i = 3; i + 1 < n; i++)
		if (!strcmp(words[i], "tx") && !strcmp(words[i + 1], "off"))
			machine_without_offload();
}

bool machine_shell(const char *text, int line)
{
	const char *slash = strrchr(run.script->path, '/');
	int length = slash ? (int)(slash - run.script->path) : 1;
	size_t room = strlen(text) + (size_t)length + 64;
	char *command;
	int status;

	if (shell_understands(text))
		return false;
	command = malloc(room);
	snprintf(command, room, "cd '%.*s' && { %s\n}", length,
		 slash ? run.script->path : ".", text);
	status = system(command);
	free(command);
	if (status)
		fail(line, true, "the command ended with status %d", status);
	return true;
}
