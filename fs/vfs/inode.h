// SPDX-License-Identifier: MIT
/*
 * Inodes and super blocks: what a file system gives to the VFS.
 *
 * One inode object for each (super block, number), found through one hash; it
 * lives while it is referenced and, with links, stays cached until memory is
 * short. `lock` is the inode's: held for writing to change size, data by
 * write(2), or a directory's entries; for reading to list a directory.
 * Directory operations are called with the parent's lock held for writing
 * (rename: both parents', in the order that fs/vfs/rename.c documents), except
 * lookup: for reading. The target of link, unlink, rmdir and the one that rename
 * replaces are locked for writing too, after the parents. set_attributes and
 * set_xattr: the inode's lock for writing. readdir: for reading.
 */
#pragma once

#include "kernel/file/file.h"
#include "kernel/sched/lock.h"
#include "kernel/vm/mapping.h"
#include "lib/hash.h"
#include "lib/list.h"

struct inode;
struct dentry;
struct super_block;
struct path;
struct statfs_result;
struct block_device;

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFLNK 0120000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define S_ISUID 04000
#define S_ISGID 02000
#define S_ISVTX 01000

/* Linux's encoding of device numbers, as stat and mknod show it. */
static inline uint64_t device_number(unsigned major, unsigned minor)
{
	return (minor & 0xff) | (uint64_t)(major & 0xfff) << 8 |
	       (uint64_t)(minor & ~0xffu) << 12 |
	       (uint64_t)(major & ~0xfffu) << 32;
}

#define ATTR_MODE 1u
#define ATTR_UID 2u
#define ATTR_GID 4u
#define ATTR_SIZE 8u
#define ATTR_ATIME 16u
#define ATTR_MTIME 32u
#define ATTR_CTIME 64u

struct attributes {
	unsigned set; /* ATTR_* */
	uint32_t mode, uid, gid;
	uint64_t size;
	struct timespec64 atime, mtime, ctime;
};

struct inode_ops {
	/* Directories. `name` is not NUL-terminated; 1..255 bytes. */
	/* 0 and a referenced inode, or -ENOENT, -EIO ... */
	int (*lookup)(struct inode *directory, const char *name, size_t length,
		      struct inode **found);
	/* Makes a file of any kind; `mode` has the type bits; *made is
	 * referenced. `rdevice` for devices. cred gives the owner. */
	int (*create)(struct inode *directory, const char *name, size_t length,
		      uint32_t mode, uint64_t rdevice, struct inode **made);
	int (*symlink)(struct inode *directory, const char *name, size_t length,
		       const char *target, struct inode **made);
	int (*link)(struct inode *directory, const char *name, size_t length,
		    struct inode *target);
	int (*unlink)(struct inode *directory, const char *name, size_t length,
		      struct inode *target);
	/* -ENOTEMPTY ... */
	int (*rmdir)(struct inode *directory, const char *name, size_t length,
		     struct inode *target);
	/* `replaced` may be NULL; flags: RENAME_EXCHANGE or 0. The VFS has
	 * checked types, emptiness is the file system's. */
	int (*rename)(struct inode *from, const char *name, size_t length,
		      struct inode *moved, struct inode *to,
		      const char *to_name, size_t to_length,
		      struct inode *replaced, unsigned flags);
	/* An inode without a name (O_TMPFILE); may be NULL: -EOPNOTSUPP. */
	int (*tmpfile)(struct inode *directory, uint32_t mode,
		       struct inode **made);

	/* Any inode. */
	/* Length without NUL into buffer (PATH_MAX bytes), or -E. */
	ssize_t (*readlink)(struct inode *inode, char *buffer, size_t size);
	/* "Magic" links (/proc/PID/fd/N, exe, cwd): the place itself. */
	int (*follow)(struct inode *inode, struct path *path);
	/* For magic links to what has no place (pipes, sockets: follow gives
	 * -ESTALE): the open file itself, referenced, or NULL. */
	struct file *(*target)(struct inode *inode);
	/* Store the attributes that `set` names. The VFS checked the rights.
	 * NULL: the VFS changes the inode's fields itself. */
	int (*set_attributes)(struct inode *inode,
			      const struct attributes *attributes);
	void (*stat)(struct inode *inode, struct stat_result *stat);
	ssize_t (*get_xattr)(struct inode *inode, const char *name, void *value,
			     size_t size);
	int (*set_xattr)(struct inode *inode, const char *name,
			 const void *value, size_t size, int flags);
	ssize_t (*list_xattr)(struct inode *inode, char *names, size_t size);
	int (*remove_xattr)(struct inode *inode, const char *name);
	/* Look `name` up again each time (procfs): no cached dentry. */
	bool volatile_names;
	/* Permission beyond the mode bits; NULL: the usual check. */
	int (*permission)(struct inode *inode, unsigned mask);
};

