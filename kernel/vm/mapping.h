// SPDX-License-Identifier: MIT
/*
 * The page cache: one mapping for each inode (and for each block device, whose
 * pages hold the file system's metadata), pages by index.
 *
 * Invariants: a page in a mapping holds one reference for the mapping; its
 * contents are valid only with PAGE_UPTODATE; PAGE_LOCKED is held by the one
 * who reads it in, writes it out or removes it. Shared memory maps these very
 * pages. Lookup takes no sleeping lock. Clean pages nobody uses are given back
 * when memory is short (second chance by PAGE_REFERENCED).
 */
#pragma once

#include "kernel/mm/page.h"
#include "kernel/sched/lock.h"
#include "lib/types.h"

struct mapping;

struct mapping_ops {
	/*
	 * Fill `count` pages with consecutive indices, all locked, not up to
	 * date. Sets PAGE_UPTODATE (or PAGE_ERROR) on each and unlocks it with
	 * page_unlock, now or when the device answers. Beyond the end: zeros.
	 */
	int (*read_pages)(struct mapping *mapping, struct page **pages,
			  unsigned count);
	/* Write `count` consecutive dirty pages (locked, PAGE_WRITEBACK set);
	 * ends with page_end_writeback(page, error) on each, now or when the
	 * device answers, and returns the first error. The caller unlocks the
	 * pages when this returns. May be NULL: never dirty on disk (tmpfs). */
	int (*write_pages)(struct mapping *mapping, struct page **pages,
			   unsigned count);
	/* write(2) or a shared mapping is about to make this page dirty:
	 * reserve disk space. 0 or -ENOSPC ... May be NULL. Called without the
	 * page's lock, in a fault with the space's lock held: must not take
	 * the inode's rwmutex. */
	int (*make_writable)(struct mapping *mapping, uint64_t index);
};

struct mapping {
	const struct mapping_ops *ops; /* constant */
	void *owner; /* inode or block device; constant */
	struct spinlock lock; /* guards the tree and the counts */
	void *tree; /* radix tree of struct page* */
	unsigned tree_height;
	uint64_t page_count, dirty_count;
	bool unevictable; /* tmpfs: pages exist only here */
	int error; /* -EIO from writeback, for fsync */
	struct list areas; /* vm_areas that map it; area_lock */
	struct spinlock area_lock;
	struct list dirty_link; /* in the list of dirty mappings */
	uint64_t size_hint; /* file size, for read-ahead and faults:
					   bytes; the owner keeps it current */
	uint64_t readahead_next, readahead_window; /* hints, unguarded */
	nsec_t dirty_since;
	int32_t writeback_count; /* pages on their way to disk; atomic */
	int32_t busy; /* the writeback thread is here */
};

void mapping_init(struct mapping *mapping, const struct mapping_ops *ops,
		  void *owner);
/* Writes nothing: drops all pages (the inode goes away). May sleep. */
void mapping_destroy(struct mapping *mapping);

/* With a reference, or NULL when absent. Any state. Never sleeps. */
struct page *mapping_find(struct mapping *mapping, uint64_t index);
/* Present, up to date, with a reference: reads it (and ahead) if need be.
 * 0, -EIO, -ENOMEM. May sleep. */
int mapping_read(struct mapping *mapping, uint64_t index, struct page **page);
/* Present and LOCKED, with a reference, contents perhaps not up to date (for
 * writers that overwrite all of it, or fill it themselves). */
int mapping_grab(struct mapping *mapping, uint64_t index, struct page **page);

void page_lock(struct page *page);
bool page_trylock(struct page *page);
void page_unlock(struct page *page); /* wakes waiters */
void page_wait_unlocked(struct page *page);
void page_set_uptodate(struct page *page);
bool page_uptodate(const struct page *page);
/* The page's contents changed; it (and its mapping) will be written back. */
void page_set_dirty(struct page *page);
void page_end_writeback(struct page *page, int error);

/* Write all dirty pages in [first, last] and, if wait, wait for them. 0/-E. */
int mapping_write_range(struct mapping *mapping, uint64_t first, uint64_t last,
			bool wait);
/* Drop pages from `first` on (truncate): also unmaps them from all users and
 * zeroes the rest of a partial page at byte `size`. */
void mapping_truncate(struct mapping *mapping, uint64_t size);
/* Drop pages wholly inside [from, to) bytes and zero partial ones (hole). */
void mapping_punch(struct mapping *mapping, uint64_t from, uint64_t to);
/* Take the error that writeback met since the last call: 0 or -EIO ... */
int mapping_take_error(struct mapping *mapping);
/* All mappings: sync(2) and the writeback thread. */
void mapping_write_all(bool wait);

/* Other caches that can shrink (dentries, inodes): called by the reclaim
 * thread, may sleep; frees up to `objects` and says how many. At start-up. */
void reclaim_register(size_t (*shrink)(size_t objects));

/* Generic read/write of file data through the cache: copy, mark accessed,
 * read ahead. Bytes moved or -E. generic_write needs the inode's write lock
 * and updates mapping->size_hint when it extends the file. */
struct io;
ssize_t mapping_copy_out(struct mapping *mapping, struct io *io,
			 uint64_t position, uint64_t size);
ssize_t mapping_copy_in(struct mapping *mapping, struct io *io,
			uint64_t position);
