// SPDX-License-Identifier: MIT
/*
 * Making processes and threads, and handing the processor to and fro between
 * them: fork, exec of this very program, threads, pipe and futex ping-pong.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>

#include "bench/bench.h"

static char *self;

static void wait_for(pid_t pid)
{
	int status;

	need(pid > 0 && waitpid(pid, &status, 0) == pid, "waitpid");
	need(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child's status");
}

static void fork_exit(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	wait_for(pid);
}

static void fork_exec(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(self, self, "exit", (char *)NULL);
		_exit(127);
	}
	wait_for(pid);
}

static void spawn(void)
{
	char *argv[] = { self, "exit", NULL }, *envp[] = { NULL };
	pid_t pid;

	need(posix_spawn(&pid, self, NULL, NULL, argv, envp) == 0, "spawn");
	wait_for(pid);
}

static void *nothing(void *arg)
{
	return arg;
}

static void thread(void)
{
	pthread_t id;

	need(pthread_create(&id, NULL, nothing, NULL) == 0, "pthread_create");
	pthread_join(id, NULL);
}

/* One byte there and back through two pipes. */
static void pipe_ping_pong(long rounds)
{
	int to[2], from[2];
	char byte = 0;
	pid_t pid;

	need(pipe(to) == 0 && pipe(from) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		close(to[1]);
		while (read(to[0], &byte, 1) == 1)
			need(write(from[1], &byte, 1) == 1, "write");
		_exit(0);
	}
	close(to[0]);
	MEASURE("pipe_ping_pong", rounds, {
		need(write(to[1], &byte, 1) == 1, "write");
		need(read(from[0], &byte, 1) == 1, "read");
	});
	close(to[1]);
	close(from[0]);
	close(from[1]);
	wait_for(pid);
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int turn, end;
} shared = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static void *partner(void *arg)
{
	pthread_mutex_lock(&shared.lock);
	while (!shared.end) {
		if (shared.turn) {
			shared.turn = 0;
			pthread_cond_signal(&shared.changed);
		} else {
			pthread_cond_wait(&shared.changed, &shared.lock);
		}
	}
	pthread_mutex_unlock(&shared.lock);
	return arg;
}

static void condvar_ping_pong(long rounds)
{
	pthread_t id;

	need(pthread_create(&id, NULL, partner, NULL) == 0, "pthread_create");
	MEASURE("condvar_ping_pong", rounds, {
		pthread_mutex_lock(&shared.lock);
		shared.turn = 1;
		pthread_cond_signal(&shared.changed);
		while (shared.turn)
			pthread_cond_wait(&shared.changed, &shared.lock);
		pthread_mutex_unlock(&shared.lock);
	});
	pthread_mutex_lock(&shared.lock);
	shared.end = 1;
	pthread_cond_signal(&shared.changed);
	pthread_mutex_unlock(&shared.lock);
	pthread_join(id, NULL);
}

int main(int argc, char **argv)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	if (argc > 1)
		return 0; /* the exec'd child */
	self = len > 0 ? path : argv[0];
	MEASURE("fork_exit_wait", 300, fork_exit());
	MEASURE("fork_exec_wait", 200, fork_exec());
	MEASURE("posix_spawn_wait", 200, spawn());
	MEASURE("thread_create_join", 500, thread());
	pipe_ping_pong(5000);
	condvar_ping_pong(5000);
	return 0;
}
