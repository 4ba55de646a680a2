// SPDX-License-Identifier: MIT
/*
 * Character devices of major 1: null, zero, full, random, urandom and kmsg
 * (the kernel's log, one record a read).
 */
#include "fs/devfs/memory_devices.h"

#include "fs/vfs/path.h"
#include "kernel/arch/x86_64/log.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/random.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"

struct wait_queue log_wait;

/* ---- null, zero, full ----------------------------------------------------- */

static ssize_t read_nothing(struct file *file, struct io *io, int64_t *position)
{
	return 0;
}

static ssize_t write_away(struct file *file, struct io *io, int64_t *position)
{
	size_t size = io->left;

	io_advance(io, size);
	return (ssize_t)size;
}

static ssize_t write_full(struct file *file, struct io *io, int64_t *position)
{
	return -ENOSPC;
}

static ssize_t read_zeros(struct file *file, struct io *io, int64_t *position)
{
	size_t done = 0;

	while (io->left) {
		size_t part = MIN(io->left, (size_t)65536);
		size_t got = io_zero(io, part);

		done += got;
		if (got < part)
			return done ? (ssize_t)done : -EFAULT;
		if (signal_pending() && io->left)
			break;
		schedule_if_needed();
	}
	return (ssize_t)done;
}

/* Seeking is allowed and means nothing. */
static int64_t seek_nowhere(struct file *file, int64_t offset, int whence)
{
	return file->position = 0;
}

static const struct file_ops null_ops = {
	.name = "mem",
	.read = read_nothing,
	.write = write_away,
	.seek = seek_nowhere,
};

static const struct file_ops zero_ops = {
	.name = "mem",
	.read = read_zeros,
	.write = write_away,
	.seek = seek_nowhere,
};

static const struct file_ops full_ops = {
	.name = "mem",
	.read = read_zeros,
	.write = write_full,
	.seek = seek_nowhere,
};

/* ---- random ----------------------------------------------------------------- */

#define RNDGETENTCNT 0x80045200
#define RNDADDTOENTCNT 0x40045201
#define RNDADDENTROPY 0x40085203
#define POOL_BITS 256

static ssize_t read_random(struct file *file, struct io *io, int64_t *position)
{
	uint8_t bytes[256];
	size_t done = 0;

	while (io->left) {
		size_t part = MIN(io->left, sizeof(bytes)), got;

		random_bytes(bytes, part);
		got = io_copy_to(io, bytes, part);
		done += got;
		if (got < part)
			return done ? (ssize_t)done : -EFAULT;
		if (io->left && signal_pending())
			break;
		schedule_if_needed();
	}
	return (ssize_t)done;
}

/* Anyone may stir the pool; nobody is believed. */
static ssize_t write_random(struct file *file, struct io *io, int64_t *position)
{
	uint8_t bytes[256];
	size_t done = 0;

	while (io->left) {
		size_t part = MIN(io->left, sizeof(bytes));
		size_t got = io_copy_from(io, bytes, part);

		random_add_entropy(bytes, got, 0);
		done += got;
		if (got < part)
			return done ? (ssize_t)done : -EFAULT;
		schedule_if_needed();
	}
	return (ssize_t)done;
}

/* struct rand_pool_info: bits, bytes, then the bytes. */
static long add_entropy(uaddr_t argument)
{
	uint8_t bytes[256];
	uint32_t bits, size;

	if (get_user_32(&bits, argument) || get_user_32(&size, argument + 4))
		return -EFAULT;
	size = MIN(size, (uint32_t)sizeof(bytes));
	if (copy_from_user(bytes, argument + 8, size))
		return -EFAULT;
	random_add_entropy(bytes, size, bits);
	return 0;
}

static long random_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	switch (command) {
	case RNDGETENTCNT:
		return put_user_32(argument, POOL_BITS);
	case RNDADDTOENTCNT:
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	case RNDADDENTROPY:
		return capable(CAP_SYS_ADMIN) ? add_entropy(argument) : -EPERM;
	default:
		return -ENOTTY;
	}
}

static const struct file_ops random_ops = {
	.name = "random",
	.read = read_random,
	.write = write_random,
	.ioctl = random_ioctl,
	.seek = seek_nowhere,
};

/* ---- kmsg: Documentation/ABI/testing/dev-kmsg -------------------------------- */

#define RECORD_SIZE 1024
#define LINE_SIZE 2048

struct reader {
	struct mutex lock;
	uint64_t next; /* sequence number of the next record */
	char record[RECORD_SIZE], line[LINE_SIZE];
};

static int kmsg_open(struct file *file, uint64_t rdevice)
{
	struct reader *reader;

	if (!(file->mode & FILE_READ))
		return 0;
	reader = kmalloc(sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	reader->next = log_first();
	file->private = reader;
	return 0;
}

static void kmsg_release(struct file *file)
{
	kfree(file->private);
}

static void add_escaped(struct text *text, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)from[i];

		if (is_printable((char)c) && c != '\\')
			text_char(text, (char)c);
		else if (c >= 0x80)
			text_char(text, (char)c);
		else
			text_add(text, "\\x%02x", c);
	}
}

