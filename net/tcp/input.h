// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A segment arrives: RFC 9293 section 3.10.7 and nothing
 * else. demux.c finds the connection and calls segment_arrives().
 */
#pragma once

#include "net/tcp/conn.h"

/*
 * Processes a segment for a connection or listener. REASON_NONE when it was
 * accepted, otherwise why it (or its payload) was dropped. Whatever is to be
 * sent in answer has been sent. The connection may have ended (CLOSED) but is
 * not freed.
 */
enum reason segment_arrives(struct tcp_conn *conn,
			    struct segment *seg) ON_NET_THREAD;
