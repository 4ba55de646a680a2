// SPDX-License-Identifier: MIT
/*
 * /dev/net/tun: the file face of TUN and TAP interfaces (net/tun). A read gives
 * one packet, a write takes one; the ioctls go to the stack as requests.
 */
#include "kernel/net_tun.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/file/credentials.h"
#include "kernel/file/file.h"
#include "kernel/file/io.h"
#include "kernel/file/namespace.h"
#include "kernel/file/poll.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/lock.h"
#include "kernel/sched/wait.h"
#include "kernel/socket/socket.h"
#include "lib/atomic.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/tun_request.h"
#include "net/net.h"

#define PACKET_LIMIT 65600
#define IFREQ_SIZE 40
#define NAME_SIZE 16
#define IOCTL_TYPE 0x54 /* 'T' */

struct tun_file {
	struct net_namespace *network; /* the opener's; counted */
	struct endpoint *endpoint;
	struct wait_queue wait;
	struct mutex lock; /* of readers and of writers */
	bool attached; /* to an interface, once */
};

static void wake(void *owner, uint32_t events)
{
	struct tun_file *tun = owner;

	wake_up(&tun->wait, events);
}

static void closed(void *owner)
{
	struct tun_file *tun = owner;

	network_put(tun->network);
	kfree(tun);
}

static const struct endpoint_notify notify = { wake, closed };

/* ---- Reading ---- */

static ssize_t hand_over(struct io *io, struct datagram *datagram)
{
	uint32_t want = (uint32_t)MIN(io->left, (size_t)datagram->length);

	for (uint32_t offset = 0; offset < want;) {
		uint8_t *data;
		uint32_t n = datagram_span(datagram, offset, &data);

		n = MIN(n, want - offset);
		if (io_copy_to(io, data, n) != n)
			return -EFAULT;
		offset += n;
	}
	return want;
}

