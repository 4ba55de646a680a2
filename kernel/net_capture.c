// SPDX-License-Identifier: MIT
/*
 * The capture's way out of the guest: pcapng bytes from the tap go into a
 * bounded ring and from there to the host through the virtio-serial port
 * `weir.capture`. A slow host costs records, which the tap counts, never
 * traffic.
 *
 * The ring is an array of chunks, so that it needs no large contiguous piece
 * of memory. Positions count bytes since the start: sent <= offered <= written.
 * The net thread writes and offers; the port's interrupt only moves `sent`.
 */
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/drivers/virtio/console.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/net_thread.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "net/net.h"

CMDLINE_WORD("weir.snaplen", NULL);

#define PORT_NAME "weir.capture"
#define CHUNK_ORDER 4
#define CHUNK_SIZE (PAGE_SIZE << CHUNK_ORDER)
#define CHUNKS_MAX 32 /* 2 MiB */
#define MEMORY_SHARE 128 /* at most 1/128 of all memory */

static struct {
	struct tap_sink sink;
	struct config_request request;
	struct virtio_port *port; /* atomic; NULL: no capture */
	uint8_t *chunks[CHUNKS_MAX];
	uint64_t size; /* bytes in all chunks */
	uint64_t written, offered; /* net thread */
	uint64_t sent; /* atomic; interrupt */
	bool waiting; /* atomic: the port was full */
} self;

static bool sink_write(struct tap_sink *sink, const void *block, size_t length)
{
	const uint8_t *from = block;

	(void)sink;
	if (length > self.size - (self.written - atomic_load(&self.sent)))
		return false;
	while (length) {
		uint64_t at = self.written % self.size;
		size_t part = MIN(length, CHUNK_SIZE - at % CHUNK_SIZE);

		memcpy(self.chunks[at / CHUNK_SIZE] + at % CHUNK_SIZE, from,
		       part);
		self.written += part;
		from += part;
		length -= part;
	}
	return true;
}

static void port_took(void *token)
{
	atomic_fetch_add(&self.sent, (uintptr_t)token);
	if (atomic_exchange(&self.waiting, false))
		net_thread_ring(net_thread_net());
}

void net_capture_flush(void)
{
	while (self.port && self.offered != self.written) {
		uint64_t at = self.offered % self.size;
		size_t part = MIN(self.written - self.offered,
				  CHUNK_SIZE - at % CHUNK_SIZE);

		atomic_store(&self.waiting, true);
		if (virtio_port_send(self.port,
				     self.chunks[at / CHUNK_SIZE] +
					     at % CHUNK_SIZE,
				     part, port_took, (void *)(uintptr_t)part))
			break;
		self.offered += part;
	}
}

static int make_chunks(void)
{
	struct memory_counts counts;
	unsigned count;

	memory_counts(&counts);
	count = (unsigned)(counts.total * PAGE_SIZE / MEMORY_SHARE /
			   CHUNK_SIZE);
	count = MAX(MIN(count, (unsigned)CHUNKS_MAX), 4u);
	for (unsigned i = 0; i < count; i++) {
		struct page *page = page_alloc(CHUNK_ORDER, ALLOC_ATOMIC);

		if (!page)
			break;
		self.chunks[i] = page_address(page);
		self.size += CHUNK_SIZE;
	}
	return self.size ? 0 : -ENOMEM;
}

static void started(struct request *request)
{
	if (request->result)
		log_warn("capture: not started, error %d", -request->result);
}

/* weir.snaplen=BYTES; 0: whole packets. */
static uint32_t snap_length(void)
{
	const char *word = cmdline_value("weir.snaplen");
	uint64_t bytes = 0;

	if (word &&
	    (!parse_u64(&word, 10, &bytes) || *word || bytes > TAP_SNAP_MAX)) {
		log_warn("weir.snaplen: not a number of bytes");
		return 0;
	}
	return (uint32_t)bytes;
}

/* The port is there: now, or later from its interrupt, but once. */
static void start_on(struct virtio_port *port)
{
	static bool started_once;

	if (atomic_exchange(&started_once, true))
		return;
	if (make_chunks()) {
		log_warn("capture: no memory for its ring");
		return;
	}
	self.sink.write = sink_write;
	self.request.op = CONFIG_CAPTURE;
	self.request.sink = &self.sink;
	self.request.number = snap_length();
	self.request.request.done = started;
	atomic_store(&self.port, port);
	net_configure(net_thread_net(), &self.request);
}

static void port_named(struct virtio_port *port, const char *name)
{
	if (string_equal(name, PORT_NAME))
		start_on(port);
	net_record_port(port, name);
}

void net_capture_start(void)
{
	struct virtio_port *port;

	virtio_port_named = port_named;
	net_record_find_port();
	port = virtio_port_find(PORT_NAME);
	if (port)
		start_on(port);
}

void net_capture_dump(void (*line)(void *context, const char *text),
		      void *context)
{
	if (net_thread_net())
		tap_dump(net_thread_net(), line, context);
}
