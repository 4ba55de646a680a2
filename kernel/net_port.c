// SPDX-License-Identifier: MIT
/*
 * net/core/port.h for the kernel: memory, randomness, the log and the doorbell.
 *
 * A buffer and its bytes are one allocation where that fits a page, so that
 * the common sizes cost one step. Bytes always come from the direct map in
 * physically contiguous pages: devices read and write them in place.
 */
#include "net/core/port.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "kernel/sched/random.h"
#include "kernel/socket/socket.h"
#include "lib/format.h"
#include "lib/string.h"
#include "net/core/buf.h"

/* In front of the bytes of a buffer that shares its allocation with them. */
#define HEADER 64
#define SMALL_SIZE 2048

STATIC_ASSERT(sizeof(struct buf) <= HEADER);

enum { BUF_SMALL, BUF_PAGE, BUF_PAGES };

static struct cache *small_cache;

static struct buf *make_buf(void *header, uint8_t *data, uint32_t size,
			    uint32_t truesize, uint32_t kind)
{
	struct buf *buf = header;

	memset(buf, 0, sizeof(*buf));
	refcount_init(&buf->refs, 1);
	buf->data = data;
	buf->size = size;
	buf->truesize = truesize;
	buf->kind = kind;
	return buf;
}

static struct buf *alloc_small(void)
{
	uint8_t *memory;

	if (unlikely(!small_cache))
		small_cache = cache_create("net_buf", HEADER + SMALL_SIZE, 64);
	memory = small_cache ? cache_alloc(small_cache) : NULL;
	return memory ? make_buf(memory, memory + HEADER, SMALL_SIZE,
				 HEADER + SMALL_SIZE, BUF_SMALL) :
			NULL;
}

/* Whole pages with the header in front, or (64 KiB) beside them. */
static struct buf *alloc_pages(uint32_t size)
{
	bool beside = size > 65536 - HEADER;
	uint32_t need = beside ? size : size + HEADER;
	unsigned order = 0;
	struct page *page;
	uint8_t *memory;
	void *header;

	while (PAGE_SIZE << order < need)
		order++;
	page = page_alloc(order, ALLOC_ATOMIC);
	if (!page)
		return NULL;
	memory = page_address(page);
	need = (uint32_t)(PAGE_SIZE << order);
	if (!beside)
		return make_buf(memory, memory + HEADER, need - HEADER, need,
				BUF_PAGE);
	header = kmalloc(sizeof(struct buf));
	if (!header) {
		page_put(page);
		return NULL;
	}
	return make_buf(header, memory, need, need + HEADER, BUF_PAGES);
}

struct buf *port_buf_alloc(uint32_t size)
{
	return size <= SMALL_SIZE ? alloc_small() : alloc_pages(size);
}

void port_buf_free(struct buf *buf)
{
	switch (buf->kind) {
	case BUF_SMALL:
		cache_free(small_cache, buf);
		break;
	case BUF_PAGE:
		page_put(page_of(buf));
		break;
	default:
		page_put(page_of(buf->data));
		kfree(buf);
		break;
	}
}

void *port_alloc(size_t size)
{
	return kzalloc(size);
}

void port_free(void *object)
{
	kfree(object);
}

void port_random(void *to, size_t length)
{
	random_bytes(to, length);
	net_record_random(to, length);
}

void port_doorbell(struct net *net)
{
	net_thread_ring(net);
}

bool port_unix_next(struct net *net, uint64_t after, struct diag_unix *out)
{
	return unix_next(net, after, out);
}

uint32_t port_unix_pending(struct net *net, uint64_t order, uint32_t *inodes,
			   uint32_t room)
{
	return unix_pending(order, inodes, room);
}

void port_log(int level, const char *format, ...)
{
	char line[160];
	va_list arguments;

	va_start(arguments, format);
	vformat_to(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (level <= 3)
		log_error("%s", line);
	else if (level <= 4)
		log_warn("%s", line);
	else
		log_info("%s", line);
}

void port_bug(const char *file, int line, const char *what)
{
	panic("%s:%d: %s", file, line, what);
}
