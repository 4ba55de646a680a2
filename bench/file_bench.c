// SPDX-License-Identifier: MIT
/*
 * Files: create and remove, small reads and writes at a place, a large file
 * written with fsync and read again, and bytes through a pipe. Works in the
 * directory given as the argument (default: /tmp).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>

#include "bench/bench.h"

#define LARGE (32u << 20)

static char buffer[65536];

static void large_file(void)
{
	int fd = open("bench.large", O_RDWR | O_CREAT | O_TRUNC, 0600);
	uint64_t start = now_ns();

	need(fd >= 0, "bench.large");
	for (size_t at = 0; at < LARGE; at += sizeof buffer)
		need(write(fd, buffer, sizeof buffer) == sizeof buffer,
		     "write");
	need(fsync(fd) == 0, "fsync");
	report("file_write_fsync", LARGE * 1000.0 / (double)(now_ns() - start),
	       "MB/s");
	start = now_ns();
	need(lseek(fd, 0, SEEK_SET) == 0, "lseek");
	for (size_t at = 0; at < LARGE; at += sizeof buffer)
		need(read(fd, buffer, sizeof buffer) == sizeof buffer, "read");
	report("file_read_cached", LARGE * 1000.0 / (double)(now_ns() - start),
	       "MB/s");
	close(fd);
	unlink("bench.large");
}

static void pipe_bulk(void)
{
	size_t total = 0;
	uint64_t start;
	int ends[2];
	pid_t pid;

	need(pipe(ends) == 0, "pipe");
	start = now_ns();
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		for (size_t at = 0; at < LARGE; at += sizeof buffer)
			need(write(ends[1], buffer, sizeof buffer) ==
				     sizeof buffer,
			     "pipe write");
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
		total += (size_t)n;
	need(total == LARGE, "pipe");
	report("pipe_bulk", LARGE * 1000.0 / (double)(now_ns() - start),
	       "MB/s");
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	int fd;

	need(chdir(argc > 1 ? argv[1] : "/tmp") == 0, "chdir");
	MEASURE("create_unlink", 1000, {
		close(open("bench.new", O_CREAT | O_WRONLY, 0600));
		need(unlink("bench.new") == 0, "unlink");
	});
	fd = open("bench.small", O_RDWR | O_CREAT | O_TRUNC, 0600);
	need(fd >= 0, "bench.small");
	MEASURE("pwrite_4096", 3000,
		need(pwrite(fd, buffer, 4096, 0) == 4096, "pwrite"));
	MEASURE("pread_4096", 5000,
		need(pread(fd, buffer, 4096, 0) == 4096, "pread"));
	close(fd);
	unlink("bench.small");
	large_file();
	pipe_bulk();
	return 0;
}
