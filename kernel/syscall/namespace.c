// SPDX-License-Identifier: MIT
/*
 * unshare and setns: a thread gets its own of what it shared, or another's.
 *
 * Everything new is made, and may fail, before anything changes. What hangs off
 * a thread is exchanged under process_lock, since others (/proc, setns by a
 * pidfd) take their references to it there; the old one is let go of after.
 */
#include "fs/nsfs/nsfs.h"
#include "fs/vfs/mount.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/internal.h"
#include "kernel/syscall/syscall.h"

/* What takes the place of the caller's own; NULL: that stays. */
struct fresh {
	struct fd_table *files;
	struct fs_context *fs;
	struct mount_namespace *mounts;
	struct uts_namespace *uts;
	struct net_namespace *network;
};

static void let_go(struct fresh *fresh)
{
	if (fresh->files)
		fd_table_put(fresh->files);
	if (fresh->fs)
		fs_context_put(fresh->fs);
	if (fresh->mounts)
		mounts_put(fresh->mounts);
	uts_put(fresh->uts);
	network_put(fresh->network);
}

#define EXCHANGE(slot, fresh)                   \
	do {                                    \
		__typeof__(slot) old_ = (slot); \
		if (fresh) {                    \
			(slot) = (fresh);       \
			(fresh) = old_;         \
		}                               \
	} while (0)

static void take_over(struct fresh *fresh)
{
	struct thread *self = current_thread();
	uint64_t flags;

	if (fresh->network) {
		network_enter(fresh->network);
		fresh->network = NULL;
	}
	flags = spin_lock_irqsave(&process_lock);
	EXCHANGE(self->files, fresh->files);
	EXCHANGE(self->fs, fresh->fs);
	EXCHANGE(self->mounts, fresh->mounts);
	EXCHANGE(self->process->uts, fresh->uts);
	spin_unlock_irqrestore(&process_lock, flags);
	let_go(fresh);
}

/* ---- unshare ---- */

static struct uts_namespace *copy_uts(void)
{
	struct uts_namespace *own = process_uts(current_process());
	struct uts_namespace *copy = uts_copy(own);

	uts_put(own);
	return copy;
}

static int make_fresh(uint64_t flags, struct fresh *fresh)
{
	struct thread *self = current_thread();

	if (flags & CLONE_NEWNET && !(fresh->network = network_create()))
		return -ENOMEM;
	if (flags & CLONE_FILES && !(fresh->files = fd_table_copy(self->files)))
		return -ENOMEM;
	if (flags & (CLONE_FS | CLONE_NEWNS) &&
	    !(fresh->fs = fs_context_copy(self->fs)))
		return -ENOMEM;
	if (flags & CLONE_NEWNS &&
	    !(fresh->mounts = mounts_copy(self->mounts, fresh->fs)))
		return -ENOMEM;
	if (flags & CLONE_NEWUTS && !(fresh->uts = copy_uts()))
		return -ENOMEM;
	return 0;
}

long sys_unshare(uint64_t flags)
{
	uint64_t known = CLONE_FS | CLONE_FILES | CLONE_NEWNS | CLONE_NEWUTS |
			 CLONE_NEWNET | CLONE_SYSVSEM | CLONE_THREAD |
			 CLONE_VM | CLONE_SIGHAND;
	struct fresh fresh = { 0 };
	int error;

	if (flags & ~known)
		return -EINVAL;
	if (flags & (CLONE_THREAD | CLONE_VM | CLONE_SIGHAND) &&
	    current_process()->thread_count > 1)
		return -EINVAL;
	if (flags & (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET) &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	error = make_fresh(flags, &fresh);
	if (error)
		let_go(&fresh);
	else
		take_over(&fresh);
	return error;
}

/* ---- setns ---- */

/* There is but one of each: the caller is in it. */
#define LONE_KINDS \
	(CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWCGROUP | CLONE_NEWTIME)

/* Another thread's root and directory would move along: clone(CLONE_FS). */
static bool shares_places(void)
{
	struct thread *self = current_thread(), *other;
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct process *process;
	bool shared = false;

	LIST_FOR_EACH(process, &process_list, all_link)
		LIST_FOR_EACH(other, &process->threads, process_link)
			shared |= other != self && other->fs == self->fs;
	spin_unlock_irqrestore(&process_lock, flags);
	return shared;
}

/* Beside what any kind demands. */
static long may_enter(uint64_t kinds)
{
	if (!capable(CAP_SYS_ADMIN) ||
	    (kinds & CLONE_NEWNS && !capable(CAP_SYS_CHROOT)))
		return -EPERM;
	if (kinds == CLONE_NEWNS && shares_places())
		return -EINVAL;
	if (kinds & CLONE_NEWTIME && current_process()->thread_count > 1)
		return -EUSERS;
	return 0;
}

/* Those namespaces of a process that the bits name. */
static long take_from(struct process *process, struct thread *thread,
		      uint64_t kinds, struct fresh *fresh)
{
	struct mount_namespace *mounts = thread_mounts(thread);
	long error;

	if (!mounts)
		return -ESRCH; /* it is ending */
	if (kinds & CLONE_NEWNS)
		fresh->mounts = mounts;
	else
		mounts_put(mounts);
	error = may_enter(kinds);
	if (error)
		return error;
	if (kinds & CLONE_NEWUTS)
		fresh->uts = process_uts(process);
	if (kinds & CLONE_NEWNET && !(fresh->network = thread_network(thread)))
		return -ESRCH;
	return 0;
}

static long enter_process(struct process *process, uint64_t kinds)
{
	struct thread *thread;
	struct fresh fresh = { 0 };
	long error;

	if (!kinds ||
	    kinds & ~(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET | LONE_KINDS))
		return -EINVAL;
	thread = process_any_thread(process);
	if (!thread)
		return -ESRCH;
	error = take_from(process, thread, kinds, &fresh);
	thread_put(thread);
	if (error) {
		let_go(&fresh);
		return error;
	}
	if (fresh.mounts)
		mounts_enter(fresh.mounts, current_thread()->fs);
	take_over(&fresh);
	return 0;
}

static long enter_space(struct namespace *space, uint64_t kind)
{
	long error;

	if (kind && kind != space->kind->flag)
		return -EINVAL;
	if (space->number == NSFS_USER)
		return -EINVAL; /* the caller is in it already */
	error = may_enter(space->kind->flag);
	if (error || space->kind != &network_kind)
		return error; /* there is but this one */
	namespace_get(space);
	network_enter(container_of(space, struct net_namespace, space));
	return 0;
}

/* A namespace's file, or a pidfd and a set of kinds. */
long sys_setns(int fd, int nstype)
{
	struct file *file = fd_get(fd);
	struct namespace *space;
	struct process *process;
	long result = -EINVAL;

	if (!file)
		return -EBADF;
	space = nsfs_namespace(file);
	process = pidfd_process(file);
	if (space)
		result = enter_space(space, (uint64_t)(unsigned)nstype);
	else if (process)
		result = enter_process(process, (uint64_t)(unsigned)nstype);
	if (process)
		process_put(process);
	file_put(file);
	return result;
}
