// SPDX-License-Identifier: MIT
/*
 * Sockets as files: making them, reading and writing them like files, polling,
 * and finding the socket behind a descriptor.
 */
#include "kernel/socket/socket.h"

#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/file/namespace.h"
#include "kernel/mm/slab.h"
#include "kernel/socket/inet.h"
#include "kernel/socket/unix.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define S_IFSOCK 0140000
#define SIOCGSKNS 0x894c

static const struct file_ops socket_file_ops;
static uint64_t next_inode = 1000;
static int (*current_pid)(void);
static struct cache *socket_cache;

struct socket *socket_alloc(int family, int type, int protocol)
{
	struct socket *socket = cache_zalloc(socket_cache);
	const struct credentials *cred = current_cred();

	if (!socket)
		return NULL;
	socket->family = (uint8_t)family;
	socket->type = (uint8_t)type;
	socket->protocol = (uint16_t)protocol;
	socket->inode = atomic_fetch_add(&next_inode, 1);
	socket->low_water = 1;
	socket->uid = cred ? cred->euid : 0;
	socket->gid = cred ? cred->egid : 0;
	wait_queue_init(&socket->wait);
	mutex_init(&socket->send_lock);
	mutex_init(&socket->receive_lock);
	socket_set_network(socket, current_network());
	return socket;
}

void socket_set_network(struct socket *socket, struct net_namespace *network)
{
	struct net_namespace *old = socket->network;

	if (network) {
		namespace_get(&network->space);
		atomic_fetch_add(&network->sockets, 1);
	}
	socket->network = network;
	if (old) {
		atomic_fetch_sub(&old->sockets, 1);
		network_put(old);
	}
}

void socket_free(struct socket *socket)
{
	socket_set_network(socket, NULL);
	cache_free(socket_cache, socket);
}

int socket_make_file(struct socket *socket, unsigned flags, struct file **file)
{
	struct file *made = file_create(&socket_file_ops,
					O_RDWR | (flags & O_NONBLOCK), socket);

	if (!made) {
		socket->ops->release(socket);
		return -ENOMEM;
	}
	made->mode = FILE_READ | FILE_WRITE;
	socket->file = made;
	if (socket->type == SOCK_STREAM)
		async_urgent_init(&socket->urgent, made);
	*file = made;
	return 0;
}

int socket_of_fd(int fd, struct file **file, struct socket **socket)
{
	struct file *found = fd_get(fd);

	if (!found)
		return -EBADF;
	if (found->ops != &socket_file_ops) {
		file_put(found);
		return -ENOTSOCK;
	}
	*file = found;
	*socket = found->private;
	return 0;
}

struct socket *socket_of_file(const struct file *file)
{
	return file->ops == &socket_file_ops ? file->private : NULL;
}

int socket_wait_error(int error, nsec_t timeout)
{
	if (error == -ETIMEDOUT)
		return -EAGAIN;
	if (error == -EINTR && !timeout)
		return -ERESTARTSYS;
	return error;
}

static unsigned file_flags(struct file *file)
{
	return atomic_load_relaxed(&file->flags) & O_NONBLOCK ? MSG_DONTWAIT :
								0;
}

static ssize_t socket_read(struct file *file, struct io *io, int64_t *position)
{
	struct socket *socket = file->private;
	struct message message = { .io = *io, .flags = file_flags(file) };
	ssize_t result;

	(void)position;
	if (!io->left)
		return 0; /* unlike recv() */
	result = socket->ops->receive(socket, &message);
	*io = message.io;
	return result;
}

static ssize_t socket_write(struct file *file, struct io *io, int64_t *position)
{
	struct socket *socket = file->private;
	struct message message = { .io = *io, .flags = file_flags(file) };
	ssize_t result;

	(void)position;
	result = socket->ops->send(socket, &message);
	*io = message.io;
	if (result == -EPIPE && thread_raise)
		thread_raise(13 /* SIGPIPE */);
	return result;
}

static unsigned socket_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = file->private;

	poll_wait(table, file, &socket->wait);
	return socket->ops->poll(socket);
}

/* A descriptor for the socket's namespace (netns(7), lsns uses it). */
static long socket_network_file(struct socket *socket)
{
	struct file *file;
	int error;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	error = path_ops.open_namespace(&socket->network->space, &file);
	return error ? error : fd_add(file, true);
}

static long socket_ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct socket *socket = file->private;

	long result = -ENOTTY;

	if (socket->ops->ioctl)
		result = socket->ops->ioctl(socket, command, argument);
	if (command == SIOCGSKNS)
		return socket_network_file(socket);
	if (result == -ENOTTY)
		result = old_ioctl(socket, command, argument);
	/* Interfaces are asked about through any socket. */
	return result == -ENOTTY ? inet_interface_ioctl(socket->network->net,
							command, argument) :
				   result;
}

/* Only packet sockets have something to map. */
static int socket_mmap(struct file *file, struct vm_area *area)
{
	struct socket *socket = file->private;

	return socket->family == AF_PACKET ?
		       socket_ring_ops->map(socket, area) :
		       -ENODEV;
}

static int socket_stat(struct file *file, struct stat_result *stat)
{
	struct socket *socket = file->private;

	memset(stat, 0, sizeof(*stat));
	stat->device = 8;
	stat->inode = socket->inode;
	stat->mode = S_IFSOCK | 0777;
	stat->links = 1;
	stat->uid = socket->uid;
	stat->gid = socket->gid;
	stat->block_size = 4096;
	return 0;
}

static void socket_release(struct file *file)
{
	struct socket *socket = file->private;

	socket->file = NULL;
	socket->ops->release(socket);
}

static const struct file_ops socket_file_ops = {
	.name = "socket",
	.read = socket_read,
	.write = socket_write,
	.poll = socket_poll,
	.ioctl = socket_ioctl,
	.mmap = socket_mmap,
	.stat = socket_stat,
	.release = socket_release,
	.stream = true,
};

uint32_t socket_count(void)
{
	return atomic_load(&current_network()->sockets);
}

int socket_current_pid(void)
{
	return current_pid();
}

void socket_init(struct net *net, int (*pid)(void))
{
	namespace_init(&initial_network.space, &network_kind, INITIAL_NETWORK);
	initial_network.net = net;
	current_pid = pid;
	unix_garbage_init();
	socket_cache = cache_create("socket", sizeof(struct socket), 8);
}
