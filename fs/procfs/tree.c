// SPDX-License-Identifier: MIT
/*
 * The fixed part of /proc: a tree of nodes made from the registered paths, and
 * /proc as a file system. Processes are looked up after the nodes of the root.
 */
#include "fs/procfs/tree.h"

#include "kernel/arch/x86_64/log.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/parse.h"

struct proc_node *proc_root, *proc_net, *proc_net_names[NET_NAMES_MAX];
static unsigned net_names;
struct mutex proc_lock;
static struct proc_node *all_nodes;
static uint64_t next_number = ROOT_NUMBER;

static struct proc_node *new_node(struct proc_node *parent, const char *name,
				  size_t length, uint32_t mode)
{
	struct proc_node *node = kzalloc(sizeof *node + length + 1);
	char *copy;

	if (!node)
		return NULL;
	copy = (char *)(node + 1);
	memcpy(copy, name, length);
	node->name = copy;
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
		parent->child_count += (mode & S_IFMT) == S_IFDIR;
	}
	return node;
}

struct proc_node *node_by_number(uint64_t number)
{
	struct proc_node *node;

	mutex_lock(&proc_lock);
	for (node = all_nodes; node; node = node->next) {
		if (node->number == number)
			break;
	}
	mutex_unlock(&proc_lock);
	return node;
}

static struct proc_node *find_child(struct proc_node *directory,
				    const char *name, size_t length)
{
	struct proc_node *node;

	LIST_FOR_EACH(node, &directory->children, sibling) {
		if (node->length == length && !memcmp(node->name, name, length))
			return node;
	}
	return NULL;
}

struct proc_node *node_child(struct proc_node *directory, const char *name,
			     size_t length)
{
	struct proc_node *node;

	mutex_lock(&proc_lock);
	node = find_child(directory, name, length);
	mutex_unlock(&proc_lock);
	return node;
}

struct proc_node *node_make(const char *path, uint32_t mode)
{
	struct proc_node *at = proc_root, *child;
	size_t length;

	if (string_starts(path, "net/")) {
		at = proc_net;
		path += strlen("net/");
	}
	mutex_lock(&proc_lock);
	for (; at; path += length + 1, at = child) {
		bool last;

		for (length = 0; path[length] && path[length] != '/'; length++)
			;
		last = !path[length];
		child = find_child(at, path, length);
		if (!child)
			child = new_node(at, path, length,
					 last ? mode : S_IFDIR | 0555);
		if (last) {
			at = child;
			break;
		}
	}
	mutex_unlock(&proc_lock);
	if (!at)
		log_warn("proc: no memory for %s", path);
	return at;
}

/* ---- registering --------------------------------------------------------------- */

static uint32_t mode_of(const struct proc_file *file)
{
	if (file->mode)
		return file->mode;
	return file->store || file->store_of ? 0644 : 0444;
}

void procfs_register(const struct proc_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct proc_file *file = &files[i];
		struct proc_node *node =
			node_make(file->path, S_IFREG | mode_of(file));

		if (!node)
			continue;
		node->mode = S_IFREG | mode_of(file);
		node->arg = file->arg;
		node->store = file->store;
		node->show = file->show;
		node->show_of = file->show_of;
		node->store_of = file->store_of;
	}
}

void procfs_register_names(const char *directory,
			   const struct proc_names *names)
{
	struct proc_node *node = node_make(directory, S_IFDIR | 0555);

	if (node)
		node->names = names;
	if (node && string_starts(directory, "net/") &&
	    net_names < NET_NAMES_MAX) {
		node->slot = net_names;
		proc_net_names[net_names++] = node;
	}
}

void procfs_register_file(const char *path,
			  void (*show)(struct text *text, void *arg), void *arg)
{
	struct proc_file file = { .path = path, .show = show, .arg = arg };

	procfs_register(&file, 1);
}

void procfs_make_directory(const char *path)
{
	node_make(path, S_IFDIR | 0555);
}

void procfs_make_link(const char *path, const char *target)
{
	struct proc_node *node = node_make(path, S_IFLNK | 0777);

	if (node)
		node->target = target;
}

/* ---- inodes ----------------------------------------------------------------------- */

static int read_inode(struct inode *inode)
{
	struct proc_node *node;

	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	if (number_is_process(inode->number))
		return process_read_inode(inode);
	node = node_by_number(inode->number & UINT32_MAX);
	if (!node)
		return -ENOENT;
	inode->private = node;
	inode->mode = node->mode;
	switch (node->mode & S_IFMT) {
	case S_IFDIR:
		inode->links = 2 + node->child_count;
		inode->ops = &proc_directory_ops;
		inode->file_ops = &proc_directory_file_ops;
		break;
	case S_IFLNK:
		inode->ops = &proc_link_ops;
		break;
	default:
		inode->ops = &proc_file_inode_ops;
		inode->file_ops = &proc_file_ops;
	}
	return 0;
}

static int lookup(struct inode *directory, const char *name, size_t length,
		  struct inode **found)
{
	struct proc_node *node = directory->private;
	struct proc_node *child = node_child(node, name, length);
	uint32_t which = number_which(directory->number);

	if (node->names && (!child || node_is_pattern(child))) {
		which = node->names->find(name, length);
		child = which ? node_child(node, "*", 1) : NULL;
	}
	if (child)
		return inode_get(directory->super,
				 number_of_name(child->number, which), found);
	if (node == proc_root)
		return process_lookup_root(directory->super, name, length,
					   found);
	return -ENOENT;
}

