// SPDX-License-Identifier: MIT
/*
 * Network interfaces in /sys. Nothing is stored: an inode's number says which
 * interface, what of it and which attribute, and everything else is asked of
 * the network that the super block belongs to. An interface that is gone leaves
 * -ENOENT by name and empty files.
 */
#include "fs/sysfs/interfaces.h"

#include "fs/sysfs/sysfs.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define TEXT_SIZE 256
#define NAME_SIZE 16

const struct sysfs_interfaces *sysfs_interfaces;

static uint64_t number_of(uint32_t index, enum interface_kind kind,
			  unsigned attribute)
{
	return INTERFACE_NUMBERS | (uint64_t)index << 12 | (uint64_t)kind << 8 |
	       attribute;
}

static uint32_t index_of(uint64_t number)
{
	return (uint32_t)(number >> 12);
}

static enum interface_kind kind_of(uint64_t number)
{
	return number >> 8 & 15;
}

static void *network_of(const struct inode *inode)
{
	return inode->super->private;
}

void sysfs_set_interfaces(const struct sysfs_interfaces *interfaces)
{
	sysfs_interfaces = interfaces;
}

/* ---- Lists of interfaces ---- */

static enum interface_kind listed(const struct inode *inode)
{
	return (enum interface_kind)inode->flags;
}

static int lookup_interface(struct inode *directory, const char *name,
			    size_t length, struct inode **found)
{
	uint32_t index =
		sysfs_interfaces->find(network_of(directory), name, length);

	if (!index)
		return -ENOENT;
	return inode_get(directory->super,
			 number_of(index, listed(directory), 0), found);
}

static int list_dots(struct file *file, struct directory_sink *sink)
{
	for (; file->position < 2; file->position++)
		if (sink->add(sink, "..", (size_t)file->position + 1,
			      file->inode->number, file->position + 1,
			      S_IFDIR >> 12))
			return -ENOSPC;
	return 0;
}

/* Position 2 + n: after the interface of number n. */
static int list_interfaces(struct file *file, struct directory_sink *sink)
{
	enum interface_kind kind = listed(file->inode);
	unsigned type = (kind == INTERFACE_LINK ? S_IFLNK : S_IFDIR) >> 12;
	void *network = network_of(file->inode);
	char name[NAME_SIZE];
	uint32_t index;

	if (list_dots(file, sink))
		return 0;
	while ((index = sysfs_interfaces->next(
			network, (uint32_t)(file->position - 2), name))) {
		if (sink->add(sink, name, strlen(name),
			      number_of(index, kind, 0), 2 + (int64_t)index,
			      type))
			break;
		file->position = 2 + (int64_t)index;
	}
	return 0;
}

static const struct inode_ops list_ops = {
	.lookup = lookup_interface,
	.volatile_names = true,
};

static const struct file_ops list_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = list_interfaces,
};

void interface_set_list(struct inode *inode, enum interface_kind of)
{
	if (!sysfs_interfaces)
		return;
	inode->flags = of;
	inode->ops = &list_ops;
	inode->file_ops = &list_file_ops;
}

/* ---- One interface ---- */

/* How an attribute looks in a directory of this kind: its name there, or the
 * group's; NULL: it is not in it. */
static const char *shown_as(unsigned attribute, enum interface_kind in,
			    size_t *length, bool *group)
{
	const char *name = sysfs_interfaces->attribute(attribute);
	const char *slash = strchr(name, '/');

	*group = slash && in == INTERFACE_DIRECTORY;
	if (!slash && in == INTERFACE_GROUP)
		return NULL;
	if (slash && in == INTERFACE_GROUP)
		name = slash + 1;
	*length = *group ? (size_t)(slash - name) : strlen(name);
	return name;
}

static uint64_t entry_number(uint64_t directory, unsigned attribute, bool group)
{
	return number_of(index_of(directory),
			 group ? INTERFACE_GROUP : INTERFACE_ATTRIBUTE,
			 group ? 0 : attribute);
}

