// SPDX-License-Identifier: MIT
/*
 * The first C code: copies what PVH's start info points to (memory map,
 * command line, initramfs) to the kernel's own memory while everything below
 * 1 GiB is mapped, and goes on in kernel_main(). The layout is Xen's
 * hvm_start_info, versions 0 and 1; without a map (version 0) the kernel
 * cannot know its memory and says so.
 */
#include "kernel/arch/x86_64/boot.h"
#include "kernel/arch/x86_64/arch.h"
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/pagetable.h"
#include "lib/bytes.h"
#include "lib/string.h"

#define START_MAGIC 0x336ec578

struct boot_info boot_info;
static char boot_command_line[4096];

static void copy_map(paddr_t at, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const uint8_t *entry = (uint8_t *)direct_map(at) + 24 * i;
		struct memory_range *range;

		if (boot_info.range_count == MAX_MEMORY_RANGES)
			break;
		range = &boot_info.ranges[boot_info.range_count++];
		range->start = get_le64(entry);
		range->end = range->start + get_le64(entry + 8);
		range->type = get_le32(entry + 16);
	}
}

static void copy_start_info(const uint8_t *info)
{
	uint64_t command_line = get_le64(info + 24);

	if (get_le32(info) != START_MAGIC)
		panic("boot: the loader gave no PVH start info");
	if (get_le32(info + 12) && get_le64(info + 16)) {
		const uint8_t *module = direct_map(get_le64(info + 16));

		boot_info.initrd = get_le64(module);
		boot_info.initrd_size = get_le64(module + 8);
	}
	if (command_line)
		string_copy(boot_command_line, direct_map(command_line),
			    sizeof boot_command_line);
	boot_info.rsdp = get_le64(info + 32);
	if (get_le32(info + 4) >= 1)
		copy_map(get_le64(info + 40), get_le32(info + 48));
	if (!boot_info.range_count)
		panic("boot: the loader gave no memory map");
}

void boot_start(uint64_t start_info)
{
	cpu_init_boot();
	copy_start_info(direct_map(start_info));
	kernel_main(boot_command_line);
}