/* With the lock: the next record as a line; its length, 0 for none. */
static size_t make_line(struct reader *reader, struct log_entry *entry)
{
	struct text text;

	if (!log_read(reader->next, entry, reader->record, RECORD_SIZE))
		return 0;
	text_init(&text, reader->line, LINE_SIZE);
	text_add(&text, "%u,%llu,%lld,-;", entry->priority,
		 (unsigned long long)entry->sequence,
		 (long long)(entry->time / NSEC_PER_USEC));
	add_escaped(&text, reader->record,
		    MIN(entry->length, (size_t)RECORD_SIZE));
	text_char(&text, '\n');
	return text_length(&text);
}

static ssize_t read_record(struct reader *reader, struct io *io)
{
	struct log_entry entry;
	size_t size;

	if (reader->next < log_first()) {
		reader->next = log_first();
		return -EPIPE; /* records were lost */
	}
	size = make_line(reader, &entry);
	if (!size)
		return 0;
	if (size > io->left)
		return -EINVAL;
	if (io_copy_to(io, reader->line, size) != size)
		return -EFAULT;
	reader->next = entry.sequence + 1;
	return (ssize_t)size;
}

static ssize_t kmsg_read(struct file *file, struct io *io, int64_t *position)
{
	struct reader *reader = file->private;

	for (;;) {
		ssize_t done;
		int error;

		mutex_lock(&reader->lock);
		done = read_record(reader, io);
		mutex_unlock(&reader->lock);
		if (done)
			return done;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event(&log_wait,
				   log_next() > READ_ONCE(reader->next));
		if (error)
			return error;
	}
}

/* "<N>text": facility and level, kernel's own facility is not given away. */
static ssize_t kmsg_write(struct file *file, struct io *io, int64_t *position)
{
	char text[RECORD_SIZE];
	const char *at = text;
	size_t size = MIN(io->left, sizeof(text) - 1), whole = io->left;
	uint64_t priority = 8 | LOG_INFO;

	if (whole > sizeof(text) - 1)
		return -EINVAL;
	if (io_copy_from(io, text, size) != size)
		return -EFAULT;
	text[size] = 0;
	if (parse_char(&at, '<')) {
		if (!parse_u64(&at, 10, &priority) || !parse_char(&at, '>'))
			at = text;
		else if (priority < 8)
			priority |= 8;
	}
	size -= (size_t)(at - text);
	if (size && at[size - 1] == '\n')
		size--;
	log_user((unsigned)priority, at, size);
	return (ssize_t)whole;
}

static int64_t kmsg_seek(struct file *file, int64_t offset, int whence)
{
	struct reader *reader = file->private;

	if (!reader)
		return -EBADF;
	if (offset)
		return -ESPIPE;
	if (whence != 0 && whence != 2 && whence != 3)
		return -EINVAL;
	mutex_lock(&reader->lock);
	reader->next = whence == 2 ? log_next() : log_first();
	mutex_unlock(&reader->lock);
	return 0;
}

static unsigned kmsg_poll(struct file *file, struct poll_table *table)
{
	struct reader *reader = file->private;

	poll_wait(table, file, &log_wait);
	if (!reader)
		return POLLERR | POLLNVAL;
	if (READ_ONCE(reader->next) < log_first())
		return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
	return log_next() > READ_ONCE(reader->next) ? POLLIN | POLLRDNORM : 0;
}

static const struct file_ops kmsg_ops = {
	.name = "kmsg",
	.open = kmsg_open,
	.read = kmsg_read,
	.write = kmsg_write,
	.seek = kmsg_seek,
	.poll = kmsg_poll,
	.release = kmsg_release,
	.stream = true,
};

static void wake_log_readers(void)
{
	if (wait_active(&log_wait))
		wake_up_all(&log_wait, POLLIN | POLLRDNORM);
}

static const struct {
	const char *name;
	unsigned minor;
	uint32_t mode;
	const struct file_ops *ops;
} devices[] = {
	{ "null", 3, 0666, &null_ops },	     { "zero", 5, 0666, &zero_ops },
	{ "full", 7, 0666, &full_ops },	     { "random", 8, 0666, &random_ops },
	{ "urandom", 9, 0666, &random_ops }, { "kmsg", 11, 0644, &kmsg_ops },
};

void memory_devices_init(void)
{
	wait_queue_init(&log_wait);
	for (unsigned i = 0; i < ARRAY_LEN(devices); i++) {
		device_register(false, 1, devices[i].minor, 1, devices[i].ops);
		device_create_node(devices[i].name, S_IFCHR | devices[i].mode,
				   device_number(1, devices[i].minor));
	}
	log_written = wake_log_readers;
}
