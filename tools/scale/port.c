// SPDX-License-Identifier: MIT
/*
 * net/core/port.h for the scale benchmark: memory of large pages with every byte
 * counted, and random numbers from a fixed seed.
 */
#include "net/core/port.h"
#include "lib/errno.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tools/scale/port.h"

#define REGION (64ul << 30) /* reserved, not used */
#define HUGE_PAGE (2ul << 20)
#define CLASS 16
#define LARGEST 8192

size_t port_bytes, port_objects;

/* Like the kernel's slabs: objects of one size side by side, in large pages. */
static uint8_t *unused, *end;
static void *freed[LARGEST / CLASS + 1];

static void *take(size_t size)
{
	void *memory = unused;

	if (!unused) {
		unused = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			      0);
		if (unused == MAP_FAILED)
			abort();
		end = unused + REGION;
		unused += HUGE_PAGE - (uintptr_t)unused % HUGE_PAGE;
		madvise(unused, (size_t)(end - unused), MADV_HUGEPAGE);
		memory = unused;
	}
	if ((size_t)(end - unused) < size)
		return NULL;
	unused += size;
	return memory;
}

/* The size stands in front, in 16 bytes. */
void *port_alloc(size_t size)
{
	size_t all = (size + 2 * CLASS - 1) / CLASS * CLASS, *memory;
	void **chain = all <= LARGEST ? &freed[all / CLASS] : NULL;

	if (chain && *chain) {
		memory = *chain;
		*chain = *(void **)memory;
	} else {
		memory = chain ? take(all) : malloc(all);
	}
	if (!memory)
		return NULL;
	memset(memory, 0, all);
	memory[0] = size;
	port_bytes += size;
	port_objects++;
	return memory + 2;
}

void port_free(void *object)
{
	size_t *memory = (size_t *)object - 2, all;

	if (!object)
		return;
	port_bytes -= memory[0];
	port_objects--;
	all = (memory[0] + 2 * CLASS - 1) / CLASS * CLASS;
	if (all > LARGEST) {
		free(memory);
		return;
	}
	*(void **)memory = freed[all / CLASS];
	freed[all / CLASS] = memory;
}

struct buf *port_buf_alloc(uint32_t size)
{
	struct buf *buf = port_alloc(sizeof(*buf) + size);

	if (!buf)
		return NULL;
	memset(buf, 0, sizeof(*buf));
	refcount_init(&buf->refs, 1);
	buf->data = (uint8_t *)(buf + 1);
	buf->size = size;
	buf->truesize = size + (uint32_t)sizeof(*buf);
	return buf;
}

void port_buf_free(struct buf *buf)
{
	port_free(buf);
}

void port_random(void *to, size_t len)
{
	static uint64_t state = 88172645463325252u;
	uint8_t *at = to;

	for (size_t i = 0; i < len; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		at[i] = (uint8_t)(state >> 32);
	}
}

void port_doorbell(struct net *net)
{
}

/* There are no UNIX sockets here. */
bool port_unix_next(struct net *net, uint64_t after, struct diag_unix *out)
{
	return false;
}

uint32_t port_unix_pending(struct net *net, uint64_t order, uint32_t *inodes,
			   uint32_t room)
{
	return 0;
}

void port_log(int level, const char *fmt, ...)
{
}

void port_bug(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
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
