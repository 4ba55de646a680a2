// SPDX-License-Identifier: MIT
/*
 * Memory for the rings of packet sockets (packet_mmap): pages that the socket
 * owns, mapped through its descriptor. The stack writes by the pages' addresses,
 * the program sees the same pages. A mapping holds the file, so the pages
 * outlive it.
 */
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/socket/socket.h"
#include "kernel/syscall/packet_ring.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"

struct ring_memory {
	uint64_t count;
	uint8_t **pages;
	bool mapped; /* once: it stays until the socket is closed */
};

static void free_memory(struct ring_memory *memory)
{
	for (uint64_t i = 0; i < memory->count; i++)
		page_put(page_of(memory->pages[i]));
	kfree(memory->pages);
	kfree(memory);
}

static int create(struct socket *socket, uint64_t size, uint8_t ***pages)
{
	struct ring_memory *memory;
	uint64_t count = size / PAGE_SIZE;

	if (socket->ring_memory)
		return -EBUSY;
	memory = kzalloc(sizeof(*memory));
	if (!memory)
		return -ENOMEM;
	memory->pages = kcalloc(count, sizeof(uint8_t *));
	while (memory->pages && memory->count < count) {
		struct page *page = page_alloc_reclaim(0, ALLOC_ZERO);

		if (!page)
			break;
		memory->pages[memory->count++] = page_address(page);
	}
	if (!memory->pages || memory->count < count) {
		free_memory(memory);
		return -ENOMEM;
	}
	socket->ring_memory = memory;
	*pages = memory->pages;
	return 0;
}

static int destroy(struct socket *socket, bool closing)
{
	struct ring_memory *memory = socket->ring_memory;

	if (!memory)
		return 0;
	if (memory->mapped && !closing)
		return -EBUSY;
	socket->ring_memory = NULL;
	free_memory(memory);
	return 0;
}

static struct page *page_at(struct vm_area *area, uint64_t index)
{
	struct ring_memory *memory = area->private;

	return index < memory->count ? page_of(memory->pages[index]) : NULL;
}

static int map(struct socket *socket, struct vm_area *area)
{
	struct ring_memory *memory = socket->ring_memory;

	if (!memory || area->offset ||
	    area->end - area->start != memory->count * PAGE_SIZE)
		return -EINVAL;
	memory->mapped = true;
	area->special = page_at;
	area->private = memory;
	return 0;
}

static const struct socket_ring_ops ops = { create, destroy, map };

void packet_ring_init(void)
{
	socket_ring_ops = &ops;
}
