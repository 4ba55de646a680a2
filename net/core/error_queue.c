// SPDX-License-Identifier: MIT
/* The error queue of a socket; see error_queue.h. */
#include "net/core/error_queue.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"

static bool from_icmp(const struct datagram *datagram)
{
	return datagram->error.origin == ERROR_FROM_ICMP ||
	       datagram->error.origin == ERROR_FROM_ICMP6;
}

/* False: no room, and it has been freed. */
static bool add(struct endpoint *ep, struct datagram *datagram)
{
	struct endpoint_extra *extra = endpoint_extra(ep);
	uint32_t charged = atomic_load(&ep->rx_charged);

	if (!extra ||
	    charged + datagram->charge >= atomic_load_relaxed(&ep->rcvbuf)) {
		atomic_count(&ep->rx_dropped, 1);
		datagram_free(datagram);
		return false;
	}
	atomic_fetch_add(&ep->rx_charged, datagram->charge);
	atomic_fetch_add(&extra->errors_queued, 1);
	mailbox_push(&extra->errors, &datagram->mail);
	return true;
}

int error_queue_push(struct endpoint *ep, struct datagram *datagram)
{
	if (!add(ep, datagram))
		return -ENOMEM;
	endpoint_wake(ep, NET_POLLERR);
	return 0;
}

/* An entry that shows `length` bytes. */
static struct datagram *new_entry(const uint8_t *bytes, uint32_t length)
{
	struct datagram *datagram = datagram_new(length);
	uint32_t offset = 0;

	while (datagram && offset < length) {
		uint8_t *data;
		uint32_t n = datagram_span(datagram, offset, &data);

		memcpy(data, bytes + offset, n);
		offset += n;
	}
	return datagram;
}

void error_queue_icmp(struct endpoint *ep, const struct icmp_error *error,
		      uint32_t header)
{
	bool six = !addr_is_ip4(&error->remote.addr);
	bool here = addr_is_any(&error->offender);
	uint32_t skip = MIN(header, error->quoted_length);
	struct datagram *datagram =
		new_entry(error->quoted + skip, error->quoted_length - skip);

	if (!datagram)
		return;
	datagram->remote = error->remote;
	datagram->local = error->local;
	datagram->time = ep->net->now;
	datagram->ttl = error->ttl;
	datagram->tos = error->tos;
	datagram->error = (struct socket_error){
		.error = (uint32_t)error->error,
		.origin = here ? ERROR_FROM_HERE :
			  six  ? ERROR_FROM_ICMP6 :
				 ERROR_FROM_ICMP,
		.type = here ? 0 : error->wire_type,
		.code = here ? 0 : error->wire_code,
		.info = error->info ? error->info : error->mtu,
		.offender = error->offender,
	};
	error_queue_push(ep, datagram);
}

void error_queue_local(struct endpoint *ep, const struct net_name *to,
		       int error, uint32_t info)
{
	struct datagram *datagram = datagram_new(0);

	if (!datagram)
		return;
	datagram->remote = *to;
	if (addr_is_ip4(&to->addr)) /* Linux: the connected one's, or none */
		datagram->remote.port = ep->remote.port;
	datagram->time = ep->net->now;
	datagram->error = (struct socket_error){
		.error = (uint32_t)error,
		.origin = ERROR_FROM_HERE,
		.info = info,
	};
	error_queue_push(ep, datagram);
}

void error_queue_stamp(struct endpoint *ep, uint32_t kind, uint32_t key,
		       nsec_t time, const uint8_t *shown, uint32_t length)
{
	struct datagram *datagram = new_entry(shown, length);

	if (!datagram)
		return;
	datagram->time = time;
	datagram->error = (struct socket_error){
		.error = ENOMSG,
		.origin = ERROR_STAMP,
		.info = kind,
		.data = key,
	};
	error_queue_push(ep, datagram);
}

void error_queue_zerocopy(struct endpoint *ep, uint32_t first, uint32_t last)
{
	struct datagram *datagram = datagram_new(0);

	if (!datagram)
		return;
	datagram->error = (struct socket_error){
		.origin = ERROR_ZEROCOPY,
		.code = 1, /* SO_EE_CODE_ZEROCOPY_COPIED */
		.info = first,
		.data = last,
	};
	add(ep, datagram);
}

struct datagram *error_queue_pop(struct endpoint *ep)
{
	struct endpoint_extra *extra = atomic_load(&ep->extra);
	struct mail *mail = extra ? mailbox_pop(&extra->errors) : NULL, *after;
	struct datagram *datagram, *next;

	if (!mail)
		return NULL;
	datagram = container_of(mail, struct datagram, mail);
	atomic_fetch_sub(&extra->errors_queued, 1);
	atomic_fetch_sub(&ep->rx_charged, datagram->charge);
	after = mailbox_peek(&extra->errors);
	next = after ? container_of(after, struct datagram, mail) : NULL;
	if (next && from_icmp(next))
		atomic_store(&ep->error, (int32_t)next->error.error);
	else if (from_icmp(datagram))
		atomic_store(&ep->error, 0);
	return datagram;
}
