// SPDX-License-Identifier: MIT
/*
 * struct file: an open file description, whatever is behind it.
 *
 * A descriptor table maps small numbers to files; fork and SCM_RIGHTS share
 * files by reference. `ops` says what the file can do; an absent operation has
 * Linux's error (-EINVAL for read and write, -ENOTTY for ioctl, -ESPIPE for
 * seeking ...), given by the wrappers below, which everyone calls instead of
 * the table.
 *
 * This floor knows nothing of inodes: `inode`, `path` and `mapping` are
 * pointers that fs/vfs and kernel/vm fill in.
 */
#pragma once

#include "kernel/file/io.h"
#include "kernel/file/poll.h"
#include "kernel/sched/lock.h"
#include "lib/hash.h"
#include "lib/types.h"

struct file;
struct fs_context;
struct mount_namespace;
struct namespace;
struct text;
struct inode;
struct dentry;
struct mount;
struct mapping;
struct credentials;
struct vm_area;
struct directory_sink;
struct stat_result;
struct async_watch;
struct watch;

struct file_ops {
	const char *name; /* "pipe", "socket", "eventfd": for /proc */
	/* Devices (and FIFOs): fs/vfs calls it when `ops`, inode and flags are
	 * set; may put other ops and `private` in; an error fails the open. */
	int (*open)(struct file *file, uint64_t rdevice);
	/* Bytes, 0 at the end, or -E. *position is the file's own or pread's;
	 * ignored by streams. file->flags & O_NONBLOCK: -EAGAIN, not sleep. */
	ssize_t (*read)(struct file *file, struct io *io, int64_t *position);
	ssize_t (*write)(struct file *file, struct io *io, int64_t *position);
	/* NULL: the position is used and seeking is generic for S_ISREG. */
	int64_t (*seek)(struct file *file, int64_t offset, int whence);
	/* POLL* bits that are true now; registers with poll_wait if table. */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* -ENOIOCTLCMD-free: return -ENOTTY for what is not known. */
	long (*ioctl)(struct file *file, unsigned command, uaddr_t argument);
	int (*mmap)(struct file *file, struct vm_area *area);
	int (*readdir)(struct file *file, struct directory_sink *sink);
	int (*fsync)(struct file *file, bool data_only);
	int (*truncate)(struct file *file, int64_t size);
	int (*allocate)(struct file *file, int mode, int64_t at, int64_t size);
	int (*stat)(struct file *file, struct stat_result *stat);
	/* Each close() of a descriptor; its result is close's. */
	int (*flush)(struct file *file);
	/* O_NONBLOCK, O_ASYNC ... changed by fcntl; may refuse. */
	int (*set_flags)(struct file *file, unsigned flags);
	/* The last reference is gone. */
	void (*release)(struct file *file);
	/* A line or more for /proc/PID/fdinfo; may be NULL. */
	void (*describe)(struct file *file, struct text *text);
	bool stream; /* no position: pread and lseek are -ESPIPE */
};

struct file {
	int32_t refs; /* atomic */
	unsigned flags; /* O_*, atomic */
	unsigned mode; /* FILE_* below; constant */
	struct spinlock epoll_lock;
	const struct file_ops *ops; /* constant after open */
	struct mutex position_lock; /* guards position (regular files) */
	int64_t position;
	void *private; /* the ops' own */

	/* fs/vfs; constant after open, may be NULL (pipes made by pipe()). */
	struct inode *inode;
	struct dentry *dentry;
	struct mount *mount;
	struct mapping *mapping; /* page cache, for mmap and sendfile */
	struct credentials *cred; /* opener's */
	struct hlist epoll_links; /* epoll items on this file; epoll_lock */
	int owner_pid, owner_signal; /* F_SETOWN, F_SETSIG */
	struct async_watch *async; /* O_ASYNC; async.c */
};

#define FILE_READ 1u
#define FILE_WRITE 2u
#define FILE_PATH 4u /* O_PATH: a place only */
#define FILE_LOCKS 8u /* has (had) record locks: release on close */

#define O_ACCMODE 3
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_DSYNC 010000
#define O_ASYNC 020000
#define O_DIRECT 040000
#define O_LARGEFILE 0100000
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
#define O_NOATIME 01000000
#define O_CLOEXEC 02000000
#define O_SYNC 04010000
#define O_PATH 010000000
#define O_TMPFILE 020200000
/* path_ops.open only: for execution (the right is x; -EACCES unless regular and
 * the mount allows it). Never from user space. */
