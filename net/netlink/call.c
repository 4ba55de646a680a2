// SPDX-License-Identifier: MIT
/*
 * From a program's bytes to a handler and back: the messages of one send in
 * their order, each acknowledged if it asked for that or failed (RFC 3549
 * 2.3.2), and dumps that go on as their reader reads.
 */
#include "net/netlink/netlink.h"

#include "lib/errno.h"
#include "lib/string.h"

#define ERROR_HEADER 4 /* struct nlmsgerr's error */
#define DONE_LENGTH (NL_HEADER + 4)
#define ATTR_TEXT 1 /* NLMSGERR_ATTR_MSG */
#define ATTR_OFFSET 2

int nl_fail(struct nl_call *call, int error, const struct nl_attr *attr,
	    const char *text)
{
	call->error_text = text;
	call->error_at = attr ? attr->data - NL_ATTR_HEADER : NULL;
	return error;
}

static struct nl_header answer_header(const struct nl_call *call, uint16_t type,
				      uint16_t flags)
{
	return (struct nl_header){ .type = type,
				   .flags = flags,
				   .sequence = call->header.sequence,
				   .port = call->socket->port };
}

static void put_explanation(struct nl_writer *w, const struct nl_call *call)
{
	if (call->error_text)
		nl_put_text(w, ATTR_TEXT, call->error_text);
	if (call->error_at)
		nl_put_u32(w, ATTR_OFFSET,
			   (uint32_t)(call->error_at - call->message));
}

/* NLMSG_ERROR: the error, the request's header, its body if it failed and the
 * program did not ask to leave it out, then what there is to say. */
static void acknowledge(struct nl_call *call, int error) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(call->net);
	struct nl_socket *socket = call->socket;
	struct nl_writer w = { .buffer = netlink->buffer,
			       .size = sizeof netlink->buffer };
	bool explain = socket->extended_ack &&
		       (call->error_text || call->error_at);
	bool whole = error && !socket->capped_ack &&
		     call->header.length <= sizeof netlink->buffer / 2;
	uint32_t quoted = whole ? call->header.length : NL_HEADER;
	struct nl_header header =
		answer_header(call, NL_ERROR,
			      (uint16_t)((whole ? 0 : NL_CAPPED) |
					 (explain ? NL_ACK_TLVS : 0)));
	uint32_t start = nl_begin(&w, &header);
	uint8_t *at = nl_room(&w, ERROR_HEADER + quoted);

	put_le32(at, (uint32_t)error);
	memcpy(at + ERROR_HEADER, call->message, quoted);
	if (explain)
		put_explanation(&w, call);
	if (nl_end(&w, start))
		nl_deliver(socket, w.buffer, w.used, 0);
}

void nl_reply_begin(struct nl_call *call, struct nl_reply *reply, uint16_t type)
{
	struct netlink *netlink = netlink_of(call->net);
	struct nl_header header = answer_header(call, type, 0);

	reply->writer = (struct nl_writer){ .buffer = netlink->buffer,
					    .size = sizeof netlink->buffer };
	reply->start = nl_begin(&reply->writer, &header);
}

int nl_reply_end(struct nl_call *call, struct nl_reply *reply)
{
	struct nl_writer *w = &reply->writer;

	if (!nl_end(w, reply->start))
		return -EMSGSIZE;
	return nl_deliver(call->socket, w->buffer, w->used, 0);
}

/* ---- Dumps ---- */

struct nl_header nl_dump_header(const struct nl_dump *dump, uint16_t type)
{
	uint16_t flags = NL_MULTI;

	for (int i = 0; i < CHANGE_KINDS; i++)
		if ((dump->handler->dump_kinds & 1u << i) &&
		    dump->generations[i] != dump->net->watch.generations[i])
			flags |= NL_DUMP_INTERRUPTED;
	if (dump->filtered)
		flags |= NL_DUMP_FILTERED;
	return (struct nl_header){ .type = type,
				   .flags = flags,
				   .sequence = dump->header.sequence,
				   .port = dump->header.port };
}

static void put_done(struct nl_dump *dump, struct nl_writer *w, int result)
{
	struct nl_header header = nl_dump_header(dump, NL_DONE);
	uint32_t start = nl_begin(w, &header);
	uint8_t *at = nl_room(w, 4);

	if (at)
		put_le32(at, (uint32_t)result);
	nl_end(w, start);
}

static void end_dump(struct nl_socket *socket) ON_NET_THREAD
{
	port_free(socket->dump);
	socket->dump = NULL;
	endpoint_set_status(socket->ep, 0, EP_MORE);
}

/* One part; an object that is larger than usual has one of its own. */
static int make_part(struct nl_dump *dump, struct nl_writer *w) ON_NET_THREAD
{
	int result = dump->handler->dump(dump, w);

	if (result == NL_DUMP_MORE && w->used == 0) {
		w->size = NL_MESSAGE_MAX - DONE_LENGTH;
		result = dump->handler->dump(dump, w);
	}
	return result == NL_DUMP_MORE && w->used == 0 ? -EMSGSIZE : result;
}

static int dump_part(struct nl_socket *socket) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(socket->ep->net);
	struct nl_dump *dump = socket->dump;
	struct nl_writer w = { .buffer = netlink->buffer, .size = NL_PART };
	int result = make_part(dump, &w);

	w.size = sizeof netlink->buffer;
	if (result <= 0)
		put_done(dump, &w, result);
	if (w.used)
		nl_deliver(socket, w.buffer, w.used, 0);
	return result;
}

