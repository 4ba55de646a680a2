// SPDX-License-Identifier: MIT
/* The kinds of queueing disciplines, for net.c's table; see
 * net/core/queueing.h. noqueue.c is the smallest: read it first. */
#pragma once

#include "net/core/queueing.h"

extern const struct qdisc_kind noqueue_kind, pfifo_fast_kind, pfifo_kind,
	bfifo_kind, pfifo_head_drop_kind, netem_kind;
