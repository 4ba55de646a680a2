// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. What connections keep in their queues, and the limits on
 * all of them together: tcp_mem's three numbers (pages), as in Linux.
 *
 * Below the first nobody is bothered. Above the second there is pressure, until
 * the sum is below the first again: windows and buffers grow no more, and who
 * has more than his share (the third, divided by the connections) gets no more.
 * Above the third only a connection whose queue is empty may take a segment:
 * each always has that much, so nothing ever stalls.
 *
 * A connection's charge is what its queues cost by a rule of thumb (bytes,
 * buffers, descriptors), as far as the stack has sampled them: what a user has
 * read since is found out by the next event, or, when memory is short, by
 * looking again at those that have not been looked at for longest.
 */
#pragma once

#include "net/tcp/conn.h"

/* Limits for a machine of 1 GiB. */
void memory_init(struct tcp_memory *memory);

/* Accounts what the connection holds now. At the end of every event. */
void memory_update(struct tcp_conn *conn) ON_NET_THREAD;
/* It holds nothing any more. */
void memory_release(struct tcp_conn *conn) ON_NET_THREAD;

/* May it queue `length` more bytes that were received? */
bool memory_admits(struct tcp_conn *conn, uint32_t length) ON_NET_THREAD;

/* All of tcp_mem is used. */
bool memory_is_exhausted(const struct tcp_conn *conn);

/* May a buffer grow by itself? (Linux's tcp_should_expand_sndbuf.) */
bool memory_is_plenty(const struct tcp_conn *conn);

static inline bool memory_is_short(const struct tcp_conn *conn)
{
	return tcp_of(conn->net)->memory.pressure;
}

/* What all connections hold, in pages. */
uint32_t memory_pages(const struct tcp_stack *tcp);
