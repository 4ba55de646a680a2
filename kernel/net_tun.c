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
#define STRIPPED 1 /* TUN_PKT_STRIP, in struct tun_pi's flags */
#define ALL_MULTICAST 1 /* TUN_FLT_ALLMULTI */
#define FILTER_STEPS 4096

struct tun_file {
	struct net_namespace *network; /* the opener's; counted */
	struct endpoint *endpoint;
	struct wait_queue wait;
	struct mutex lock; /* of readers and of writers */
	uint32_t index; /* TUNSETIFINDEX, or 0 */
};

/* Has it an interface? It may go at any time. */
static bool attached(const struct tun_file *tun)
{
	return endpoint_status(tun->endpoint) & EP_BOUND;
}

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

/* Both headers in front must fit; the packet may be cut. */
static int check_room(const struct io *io, struct datagram *datagram)
{
	uint8_t *info;

	if (io->left < datagram->tos ||
	    io->left - datagram->tos < datagram->mark)
		return -EINVAL;
	if (datagram->tos && io->left < datagram->length) {
		datagram_span(datagram, 0, &info);
		info[0] |= STRIPPED;
	}
	return 0;
}

static ssize_t hand_over(struct io *io, struct datagram *datagram)
{
	uint32_t want = (uint32_t)MIN(io->left, (size_t)datagram->length);
	int error = check_room(io, datagram);

	if (error)
		return error;
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

/* The next one, or why there is none: the interface may go while we wait. */
static int next_datagram(struct file *file, struct tun_file *tun,
			 struct datagram **next)
{
	int error;

	for (;;) {
		mutex_lock(&tun->lock);
		*next = endpoint_receive_datagram(tun->endpoint);
		mutex_unlock(&tun->lock);
		if (*next)
			return 0;
		if (atomic_load_relaxed(&file->flags) & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event_until(
			&tun->wait,
			!attached(tun) || endpoint_poll(tun->endpoint) & POLLIN,
			NO_DEADLINE);
		if (error)
			return -ERESTARTSYS;
		if (!attached(tun))
			return -EFAULT;
	}
}

static ssize_t read(struct file *file, struct io *io, int64_t *position)
{
	struct tun_file *tun = file->private;
	struct datagram *datagram;
	ssize_t result;
	int error;

	(void)position;
	if (!attached(tun))
		return -EBADFD;
	if (!io->left)
		return 0;
	error = next_datagram(file, tun, &datagram);
	if (error)
		return error;
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
	if (!attached(w.tun))
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
	if (!attached(tun))
		return POLLERR;
	events = endpoint_poll(tun->endpoint) & (POLLIN | POLLOUT);
	if (events & POLLIN)
		events |= POLLRDNORM;
	if (!(endpoint_status(tun->endpoint) & EP_CONNECTED))
		events &= ~(unsigned)POLLOUT; /* it is down */
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
	r->groups = cred->groups;
	r->group_count = cred->group_count;
	return socket_wait_request(&request.request, post_request, &request);
}

/* struct ifreq with a name and flags, or a hardware address. */
static bool with_row(unsigned command)
{
	return command == TUNSETIFF || command == TUNGETIFF ||
	       command == TUN_SIOCSIFHWADDR || command == TUN_SIOCGIFHWADDR;
}

static void put_row(uint8_t *row, unsigned command, const struct tun_request *r)
{
	if (command == TUN_SIOCGIFHWADDR) {
		put_le16(row + NAME_SIZE, r->type);
		memset(row + NAME_SIZE + 2, 0, 14);
		memcpy(row + NAME_SIZE + 2, r->mac, 6);
		return;
	}
	memset(row, 0, NAME_SIZE);
	memcpy(row, r->name, NAME_SIZE);
	put_le16(row + NAME_SIZE, (uint16_t)r->number);
}

static long ask_with_row(struct tun_file *tun, unsigned command, uaddr_t at)
{
	struct tun_request r = { .index = tun->index };
	uint8_t row[IFREQ_SIZE];
	int error;

	if (copy_from_user(row, at, sizeof(row)))
		return -EFAULT;
	memcpy(r.name, row, NAME_SIZE - 1);
	r.number = r.type = get_le16(row + NAME_SIZE);
	memcpy(r.mac, row + NAME_SIZE + 2, 6);
	error = ask(tun, command, &r);
	if (error || command == TUN_SIOCSIFHWADDR)
		return error;
	put_row(row, command, &r);
	return copy_to_user(at, row, sizeof(row));
}

/* `size` bytes of the program's, `number` times. */
static int ask_with_bytes(struct tun_file *tun, unsigned command,
			  struct tun_request *r, uaddr_t from, uint32_t size)
{
	uint8_t *bytes = kmalloc(MAX(r->number * size, 1u));
	int error;

	if (!bytes)
		return -ENOMEM;
	r->bytes = bytes;
	error = copy_from_user(bytes, from, r->number * size) ?
			-EFAULT :
			ask(tun, command, r);
	kfree(bytes);
	return error;
}

/* struct sock_fprog: u16 length, pointer. */
static int attach_filter(struct tun_file *tun, uaddr_t at)
{
	uint8_t program[16];
	struct tun_request r = { .number = 0 };

	if (!attached(tun))
		return -EBADFD;
	if (copy_from_user(program, at, sizeof(program)))
		return -EFAULT;
	r.number = get_le16(program);
	r.pointer = get_le64(program + 8);
	if (r.number > FILTER_STEPS)
		return -EINVAL;
	return ask_with_bytes(tun, TUNATTACHFILTER, &r, r.pointer, 8);
}

static int get_filter(struct tun_file *tun, uaddr_t at)
{
	struct tun_request r = { .number = 0 };
	uint8_t program[16] = { 0 };
	int error = ask(tun, TUNGETFILTER, &r);

	if (error)
		return error;
	put_le16(program, (uint16_t)r.number);
	put_le64(program + 8, r.pointer);
	return copy_to_user(at, program, sizeof(program));
}

/* struct tun_filter: u16 flags, u16 count, addresses. */
static int choose_frames(struct tun_file *tun, uaddr_t at)
{
	struct tun_request r = { .number = 0 };
	uint8_t head[4];

	if (!attached(tun))
		return -EBADFD;
	if (copy_from_user(head, at, sizeof(head)))
		return -EFAULT;
	r.all_multicast = get_le16(head) & ALL_MULTICAST;
	r.number = get_le16(head + 2);
	return ask_with_bytes(tun, TUNSETTXFILTER, &r, at + sizeof(head), 6);
}

static int set_index(struct tun_file *tun, uaddr_t at)
{
	uint32_t index;

	if (attached(tun))
		return -EPERM;
	if (get_user_32(&index, at))
		return -EFAULT;
	if ((int32_t)index < 0)
		return -EINVAL;
	tun->index = index;
	return 0;
}

static bool sets_by_pointer(unsigned command)
{
	return command == TUNSETVNETHDRSZ || command == TUNSETCARRIER ||
	       command == TUNSETSNDBUF || command == TUNSETVNETLE;
}

static bool gets_number(unsigned command)
{
	return command == TUNGETVNETHDRSZ || command == TUNGETSNDBUF ||
	       command == TUNGETVNETLE;
}

static long ask_number(struct tun_file *tun, unsigned command, uaddr_t argument)
{
	struct tun_request r = { .number = (uint32_t)argument };
	int error;

	if (!attached(tun))
		return -EBADFD;
	if (sets_by_pointer(command) && get_user_32(&r.number, argument))
		return -EFAULT;
	error = ask(tun, command, &r);
	if (!error && gets_number(command))
		error = put_user_32(argument, r.number);
	return error;
}

static long ioctl(struct file *file, unsigned command, uaddr_t argument)
{
	struct tun_file *tun = file->private;

	if (with_row(command))
		return ask_with_row(tun, command, argument);
	switch (command) {
	case TUNGETFEATURES:
		return put_user_32(argument, TUN_OFFERED);
	case TUNSETIFINDEX:
		return set_index(tun, argument);
	case TUNSETTXFILTER:
		return choose_frames(tun, argument);
	case TUNATTACHFILTER:
		return attach_filter(tun, argument);
	case TUNGETFILTER:
		return get_filter(tun, argument);
	default:
		return ask_number(tun, command, argument);
	}
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
