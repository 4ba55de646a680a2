// SPDX-License-Identifier: MIT
/*
 * The tree of /sys and its file system. Nodes are made by path and never freed:
 * a removed one is only no longer found, so an inode that still points to it is
 * safe.
 */
#include "fs/sysfs/sysfs.h"

#include "fs/sysfs/devices.h"
#include "fs/sysfs/interfaces.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/string.h"

#define SYSFS_MAGIC 0x62656572
#define ROOT_NUMBER 1
#define TEXT_SIZE 4096

struct node {
	uint64_t number;
	uint32_t mode; /* with type */
	struct node *parent;
	struct node *next; /* in all_nodes */
	struct list children, sibling; /* guarded by tree_lock */
	unsigned directories;
	enum interface_kind interfaces; /* what it lists beside its children */
	void (*show)(struct text *text, void *arg);
	void *arg;
	char *target; /* links; constant texts */
	size_t length;
	char name[];
};

static struct mutex tree_lock;
static struct node *root, *all_nodes;
static uint64_t next_number = ROOT_NUMBER;

/* ---- the tree ----------------------------------------------------------------- */

static struct node *new_node(struct node *parent, const char *name,
			     size_t length, uint32_t mode)
{
	struct node *node = kzalloc(sizeof *node + length + 1);

	if (!node)
		return NULL;
	memcpy(node->name, name, length);
	node->length = length;
	node->mode = mode;
	node->number = next_number++;
	node->parent = parent ? parent : node;
	list_init(&node->children);
	list_init(&node->sibling);
	node->next = all_nodes;
	all_nodes = node;
	if (parent) {
		list_push_back(&parent->children, &node->sibling);
		parent->directories += (mode & S_IFMT) == S_IFDIR;
	}
	return node;
}

static struct node *find_child(struct node *directory, const char *name,
			       size_t length)
{
	struct node *node;

	LIST_FOR_EACH(node, &directory->children, sibling) {
		if (node->length == length && !memcmp(node->name, name, length))
			return node;
	}
	return NULL;
}

static struct node *make(const char *path, uint32_t mode)
{
	struct node *at = root, *child;
	const char *end;

	mutex_lock(&tree_lock);
	for (; at; at = child) {
		for (end = path; *end && *end != '/'; end++)
			;
		child = find_child(at, path, (size_t)(end - path));
		if (!child)
			child = new_node(at, path, (size_t)(end - path),
					 *end ? S_IFDIR | 0755 : mode);
		if (!*end) {
			at = child;
			break;
		}
		path = end + 1;
	}
	mutex_unlock(&tree_lock);
	if (!at)
		log_warn("sysfs: no memory for %s", path);
	return at;
}

void sysfs_directory(const char *path)
{
	make(path, S_IFDIR | 0755);
}

void sysfs_link(const char *path, const char *target)
{
	struct node *node = make(path, S_IFLNK | 0777);

	if (node)
		node->target = kstrdup(target);
}

void sysfs_attribute(const char *path,
		     void (*show)(struct text *text, void *arg), void *arg)
{
	struct node *node = make(path, S_IFREG | 0444);

	if (node) {
		node->arg = arg;
		node->show = show;
	}
}

static void show_constant(struct text *text, void *arg)
{
	text_add(text, "%s\n", (const char *)arg);
}

void sysfs_text(const char *path, const char *text)
{
	char *copy = kstrdup(text);

	if (copy)
		sysfs_attribute(path, show_constant, copy);
}

void sysfs_remove(const char *path)
{
	struct node *node = make(path, S_IFDIR | 0755);

	if (!node)
		return;
	mutex_lock(&tree_lock);
	if ((node->mode & S_IFMT) == S_IFDIR)
		node->parent->directories--;
	list_remove(&node->sibling);
	mutex_unlock(&tree_lock);
}

/* ---- inodes --------------------------------------------------------------------- */

static const struct inode_ops directory_ops, link_ops, file_ops_inode;
static const struct file_ops directory_file_ops, attribute_ops;

static struct node *by_number(uint64_t number)
{
	struct node *node;

	mutex_lock(&tree_lock);
	for (node = all_nodes; node; node = node->next) {
		if (node->number == number)
			break;
	}
	mutex_unlock(&tree_lock);
	return node;
}

static int read_inode(struct inode *inode)
{
	struct node *node;

	if (inode->number >= INTERFACE_NUMBERS)
		return interface_read_inode(inode);
	node = by_number(inode->number);
	if (!node)
		return -ENOENT;
	inode->private = node;
	inode->mode = node->mode;
	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	switch (node->mode & S_IFMT) {
	case S_IFDIR:
		inode->links = 2 + node->directories;
		inode->ops = &directory_ops;
		inode->file_ops = &directory_file_ops;
		if (node->interfaces)
			interface_set_list(inode, node->interfaces);
		break;
	case S_IFLNK:
		inode->ops = &link_ops;
		break;
	default:
		inode->ops = &file_ops_inode;
		inode->file_ops = &attribute_ops;
		inode->size = TEXT_SIZE;
	}
	return 0;
}

