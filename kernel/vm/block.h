// SPDX-License-Identifier: MIT
/*
 * Block devices: a page cache over sectors, and the queue of transfers below.
 *
 * A driver registers a device with a `submit` operation; file systems read and
 * write metadata through the device's mapping (mapping_read and friends) and
 * file data by transfers straight to the data pages' frames.
 */
#pragma once

#include "kernel/vm/mapping.h"
#include "lib/list.h"

#define SECTOR_SIZE 512

struct block_segment {
	struct page *page;
	uint32_t offset, length; /* multiples of 512 */
};

struct block_transfer {
	struct list link; /* the driver's queue */
	uint64_t sector;
	bool write;
	bool flush; /* cache flush; no segments */
	unsigned segment_count;
	struct block_segment *segments;
	int error; /* set by the driver */
	/* Called from the interrupt: must not sleep. */
	void (*done)(struct block_transfer *transfer);
	void *arg;
};

struct block_device {
	char name[16]; /* "vda" */
	uint64_t device; /* number */
	uint64_t sectors;
	bool read_only;
	unsigned max_segments;
	/* Queues it; `done` is called exactly once, maybe before this returns. */
	void (*submit)(struct block_device *device,
		       struct block_transfer *transfer);
	void *driver;
	struct mapping mapping;
	struct list link;
	uint64_t reads, writes, sectors_read, sectors_written; /* diskstats */
};

int block_register(struct block_device *device);
struct block_device *block_find(uint64_t device);
struct block_device *block_find_name(const char *name); /* "vda", "/dev/vda" */
struct block_device *block_next(struct block_device *after);
/* Submit and sleep until done: 0 or -EIO. */
int block_transfer_wait(struct block_device *device,
			struct block_transfer *transfer);
int block_flush(struct block_device *device);
/* Whole pages from or to consecutive sectors; each page ends as mapping_ops'
 * read_pages and write_pages say. Returns the first error at submission. */
int block_submit_pages(struct block_device *device, uint64_t sector,
		       struct page **pages, unsigned count, bool write);
