// SPDX-License-Identifier: MIT
/*
 * TCP Fast Open: keys, cookies and the server's side; see fastopen.h. The
 * client's is in fastopen_client.c.
 */
#include "net/tcp/fastopen.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/tcp/listen.h"
#include "net/tcp/output.h"
#include "net/tcp/receive.h"
#include "net/tcp/retransmit.h"
#include "net/tcp/state.h"

struct tcp_fast_open *fast_open_get(struct tcp_conn *conn)
{
	if (!conn->fast)
		conn->fast = port_alloc(sizeof(*conn->fast));
	if (conn->fast && !conn->fast->list.next)
		list_init(&conn->fast->list);
	return conn->fast;
}

/* ---- Keys ---- */

int fast_open_set_keys(struct tcp_conn *conn, const void *value,
		       uint32_t length)
{
	struct tcp_fast_open *fast;

	if (length != FAST_OPEN_KEY && length != 2 * FAST_OPEN_KEY)
		return -EINVAL;
	fast = fast_open_get(conn);
	if (!fast)
		return -ENOMEM;
	fast->keys.count = length / FAST_OPEN_KEY;
	memcpy(fast->keys.bytes, value, length);
	return 0;
}

static const struct fast_open_keys *keys_of(const struct tcp_conn *conn)
{
	if (conn->fast && conn->fast->keys.count)
		return &conn->fast->keys;
	return &tcp_of(conn->net)->fast_open_keys;
}

int fast_open_get_keys(struct tcp_conn *conn, void *value, uint32_t length)
{
	const struct fast_open_keys *keys = keys_of(conn);

	length = MIN(length, (uint32_t)keys->count * FAST_OPEN_KEY);
	memcpy(value, keys->bytes, length);
	return length;
}

/* ---- Cookies ---- */

static void make_cookie(const struct fast_open_keys *keys, int which,
			const struct tcp_request *request, uint8_t *cookie)
{
	const struct net_addr *peer = &request->entry.remote.addr;
	const struct net_addr *own = &request->entry.local.addr;
	uint32_t from = addr_is_ip4(peer) ? 12 : 0, size = 16 - from;
	struct siphash_key key;
	uint8_t bytes[32];

	siphash_key_from(&key, keys->bytes[which]);
	memcpy(bytes, peer->b + from, size);
	memcpy(bytes + size, own->b + from, size);
	put_le64(cookie, siphash(&key, bytes, 2 * size));
}

enum cookie_check { COOKIE_BAD, COOKIE_GOOD, COOKIE_OF_OLD_KEY };

static enum cookie_check check_cookie(const struct tcp_request *request,
				      const struct tcp_options *opt)
{
	const struct fast_open_keys *keys = keys_of(request->listener);
	uint8_t cookie[FAST_OPEN_COOKIE];

	for (int i = 0; i < keys->count; i++) {
		make_cookie(keys, i, request, cookie);
		if (opt->cookie_length == sizeof(cookie) &&
		    memcmp(opt->cookie, cookie, sizeof(cookie)) == 0)
			return i ? COOKIE_OF_OLD_KEY : COOKIE_GOOD;
	}
	return COOKIE_BAD;
}

/* The SYN-ACK will bring a fresh one. */
static void give_cookie(struct tcp_request *request,
			const struct tcp_options *opt)
{
	const struct fast_open_keys *keys = keys_of(request->listener);

	if (keys->count == 0)
		return;
	make_cookie(keys, 0, request, request->cookie);
	request->cookie_length = FAST_OPEN_COOKIE;
	request->cookie_old_kind = opt->cookie_old_kind;
}

/* ---- A SYN ---- */

static uint32_t queue_limit(const struct tcp_conn *listener)
{
	int32_t bits = listener->net->tunables.tcp_fastopen;

	if (listener->set.fast_open_queue == 0 &&
	    (bits & FAST_OPEN_EVERY_LISTENER))
		return (uint32_t)listener->listener->backlog;
	return listener->set.fast_open_queue;
}

static bool has_room(struct tcp_conn *listener)
{
	uint32_t limit = queue_limit(listener);

	if (limit == 0)
		return false;
	if (listener->listener->fast_count < limit)
		return true;
	listener->net->stats.tcp_ext.fast_open_listen_overflow++;
	return false;
}

