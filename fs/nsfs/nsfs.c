// SPDX-License-Identifier: MIT
/*
 * See nsfs.h. The inode of a namespace has its number and owns one reference to
 * it; inodes are not kept once nobody uses them, so the last close or unmount
 * lets the namespace go. The files have no names; they are mounted by mount(2)
 * with MS_BIND, which takes them though they are in no mount namespace.
 */
#include "fs/nsfs/nsfs.h"

#include "fs/vfs/mount.h"
#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "lib/errno.h"
#include "lib/format.h"

#define NSFS_MAGIC 0x6e736673
#define ROOT_NUMBER 1
#define NS_GET_USERNS 0xb701 /* ioctl_nsfs(2) */
#define NS_GET_PARENT 0xb702
#define NS_GET_NSTYPE 0xb703
#define NS_GET_OWNER_UID 0xb704

static struct mount *kernel_mount;

/* Those that there is one of, for everybody, and never end. To the first one,
 * the user namespace, all others belong. */
static const struct {
	struct namespace_kind kind;
	uint64_t number;
} only[] = {
	{ { .name = "user", .flag = 0x10000000 }, NSFS_USER },
	{ { .name = "pid", .flag = 0x20000000 }, NSFS_PID },
	{ { .name = "ipc", .flag = 0x08000000 }, NSFS_IPC },
	{ { .name = "cgroup", .flag = 0x02000000 }, NSFS_CGROUP },
	{ { .name = "time", .flag = 0x00000080 }, NSFS_TIME },
};
static struct namespace only_spaces[ARRAY_LEN(only)];
static struct namespace *const user_space = &only_spaces[0];

static const struct super_ops super_ops;

struct namespace *nsfs_namespace(struct file *file)
{
	struct inode *inode = file->inode;

	return inode && inode->super->ops == &super_ops ? inode->private : NULL;
}

int nsfs_path(struct namespace *space, struct path *path)
{
	char name[40];
	struct inode *inode;
	int error;

	error = inode_get(kernel_mount->super, space->number, &inode);
	if (error)
		return error;
	format_to(name, sizeof name, "%s:[%lu]", space->kind->name,
		  space->number);
	return path_alone(kernel_mount, inode, name, path);
}

int nsfs_only_path(uint64_t number, struct path *path)
{
	struct namespace *space = namespace_find(number);
	int error = -ENOENT;

	if (space) {
		error = nsfs_path(space, path);
		namespace_put(space);
	}
	return error;
}

static int open_namespace(struct namespace *space, struct file **file)
{
	struct path path;
	int error = nsfs_path(space, &path);

	if (error)
		return error;
	error = dentry_open(&path, O_RDONLY, file);
	path_put(&path);
	return error;
}

/* ---- Files ---- */

static long open_owner(void)
{
	struct file *file;
	int error = open_namespace(user_space, &file);

	return error ? error : fd_add(file, true);
}

static long ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct namespace *space = nsfs_namespace(file);

	switch (command) {
	case NS_GET_NSTYPE:
		return (long)space->kind->flag;
	case NS_GET_USERNS:
		/* Nothing stands above the first user namespace. */
		return space == user_space ? -EPERM : open_owner();
	case NS_GET_PARENT:
		return space->number == NSFS_USER || space->number == NSFS_PID ?
			       -EPERM :
			       -EINVAL;
	case NS_GET_OWNER_UID:
		return space == user_space ? put_user_32(argument, 0) : -EINVAL;
	default:
		return -ENOTTY;
	}
}

/* They are immutable, as a file system would say. */
static int open(struct file *file, uint64_t rdevice)
{
	return file->mode & FILE_WRITE ? -EPERM : 0;
}

static const struct file_ops file_ops = {
	.name = "nsfs",
	.open = open,
	.ioctl = ioctl,
};

static const struct inode_ops inode_ops = { 0 };

/* ---- The file system ---- */

static int read_inode(struct inode *inode)
{
	struct namespace *space;

	inode->links = 1;
	inode->atime = inode->mtime = inode->ctime = inode_now();
	inode->ops = &inode_ops;
	inode->file_ops = &file_ops;
	if (inode->number == ROOT_NUMBER) {
		inode->mode = S_IFDIR;
		return 0;
	}
	space = namespace_find(inode->number);
	if (!space)
		return -ENOENT;
	inode->mode = S_IFREG | 0444;
	inode->private = space;
	return 0;
}

static void evict_inode(struct inode *inode)
{
	namespace_put(inode->private);
}

static int statfs(struct super_block *super, struct statfs_result *result)
{
	result->type = NSFS_MAGIC;
	return 0;
}

static const struct super_ops super_ops = {
	.name = "nsfs",
	.read_inode = read_inode,
	.evict_inode = evict_inode,
	.statfs = statfs,
};

static int mount(struct super_block *super, struct block_device *device,
		 const char *options)
{
	if (kernel_mount)
		return -EINVAL; /* the kernel's own */
	super->ops = &super_ops;
	super->magic = NSFS_MAGIC;
	super->no_inode_cache = true;
	super->bind_anywhere = true;
	return inode_get(super, ROOT_NUMBER, &super->root);
}

static struct file_system nsfs = {
	.name = "nsfs",
	.hidden = true,
	.mount = mount,
};

void nsfs_init(void)
{
	for (size_t i = 0; i < ARRAY_LEN(only); i++)
		namespace_init(&only_spaces[i], &only[i].kind, only[i].number);
	file_system_register(&nsfs);
	kernel_mount = mount_kernel("nsfs", NULL);
	if (!kernel_mount)
		log_error("nsfs: not mounted");
	path_ops.open_namespace = open_namespace;
	path_ops.namespace_of = nsfs_namespace;
}
