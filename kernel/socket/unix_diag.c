// SPDX-License-Identifier: MIT
/*
 * What listings tell of UNIX sockets: ss -x by sock_diag, /proc/net/unix. They
 * ask for one after the other, by age, so that no lock is held for long. A
 * socket that nobody has accepted yet has no inode and is not shown, as with
 * Linux.
 */
#include "kernel/socket/unix.h"

#include "kernel/file/namespace.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "net/net.h"

#define PATH_OFFSET 2 /* of sun_path in struct sockaddr_un */
#define LISTENING 10 /* Linux's states */
#define CONNECTED 1
#define UNCONNECTED 7

static uint32_t queued_bytes(const struct unix_socket *at)
{
	const struct unix_message *message;
	uint32_t n = 0;

	LIST_FOR_EACH(message, &at->queue, link) {
		n += message->length - message->offset;
		if (at->type == SOCK_DGRAM)
			break; /* what a read would give: the first one */
	}
	return n;
}

/* As Linux has it inside: twelve bits major, twenty minor. */
static uint32_t device_inside(uint64_t device)
{
	uint32_t major = (uint32_t)(device >> 8 & 0xfff);
	uint32_t minor = (uint32_t)((device & 0xff) | (device >> 12 & 0xfff00));

	return major << 20 | minor;
}

static void describe_name(const struct unix_socket *at, struct diag_unix *out)
{
	int length = atomic_load(&at->name_length) - PATH_OFFSET;

	if (length <= 0)
		return;
	/* A path is given without the NUL at its end. */
	if (at->name[PATH_OFFSET] && !at->name[PATH_OFFSET + length - 1])
		length--;
	out->name_length = (uint8_t)length;
	memcpy(out->name, at->name + PATH_OFFSET, (size_t)length);
	out->has_file = at->file_number != 0;
	out->file_inode = (uint32_t)at->file_number;
	out->file_device = device_inside(at->file_device);
}

/* Under the socket's lock. */
static void describe(const struct unix_socket *at, struct diag_unix *out)
{
	out->order = at->order;
	out->inode = at->number;
	out->type = (uint8_t)at->type;
	out->state = at->state == UNIX_LISTENING	      ? LISTENING :
		     at->state == UNIX_CONNECTED || at->heard ? CONNECTED :
								UNCONNECTED;
	out->shutdown = at->receive_shut | at->send_shut << 1;
	out->uid = at->socket->uid;
	out->refs = (uint32_t)at->refs;
	out->peer = at->peer && at->peer->socket ? at->peer->number : 0;
	out->pending = at->pending_count;
	out->backlog = at->backlog;
	out->receive_queued = queued_bytes(at);
	out->send_queued = atomic_load(&at->charged);
	out->receive_buffer = at->receive_buffer;
	out->send_buffer = at->send_buffer;
	describe_name(at, out);
}

struct search {
	const struct net *net;
	struct diag_unix *out;
};

static bool look(struct unix_socket *at, void *arg)
{
	struct search *search = arg;
	bool shown;

	spin_lock(&at->lock);
	/* Neither closed nor not accepted, and of this network. */
	shown = at->socket && at->socket->network->net == search->net;
	if (shown) {
		memset(search->out, 0, sizeof(*search->out));
		describe(at, search->out);
	}
	spin_unlock(&at->lock);
	return shown;
}

bool unix_next(const struct net *net, uint64_t after, struct diag_unix *out)
{
	struct search search = { .net = net, .out = out };

	return unix_look_after(after, look, &search);
}

struct pending {
	uint64_t order;
	uint32_t *inodes;
	uint32_t room, count;
};

/* Who waits is known by the inodes of the clients. */
static bool look_at_pending(struct unix_socket *at, void *arg)
{
	const struct unix_connection *connection;
	struct pending *p = arg;

	spin_lock(&at->lock);
	if (at->order == p->order)
		LIST_FOR_EACH(connection, &at->pending, link) {
			const struct unix_socket *client =
				connection->server_end->peer;

			if (p->count < p->room)
				p->inodes[p->count++] =
					client ? (uint32_t)client->number : 0;
		}
	spin_unlock(&at->lock);
	return true;
}

uint32_t unix_pending(uint64_t order, uint32_t *inodes, uint32_t room)
{
	struct pending p = { .order = order, .inodes = inodes, .room = room };

	unix_look_after(order - 1, look_at_pending, &p);
	return p.count;
}
