// SPDX-License-Identifier: MIT
/*
 * getdents64 and getdents: entries are collected in kernel memory and copied
 * out at once; an entry that does not fit is not consumed, and nothing is when
 * the copy fails.
 */
#include "kernel/file/inotify.h"
#include "kernel/syscall/path.h"

#define BUFFER_MAX 32768u

struct collector {
	struct directory_sink sink;
	char *buffer;
	size_t size, used;
	bool full;
};

static int add64(struct directory_sink *sink, const char *name, size_t length,
		 uint64_t inode, int64_t next_position, unsigned type)
{
	struct collector *c = container_of(sink, struct collector, sink);
	size_t size = ALIGN_UP(19 + length + 1, (size_t)8);
	char *at = c->buffer + c->used;
	uint16_t record = (uint16_t)size;

	if (size > c->size - c->used) {
		c->full = true;
		return -ENOSPC;
	}
	memset(at, 0, size);
	memcpy(at, &inode, 8);
	memcpy(at + 8, &next_position, 8);
	memcpy(at + 16, &record, 2);
	at[18] = (char)type;
	memcpy(at + 19, name, length);
	c->used += size;
	return 0;
}

/* The old form: the type is the record's last byte. */
static int add_old(struct directory_sink *sink, const char *name, size_t length,
		   uint64_t inode, int64_t next_position, unsigned type)
{
	struct collector *c = container_of(sink, struct collector, sink);
	size_t size = ALIGN_UP(18 + length + 2, (size_t)8);
	char *at = c->buffer + c->used;
	uint16_t record = (uint16_t)size;

	if (size > c->size - c->used) {
		c->full = true;
		return -ENOSPC;
	}
	memset(at, 0, size);
	memcpy(at, &inode, 8);
	memcpy(at + 8, &next_position, 8);
	memcpy(at + 16, &record, 2);
	memcpy(at + 18, name, length);
	at[size - 1] = (char)type;
	c->used += size;
	return 0;
}

static long collect(struct file *file, struct collector *c, uaddr_t to)
{
	struct inode *inode = file->inode;
	int64_t before;
	long result;

	mutex_lock(&file->position_lock);
	before = file->position;
	rwmutex_read_lock(&inode->lock);
	result = inode->state & INODE_DEAD ? -ENOENT :
					     file->ops->readdir(file, &c->sink);
	rwmutex_read_unlock(&inode->lock);
	inode_accessed(inode, file->mount);
	if (result != -ENOENT)
		file_event(file, IN_ACCESS);
	if (c->used) {
		result = (long)c->used;
		if (copy_to_user(to, c->buffer, c->used)) {
			file->position = before;
			result = -EFAULT;
		}
	} else if (!result && c->full) {
		result = -EINVAL; /* not even one entry fits */
	}
	mutex_unlock(&file->position_lock);
	return result;
}

static long list(int fd, uaddr_t to, unsigned count,
		 __typeof__(((struct directory_sink *)0)->add) add)
{
	struct collector c = { .sink = { add },
			       .size = MIN(count, BUFFER_MAX) };
	struct file *file = fd_get(fd);
	long result;

	if (!file)
		return -EBADF;
	if (!file->ops->readdir || !file->inode) {
		file_put(file);
		return -ENOTDIR;
	}
	c.buffer = kmalloc(c.size ? c.size : 1);
	result = c.buffer ? collect(file, &c, to) : -ENOMEM;
	kfree(c.buffer);
	file_put(file);
	return result;
}

long sys_getdents64(int fd, uaddr_t dirents, unsigned count)
{
	return list(fd, dirents, count, add64);
}

long sys_getdents(int fd, uaddr_t dirents, unsigned count)
{
	return list(fd, dirents, count, add_old);
}
