// SPDX-License-Identifier: MIT
/*
 * The socket system calls: addresses, message headers and options between
 * user memory and kernel/socket. Lengths are Linux's everywhere: what does not
 * fit is cut, and the true length is reported.
 */
#include "kernel/socket/socket.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"

#define MSGHDR_SIZE 56
#define MMSGHDR_SIZE 64
#define CONTROL_MAX 65536 /* net.core.optmem_max, roomy */
#define MMSG_MAX 1024
#define SOL_PACKET 263
#define FAST_IOVECS 8
#define OPTION_MAX 16384

static const struct socket_family *const families[] = {
	&unix_family,	&inet_family,  &netlink_family,
	&packet_family, &inet6_family,
};

static const struct socket_family *find_family(int family)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (families[i]->family == family)
			return families[i];
	return NULL;
}

static int make_socket(int domain, int type, int protocol, struct socket **made)
{
	const struct socket_family *family = find_family(domain);
	struct socket *socket;
	int error;

	if (!family || domain < 0 || domain >= AF_MAX)
		return -EAFNOSUPPORT;
	if (type & ~(SOCK_TYPE_MASK | SOCK_NONBLOCK | SOCK_CLOEXEC))
		return -EINVAL;
	socket = socket_alloc(domain, type & SOCK_TYPE_MASK, protocol);
	if (!socket)
		return -ENOMEM;
	socket->pid = current_process()->pid;
	error = family->create(socket);
	if (error)
		socket_free(socket);
	*made = socket;
	return error;
}

long sys_socket(int domain, int type, int protocol)
{
	struct socket *socket;
	struct file *file;
	int error = make_socket(domain, type, protocol, &socket);

	if (!error)
		error = socket_make_file(socket, type & SOCK_NONBLOCK, &file);
	return error ? error : fd_add(file, type & SOCK_CLOEXEC);
}

static int make_pair(int domain, int type, int protocol, struct file *files[2])
{
	const struct socket_family *family = find_family(domain);
	struct socket *sockets[2];
	int error = make_socket(domain, type, protocol, &sockets[0]);

	if (error)
		return error;
	error = socket_make_file(sockets[0], type & SOCK_NONBLOCK, &files[0]);
	if (error)
		return error;
	error = make_socket(domain, type, protocol, &sockets[1]);
	if (!error)
		error = socket_make_file(sockets[1], type & SOCK_NONBLOCK,
					 &files[1]);
	if (error) {
		file_put(files[0]);
		return error;
	}
	error = family->pair ? family->pair(sockets[0], sockets[1]) :
			       -EOPNOTSUPP;
	if (error) {
		file_put(files[0]);
		file_put(files[1]);
	}
	return error;
}

long sys_socketpair(int domain, int type, int protocol, uaddr_t pair)
{
	struct file *files[2];
	uint32_t numbers[2];
	int first, second, error;

	error = make_pair(domain, type, protocol, files);
	if (error)
		return error;
	first = fd_reserve(0, type & SOCK_CLOEXEC);
	second = first < 0 ? first : fd_reserve(0, type & SOCK_CLOEXEC);
	error = second < 0 ? second : 0;
	numbers[0] = (uint32_t)first;
	numbers[1] = (uint32_t)second;
	if (!error && copy_to_user(pair, numbers, sizeof(numbers)))
		error = -EFAULT;
	if (!error) {
		fd_install(first, files[0]);
		fd_install(second, files[1]);
		return 0;
	}
	if (second >= 0)
		fd_unreserve(second);
	if (first >= 0)
		fd_unreserve(first);
	file_put(files[0]);
	file_put(files[1]);
	return error;
}

static int name_from_user(uaddr_t from, int length, uint8_t name[ADDRESS_MAX])
{
	if (length < 0 || length > ADDRESS_MAX)
		return -EINVAL;
	return length ? copy_from_user(name, from, (size_t)length) : 0;
}

