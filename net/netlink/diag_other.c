// SPDX-License-Identifier: MIT
/*
 * sock_diag for what is no Internet socket: UNIX (linux/unix_diag.h), netlink
 * (linux/netlink_diag.h) and packet sockets (linux/packet_diag.h). UNIX sockets
 * do not belong to the stack: port_unix_next() tells of them one by one. Linux's
 * own end of each netlink protocol is a socket, too, and is shown as one.
 */
#include "lib/errno.h"
#include "net/core/diag.h"
#include "net/netlink/netlink.h"

#define SOCK_DIAG_BY_FAMILY 20
#define AF_UNIX 1
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOCK_DGRAM 2
#define STEP_BUDGET 256

/* struct unix_diag_req, netlink_diag_req and packet_diag_req */
#define UNIX_REQUEST 24
#define REQUEST 20
#define STATES 4
#define UNIX_INODE 8
#define UNIX_SHOW 12
#define UNIX_COOKIE 16
#define SHOW 8

/* ---- UNIX ---- */

#define UNIX_MESSAGE 16
#define ICONS_MAX 128
#define STATE_LISTEN 10

enum {
	UNIX_NAME,
	UNIX_VFS,
	UNIX_PEER,
	UNIX_ICONS,
	UNIX_RQLEN,
	UNIX_MEMINFO,
	UNIX_SHUTDOWN,
	UNIX_UID,
};

static void put_two(struct nl_writer *w, uint16_t type, uint32_t a, uint32_t b)
{
	uint8_t words[8];

	put_le32(words, a);
	put_le32(words + 4, b);
	nl_put(w, type, words, sizeof words);
}

static void put_pending(struct net *net, const struct diag_unix *s,
			struct nl_writer *w)
{
	uint32_t inodes[ICONS_MAX], n;

	if (s->state != STATE_LISTEN)
		return;
	n = port_unix_pending(net, s->order, inodes, ICONS_MAX);
	nl_put(w, UNIX_ICONS, inodes, n * sizeof inodes[0]);
}

static void put_unix_memory(const struct diag_unix *s, struct nl_writer *w)
{
	uint32_t v[MEMINFO_COUNT] = {
		[0] = s->receive_queued,
		[1] = s->receive_buffer,
		[2] = s->send_queued,
		[3] = s->send_buffer,
	};

	nl_put(w, UNIX_MEMINFO, v, sizeof v);
}

static void put_unix(struct net *net, const struct diag_unix *s, uint32_t show,
		     struct nl_writer *w)
{
	bool listens = s->state == STATE_LISTEN;
	uint8_t *at = nl_room(w, UNIX_MESSAGE);

	if (!at)
		return;
	at[0] = AF_UNIX;
	at[1] = s->type;
	at[2] = s->state;
	put_le32(at + 4, (uint32_t)s->inode);
	put_le64(at + 8, s->order);
	if (show & 1u << UNIX_NAME && s->name_length)
		nl_put(w, UNIX_NAME, s->name, s->name_length);
	if (show & 1u << UNIX_VFS && s->has_file)
		put_two(w, UNIX_VFS, s->file_inode, s->file_device);
	if (show & 1u << UNIX_PEER && s->peer)
		nl_put_u32(w, UNIX_PEER, (uint32_t)s->peer);
	if (show & 1u << UNIX_ICONS)
		put_pending(net, s, w);
	if (show & 1u << UNIX_RQLEN)
		put_two(w, UNIX_RQLEN, listens ? s->pending : s->receive_queued,
			listens ? s->backlog : s->send_queued);
	if (show & 1u << UNIX_MEMINFO)
		put_unix_memory(s, w);
	nl_put_u8(w, UNIX_SHUTDOWN, s->shutdown);
	if (show & 1u << UNIX_UID)
		nl_put_u32(w, UNIX_UID, s->uid);
}

static int check_unix(struct nl_call *call)
{
	return call->length < UNIX_REQUEST ? -EINVAL : 0;
}

