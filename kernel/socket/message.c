// SPDX-License-Identifier: MIT
/*
 * Control messages (cmsg(3)): walking those that a program sends, and storing
 * those that it receives straight into its memory. Linux's layout: a 16-byte
 * header {size_t len, int level, int type}, data, padding to 8 bytes.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/socket/socket.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define HEADER 16

bool message_put_control(struct message *message, int level, int type,
			 const void *data, size_t size)
{
	uint8_t header[HEADER];
	size_t room = message->control_room - message->control_used;
	uaddr_t at = message->control_at + message->control_used;
	size_t length = HEADER + size;
	bool whole = room >= length;

	if (room < HEADER) {
		message->flags |= MSG_CTRUNC;
		return false;
	}
	if (!whole) {
		message->flags |= MSG_CTRUNC;
		length = room;
	}
	put_le64(header, length);
	put_le32(header + 8, (uint32_t)level);
	put_le32(header + 12, (uint32_t)type);
	if (copy_to_user(at, header, HEADER) ||
	    copy_to_user(at + HEADER, data, length - HEADER)) {
		message->flags |= MSG_CTRUNC;
		return false;
	}
	message->control_used += MIN(ALIGN_UP(length, (size_t)8), room);
	return whole;
}

int message_next_control(const struct message *message, size_t *offset,
			 struct control_view *view)
{
	const uint8_t *at = message->control + *offset;
	size_t left, length;

	if (*offset >= message->control_length ||
	    message->control_length - *offset < HEADER)
		return -ENOENT;
	left = message->control_length - *offset;
	length = get_le64(at);
	if (length < HEADER || length > left)
		return -EINVAL;
	view->level = (int)get_le32(at + 8);
	view->type = (int)get_le32(at + 12);
	view->data = at + HEADER;
	view->size = length - HEADER;
	*offset += ALIGN_UP(length, (size_t)8);
	return 0;
}
