// SPDX-License-Identifier: MIT
/*
 * /sys: a fixed tree of directories, links and attributes, made from paths that
 * drivers and rooms register. Only what programs look at is here: block
 * devices, terminals, memory devices, network interfaces, CPUs.
 */
#pragma once

#include "lib/format.h"
#include "lib/types.h"

void sysfs_init(void);
void sysfs_directory(const char *path);
/* "class/block/vda" -> "../../block/vda". */
void sysfs_link(const char *path, const char *target);
/* `show` writes the attribute's text (at most a page), newline included. */
void sysfs_attribute(const char *path,
		     void (*show)(struct text *text, void *arg), void *arg);
/* The same for a constant text; a newline is added. */
void sysfs_text(const char *path, const char *text);
/* Takes away a directory or file and all below it (an interface is gone). */
void sysfs_remove(const char *path);
