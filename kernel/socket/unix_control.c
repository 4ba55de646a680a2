// SPDX-License-Identifier: MIT
/*
 * What travels beside the bytes on a UNIX socket: open files (SCM_RIGHTS) and
 * the sender's identity (SCM_CREDENTIALS), as unix(7) says.
 *
 * A file in flight holds a reference, so it lives until it was received or the
 * message dropped; sockets that keep each other so are found by unix_garbage.c.
 * The number of files in one message is bounded.
 */
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/socket/unix.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

/* Room for so many more. */
static int grow(struct unix_message *out, unsigned more)
{
	struct file **files = kcalloc(out->file_count + more, sizeof(*files));

	if (!files)
		return -ENOMEM;
	if (out->files)
		memcpy(files, out->files, out->file_count * sizeof(*files));
	kfree(out->files);
	out->files = files;
	return 0;
}

static int take_files(const struct control_view *view, struct unix_message *out)
{
	size_t count = view->size / 4;
	int error;

	if (!count)
		return 0;
	if (count > UNIX_FDS_MAX - out->file_count)
		return -EINVAL;
	error = grow(out, (unsigned)count);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		struct file *file =
			fd_get_any((int)get_le32(view->data + i * 4));

		if (!file)
			return -EBADF;
		out->files[out->file_count++] = file;
	}
	return 0;
}

/* Only root may claim to be someone else. */
static int take_credentials(const struct control_view *view,
			    struct unix_message *out)
{
	const struct credentials *cred = current_cred();
	struct unix_credentials who;

	if (view->size < 12)
		return -EINVAL;
	who.pid = (int32_t)get_le32(view->data);
	who.uid = get_le32(view->data + 4);
	who.gid = get_le32(view->data + 8);
	if ((who.pid != socket_current_pid() && !capable(CAP_SYS_ADMIN)) ||
	    (who.uid != cred->uid && who.uid != cred->euid &&
	     who.uid != cred->suid && !capable(CAP_SETUID)) ||
	    (who.gid != cred->gid && who.gid != cred->egid &&
	     who.gid != cred->sgid && !capable(CAP_SETGID)))
		return -EPERM;
	out->who = who;
	out->has_credentials = true;
	return 0;
}

int unix_take_controls(const struct message *in, struct unix_message *out)
{
	struct control_view view;
	size_t offset = 0;
	int error;

	while (!(error = message_next_control(in, &offset, &view))) {
		if (view.level != SOL_SOCKET)
			continue;
		if (view.type == SCM_RIGHTS)
			error = take_files(&view, out);
		else if (view.type == SCM_CREDENTIALS)
			error = take_credentials(&view, out);
		else
			error = -EINVAL;
		if (error)
			return error;
	}
	if (error != -ENOENT)
		return error;
	if (!out->file_count)
		return 0;
	error = unix_share_take(out);
	if (!error)
		unix_flight_begin(out);
	return error;
}

static void put_credentials(struct message *out, const struct unix_message *in)
{
	uint8_t bytes[12];

	put_le32(bytes, (uint32_t)in->who.pid);
	put_le32(bytes + 4, in->who.uid);
	put_le32(bytes + 8, in->who.gid);
	message_put_control(out, SOL_SOCKET, SCM_CREDENTIALS, bytes, 12);
}

/* How many descriptors fit what is left of the control buffer. */
static unsigned files_that_fit(const struct message *out, unsigned count)
{
	size_t room = out->control_room - out->control_used;

	if (room < 16 + 4)
		return 0;
	return (unsigned)MIN((room - 16) / 4, (size_t)count);
}

/* Descriptors for the first files, as many as there is room for; how many. The
 * files leave the message for `spent`, if there is one. */
static unsigned hand_over(struct unix_message *in, unsigned fit,
			  bool close_on_exec, uint32_t *numbers,
			  struct unix_message *spent)
{
	unsigned made = 0;

	for (; made < fit; made++) {
		int fd;

		file_get(in->files[made]);
		fd = fd_add(in->files[made], close_on_exec);
		if (fd < 0)
			break;
		numbers[made] = (uint32_t)fd;
	}
	if (!spent)
		return made;
	spent->files = in->files;
	spent->file_count = in->file_count;
	spent->sockets = in->sockets;
	spent->share = in->share;
	in->files = NULL;
	in->share = NULL;
	in->file_count = in->sockets = 0;
	return made;
}

static unsigned hand_over_locked(struct unix_message *in, unsigned fit,
				 bool close_on_exec, uint32_t *numbers,
				 struct unix_message *spent)
{
	unsigned made;

	unix_flight_lock();
	made = hand_over(in, fit, close_on_exec, numbers, spent);
	unix_flight_unlock();
	return made;
}

int unix_reserve_controls(struct message *out, const struct unix_message *in)
{
	struct unix_message *spent;

	if (!in->file_count)
		return 0;
	spent = kzalloc(sizeof(*spent) + in->file_count * sizeof(uint32_t));
	if (!spent)
		return -ENOMEM;
	spent->next_spent = out->spent;
	out->spent = spent;
	return 0;
}

/* Descriptors for the first files; those that do not fit are closed. The
 * receiver is done with the files then, but holds its receive_lock, and closing
 * one may take any lock: they are put aside, in what was reserved, until that
 * was given back. */
static void put_files(struct message *out, struct unix_message *in, bool peek)
{
	unsigned fit = files_that_fit(out, in->file_count), made;
	unsigned count = in->file_count;
	bool close_on_exec = out->flags & MSG_CMSG_CLOEXEC;
	struct unix_message *spent = out->spent;
	uint32_t *numbers = (uint32_t *)(spent + 1);

	if (in->sockets)
		made = hand_over_locked(in, fit, close_on_exec, numbers,
					peek ? NULL : spent);
	else
		made = hand_over(in, fit, close_on_exec, numbers,
				 peek ? NULL : spent);
	if (made)
		message_put_control(out, SOL_SOCKET, SCM_RIGHTS, numbers,
				    made * 4);
	if (made < count)
		out->flags |= MSG_CTRUNC;
}

void unix_put_controls(struct socket *socket, struct message *out,
		       struct unix_message *in, bool peek)
{
	if (socket->unix_socket->pass_credentials && !out->control_used)
		put_credentials(out, in);
	if (in->file_count)
		put_files(out, in, peek);
}
