// SPDX-License-Identifier: MIT
/*
 * Puts the vDSO into address spaces: its data page and the pages of its image,
 * the same physical pages in every process, mapped together so that the code
 * finds the data just before itself. The kernel writes the data through the
 * direct map whenever the clock is set.
 */
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/timer.h"
#include "kernel/arch/x86_64/vdso/data.h"
#include "kernel/mm/page.h"
#include "kernel/sched/clock.h"
#include "kernel/vm/area.h"
#include "kernel/vm/space.h"
#include "kernel/vm/vdso.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MAX_PAGES 8

extern const uint8_t vdso_image[], vdso_image_end[];

static struct page *pages[MAX_PAGES]; /* data, then the image; constant */
static unsigned page_count;
static struct spinlock lock; /* one writer of the data page */

static void publish(void)
{
	uint64_t flags = spin_lock_irqsave(&lock);
	volatile struct vdso_data *data = page_address(pages[0]);

	data->sequence++;
	barrier();
	data->has_rdtscp = cpu_features.rdtscp;
	data->base = tsc_scale.base;
	data->mult = tsc_scale.mult;
	data->realtime_offset = clock_realtime_offset();
	barrier();
	data->sequence++;
	spin_unlock_irqrestore(&lock, flags);
}

void vdso_init(void)
{
	size_t size = (size_t)(vdso_image_end - vdso_image), at = 0;

	pages[0] = page_alloc(0, ALLOC_ZERO);
	if (!pages[0])
		return;
	page_count = 1;
	for (; at < size && page_count < MAX_PAGES; at += PAGE_SIZE) {
		struct page *page = page_alloc(0, ALLOC_ZERO);

		if (!page)
			break;
		memcpy(page_address(page), vdso_image + at,
		       MIN(size - at, PAGE_SIZE));
		pages[page_count++] = page;
	}
	if (at < size)
		page_count = 0; /* programs do without */
	else
		clock_published = publish;
	if (page_count)
		publish();
}

static struct page *data_page(struct vm_area *area, uint64_t index)
{
	return index ? NULL : pages[0];
}

static struct page *image_page(struct vm_area *area, uint64_t index)
{
	return index + 1 < page_count ? pages[index + 1] : NULL;
}

/* As Linux shows them in /proc/PID/maps: [vvar], then [vdso]. */
int64_t vdso_map(struct address_space *space)
{
	size_t size = (page_count - 1) * PAGE_SIZE;
	int64_t at, data;

	if (!page_count)
		return -ENOENT;
	at = space_map_special(space, 0, size, PROT_READ | PROT_EXEC, "[vdso]",
			       image_page, NULL);
	if (at < 0)
		return at;
	data = space_map_special(space, (uaddr_t)at - PAGE_SIZE, PAGE_SIZE,
				 PROT_READ, "[vvar]", data_page, NULL);
	if (data < 0)
		space_unmap(space, (uaddr_t)at, size);
	return data < 0 ? data : at;
}