struct inode {
	struct hnode hash_link; /* (super, number); hash lock */
	struct super_block *super; /* constant */
	uint64_t number; /* constant */
	int32_t refs; /* atomic */
	const struct inode_ops *ops; /* constant after set-up */
	const struct file_ops *file_ops; /* what open gives; constant */

	struct rwmutex lock; /* guards the fields below, data, names */
	uint32_t mode, uid, gid, links;
	uint64_t size, blocks; /* bytes; 512-byte units */
	uint64_t rdevice;
	struct timespec64 atime, mtime, ctime, btime;
	uint32_t generation, flags;
	uint64_t version; /* grows with each change of a directory */

	struct mapping mapping; /* file data */
	void *private; /* the file system's */
	void *endpoint; /* bound UNIX socket or FIFO's pipe */
	struct spinlock endpoint_lock;
	struct list locks; /* flock and record locks; kernel/file */
	struct list cache_link; /* unreferenced, kept: the LRU */
	bool dirty; /* attributes not yet on disk */
	struct list dirty_link; /* super->dirty_inodes */
	uint32_t state; /* INODE_*; the hash bucket's lock */
	int32_t mounts; /* how many mounts lie on it */
	int32_t writers; /* opens for writing; < 0: executed */
	uint32_t seals; /* F_SEAL_* of a memfd */
	/* Who watches it (notify.c): guarded by watch_lock. The mask is what any of
	 * them wants, 0 without one. */
	uint32_t watch_mask;
	struct list watches;
};

#define INODE_NEW 1u /* being read: others wait */
#define INODE_FREEING 2u /* being evicted: others wait, then read anew */
#define INODE_DEAD 4u /* a removed directory: nothing is made in it */
#define INODE_BAD 8u /* reading it failed */

struct super_ops {
	const char *name;
	/* Read the inode's attributes from disk into a fresh object. */
	int (*read_inode)(struct inode *inode);
	/* Write attributes back. */
	int (*write_inode)(struct inode *inode);
	/* The object goes away: free `private`; links == 0: its blocks too. The
	 * VFS has written it back (links > 0) and destroyed the mapping before.
	 * May sleep. */
	void (*evict_inode)(struct inode *inode);
	int (*sync)(struct super_block *super, bool wait);
	int (*statfs)(struct super_block *super, struct statfs_result *result);
	int (*remount)(struct super_block *super, unsigned flags,
		       const char *options);
	void (*unmount)(struct super_block *super);
	/* Extra words for /proc/mounts ("size=..."). */
	void (*show_options)(struct super_block *super, struct text *text);
};

struct statfs_result {
	uint64_t type, block_size, blocks, free, available, files, files_free,
		id, name_max, fragment_size, flags;
};

struct file_system {
	const char *name;
	bool needs_device;
	/* Fill a fresh super: ops, root, block_size ... `device`: NULL unless
	 * needs_device. -EINVAL with a line in the log saying why. */
	int (*mount)(struct super_block *super, struct block_device *device,
		     const char *options);
	bool pseudo; /* "nodev" in /proc/filesystems */
	bool hidden; /* the kernel's own: not in /proc/filesystems */
	/* One instance for all mounts (devtmpfs, sysfs ...); the VFS keeps it.
	 * A further mount's options go to ops->remount. */
	bool single;
	/* Several instances, told apart by who mounts; whether this is the
	 * caller's. May be NULL. */
	bool (*is_callers)(const struct super_block *super);
	struct super_block *instance;
	struct file_system *next;
};
void file_system_register(struct file_system *system);
/* A referenced super block for the kernel's own use, mounted nowhere. */
int super_open_kernel(struct file_system *system, const char *options,
		      struct super_block **super);
/* Names that nobody uses are looked up anew: after the kernel itself made one
 * behind the VFS's back. */
void super_forget_names(struct super_block *super);
struct file_system *file_system_next(struct file_system *after);
struct text;
void file_systems_print(struct text *text); /* /proc/filesystems */