static int lookup(struct inode *directory, const char *name, size_t length,
		  struct inode **found)
{
	struct node *child;

	mutex_lock(&tree_lock);
	child = find_child(directory->private, name, length);
	mutex_unlock(&tree_lock);
	return child ? inode_get(directory->super, child->number, found) :
		       -ENOENT;
}

static ssize_t readlink(struct inode *inode, char *buffer, size_t size)
{
	struct node *node = inode->private;

	if (!node->target)
		return -ENOMEM;
	return (ssize_t)MIN(string_copy(buffer, node->target, size), size - 1);
}

static int readdir(struct file *file, struct directory_sink *sink)
{
	struct node *node = file->inode->private, *child;
	int64_t position = 2;

	for (; file->position < 2; file->position++) {
		if (sink->add(sink, "..", (size_t)file->position + 1,
			      file->position ? node->parent->number :
					       node->number,
			      file->position + 1, S_IFDIR >> 12))
			return 0;
	}
	mutex_lock(&tree_lock);
	LIST_FOR_EACH(child, &node->children, sibling) {
		if (position++ < file->position)
			continue;
		if (sink->add(sink, child->name, child->length, child->number,
			      position, (child->mode & S_IFMT) >> 12))
			break;
		file->position = position;
	}
	mutex_unlock(&tree_lock);
	return 0;
}

static ssize_t read_attribute(struct file *file, struct io *io,
			      int64_t *position)
{
	struct node *node = file->inode->private;
	struct text text;
	char *buffer;
	size_t n = 0, length;

	if (*position < 0 || !node->show)
		return *position < 0 ? -EINVAL : -EIO;
	buffer = kmalloc(TEXT_SIZE);
	if (!buffer)
		return -ENOMEM;
	text_init(&text, buffer, TEXT_SIZE);
	node->show(&text, node->arg);
	length = text_length(&text);
	if ((uint64_t)*position < length) {
		length = MIN(io->left, length - (size_t)*position);
		n = io_copy_to(io, buffer + *position, length);
	} else {
		length = 0;
	}
	kfree(buffer);
	if (length && !n)
		return -EFAULT;
	*position += (int64_t)n;
	return (ssize_t)n;
}

static const struct inode_ops directory_ops = {
	.lookup = lookup,
	.volatile_names = true,
};
static const struct inode_ops link_ops = { .readlink = readlink };
static const struct inode_ops file_ops_inode = { 0 };

static const struct file_ops directory_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = readdir,
};

static const struct file_ops attribute_ops = {
	.name = "sysfs",
	.read = read_attribute,
	.seek = directory_seek,
};

/* ---- the file system --------------------------------------------------------------- */

static int statfs(struct super_block *super, struct statfs_result *result)
{
	result->type = SYSFS_MAGIC;
	return 0;
}

static void unmount(struct super_block *super)
{
	if (super->private)
		sysfs_interfaces->drop(super->private);
}

static const struct super_ops super_ops = {
	.name = "sysfs",
	.read_inode = read_inode,
	.statfs = statfs,
	.unmount = unmount,
};

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	static bool added;

	/* All drivers have started when somebody mounts it. */
	if (!added)
		sysfs_add_devices();
	added = true;
	if (sysfs_interfaces)
		super->private = sysfs_interfaces->grab();
	super->ops = &super_ops;
	super->magic = SYSFS_MAGIC;
	super->no_inode_cache = true;
	return inode_get(super, ROOT_NUMBER, &super->root);
}

static bool is_callers(const struct super_block *super)
{
	return !sysfs_interfaces ||
	       sysfs_interfaces->is_callers(super->private);
}

static struct file_system sysfs = {
	.name = "sysfs",
	.is_callers = is_callers,
	.mount = mount,
};

static void list_interfaces(const char *path, enum interface_kind as)
{
	struct node *node = make(path, S_IFDIR | 0755);

	if (node)
		node->interfaces = as;
}

void sysfs_init(void)
{
	static const char *const directories[] = {
		"block",
		"bus/pci/devices",
		"bus/pci/drivers",
		"bus/virtio/devices",
		"class/block",
		"class/net",
		"class/tty",
		"class/mem",
		"class/misc",
		"class/input",
		"class/graphics",
		"dev/block",
		"dev/char",
		"devices/system/cpu",
		"devices/system/node",
		"devices/virtual",
		"firmware",
		"fs/cgroup",
		"hypervisor",
		"kernel/debug",
		"kernel/security",
		"kernel/config",
		"kernel/tracing",
		"kernel/mm",
		"module",
		"power",
	};

	mutex_init(&tree_lock);
	root = new_node(NULL, "", 0, S_IFDIR | 0555);
	for (size_t i = 0; root && i < ARRAY_LEN(directories); i++)
		sysfs_directory(directories[i]);
	list_interfaces("class/net", INTERFACE_LINK);
	list_interfaces("devices/virtual/net", INTERFACE_DIRECTORY);
	file_system_register(&sysfs);
}
