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
#include "lib/atomic.h"
#include "lib/errno.h"

struct part {
	uint64_t count;
	uint8_t **pages;
};

struct ring_memory {
	struct part parts[2]; /* received, to be sent */
	uint32_t uses; /* atomic: areas that show it; it stays as it is then */
};

static void free_part(struct part *part)
{
	for (uint64_t i = 0; i < part->count; i++)
		page_put(page_of(part->pages[i]));
	kfree(part->pages);
	*part = (struct part){ .count = 0 };
}

static int fill(struct part *part, uint64_t count)
{
	part->pages = kcalloc(count, sizeof(uint8_t *));
	while (part->pages && part->count < count) {
		struct page *page = page_alloc_reclaim(0, ALLOC_ZERO);

		if (!page)
			break;
		part->pages[part->count++] = page_address(page);
	}
	if (part->pages && part->count == count)
		return 0;
	free_part(part);
	return -ENOMEM;
}

static int create(struct socket *socket, bool to_send, uint64_t size,
		  uint8_t ***pages)
{
	struct ring_memory *memory = socket->rings->memory;
	int error;

	if (!memory)
		memory = kzalloc(sizeof(*memory));
	if (!memory)
		return -ENOMEM;
	socket->rings->memory = memory;
	if (atomic_load(&memory->uses) || memory->parts[to_send].count)
		return -EBUSY;
	error = fill(&memory->parts[to_send], size / PAGE_SIZE);
	*pages = memory->parts[to_send].pages;
	return error;
}

static void destroy(struct socket *socket, bool to_send)
{
	struct ring_memory *memory = socket->rings->memory;

	if (memory)
		free_part(&memory->parts[to_send]);
}

static void release(struct socket *socket)
{
	struct ring_memory *memory = socket->rings->memory;

	free_part(&memory->parts[0]);
	free_part(&memory->parts[1]);
	kfree(memory);
	socket->rings->memory = NULL;
}

static int check(const struct socket *socket)
{
	const struct ring_memory *memory = socket->rings->memory;

	return memory && atomic_load(&memory->uses) ? -EBUSY : 0;
}

static bool sends(const struct socket *socket)
{
	const struct ring_memory *memory = socket->rings->memory;

	return memory && memory->parts[1].count;
}

static struct page *page_at(struct vm_area *area, uint64_t index)
{
	struct ring_memory *memory = area->private;

	for (int i = 0; i < 2; i++) {
		if (index < memory->parts[i].count)
			return page_of(memory->parts[i].pages[index]);
		index -= memory->parts[i].count;
	}
	return NULL;
}

static int map_locked(struct socket *socket, struct vm_area *area)
{
	struct ring_memory *memory = socket->rings->memory;
	uint64_t count =
		memory ? memory->parts[0].count + memory->parts[1].count : 0;

	if (!count || area->offset ||
	    area->end - area->start != count * PAGE_SIZE)
		return -EINVAL;
	atomic_fetch_add(&memory->uses, 1);
	area->special = page_at;
	area->uses = &memory->uses;
	area->private = memory;
	return 0;
}

static int map(struct socket *socket, struct vm_area *area)
{
	int error;

	mutex_lock(&socket->rings->lock);
	error = map_locked(socket, area);
	mutex_unlock(&socket->rings->lock);
	return error;
}

static const struct socket_ring_ops ops = {
	.create = create,
	.destroy = destroy,
	.release = release,
	.check = check,
	.sends = sends,
	.map = map,
};

void packet_ring_init(void)
{
	socket_ring_ops = &ops;
}
