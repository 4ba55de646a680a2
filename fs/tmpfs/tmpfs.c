// SPDX-License-Identifier: MIT
/*
 * tmpfs as a file system: mount options, limits, statfs, the end of inodes, and
 * the kernel's own ways in (nodes of devtmpfs, files of memfd_create).
 */
#include "fs/tmpfs/node.h"
#include "fs/vfs/mount.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "lib/format.h"
#include "lib/parse.h"

static void evict_inode(struct inode *inode)
{
	struct tmpfs_super *super = tmpfs_super_of(inode->super);
	struct tmpfs_node *node = node_of(inode);

	if (!node)
		return;
	tmpfs_account(inode);
	if ((inode->mode & S_IFMT) == S_IFDIR)
		tmpfs_drop_entries(inode);
	tmpfs_drop_xattrs(inode);
	kfree(node->target);
	kfree(node);
	atomic_fetch_sub(&super->used_inodes, 1);
}

static int read_inode(struct inode *inode)
{
	return -ENOENT; /* all that exist are in memory */
}

static int statfs(struct super_block *super, struct statfs_result *result)
{
	struct tmpfs_super *s = tmpfs_super_of(super);
	uint64_t used = atomic_load(&s->used_pages);

	result->type = TMPFS_MAGIC;
	result->block_size = result->fragment_size = PAGE_SIZE;
	if (s->max_pages) {
		result->blocks = s->max_pages;
		result->free = s->max_pages > used ? s->max_pages - used : 0;
		result->available = result->free;
	}
	if (s->max_inodes) {
		result->files = s->max_inodes;
		result->files_free = s->max_inodes - s->used_inodes;
	}
	return 0;
}

static void show_options(struct super_block *super, struct text *text)
{
	struct tmpfs_super *s = tmpfs_super_of(super);

	if (s->max_pages)
		text_add(text, ",size=%luk", s->max_pages * 4);
	if (s->max_inodes)
		text_add(text, ",nr_inodes=%lu", s->max_inodes);
	if (s->show_mode)
		text_add(text, ",mode=%o", s->mode & 07777);
}

/* ---- options --------------------------------------------------------------- */

static int take_size(struct tmpfs_super *s, const char *value)
{
	struct memory_counts counts;
	uint64_t size;

	if (!parse_size(&value, &size))
		return -EINVAL;
	if (*value == '%' && size <= 100) {
		memory_counts(&counts);
		s->max_pages = counts.total * size / 100;
		return value[1] ? -EINVAL : 0;
	}
	s->max_pages = DIV_ROUND_UP(size, PAGE_SIZE);
	return *value ? -EINVAL : 0;
}

static int take_number(const char *value, unsigned base, uint32_t *out)
{
	uint64_t number;

	if (!parse_u64(&value, base, &number) || *value || number > 0xffffffff)
		return -EINVAL;
	*out = (uint32_t)number;
	return 0;
}

static int take_option(struct tmpfs_super *s, const char *name,
		       const char *value)
{
	if (string_equal(name, "size"))
		return take_size(s, value);
	if (string_equal(name, "nr_blocks")) {
		if (!parse_size(&value, &s->max_pages) || *value)
			return -EINVAL;
		return 0;
	}
	if (string_equal(name, "nr_inodes")) {
		if (!parse_size(&value, &s->max_inodes) || *value)
			return -EINVAL;
		return 0;
	}
	if (string_equal(name, "mode")) {
		s->show_mode = true;
		return take_number(value, 8, &s->mode);
	}
	if (string_equal(name, "uid"))
		return take_number(value, 10, &s->uid);
	if (string_equal(name, "gid"))
		return take_number(value, 10, &s->gid);
	/* How memory is placed: there is one kind here. */
	if (string_equal(name, "mpol") || string_equal(name, "huge") ||
	    string_equal(name, "inode64") || string_equal(name, "inode32"))
		return 0;
	return -EINVAL;
}

static int take_options(struct tmpfs_super *s, const char *options)
{
	char *copy = kstrdup(options), *at = copy, *end, *value;
	int error = 0;

	if (!copy)
		return -ENOMEM;
	while (at && *at && !error) {
		end = strchr(at, ',');
		if (end)
			*end++ = 0;
		value = strchr(at, '=');
		if (value)
			*value++ = 0;
		if (*at)
			error = take_option(s, at, value ? value : "");
		if (error)
			log_warn("tmpfs: bad option %s=%s", at,
				 value ? value : "");
		at = end;
	}
	kfree(copy);
	return error;
}

static int remount(struct super_block *super, unsigned flags,
		   const char *options)
{
	struct tmpfs_super *s = tmpfs_super_of(super), wanted = *s;
	int error = take_options(&wanted, options);

	if (error)
		return error;
	if (wanted.max_pages && wanted.max_pages < s->used_pages)
		return -EINVAL;
	s->max_pages = wanted.max_pages;
	s->max_inodes = wanted.max_inodes;
	return 0;
}

