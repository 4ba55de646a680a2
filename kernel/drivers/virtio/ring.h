// SPDX-License-Identifier: MIT
/*
 * A split virtqueue: descriptors that the driver offers, and those that the
 * device has used (Virtual I/O Device 1.1, section 2.6).
 *
 * The memory has the legacy layout (one contiguous block, used ring on a page
 * boundary), which modern devices take as well. With indirect descriptors a
 * request of any length takes one slot. No lock is in here: the driver
 * serialises its own calls.
 */
#pragma once

#include "lib/types.h"

struct virtio_device;
struct virtq_descriptor;

struct virtq_segment {
	paddr_t address;
	uint32_t length;
};

struct virtqueue {
	struct virtio_device *device;
	unsigned index, size;
	void (*interrupt)(struct virtqueue *queue);
	void *driver; /* the driver's own */

	volatile struct virtq_descriptor *descriptors;
	volatile uint16_t *available; /* flags, index, ring[], used_event */
	volatile uint16_t *used; /* flags, index, ring of {id, length} */
	paddr_t descriptors_at, available_at, used_at;

	uint16_t free_head, free_count; /* chain of free descriptors */
	uint16_t available_index; /* ours; published by virtq_publish */
	uint16_t used_seen;
	uint16_t published; /* at the last notify */
	bool event_index, indirect;
	unsigned max_segments;
	struct virtq_descriptor *tables; /* indirect, one a slot */
	void **tokens; /* by head descriptor */
	uint16_t *next_free;
	uint64_t notify_offset;
	unsigned vector;
};

/* Makes the memory; NULL when short. size is a power of two. */
struct virtqueue *virtq_create(struct virtio_device *device, unsigned index,
			       unsigned size, unsigned max_segments);

/* Offer `out` segments for the device to read, then `in` for it to write.
 * `token` (not NULL) comes back from virtq_take. -ENOSPC: no room now. */
int virtq_add(struct virtqueue *queue, const struct virtq_segment *segments,
	      unsigned out, unsigned in, void *token);
/* Tell the device about what was added, if it wants to be told. */
void virtq_publish(struct virtqueue *queue);
/* The token of a used request and how much the device wrote, or NULL. */
void *virtq_take(struct virtqueue *queue, uint32_t *written);
bool virtq_has_used(const struct virtqueue *queue);
/* Interrupts for this queue. virtq_enable_interrupts is true when something
 * was used meanwhile: the caller must look again. */
void virtq_disable_interrupts(struct virtqueue *queue);
bool virtq_enable_interrupts(struct virtqueue *queue);
/* The same, but only once three quarters of what is out were used (a hint
 * that needs EVENT_IDX). */
bool virtq_enable_interrupts_late(struct virtqueue *queue);
/* Requests that fit now (each of at most max_segments when not indirect). */
unsigned virtq_room(const struct virtqueue *queue);
