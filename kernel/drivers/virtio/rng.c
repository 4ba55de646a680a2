// SPDX-License-Identifier: MIT
/*
 * virtio-rng (Virtual I/O Device 1.1, section 5.4): the host's entropy, asked
 * for at start-up and handed to the kernel's generator when it comes. One
 * request is enough: the generator needs 32 bytes once.
 */
#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/random.h"
#include "lib/errno.h"
#include "lib/string.h"

#define BYTES 64

static void answered(struct virtqueue *queue)
{
	uint32_t written;
	uint8_t *bytes;

	while ((bytes = virtq_take(queue, &written))) {
		written = MIN(written, (uint32_t)BYTES);
		random_add_entropy(bytes, written, written * 8);
		memset(bytes, 0, BYTES);
		kfree(bytes);
	}
}

static int start(struct virtio_device *device)
{
	struct virtq_segment segment = { .length = BYTES };
	struct virtqueue *queue;
	uint8_t *bytes;
	int error = virtio_negotiate(device, 0);

	if (error)
		return error;
	queue = virtio_queue(device, 0, 8, 1, answered);
	bytes = kmalloc(BYTES);
	if (!queue || !bytes) {
		kfree(bytes);
		return -ENOMEM;
	}
	virtio_ready(device);
	segment.address = direct_paddr(bytes);
	error = virtq_add(queue, &segment, 0, 1, bytes);
	virtq_publish(queue);
	return error;
}

const struct virtio_driver virtio_rng_driver = { VIRTIO_RNG, start };
