// SPDX-License-Identifier: MIT
/*
 * Files of /proc: the text is made at the first read and again whenever someone
 * reads from the start; a write is taken whole and handed to `store`.
 */
#include "fs/procfs/tree.h"

#include "kernel/mm/slab.h"

#define FIRST_SIZE 2048u
#define SIZE_MAX_TEXT (16u << 20)
#define WRITE_MAX 65536u

struct opened {
	struct mutex lock;
	char *text;
	size_t length;
	bool made;
};

static int open(struct file *file, uint64_t rdevice)
{
	const struct process_file *entry = process_file_of(file->inode);
	struct proc_subject subject;
	struct opened *opened;
	bool allowed;

	if (entry && entry->inspect) {
		if (!process_subject(file->inode, &subject))
			return -ENOENT;
		allowed = process_source->may_inspect(&subject);
		process_source->release(&subject);
		if (!allowed)
			return -EACCES;
	}
	opened = kzalloc(sizeof *opened);
	if (!opened)
		return -ENOMEM;
	mutex_init(&opened->lock);
	file->private = opened;
	return 0;
}

static void release(struct file *file)
{
	struct opened *opened = file->private;

	if (opened)
		kfree(opened->text);
	kfree(opened);
}

/* The network of a process. */
static int show_net(struct inode *inode, struct text *text,
		    struct proc_subject *subject)
{
	struct proc_node *node = inode->private;

	bool one = number_kind(inode->number) == KIND_NET_NAME;

	if (one ? !node->show_of : !node->show)
		return -EIO;
	if (!process_source->enter_network(subject))
		return -ESRCH;
	if (one)
		node->show_of(text, node->arg,
			      number_index(inode->number) &
				      ((1u << NET_NAME_BITS) - 1));
	else
		node->show(text, node->arg);
	process_source->leave_network();
	return 0;
}

/* Writes the text; -ESRCH when the process is gone. */
static int show(struct inode *inode, struct text *text)
{
	const struct process_file *entry = process_file_of(inode);
	struct proc_subject subject;
	struct proc_node *node;
	int error = 0;

	if (!number_is_process(inode->number)) {
		node = inode->private;
		if (number_which(inode->number) && node->show_of) {
			node->show_of(text, node->arg,
				      number_which(inode->number));
			return 0;
		}
		if (!node->show)
			return -EIO;
		node->show(text, node->arg);
		return 0;
	}
	if (!process_subject(inode, &subject))
		return -ESRCH;
	if (number_kind(inode->number) == KIND_NET ||
	    number_kind(inode->number) == KIND_NET_NAME)
		error = show_net(inode, text, &subject);
	else if (number_kind(inode->number) == KIND_FDINFO)
		process_show_fdinfo(text, &subject,
				    (int)number_index(inode->number));
	else if (entry && entry->show)
		entry->show(text, &subject);
	process_source->release(&subject);
	return error;
}

/* Grows the buffer until all of it fits. */
static int make_text(struct inode *inode, struct opened *opened)
{
	size_t size = FIRST_SIZE;
	struct text text;
	char *buffer;
	int error;

	kfree(opened->text);
	opened->text = NULL;
	opened->length = 0;
	for (;;) {
		buffer = kmalloc(size);
		if (!buffer)
			return -ENOMEM;
		text_init(&text, buffer, size);
		error = show(inode, &text);
		if (error || size >= SIZE_MAX_TEXT || !text_overflowed(&text))
			break;
		kfree(buffer);
		size = MAX(size * 2,
			   (size_t)ALIGN_UP(text.len + 1024, (size_t)4096));
		size = MIN(size, (size_t)SIZE_MAX_TEXT);
	}
	if (error) {
		kfree(buffer);
		return error;
	}
	opened->text = buffer;
	opened->length = text_length(&text);
	opened->made = true;
	return 0;
}

static ssize_t read_raw(const struct process_file *entry, struct file *file,
			struct io *io, int64_t *position)
{
	struct proc_subject subject;
	ssize_t done;

	if (!process_subject(file->inode, &subject))
		return -ESRCH;
	done = entry->read(&subject, io, position);
	process_source->release(&subject);
	return done;
}

static ssize_t read(struct file *file, struct io *io, int64_t *position)
{
	const struct process_file *entry = process_file_of(file->inode);
	struct opened *opened = file->private;
	size_t n, done = 0;
	int error = 0;

	if (*position < 0)
		return -EINVAL;
	if (entry && entry->read)
		return read_raw(entry, file, io, position);
	mutex_lock(&opened->lock);
	if (!opened->made || *position == 0)
		error = make_text(file->inode, opened);
	if (!error && (uint64_t)*position < opened->length) {
		n = MIN(io->left, opened->length - (size_t)*position);
		done = io_copy_to(io, opened->text + *position, n);
		if (n && !done)
			error = -EFAULT;
	}
	mutex_unlock(&opened->lock);
	*position += (int64_t)done;
	return error ? error : (ssize_t)done;
}

static int store(struct inode *inode, const char *value, size_t length)
{
	const struct process_file *entry = process_file_of(inode);
	struct proc_subject subject;
	struct proc_node *node;
	int error;

	if (!number_is_process(inode->number)) {
		node = inode->private;
		if (number_which(inode->number) && node->store_of)
			return node->store_of(value, length, node->arg,
					      number_which(inode->number));
		return node->store ? node->store(value, length, node->arg) :
				     -EIO;
	}
	if (!entry || !entry->store)
		return -EIO;
	if (!process_subject(inode, &subject))
		return -ESRCH;
	error = entry->store(value, length, &subject);
	process_source->release(&subject);
	return error;
}

static ssize_t write(struct file *file, struct io *io, int64_t *position)
{
	size_t length = io->left;
	char *value;
	int error;

	if (length > WRITE_MAX)
		return -EINVAL;
	value = kmalloc(length + 1);
	if (!value)
		return -ENOMEM;
	if (io_copy_from(io, value, length) < length) {
		kfree(value);
		return -EFAULT;
	}
	value[length] = 0;
	error = store(file->inode, value, length);
	kfree(value);
	if (error)
		return error;
	*position += (int64_t)length;
	return (ssize_t)length;
}

const struct file_ops proc_file_ops = {
	.name = "proc",
	.open = open,
	.read = read,
	.write = write,
	.seek = directory_seek,
	.release = release,
};