/* `length_at` holds the room and gets the true length. */
static int name_to_user(const uint8_t *name, int length, uaddr_t to,
			uaddr_t length_at)
{
	uint32_t room;

	if (get_user_32(&room, length_at))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	room = MIN(room, (uint32_t)length);
	if (room && copy_to_user(to, name, room))
		return -EFAULT;
	return put_user_32(length_at, (uint32_t)length);
}

static bool is_nonblock(struct file *file)
{
	return __atomic_load_n(&file->flags, __ATOMIC_RELAXED) & O_NONBLOCK;
}

long sys_bind(int fd, uaddr_t name, int length)
{
	uint8_t kernel_name[ADDRESS_MAX];
	struct socket *socket;
	struct file *file;
	long error = socket_of_fd(fd, &file, &socket);

	if (error)
		return error;
	error = name_from_user(name, length, kernel_name);
	if (!error)
		error = socket->ops->bind ?
				socket->ops->bind(socket, kernel_name, length) :
				-EOPNOTSUPP;
	file_put(file);
	return error;
}

long sys_connect(int fd, uaddr_t name, int length)
{
	uint8_t kernel_name[ADDRESS_MAX];
	struct socket *socket;
	struct file *file;
	long error = socket_of_fd(fd, &file, &socket);

	if (error)
		return error;
	error = name_from_user(name, length, kernel_name);
	if (!error)
		error = socket->ops->connect ?
				socket->ops->connect(socket, kernel_name,
						     length,
						     is_nonblock(file)) :
				-EOPNOTSUPP;
	file_put(file);
	return error;
}

long sys_listen(int fd, int backlog)
{
	struct socket *socket;
	struct file *file;
	long error = socket_of_fd(fd, &file, &socket);

	if (error)
		return error;
	error = socket->ops->listen ? socket->ops->listen(socket, backlog) :
				      -EOPNOTSUPP;
	file_put(file);
	return error;
}

/* The new socket's file and peer name, or the error. */
static int accept_one(struct file *file, struct socket *listener, int flags,
		      struct file **accepted)
{
	struct socket *fresh = socket_alloc(listener->family, listener->type,
					    listener->protocol);
	int error;

	if (!fresh)
		return -ENOMEM;
	fresh->ops = listener->ops;
	fresh->pid = current_process()->pid;
	socket_set_network(fresh, listener->network);
	error = socket_make_file(fresh, (unsigned)flags & SOCK_NONBLOCK,
				 accepted);
	if (error)
		return error;
	error = listener->ops->accept(listener, fresh, is_nonblock(file));
	if (error)
		file_put(*accepted);
	return error;
}

static long accept_to_fd(struct file *file, struct socket *listener,
			 uaddr_t name, uaddr_t length_at, int flags)
{
	uint8_t peer[ADDRESS_MAX];
	struct file *accepted;
	int fd, length, error;

	if (!listener->ops->accept)
		return -EOPNOTSUPP;
	fd = fd_reserve(0, flags & SOCK_CLOEXEC);
	if (fd < 0)
		return fd;
	error = accept_one(file, listener, flags, &accepted);
	if (error) {
		fd_unreserve(fd);
		return error;
	}
	if (name) {
		struct socket *socket = accepted->private;

		length = socket->ops->name(socket, peer, NAME_ACCEPTED);
		if (length < 0)
			error = -ECONNABORTED;
		else
			error = name_to_user(peer, length, name, length_at);
	}
	if (error) {
		fd_unreserve(fd);
		file_put(accepted);
		return error;
	}
	fd_install(fd, accepted);
	return fd;
}

long sys_accept4(int fd, uaddr_t name, uaddr_t length_at, int flags)
{
	struct socket *socket;
	struct file *file;
	long result;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;
	result = socket_of_fd(fd, &file, &socket);
	if (result)
		return result;
	result = accept_to_fd(file, socket, name, length_at, flags);
	file_put(file);
	return result;
}

long sys_accept(int fd, uaddr_t name, uaddr_t length_at)
{
	return sys_accept4(fd, name, length_at, 0);
}

static long get_name(int fd, uaddr_t name, uaddr_t length_at,
		     enum which_name of)
{
	uint8_t kernel_name[ADDRESS_MAX];
	struct socket *socket;
	struct file *file;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	result = socket->ops->name(socket, kernel_name, of);
	if (result >= 0)
		result =
			name_to_user(kernel_name, (int)result, name, length_at);
	file_put(file);
	return result;
}

