// SPDX-License-Identifier: MIT
/* The delivery rate; see rate.h. */
#include "net/tcp/rate.h"

#include "net/tcp/conn.h"

static uint32_t in_flight(const struct tcp_conn *conn)
{
	const struct flight *flight = &conn->flight;

	return flight->packets -
	       MIN(flight->packets, flight->sacked + flight->lost) +
	       flight->resent;
}

void rate_check_app_limited(struct tcp_conn *conn)
{
	struct flight *flight = &conn->flight;
	uint32_t unsent = conn_data_end(conn) - conn->snd.nxt;

	if ((int32_t)unsent >= (int32_t)conn->snd.mss ||
	    in_flight(conn) >= conn->cc.cwnd || flight->lost > flight->resent)
		return;
	flight->app_limited = MAX(flight->delivered + in_flight(conn), 1u);
}

void rate_finish(struct tcp_conn *conn, const struct delivery *got,
		 uint32_t delivered)
{
	const struct rate_sample *sample = &got->rate;
	struct flight *flight = &conn->flight;
	struct tcp_rate *best = &conn->rate;
	nsec_t now = conn->net->now, interval;
	uint32_t packets;

	if (flight->app_limited &&
	    (int32_t)(flight->delivered - flight->app_limited) > 0)
		flight->app_limited = 0;
	if (delivered)
		flight->delivered_at = now;
	if (!sample->valid)
		return;
	packets = flight->delivered - sample->delivered;
	interval = MAX(sample->interval, now - sample->delivered_at);
	/* Shorter than a round trip: ACKs were compressed, or lied. */
	if (interval < conn->rtt.min || interval == 0)
		return;
	if (sample->app_limited &&
	    (__uint128_t)packets * (uint64_t)best->interval <
		    (__uint128_t)best->packets * (uint64_t)interval)
		return;
	*best = (struct tcp_rate){
		.packets = packets,
		.interval = interval,
		.app_limited = sample->app_limited,
	};
}

uint64_t rate_bytes(const struct tcp_conn *conn)
{
	const struct tcp_rate *best = &conn->rate;

	if (best->interval < NSEC_PER_USEC)
		return 0;
	return (uint64_t)best->packets * conn->snd.mss * 1000000 /
	       (uint64_t)(best->interval / NSEC_PER_USEC);
}
