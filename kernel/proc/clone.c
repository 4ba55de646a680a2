// SPDX-License-Identifier: MIT
/*
 * clone(2): a new thread, in this process or in a new one.
 *
 * Each CLONE_* flag decides about one object: share it (take a reference) or
 * copy it. CLONE_THREAD alone decides whether there is a new process. All
 * copies are made first; then, under process_lock, the child gets its numbers
 * and its place in the family; then it runs.
 */
#include "kernel/arch/x86_64/trap.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/clone.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define CLONE_UNSUPPORTED                                                \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWTIME)

static int check_flags(const struct clone_arguments *args)
{
	uint64_t flags = args->flags;

	if ((flags & CLONE_NEWNS && flags & CLONE_FS) ||
	    (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND)) ||
	    (flags & CLONE_SIGHAND && !(flags & CLONE_VM)) ||
	    (flags & CLONE_SIGHAND && flags & CLONE_CLEAR_SIGHAND) ||
	    (flags & CLONE_PIDFD && flags & (CLONE_THREAD | CLONE_DETACHED)) ||
	    (flags & CLONE_UNSUPPORTED))
		return -EINVAL;
	if (flags & CLONE_PARENT && current_process() == init_process)
		return -EINVAL;
	if (flags & (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET) &&
	    !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return 0;
}

static int copy_files(struct thread *child, uint64_t flags)
{
	struct thread *self = current_thread();

	if (flags & CLONE_FILES) {
		fd_table_get(self->files);
		child->files = self->files;
		return 0;
	}
	child->files = fd_table_copy(self->files);
	return child->files ? 0 : -ENOMEM;
}

static int copy_places(struct thread *child, uint64_t flags)
{
	struct thread *self = current_thread();

	if (self->fs && flags & CLONE_FS) {
		path_ops.context_get(self->fs);
		child->fs = self->fs;
	} else if (self->fs) {
		child->fs = path_ops.context_copy(self->fs);
		if (!child->fs)
			return -ENOMEM;
	}
	if (!self->mounts)
		return 0;
	if (!(flags & CLONE_NEWNS)) {
		path_ops.mounts_get(self->mounts);
		child->mounts = self->mounts;
		return 0;
	}
	child->mounts = path_ops.mounts_copy(self->mounts, child->fs);
	return child->mounts ? 0 : -ENOMEM;
}

static int copy_network(struct thread *child, uint64_t flags)
{
	child->network = flags & CLONE_NEWNET ? network_create() :
						current_network_get();
	return child->network ? 0 : -ENOMEM;
}

static int copy_space(struct thread *child, uint64_t flags)
{
	struct thread *self = current_thread();

	if (flags & CLONE_VM) {
		child->space = self->space;
		space_get(self->space);
		space_use(self->space);
	} else {
		child->space = space_fork(self->space);
		if (!child->space)
			return -ENOMEM;
	}
	child->tlb = &child->space->tlb;
	return 0;
}

static int copy_signal(struct thread *child, uint64_t flags)
{
	struct signal_state *own = current_thread()->signal, *signal;

	signal = kzalloc(sizeof *signal);
	if (!signal)
		return -ENOMEM;
	queue_init(&signal->pending);
	signal->mask = own->mask;
	/* The alternate stack goes along with a copy of the memory. */
	if (!(flags & CLONE_VM) || flags & CLONE_VFORK) {
		signal->altstack = own->altstack;
		signal->altstack_size = own->altstack_size;
		signal->altstack_flags = own->altstack_flags;
	} else {
		signal->altstack_flags = SS_DISABLE;
	}
	child->signal = signal;
	return 0;
}

static int copy_extra(struct thread *child, uint64_t flags, uaddr_t child_tid)
{
	struct thread_extra *own = current_thread()->extra;
	struct thread_extra *extra = thread_extra_create();

	if (!extra)
		return -ENOMEM;
	extra->personality = own->personality;
	extra->timer_slack = own->timer_slack;
	if (flags & CLONE_CHILD_CLEARTID)
		extra->clear_child_tid = child_tid;
	if (flags & CLONE_VFORK) {
		struct vfork_wait *vfork = kzalloc(sizeof *vfork);

		if (!vfork) {
			kfree(extra);
			return -ENOMEM;
		}
		vfork->refs = 2;
		wait_queue_init(&vfork->wait);
		extra->vfork = vfork;
	}
	child->extra = extra;
	return 0;
}

