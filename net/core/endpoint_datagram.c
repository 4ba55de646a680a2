// SPDX-License-Identifier: MIT
/*
 * An endpoint's datagrams, on their way between the user and the stack, and
 * what they count for. See endpoint.h.
 */
#include "net/core/endpoint.h"

#include "lib/errno.h"
#include "net/core/instance.h"
#include "net/core/record.h"

uint32_t endpoint_sample_charge(struct endpoint *ep)
{
	uint32_t charged = atomic_load(&ep->rx_charged);

	if (unlikely(ep->watched))
		charged = ep->net->recorder->ops->charge(ep, charged);
	return charged;
}

uint32_t endpoint_sample_queued(struct endpoint *ep)
{
	uint32_t queued = atomic_load(&ep->rx_queued);

	if (unlikely(ep->watched))
		queued = ep->net->recorder->ops->queued(ep, queued);
	return queued;
}

struct datagram *endpoint_next_datagram(struct endpoint *ep)
{
	struct mail *mail;

	if (unlikely(ep->watched))
		return ep->net->recorder->ops->datagram(ep);
	mail = mailbox_pop(&ep->tx_box);
	return mail ? container_of(mail, struct datagram, mail) : NULL;
}

int endpoint_send_datagram(struct endpoint *ep, struct datagram *datagram)
{
	uint32_t charge = datagram->charge;

	if (atomic_load(&ep->tx_charged) >= atomic_load_relaxed(&ep->sndbuf)) {
		atomic_store(&ep->want_write, true);
		atomic_fence();
		if (atomic_load(&ep->tx_charged) >= ep->sndbuf)
			return -EAGAIN;
	}
	atomic_fetch_add(&ep->tx_charged, charge);
	mailbox_push(&ep->tx_box, &datagram->mail);
	endpoint_kick(ep);
	return 0;
}

struct datagram *endpoint_peek_datagram(struct endpoint *ep)
{
	struct mail *mail = mailbox_peek(&ep->rx_box);

	return mail ? container_of(mail, struct datagram, mail) : NULL;
}

struct datagram *endpoint_receive_datagram(struct endpoint *ep)
{
	struct mail *mail = mailbox_pop(&ep->rx_box);
	struct datagram *datagram;

	if (!mail)
		return NULL;
	datagram = container_of(mail, struct datagram, mail);
	atomic_fetch_sub(&ep->rx_queued, 1);
	atomic_fetch_sub(&ep->rx_charged, datagram->charge);
	return datagram;
}

enum reason endpoint_deliver(struct endpoint *ep, struct datagram *datagram,
			     enum reason full)
{
	/* The last one may overshoot, as with Linux. */
	if (endpoint_sample_charge(ep) >= atomic_load_relaxed(&ep->rcvbuf)) {
		atomic_count(&ep->rx_dropped, 1);
		datagram_free(datagram);
		return full;
	}
	atomic_fetch_add(&ep->rx_charged, datagram->charge);
	atomic_fetch_add(&ep->rx_queued, 1);
	mailbox_push(&ep->rx_box, &datagram->mail);
	endpoint_wake(ep, NET_POLLIN);
	return REASON_NONE;
}

void packet_charge(struct packet *packet, struct endpoint *ep, uint32_t charge)
{
	packet->charged = endpoint_get(ep);
	packet->charge = charge;
}
