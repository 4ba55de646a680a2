// SPDX-License-Identifier: MIT
/*
 * What /sys says of disks, CPUs, terminals and memory devices. Network
 * interfaces are registered by who makes them.
 */
#include "fs/sysfs/devices.h"

#include "fs/sysfs/sysfs.h"
#include "kernel/arch/x86_64/cpu.h"
#include "kernel/sched/lock.h"
#include "kernel/vm/block.h"

/* ---- disks ------------------------------------------------------------------ */

static unsigned major_of(uint64_t device)
{
	return (unsigned)(device >> 8 & 0xfff);
}

static unsigned minor_of(uint64_t device)
{
	return (unsigned)((device & 0xff) | (device >> 12 & ~0xffull));
}

static void show_size(struct text *text, void *arg)
{
	struct block_device *device = arg;

	text_add(text, "%lu\n", device->sectors);
}

static void show_read_only(struct text *text, void *arg)
{
	struct block_device *device = arg;

	text_add(text, "%d\n", device->read_only);
}

static void show_device(struct text *text, void *arg)
{
	struct block_device *device = arg;

	text_add(text, "%u:%u\n", major_of(device->device),
		 minor_of(device->device));
}

static void show_block_event(struct text *text, void *arg)
{
	struct block_device *device = arg;

	text_add(text, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVTYPE=disk\n",
		 major_of(device->device), minor_of(device->device),
		 device->name);
}

static void show_block_stat(struct text *text, void *arg)
{
	struct block_device *device = arg;

	text_add(text, "%8lu %8u %8lu %8u %8lu %8u %8lu %8u %8u %8u %8u\n",
		 device->reads, 0, device->sectors_read, 0, device->writes, 0,
		 device->sectors_written, 0, 0, 0, 0);
}

static void attribute(const char *directory, const char *name, const char *leaf,
		      void (*show)(struct text *text, void *arg), void *arg)
{
	char path[128];

	format_to(path, sizeof path, "%s/%s/%s", directory, name, leaf);
	sysfs_attribute(path, show, arg);
}

static void constant(const char *directory, const char *name, const char *leaf,
		     const char *value)
{
	char path[128];

	format_to(path, sizeof path, "%s/%s/%s", directory, name, leaf);
	sysfs_text(path, value);
}

static void add_disk(struct block_device *device)
{
	static const struct {
		const char *leaf, *value;
	} constants[] = {
		{ "removable", "0" },
		{ "range", "16" },
		{ "alignment_offset", "0" },
		{ "queue/logical_block_size", "512" },
		{ "queue/physical_block_size", "512" },
		{ "queue/hw_sector_size", "512" },
		{ "queue/minimum_io_size", "512" },
		{ "queue/optimal_io_size", "0" },
		{ "queue/rotational", "0" },
		{ "queue/read_ahead_kb", "128" },
		{ "queue/scheduler", "[none]" },
		{ "queue/discard_max_bytes", "0" },
		{ "queue/discard_granularity", "0" },
		{ "queue/zoned", "none" },
	};
	char path[64], target[64];

	attribute("block", device->name, "size", show_size, device);
	attribute("block", device->name, "ro", show_read_only, device);
	attribute("block", device->name, "dev", show_device, device);
	attribute("block", device->name, "uevent", show_block_event, device);
	attribute("block", device->name, "stat", show_block_stat, device);
	for (size_t i = 0; i < ARRAY_LEN(constants); i++)
		constant("block", device->name, constants[i].leaf,
			 constants[i].value);
	format_to(target, sizeof target, "../../block/%s", device->name);
	format_to(path, sizeof path, "class/block/%s", device->name);
	sysfs_link(path, target);
	format_to(path, sizeof path, "dev/block/%u:%u",
		  major_of(device->device), minor_of(device->device));
	sysfs_link(path, target);
}

/* ---- CPUs --------------------------------------------------------------------- */