static ssize_t read(struct file *file, struct io *io, int64_t *position)
{
	struct tun_file *tun = file->private;
	struct datagram *datagram;
	ssize_t result;
	int error;

	(void)position;
	if (!atomic_load(&tun->attached))
		return -EBADFD;
	for (;;) {
		mutex_lock(&tun->lock);
		datagram = endpoint_receive_datagram(tun->endpoint);
		mutex_unlock(&tun->lock);
		if (datagram)
			break;
		if (atomic_load_relaxed(&file->flags) & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_until(&tun->wait,
					 endpoint_poll(tun->endpoint) & POLLIN,
					 NO_DEADLINE);
		if (error)
			return -ERESTARTSYS;
	}
	result = hand_over(io, datagram);
	datagram_free(datagram);
	return result;
}

/* ---- Writing ---- */

static int make_datagram(struct io *io, struct datagram **made)
{
	size_t length = io->left;
	struct datagram *datagram;

	if (length > PACKET_LIMIT || length == 0)
		return -EINVAL;
	datagram = datagram_new((uint32_t)length);
	if (!datagram)
		return -ENOMEM;
	for (uint32_t offset = 0; offset < length;) {
		uint8_t *data;
		uint32_t n = datagram_span(datagram, offset, &data);

		if (io_copy_from(io, data, n) != n) {
			datagram_free(datagram);
			return -EFAULT;
		}
		offset += n;
	}
	*made = datagram;
	return 0;
}

struct writing {
	struct tun_file *tun;
	struct datagram *datagram;
	struct request answer;
	bool queued;
};

static void post_datagram(void *arg)
{
	struct writing *w = arg;
	int error;

	w->datagram->answer = &w->answer;
	w->queued = true;
	mutex_lock(&w->tun->lock);
	error = endpoint_send_datagram(w->tun->endpoint, w->datagram);
	mutex_unlock(&w->tun->lock);
	if (error) {
		w->queued = false;
		request_finish(&w->answer, error);
	}
}

static ssize_t write(struct file *file, struct io *io, int64_t *position)
{
	struct writing w = { .tun = file->private };
	size_t length = io->left;
	int error;

	(void)position;
	if (!atomic_load(&w.tun->attached))
		return -EBADFD;
	error = make_datagram(io, &w.datagram);
	if (error)
		return error;
	error = socket_wait_request(&w.answer, post_datagram, &w);
	if (!w.queued)
		datagram_free(w.datagram);
	return error ? error : (ssize_t)length;
}

static unsigned poll(struct file *file, struct poll_table *table)
{
	struct tun_file *tun = file->private;
	unsigned events;

	poll_wait(table, file, &tun->wait);
	if (!atomic_load(&tun->attached))
		return POLLERR;
	events = endpoint_poll(tun->endpoint);
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (events & POLLOUT)
		events |= POLLWRNORM;
	return events;
}

/* ---- Control ---- */

static void post_request(void *arg)
{
	struct endpoint_request *request = arg;

	endpoint_request(request->endpoint, request);
}

static int ask(struct tun_file *tun, unsigned command, struct tun_request *r)
{
	const struct credentials *cred = current_cred();
	struct endpoint_request request = { .endpoint = tun->endpoint,
					    .op = EP_OP_IOCTL,
					    .number = (int)command,
					    .value = r };

	r->admin = capable(CAP_NET_ADMIN);
	r->uid = cred->euid;
	r->gid = cred->egid;
	return socket_wait_request(&request.request, post_request, &request);
}

/* TUNSETIFF and TUNGETIFF: struct ifreq with a name and flags. */
static long with_name(struct tun_file *tun, unsigned command, uaddr_t at)
{
	struct tun_request r = { .number = 0 };
	uint8_t row[IFREQ_SIZE];
	int error;

	if (copy_from_user(row, at, sizeof(row)))
		return -EFAULT;
	memcpy(r.name, row, NAME_SIZE - 1);
	r.number = get_le16(row + NAME_SIZE);
	error = ask(tun, command, &r);
	if (error)
		return error;
	atomic_store(&tun->attached, true);
	memset(row, 0, NAME_SIZE);
	memcpy(row, r.name, NAME_SIZE);
	put_le16(row + NAME_SIZE, (uint16_t)r.number);
	return copy_to_user(at, row, sizeof(row));
}

static bool by_pointer(unsigned command)
{
	return command == TUNSETVNETHDRSZ || command == TUNSETCARRIER;
}

static long ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct tun_file *tun = file->private;
	struct tun_request r = { .number = (uint32_t)argument };
	int error;

	if ((command >> 8 & 0xff) != IOCTL_TYPE)
		return -ENOTTY;
	if (command == TUNSETIFF || command == TUNGETIFF)
		return with_name(tun, command, argument);
	if (by_pointer(command) && get_user_32(&r.number, argument))
		return -EFAULT;
	error = ask(tun, command, &r);
	if (error)
		return error;
	if (command == TUNGETFEATURES || command == TUNGETVNETHDRSZ)
		return put_user_32(argument, r.number);
	return 0;
}

/* ---- Life ---- */

static int open(struct file *file, uint64_t rdevice)
{
	struct net_namespace *network = current_network();
	struct tun_file *tun = kzalloc(sizeof(*tun));
	int error;

	(void)rdevice;
	if (!tun)
		return -ENOMEM;
	wait_queue_init(&tun->wait);
	mutex_init(&tun->lock);
	error = net_socket(network->net, NET_TUN, NET_SOCK_RAW, 0,
			   &tun->endpoint);
	if (error) {
		kfree(tun);
		return error;
	}
	namespace_get(&network->space);
	tun->network = network;
	endpoint_adopt(tun->endpoint, &notify, tun);
	file->private = tun;
	return 0;
}

static void release(struct file *file)
{
	struct tun_file *tun = file->private;

	if (tun)
		endpoint_close(tun->endpoint);
}

const struct file_ops net_tun_ops = {
	.name = "/dev/net/tun",
	.open = open,
	.read = read,
	.write = write,
	.poll = poll,
	.ioctl = ioctl,
	.release = release,
	.stream = true,
};
