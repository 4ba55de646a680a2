// SPDX-License-Identifier: MIT
/*
 * Cursors over the memory of a read or a write: see io.h.
 *
 * A user cursor is a run of iovecs whose ranges were checked when it was made;
 * a kernel cursor is one buffer. All copies go through step(), which advances
 * only over what was really moved, so a fault half way leaves the count of the
 * bytes that are good.
 */
#include "kernel/file/io.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/string.h"

void io_init_kernel(struct io *io, void *buffer, size_t size)
{
	io->vector = NULL;
	io->vector_count = 0;
	io->vector_offset = 0;
	io->kernel = buffer;
	io->left = size;
	io->more = false;
	io->page = NULL;
}

int io_init_user(struct io *io, struct iovec *one, uaddr_t buffer, size_t size)
{
	if (size > IO_MAX)
		size = IO_MAX;
	if (!user_range_ok(buffer, size))
		return -EFAULT;
	one->base = buffer;
	one->length = size;
	io->vector = one;
	io->vector_count = 1;
	io->vector_offset = 0;
	io->kernel = NULL;
	io->left = size;
	io->more = false;
	io->page = NULL;
	return 0;
}

/* Lengths must be positive as ssize_t; the total is cut to IO_MAX. */
static int check_vector(struct io *io, struct iovec *vector, size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if ((int64_t)vector[i].length < 0)
			return -EINVAL;
		if (!user_range_ok(vector[i].base, vector[i].length))
			return -EFAULT;
		if (vector[i].length > IO_MAX - total)
			vector[i].length = IO_MAX - total;
		total += vector[i].length;
	}
	io->vector = vector;
	io->vector_count = count;
	io->vector_offset = 0;
	io->kernel = NULL;
	io->left = total;
	io->more = false;
	io->page = NULL;
	return 0;
}

int io_init_iovecs(struct io *io, uaddr_t vector, size_t count,
		   struct iovec *fast, size_t fast_count,
		   struct iovec **allocated)
{
	struct iovec *to = fast;
	int error;

	*allocated = NULL;
	if (count > IOV_MAX)
		return -EINVAL;
	if (count > fast_count) {
		to = kmalloc(count * sizeof(*to));
		if (!to)
			return -ENOMEM;
		*allocated = to;
	}
	error = copy_from_user(to, vector, count * sizeof(*to));
	if (!error)
		error = check_vector(io, to, count);
	if (error) {
		kfree(*allocated);
		*allocated = NULL;
	}
	return error;
}

/* The next contiguous piece of user memory: 0 only at the end. */
static size_t user_span(struct io *io, size_t size, uaddr_t *at)
{
	while (io->vector_count && io->vector_offset == io->vector->length) {
		io->vector++;
		io->vector_count--;
		io->vector_offset = 0;
	}
	if (!io->vector_count)
		return 0;
	*at = io->vector->base + io->vector_offset;
	return MIN(size, io->vector->length - io->vector_offset);
}

static void step(struct io *io, size_t size)
{
	io->left -= size;
	if (io->kernel)
		io->kernel += size;
	else
		io->vector_offset += size;
}

enum direction { COPY_TO, COPY_FROM, COPY_ZERO };

static size_t copy_user(struct io *io, char *memory, size_t size,
			enum direction direction)
{
	size_t done = 0;

	while (done < size) {
		uaddr_t at;
		size_t span = user_span(io, size - done, &at);
		size_t failed;

		if (!span)
			break;
		if (direction == COPY_TO)
			failed = copy_to_user_part(at, memory + done, span);
		else if (direction == COPY_FROM)
			failed = copy_from_user_part(memory + done, at, span);
		else
			failed = clear_user(at, span) ? span : 0;
		step(io, span - failed);
		done += span - failed;
		if (failed)
			break;
	}
	return done;
}

size_t io_copy_to(struct io *io, const void *from, size_t size)
{
	if (size > io->left)
		size = io->left;
	if (!io->kernel)
		return copy_user(io, (char *)from, size, COPY_TO);
	memcpy(io->kernel, from, size);
	step(io, size);
	return size;
}

size_t io_copy_from(struct io *io, void *to, size_t size)
{
	if (size > io->left)
		size = io->left;
	if (!io->kernel)
		return copy_user(io, to, size, COPY_FROM);
	memcpy(to, io->kernel, size);
	step(io, size);
	return size;
}

size_t io_zero(struct io *io, size_t size)
{
	if (size > io->left)
		size = io->left;
	if (!io->kernel)
		return copy_user(io, NULL, size, COPY_ZERO);
	memset(io->kernel, 0, size);
	step(io, size);
	return size;
}

void io_advance(struct io *io, size_t size)
{
	if (size > io->left)
		size = io->left;
	while (size) {
		uaddr_t at;
		size_t span = io->kernel ? size : user_span(io, size, &at);

		if (!span)
			break;
		step(io, span);
		size -= span;
	}
}

int io_fault_in(struct io *io, size_t size, bool write)
{
	const struct iovec *vector = io->vector;
	size_t count = io->vector_count, offset = io->vector_offset;

	if (io->kernel)
		return 0;
	for (; count && size; vector++, count--, offset = 0) {
		size_t span = MIN(size, vector->length - offset);
		uaddr_t at = vector->base + offset, end = at + span;

		size -= span;
		for (; at < end; at = ALIGN_DOWN(at, 4096) + 4096) {
			int error = user_fault_in(at, write);

			if (error)
				return -EFAULT;
		}
	}
	return 0;
}
