// SPDX-License-Identifier: MIT
/*
 * weir.record=1: the event record (net/core/record.h) leaves the guest through
 * the virtio-serial port `weir.record`, from the stack's first breath on.
 *
 * Unlike the capture it must not lose a byte. The net thread appends to a queue
 * of chunks; after each batch it hands them to the port, and when the host is
 * slower than the network it waits here, where nothing is half done. Only a
 * machine without memory ends a record early, and says so.
 */
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/drivers/virtio/console.h"
#include "kernel/mm/page.h"
#include "kernel/net_thread.h"
#include "kernel/sched/wait.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "net/core/record.h"

CMDLINE_WORD("weir.record", NULL);

#define PORT_NAME "weir.record"
#define CHUNK_ORDER 4
#define PENDING_MAX (4ull << 20) /* then the net thread waits */

struct chunk {
	struct list list;
	uint32_t used, offered;
	uint32_t sent; /* atomic; by the port's interrupt */
	uint32_t under_way; /* bytes of the one send that is */
	uint8_t bytes[];
};

#define CHUNK_BYTES \
	((uint32_t)((PAGE_SIZE << CHUNK_ORDER) - sizeof(struct chunk)))

static struct {
	struct recorder recorder;
	bool on; /* constant after start */
	bool broken; /* no memory: nothing more is written */
	bool told;
	struct virtio_port *port; /* atomic; NULL: not there yet */
	struct list chunks; /* net thread */
	uint64_t written, gone; /* bytes appended; given to the host */
	uint32_t waiting; /* atomic: a send is under way */
	struct thread *thread; /* the stack's; NULL while it is made */
	struct wait_queue room;
} self;

static struct chunk *last_chunk(void)
{
	struct chunk *chunk = LIST_LAST(&self.chunks, struct chunk, list);
	struct page *page;

	if (chunk && chunk->used < CHUNK_BYTES)
		return chunk;
	page = page_alloc(CHUNK_ORDER, ALLOC_ATOMIC);
	if (!page)
		return NULL;
	chunk = page_address(page);
	memset(chunk, 0, sizeof(*chunk));
	list_push_back(&self.chunks, &chunk->list);
	return chunk;
}

static void record_write(struct recorder *recorder, const void *bytes,
			 size_t length)
{
	const uint8_t *from = bytes;

	(void)recorder;
	while (length && !self.broken) {
		struct chunk *chunk = last_chunk();
		size_t part;

		if (!chunk) {
			self.broken = true;
			return;
		}
		part = MIN(length, (size_t)(CHUNK_BYTES - chunk->used));
		memcpy(chunk->bytes + chunk->used, from, part);
		chunk->used += (uint32_t)part;
		self.written += part;
		from += part;
		length -= part;
	}
}

static void port_took(void *token)
{
	struct chunk *chunk = token;

	atomic_fetch_add(&chunk->sent, chunk->under_way);
	atomic_store(&self.waiting, 0);
	wake_up(&self.room, 0);
	net_thread_ring(net_thread_net());
}

/* Chunks that the host has wholly got. */
static void free_sent(void)
{
	struct chunk *chunk;

	while ((chunk = LIST_FIRST(&self.chunks, struct chunk, list)) &&
	       chunk->used == CHUNK_BYTES &&
	       atomic_load(&chunk->sent) == CHUNK_BYTES) {
		list_remove(&chunk->list);
		self.gone += CHUNK_BYTES;
		page_put(page_of(chunk));
	}
}

/* One send at a time: the oldest bytes that were not offered yet. */
static void offer(void)
{
	struct chunk *chunk;

	LIST_FOR_EACH(chunk, &self.chunks, list) {
		uint32_t n = chunk->used - chunk->offered;

		if (!n)
			continue;
		chunk->under_way = n;
		atomic_store(&self.waiting, 1);
		if (virtio_port_send(self.port, chunk->bytes + chunk->offered,
				     n, port_took, chunk))
			atomic_store(&self.waiting, 0);
		else
			chunk->offered += n;
		return;
	}
}

static void push(void)
{
	free_sent();
	if (!atomic_load(&self.waiting))
		offer();
}

void net_record_flush(void)
{
	if (!self.on || !atomic_load(&self.port))
		return;
	if (self.broken && !self.told) {
		self.told = true;
		log_error("weir.record: no memory, the record ends");
	}
	push();
	while (self.written - self.gone > PENDING_MAX && !self.broken) {
		wait_event_until(&self.room, !atomic_load(&self.waiting),
				 NO_DEADLINE);
		push();
	}
}

void net_record_thread(struct thread *thread)
{
	self.thread = thread;
}

void net_record_random(const void *bytes, size_t length)
{
	if (unlikely(self.on) &&
	    (!self.thread || current_thread() == self.thread))
		record_random(&self.recorder, bytes, length);
}

void net_record_port(struct virtio_port *port, const char *name)
{
	if (self.on && string_equal(name, PORT_NAME))
		atomic_store(&self.port, port);
}

void net_record_find_port(void)
{
	struct virtio_port *port;

	if (!self.on)
		return;
	port = virtio_port_find(PORT_NAME);
	if (port)
		atomic_store(&self.port, port);
}

struct recorder *net_record_start(nsec_t now, nsec_t epoch)
{
	const char *word = cmdline_value("weir.record");

	if (!word || !string_equal(word, "1"))
		return NULL;
	list_init(&self.chunks);
	wait_queue_init(&self.room);
	self.recorder.write = record_write;
	self.on = true;
	record_init(&self.recorder, now, epoch, true);
	return &self.recorder;
}
