// SPDX-License-Identifier: MIT
/*
 * virtio-blk (Virtual I/O Device 1.1, section 5.2): block transfers as
 * requests on one queue. Each request has a slot with its header and status
 * byte; when all are taken, transfers wait in order. Completion is by
 * interrupt. Called from file systems through kernel/vm/block.h.
 */
#include "kernel/arch/x86_64/spinlock.h"
#include "kernel/drivers/virtio/virtio.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/block.h"
#include "lib/errno.h"
#include "lib/format.h"

#define F_SIZE_MAX (1ull << 1)
#define F_SEG_MAX (1ull << 2)
#define F_RO (1ull << 5)
#define F_FLUSH (1ull << 9)

#define TYPE_IN 0
#define TYPE_OUT 1
#define TYPE_FLUSH 4

#define CONFIG_CAPACITY 0
#define CONFIG_SEG_MAX 12

#define MAX_SEGMENTS 64
#define QUEUE_SIZE 128
#define MAJOR_VIRTBLK 254

struct slot {
	/* Read by the device. */
	uint32_t type, reserved;
	uint64_t sector;
	/* Written by the device. */
	uint8_t status;
	/* Ours. */
	struct block_transfer *transfer;
	struct slot *next_free;
};

struct disk {
	struct block_device block;
	struct spinlock lock; /* guards all below */
	struct virtqueue *queue;
	struct slot *slots, *free;
	struct list waiting; /* transfers without a slot */
	bool flushes;
};

static unsigned disks;

/* Put one transfer on the queue; false: no room now. */
static bool start_transfer(struct disk *disk, struct block_transfer *transfer)
{
	struct virtq_segment segments[MAX_SEGMENTS + 2];
	struct slot *slot = disk->free;
	unsigned count = 1, out;

	if (!slot)
		return false;
	slot->type = transfer->flush ? TYPE_FLUSH :
		     transfer->write ? TYPE_OUT :
				       TYPE_IN;
	slot->sector = transfer->flush ? 0 : transfer->sector;
	slot->status = 0xff;
	segments[0] = (struct virtq_segment){ direct_paddr(slot), 16 };
	for (unsigned i = 0; i < transfer->segment_count; i++) {
		const struct block_segment *part = &transfer->segments[i];

		segments[count++] = (struct virtq_segment){
			page_paddr(part->page) + part->offset, part->length
		};
	}
	out = transfer->write ? count : 1;
	segments[count++] =
		(struct virtq_segment){ direct_paddr(&slot->status), 1 };
	if (virtq_add(disk->queue, segments, out, count - out, slot))
		return false;
	disk->free = slot->next_free;
	slot->transfer = transfer;
	return true;
}

static void submit(struct block_device *block, struct block_transfer *transfer)
{
	struct disk *disk = block->driver;
	uint64_t flags;

	if (transfer->segment_count > block->max_segments ||
	    (transfer->flush && !disk->flushes)) {
		transfer->error = transfer->flush ? 0 : -EIO;
		transfer->done(transfer);
		return;
	}
	flags = spin_lock_irqsave(&disk->lock);
	if (!list_empty(&disk->waiting) || !start_transfer(disk, transfer))
		list_push_back(&disk->waiting, &transfer->link);
	virtq_publish(disk->queue);
	spin_unlock_irqrestore(&disk->lock, flags);
}

static void start_waiting(struct disk *disk)
{
	while (!list_empty(&disk->waiting)) {
		struct block_transfer *transfer =
			LIST_FIRST(&disk->waiting, struct block_transfer, link);

		list_remove(&transfer->link);
		if (!start_transfer(disk, transfer)) {
			list_push_front(&disk->waiting, &transfer->link);
			break;
		}
	}
	virtq_publish(disk->queue);
}

/* Everything used since the last look; `done` runs without our lock. */
static void disk_interrupt(struct virtqueue *queue)
{
	struct disk *disk = queue->driver;
	struct list done;
	struct slot *slot;
	uint64_t flags;

	list_init(&done);
	flags = spin_lock_irqsave(&disk->lock);
	do {
		while ((slot = virtq_take(queue, NULL))) {
			struct block_transfer *transfer = slot->transfer;

			transfer->error = slot->status ? -EIO : 0;
			slot->next_free = disk->free;
			disk->free = slot;
			list_push_back(&done, &transfer->link);
		}
	} while (virtq_enable_interrupts(queue));
	start_waiting(disk);
	spin_unlock_irqrestore(&disk->lock, flags);
	while (!list_empty(&done)) {
		struct block_transfer *transfer =
			LIST_FIRST(&done, struct block_transfer, link);

		list_remove(&transfer->link);
		transfer->done(transfer);
	}
}

static int make_slots(struct disk *disk)
{
	disk->slots = kcalloc(disk->queue->size, sizeof(*disk->slots));
	if (!disk->slots)
		return -ENOMEM;
	for (unsigned i = 0; i < disk->queue->size; i++) {
		disk->slots[i].next_free = disk->free;
		disk->free = &disk->slots[i];
	}
	return 0;
}

static int set_up_queue(struct disk *disk, struct virtio_device *device)
{
	unsigned segments = MAX_SEGMENTS;

	if (device->features & F_SEG_MAX)
		segments =
			MIN(segments, virtio_config_32(device, CONFIG_SEG_MAX));
	segments = MAX(segments, 1u);
	disk->block.max_segments = segments;
	disk->queue = virtio_queue(device, 0, QUEUE_SIZE, segments + 2,
				   disk_interrupt);
	if (!disk->queue)
		return -ENOMEM;
	disk->queue->driver = disk;
	return make_slots(disk);
}

static int start(struct virtio_device *device)
{
	struct disk *disk = kzalloc(sizeof(*disk));
	int error;

	if (!disk)
		return -ENOMEM;
	error = virtio_negotiate(device, F_SEG_MAX | F_RO | F_FLUSH);
	if (!error)
		error = set_up_queue(disk, device);
	if (error) {
		kfree(disk);
		return error;
	}
	spin_init(&disk->lock);
	list_init(&disk->waiting);
	disk->flushes = device->features & F_FLUSH;
	disk->block.driver = disk;
	disk->block.submit = submit;
	disk->block.read_only = device->features & F_RO;
	disk->block.sectors = virtio_config_64(device, CONFIG_CAPACITY);
	disk->block.device = (uint64_t)MAJOR_VIRTBLK << 8 | disks * 16;
	format_to(disk->block.name, sizeof(disk->block.name), "vd%c",
		  'a' + disks++);
	device->driver = disk;
	virtio_ready(device);
	log_info("%s: %llu MiB, virtio %s", disk->block.name,
		 (unsigned long long)(disk->block.sectors >> 11),
		 device->bus_name);
	return block_register(&disk->block);
}

const struct virtio_driver virtio_blk_driver = { VIRTIO_BLOCK, start };
