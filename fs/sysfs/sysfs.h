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
/*
 * Network interfaces: each instance of sysfs shows those of the network
 * namespace of who mounted it, as class/net/NAME and devices/virtual/net/NAME.
 * kernel/report sets the table.
 */
struct sysfs_interfaces {
	void *(*grab)(void); /* the caller's network, with a reference */
	void (*drop)(void *network);
	bool (*is_callers)(const void *network);
	/* By name, or the next one after a number: its number, 0: none. */
	uint32_t (*find)(void *network, const char *name, size_t length);
	uint32_t (*next)(void *network, uint32_t after, char name[16]);
	bool (*name)(void *network, uint32_t index, char name[16]);
	/* Attributes by number from 0: "mtu", "statistics/rx_bytes"; NULL. */
	const char *(*attribute)(unsigned number);
	void (*show)(void *network, uint32_t index, unsigned number,
		     struct text *text);
};
void sysfs_set_interfaces(const struct sysfs_interfaces *interfaces);
/* Takes away a directory or file and all below it (an interface is gone). */
void sysfs_remove(const char *path);
