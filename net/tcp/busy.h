// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. Where a sender's time goes (TCP_INFO's busy_time,
 * rwnd_limited, sndbuf_limited): it has data to send or to be acknowledged, and
 * of that time, it waits for the peer's window, or for the user to be given
 * room in the send buffer.
 */
#pragma once

#include "lib/types.h"

struct tcp_conn;

enum busy_with { BUSY_NOT, BUSY_SENDING, BUSY_PEER_WINDOW, BUSY_BUFFER };

struct tcp_busy {
	nsec_t since; /* of what it is busy with */
	uint32_t spent[3]; /* us; BUSY_SENDING and so on, less 1 */
	uint8_t with; /* enum busy_with */
};

/* Something may have changed: after everything that could be sent was. */
void busy_update(struct tcp_conn *conn);
/* Microseconds, up to now; all kinds, or one. */
uint64_t busy_time(const struct tcp_conn *conn);
uint64_t busy_time_with(const struct tcp_conn *conn, enum busy_with with);