static void unmount(struct super_block *super)
{
	kfree(super->private);
}

static const struct super_ops super_ops = {
	.name = "tmpfs",
	.read_inode = read_inode,
	.evict_inode = evict_inode,
	.statfs = statfs,
	.remount = remount,
	.unmount = unmount,
	.show_options = show_options,
};

int tmpfs_fill(struct super_block *super, const char *options)
{
	struct tmpfs_super *s = kzalloc(sizeof *s);
	struct memory_counts counts;
	int error;

	if (!s)
		return -ENOMEM;
	memory_counts(&counts);
	s->max_pages = counts.total / 2;
	s->max_inodes = counts.total / 2;
	s->mode = 01777;
	s->next_number = 1;
	error = take_options(s, options);
	if (error) {
		kfree(s);
		return error;
	}
	super->ops = &super_ops;
	super->private = s;
	super->magic = TMPFS_MAGIC;
	super->block_size = PAGE_SIZE;
	super->root =
		tmpfs_new_inode(super, NULL, S_IFDIR | (s->mode & 07777), 0);
	if (!super->root) {
		kfree(s);
		super->ops = NULL;
		return -ENOMEM;
	}
	node_of(super->root)->parent = super->root;
	super->root->uid = s->uid;
	super->root->gid = s->gid;
	return 0;
}

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	return tmpfs_fill(super, options);
}

static struct file_system tmpfs = { .name = "tmpfs", .mount = mount };
static struct file_system ramfs = { .name = "ramfs", .mount = mount };

void tmpfs_init(void)
{
	file_system_register(&tmpfs);
	file_system_register(&ramfs);
}

/* ---- from inside the kernel --------------------------------------------------- */

static int make_in(struct inode *directory, const char *name, size_t length,
		   uint32_t mode, uint64_t rdevice, struct inode **made)
{
	int error;

	rwmutex_write_lock(&directory->lock);
	error = tmpfs_lookup(directory, name, length, made);
	if (error == -ENOENT) {
		error = tmpfs_create(directory, name, length, mode, rdevice,
				     made);
		if (!error) {
			(*made)->uid = (*made)->gid = 0;
			(*made)->mode = mode;
		}
	}
	rwmutex_write_unlock(&directory->lock);
	return error;
}

/* The directory of the path's last component, referenced. */
static int make_parents(struct super_block *super, const char **path,
			struct inode **directory)
{
	struct inode *at = super->root, *next;
	const char *slash;
	int error;

	inode_ref(at);
	while ((slash = strchr(*path, '/'))) {
		error = make_in(at, *path, (size_t)(slash - *path),
				S_IFDIR | 0755, 0, &next);
		inode_put(at);
		if (error)
			return error;
		at = next;
		*path = slash + 1;
	}
	*directory = at;
	return 0;
}

int tmpfs_make_node(struct super_block *super, const char *path, uint32_t mode,
		    uint64_t rdevice)
{
	struct inode *directory, *made;
	int error = make_parents(super, &path, &directory);

	if (error)
		return error;
	error = make_in(directory, path, strlen(path), mode, rdevice, &made);
	if (!error)
		inode_put(made);
	inode_put(directory);
	return error;
}

int tmpfs_make_symlink(struct super_block *super, const char *path,
		       const char *target)
{
	struct inode *directory, *made;
	int error = make_parents(super, &path, &directory);

	if (error)
		return error;
	rwmutex_write_lock(&directory->lock);
	error = tmpfs_symlink(directory, path, strlen(path), target, &made);
	rwmutex_write_unlock(&directory->lock);
	if (!error)
		inode_put(made);
	inode_put(directory);
	return error;
}

/* ---- memfd ---------------------------------------------------------------------- */

static struct mount *memfd_mount(void)
{
	static struct mount *mount;
	static struct spinlock lock;
	struct mount *fresh;

	if (atomic_load(&mount))
		return mount;
	fresh = mount_kernel("tmpfs", "mode=0700");
	spin_lock(&lock);
	if (!mount) {
		atomic_store(&mount, fresh);
		fresh = NULL;
	}
	spin_unlock(&lock);
	if (fresh)
		mount_put(fresh);
	return mount;
}

int tmpfs_memfd(const char *name, unsigned flags, struct file **file)
{
	struct mount *mount = memfd_mount();
	struct inode *inode;
	char title[264];
	int error;

	if (!mount)
		return -ENOMEM;
	inode = tmpfs_new_inode(mount->super, NULL, S_IFREG | 0777, 0);
	if (!inode)
		return -ENOMEM;
	inode->links = 0;
	inode->seals = SEALS_MEMFD |
		       (flags & MFD_ALLOW_SEALING ? 0 : SEAL_SEAL);
	format_to(title, sizeof title, "memfd:%s", name);
	error = open_nameless_inode(mount, inode, title, O_RDWR | O_LARGEFILE,
				    file);
	return error;
}
