// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What an acceptable ACK changes on the sender's side:
 * snd.una, the flight, the RTT estimate, the windows, the phase of loss
 * recovery.
 */
#pragma once

#include "net/tcp/conn.h"

/* snd.una - max_wnd <= SEG.ACK <= snd.nxt holds. */
void ack_take(struct tcp_conn *conn, const struct segment *seg) ON_NET_THREAD;
