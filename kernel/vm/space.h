// SPDX-License-Identifier: MIT
/*
 * Address spaces: the areas that a process has mapped, and its page tables.
 *
 * Areas never overlap and are kept in a tree by address; neighbours that are
 * alike are merged. `lock` is held for writing to change areas, for reading to
 * fault a page in. Everything that inserts an area goes through one function
 * that checks for overlap. A fault never grants what the area forbids.
 */
#pragma once

#include "kernel/arch/x86_64/pagetable.h"
#include "kernel/sched/lock.h"
#include "lib/rbtree.h"
#include "lib/types.h"

struct file;
struct mapping;
struct page;
struct text;

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_GROWSDOWN 0x0100
#define MAP_LOCKED 0x2000
#define MAP_NORESERVE 0x4000
#define MAP_POPULATE 0x8000
#define MAP_STACK 0x20000
#define MAP_FIXED_NOREPLACE 0x100000

struct vm_area {
	struct rb_node node; /* space->areas */
	struct list mapping_link; /* mapping->areas */
	struct address_space *space;
	uaddr_t start, end; /* page aligned, end exclusive */
	unsigned prot; /* PROT_* */
	unsigned flags; /* MAP_* */
	struct file *file; /* or NULL: anonymous */
	struct mapping *mapping; /* file pages, or NULL */
	uint64_t offset; /* of `start` in the file, bytes */
	const char *name; /* "[heap]", "[stack]", "[vdso]" or NULL */
	/* Special memory (vDSO, device, packet rings): the page for an index, or
	 * NULL: SIGBUS. */
	struct page *(*special)(struct vm_area *area, uint64_t index);
	void *private;
	uint32_t *uses; /* atomic: how many areas show that memory, or NULL */
	bool copied; /* private pages beside the file's: fork
					   must copy entries */
};

/* Flags of our own, beside MAP_*, in vm_area->flags. */
#define AREA_DONTFORK (1u << 28)
#define AREA_WIPEONFORK (1u << 29)
#define AREA_DONTDUMP (1u << 30)

struct address_space {
	int32_t users; /* threads */
	int32_t refs; /* users count as one; lazy TLB, /proc */
	struct tlb_owner tlb;
	struct rwmutex lock;
	struct list dead; /* areas to be freed after the lock */
	struct rb_tree areas;
	uint64_t mapped, locked, resident; /* pages; resident is atomic */
	uint64_t resident_peak, data_pages, stack_pages;
	uaddr_t brk_start, brk, stack_top, mmap_top;
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t vdso;
	uint64_t auxv[64];
	struct file *exe;
	bool dumpable;
	/* Limits in bytes, kept current by kernel/proc (RLIMIT_*). */
	uint64_t stack_limit, size_limit, data_limit;
	unsigned lock_future; /* mlockall(MCL_FUTURE) */
	uint64_t id; /* never reused: futex keys */
};

/* Bits of our own in an entry that is not present. */
#define PTE_HELD (1ull << 11) /* PROT_NONE: the page is kept */
#define PTE_BUSY PTE_SPECIAL /* alone: being replaced, look again */

struct address_space *space_create(void); /* NULL: out of memory */
struct address_space *
space_fork(struct address_space *from); /* copy on write */
void space_get(struct address_space *space);
void space_put(struct address_space *space);
/* Threads count as users; with the last one, all areas are unmapped. */
void space_use(struct address_space *space);
void space_unuse(struct address_space *space);
/* thread->space changes on the current CPU (exec, exit). */
void space_switch(struct address_space *space);

/* Address, or -E in the style of mmap(2). `file` may be NULL. */
int64_t space_map(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot, unsigned flags, struct file *file,
		  uint64_t offset);
int space_unmap(struct address_space *space, uaddr_t at, uint64_t size);
int space_protect(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot);
/* The area that holds `at`, or NULL. Caller holds space->lock. */
struct vm_area *space_find(struct address_space *space, uaddr_t at);
/* The same, or the first one above. */
struct vm_area *space_find_above(struct address_space *space, uaddr_t at);
/* Special memory (vDSO, packet rings) at a fixed or free address. */
int64_t space_map_special(struct address_space *space, uaddr_t at,
			  uint64_t size, unsigned prot, const char *name,
			  struct page *(*special)(struct vm_area *, uint64_t),
			  void *private);
/* mremap(2), brk(2), madvise(2), mincore(2) and mlock(2), after the checks of
 * the call's own arguments. */
int64_t space_remap(struct address_space *space, uaddr_t at, uint64_t old_size,
		    uint64_t new_size, unsigned flags, uaddr_t to);
#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED 2u
#define MREMAP_DONTUNMAP 4u
uaddr_t space_set_brk(struct address_space *space, uaddr_t brk);
/* Throws the pages away (MADV_DONTNEED). */
int space_discard(struct address_space *space, uaddr_t at, uint64_t size);
int space_lock_pages(struct address_space *space, uaddr_t at, uint64_t size,
		     bool lock);
void space_lock_all(struct address_space *space, bool lock);
/* MADV_DONTFORK .. MADV_KEEPONFORK, by madvise's number. */
int space_advise_fork(struct address_space *space, uaddr_t at, uint64_t size,
		      int advice);
/* Faults in what is absent; stops quietly at the first error. */
void space_populate(struct address_space *space, uaddr_t at, uint64_t size);
/* msync(2): writes the shared file pages of the range back. */
int space_sync(struct address_space *space, uaddr_t at, uint64_t size,
	       bool wait);
/* One byte a page, 1: resident. -ENOMEM where nothing is mapped. */
int space_resident(struct address_space *space, uaddr_t at, uint64_t pages,
		   uint8_t *vector);
/* A file over fresh shared memory (MAP_SHARED|MAP_ANONYMOUS). */
struct file *shared_memory_create(uint64_t size);
/* 0, -EFAULT (SIGSEGV: no area or forbidden), -EIO (SIGBUS: past the end or
 * unreadable), -ENOMEM. `access`: FAULT_* bits of trap.h. */
int space_fault(struct address_space *space, uaddr_t at, unsigned access,
		bool *map_error);
/* Copy to/from another process (ptrace, /proc/PID/cmdline): bytes moved. */
size_t space_read(struct address_space *space, uaddr_t at, void *to,
		  size_t size);
size_t space_write(struct address_space *space, uaddr_t at, const void *from,
		   size_t size);
/* The page behind a user address with a reference (futex keys, packet rings);
 * NULL with *error. Faults it in. */
struct page *space_pin(struct address_space *space, uaddr_t at, bool write,
		       int *error);
/* /proc/PID/maps: calls row for each area under the lock. */
void space_each(struct address_space *space,
		void (*row)(struct vm_area *area, void *arg), void *arg);
/* What a futex at `at` is known by: shared file memory by mapping and offset,
 * all else by space and address. 0 or -EFAULT. */
int space_futex_key(struct address_space *space, uaddr_t at, bool shared,
		    uint64_t key[2]);
/* Memory is short and nothing can be reclaimed: choose and kill a process.
 * False: nobody left to kill. Set by kernel/proc. */
extern bool (*vm_out_of_memory)(void);
/* A page for user memory: reclaims and waits when memory is short. NULL: the
 * caller was chosen to die, or there is nothing left. May sleep. */
struct page *vm_page_alloc(unsigned flags);
void vm_init(void);
/* Starts the writeback and reclaim threads. */
void vm_start_threads(void);
/* Unmap [first, last] of a mapping everywhere (truncate). */
void mapping_unmap(struct mapping *mapping, uint64_t first, uint64_t last);
