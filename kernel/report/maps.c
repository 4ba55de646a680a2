// SPDX-License-Identifier: MIT
/*
 * /proc/PID/maps and smaps: the areas of an address space. What smaps says of
 * resident pages is counted in the page tables.
 */
#include "kernel/report/internal.h"

#define PATH_MAX 4096

struct listing {
	struct text *text;
	char *path;
	uint64_t resident, private_dirty, shared_clean, size;
	bool rows, details;
};

static void add_name(struct listing *l, struct vm_area *area)
{
	const char *name = area->name;

	if (area->file && area->file->dentry &&
	    path_ops.path_of(area->file, l->path, PATH_MAX) > 0)
		name = l->path;
	if (!name)
		return;
	for (; *name; name++) {
		if (*name == '\n')
			text_str(l->text, "\\012");
		else
			text_char(l->text, *name);
	}
}

static void add_row(struct listing *l, struct vm_area *area)
{
	struct inode *inode = area->file ? area->file->inode : NULL;
	uint64_t device = inode ? inode->super->device : 0;
	bool named = area->name || inode;
	size_t start = l->text->len;

	text_add(l->text, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu",
		 area->start, area->end, area->prot & PROT_READ ? 'r' : '-',
		 area->prot & PROT_WRITE ? 'w' : '-',
		 area->prot & PROT_EXEC ? 'x' : '-',
		 area->flags & MAP_SHARED ? 's' : 'p',
		 area->file ? area->offset : 0, device >> 8 & 0xfff,
		 (device & 0xff) | (device >> 12 & 0xfff00),
		 inode ? inode->number : 0);
	text_char(l->text, ' ');
	if (named) {
		while (l->text->len - start < 73)
			text_char(l->text, ' ');
		add_name(l, area);
	}
	text_char(l->text, '\n');
}

static void count_pages(struct vm_area *area, uint64_t *resident,
			uint64_t *dirty)
{
	uaddr_t at = area->start, next;
	pte_t *pte;

	*resident = *dirty = 0;
	while (at < area->end) {
		pte = pagetable_next(area->space->tlb.root, at, &next);
		if (!pte) {
			at = MAX(next, at + PAGE_SIZE);
			continue;
		}
		if (*pte & PTE_PRESENT) {
			(*resident)++;
			*dirty += (*pte & PTE_DIRTY) != 0;
		}
		at += PAGE_SIZE;
	}
}

static void add_details(struct text *text, uint64_t size, uint64_t resident,
			uint64_t dirty, bool totals)
{
	uint64_t clean = resident - dirty;

	if (!totals)
		text_add(text,
			 "Size:           %8lu kB\n"
			 "KernelPageSize:        4 kB\n"
			 "MMUPageSize:           4 kB\n",
			 size * 4);
	text_add(text,
		 "Rss:            %8lu kB\nPss:            %8lu kB\n"
		 "Pss_Dirty:      %8lu kB\nShared_Clean:          0 kB\n"
		 "Shared_Dirty:          0 kB\n",
		 resident * 4, resident * 4, dirty * 4);
	text_add(text,
		 "Private_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n"
		 "Referenced:     %8lu kB\nAnonymous:      %8lu kB\n",
		 clean * 4, dirty * 4, resident * 4, dirty * 4);
	text_str(text, "LazyFree:              0 kB\n"
		       "AnonHugePages:         0 kB\n"
		       "ShmemPmdMapped:        0 kB\n"
		       "FilePmdMapped:         0 kB\n"
		       "Shared_Hugetlb:        0 kB\n"
		       "Private_Hugetlb:       0 kB\n"
		       "Swap:                  0 kB\n"
		       "SwapPss:               0 kB\n"
		       "Locked:                0 kB\n");
}

static void row(struct vm_area *area, void *arg)
{
	struct listing *l = arg;
	uint64_t size = (area->end - area->start) / PAGE_SIZE, resident, dirty;

	if (l->rows)
		add_row(l, area);
	if (!l->details)
		return;
	count_pages(area, &resident, &dirty);
	l->size += size;
	l->resident += resident;
	l->private_dirty += dirty;
	if (!l->rows)
		return;
	add_details(l->text, size, resident, dirty, false);
	text_str(l->text, "THPeligible:    0\nVmFlags:");
	text_str(l->text, area->prot & PROT_READ ? " rd" : "");
	text_str(l->text, area->prot & PROT_WRITE ? " wr" : "");
	text_str(l->text, area->prot & PROT_EXEC ? " ex" : "");
	text_str(l->text, area->flags & MAP_SHARED ? " sh" : "");
	text_str(l->text, " mr mw me\n");
}

static void list(struct text *text, struct proc_subject *subject, bool rows,
		 bool details)
{
	struct address_space *space = take_space(subject);
	struct listing l = { .text = text, .rows = rows, .details = details };

	if (!space)
		return;
	l.path = kmalloc(PATH_MAX);
	if (l.path)
		space_each(space, row, &l);
	if (!rows) {
		text_str(text, "00400000-7ffffffff000 ---p 00000000 00:00 0"
			       "                    [rollup]\n");
		add_details(text, l.size, l.resident, l.private_dirty, true);
	}
	kfree(l.path);
	space_put(space);
}

void show_maps(struct text *text, struct proc_subject *subject)
{
	list(text, subject, true, false);
}

void show_smaps(struct text *text, struct proc_subject *subject)
{
	list(text, subject, true, true);
}

void show_smaps_rollup(struct text *text, struct proc_subject *subject)
{
	list(text, subject, false, true);
}