void nl_continue_dump(struct nl_socket *socket)
{
	struct net *net = socket->ep->net;
	int parts = 0;

	/* One part ahead of the reader; and no more than that in one event,
	 * if a filter of his lets nothing through. */
	while (socket->dump && endpoint_sample_queued(socket->ep) < 2) {
		int result = dump_part(socket);

		if (result <= 0)
			end_dump(socket);
		else if (result == NL_DUMP_LATER || ++parts == 2)
			return timer_arm(net, &socket->later, net->now);
	}
}

/* A dump that ends before it has begun: NLMSG_DONE with the reason. */
static int refuse_dump(struct nl_call *call, int error) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(call->net);
	struct nl_writer w = { .buffer = netlink->buffer,
			       .size = sizeof netlink->buffer };
	bool explain = call->socket->extended_ack && call->error_text;
	struct nl_header header = answer_header(
		call, NL_DONE,
		(uint16_t)(NL_MULTI | (explain ? NL_ACK_TLVS : 0)));
	uint32_t start = nl_begin(&w, &header);

	put_le32(nl_room(&w, 4), (uint32_t)error);
	if (explain)
		put_explanation(&w, call);
	if (nl_end(&w, start))
		nl_deliver(call->socket, w.buffer, w.used, 0);
	return -EINTR;
}

static int start_dump(struct nl_call *call,
		      const struct nl_handler *handler) ON_NET_THREAD
{
	struct nl_socket *socket = call->socket;
	struct nl_dump *dump;
	int err;

	if (socket->dump)
		return -EBUSY;
	if (call->length > NL_DUMP_REQUEST)
		return -EINVAL;
	err = handler->dump_start ? handler->dump_start(call) : 0;
	if (err)
		return err;
	err = handler->dump_check ? handler->dump_check(call) : 0;
	if (err)
		return refuse_dump(call, err);
	/* Handlers may look at a header that is not there: zeros. */
	dump = port_alloc(sizeof *dump + MAX(call->length, 64u));
	if (!dump)
		return -ENOBUFS;
	dump->handler = handler;
	dump->net = call->net;
	dump->header = call->header;
	dump->header.port = socket->port;
	dump->length = call->length;
	dump->strict = socket->strict;
	dump->admin = call->admin;
	memcpy(dump->body, call->body, call->length);
	memcpy(dump->generations, call->net->watch.generations,
	       sizeof dump->generations);
	socket->dump = dump;
	endpoint_set_status(socket->ep, EP_MORE, 0);
	nl_continue_dump(socket);
	return -EINTR; /* NLMSG_DONE is the acknowledgement */
}

/* ---- Requests ---- */

static int run_handler(struct nl_call *call,
		       const struct nl_handler *handler) ON_NET_THREAD
{
	struct netlink *netlink = netlink_of(call->net);
	int err;

	if (!handler->open && !call->admin)
		return -EPERM;
	if ((call->header.flags & NL_DUMP) && handler->dump)
		return start_dump(call, handler);
	if (!handler->call)
		return -EOPNOTSUPP;
	netlink->running = call;
	err = handler->call(call);
	netlink->running = NULL;
	return err;
}

static int run_call(struct nl_call *call) ON_NET_THREAD
{
	const struct nl_handler *handler;
	int error = -EOPNOTSUPP;

	if (!(call->header.flags & NL_REQUEST) ||
	    call->header.type < NL_FIRST_TYPE)
		return 0;
	handler = call->socket->family->find(call, &error);
	return handler ? run_handler(call, handler) : error;
}

static void answer(struct nl_call *call, int error) ON_NET_THREAD
{
	if (error != -EINTR && (error || (call->header.flags & NL_ACK)))
		acknowledge(call, error);
}

struct nl_later *nl_postpone(struct nl_call *call)
{
	struct nl_later *later = port_alloc(sizeof *later);

	if (later) {
		later->call = *call;
		call->socket->postponed = later;
	}
	return later;
}

void nl_never_mind(struct nl_later *later)
{
	later->call.socket->postponed = NULL;
	port_free(later);
}

void nl_resume(struct nl_later *later, int error, const char *text)
{
	struct nl_call *call = &later->call;
	struct nl_socket *socket = call->socket;

	socket->postponed = NULL;
	call->error_text = text;
	call->error_at = NULL;
	answer(call, error);
	nl_receive(socket, later->rest, later->rest_length, call->admin);
	if (socket->postponed) {
		socket->postponed->datagram = later->datagram;
		socket->postponed->copy = later->copy;
	} else {
		nl_datagram_done(socket, later->datagram, later->copy);
	}
	port_free(later);
}

/* What is behind the message at hand waits until that is answered. */
static void put_off(struct nl_socket *socket, const uint8_t *rest,
		    uint32_t length)
{
	socket->postponed->rest = rest;
	socket->postponed->rest_length = length;
}

void nl_receive(struct nl_socket *socket, const uint8_t *bytes, uint32_t length,
		bool admin)
{
	struct nl_call call = { .net = socket->ep->net,
				.socket = socket,
				.admin = admin };

	while (nl_read_header(bytes, length, &call.header)) {
		uint32_t whole = MIN((call.header.length + 3u) & ~3u, length);
		int error;

		call.message = bytes;
		call.body = bytes + NL_HEADER;
		call.length = call.header.length - NL_HEADER;
		call.error_text = NULL;
		call.error_at = NULL;
		error = run_call(&call);
		bytes += whole;
		length -= whole;
		if (error == NL_LATER) {
			put_off(socket, bytes, length);
			return;
		}
		answer(&call, error);
		if (!length)
			return;
	}
}
