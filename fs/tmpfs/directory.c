// SPDX-License-Identifier: MIT
/*
 * tmpfs: directories. Entries are in two trees, by name (for lookups that the
 * dentry cache does not answer) and by number (for readdir).
 */
#include "fs/tmpfs/node.h"
#include "kernel/mm/slab.h"

#define ENTRY_SIZE 20 /* what Linux's tmpfs counts for each name */

struct inode *tmpfs_new_inode(struct super_block *super,
			      const struct inode *directory, uint32_t mode,
			      uint64_t rdevice)
{
	struct tmpfs_super *s = tmpfs_super_of(super);
	struct tmpfs_node *node;
	struct inode *inode;

	if (s->max_inodes && atomic_load(&s->used_inodes) >= s->max_inodes)
		return NULL;
	node = kzalloc(sizeof *node);
	if (!node)
		return NULL;
	inode = inode_new(super, atomic_fetch_add(&s->next_number, 1));
	if (!inode) {
		kfree(node);
		return NULL;
	}
	atomic_fetch_add(&s->used_inodes, 1);
	inode->private = node;
	node->next_number = 2;
	list_init(&node->xattrs);
	inode_init_owner(inode, directory, mode);
	inode->rdevice = rdevice;
	switch (mode & S_IFMT) {
	case S_IFDIR:
		inode->ops = &tmpfs_directory_ops;
		inode->file_ops = &tmpfs_directory_file_ops;
		break;
	case S_IFREG:
		inode->ops = &tmpfs_file_ops_inode;
		inode->file_ops = &tmpfs_file_ops;
		inode->mapping.ops = &tmpfs_mapping_ops;
		inode->mapping.unevictable = true;
		break;
	case S_IFLNK:
		inode->ops = &tmpfs_symlink_ops;
		break;
	default:
		inode->ops = &tmpfs_special_ops;
	}
	return inode;
}

/* ---- entries --------------------------------------------------------------- */

static struct tmpfs_entry *find(struct tmpfs_node *node, const char *name,
				size_t length)
{
	uint32_t hash = (uint32_t)hash_bytes(name, length);
	struct rb_node *at = node->by_name.root;
	struct tmpfs_entry *entry;
	int order;

	while (at) {
		entry = RB_ENTRY(at, struct tmpfs_entry, by_name);
		order = (entry->hash > hash) - (entry->hash < hash);
		if (!order)
			order = (int)entry->length - (int)length;
		if (!order)
			order = memcmp(entry->name, name, length);
		if (!order)
			return entry;
		at = at->child[order < 0];
	}
	return NULL;
}

static bool name_less(const struct rb_node *a, const struct rb_node *b)
{
	struct tmpfs_entry *x = RB_ENTRY(a, struct tmpfs_entry, by_name);
	struct tmpfs_entry *y = RB_ENTRY(b, struct tmpfs_entry, by_name);

	if (x->hash != y->hash)
		return x->hash < y->hash;
	if (x->length != y->length)
		return x->length < y->length;
	return memcmp(x->name, y->name, x->length) < 0;
}

static bool number_less(const struct rb_node *a, const struct rb_node *b)
{
	return RB_ENTRY(a, struct tmpfs_entry, by_number)->number <
	       RB_ENTRY(b, struct tmpfs_entry, by_number)->number;
}

static void changed(struct inode *directory, int64_t bytes)
{
	directory->size += (uint64_t)bytes;
	directory->version++;
	inode_touch(directory, ATTR_MTIME | ATTR_CTIME);
}

/* The inode gets one more reference, the entry's. */
static int add(struct inode *directory, const char *name, size_t length,
	       struct inode *inode)
{
	struct tmpfs_node *node = node_of(directory);
	struct tmpfs_entry *entry = kmalloc(sizeof *entry + length);

	if (!entry)
		return -ENOMEM;
	entry->number = node->next_number++;
	entry->hash = (uint32_t)hash_bytes(name, length);
	entry->inode = inode;
	entry->length = (uint16_t)length;
	memcpy(entry->name, name, length);
	inode_ref(inode);
	rb_insert(&node->by_name, &entry->by_name, name_less);
	rb_insert(&node->by_number, &entry->by_number, number_less);
	if ((inode->mode & S_IFMT) == S_IFDIR) {
		node_of(inode)->parent = directory;
		directory->links++;
	}
	changed(directory, ENTRY_SIZE);
	return 0;
}

