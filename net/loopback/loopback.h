// SPDX-License-Identifier: MIT
/*
 * The loopback interface "lo".
 */
#pragma once

#include "net/core/annotate.h"

struct net;

/* Creates lo with 127.0.0.1/8 and ::1/128 as net->loopback. -ENOMEM. */
int loopback_create(struct net *net) ON_NET_THREAD;
