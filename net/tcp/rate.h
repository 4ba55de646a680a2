// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. How fast the path delivers (TCP_INFO's delivery_rate): for
 * the newest packet that an ACK covers, what has been delivered since it was
 * sent, over the longer of the time that this took to be sent and to be
 * acknowledged (draft-cheng-iccrg-delivery-rate-estimation, as Linux does it).
 *
 * A sample taken while the application had nothing to send shows what it wrote
 * rather than what the path can do: it counts only if it is a better one.
 */
#pragma once

#include "net/tcp/flight.h"

struct tcp_conn;

struct tcp_rate {
	uint32_t packets; /* of the best recent sample */
	bool app_limited; /* that sample */
	nsec_t interval;
};

/* A record goes out, for the first time or again. */
static inline void rate_sent(struct flight *flight, struct sent *sent)
{
	if (flight->packets == 0)
		flight->first_sent_at = flight->delivered_at = sent->sent_at;
	sent->first_sent_at = flight->first_sent_at;
	sent->delivered_at = flight->delivered_at;
	sent->app_limited = flight->app_limited != 0;
}

/* The peer has it. */
static inline void rate_delivered(struct flight *flight,
				  const struct sent *sent, struct delivery *got)
{
	struct rate_sample *rate = &got->rate;

	if (rate->valid && (sent->sent_at < flight->first_sent_at ||
			    (sent->sent_at == flight->first_sent_at &&
			     !seq_gt(sent->end, rate->end))))
		return;
	rate->valid = true;
	rate->end = sent->end;
	rate->delivered = sent->delivered;
	rate->delivered_at = sent->delivered_at;
	rate->app_limited = sent->app_limited;
	flight->first_sent_at = sent->sent_at;
	rate->interval = sent->sent_at - sent->first_sent_at;
}

/* The ACK has been dealt with; it delivered so many packets. */
void rate_finish(struct tcp_conn *conn, const struct delivery *got,
		 uint32_t delivered);

/* The user has written, and all of it may go: he is what limits us. */
void rate_check_app_limited(struct tcp_conn *conn);

/* Bytes a second; 0: not known. */
uint64_t rate_bytes(const struct tcp_conn *conn);
