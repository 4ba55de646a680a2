// SPDX-License-Identifier: MIT
/*
 * memfd_create: a nameless file of a tmpfs. Its seals are fcntl's business
 * (fd_table.c); the file operations and truncate heed them.
 */
#include "fs/tmpfs/tmpfs.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/syscall/syscall.h"

#define NAME_SIZE 250 /* NUL included: "memfd:" and it make 255 */

long sys_memfd_create(uaddr_t name, unsigned flags)
{
	char text[NAME_SIZE];
	struct file *file;
	ssize_t length;
	int error;

	if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING))
		return -EINVAL;
	length = copy_string_from_user(text, name, sizeof text);
	if (length < 0)
		return length == -ENAMETOOLONG ? -EINVAL : length;
	error = tmpfs_memfd(text, flags, &file);
	return error ? error : fd_add(file, flags & MFD_CLOEXEC);
}