static void show_cpus(struct text *text, void *arg)
{
	if (cpu_count > 1)
		text_add(text, "0-%u\n", cpu_count - 1);
	else
		text_str(text, "0\n");
}

static void show_mask(struct text *text, void *arg)
{
	text_add(text, "%lx\n", (1ul << cpu_count) - 1);
}

static void show_number(struct text *text, void *arg)
{
	text_add(text, "%lu\n", (uintptr_t)arg);
}

static void show_bit(struct text *text, void *arg)
{
	text_add(text, "%lx\n", 1ul << (uintptr_t)arg);
}

static void add_cpus(void)
{
	static const char system[] = "devices/system";
	char name[24];

	attribute(system, "cpu", "online", show_cpus, NULL);
	attribute(system, "cpu", "possible", show_cpus, NULL);
	attribute(system, "cpu", "present", show_cpus, NULL);
	constant(system, "cpu", "offline", "");
	constant(system, "cpu", "kernel_max", "31");
	for (uintptr_t i = 0; i < cpu_count; i++) {
		format_to(name, sizeof name, "cpu/cpu%lu", i);
		constant(system, name, "online", "1");
		attribute(system, name, "topology/core_id", show_number,
			  (void *)i);
		constant(system, name, "topology/physical_package_id", "0");
		attribute(system, name, "topology/thread_siblings", show_bit,
			  (void *)i);
		attribute(system, name, "topology/thread_siblings_list",
			  show_number, (void *)i);
		attribute(system, name, "topology/core_siblings", show_mask,
			  NULL);
		attribute(system, name, "topology/core_siblings_list",
			  show_cpus, NULL);
	}
	constant(system, "node", "online", "0");
	constant(system, "node", "possible", "0");
	attribute(system, "node", "node0/cpulist", show_cpus, NULL);
	attribute(system, "node", "node0/cpumap", show_mask, NULL);
}

/* ---- terminals, memory devices --------------------------------------------------- */

static const struct {
	const char *kind, *name;
	unsigned major, minor;
} characters[] = {
	{ "tty", "console", 5, 1 }, { "tty", "tty", 5, 0 },
	{ "tty", "ptmx", 5, 2 },    { "tty", "ttyS0", 4, 64 },
	{ "tty", "ttyS1", 4, 65 },  { "mem", "null", 1, 3 },
	{ "mem", "zero", 1, 5 },    { "mem", "full", 1, 7 },
	{ "mem", "random", 1, 8 },  { "mem", "urandom", 1, 9 },
	{ "mem", "kmsg", 1, 11 },
};

static void add_characters(void)
{
	char directory[48], text[64], number[24], path[64];

	for (size_t i = 0; i < ARRAY_LEN(characters); i++) {
		format_to(directory, sizeof directory, "devices/virtual/%s",
			  characters[i].kind);
		format_to(number, sizeof number, "%u:%u", characters[i].major,
			  characters[i].minor);
		constant(directory, characters[i].name, "dev", number);
		format_to(text, sizeof text, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s",
			  characters[i].major, characters[i].minor,
			  characters[i].name);
		constant(directory, characters[i].name, "uevent", text);
		format_to(text, sizeof text, "../../%s/%s", directory,
			  characters[i].name);
		format_to(path, sizeof path, "class/%s/%s", characters[i].kind,
			  characters[i].name);
		sysfs_link(path, text);
		format_to(path, sizeof path, "dev/char/%s", number);
		sysfs_link(path, text);
	}
	sysfs_text("devices/virtual/tty/console/active", "ttyS0");
}

void sysfs_add_devices(void)
{
	struct block_device *device = NULL;

	while ((device = block_next(device)))
		add_disk(device);
	add_cpus();
	add_characters();
	sysfs_text("kernel/mm/transparent_hugepage/enabled",
		   "always madvise [never]");
	sysfs_text("kernel/profiling", "0");
	sysfs_text("power/state", "");
	sysfs_text("module/printk/parameters/time", "Y");
}
