// SPDX-License-Identifier: MIT
/*
 * Private to net/tcp. The socket options that are not numbers in tcp_settings:
 * those that only report, those with rules of their own, and those that this
 * stack refuses, with the error that Linux gives where it lacks the feature.
 */
#pragma once

#include "net/tcp/conn.h"

/* -ENOPROTOOPT: another's. */
int options_rare_set(struct tcp_conn *conn, int name, const void *value,
		     uint32_t length) ON_NET_THREAD;
int options_rare_get(struct tcp_conn *conn, int name, void *value,
		     uint32_t length);
