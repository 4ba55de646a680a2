// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. A connection over which nothing has gone for a while is
 * folded: its variables are packed into a fifth of their size, and the
 * endpoint remembers the packet until somebody asks for the connection again
 * (conn_of). What is packed is what was there, byte for byte; whoever adds a
 * field to struct tcp_conn need not know of this.
 */
#pragma once

#include "net/tcp/conn.h"

#define FOLD_AFTER (2 * NSEC_PER_SEC)

/* Whether it may be folded when it has been idle long enough: open, with a
 * user, and without keepalive. */
bool fold_allowed(const struct tcp_conn *conn);

/* Idle, and nobody refers to it: folds it. False: it stays as it is. */
bool fold_conn(struct tcp_conn *conn) ON_NET_THREAD;

/* The bytes that a folded one takes. */
uint32_t fold_size(const struct endpoint *ep);

/* A connection, folded or not, for reading: valid until the next call. */
const struct tcp_conn *fold_peek(const struct endpoint *ep);

/* The user is gone, and there is no memory to say good-bye. */
void fold_discard(struct endpoint *ep) ON_NET_THREAD;

/* What conn_of() packs against and reads with: part of tcp_stack. */
int fold_create(struct net *net);
void fold_destroy(struct net *net);
