// SPDX-License-Identifier: MIT
/*
 * process_vm_readv(2) and process_vm_writev(2): between the caller's memory and
 * another process's, by way of a kernel page. What lies behind the first bad
 * address is not moved; a part is an answer.
 */
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/io.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "kernel/vm/space.h"
#include "lib/errno.h"

static int may_access(struct process *process)
{
	const struct credentials *cred = current_cred();
	struct thread *thread;
	bool may;

	if (process == current_process() || capable(CAP_SYS_PTRACE))
		return 0;
	thread = process_any_thread(process);
	if (!thread)
		return -ESRCH;
	may = cred->uid == thread->cred->uid &&
	      cred->uid == thread->cred->euid &&
	      cred->uid == thread->cred->suid && cred->gid == thread->cred->gid;
	thread_put(thread);
	return may ? 0 : -EPERM;
}

/* One remote piece; bytes moved. */
static size_t move_piece(struct address_space *space, uaddr_t at,
			 uint64_t length, struct io *local, char *page,
			 bool write)
{
	size_t done = 0;

	while (done < length && local->left) {
		size_t n = MIN(MIN(length - done, PAGE_SIZE), local->left);
		size_t moved;

		if (write) {
			n = io_copy_from(local, page, n);
			moved = space_write(space, at + done, page, n);
		} else {
			n = space_read(space, at + done, page, n);
			moved = io_copy_to(local, page, n);
		}
		done += moved;
		if (!moved || moved < n)
			break;
	}
	return done;
}

static ssize_t move_all(struct process *process, struct io *local,
			uaddr_t remote, size_t count, bool write)
{
	struct address_space *space = process_space(process);
	char *page = kmalloc(PAGE_SIZE);
	size_t done = 0;
	ssize_t error = 0;

	if (!space || !page)
		error = space ? -ENOMEM : -ESRCH;
	for (size_t i = 0; !error && i < count && local->left; i++) {
		struct iovec piece;
		size_t n, want;

		if (copy_from_user(&piece, remote + i * sizeof piece,
				   sizeof piece)) {
			error = -EFAULT;
			break;
		}
		want = MIN(piece.length, local->left);
		n = move_piece(space, piece.base, piece.length, local, page,
			       write);
		done += n;
		if (n < want)
			error = -EFAULT;
	}
	kfree(page);
	if (space)
		space_put(space);
	return done ? (ssize_t)done : error;
}

static long transfer(int pid, uaddr_t local_iov, size_t liovcnt,
		     uaddr_t remote_iov, size_t riovcnt, uint64_t flags,
		     bool write)
{
	struct iovec fast[8], *allocated = NULL;
	struct process *process;
	struct io local;
	long result;

	if (flags || riovcnt > IOV_MAX)
		return -EINVAL;
	result = io_init_iovecs(&local, local_iov, liovcnt, fast,
				ARRAY_LEN(fast), &allocated);
	if (result)
		return result;
	process = process_find(pid);
	result = process ? may_access(process) : -ESRCH;
	if (!result)
		result = move_all(process, &local, remote_iov, riovcnt, write);
	if (process)
		process_put(process);
	kfree(allocated);
	return result;
}

long sys_process_vm_readv(int pid, uaddr_t local_iov, size_t liovcnt,
			  uaddr_t remote_iov, size_t riovcnt, uint64_t flags)
{
	return transfer(pid, local_iov, liovcnt, remote_iov, riovcnt, flags,
			false);
}

long sys_process_vm_writev(int pid, uaddr_t local_iov, size_t liovcnt,
			   uaddr_t remote_iov, size_t riovcnt, uint64_t flags)
{
	return transfer(pid, local_iov, liovcnt, remote_iov, riovcnt, flags,
			true);
}