/* The SYN's payload, and the window that it offers. */
static ON_NET_THREAD void take_data(struct tcp_conn *child, struct segment *seg)
{
	child->snd.una = child->snd.iss + 1;
	child->snd.wl1 = seg->seq;
	child->snd.wl2 = child->snd.una;
	child->snd.wnd = child->snd.max_wnd = seg->h.window;
	child->rcv.last_at = child->net->now;
	if (seg->length == 0)
		return;
	seg->seq++;
	if (receive_payload(child, seg) == REASON_NONE)
		child->syn_data_acked = true;
	child->ack.wanted = false; /* the SYN-ACK does it */
}

static ON_NET_THREAD struct tcp_conn *make_child(struct tcp_request *request,
						 struct segment *seg)
{
	struct tcp_conn *listener = request->listener;
	struct tcp_conn *child = listen_accept(request);
	struct tcp_fast_open *fast = child ? fast_open_get(child) : NULL;

	if (!fast) {
		if (child) {
			child->user_gone = true;
			conn_end(child);
		}
		return NULL;
	}
	fast->has_cookie = request->cookie_length > 0;
	fast->cookie_length = request->cookie_length;
	fast->cookie_old_kind = request->cookie_old_kind;
	memcpy(fast->cookie, request->cookie, sizeof(fast->cookie));
	fast->listener = listener;
	list_push_back(&listener->listener->fast_children, &fast->list);
	listener->listener->fast_count++;
	child->handshake_at = child->net->now;
	endpoint_set_status(child->ep, EP_CONNECTED | EP_WAS_CONNECTED, 0);
	take_data(child, seg);
	tcp_send_syn(child);
	retransmit_arm_handshake(child);
	conn_note(child, seg->packet);
	listen_announce(child);
	return child;
}

void fast_open_syn(struct tcp_request *request, struct segment *seg,
		   struct tcp_conn **child)
{
	struct net *net = request->listener->net;
	const struct tcp_options *opt = &seg->h.opt;
	int32_t bits = net->tunables.tcp_fastopen;
	enum cookie_check check = COOKIE_BAD;

	if (opt->has_cookie && opt->cookie_length == 0)
		net->stats.tcp_ext.fast_open_cookie_requested++;
	if (!(bits & FAST_OPEN_SERVER) || (!opt->has_cookie && !seg->length) ||
	    !has_room(request->listener))
		return;
	if (seg->length && ((bits & FAST_OPEN_SERVER_NO_COOKIE) ||
			    request->listener->set.fast_open_no_cookie)) {
		check = COOKIE_GOOD;
	} else if (opt->cookie_length) {
		check = check_cookie(request, opt);
		if (check == COOKIE_BAD)
			net->stats.tcp_ext.fast_open_passive_fail++;
	}
	if (opt->has_cookie && check != COOKIE_GOOD)
		give_cookie(request, opt);
	if (check == COOKIE_BAD)
		return;
	*child = make_child(request, seg);
	if (*child)
		net->stats.tcp_ext.fast_open_passive++;
	else
		net->stats.tcp_ext.fast_open_passive_fail++;
}

void fast_open_leave(struct tcp_conn *conn)
{
	struct tcp_fast_open *fast = conn->fast;

	if (!fast || !fast->listener)
		return;
	list_remove(&fast->list);
	fast->listener->listener->fast_count--;
	fast->listener = NULL;
}

void fast_open_forget_children(struct tcp_conn *listener)
{
	struct list *children = &listener->listener->fast_children;
	struct tcp_fast_open *fast;

	while ((fast = LIST_POP(children, struct tcp_fast_open, list)))
		fast->listener = NULL;
	listener->listener->fast_count = 0;
}

void fast_open_option(const struct tcp_conn *conn, struct tcp_options *opt)
{
	const struct tcp_fast_open *fast = conn->fast;

	if (!fast || !fast->has_cookie || conn->retransmits)
		return;
	opt->has_cookie = true;
	opt->cookie_old_kind = fast->cookie_old_kind;
	opt->cookie_length = fast->cookie_length;
	memcpy(opt->cookie, fast->cookie, sizeof(opt->cookie));
}