static int dump_unix(struct nl_dump *dump, struct nl_writer *w) NET_THREAD_ROOT
{
	struct nl_header header = nl_dump_header(dump, SOCK_DIAG_BY_FAMILY);
	uint32_t states = get_le32(dump->body + STATES);
	uint32_t show = get_le32(dump->body + UNIX_SHOW);
	struct diag_unix s;

	for (int looked = 0; looked < STEP_BUDGET; looked++) {
		uint32_t start;

		if (!port_unix_next(dump->net, dump->at[0], &s))
			return NL_DUMP_DONE;
		if (states & 1u << s.state) {
			start = nl_begin(w, &header);
			put_unix(dump->net, &s, show, w);
			if (!nl_end(w, start))
				return NL_DUMP_MORE;
		}
		dump->at[0] = s.order;
	}
	return NL_DUMP_LATER;
}

static int get_unix(struct nl_call *call) NET_THREAD_ROOT
{
	struct diag_unix s = { .order = 0 };
	struct nl_reply reply;
	uint32_t inode;
	uint64_t cookie;

	if (call->length < UNIX_REQUEST)
		return -EINVAL;
	inode = get_le32(call->body + UNIX_INODE);
	cookie = get_le64(call->body + UNIX_COOKIE);
	if (!inode)
		return -EINVAL;
	do {
		if (!port_unix_next(call->net, s.order, &s))
			return -ENOENT;
	} while ((uint32_t)s.inode != inode);
	if (cookie != UINT64_MAX && cookie != s.order)
		return -ESTALE;
	nl_reply_begin(call, &reply, SOCK_DIAG_BY_FAMILY);
	put_unix(call->net, &s, get_le32(call->body + UNIX_SHOW),
		 &reply.writer);
	return nl_reply_end(call, &reply);
}

const struct nl_handler nl_diag_unix = {
	.open = true,
	.call = get_unix,
	.dump = dump_unix,
	.dump_start = check_unix,
};

/* ---- Netlink ---- */

#define NETLINK_MESSAGE 28
#define PROTOCOLS 32
#define ALL_PROTOCOLS 0xff
#define STATE_CONNECTED 1
#define STATE_CLOSE 7
#define KERNEL_BUFFER 212992

enum { NETLINK_MEMINFO, NETLINK_GROUPS, NETLINK_FLAGS = 4 };
enum { SHOW_MEMORY = 1, SHOW_GROUPS = 2, SHOW_FLAGS = 8 };

static uint32_t flags_of(const struct nl_socket *s)
{
	return (s->dump != NULL) | (uint32_t)s->packet_info << 1 |
	       (uint32_t)s->broadcast_error << 2 |
	       (uint32_t)s->never_overrun << 3 | (uint32_t)s->listen_all << 4 |
	       (uint32_t)s->capped_ack << 5;
}

static void put_netlink(const struct nl_socket *s, uint32_t show,
			struct nl_writer *w)
{
	const struct endpoint *ep = s->ep;
	bool connected = ep->status & EP_CONNECTED;
	uint8_t *at = nl_room(w, NETLINK_MESSAGE);
	uint32_t v[MEMINFO_COUNT];
	uint8_t groups[8];

	if (!at)
		return;
	at[0] = AF_NETLINK;
	at[1] = ep->type;
	at[2] = (uint8_t)s->family->number;
	at[3] = connected ? STATE_CONNECTED : STATE_CLOSE;
	put_le32(at + 4, s->port);
	if (connected) {
		uint32_t to = ep->remote.addr.w[1];

		put_le32(at + 8, ep->remote.addr.w[0]);
		put_le32(at + 12, to ? 1 + (uint32_t)__builtin_ctz(to) : 0);
	}
	put_le32(at + 16, (uint32_t)ep->inode);
	put_le64(at + 20, ep->id);
	put_le64(groups, s->groups);
	if (show & SHOW_GROUPS && s->groups)
		nl_put(w, NETLINK_GROUPS, groups, sizeof groups);
	if (show & SHOW_MEMORY) {
		sockopt_memory(ep, v);
		nl_put(w, NETLINK_MEMINFO, v, sizeof v);
	}
	if (show & SHOW_FLAGS)
		nl_put_u32(w, NETLINK_FLAGS, flags_of(s));
}

/* The kernel's end of a protocol. */
static void put_kernel(const struct nl_family *family, uint32_t show,
		       struct nl_writer *w)
{
	uint32_t v[MEMINFO_COUNT] = { [1] = KERNEL_BUFFER, [3] = KERNEL_BUFFER };
	uint8_t *at = nl_room(w, NETLINK_MESSAGE);

