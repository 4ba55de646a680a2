// SPDX-License-Identifier: MIT
/*
 * devtmpfs: one tmpfs instance for all its mounts, with a node for each device
 * that drivers announce. Nodes may be announced before anyone mounts it.
 */
#include "fs/devfs/devfs.h"

#include "fs/tmpfs/tmpfs.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/vm/block.h"
#include "lib/errno.h"

static struct super_block *instance;

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	/* Whoever comes first (the kernel itself) decides the options. */
	return tmpfs_fill(super, options);
}

static struct file_system devtmpfs = {
	.name = "devtmpfs",
	.single = true,
	.mount = mount,
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

int device_create_node(const char *name, uint32_t mode, uint64_t rdevice)
{
	int error = instance ? tmpfs_make_node(instance, name, mode, rdevice) :
			       -ENODEV;

	if (error)
		log_warn("devtmpfs: %s: error %d", name, -error);
	else
		super_forget_names(instance);
	return error;
}

void device_create_block_nodes(void)
{
	struct block_device *device = NULL;

	while ((device = block_next(device)))
		device_create_node(device->name, S_IFBLK | 0660,
				   device->device);
}

static void make_directory(const char *name)
{
	tmpfs_make_node(instance, name, S_IFDIR | 0755, 0);
}

void devfs_init(void)
{
	file_system_register(&devtmpfs);
	if (super_open_kernel(&devtmpfs, "mode=0755", &instance)) {
		log_error("devtmpfs: out of memory");
		return;
	}
	make_directory("pts");
	make_directory("shm");
	for (size_t i = 0; i < ARRAY_LEN(links); i++)
		tmpfs_make_symlink(instance, links[i].name, links[i].target);
	devpts_init();
}
