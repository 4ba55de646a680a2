// SPDX-License-Identifier: MIT
/*
 * net/core/port.h for the host build: malloc under AddressSanitizer, random
 * numbers from a seed. Counters are atomic, since a test may run two threads.
 */
#include "tools/netsim/port_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/atomic.h"
#include "lib/string.h"
#include "net/core/port.h"
#include "lib/errno.h"
#include "net/core/record.h"

static long in_use, buffer_bytes;
static long fail_after = -1;
static unsigned long doorbells;
static uint64_t random_state = 1;
static bool verbose;
static unsigned long logged;
static struct recorder *recorder;
static void (*random_source)(void *to, size_t len);
static bool kernel_sizes;

long port_host_in_use(void)
{
	return atomic_load(&in_use);
}

long port_host_buffer_bytes(void)
{
	return atomic_load(&buffer_bytes);
}

void port_host_fail_after(long n)
{
	fail_after = n;
}

void port_host_seed(uint64_t seed)
{
	random_state = seed ? seed : 1;
}

unsigned long port_host_doorbells(void)
{
	return atomic_load(&doorbells);
}

void port_host_record(struct recorder *to)
{
	recorder = to;
}

void port_host_random_from(void (*source)(void *to, size_t len))
{
	random_source = source;
}

void port_host_kernel_sizes(bool on)
{
	kernel_sizes = on;
}

void port_host_verbose(bool on)
{
	verbose = on;
}

static bool fails(void)
{
	if (fail_after < 0)
		return false;
	if (fail_after == 0)
		return true;
	fail_after--;
	return false;
}

void *port_alloc(size_t size)
{
	void *object = fails() ? NULL : calloc(1, size);

	if (object)
		atomic_fetch_add(&in_use, 1);
	return object;
}

void port_free(void *object)
{
	if (!object)
		return;
	atomic_fetch_sub(&in_use, 1);
	free(object);
}

/* As kernel/net_port.c cuts them. */
static uint32_t rounded(uint32_t size, uint32_t *truesize)
{
	uint32_t whole = 4096;

	if (size <= 2048) {
		*truesize = 2048 + 64;
		return 2048;
	}
	while (whole < (size > 65536 - 64 ? size : size + 64))
		whole *= 2;
	*truesize = size > 65536 - 64 ? whole + 64 : whole;
	return size > 65536 - 64 ? whole : whole - 64;
}

struct buf *port_buf_alloc(uint32_t size)
{
	uint32_t truesize = size + (uint32_t)sizeof(struct buf);
	struct buf *buf;

	if (fails())
		return NULL;
	if (kernel_sizes)
		size = rounded(size, &truesize);
	buf = calloc(1, sizeof *buf);
	if (!buf)
		return NULL;
	/* Bytes of their own, so that the sanitizer sees their ends. */
	buf->data = malloc(size ? size : 1);
	if (!buf->data) {
		free(buf);
		return NULL;
	}
	refcount_init(&buf->refs, 1);
	buf->size = size;
	buf->truesize = truesize;
	atomic_fetch_add(&in_use, 1);
	atomic_fetch_add(&buffer_bytes, (long)buf->truesize);
	return buf;
}

void port_buf_free(struct buf *buf)
{
	atomic_fetch_sub(&in_use, 1);
	atomic_fetch_sub(&buffer_bytes, (long)buf->truesize);
	free(buf->data);
	free(buf);
}

void port_random(void *to, size_t len)
{
	uint8_t *at = to;

	if (random_source) {
		random_source(to, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		random_state ^= random_state << 13;
		random_state ^= random_state >> 7;
		random_state ^= random_state << 17;
		at[i] = (uint8_t)(random_state >> 32);
	}
	if (recorder)
		record_random(recorder, to, len);
}

void port_doorbell(struct net *net)
{
	atomic_fetch_add(&doorbells, 1);
}

bool port_unix_next(struct net *net, uint64_t after, struct diag_unix *out)
{
	return false;
}

uint32_t port_unix_pending(struct net *net, uint64_t order, uint32_t *inodes,
			   uint32_t room)
{
	return 0;
}

unsigned long port_host_logged(void)
{
	return logged;
}

void port_log(int level, const char *fmt, ...)
{
	va_list args;

	logged++;
	if (!verbose)
		return;
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
}

void port_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: the stack contradicts itself: %s\n", file, line,
		what);
	abort();
}

/* One process, one network: nobody can name another one. */
int port_stack_by_fd(void *sender, int fd, struct net **stack)
{
	return -EBADF;
}

int port_stack_by_pid(void *sender, int pid, struct net **stack)
{
	return -ESRCH;
}

int port_stack_by_number(uint64_t number, struct net **stack)
{
	return -ENOENT;
}

void port_stack_put(struct net *stack)
{
}
