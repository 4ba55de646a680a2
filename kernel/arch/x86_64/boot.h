// SPDX-License-Identifier: MIT
/*
 * What the loader handed over (PVH start info), copied to the kernel's own
 * memory before anything else: memory map, initramfs, the ACPI root pointer.
 */
#pragma once

#include "lib/types.h"

#define MEMORY_RAM 1
#define MAX_MEMORY_RANGES 64

struct memory_range {
	paddr_t start, end;
	unsigned type; /* as in E820; 1: usable */
};

struct boot_info {
	struct memory_range ranges[MAX_MEMORY_RANGES];
	unsigned range_count;
	paddr_t initrd; /* 0: none */
	size_t initrd_size;
	paddr_t rsdp;
};
extern struct boot_info boot_info;

/* The initramfs archive in the direct map, or NULL. */
const void *boot_initrd(size_t *size);
/* Its memory goes to the page allocator; boot_initrd is NULL afterwards.
 * Implemented in kernel/mm. */
void boot_free_initrd(void);