static struct process *copy_process(uint64_t flags, int exit_signal)
{
	struct process *self = current_process();
	struct process *process = process_create();

	if (!process)
		return NULL;
	memcpy(process->limits, self->limits, sizeof process->limits);
	process->exit_signal = flags & CLONE_PARENT ? self->exit_signal :
						      exit_signal;
	process->oom_score_adj = self->oom_score_adj;
	process->io_priority = self->io_priority;
	process->uid = current_cred()->uid;
	if (flags & CLONE_SIGHAND) {
		atomic_fetch_add(&self->actions->refs, 1);
		process->actions = self->actions;
	} else {
		process->actions = actions_copy(self->actions);
	}
	if (process->actions && flags & CLONE_CLEAR_SIGHAND) {
		for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
			struct signal_action *action =
				&process->actions->action[i];

			if (action->handler != SIG_IGN)
				*action = (struct signal_action){ 0 };
		}
	}
	process->uts = process_uts(self);
	if (flags & CLONE_NEWUTS) {
		struct uts_namespace *old = process->uts;

		process->uts = uts_copy(old);
		uts_put(old);
	}
	if (!process->actions || !process->uts) {
		process_put(process);
		return NULL;
	}
	return process;
}

static void copy_registers(struct thread *child,
			   const struct clone_arguments *args)
{
	struct thread *self = current_thread();
	struct trap_frame frame = *self->frame;

	frame.rax = 0;
	frame.orig_rax = -1;
	if (args->stack)
		frame.rsp = args->stack + args->stack_size;
	thread_set_user_frame(child, &frame);
	child->fs_base = args->flags & CLONE_SETTLS ? args->tls : self->fs_base;
	child->gs_base = self->gs_base;
	fpu_copy(child, self);
	child->policy = self->policy;
	child->rt_priority = self->rt_priority;
	child->affinity = self->affinity;
	child->weight = self->weight;
	child->nice = self->nice;
}

/* What a half-made child holds; thread_put frees the rest. */
static void undo(struct thread *child)
{
	if (child->files)
		fd_table_put(child->files);
	if (child->fs)
		path_ops.context_put(child->fs);
	if (child->mounts)
		path_ops.mounts_put(child->mounts);
	network_put(child->network);
	if (child->space)
		space_unuse(child->space);
	if (child->extra && child->extra->vfork)
		kfree(child->extra->vfork);
	child->tlb = NULL;
	thread_put(child);
}

static int copy_all(struct thread *child, const struct clone_arguments *args)
{
	struct thread *self = current_thread();
	uint64_t flags = args->flags;
	int error;

	credentials_get(self->cred);
	child->cred = self->cred;
	if (flags & CLONE_THREAD) {
		process_get(self->process);
		child->process = self->process;
	} else {
		child->process = copy_process(flags, args->exit_signal);
		if (!child->process)
			return -ENOMEM;
	}
	if ((error = copy_signal(child, flags)) ||
	    (error = copy_extra(child, flags, args->child_tid)) ||
	    (error = copy_files(child, flags)) ||
	    (error = copy_places(child, flags)) ||
	    (error = copy_network(child, flags)) ||
	    (error = copy_space(child, flags)))
		return error;
	copy_registers(child, args);
	return 0;
}

static void join_family(struct process *process, uint64_t flags)
{
	struct process *self = current_process();
	struct process *parent = flags & CLONE_PARENT ? self->parent : self;

	process->parent = parent;
	process->pgid = self->pgid;
	process->session = self->session;
	session_get(process->session);
	pid_group_join(process->pgid);
	pid_session_join(process->session->id);
	list_push_back(&parent->children, &process->sibling);
	list_push_back(&process_list, &process->all_link);
	process_get(process); /* until it was waited for */
	process_total++;
	process_made++;
}

