// SPDX-License-Identifier: MIT
/*
 * Single system calls: what the way into the kernel and back costs, alone and
 * with the simplest work of the file layer.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "bench/bench.h"

static void on_signal(int number)
{
}

static void files(void)
{
	int zero = open("/dev/zero", O_RDONLY),
	    null = open("/dev/null", O_WRONLY);
	struct stat st;
	char byte = 0;

	need(zero >= 0 && null >= 0, "/dev/zero, /dev/null");
	MEASURE("read_zero_1", 20000, need(read(zero, &byte, 1) == 1, "read"));
	MEASURE("write_null_1", 20000,
		need(write(null, &byte, 1) == 1, "write"));
	MEASURE("open_close", 5000, close(open("/dev/null", O_RDONLY)));
	MEASURE("stat", 5000, need(stat("/dev/null", &st) == 0, "stat"));
	MEASURE("fstat", 20000, need(fstat(null, &st) == 0, "fstat"));
	MEASURE("dup_close", 10000, close(dup(null)));
	close(zero);
	close(null);
}

static void memory(void)
{
	size_t size = 64 * 4096;

	MEASURE("mmap_munmap", 5000, {
		void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(p, 4096);
	});
	MEASURE("mmap_touch64_munmap", 300, {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		need(p != MAP_FAILED, "mmap");
		for (size_t at = 0; at < size; at += 4096)
			p[at] = 1;
		munmap(p, size);
	});
}

int main(void)
{
	int event = eventfd(0, 0);
	struct pollfd poller = { .fd = event, .events = POLLOUT };
	struct timespec t;
	uint64_t one = 1;

	MEASURE("getpid", 50000, syscall(SYS_getpid));
	MEASURE("clock_gettime", 50000, clock_gettime(CLOCK_MONOTONIC, &t));
	files();
	memory();
	MEASURE("poll_ready", 20000, need(poll(&poller, 1, 0) == 1, "poll"));
	MEASURE("eventfd_write_read", 10000, {
		need(write(event, &one, 8) == 8, "eventfd write");
		need(read(event, &one, 8) == 8, "eventfd read");
	});
	signal(SIGUSR1, on_signal);
	MEASURE("signal_self", 5000, raise(SIGUSR1));
	MEASURE("sched_yield", 20000, sched_yield());
	return 0;
}
