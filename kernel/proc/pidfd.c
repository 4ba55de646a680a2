// SPDX-License-Identifier: MIT
/*
 * pidfds: a descriptor that stands for a process; readable when it has ended.
 */
#include "kernel/file/file.h"
#include "kernel/file/poll.h"
#include "kernel/proc/internal.h"
#include "lib/format.h"

static unsigned poll(struct file *file, struct poll_table *table)
{
	struct process *process = file->private;

	poll_wait(table, file, &process->exit_wait);
	return READ_ONCE(process->zombie) ? POLLIN | POLLRDNORM : 0;
}

static void release(struct file *file)
{
	process_put(file->private);
}

static void describe(struct file *file, struct text *text)
{
	struct process *process = file->private;
	int pid = process->parent || process == init_process ? process->pid :
							       -1;

	text_add(text, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_ops pidfd_ops = {
	.name = "[pidfd]",
	.poll = poll,
	.release = release,
	.describe = describe,
	.stream = true,
};

struct file *pidfd_create(struct process *process, unsigned flags)
{
	struct file *file = file_create(&pidfd_ops, O_RDWR | flags, process);

	if (file)
		process_get(process);
	return file;
}

struct process *pidfd_process(struct file *file)
{
	struct process *process = file->private;

	if (file->ops != &pidfd_ops)
		return NULL;
	process_get(process);
	return process;
}
