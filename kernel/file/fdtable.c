// SPDX-License-Identifier: MIT
/*
 * Descriptor tables: see fdtable.h.
 *
 * A number is free, reserved (its bit in `used` is set, no file yet) or open.
 * Changes are made under `lock`. Only threads that share the table change it,
 * so a thread that is alone in it (refs == 1) may look up without the lock;
 * /proc and pidfd_getfd hold a reference and always take it.
 */
#include "kernel/file/fdtable.h"

#include "kernel/file/locks.h"
#include "kernel/mm/slab.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"

#define FIRST_SIZE 64

struct fd_table {
	int32_t refs;
	struct spinlock lock;
	unsigned size; /* a multiple of 64 */
	unsigned lowest_free; /* no free number below it */
	struct file **files;
	uint64_t *used, *close_on_exec;
	/* What a small table uses. */
	struct file *first_files[FIRST_SIZE];
	uint64_t first_used, first_close;
};

static uint64_t default_limit(void)
{
	return 1024;
}
uint64_t (*fd_limit)(void) = default_limit;

struct fd_table *fd_table_create(void)
{
	struct fd_table *table = kzalloc(sizeof(*table));

	if (!table)
		return NULL;
	table->refs = 1;
	spin_init(&table->lock);
	table->size = FIRST_SIZE;
	table->files = table->first_files;
	table->used = &table->first_used;
	table->close_on_exec = &table->first_close;
	return table;
}

/* One allocation: files, then the two bitmaps. */
static struct file **allocate_arrays(unsigned size)
{
	return kzalloc(size * sizeof(struct file *) + size / 8 * 2);
}

static void free_arrays(struct fd_table *table)
{
	if (table->files != table->first_files)
		kfree(table->files);
}

/* Under the lock: moves everything into `files`, which has `size` slots. */
static struct file **adopt_arrays(struct fd_table *table, struct file **files,
				  unsigned size)
{
	uint64_t *used = (uint64_t *)(files + size);
	uint64_t *close_on_exec = used + size / 64;
	struct file **old = table->files;

	memcpy(files, table->files, table->size * sizeof(*files));
	memcpy(used, table->used, table->size / 8);
	memcpy(close_on_exec, table->close_on_exec, table->size / 8);
	table->files = files;
	table->used = used;
	table->close_on_exec = close_on_exec;
	table->size = size;
	return old == table->first_files ? NULL : old;
}

/* Makes room for `fd`. Called with the lock; may drop it meanwhile. */
static int grow(struct fd_table *table, unsigned fd)
{
	while (fd >= table->size) {
		unsigned size = table->size;
		struct file **files, **old;

		while (size <= fd)
			size *= 2;
		spin_unlock(&table->lock);
		files = allocate_arrays(size);
		spin_lock(&table->lock);
		if (!files)
			return -ENOMEM;
		old = files;
		if (size > table->size)
			old = adopt_arrays(table, files, size);
		kfree(old);
	}
	return 0;
}

struct fd_table *fd_table_copy(struct fd_table *table)
{
	struct fd_table *copy = fd_table_create();
	unsigned count;

	if (!copy)
		return NULL;
	spin_lock(&table->lock);
	while (copy->size < table->size) {
		unsigned size = table->size;
		int error;

		spin_unlock(&table->lock);
		spin_lock(&copy->lock);
		error = grow(copy, size - 1);
		spin_unlock(&copy->lock);
		if (error) {
			fd_table_put(copy);
			return NULL;
		}
		spin_lock(&table->lock);
	}
	count = table->size;
	for (unsigned fd = bitmap_find_set(table->used, count, 0); fd < count;
	     fd = bitmap_find_set(table->used, count, fd + 1)) {
		struct file *file = table->files[fd];

		if (!file)
			continue; /* reserved by another thread */
		file_get(file);
		copy->files[fd] = file;
		bitmap_set(copy->used, fd);
		if (bitmap_test(table->close_on_exec, fd))
			bitmap_set(copy->close_on_exec, fd);
	}
	spin_unlock(&table->lock);
	return copy;
}

void fd_table_get(struct fd_table *table)
{
	__atomic_fetch_add(&table->refs, 1, __ATOMIC_RELAXED);
}

bool fd_table_shared(struct fd_table *table)
{
	return __atomic_load_n(&table->refs, __ATOMIC_ACQUIRE) > 1;
}

/* What close(2) does with a file that has left the table. */
static int finish_close(struct fd_table *table, struct file *file)
{
	int error = 0;

	if (file->ops && file->ops->flush)
		error = file->ops->flush(file);
	locks_forget_owner(file, table);
	file_put(file);
	return error;
}

