// SPDX-License-Identifier: MIT
/*
 * inotify(7): a descriptor from which a program reads what happened to the
 * inodes that it watches. This floor keeps the descriptor: its watches by number,
 * the queue of events, each user's share. Which inode is watched by whom, and
 * what happens to it, is told by fs/vfs/notify.c.
 *
 * A watch belongs to one descriptor and to one inode; it is taken from both with
 * watch_lock held, and freed after that: nobody keeps a pointer to one without
 * the lock.
 */
#pragma once

#include "kernel/file/file.h"
#include "kernel/sched/thread.h"
#include "lib/rbtree.h"

#define IN_ACCESS 0x1u
#define IN_MODIFY 0x2u
#define IN_ATTRIB 0x4u
#define IN_CLOSE_WRITE 0x8u
#define IN_CLOSE_NOWRITE 0x10u
#define IN_OPEN 0x20u
#define IN_MOVED_FROM 0x40u
#define IN_MOVED_TO 0x80u
#define IN_CREATE 0x100u
#define IN_DELETE 0x200u
#define IN_DELETE_SELF 0x400u
#define IN_MOVE_SELF 0x800u
#define IN_ALL_EVENTS 0xfffu
#define IN_UNMOUNT 0x2000u
#define IN_Q_OVERFLOW 0x4000u
#define IN_IGNORED 0x8000u
#define IN_ONLYDIR 0x01000000u
#define IN_DONT_FOLLOW 0x02000000u
#define IN_EXCL_UNLINK 0x04000000u
#define IN_MASK_CREATE 0x10000000u
#define IN_MASK_ADD 0x20000000u
#define IN_ISDIR 0x40000000u
#define IN_ONESHOT 0x80000000u

struct inotify;
struct inotify_share;

struct watch {
	/* Constant. */
	struct inotify *owner;
	struct inode *inode; /* referenced */
	int wd;
	struct inotify_share *share; /* whose it counts as */
	/* Guarded by watch_lock. */
	uint32_t mask; /* events, IN_UNMOUNT, IN_ONESHOT, IN_EXCL_UNLINK */
	struct rb_node by_number; /* of the owner */
	struct list on_inode, on_super; /* fs/vfs/notify.c's */
};

extern struct spinlock watch_lock;
/* How many watches there are at all: none, and nobody looks further. */
extern int32_t watch_count;

int inotify_create(unsigned flags, struct file **file);
/* NULL: some other file. */
struct inotify *inotify_of(struct file *file);

/* A watch that is nowhere yet; -ENOSPC: the user has all that is allowed. */
int watch_create(struct inotify *owner, struct watch **watch);
/* Neither the inode nor the owner knows it (any more). */
void watch_free(struct watch *watch);

/* With watch_lock held. */
void watch_join(struct watch *watch); /* gives it a number */
void watch_leave(struct watch *watch); /* its last event: IN_IGNORED */
struct watch *watch_find(struct inotify *owner, int wd); /* or NULL */
void watch_tell(struct watch *watch, uint32_t mask, uint32_t cookie,
		const char *name, size_t length);

/* Something was done by way of an open file. */
static inline void file_event(struct file *file, uint32_t mask)
{
	if (READ_ONCE(watch_count) && file->inode)
		path_ops.event(file, mask);
}

/* /proc/sys/fs/inotify */
struct inotify_limits {
	int32_t queued_events, user_instances, user_watches;
};
extern struct inotify_limits inotify_limits;

/* inotify_share.c: what a user has. -EMFILE, -ENOSPC: no more is allowed. */
int inotify_share_open(uint32_t uid, struct inotify_share **share);
void inotify_share_close(struct inotify_share *share);
int inotify_share_watch(struct inotify_share *share);
void inotify_share_unwatch(struct inotify_share *share);
