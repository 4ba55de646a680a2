// SPDX-License-Identifier: MIT
/*
 * SO_ATTACH_FILTER: the program comes from user memory (struct sock_fprog) and
 * goes to the stack as bytes, which checks it.
 */
#include "kernel/socket/inet.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "lib/bytes.h"
#include "lib/errno.h"

#define PROGRAM_LENGTH 16 /* struct sock_fprog */
#define STEP 8 /* struct sock_filter */
#define STEPS_MAX 4096

int socket_attach_filter(struct socket *socket, const void *value,
			 unsigned length)
{
	const uint8_t *program = value;
	unsigned count, size;
	uint8_t *bytes;
	int error;

	if (length != PROGRAM_LENGTH)
		return -EINVAL;
	count = get_le16(program);
	if (count == 0 || count > STEPS_MAX)
		return -EINVAL;
	size = count * STEP;
	bytes = kmalloc(size);
	if (!bytes)
		return -ENOMEM;
	if (copy_from_user(bytes, get_le64(program + 8), size))
		error = -EFAULT;
	else
		error = inet_pass_option(socket, SOL_SOCKET, SO_ATTACH_FILTER,
					 bytes, size);
	kfree(bytes);
	return error;
}