void fd_table_put(struct fd_table *table)
{
	if (__atomic_sub_fetch(&table->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned fd = bitmap_find_set(table->used, table->size, 0);
	     fd < table->size;
	     fd = bitmap_find_set(table->used, table->size, fd + 1)) {
		struct file *file = table->files[fd];

		table->files[fd] = NULL;
		if (file)
			finish_close(table, file);
	}
	free_arrays(table);
	kfree(table);
}

/* Under the lock: the file that was there, its number free again. */
static struct file *take_out(struct fd_table *table, unsigned fd)
{
	struct file *file = table->files[fd];

	if (!file)
		return NULL;
	table->files[fd] = NULL;
	bitmap_clear(table->used, fd);
	bitmap_clear(table->close_on_exec, fd);
	if (fd < table->lowest_free)
		table->lowest_free = fd;
	return file;
}

void fd_table_close_on_exec(struct fd_table *table)
{
	unsigned fd = 0;

	for (;;) {
		struct file *file;

		spin_lock(&table->lock);
		fd = bitmap_find_set(table->close_on_exec, table->size, fd);
		file = fd < table->size ? take_out(table, fd) : NULL;
		if (!file) {
			bool end = fd >= table->size;

			spin_unlock(&table->lock);
			if (end)
				return;
			fd++;
			continue;
		}
		spin_unlock(&table->lock);
		finish_close(table, file);
	}
}

struct file *fd_get_from(struct fd_table *table, int fd)
{
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((unsigned)fd < table->size)
		file = table->files[fd];
	if (file)
		file_get(file);
	spin_unlock(&table->lock);
	return file;
}

struct file *fd_get_any(int fd)
{
	struct fd_table *table = current_thread()->files;
	struct file *file;

	if (__atomic_load_n(&table->refs, __ATOMIC_RELAXED) != 1)
		return fd_get_from(table, fd);
	if ((unsigned)fd >= table->size)
		return NULL;
	file = table->files[fd];
	if (file)
		file_get(file);
	return file;
}

struct file *fd_get(int fd)
{
	struct file *file = fd_get_any(fd);

	if (file && unlikely(file->mode & FILE_PATH)) {
		file_put(file);
		return NULL;
	}
	return file;
}

int fd_reserve(int from, bool close_on_exec)
{
	struct fd_table *table = current_thread()->files;
	uint64_t limit = MIN(fd_limit(), (uint64_t)FD_LIMIT_HARD);
	unsigned fd;
	int error = -EMFILE;

	spin_lock(&table->lock);
	for (;;) {
		unsigned start = MAX((unsigned)from, table->lowest_free);

		fd = start < table->size ?
			     (unsigned)bitmap_find_clear(table->used,
							 table->size, start) :
			     start;
		if (fd >= limit)
			goto out;
		if (fd < table->size)
			break;
		error = grow(table, fd);
		if (error)
			goto out;
		error = -EMFILE;
	}
	bitmap_set(table->used, fd);
	if (close_on_exec)
		bitmap_set(table->close_on_exec, fd);
	else
		bitmap_clear(table->close_on_exec, fd);
	if ((unsigned)from <= table->lowest_free)
		table->lowest_free = fd + 1;
	error = (int)fd;
out:
	spin_unlock(&table->lock);
	return error;
}

void fd_install(int fd, struct file *file)
{
	struct fd_table *table = current_thread()->files;

	spin_lock(&table->lock);
	table->files[fd] = file;
	spin_unlock(&table->lock);
}

void fd_unreserve(int fd)
{
	struct fd_table *table = current_thread()->files;

	spin_lock(&table->lock);
	bitmap_clear(table->used, (unsigned)fd);
	bitmap_clear(table->close_on_exec, (unsigned)fd);
	if ((unsigned)fd < table->lowest_free)
		table->lowest_free = (unsigned)fd;
	spin_unlock(&table->lock);
}

int fd_add(struct file *file, bool close_on_exec)
{
	int fd = fd_reserve(0, close_on_exec);

	if (fd < 0)
		file_put(file);
	else
		fd_install(fd, file);
	return fd;
}

int fd_close(int fd)
{
	struct fd_table *table = current_thread()->files;
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((unsigned)fd < table->size)
		file = take_out(table, (unsigned)fd);
	spin_unlock(&table->lock);
	return file ? finish_close(table, file) : -EBADF;
}

int fd_replace(int fd, struct file *file, bool close_on_exec)
{
	struct fd_table *table = current_thread()->files;
	struct file *old;
	int error;

	if ((unsigned)fd >= MIN(fd_limit(), (uint64_t)FD_LIMIT_HARD))
		return -EBADF;
	spin_lock(&table->lock);
	error = grow(table, (unsigned)fd);
	if (error) {
		spin_unlock(&table->lock);
		return error;
	}
	old = table->files[fd];
	if (!old && bitmap_test(table->used, (unsigned)fd)) {
		spin_unlock(&table->lock);
		return -EBUSY; /* another thread is opening it */
	}
	file_get(file);
	table->files[fd] = file;
	bitmap_set(table->used, (unsigned)fd);
	if (close_on_exec)
		bitmap_set(table->close_on_exec, (unsigned)fd);
	else
		bitmap_clear(table->close_on_exec, (unsigned)fd);
	spin_unlock(&table->lock);
	if (old)
		finish_close(table, old);
	return fd;
}

int fd_flags(int fd)
{
	struct fd_table *table = current_thread()->files;
	int flags = -EBADF;

	spin_lock(&table->lock);
	if ((unsigned)fd < table->size && table->files[fd])
		flags = bitmap_test(table->close_on_exec, (unsigned)fd);
	spin_unlock(&table->lock);
	return flags;
}

int fd_set_flags(int fd, bool close_on_exec)
{
	struct fd_table *table = current_thread()->files;
	int error = -EBADF;

	spin_lock(&table->lock);
	if ((unsigned)fd < table->size && table->files[fd]) {
		error = 0;
		if (close_on_exec)
			bitmap_set(table->close_on_exec, (unsigned)fd);
		else
			bitmap_clear(table->close_on_exec, (unsigned)fd);
	}
	spin_unlock(&table->lock);
	return error;
}

int fd_next(struct fd_table *table, int from)
{
	int result = -1;

	spin_lock(&table->lock);
	for (unsigned fd = (unsigned)from; fd < table->size; fd++) {
		fd = (unsigned)bitmap_find_set(table->used, table->size, fd);
		if (fd < table->size && table->files[fd]) {
			result = (int)fd;
			break;
		}
	}
	spin_unlock(&table->lock);
	return result;
}

unsigned fd_table_size(struct fd_table *table)
{
	return __atomic_load_n(&table->size, __ATOMIC_RELAXED);
}