static ssize_t readlink(struct inode *inode, char *buffer, size_t size)
{
	struct proc_node *node = inode->private;
	struct text text;

	text_init(&text, buffer, size);
	if (node->link)
		node->link(&text);
	else
		text_str(&text, node->target);
	return (ssize_t)text_length(&text);
}

#define NAMES_AT (1ll << 32)

/* The names, from position NAMES_AT + number on. */
static int list_names(struct proc_node *node, struct file *file,
		      struct directory_sink *sink)
{
	struct proc_node *child = node_child(node, "*", 1);
	uint32_t which = 0;
	char name[PROC_NAME_MAX];

	if (!child)
		return 0;
	if (file->position >= NAMES_AT)
		which = (uint32_t)(file->position - NAMES_AT);
	while ((which = node->names->next(which, name))) {
		uint64_t number = number_of_name(child->number, which);

		if (sink->add(sink, name, strlen(name), number,
			      NAMES_AT + which, (child->mode & S_IFMT) >> 12))
			return 0;
		file->position = NAMES_AT + which;
	}
	return 0;
}

/* Position 2 + n: the n-th child; the root goes on with processes. */
static int readdir(struct file *file, struct directory_sink *sink)
{
	struct proc_node *node = file->inode->private, *child;
	uint32_t which = number_which(file->inode->number);
	int64_t position = 2;

	if (file->position == 0) {
		if (sink->add(sink, ".", 1, node->number, 1, 4))
			return 0;
		file->position = 1;
	}
	if (file->position == 1) {
		if (sink->add(sink, "..", 2, node->parent->number, 2, 4))
			return 0;
		file->position = 2;
	}
	mutex_lock(&proc_lock);
	LIST_FOR_EACH(child, &node->children, sibling) {
		if (position++ < file->position || node_is_pattern(child))
			continue;
		if (sink->add(sink, child->name, child->length,
			      number_of_name(child->number, which), position,
			      (child->mode & S_IFMT) >> 12)) {
			mutex_unlock(&proc_lock);
			return 0;
		}
		file->position = position;
	}
	mutex_unlock(&proc_lock);
	if (node->names)
		return list_names(node, file, sink);
	return node == proc_root ? process_list_root(file, sink) : 0;
}

const struct file_ops proc_directory_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = readdir,
};

const struct inode_ops proc_directory_ops = {
	.lookup = lookup,
	.volatile_names = true,
};

/* Is it below /proc/sys? *network: below /proc/sys/net. */
static bool is_sysctl(const struct proc_node *node, bool *network)
{
	const struct proc_node *below = node;

	while (node->parent != proc_root && node != proc_root) {
		below = node;
		node = node->parent;
	}
	*network = string_equal(below->name, "net");
	return string_equal(node->name, "sys");
}

/* A variable that cannot be changed is closed to root as well. The network's
 * are open to who may configure it as to root. */
static int permission(struct inode *inode, unsigned mask)
{
	struct proc_node *node = inode->private;
	const struct credentials *cred = current_cred();
	unsigned rights;
	bool network;

	if (!cred || number_is_process(inode->number) ||
	    !is_sysctl(node, &network))
		return inode_check_mode(inode, mask);
	rights = node->mode;
	if (cred->fsuid == 0 ||
	    (network && credentials_capable(cred, CAP_NET_ADMIN)))
		rights = node->mode >> 6;
	return mask & ~rights & 7 ? -EACCES : 0;
}

const struct inode_ops proc_file_inode_ops = { .permission = permission };

const struct inode_ops proc_link_ops = {
	.readlink = readlink,
};

/* ---- the file system ----------------------------------------------------------------- */

static int statfs(struct super_block *super, struct statfs_result *result)
{
	result->type = PROC_MAGIC;
	return 0;
}

static int remount(struct super_block *super, unsigned flags,
		   const char *options)
{
	return 0; /* hidepid= and gid= are of no effect */
}

static const struct super_ops super_ops = {
	.name = "proc",
	.read_inode = read_inode,
	.statfs = statfs,
	.remount = remount,
};

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	super->ops = &super_ops;
	super->magic = PROC_MAGIC;
	super->block_size = 1024;
	super->no_inode_cache = true;
	return inode_get(super, ROOT_NUMBER, &super->root);
}

static struct file_system proc = {
	.name = "proc",
	.single = true,
	.mount = mount,
};

static void show_self(struct text *text)
{
	if (process_source)
		text_add(text, "%d", process_source->self(false));
}

static void show_thread_self(struct text *text)
{
	if (process_source)
		text_add(text, "%d/task/%d", process_source->self(false),
			 process_source->self(true));
}

void procfs_init(void)
{
	struct proc_node *node;

	mutex_init(&proc_lock);
	proc_root = new_node(NULL, "", 0, S_IFDIR | 0555);
	proc_net = new_node(NULL, "net", 3, S_IFDIR | 0555);
	if (!proc_root || !proc_net)
		return;
	node = node_make("self", S_IFLNK | 0777);
	if (node)
		node->link = show_self;
	node = node_make("thread-self", S_IFLNK | 0777);
	if (node)
		node->link = show_thread_self;
	procfs_make_link("net", "self/net");
	procfs_make_directory("sys/fs/binfmt_misc");
	procfs_make_link("mounts", "self/mounts");
	sysctl_init();
	system_init();
	file_system_register(&proc);
}
