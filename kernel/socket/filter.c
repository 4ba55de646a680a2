// SPDX-License-Identifier: MIT
/*
 * SO_ATTACH_FILTER: the program comes from user memory (struct sock_fprog) and
 * goes to the stack as bytes, which checks it. SO_GET_FILTER, the same number,
 * gives it back; its length counts instructions.
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
	if (atomic_load(&socket->endpoint->opt.filter_locked))
		return -EPERM;
	count = get_le16(program);
	if (count == 0 || count > STEPS_MAX || !get_le64(program + 8))
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

int socket_get_filter(struct socket *socket, uaddr_t value, uaddr_t length_at)
{
	unsigned room, count;
	uint8_t *bytes;
	int result;

	if (get_user_32(&room, length_at))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	bytes = kmalloc(STEPS_MAX * STEP);
	if (!bytes)
		return -ENOMEM;
	result = inet_get_option(socket, SOL_SOCKET, SO_ATTACH_FILTER, bytes,
				 STEPS_MAX * STEP);
	count = result < 0 ? 0 : (unsigned)result / STEP;
	if (result >= 0)
		result = room && room < count ? -EINVAL : 0;
	if (!result && room && copy_to_user(value, bytes, count * STEP))
		result = -EFAULT;
	if (!result)
		result = put_user_32(length_at, count);
	kfree(bytes);
	return result;
}