static void drop(struct inode *directory, struct tmpfs_entry *entry)
{
	struct tmpfs_node *node = node_of(directory);

	rb_erase(&node->by_name, &entry->by_name);
	rb_erase(&node->by_number, &entry->by_number);
	if ((entry->inode->mode & S_IFMT) == S_IFDIR)
		directory->links--;
	changed(directory, -ENTRY_SIZE);
	inode_put(entry->inode);
	kfree(entry);
}

/* At unmount. Children still have links, so inode_put leaves them in the cache,
 * from where inode_drop_super evicts them one by one: no recursion. */
void tmpfs_drop_entries(struct inode *directory)
{
	struct tmpfs_node *node = node_of(directory);
	struct rb_node *at;

	while ((at = rb_first(&node->by_number)))
		drop(directory, RB_ENTRY(at, struct tmpfs_entry, by_number));
}

/* ---- operations -------------------------------------------------------------- */

int tmpfs_lookup(struct inode *directory, const char *name, size_t length,
		 struct inode **found)
{
	struct tmpfs_entry *entry = find(node_of(directory), name, length);

	if (!entry)
		return -ENOENT;
	inode_ref(entry->inode);
	*found = entry->inode;
	return 0;
}

static int enter(struct inode *directory, const char *name, size_t length,
		 struct inode *inode, struct inode **made)
{
	int error = add(directory, name, length, inode);

	if (error) {
		inode->links = 0;
		inode_put(inode);
		return error;
	}
	*made = inode;
	return 0;
}

int tmpfs_create(struct inode *directory, const char *name, size_t length,
		 uint32_t mode, uint64_t rdevice, struct inode **made)
{
	struct inode *inode =
		tmpfs_new_inode(directory->super, directory, mode, rdevice);

	return inode ? enter(directory, name, length, inode, made) : -ENOSPC;
}

int tmpfs_symlink(struct inode *directory, const char *name, size_t length,
		  const char *target, struct inode **made)
{
	struct inode *inode =
		tmpfs_new_inode(directory->super, directory, S_IFLNK | 0777, 0);

	if (!inode)
		return -ENOSPC;
	inode->size = strlen(target);
	node_of(inode)->target = kstrdup(target);
	if (!node_of(inode)->target) {
		inode->links = 0;
		inode_put(inode);
		return -ENOMEM;
	}
	return enter(directory, name, length, inode, made);
}

static int tmpfs_tmpfile(struct inode *directory, uint32_t mode,
			 struct inode **made)
{
	struct inode *inode =
		tmpfs_new_inode(directory->super, directory, mode, 0);

	if (!inode)
		return -ENOSPC;
	inode->links = 0;
	*made = inode;
	return 0;
}

static int tmpfs_link(struct inode *directory, const char *name, size_t length,
		      struct inode *target)
{
	int error = add(directory, name, length, target);

	if (error)
		return error;
	target->links++;
	inode_touch(target, ATTR_CTIME);
	return 0;
}

static int tmpfs_unlink(struct inode *directory, const char *name,
			size_t length, struct inode *target)
{
	struct tmpfs_entry *entry = find(node_of(directory), name, length);

	if (!entry)
		return -ENOENT;
	target->links--;
	inode_touch(target, ATTR_CTIME);
	drop(directory, entry);
	return 0;
}

static int tmpfs_rmdir(struct inode *directory, const char *name, size_t length,
		       struct inode *target)
{
	if (!rb_empty(&node_of(target)->by_name))
		return -ENOTEMPTY;
	target->links = 1; /* its own "." */
	return tmpfs_unlink(directory, name, length, target);
}

static int exchange(struct inode *from, struct tmpfs_entry *a, struct inode *to,
		    struct tmpfs_entry *b)
{
	struct inode *swap = a->inode;
	bool a_is_directory = (a->inode->mode & S_IFMT) == S_IFDIR;
	bool b_is_directory = (b->inode->mode & S_IFMT) == S_IFDIR;

