// SPDX-License-Identifier: MIT
/*
 * The split virtqueue's mechanics (Virtual I/O Device 1.1, section 2.6): free
 * descriptors in a chain, barriers where the device looks at the same memory,
 * and event-index suppression of notifications in both directions (2.6.7).
 */
#include "kernel/drivers/virtio/ring.h"

#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define DESCRIPTOR_NEXT 1
#define DESCRIPTOR_WRITE 2
#define DESCRIPTOR_INDIRECT 4
#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

struct virtq_descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};

/*
 * Our store (an index, an event) before our look at what the device stores:
 * the one order that x86 does not give by itself. When both sides miss the
 * other's store nobody notifies anybody, ever again. QEMU before 8.0 translates
 * the fences of a guest with one CPU to nothing, though its devices run on
 * other threads; its RDTSC takes a lock, hence orders.
 */
static void device_fence(void)
{
	atomic_fence();
	if (cpu_features.tcg)
		cpu_tsc();
}

/* Fields of the rings, as 16-bit words. */
static volatile uint16_t *used_event(const struct virtqueue *queue)
{
	return &queue->available[2 + queue->size];
}

static volatile uint16_t *available_event(const struct virtqueue *queue)
{
	return &queue->used[2 + queue->size * 4];
}

static size_t used_offset(unsigned size)
{
	size_t available_end =
		size * sizeof(struct virtq_descriptor) + 2 * (3 + size);

	return ALIGN_UP(available_end, PAGE_SIZE);
}

