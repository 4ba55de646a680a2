// SPDX-License-Identifier: MIT
/*
 * /proc: what the floors below know of the whole machine: memory, time, disks,
 * the command line, file systems. Columns as in proc(5).
 */
#include "fs/procfs/tree.h"

#include "fs/vfs/inode.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/block.h"

static void meminfo_line(struct text *text, const char *name, uint64_t pages)
{
	text_add(text, "%s:%*lu kB\n", name, (int)(24 - strlen(name)),
		 pages * 4);
}

static void meminfo_show(struct text *text, void *arg)
{
	struct memory_counts m;
	struct block_device *device = NULL;
	uint64_t buffers = 0, cached, shared;

	memory_counts(&m);
	while ((device = block_next(device)))
		buffers += device->mapping.page_count;
	buffers = MIN(buffers, m.cached);
	cached = m.cached - buffers;
	shared = MIN(m.shared, cached);
	meminfo_line(text, "MemTotal", m.total);
	meminfo_line(text, "MemFree", m.free);
	meminfo_line(text, "MemAvailable", m.free + cached + buffers - shared);
	meminfo_line(text, "Buffers", buffers);
	meminfo_line(text, "Cached", cached);
	meminfo_line(text, "SwapCached", 0);
	meminfo_line(text, "Active", m.anonymous + m.cached / 2);
	meminfo_line(text, "Inactive", m.cached - m.cached / 2);
	meminfo_line(text, "SwapTotal", 0);
	meminfo_line(text, "SwapFree", 0);
	meminfo_line(text, "Dirty", m.dirty);
	meminfo_line(text, "Writeback", 0);
	meminfo_line(text, "AnonPages", m.anonymous);
	meminfo_line(text, "Mapped", 0);
	meminfo_line(text, "Shmem", shared);
	meminfo_line(text, "KReclaimable", 0);
	meminfo_line(text, "Slab", m.slab);
	meminfo_line(text, "SReclaimable", 0);
	meminfo_line(text, "SUnreclaim", m.slab);
	text_add(text, "KernelStack:%*lu kB\n", 13, m.kernel_stacks * 4);
	meminfo_line(text, "PageTables", m.page_tables);
	meminfo_line(text, "CommitLimit", m.total);
	meminfo_line(text, "Committed_AS", m.anonymous);
	meminfo_line(text, "VmallocTotal", 0);
	meminfo_line(text, "VmallocUsed", 0);
	text_str(text, "HugePages_Total:       0\nHugePages_Free:        0\n"
		       "HugePages_Rsvd:        0\nHugePages_Surp:        0\n"
		       "Hugepagesize:       2048 kB\n");
}

static void uptime_show(struct text *text, void *arg)
{
	struct cpu_times times;
	nsec_t now = clock_monotonic(), idle = 0;

	for (unsigned i = 0; i < cpu_count; i++) {
		cpu_times(i, &times);
		idle += times.idle;
	}
	text_add(text, "%ld.%02ld %ld.%02ld\n", now / NSEC_PER_SEC,
		 now / 10000000 % 100, idle / NSEC_PER_SEC,
		 idle / 10000000 % 100);
}

static void cmdline_show(struct text *text, void *arg)
{
	text_add(text, "%s\n", cmdline_text());
}

static void filesystems_show(struct text *text, void *arg)
{
	file_systems_print(text);
}

static unsigned major_of(uint64_t device)
{
	return (unsigned)(device >> 8 & 0xfff);
}

static unsigned minor_of(uint64_t device)
{
	return (unsigned)((device & 0xff) | (device >> 12 & ~0xffull));
}

static void partitions_show(struct text *text, void *arg)
{
	struct block_device *device = NULL;

	text_str(text, "major minor  #blocks  name\n\n");
	while ((device = block_next(device)))
		text_add(text, "%4u  %7u %10lu %s\n", major_of(device->device),
			 minor_of(device->device), device->sectors / 2,
			 device->name);
}

static void diskstats_show(struct text *text, void *arg)
{
	struct block_device *device = NULL;

	while ((device = block_next(device)))
		text_add(text,
			 "%4u %7u %s %lu 0 %lu 0 %lu 0 %lu 0 0 0 0 0 0 0 0 0 "
			 "0\n",
			 major_of(device->device), minor_of(device->device),
			 device->name, device->reads, device->sectors_read,
			 device->writes, device->sectors_written);
}