	a->inode = b->inode;
	b->inode = swap;
	from->links += (uint32_t)b_is_directory - (uint32_t)a_is_directory;
	to->links += (uint32_t)a_is_directory - (uint32_t)b_is_directory;
	if (b_is_directory)
		node_of(a->inode)->parent = from;
	if (a_is_directory)
		node_of(b->inode)->parent = to;
	changed(from, 0);
	changed(to, 0);
	inode_touch(a->inode, ATTR_CTIME);
	inode_touch(b->inode, ATTR_CTIME);
	return 0;
}

static int tmpfs_rename(struct inode *from, const char *name, size_t length,
			struct inode *moved, struct inode *to,
			const char *to_name, size_t to_length,
			struct inode *replaced, unsigned flags)
{
	struct tmpfs_entry *old = find(node_of(from), name, length);
	struct tmpfs_entry *new = find(node_of(to), to_name, to_length);
	int error;

	if (!old)
		return -ENOENT;
	if (flags && new)
		return exchange(from, old, to, new);
	if (replaced && (replaced->mode & S_IFMT) == S_IFDIR &&
	    !rb_empty(&node_of(replaced)->by_name))
		return -ENOTEMPTY;
	if (new) {
		/* In place: there is nothing that could fail. */
		inode_ref(moved);
		if ((moved->mode & S_IFMT) == S_IFDIR) {
			node_of(moved)->parent = to;
			replaced->links = 0;
		} else {
			replaced->links--;
		}
		new->inode = moved;
		inode_touch(replaced, ATTR_CTIME);
		inode_put(replaced);
		changed(to, 0);
	} else {
		error = add(to, to_name, to_length, moved);
		if (error)
			return error;
	}
	drop(from, old);
	inode_touch(moved, ATTR_CTIME);
	return 0;
}

static ssize_t tmpfs_readlink(struct inode *inode, char *buffer, size_t size)
{
	size_t length = MIN(inode->size, size);

	memcpy(buffer, node_of(inode)->target, length);
	return (ssize_t)length;
}

/* ---- readdir ------------------------------------------------------------------ */

/* The first entry with this number or a greater one. */
static struct tmpfs_entry *from_number(struct tmpfs_node *node, uint64_t number)
{
	struct rb_node *at = node->by_number.root;
	struct tmpfs_entry *entry, *best = NULL;

	while (at) {
		entry = RB_ENTRY(at, struct tmpfs_entry, by_number);
		if (entry->number >= number) {
			best = entry;
			at = at->child[0];
		} else {
			at = at->child[1];
		}
	}
	return best;
}

static int tmpfs_readdir(struct file *file, struct directory_sink *sink)
{
	struct inode *inode = file->inode;
	struct tmpfs_node *node = node_of(inode);
	struct tmpfs_entry *entry;

	if (file->position == 0) {
		if (sink->add(sink, ".", 1, inode->number, 1, S_IFDIR >> 12))
			return 0;
		file->position = 1;
	}
	if (file->position == 1) {
		if (sink->add(sink, "..", 2,
			      node->parent ? node->parent->number :
					     inode->number,
			      2, S_IFDIR >> 12))
			return 0;
		file->position = 2;
	}
	while ((entry = from_number(node, (uint64_t)file->position))) {
		int64_t next = (int64_t)entry->number + 1;

		if (sink->add(sink, entry->name, entry->length,
			      entry->inode->number, next,
			      (entry->inode->mode & S_IFMT) >> 12))
			return 0;
		file->position = next;
	}
	return 0;
}

const struct file_ops tmpfs_directory_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = tmpfs_readdir,
	.fsync = tmpfs_fsync,
};

#define XATTR_OPS                                                   \
	.get_xattr = tmpfs_get_xattr, .set_xattr = tmpfs_set_xattr, \
	.list_xattr = tmpfs_list_xattr, .remove_xattr = tmpfs_remove_xattr

const struct inode_ops tmpfs_directory_ops = {
	.lookup = tmpfs_lookup,
	.create = tmpfs_create,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.tmpfile = tmpfs_tmpfile,
	XATTR_OPS,
};

const struct inode_ops tmpfs_file_ops_inode = {
	.set_attributes = tmpfs_set_attributes,
	XATTR_OPS,
};

const struct inode_ops tmpfs_symlink_ops = {
	.readlink = tmpfs_readlink,
	XATTR_OPS,
};

const struct inode_ops tmpfs_special_ops = {
	XATTR_OPS,
};