static int enter(struct thread *child, const struct clone_arguments *args)
{
	struct thread *self = current_thread();
	struct process *process = child->process;
	bool fresh = !(args->flags & CLONE_THREAD);
	uint64_t flags = spin_lock_irqsave(&process_lock);
	int tid = -ERESTARTNOINTR;

	/* Whoever is being killed, or replaced by exec, makes no more. */
	if (self->process->group_exit || self->process->exec_thread)
		goto out;
	if (fresh && signal_pending())
		goto out;
	tid = pid_alloc();
	if (tid < 0)
		goto out;
	child->tid = tid;
	if (fresh) {
		process->pid = tid;
		pid_set(tid, child, process);
		join_family(process, args->flags);
	} else {
		pid_set(tid, child, NULL);
	}
	list_push_back(&process->threads, &child->process_link);
	process->thread_count++;
	if (process->stop_signal)
		atomic_fetch_or(&child->user_work, WORK_SIGNAL);
	else if (!fresh && process->pending.set & ~child->signal->mask)
		atomic_fetch_or(&child->user_work, WORK_SIGNAL);
out:
	spin_unlock_irqrestore(&process_lock, flags);
	return tid;
}

static bool too_many(void)
{
	struct process *process, *self = current_process();
	uint64_t limit = self->limits[RLIM_NPROC].current, count = 0;
	uint64_t flags;

	if (limit == RLIM_INFINITY || self->uid == 0 ||
	    capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		return false;
	flags = spin_lock_irqsave(&process_lock);
	LIST_FOR_EACH(process, &process_list, all_link) {
		if (process->uid == self->uid)
			count += process->thread_count;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return count >= limit;
}

/* The parent of vfork waits for the child's exec or end; only a kill ends it
 * early. */
static void wait_for_vfork(struct vfork_wait *vfork)
{
	struct wait_entry entry = { 0 };

	for (;;) {
		wait_prepare(&vfork->wait, &entry, THREAD_SLEEPING);
		if (atomic_load(&vfork->done) || fatal_signal_pending())
			break;
		wait_schedule(NO_DEADLINE);
	}
	wait_finish(&vfork->wait, &entry);
	if (atomic_fetch_sub(&vfork->refs, 1) == 1)
		kfree(vfork);
}

/* The descriptor is taken and told before the child exists; it is installed
 * when nothing can fail any more. */
static int reserve_pidfd(struct thread *child, uaddr_t at, struct file **file)
{
	int fd = fd_reserve(0, true);

	if (fd < 0)
		return fd;
	*file = pidfd_create(child->process, 0);
	if (*file && !put_user_32(at, fd))
		return fd;
	fd_unreserve(fd);
	if (!*file)
		return -ENOMEM;
	file_put(*file);
	return -EFAULT;
}

long process_clone(const struct clone_arguments *args)
{
	struct file *pidfd_file = NULL;
	struct vfork_wait *vfork;
	struct thread *child;
	int tid, pidfd = -1, error = check_flags(args);

	if (error)
		return error;
	if (too_many())
		return -EAGAIN;
	child = thread_create(current_thread()->name);
	if (!child)
		return -ENOMEM;
	error = copy_all(child, args);
	if (!error && args->flags & CLONE_PIDFD) {
		pidfd = reserve_pidfd(child, args->pidfd, &pidfd_file);
		error = pidfd < 0 ? pidfd : 0;
	}
	tid = error ? error : enter(child, args);
	if (tid < 0) {
		if (pidfd >= 0) {
			fd_unreserve(pidfd);
			file_put(pidfd_file);
		}
		undo(child);
		return tid;
	}
	if (pidfd >= 0)
		fd_install(pidfd, pidfd_file);
	if (args->flags & CLONE_PARENT_SETTID)
		put_user_32(args->parent_tid, tid);
	if (args->flags & CLONE_CHILD_SETTID) {
		uint32_t value = tid;

		space_write(child->space, args->child_tid, &value,
			    sizeof value);
	}
	vfork = child->extra->vfork;
	thread_start(child);
	if (vfork)
		wait_for_vfork(vfork);
	return tid;
}
