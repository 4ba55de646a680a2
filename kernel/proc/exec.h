// SPDX-License-Identifier: MIT
/*
 * exec: the strings that a new program gets, and the change itself.
 */
#pragma once

#include "kernel/proc/process.h"

/* Strings one after the other in pages of kernel memory. */
struct exec_strings {
	char **pages; /* array of kmalloc'ed pages */
	unsigned page_count, page_room;
	size_t size; /* bytes in all, NULs included */
	size_t limit;
	unsigned argc, envc;
	size_t env_offset; /* where the environment's begin */
};

int exec_strings_init(struct exec_strings *strings);
void exec_strings_free(struct exec_strings *strings);
/* -E2BIG, -ENOMEM, -EFAULT. */
int exec_strings_add(struct exec_strings *strings, const char *text);
int exec_strings_add_user(struct exec_strings *strings, uaddr_t text);

/* `file` is open for execution; `name` is what was asked for (AT_EXECFN).
 * On success the frame is the new program's and 0 is returned. */
int exec_run(struct file *file, const char *name, struct exec_strings *strings);