	if (!at)
		return;
	at[0] = AF_NETLINK;
	at[1] = SOCK_DGRAM;
	at[2] = (uint8_t)family->number;
	at[3] = STATE_CLOSE;
	put_le64(at + 20, family->number | BIT(63));
	if (show & SHOW_MEMORY)
		nl_put(w, NETLINK_MEMINFO, v, sizeof v);
	if (show & SHOW_FLAGS)
		nl_put_u32(w, NETLINK_FLAGS, 0);
}

static int check_netlink(struct nl_call *call)
{
	return call->length < REQUEST ? -EINVAL : 0;
}

static bool of_protocol(const struct nl_dump *dump,
			const struct nl_family *family)
{
	return dump->body[1] == ALL_PROTOCOLS ||
	       dump->body[1] == family->number;
}

/* Number `n` of the kernel's ends and all sockets: true when it was written, or
 * is not wanted. *last: there is none. */
static bool put_nth(struct nl_dump *dump, uint32_t n, struct nl_writer *w,
		    bool *last) ON_NET_THREAD
{
	struct nl_header header = nl_dump_header(dump, SOCK_DIAG_BY_FAMILY);
	uint32_t show = get_le32(dump->body + SHOW), start;
	const struct nl_family *family;
	struct nl_socket *s = NULL, *each;
	uint32_t i;

	for (i = 0; i < n && nl_family_at(i); i++)
		;
	family = nl_family_at(i);
	if (!family)
		LIST_FOR_EACH(each, &netlink_of(dump->net)->sockets, list)
			if (i++ == n) {
				s = each;
				family = s->family;
				break;
			}
	*last = !family;
	if (*last || !of_protocol(dump, family))
		return true;
	start = nl_begin(w, &header);
	if (s)
		put_netlink(s, show, w);
	else
		put_kernel(family, show, w);
	return nl_end(w, start);
}

static int dump_netlink(struct nl_dump *dump,
			struct nl_writer *w) NET_THREAD_ROOT
{
	uint8_t protocol = dump->body[1];
	bool last;

	if (protocol != ALL_PROTOCOLS && protocol >= PROTOCOLS)
		return -ENOENT;
	for (int looked = 0; looked < STEP_BUDGET; looked++) {
		if (!put_nth(dump, (uint32_t)dump->at[0], w, &last))
			return NL_DUMP_MORE;
		if (last)
			return NL_DUMP_DONE;
		dump->at[0]++;
	}
	return NL_DUMP_LATER;
}

const struct nl_handler nl_diag_netlink = {
	.open = true,
	.dump = dump_netlink,
	.dump_start = check_netlink,
};

/* ---- Packet ---- */

#define PACKET_MESSAGE 16

static int check_packet(struct nl_call *call)
{
	/* Of all protocols or none. */
	return call->length < REQUEST || call->body[1] ? -EINVAL : 0;
}

static int dump_packet(struct nl_dump *dump,
		       struct nl_writer *w) NET_THREAD_ROOT
{
	const struct diag_packet *sockets = dump->net->diag->packet;
	struct nl_header header = nl_dump_header(dump, SOCK_DIAG_BY_FAMILY);
	struct endpoint *ep;

	while ((ep = sockets->nth(dump->net, (uint32_t)dump->at[0]))) {
		uint32_t start = nl_begin(w, &header);
		uint8_t *at = nl_room(w, PACKET_MESSAGE);

		if (at) {
			at[0] = AF_PACKET;
			at[1] = ep->type;
			put_le16(at + 2, sockets->ethertype(ep));
			put_le32(at + 4, (uint32_t)ep->inode);
			put_le64(at + 8, ep->id);
			sockets->put(ep, get_le32(dump->body + SHOW),
				     dump->admin, w);
		}
		if (!nl_end(w, start)) {
			/* A filter larger than any message ends it (Linux). */
			return w->used == 0 && w->size > NL_PART ?
				       NL_DUMP_DONE :
				       NL_DUMP_MORE;
		}
		dump->at[0]++;
	}
	return NL_DUMP_DONE;
}

const struct nl_handler nl_diag_packet = {
	.open = true,
	.dump = dump_packet,
	.dump_start = check_packet,
};
