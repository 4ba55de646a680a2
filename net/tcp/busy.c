// SPDX-License-Identifier: MIT
/* Where a sender's time goes; see busy.h. */
#include "net/tcp/busy.h"

#include "net/tcp/conn.h"
#include "net/tcp/state.h"

static enum busy_with now_with(const struct tcp_conn *conn)
{
	seq_t end = conn_data_end(conn);
	int32_t room = seq_diff(conn->snd.una + conn->snd.wnd, conn->snd.nxt);
	bool unsent = seq_lt(conn->snd.nxt, end);

	if (!state_is_synchronized(conn->state) || seq_geq(conn->snd.una, end))
		return BUSY_NOT;
	if (unsent && room < (int32_t)MIN(conn->snd.mss, end - conn->snd.nxt))
		return BUSY_PEER_WINDOW;
	if (!unsent && conn->flight.packets < conn->cc.cwnd &&
	    frag_ring_space(&conn->ep->tx) == 0)
		return BUSY_BUFFER;
	return BUSY_SENDING;
}

static uint64_t running(const struct tcp_conn *conn)
{
	return (uint64_t)(conn->net->now - conn->busy.since) / NSEC_PER_USEC;
}

void busy_update(struct tcp_conn *conn)
{
	struct tcp_busy *busy = &conn->busy;
	enum busy_with with = now_with(conn);

	if (with == busy->with)
		return;
	if (busy->with != BUSY_NOT)
		busy->spent[busy->with - 1] += (uint32_t)running(conn);
	busy->with = (uint8_t)with;
	busy->since = conn->net->now;
}

uint64_t busy_time_with(const struct tcp_conn *conn, enum busy_with with)
{
	uint64_t time = conn->busy.spent[with - 1];

	return conn->busy.with == with ? time + running(conn) : time;
}

uint64_t busy_time(const struct tcp_conn *conn)
{
	return busy_time_with(conn, BUSY_SENDING) +
	       busy_time_with(conn, BUSY_PEER_WINDOW) +
	       busy_time_with(conn, BUSY_BUFFER);
}