long sys_getsockname(int fd, uaddr_t name, uaddr_t length_at)
{
	return get_name(fd, name, length_at, NAME_OWN);
}

long sys_getpeername(int fd, uaddr_t name, uaddr_t length_at)
{
	return get_name(fd, name, length_at, NAME_PEER);
}

long sys_shutdown(int fd, int how)
{
	struct socket *socket;
	struct file *file;
	long error = socket_of_fd(fd, &file, &socket);

	if (error)
		return error;
	if (how < SHUT_RD || how > SHUT_RDWR)
		error = -EINVAL;
	else
		error = socket->ops->shutdown ?
				socket->ops->shutdown(socket, how) :
				-EOPNOTSUPP;
	file_put(file);
	return error;
}

static long send_message(struct file *file, struct socket *socket,
			 struct message *message)
{
	long result;

	if (is_nonblock(file))
		message->flags |= MSG_DONTWAIT;
	result = socket->ops->send(socket, message);
	if (result == -EPIPE && !(message->flags & MSG_NOSIGNAL))
		thread_raise(SIGPIPE);
	return result;
}

long sys_sendto(int fd, uaddr_t buffer, size_t size, unsigned flags,
		uaddr_t name, int length)
{
	struct message message = { .flags = flags };
	struct iovec vector;
	struct socket *socket;
	struct file *file;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	result = io_init_user(&message.io, &vector, buffer,
			      MIN(size, (size_t)IO_MAX));
	if (!result && name) {
		message.name_length = length;
		result = name_from_user(name, length, message.name);
	}
	if (!result)
		result = send_message(file, socket, &message);
	file_put(file);
	return result;
}

long sys_recvfrom(int fd, uaddr_t buffer, size_t size, unsigned flags,
		  uaddr_t name, uaddr_t length_at)
{
	struct message message = { .flags = flags };
	struct iovec vector;
	struct socket *socket;
	struct file *file;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	if (is_nonblock(file))
		message.flags |= MSG_DONTWAIT;
	result = io_init_user(&message.io, &vector, buffer,
			      MIN(size, (size_t)IO_MAX));
	if (!result)
		result = socket->ops->receive(socket, &message);
	if (result >= 0 && name) {
		int error = name_to_user(message.name, message.name_length,
					 name, length_at);

		if (error)
			result = error;
	}
	file_put(file);
	return result;
}

/* struct msghdr as the program gave it. */
struct header {
	uaddr_t name, vector, control;
	uint32_t name_room;
	size_t vector_count, control_size;
};

static int header_from_user(struct header *header, uaddr_t at)
{
	uint8_t bytes[MSGHDR_SIZE];

	if (copy_from_user(bytes, at, sizeof(bytes)))
		return -EFAULT;
	header->name = get_le64(bytes);
	header->name_room = get_le32(bytes + 8);
	header->vector = get_le64(bytes + 16);
	header->vector_count = get_le64(bytes + 24);
	header->control = get_le64(bytes + 32);
	header->control_size = get_le64(bytes + 40);
	if (!header->name)
		header->name_room = 0;
	if ((int)header->name_room < 0)
		return -EINVAL;
	return header->vector_count > IOV_MAX ? -EMSGSIZE : 0;
}

static int copy_control(struct message *message, const struct header *header)
{
	if (!header->control || !header->control_size)
		return 0;
	if (header->control_size > CONTROL_MAX)
		return -ENOBUFS;
	message->control = kmalloc(header->control_size);
	if (!message->control)
		return -ENOBUFS;
	message->control_length = header->control_size;
	return copy_from_user(message->control, header->control,
			      header->control_size);
}