#define O_EXECUTE 040

/* A file with one reference and nothing behind it yet, or NULL. */
struct file *file_create(const struct file_ops *ops, unsigned flags,
			 void *private);
void file_get(struct file *file);
void file_put(struct file *file);
/* For tables that hold no reference (epoll): false when it is going away. */
bool file_get_unless_dead(struct file *file);
/* An inode number for a file without an inode ("pipe:[N]", "socket:[N]"). */
uint64_t file_next_number(void);
/* What stat shows for a file without an inode. */
void file_stat_anonymous(struct stat_result *stat, uint32_t mode,
			 uint64_t number);
void file_init(void); /* at start-up, once */

struct file_counts {
	int64_t open; /* struct file that exist, for fs/file-nr */
};
extern struct file_counts file_counts;

/* Sums up what stat reports; fs/vfs and anonymous files fill it. */
struct stat_result {
	uint64_t device, inode, rdevice, size, blocks, mount_id;
	uint32_t mode, links, uid, gid, block_size;
	uint64_t attributes;
	struct timespec64 {
		int64_t seconds;
		int64_t nanoseconds;
	} atime, mtime, ctime, btime;
};

/* The wrappers: checks of mode, flags and absence of the operation are here. */
ssize_t file_read(struct file *file, struct io *io, int64_t *position);
ssize_t file_write(struct file *file, struct io *io, int64_t *position);
ssize_t file_read_kernel(struct file *file, void *to, size_t size,
			 int64_t position);
ssize_t file_write_kernel(struct file *file, const void *from, size_t size,
			  int64_t position);
int64_t file_seek(struct file *file, int64_t offset, int whence);
unsigned file_poll(struct file *file, struct poll_table *table);
long file_ioctl(struct file *file, unsigned command, uaddr_t argument);
int file_stat(struct file *file, struct stat_result *stat);

/* getdents64's receiving end: an entry that does not fit is not consumed. */
struct directory_sink {
	/* 0, or -ENOSPC: stop, offer this entry again next time. */
	int (*add)(struct directory_sink *sink, const char *name, size_t length,
		   uint64_t inode, int64_t next_position, unsigned type);
};

/* What the floors below fs need of paths; filled in by fs/vfs. */
struct path_ops {
	/* Open for execution or by the kernel; *file has one reference. */
	int (*open)(const char *path, unsigned flags, unsigned mode,
		    struct file **file);
	/* Absolute path of a file into buffer: length, or -E. */
	ssize_t (*path_of)(struct file *file, char *buffer, size_t size);
	/* The last file_put calls it after ops->release when file->inode is set:
	 * gives inode, dentry and mount back. */
	void (*released)(struct file *file);
	/* What file_stat answers when file->inode is set and ops->stat is not. */
	int (*stat)(struct file *file, struct stat_result *stat);
	/* UNIX sockets: make an S_IFSOCK inode at `path` / find one (writable by
	 * the caller); *inode has one reference. -EADDRINUSE is the caller's to
	 * make of -EEXIST; -ECONNREFUSED: it is no socket. */
	int (*make_socket)(const char *path, uint32_t mode,
			   struct inode **inode);
	int (*find_socket)(const char *path, struct inode **inode);
	void (*inode_put)(struct inode *inode);
	/* What names it: number and device, as stat(2) has them. */
	void (*inode_identity)(const struct inode *inode, uint64_t *number,
			       uint64_t *device);
	/* An IN_* of inotify(7) by way of a file that has an inode. */
	void (*event)(struct file *file, uint32_t mask);
	/* The watch's inode no longer has it; with watch_lock held. */
	void (*unwatch)(struct watch *watch);
	void (*context_get)(struct fs_context *fs);
	struct fs_context *(*context_copy)(struct fs_context *fs);
	void (*context_put)(struct fs_context *fs);
	/* Mount namespaces: thread->mounts; copy is CLONE_NEWNS (`fs` is the new
	 * thread's own context: its root and cwd move along). */
	void (*mounts_get)(struct mount_namespace *mounts);
	void (*mounts_put)(struct mount_namespace *mounts);
	struct mount_namespace *(*mounts_copy)(struct mount_namespace *mounts,
					       struct fs_context *fs);
	/* A namespace's file, opened for reading; set by fs/nsfs. */
	int (*open_namespace)(struct namespace *space, struct file **file);
	/* What such a file stands for, without a reference, or NULL. */
	struct namespace *(*namespace_of)(struct file *file);
};
extern struct path_ops path_ops;
