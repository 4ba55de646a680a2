// SPDX-License-Identifier: MIT
/*
 * devpts: the slave sides of pseudo terminals, as /dev/pts/N. One instance;
 * kernel/tty adds a node when /dev/ptmx is opened and removes it when the
 * master is closed. `ptmx` inside it is the same device as /dev/ptmx. Options:
 * gid, uid, mode, ptmxmode, max, newinstance (there is one instance anyway).
 */
#include "fs/devfs/devfs.h"

#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"

#define DEVPTS_MAGIC 0x1cd1
#define MAX_PTYS 1024
#define ROOT_NUMBER 1
#define PTMX_NUMBER 2
#define FIRST_NUMBER 3

static struct super_block *instance;
static struct spinlock lock;
/* Guarded by lock. */
static struct {
	uint64_t rdevice; /* 0: there is none */
	uint32_t uid, gid;
} ptys[MAX_PTYS];
static uint32_t option_uid = ~0u, option_gid = ~0u, option_mode = 0600,
		ptmx_mode;

static const struct inode_ops root_ops, node_ops;
static const struct file_ops root_file_ops;

static int read_inode(struct inode *inode)
{
	unsigned index = (unsigned)(inode->number - FIRST_NUMBER);

	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	if (inode->number == ROOT_NUMBER) {
		inode->mode = S_IFDIR | 0755;
		inode->links = 2;
		inode->ops = &root_ops;
		inode->file_ops = &root_file_ops;
		return 0;
	}
	inode->ops = &node_ops;
	if (inode->number == PTMX_NUMBER) {
		inode->mode = S_IFCHR | ptmx_mode;
		inode->rdevice = device_number(5, 2);
		return 0;
	}
	inode->mode = S_IFCHR | option_mode;
	if (index >= MAX_PTYS || !ptys[index].rdevice)
		return -ENOENT;
	inode->rdevice = ptys[index].rdevice;
	inode->uid = ptys[index].uid;
	inode->gid = ptys[index].gid;
	return 0;
}

static bool exists(unsigned index)
{
	bool result;

	spin_lock(&lock);
	result = index < MAX_PTYS && ptys[index].rdevice;
	spin_unlock(&lock);
	return result;
}

static int lookup(struct inode *directory, const char *name, size_t length,
		  struct inode **found)
{
	uint64_t index;

	if (length == 4 && !memcmp(name, "ptmx", 4))
		return inode_get(directory->super, PTMX_NUMBER, found);
	if (length > 4 || (length > 1 && *name == '0') ||
	    !parse_u64_n(name, length, 10, &index) || !exists((unsigned)index))
		return -ENOENT;
	return inode_get(directory->super, FIRST_NUMBER + index, found);
}

static const struct inode_ops root_ops = {
	.lookup = lookup,
	.volatile_names = true,
};

static const struct inode_ops node_ops = { 0 };

/* Positions: 0 ".", 1 "..", 2 ptmx, 3 + N. */
static int readdir(struct file *file, struct directory_sink *sink)
{
	static const char *const first[] = { ".", "..", "ptmx" };
	char name[12];

	for (; file->position < 3; file->position++) {
		const char *text = first[file->position];

		if (sink->add(sink, text, strlen(text),
			      file->position == 2 ? PTMX_NUMBER : ROOT_NUMBER,
			      file->position + 1,
			      file->position == 2 ? S_IFCHR >> 12 :
						    S_IFDIR >> 12))
			return 0;
	}
	for (; file->position < 3 + MAX_PTYS; file->position++) {
		unsigned index = (unsigned)file->position - 3;

		if (!exists(index))
			continue;
		format_to(name, sizeof name, "%u", index);
		if (sink->add(sink, name, strlen(name), FIRST_NUMBER + index,
			      file->position + 1, S_IFCHR >> 12))
			return 0;
	}
	return 0;
}

static const struct file_ops root_file_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = directory_seek,
	.readdir = readdir,
};

static int statfs(struct super_block *super, struct statfs_result *result)
{
	result->type = DEVPTS_MAGIC;
	return 0;
}

static void take_option(const char *option)
{
	static const struct {
		const char *name;
		unsigned base;
		uint32_t *value;
	} options[] = {
		{ "gid=", 10, &option_gid },
		{ "uid=", 10, &option_uid },
		{ "mode=", 8, &option_mode },
		{ "ptmxmode=", 8, &ptmx_mode },
	};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *at = option;

		if (parse_text(&at, options[i].name) &&
		    parse_u64(&at, options[i].base, &value))
			*options[i].value = (uint32_t)value;
	}
}

/* Also for a second mount and a remount: the last word counts. */
static void take_options(const char *options)
{
	while (options && *options) {
		take_option(options);
		options = strchr(options, ',');
		if (options)
			options++;
	}
}

static int remount(struct super_block *super, unsigned flags,
		   const char *options)
{
	take_options(options);
	return 0;
}

static void show_options(struct super_block *super, struct text *text)
{
	if (option_gid != ~0u)
		text_add(text, ",gid=%u", option_gid);
	text_add(text, ",mode=%03o,ptmxmode=%03o", option_mode, ptmx_mode);
}

static const struct super_ops super_ops = {
	.name = "devpts",
	.read_inode = read_inode,
	.statfs = statfs,
	.remount = remount,
	.show_options = show_options,
};

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	take_options(options);
	super->ops = &super_ops;
	super->magic = DEVPTS_MAGIC;
	super->block_size = 1024;
	return inode_get(super, ROOT_NUMBER, &super->root);
}

static struct file_system devpts = {
	.name = "devpts",
	.single = true,
	.mount = mount,
};

/* chmod and chown by mesg, sshd ... must last as long as the pty: the inode of
 * each stays referenced from here. */
static struct inode *held[MAX_PTYS];

int devpts_add(unsigned index, uint64_t rdevice)
{
	const struct credentials *cred = current_cred();
	int error;

	if (index >= MAX_PTYS)
		return -ENOSPC;
	spin_lock(&lock);
	ptys[index].uid = option_uid != ~0u ? option_uid :
			  cred		    ? cred->fsuid :
					      0;
	ptys[index].gid = option_gid != ~0u ? option_gid :
			  cred		    ? cred->fsgid :
					      0;
	ptys[index].rdevice = rdevice;
	spin_unlock(&lock);
	error = inode_get(instance, FIRST_NUMBER + index, &held[index]);
	if (error)
		return error;
	/* The object of an earlier pty with this number may still be open. */
	held[index]->links = 1;
	held[index]->mode = S_IFCHR | option_mode;
	held[index]->uid = ptys[index].uid;
	held[index]->gid = ptys[index].gid;
	held[index]->rdevice = rdevice;
	inode_touch(held[index], ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
	return 0;
}

void devpts_remove(unsigned index)
{
	struct inode *inode;

	if (index >= MAX_PTYS)
		return;
	spin_lock(&lock);
	ptys[index].rdevice = 0;
	inode = held[index];
	held[index] = NULL;
	spin_unlock(&lock);
	if (!inode)
		return;
	inode->links = 0;
	inode_put(inode);
}

void devpts_init(void)
{
	file_system_register(&devpts);
	if (super_open_kernel(&devpts, "", &instance))
		log_error("devpts: out of memory");
}