static long send_header(struct file *file, struct socket *socket, uaddr_t at,
			unsigned flags)
{
	struct message message = { .flags = flags };
	struct iovec fast[FAST_IOVECS], *allocated = NULL;
	struct header header;
	long result = header_from_user(&header, at);

	if (result)
		return result;
	message.name_length = (int)MIN(header.name_room, (uint32_t)ADDRESS_MAX);
	result = name_from_user(header.name, message.name_length, message.name);
	if (!result)
		result = io_init_iovecs(&message.io, header.vector,
					header.vector_count, fast, FAST_IOVECS,
					&allocated);
	if (!result)
		result = copy_control(&message, &header);
	if (!result)
		result = send_message(file, socket, &message);
	kfree(message.control);
	kfree(allocated);
	return result;
}

/* *flags: MSG_ of the call, then what came (msg_flags). */
static long receive_header(struct file *file, struct socket *socket, uaddr_t at,
			   unsigned *flags)
{
	struct message message = { .flags = *flags };
	struct iovec fast[FAST_IOVECS], *allocated = NULL;
	struct header header;
	long result = header_from_user(&header, at);

	if (result)
		return result;
	if (is_nonblock(file))
		message.flags |= MSG_DONTWAIT;
	message.control_at = header.control;
	message.control_room = header.control ? header.control_size : 0;
	result = io_init_iovecs(&message.io, header.vector, header.vector_count,
				fast, FAST_IOVECS, &allocated);
	if (!result)
		result = socket->ops->receive(socket, &message);
	kfree(allocated);
	if (result < 0)
		return result;
	if (header.name && name_to_user(message.name, message.name_length,
					header.name, at + 8))
		return -EFAULT;
	if (put_user_64(at + 40, message.control_used) ||
	    put_user_32(at + 48,
			message.flags &
				(MSG_TRUNC | MSG_CTRUNC | MSG_EOR | MSG_OOB |
				 MSG_ERRQUEUE | MSG_CMSG_CLOEXEC)))
		return -EFAULT;
	*flags = message.flags;
	return result;
}

long sys_sendmsg(int fd, uaddr_t at, unsigned flags)
{
	struct socket *socket;
	struct file *file;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	result = send_header(file, socket, at, flags);
	file_put(file);
	return result;
}

long sys_recvmsg(int fd, uaddr_t at, unsigned flags)
{
	struct socket *socket;
	struct file *file;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	result = receive_header(file, socket, at, &flags);
	file_put(file);
	return result;
}

long sys_sendmmsg(int fd, uaddr_t vector, unsigned count, unsigned flags)
{
	struct socket *socket;
	struct file *file;
	unsigned done = 0;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	for (count = MIN(count, (unsigned)MMSG_MAX); done < count; done++) {
		uaddr_t at = vector + done * MMSGHDR_SIZE;

		result = send_header(file, socket, at, flags);
		if (result >= 0 &&
		    put_user_32(at + MSGHDR_SIZE, (uint32_t)result))
			result = -EFAULT;
		if (result < 0)
			break;
	}
	file_put(file);
	return done ? (long)done : result;
}

/* The timeout is looked at after each message only (recvmmsg(2), BUGS). */
static long receive_many(struct file *file, struct socket *socket,
			 uaddr_t vector, unsigned count, unsigned flags,
			 nsec_t deadline)
{
	unsigned done = 0;
	long result = 0;

	while (done < count) {
		uaddr_t at = vector + done * MMSGHDR_SIZE;
		unsigned came = flags & ~(unsigned)MSG_WAITFORONE;

		result = receive_header(file, socket, at, &came);
		if (result >= 0 &&
		    put_user_32(at + MSGHDR_SIZE, (uint32_t)result))
			result = -EFAULT;
		if (result < 0)
			break;
		done++;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
		if (clock_monotonic() >= deadline || (came & MSG_OOB))
			break;
	}
	return done ? (long)done : result;
}

/* What is left of the time, for the program. */
static long put_time_left(uaddr_t timeout, nsec_t deadline)
{
	nsec_t left = MAX(deadline - clock_monotonic(), (nsec_t)0);
	uint64_t spec[2] = { (uint64_t)(left / NSEC_PER_SEC),
			     (uint64_t)(left % NSEC_PER_SEC) };

	return copy_to_user(timeout, spec, sizeof(spec));
}

