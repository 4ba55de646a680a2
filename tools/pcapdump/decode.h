// SPDX-License-Identifier: MIT
/*
 * One packet's bytes as one line, in tcpdump's words:
 *
 *	IP 10.0.2.2.40000 > 10.0.2.15.80: Flags [P.], seq 1:78, ack 1, win 512, length 77
 *
 * Sequence numbers are shown relative to a connection's first ones that were
 * seen, unless absolute ones are asked for.
 */
#pragma once

#include "lib/format.h"
#include "lib/types.h"

struct flows;

struct flows *flows_new(void);
void flows_free(struct flows *flows);

/* `flows` NULL: absolute sequence numbers. */
void decode_packet(struct text *out, struct flows *flows, uint16_t linktype,
		   const uint8_t *data, size_t captured, size_t original);
