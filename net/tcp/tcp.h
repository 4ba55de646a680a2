// SPDX-License-Identifier: MIT
/*
 * TCP's face: what net.c ties together. Everything else under net/tcp is
 * private to the folder (tcp_private.h says so in its first line).
 *
 * The way in is tcp_in() for segments (stage TCP_IN), tcp_protocol for what the
 * user side asks, and timers. The way out is ip_output(). Read input.c for what
 * happens to a segment, output.c for what is sent, state.c for the states.
 */
#pragma once

#include "lib/types.h"
#include "net/core/annotate.h"
#include "net/core/endpoint.h"
#include "net/core/packet.h"
#include "net/core/reason.h"

struct diag_inet;
struct net;
struct sockstat_info;
struct tunable_table;

extern const struct protocol tcp_protocol;
extern const struct diag_inet tcp_diag;
extern const struct tunable_table tcp_tunables;

/* Sets up net->tcp. -ENOMEM. */
int tcp_create(struct net *net);
/* After all endpoints were closed with `abort`: frees TIME-WAIT and net->tcp. */
void tcp_destroy(struct net *net) ON_NET_THREAD;

/* Stage TCP_IN. */
verdict_t tcp_in(struct net *net, struct packet *packet);

/* Adds TCP's part. */
void tcp_sockstat(struct net *net, struct sockstat_info *out) ON_NET_THREAD;