static void swaps_show(struct text *text, void *arg)
{
	text_str(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
}

static void nothing_show(struct text *text, void *arg)
{
}

static void vmstat_show(struct text *text, void *arg)
{
	struct memory_counts m;
	struct block_device *device = NULL;
	uint64_t in = 0, out = 0;

	memory_counts(&m);
	while ((device = block_next(device))) {
		in += device->sectors_read / 2;
		out += device->sectors_written / 2;
	}
	text_add(text, "nr_free_pages %lu\nnr_anon_pages %lu\n", m.free,
		 m.anonymous);
	text_add(text, "nr_file_pages %lu\nnr_dirty %lu\nnr_writeback 0\n",
		 m.cached, m.dirty);
	text_add(text, "nr_slab_unreclaimable %lu\nnr_page_table_pages %lu\n",
		 m.slab, m.page_tables);
	text_add(text, "nr_kernel_stack %lu\npgpgin %lu\npgpgout %lu\n",
		 m.kernel_stacks * 4, in, out);
	text_str(text, "pswpin 0\npswpout 0\npgfault 0\npgmajfault 0\n");
}

static void slab_row(void *arg, const char *name, size_t size, size_t used,
		     size_t total)
{
	text_add(arg,
		 "%-17s %6lu %6lu %6lu %4lu %4d : tunables 0 0 0 : "
		 "slabdata 0 0 0\n",
		 name, used, total, size, size ? 4096 / size : 0, 1);
}

static void slabinfo_show(struct text *text, void *arg)
{
	text_str(text, "slabinfo - version: 2.1\n# name            "
		       "<active_objs> <num_objs> <objsize> <objperslab> "
		       "<pagesperslab> : tunables <limit> <batchcount> "
		       "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
		       "<sharedavail>\n");
	cache_each(slab_row, text);
}

struct device_list {
	struct text *text;
	bool block;
	uint64_t seen[8]; /* majors below 512 */
};

static void device_row(void *arg, bool block, unsigned major, const char *name)
{
	struct device_list *list = arg;

	if (block != list->block || major >= 512 ||
	    list->seen[major / 64] >> (major % 64) & 1)
		return;
	list->seen[major / 64] |= 1ull << (major % 64);
	if (major == 1 && !block)
		name = "mem";
	text_add(list->text, "%3u %s\n", major, name ? name : "?");
}

static void devices_show(struct text *text, void *arg)
{
	struct device_list list = { .text = text };
	struct block_device *device = NULL;

	text_str(text, "Character devices:\n");
	device_each(device_row, &list);
	text_str(text, "\nBlock devices:\n");
	list.block = true;
	memset(list.seen, 0, sizeof list.seen);
	while ((device = block_next(device)))
		device_row(&list, true, major_of(device->device),
			   string_starts(device->name, "vd") ? "virtblk" :
							       device->name);
}

static void interrupts_show(struct text *text, void *arg)
{
	text_str(text, "    ");
	for (unsigned i = 0; i < cpu_count; i++)
		text_add(text, "       CPU%-4u", i);
	text_str(text, "\nALL:");
	for (unsigned i = 0; i < cpu_count; i++)
		text_add(text, " %10lu   ", cpus[i]->interrupts);
	text_str(text, "  all interrupts\n");
}

/* ps finds terminals' names by it. */
static void tty_drivers_show(struct text *text, void *arg)
{
	text_str(text,
		 "/dev/tty             /dev/tty        5       0 "
		 "system:/dev/tty\n"
		 "/dev/console         /dev/console    5       1 "
		 "system:console\n"
		 "/dev/ptmx            /dev/ptmx       5       2 system\n"
		 "serial               /dev/ttyS       4 64-95 serial\n"
		 "pty_slave            /dev/pts      136 0-1023 pty:slave\n");
}

static void consoles_show(struct text *text, void *arg)
{
	text_str(text, "ttyS0                -W- (EC p a)    4:64\n");
}

static void cgroups_show(struct text *text, void *arg)
{
	text_str(text, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
}

static const struct proc_file files[] = {
	{ .path = "tty/drivers", .show = tty_drivers_show },
	{ .path = "consoles", .show = consoles_show },
	{ .path = "cgroups", .show = cgroups_show },
	{ .path = "cpuinfo", .show = cpuinfo_show },
	{ .path = "meminfo", .show = meminfo_show },
	{ .path = "uptime", .show = uptime_show },
	{ .path = "cmdline", .show = cmdline_show },
	{ .path = "filesystems", .show = filesystems_show },
	{ .path = "partitions", .show = partitions_show },
	{ .path = "diskstats", .show = diskstats_show },
	{ .path = "swaps", .show = swaps_show },
	{ .path = "modules", .show = nothing_show },
	{ .path = "vmstat", .show = vmstat_show },
	{ .path = "slabinfo", .mode = 0400, .show = slabinfo_show },
	{ .path = "devices", .show = devices_show },
	{ .path = "interrupts", .show = interrupts_show },
	{ .path = "dma", .show = nothing_show },
};

void system_init(void)
{
	procfs_register(files, ARRAY_LEN(files));
}
