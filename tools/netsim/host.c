// SPDX-License-Identifier: MIT
/*
 * What a user does with a host: configuration, settings, sockets. Each request
 * is posted and the world runs until it is answered.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "tools/netsim/capture.h"
#include "tools/netsim/world.h"

struct net_addr host_addr(const char *text)
{
	struct net_addr addr;

	NET_ASSERT(addr_parse(text, &addr) == 0);
	return addr;
}

static void request_done(struct request *r)
{
	*(bool *)r->context = true;
}

int host_configure(struct host *h, struct config_request *r)
{
	bool done = false;

	r->request.done = request_done;
	r->request.context = &done;
	net_configure(h->net, r);
	world_settle(h->world);
	NET_ASSERT(done);
	return r->request.result;
}

static int tune(struct host *h, const char *path, bool write, char *text,
		uint32_t size)
{
	struct tunable_request r = { .write = write,
				     .text = text,
				     .size = size };
	bool done = false;

	r.tunable = tunable_find_in(h->net, path, &r.netif);
	if (!r.tunable)
		return -ENOENT;
	r.request.done = request_done;
	r.request.context = &done;
	net_tune(h->net, &r);
	world_settle(h->world);
	NET_ASSERT(done);
	return r.request.result;
}

int host_tune(struct host *h, const char *path, const char *value)
{
	return tune(h, path, true, (char *)value, 0);
}

int host_tuned(struct host *h, const char *path, char *text, uint32_t size)
{
	return tune(h, path, false, text, size);
}

int host_list(struct host *h, enum list_kind kind, void *array,
	      uint32_t capacity, uint32_t *total)
{
	struct list_request r = { .kind = kind,
				  .array = array,
				  .capacity = capacity };
	bool done = false;

	r.request.done = request_done;
	r.request.context = &done;
	net_list(h->net, &r);
	world_settle(h->world);
	NET_ASSERT(done);
	if (total)
		*total = r.total;
	return r.request.result;
}

struct endpoint *host_socket(struct host *h, int family, int type, int number)
{
	struct endpoint *ep = NULL;

	NET_ASSERT(net_socket(h->net, family, type, number, &ep) == 0);
	ep->pid = 42;
	return ep;
}

int host_request(struct host *h, struct endpoint *ep,
		 struct endpoint_request *r)
{
	bool done = false;

	r->request.done = request_done;
	r->request.context = &done;
	endpoint_request(ep, r);
	world_settle(h->world);
	NET_ASSERT(done);
	return r->request.result;
}

static int named(struct host *h, struct endpoint *ep, enum endpoint_op op,
		 const char *text, uint16_t port)
{
	struct endpoint_request r = { .op = op };

	r.name.addr = host_addr(text);
	r.name.port = port;
	return host_request(h, ep, &r);
}

int host_bind(struct host *h, struct endpoint *ep, const char *text,
	      uint16_t port)
{
	return named(h, ep, EP_OP_BIND, text, port);
}

int host_connect(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port)
{
	return named(h, ep, EP_OP_CONNECT, text, port);
}

int host_listen(struct host *h, struct endpoint *ep, int backlog)
{
	struct endpoint_request r = { .op = EP_OP_LISTEN, .number = backlog };

	return host_request(h, ep, &r);
}

int host_set(struct host *h, struct endpoint *ep, int level, int name,
	     int value)
{
	struct endpoint_request r = { .op = EP_OP_SETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = &value,
				      .length = sizeof value };

	return host_request(h, ep, &r);
}

int host_get(struct host *h, struct endpoint *ep, int level, int name)
{
	int value = 0, n;
	struct endpoint_request r = { .op = EP_OP_GETSOCKOPT,
				      .level = level,
				      .option = name,
				      .value = &value,
				      .length = sizeof value };

	n = host_request(h, ep, &r);
	return n < 0 ? n : value;
}

void host_close(struct host *h, struct endpoint *ep)
{
	endpoint_close(ep);
	world_settle(h->world);
}

int host_send_to(struct host *h, struct endpoint *ep, const char *text,
		 uint16_t port, const void *data, uint32_t length)
{
	struct datagram *d = datagram_new(length);
	uint32_t at = 0;
	int err;

	if (!d)
		return -ENOMEM;
	while (at < length) {
		uint8_t *to;
		uint32_t n = datagram_span(d, at, &to);

		memcpy(to, (const uint8_t *)data + at, n);
		at += n;
	}
	if (text) {
		d->flags |= DATAGRAM_HAS_NAME;
		d->remote.addr = host_addr(text);
		d->remote.port = port;
	}
	err = endpoint_send_datagram(ep, d);
	if (err)
		datagram_free(d);
	world_settle(h->world);
	return err;
}

int host_receive(struct host *h, struct endpoint *ep, void *data,
		 uint32_t length, struct net_name *from)
{
	struct datagram *d;
	uint32_t at = 0, total;

	world_settle(h->world);
	d = endpoint_receive_datagram(ep);
	if (!d)
		return -EAGAIN;
	if (from)
		*from = d->remote;
	total = d->length;
	while (at < length) {
		uint8_t *bytes;
		uint32_t n = datagram_span(d, at, &bytes);

		if (!n)
			break;
		n = MIN(n, length - at);
		memcpy((uint8_t *)data + at, bytes, n);
		at += n;
	}
	datagram_free(d);
	return (int)total;
}

void host_capture(struct host *h, const char *path)
{
	h->capture = capture_start(h->net, path);
	world_settle(h->world);
}