static int make_memory(struct virtqueue *queue)
{
	size_t bytes = used_offset(queue->size) + 2 * 3 + 8 * queue->size;
	unsigned order = 0;
	struct page *page;
	char *memory;

	while (PAGE_SIZE << order < bytes)
		order++;
	page = page_alloc(order, ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	memory = page_address(page);
	queue->descriptors = (void *)memory;
	queue->available = (void *)(memory + queue->size * 16);
	queue->used = (void *)(memory + used_offset(queue->size));
	queue->descriptors_at = page_paddr(page);
	queue->available_at = queue->descriptors_at + queue->size * 16;
	queue->used_at = queue->descriptors_at + used_offset(queue->size);
	return 0;
}

struct virtqueue *virtq_create(struct virtio_device *device, unsigned index,
			       unsigned size, unsigned max_segments)
{
	struct virtqueue *queue = kzalloc(sizeof(*queue));

	if (!queue)
		return NULL;
	queue->device = device;
	queue->index = index;
	queue->size = size;
	queue->max_segments = max_segments;
	queue->event_index = device->features & VIRTIO_F_EVENT_IDX;
	queue->indirect = (device->features & VIRTIO_F_INDIRECT_DESC) &&
			  max_segments > 1;
	queue->tokens = kcalloc(size, sizeof(void *));
	queue->next_free = kcalloc(size, sizeof(uint16_t));
	if (queue->indirect)
		queue->tables = kcalloc((size_t)size * max_segments,
					sizeof(struct virtq_descriptor));
	if (!queue->tokens || !queue->next_free || make_memory(queue) ||
	    (queue->indirect && !queue->tables)) {
		kfree(queue->tokens);
		kfree(queue->next_free);
		kfree(queue->tables);
		kfree(queue);
		return NULL;
	}
	for (unsigned i = 0; i < size; i++)
		queue->next_free[i] = (uint16_t)(i + 1);
	queue->free_count = (uint16_t)size;
	return queue;
}

unsigned virtq_room(const struct virtqueue *queue)
{
	return queue->indirect ? queue->free_count :
				 queue->free_count / queue->max_segments;
}

static void fill(volatile struct virtq_descriptor *at,
		 const struct virtq_segment *segment, bool write, uint16_t next,
		 bool last)
{
	at->address = segment->address;
	at->length = segment->length;
	at->flags = (write ? DESCRIPTOR_WRITE : 0) |
		    (last ? 0 : DESCRIPTOR_NEXT);
	at->next = next;
}

static void add_indirect(struct virtqueue *queue, unsigned head,
			 const struct virtq_segment *segments, unsigned out,
			 unsigned count)
{
	struct virtq_descriptor *table =
		&queue->tables[head * queue->max_segments];

	for (unsigned i = 0; i < count; i++)
		fill(&table[i], &segments[i], i >= out, (uint16_t)(i + 1),
		     i + 1 == count);
	queue->descriptors[head].address = direct_paddr(table);
	queue->descriptors[head].length = count * sizeof(*table);
	queue->descriptors[head].flags = DESCRIPTOR_INDIRECT;
}

int virtq_add(struct virtqueue *queue, const struct virtq_segment *segments,
	      unsigned out, unsigned in, void *token)
{
	unsigned count = out + in;
	uint16_t head = queue->free_head;
	bool indirect = queue->indirect && count > 1;

	if (count > queue->max_segments)
		return -EINVAL;
	if (queue->free_count < (indirect ? 1 : count))
		return -ENOSPC;
	if (indirect) {
		queue->free_head = queue->next_free[head];
		queue->free_count--;
		add_indirect(queue, head, segments, out, count);
	} else {
		uint16_t at = head;

		for (unsigned i = 0; i < count; i++) {
			fill(&queue->descriptors[at], &segments[i], i >= out,
			     queue->next_free[at], i + 1 == count);
			at = queue->next_free[at];
		}
		queue->free_head = at;
		queue->free_count -= count;
	}
	queue->tokens[head] = token;
	queue->available[2 + (queue->available_index & (queue->size - 1))] =
		head;
	queue->available_index++;
	return 0;
}

/* Has `event` been passed by the move from `old` to `new`? (2.6.7.1) */
static bool event_passed(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

void virtq_publish(struct virtqueue *queue)
{
	bool notify;

	if (queue->published == queue->available_index)
		return;
	atomic_store(&queue->available[1], queue->available_index);
	device_fence();
	notify = queue->event_index ? event_passed(*available_event(queue),
						   queue->available_index,
						   queue->published) :
				      !(queue->used[0] & USED_NO_NOTIFY);
	queue->published = queue->available_index;
	if (notify)
		queue->device->transport->notify(queue->device, queue);
}

bool virtq_has_used(const struct virtqueue *queue)
{
	return atomic_load(&queue->used[1]) != queue->used_seen;
}

static void give_back(struct virtqueue *queue, uint16_t head)
{
	uint16_t at = head;

	for (;;) {
		uint16_t flags = queue->descriptors[at].flags;

		queue->free_count++;
		if (!(flags & DESCRIPTOR_NEXT))
			break;
		at = queue->next_free[at];
	}
	queue->next_free[at] = queue->free_head;
	queue->free_head = head;
}

void *virtq_take(struct virtqueue *queue, uint32_t *written)
{
	while (virtq_has_used(queue)) {
		volatile uint32_t *entry;
		uint32_t head;
		void *token;

		entry = (volatile uint32_t *)&queue->used[2];
		entry += (queue->used_seen & (queue->size - 1)) * 2;
		head = entry[0];
		if (written)
			*written = entry[1];
		queue->used_seen++;
		/* A device that names a slot not in use is broken: skip it. */
		if (head >= queue->size || !queue->tokens[head])
			continue;
		token = queue->tokens[head];
		queue->tokens[head] = NULL;
		give_back(queue, (uint16_t)head);
		return token;
	}
	return NULL;
}

void virtq_disable_interrupts(struct virtqueue *queue)
{
	if (queue->event_index)
		*used_event(queue) = (uint16_t)(queue->used_seen - 1);
	else
		queue->available[0] = AVAIL_NO_INTERRUPT;
}

bool virtq_enable_interrupts(struct virtqueue *queue)
{
	if (queue->event_index)
		*used_event(queue) = queue->used_seen;
	else
		queue->available[0] = 0;
	device_fence();
	return virtq_has_used(queue);
}

bool virtq_enable_interrupts_late(struct virtqueue *queue)
{
	uint16_t out = (uint16_t)(queue->available_index - queue->used_seen);
	uint16_t wait_for = (uint16_t)(out * 3 / 4);

	if (!queue->event_index)
		return virtq_enable_interrupts(queue);
	*used_event(queue) = (uint16_t)(queue->used_seen + wait_for);
	device_fence();
	return (uint16_t)(queue->used[1] - queue->used_seen) > wait_for;
}
