// SPDX-License-Identifier: MIT
/*
 * Shared anonymous memory: a file without a name whose pages live only in its
 * page cache. MAP_SHARED|MAP_ANONYMOUS areas map it; it goes with the last.
 */
#include "kernel/file/file.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/cache.h"
#include "kernel/vm/mapping.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/string.h"

static int read_pages(struct mapping *mapping, struct page **pages,
		      unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		page_zero(page_address(pages[i]));
		page_set_uptodate(pages[i]);
		page_unlock(pages[i]);
	}
	return 0;
}

static const struct mapping_ops mapping_ops = { .read_pages = read_pages };

static int map_file(struct file *file, struct vm_area *area)
{
	return 0;
}

static void release(struct file *file)
{
	mapping_destroy(file->mapping);
	kfree(file->mapping);
}

static const struct file_ops shared_memory_ops = {
	.name = "/dev/zero (deleted)",
	.mmap = map_file,
	.release = release,
};

struct file *shared_memory_create(uint64_t size)
{
	struct mapping *mapping = kmalloc(sizeof *mapping);
	struct file *file;

	if (!mapping)
		return NULL;
	file = file_create(&shared_memory_ops, O_RDWR, NULL);
	if (!file) {
		kfree(mapping);
		return NULL;
	}
	mapping_init(mapping, &mapping_ops, file);
	mapping->unevictable = true;
	mapping->size_hint = size;
	file->mapping = mapping;
	file->mode = FILE_READ | FILE_WRITE;
	return file;
}
