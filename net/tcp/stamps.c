// SPDX-License-Identifier: MIT
/*
 * Stamps of what is sent; see stamps.h. A list in order of the stream; its
 * length is bounded by the bytes in the send ring, since each mark is for at
 * least one of them.
 */
#include "net/tcp/stamps.h"

#include "lib/errno.h"
#include "net/core/error_queue.h"

void stamps_collect(struct tcp_conn *conn)
{
	struct stream_stamp **end = &conn->stamps;
	struct endpoint_extra *extra = atomic_load(&conn->ep->extra);
	struct mail *mail;

	if (!extra || mailbox_empty(&extra->tx_stamps))
		return;
	while (*end)
		end = &(*end)->next;
	while ((mail = mailbox_pop(&extra->tx_stamps))) {
		*end = container_of(mail, struct stream_stamp, mail);
		end = &(*end)->next;
	}
}

static ON_NET_THREAD void tell(struct tcp_conn *conn,
			       const struct stream_stamp *stamp, uint32_t kind)
{
	uint32_t key = 0;

	if (stamp->flags & NET_STAMP_OPT_ID)
		key = (uint32_t)(stamp->end - 1) - conn->ep->stamp_keys;
	error_queue_stamp(conn->ep, kind, key, conn->net->now, NULL, 0);
}

void stamps_sent_slow(struct tcp_conn *conn, uint64_t end)
{
	struct stream_stamp *stamp;

	for (stamp = conn->stamps; stamp && stamp->end <= end;
	     stamp = stamp->next) {
		if (stamp->sent)
			continue;
		stamp->sent = true;
		/* Nothing lies between the queue and the wire here. */
		if (stamp->flags & NET_STAMP_TX_SCHED)
			tell(conn, stamp, STAMP_SCHEDULED);
		if (stamp->flags & NET_STAMP_TX_SOFTWARE)
			tell(conn, stamp, STAMP_SENT);
	}
}

void stamps_acked_slow(struct tcp_conn *conn, uint64_t end)
{
	struct stream_stamp *stamp;

	while ((stamp = conn->stamps) && stamp->end <= end) {
		if (stamp->flags & NET_STAMP_TX_ACK)
			tell(conn, stamp, STAMP_ACKED);
		conn->stamps = stamp->next;
		port_free(stamp);
	}
}

void stamps_clear(struct tcp_conn *conn)
{
	struct stream_stamp *stamp;

	while ((stamp = conn->stamps)) {
		conn->stamps = stamp->next;
		port_free(stamp);
	}
}

int stamps_start_keys(struct endpoint *ep, uint32_t flags)
{
	struct tcp_conn *conn = conn_of(ep);

	if (!conn)
		return -ENOMEM;
	if (conn->state == TCP_CLOSED || conn->state == TCP_LISTEN)
		return -EINVAL;
	atomic_store(&ep->stamp_keys, flags & NET_STAMP_OPT_ID_TCP ?
					      (uint32_t)ep->tx_tail :
					      (uint32_t)conn->snd.una_pos);
	return 0;
}
