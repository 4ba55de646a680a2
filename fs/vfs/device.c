// SPDX-License-Identifier: MIT
/*
 * Devices behind special files: the table from numbers to operations, and the
 * file operations of block devices, which read and write the device's page
 * cache (the same pages that a mounted file system keeps its metadata in).
 */
#include "fs/vfs/internal.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/block.h"

struct range {
	bool block;
	unsigned major, first, count;
	const struct file_ops *ops;
	struct range *next;
};

static struct range *ranges; /* only grows; constant once linked */
static struct spinlock ranges_lock;

static unsigned major_of(uint64_t device)
{
	return (unsigned)((device >> 8 & 0xfff) | (device >> 32 & ~0xfffull));
}

static unsigned minor_of(uint64_t device)
{
	return (unsigned)((device & 0xff) | (device >> 12 & ~0xffull));
}

int device_register(bool block, unsigned major, unsigned minor_first,
		    unsigned minor_count, const struct file_ops *ops)
{
	struct range *range = kzalloc(sizeof *range);

	if (!range)
		return -ENOMEM;
	*range = (struct range){ block,	      major, minor_first,
				 minor_count, ops,   NULL };
	spin_lock(&ranges_lock);
	range->next = ranges;
	atomic_store(&ranges, range);
	spin_unlock(&ranges_lock);
	return 0;
}

const struct file_ops *device_ops(bool block, uint64_t rdevice)
{
	unsigned major = major_of(rdevice), minor = minor_of(rdevice);

	for (struct range *at = atomic_load(&ranges); at; at = at->next) {
		if (at->block == block && at->major == major &&
		    minor - at->first < at->count)
			return at->ops;
	}
	return NULL;
}

/* For /proc/devices: each (kind, major) with the ops' name. */
void device_each(void (*row)(void *arg, bool block, unsigned major,
			     const char *name),
		 void *arg)
{
	for (struct range *at = atomic_load(&ranges); at; at = at->next)
		row(arg, at->block, at->major, at->ops->name);
}

/* ---- block devices ------------------------------------------------------- */

#define BLKROGET 0x125e
#define BLKGETSIZE 0x1260
#define BLKFLSBUF 0x1261
#define BLKRAGET 0x1263
#define BLKSSZGET 0x1268
#define BLKIOMIN 0x1278
#define BLKIOOPT 0x1279
#define BLKALIGNOFF 0x127a
#define BLKPBSZGET 0x127b
#define BLKDISCARDZEROES 0x127c
#define BLKROTATIONAL 0x127e
#define BLKBSZGET 0x80081270
#define BLKGETSIZE64 0x80081272

static uint64_t size_of(const struct block_device *device)
{
	return device->sectors * SECTOR_SIZE;
}

static int block_open(struct file *file, uint64_t rdevice)
{
	struct block_device *device = block_find(rdevice);

	if (!device)
		return -ENXIO;
	if (device->read_only && file->mode & FILE_WRITE)
		return -EACCES;
	file->private = device;
	file->mapping = &device->mapping;
	return 0;
}

static ssize_t block_read(struct file *file, struct io *io, int64_t *position)
{
	struct block_device *device = file->private;
	ssize_t done;

	if (*position < 0)
		return -EINVAL;
	done = mapping_copy_out(&device->mapping, io, (uint64_t)*position,
				size_of(device));
	if (done > 0)
		*position += done;
	return done;
}

static ssize_t block_write(struct file *file, struct io *io, int64_t *position)
{
	struct block_device *device = file->private;
	uint64_t size = size_of(device);
	size_t cut = 0;
	ssize_t done;

	if (*position < 0)
		return -EINVAL;
	if ((uint64_t)*position >= size)
		return io->left ? -ENOSPC : 0;
	if (io->left > size - (uint64_t)*position)
		cut = io->left - (size - (uint64_t)*position);
	io->left -= cut;
	done = mapping_copy_in(&device->mapping, io, (uint64_t)*position);
	io->left += cut;
	if (done > 0)
		*position += done;
	return done;
}

static int64_t block_seek(struct file *file, int64_t offset, int whence)
{
	int64_t size = (int64_t)size_of(file->private);
	int64_t base = whence == 1 ? file->position : whence == 2 ? size : 0;

	if (whence < 0 || whence > 2)
		return -EINVAL;
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0 ||
	    offset > size)
		return -EINVAL;
	file->position = offset;
	return offset;
}

static int block_fsync(struct file *file, bool data_only)
{
	struct block_device *device = file->private;
	int error = mapping_write_range(&device->mapping, 0, ~0ull, true);
	int result = device->read_only ? 0 : block_flush(device);

	return error ? error : result;
}

static long block_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct block_device *device = file->private;

	switch (command) {
	case BLKGETSIZE64:
		return put_user_64(argument, size_of(device));
	case BLKGETSIZE:
		return put_user_64(argument, device->sectors);
	case BLKSSZGET:
	case BLKPBSZGET:
	case BLKIOMIN:
		return put_user_32(argument, SECTOR_SIZE);
	case BLKBSZGET:
		return put_user_32(argument, PAGE_SIZE);
	case BLKROGET:
		return put_user_32(argument, device->read_only);
	case BLKIOOPT:
	case BLKALIGNOFF:
	case BLKDISCARDZEROES:
		return put_user_32(argument, 0);
	case BLKRAGET:
		return put_user_64(argument, 256);
	case BLKROTATIONAL: {
		uint16_t rotational = 0;

		return copy_to_user(argument, &rotational, sizeof rotational);
	}
	case BLKFLSBUF:
		return vfs_capable(CAP_SYS_ADMIN) ? block_fsync(file, false) :
						    -EACCES;
	default:
		return -ENOTTY;
	}
}

const struct file_ops block_file_ops = {
	.name = "block",
	.open = block_open,
	.read = block_read,
	.write = block_write,
	.seek = block_seek,
	.fsync = block_fsync,
	.mmap = regular_mmap,
	.ioctl = block_ioctl,
};
