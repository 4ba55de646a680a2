// SPDX-License-Identifier: MIT
/*
 * Private to kernel/proc: the ELF loader. It maps a program and, if it names
 * one, its interpreter into a space that nobody runs in yet, so every error is
 * found before the old program is given up.
 */
#pragma once

#include "kernel/proc/process.h"

struct address_space;

struct elf_image {
	uaddr_t entry; /* where to start: the interpreter's, if any */
	uaddr_t program_entry; /* AT_ENTRY */
	uaddr_t headers; /* AT_PHDR: 0 if not mapped */
	unsigned header_count;
	uaddr_t base; /* AT_BASE: the interpreter's, or 0 */
	bool executable_stack;
};

/* space->mmap_top must be set. Sets the code, data and brk figures of the
 * space. 0, -ENOEXEC, -EINVAL, -ENOMEM, -ELIBBAD, ... */
int elf_load(struct address_space *space, struct file *file, bool randomize,
	     struct elf_image *image);