long sys_recvmmsg(int fd, uaddr_t vector, unsigned count, unsigned flags,
		  uaddr_t timeout)
{
	nsec_t deadline = NO_DEADLINE;
	struct socket *socket;
	struct file *file;
	uint64_t spec[2];
	long result;

	if (timeout) {
		if (copy_from_user(spec, timeout, sizeof(spec)))
			return -EFAULT;
		if (spec[1] >= (uint64_t)NSEC_PER_SEC || (int64_t)spec[0] < 0)
			return -EINVAL;
		deadline = clock_monotonic() + (nsec_t)spec[0] * NSEC_PER_SEC +
			   (nsec_t)spec[1];
	}
	result = socket_of_fd(fd, &file, &socket);
	if (result)
		return result;
	result = receive_many(file, socket, vector,
			      MIN(count, (unsigned)MMSG_MAX), flags, deadline);
	if (timeout && result > 0 && put_time_left(timeout, deadline))
		result = -EFAULT;
	file_put(file);
	return result;
}

enum { SOL_IPV6 = 41, IPV6_FLOWLABEL_MGR = 32 };

long sys_setsockopt(int fd, int level, int name, uaddr_t value, int length)
{
	uint8_t small[64], *bytes = small;
	struct socket *socket;
	struct file *file;
	long error;

	if (length < 0 || length > OPTION_MAX)
		return -EINVAL;
	error = socket_of_fd(fd, &file, &socket);
	if (error)
		return error;
	memset(small, 0, sizeof(small));
	if ((size_t)length > sizeof(small))
		bytes = kmalloc((size_t)length);
	if (!bytes)
		error = -ENOMEM;
	else if (length && copy_from_user(bytes, value, (size_t)length))
		error = -EFAULT;
	if (!error)
		error = level == SOL_SOCKET ?
				socket_set_common(socket, name, bytes,
						  (unsigned)length) :
				-EAGAIN;
	if (error == -EAGAIN)
		error = socket->ops->set_option(socket, level, name, bytes,
						(unsigned)length);
	/* A flow label that was chosen (IPV6_FLOWLABEL_MGR). */
	if (!error && level == SOL_IPV6 && name == IPV6_FLOWLABEL_MGR &&
	    copy_to_user(value + 16, bytes + 16, 4))
		error = -EFAULT;
	if (bytes != small)
		kfree(bytes);
	file_put(file);
	return error;
}

static long get_option(struct socket *socket, int level, int name,
		       uint8_t *bytes, unsigned length)
{
	long result = -EAGAIN;

	if (level == SOL_SOCKET)
		result = socket_get_common(socket, name, bytes, length);
	if (result == -EAGAIN)
		result = socket->ops->get_option(socket, level, name, bytes,
						 length);
	return result;
}

long sys_getsockopt(int fd, int level, int name, uaddr_t value,
		    uaddr_t length_at)
{
	uint8_t small[256], *bytes = small;
	struct socket *socket;
	struct file *file;
	uint32_t length;
	long result = socket_of_fd(fd, &file, &socket);

	if (result)
		return result;
	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER &&
	    socket->family != AF_UNIX) {
		result = socket_get_filter(socket, value, length_at);
		file_put(file);
		return result;
	}
	if (get_user_32(&length, length_at))
		result = -EFAULT;
	else if ((int)length < 0)
		result = -EINVAL;
	length = MIN(length, (uint32_t)OPTION_MAX);
	if (!result && length > sizeof(small)) {
		bytes = kzalloc(length);
		result = bytes ? 0 : -ENOMEM;
	}
	/* A few options are questions (PACKET_HDRLEN). */
	if (!result && level == SOL_PACKET &&
	    copy_from_user(bytes, value, length))
		result = -EFAULT;
	if (!result)
		result = get_option(socket, level, name, bytes, length);
	if (result > 0 && copy_to_user(value, bytes, (size_t)result))
		result = -EFAULT;
	if (result >= 0)
		result = put_user_32(length_at, (uint32_t)result);
	if (bytes != small)
		kfree(bytes);
	file_put(file);
	return result;
}
