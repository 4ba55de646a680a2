// SPDX-License-Identifier: MIT
/*
 * Finding processes and their threads for /proc, and who may look into them.
 */
#include "kernel/report/internal.h"

static bool find_whole(int id, struct proc_subject *subject)
{
	struct process *process = process_find(id);

	if (!process)
		return false;
	*subject = (struct proc_subject){
		.id = id,
		.whole = true,
		.process = process,
		.thread = process_any_thread(process),
	};
	return true;
}

static bool find(int id, bool whole, struct proc_subject *subject)
{
	struct thread *thread;

	if (whole)
		return find_whole(id, subject);
	thread = thread_find(id);
	if (!thread)
		return false;
	process_get(thread->process);
	*subject = (struct proc_subject){
		.id = id,
		.process = thread->process,
		.thread = thread,
	};
	return true;
}

static void release(struct proc_subject *subject)
{
	if (subject->thread)
		thread_put(subject->thread);
	process_put(subject->process);
}

static int next(int after)
{
	struct process *process = process_next(after);
	int pid;

	if (!process)
		return -1;
	pid = process->pid;
	process_put(process);
	return pid;
}

static int next_thread(struct proc_subject *subject, int after)
{
	struct thread *thread = process_next_thread(subject->process, after);
	int tid;

	if (!thread)
		return -1;
	tid = thread->tid;
	thread_put(thread);
	return tid;
}

/* ---- objects of another thread: see thread_leave for what guards them -------- */

static bool is_live(const struct thread *thread)
{
	return thread && thread->extra && !thread->extra->exiting;
}

struct fd_table *take_files(struct proc_subject *subject)
{
	struct thread *thread = subject->thread;
	struct fd_table *files = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (is_live(thread) && thread->files) {
		files = thread->files;
		fd_table_get(files);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return files;
}

struct fs_context *take_fs(struct proc_subject *subject)
{
	struct thread *thread = subject->thread;
	struct fs_context *fs = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (is_live(thread) && thread->fs) {
		fs = thread->fs;
		fs_context_get(fs);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return fs;
}

struct mount_namespace *take_mounts(struct proc_subject *subject)
{
	return subject->thread ? thread_mounts(subject->thread) : NULL;
}

struct net_namespace *take_network(struct proc_subject *subject)
{
	return subject->thread ? thread_network(subject->thread) : NULL;
}

struct credentials *take_cred(struct proc_subject *subject)
{
	struct thread *thread = subject->thread;
	struct credentials *cred = NULL;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (thread && thread->cred) {
		cred = thread->cred;
		credentials_get(cred);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return cred;
}

struct address_space *take_space(struct proc_subject *subject)
{
	return process_space(subject->process);
}

/* ---- rights ------------------------------------------------------------------- */

static bool same_ids(const struct credentials *target)
{
	const struct credentials *cred = current_cred();

	return cred->fsuid == target->euid && cred->fsuid == target->suid &&
	       cred->fsuid == target->uid && cred->fsgid == target->egid &&
	       cred->fsgid == target->sgid && cred->fsgid == target->gid;
}

/* As ptrace(2) says for PTRACE_MODE_READ. */
static bool may_inspect(struct proc_subject *subject)
{
	struct address_space *space;
	struct credentials *cred;
	bool same = false, dumpable = true;

	if (subject->process == current_process())
		return true;
	if (capable(CAP_SYS_PTRACE))
		return true;
	cred = take_cred(subject);
	if (cred) {
		same = same_ids(cred);
		credentials_put(cred);
	}
	space = take_space(subject);
	if (space) {
		dumpable = space->dumpable;
		space_put(space);
	}
	return same && dumpable;
}

static void owner(struct proc_subject *subject, uint32_t *uid, uint32_t *gid)
{
	struct credentials *cred = take_cred(subject);
	struct address_space *space = take_space(subject);

	*uid = *gid = 0;
	if (cred && (!space || space->dumpable)) {
		*uid = cred->euid;
		*gid = cred->egid;
	}
	if (space)
		space_put(space);
	if (cred)
		credentials_put(cred);
}

static unsigned links(struct proc_subject *subject)
{
	return READ_ONCE(subject->process->thread_count);
}

/* ---- networks ---- */

static bool enter_network(struct proc_subject *subject)
{
	struct thread *self = current_thread();

	self->viewed_network = take_network(subject);
	return self->viewed_network != NULL;
}

static void leave_network(void)
{
	struct thread *self = current_thread();

	network_put(self->viewed_network);
	self->viewed_network = NULL;
}

/* ---- descriptors ------------------------------------------------------------------ */

static int next_fd(struct proc_subject *subject, int from)
{
	struct fd_table *files = take_files(subject);
	int fd;

	if (!files)
		return -1;
	fd = fd_next(files, from);
	fd_table_put(files);
	return fd;
}

static struct file *fd(struct proc_subject *subject, int number)
{
	struct fd_table *files = take_files(subject);
	struct file *file;

	if (!files)
		return NULL;
	file = fd_get_from(files, number);
	fd_table_put(files);
	return file;
}

static int self(bool thread)
{
	return thread ? current_thread()->tid : current_process()->pid;
}

static uint64_t made(struct proc_subject *subject)
{
	return (uint64_t)subject->process->start_time;
}

static struct process *get(struct proc_subject *subject)
{
	process_get(subject->process);
	return subject->process;
}

const struct process_source report_source = {
	.find = find,
	.release = release,
	.next = next,
	.next_thread = next_thread,
	.owner = owner,
	.links = links,
	.may_inspect = may_inspect,
	.next_fd = next_fd,
	.fd = fd,
	.self = self,
	.made = made,
	.get = get,
	.enter_network = enter_network,
	.leave_network = leave_network,
};