struct super_block {
	const struct super_ops *ops;
	struct file_system *system;
	uint64_t device; /* st_dev */
	unsigned flags; /* MS_RDONLY ... */
	struct inode *root;
	struct dentry *root_dentry; /* made by the VFS, takes over `root` */
	struct block_device *block;
	void *private;
	int32_t refs;
	uint64_t magic, block_size;
	int32_t writers; /* files open for writing; atomic */
	/* Unreferenced inodes go at once (procfs), or stay cached. */
	bool no_inode_cache;
	bool bind_anywhere; /* mount --bind takes it from outside, too */
	struct spinlock dirty_lock;
	struct list dirty_inodes; /* guarded by dirty_lock */
	struct list watches; /* of its inodes; guarded by watch_lock */
	char id[32]; /* "vda": for messages */
	struct list link;
};

#define MS_RDONLY 1u
#define MS_NOSUID 2u
#define MS_NODEV 4u
#define MS_NOEXEC 8u
#define MS_SYNCHRONOUS 16u
#define MS_REMOUNT 32u
#define MS_NOSYMFOLLOW 256u
#define MS_NOATIME 1024u
#define MS_NODIRATIME 2048u
#define MS_BIND 4096u
#define MS_MOVE 8192u
#define MS_REC 16384u
#define MS_SILENT 32768u
#define MS_RELATIME (1u << 21)
#define MS_STRICTATIME (1u << 24)

/* The object for (super, number) with a reference, reading it if new. */
int inode_get(struct super_block *super, uint64_t number, struct inode **inode);
/* A fresh object already hashed (file system just allocated `number`). */
struct inode *inode_new(struct super_block *super, uint64_t number);
void inode_ref(struct inode *inode);
void inode_put(struct inode *inode);
void inode_mark_dirty(struct inode *inode);
/* mtime/ctime/atime now (coarse clock). */
void inode_touch(struct inode *inode, unsigned which);
struct timespec64 inode_now(void);
/* What stat shows (ops->stat has the last word). */
void inode_stat(struct inode *inode, struct stat_result *stat);
/* Inode locked: ops->set_attributes, or the generic way. */
int inode_set_attributes(struct inode *inode,
			 const struct attributes *attributes);
/* Everything but the size, into the object's fields; marks it dirty. For the
 * use of a file system's set_attributes. */
void inode_apply_attributes(struct inode *inode,
			    const struct attributes *attributes);
int inode_truncate(struct inode *inode, uint64_t size);
/* Inode locked: setuid bits fall away since the contents change. */
void inode_drop_privileges(struct inode *inode);
#define SEAL_SEAL 1u
#define SEAL_SHRINK 2u
#define SEAL_GROW 4u
#define SEAL_WRITE 8u
#define SEALS_MEMFD (1u << 31) /* such a file can have seals at all */
/* RLIMIT_FSIZE of the current process; set by kernel/syscall. */
extern uint64_t (*vfs_file_size_limit)(void);
/* Data was read: atime, by the mount's rule (relatime). */
void inode_accessed(struct inode *inode, const struct mount *mount);
/* Owner and group for a new file in `directory` (setgid rule), umask done. */
void inode_init_owner(struct inode *inode, const struct inode *directory,
		      uint32_t mode);

/* File operations for regular files on the page cache, for any file system
 * whose mapping ops are set: read, write, mmap, seek, fsync. */
extern const struct file_ops regular_file_ops;
/* Its parts, for file systems that have a table of their own. */
ssize_t regular_read(struct file *file, struct io *io, int64_t *position);
ssize_t regular_write(struct file *file, struct io *io, int64_t *position);
int64_t regular_seek(struct file *file, int64_t offset, int whence);
int regular_mmap(struct file *file, struct vm_area *area);
int regular_fsync(struct file *file, bool data_only);
/* Before data is written, with the inode's lock: O_APPEND and limits. Gives the
 * bytes that may be written, 0, or -EFBIG ...; drops setuid bits, sets times. */
ssize_t regular_write_begin(struct file *file, struct io *io,
			    int64_t *position);
/* Files that list a directory: seek is generic, read is -EISDIR. A file system
 * gives its own table with readdir (and these). */
int64_t directory_seek(struct file *file, int64_t offset, int whence);
ssize_t directory_read(struct file *file, struct io *io, int64_t *position);
int directory_fsync(struct file *file, bool data_only);
