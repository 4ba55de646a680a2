// SPDX-License-Identifier: MIT
/*
 * Block devices: the list of them, waiting for a transfer, and the page cache
 * over a device's sectors, where file systems keep their metadata.
 *
 * A page's transfer is one request for a whole run of pages, cut at what the
 * driver takes at once; the interrupt that ends it unlocks the pages.
 */
#include "kernel/vm/block.h"

#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/wait.h"
#include "kernel/vm/cache.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

static struct spinlock list_lock = SPINLOCK_INIT;
static struct list devices = LIST_INIT(devices);
static struct wait_queue done_wait;

/* A run of pages on its way; freed by its end. */
struct run {
	struct block_transfer transfer;
	struct block_segment segments[];
};

static void finish_read(struct run *run)
{
	struct block_transfer *transfer = &run->transfer;

	for (unsigned i = 0; i < transfer->segment_count; i++) {
		struct page *page = run->segments[i].page;

		if (transfer->error)
			atomic_fetch_or(&page->flags, PAGE_ERROR);
		else
			page_set_uptodate(page);
		page_unlock(page);
	}
}

static void run_done(struct block_transfer *transfer)
{
	struct run *run = container_of(transfer, struct run, transfer);

	if (transfer->write) {
		for (unsigned i = 0; i < transfer->segment_count; i++)
			page_end_writeback(run->segments[i].page,
					   transfer->error);
	} else {
		finish_read(run);
	}
	kfree(run);
}

/* How many bytes of this page are on the device. */
static uint32_t page_bytes(const struct block_device *device,
			   const struct page *page)
{
	uint64_t size = device->sectors * SECTOR_SIZE;
	uint64_t at = page->index << PAGE_SHIFT;

	return at >= size ? 0 : MIN(size - at, PAGE_SIZE);
}

static void fail_page(struct page *page, bool write)
{
	if (write) {
		page_end_writeback(page, -EIO);
		return;
	}
	atomic_fetch_or(&page->flags, PAGE_ERROR);
	page_unlock(page);
}

/* To the driver, counted for /proc/diskstats. */
static void submit(struct block_device *device, struct block_transfer *transfer)
{
	uint64_t sectors = 0;

	for (unsigned i = 0; i < transfer->segment_count; i++)
		sectors += transfer->segments[i].length / SECTOR_SIZE;
	if (transfer->segment_count && transfer->write) {
		atomic_count(&device->writes, 1);
		atomic_count(&device->sectors_written, sectors);
	} else if (transfer->segment_count) {
		atomic_count(&device->reads, 1);
		atomic_count(&device->sectors_read, sectors);
	}
	device->submit(device, transfer);
}

/* `count` pages in one transfer, `last` bytes of the last one. 0 or -ENOMEM
 * (pages failed). */
static int submit_run(struct block_device *device, uint64_t sector,
		      struct page **pages, unsigned count, uint32_t last,
		      bool write)
{
	struct run *run =
		kzalloc(sizeof *run + count * sizeof(struct block_segment));

	if (!run) {
		for (unsigned i = 0; i < count; i++)
			fail_page(pages[i], write);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t bytes = i + 1 == count ? last : PAGE_SIZE;

		if (bytes < PAGE_SIZE && !write)
			memset((char *)page_address(pages[i]) + bytes, 0,
			       PAGE_SIZE - bytes);
		run->segments[i] = (struct block_segment){ pages[i], 0, bytes };
	}
	run->transfer.segments = run->segments;
	run->transfer.segment_count = count;
	run->transfer.sector = sector;
	run->transfer.write = write;
	run->transfer.done = run_done;
	submit(device, &run->transfer);
	return 0;
}

int block_submit_pages(struct block_device *device, uint64_t sector,
		       struct page **pages, unsigned count, bool write)
{
	unsigned most = device->max_segments ? device->max_segments : 1;
	int error = 0;

	while (count) {
		unsigned n = MIN(count, most);
		int result =
			submit_run(device, sector, pages, n, PAGE_SIZE, write);

		if (result)
			error = result;
		sector += n * (PAGE_SIZE / SECTOR_SIZE);
		pages += n;
		count -= n;
	}
	return error;
}

static int transfer_pages(struct mapping *mapping, struct page **pages,
			  unsigned count, bool write)
{
	struct block_device *device = mapping->owner;
	unsigned most = device->max_segments ? device->max_segments : 1;
	int error = 0;

	while (count) {
		unsigned n = MIN(count, most);
		int result;

		/* Past the end of the device there is nothing. */
		while (n && !page_bytes(device, pages[n - 1]))
			n--;
		if (!n) {
			if (write) {
				page_end_writeback(pages[0], 0);
			} else {
				page_zero(page_address(pages[0]));
				page_set_uptodate(pages[0]);
				page_unlock(pages[0]);
			}
			pages++;
			count--;
			continue;
		}
		result = submit_run(device,
				    pages[0]->index * (PAGE_SIZE / SECTOR_SIZE),
				    pages, n, page_bytes(device, pages[n - 1]),
				    write);
		if (result)
			error = result;
		pages += n;
		count -= n;
	}
	return error;
}

static int read_pages(struct mapping *mapping, struct page **pages,
		      unsigned count)
{
	return transfer_pages(mapping, pages, count, false);
}

static int write_pages(struct mapping *mapping, struct page **pages,
		       unsigned count)
{
	return transfer_pages(mapping, pages, count, true);
}

static const struct mapping_ops device_mapping_ops = {
	.read_pages = read_pages,
	.write_pages = write_pages,
};

int block_register(struct block_device *device)
{
	mapping_init(&device->mapping, &device_mapping_ops, device);
	device->mapping.size_hint = device->sectors * SECTOR_SIZE;
	spin_lock(&list_lock);
	list_push_back(&devices, &device->link);
	spin_unlock(&list_lock);
	return 0;
}

struct block_device *block_find(uint64_t number)
{
	struct block_device *device;

	LIST_FOR_EACH(device, &devices, link) {
		if (device->device == number)
			return device;
	}
	return NULL;
}

struct block_device *block_find_name(const char *name)
{
	struct block_device *device;

	if (string_starts(name, "/dev/"))
		name += 5;
	LIST_FOR_EACH(device, &devices, link) {
		if (string_equal(device->name, name))
			return device;
	}
	return NULL;
}

struct block_device *block_next(struct block_device *after)
{
	if (!after)
		return LIST_FIRST(&devices, struct block_device, link);
	return LIST_NEXT(after, &devices, link);
}

static void wake_submitter(struct block_transfer *transfer)
{
	atomic_store((int32_t *)transfer->arg, 1);
	wake_up_all(&done_wait, 0);
}

int block_transfer_wait(struct block_device *device,
			struct block_transfer *transfer)
{
	int32_t done = 0;

	transfer->done = wake_submitter;
	transfer->arg = &done;
	transfer->error = 0;
	submit(device, transfer);
	wait_event_blocked(&done_wait, atomic_load(&done));
	return transfer->error;
}

int block_flush(struct block_device *device)
{
	struct block_transfer transfer = { .write = true, .flush = true };

	list_init(&transfer.link);
	return block_transfer_wait(device, &transfer);
}

void block_init(void);
void block_init(void)
{
	wait_queue_init(&done_wait);
}