static int lookup_attribute(struct inode *directory, const char *name,
			    size_t length, struct inode **found)
{
	for (unsigned i = 0; sysfs_interfaces->attribute(i); i++) {
		size_t n;
		bool group;
		const char *here =
			shown_as(i, kind_of(directory->number), &n, &group);

		if (here && n == length && !memcmp(here, name, n))
			return inode_get(directory->super,
					 entry_number(directory->number, i,
						      group),
					 found);
	}
	return -ENOENT;
}

/* The first attribute of a group stands for the group. */
static bool stands_for_group(unsigned attribute, const char *name,
			     size_t length)
{
	return !attribute || strncmp(sysfs_interfaces->attribute(attribute - 1),
				     name, length + 1) != 0;
}

static int list_attributes(struct file *file, struct directory_sink *sink)
{
	uint64_t number = file->inode->number;

	if (list_dots(file, sink))
		return 0;
	for (;; file->position++) {
		unsigned i = (unsigned)file->position - 2;
		const char *name;
		size_t length;
		bool group;

		if (!sysfs_interfaces->attribute(i))
			return 0;
		name = shown_as(i, kind_of(number), &length, &group);
		if (!name || (group && !stands_for_group(i, name, length)))
			continue;
		if (sink->add(sink, name, length,
			      entry_number(number, i, group),
			      file->position + 1,
			      (group ? S_IFDIR : S_IFREG) >> 12))
			return 0;
	}
}

static const struct inode_ops directory_ops = {
	.lookup = lookup_attribute,
	.volatile_names = true,
};

static const struct file_ops directory_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = list_attributes,
};

static ssize_t readlink(struct inode *inode, char *buffer, size_t size)
{
	char name[NAME_SIZE];
	struct text text;

	if (!sysfs_interfaces->name(network_of(inode), index_of(inode->number),
				    name))
		return -ENOENT;
	text_init(&text, buffer, size);
	text_add(&text, "../../devices/virtual/net/%s", name);
	return (ssize_t)text_length(&text);
}

static const struct inode_ops link_ops = { .readlink = readlink };

static ssize_t read(struct file *file, struct io *io, int64_t *position)
{
	uint64_t number = file->inode->number;
	char buffer[TEXT_SIZE];
	struct text text;
	size_t n = 0, length;

	if (*position < 0)
		return -EINVAL;
	text_init(&text, buffer, sizeof buffer);
	sysfs_interfaces->show(network_of(file->inode), index_of(number),
			       number & 0xff, &text);
	length = text_length(&text);
	if (!length)
		return -EINVAL;
	if ((uint64_t)*position >= length)
		return 0;
	length = MIN(io->left, length - (size_t)*position);
	n = io_copy_to(io, buffer + *position, length);
	if (length && !n)
		return -EFAULT;
	*position += (int64_t)n;
	return (ssize_t)n;
}

static const struct inode_ops attribute_inode_ops = { 0 };

static const struct file_ops attribute_ops = {
	.name = "sysfs",
	.read = read,
	.seek = directory_seek,
};

int interface_read_inode(struct inode *inode)
{
	char name[NAME_SIZE];

	if (!sysfs_interfaces ||
	    !sysfs_interfaces->name(network_of(inode), index_of(inode->number),
				    name))
		return -ENOENT;
	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	switch (kind_of(inode->number)) {
	case INTERFACE_LINK:
		inode->mode = S_IFLNK | 0777;
		inode->ops = &link_ops;
		break;
	case INTERFACE_ATTRIBUTE:
		inode->mode = S_IFREG | 0444;
		inode->ops = &attribute_inode_ops;
		inode->file_ops = &attribute_ops;
		inode->size = 4096;
		break;
	default:
		inode->mode = S_IFDIR | 0755;
		inode->links = 2;
		inode->ops = &directory_ops;
		inode->file_ops = &directory_file_ops;
	}
	return 0;
}
