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
	struct rb_node node;		/* space->areas */
	struct list mapping_link;	/* mapping->areas */
	struct address_space *space;
	uaddr_t start, end;		/* page aligned, end exclusive */
	unsigned prot;			/* PROT_* */
	unsigned flags;			/* MAP_* */
	struct file *file;		/* or NULL: anonymous */
	struct mapping *mapping;	/* file pages, or NULL */
	uint64_t offset;		/* of `start` in the file, bytes */
	const char *name;		/* "[heap]", "[stack]", "[vdso]" or NULL */
	/* Special memory (vDSO, device, packet rings): the page for an index, or
	 * NULL: SIGBUS. */
	struct page *(*special)(struct vm_area *area, uint64_t index);
	void *private;
};

struct address_space {
	int32_t users;			/* threads */
	int32_t refs;			/* users count as one; lazy TLB, /proc */
	struct tlb_owner tlb;
	struct rwmutex lock;
	struct rb_tree areas;
	uint64_t mapped, locked, resident;	/* pages; resident is atomic */
	uint64_t resident_peak, data_pages, stack_pages;
	uaddr_t brk_start, brk, stack_top, mmap_top;
	uaddr_t code_start, code_end, data_start, data_end;
	uaddr_t arg_start, arg_end, env_start, env_end;
	uaddr_t vdso;
	uint64_t auxv[64];
	struct file *exe;
	bool dumpable;
};

struct address_space *space_create(void);		/* NULL: out of memory */
struct address_space *space_fork(struct address_space *from);	/* copy on write */
void space_get(struct address_space *space);
void space_put(struct address_space *space);
/* thread->space changes on the current CPU (exec, exit). */
void space_switch(struct address_space *space);

/* Address, or -E in the style of mmap(2). `file` may be NULL. */
int64_t space_map(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot, unsigned flags, struct file *file,
		  uint64_t offset);
int space_unmap(struct address_space *space, uaddr_t at, uint64_t size);
int space_protect(struct address_space *space, uaddr_t at, uint64_t size,
		  unsigned prot);
struct vm_area *space_find(struct address_space *space, uaddr_t at);
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
/* Unmap [first, last] of a mapping everywhere (truncate). */
void mapping_unmap(struct mapping *mapping, uint64_t first, uint64_t last);
