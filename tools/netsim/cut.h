// SPDX-License-Identifier: MIT
/*
 * What a network card does with a large TCP segment (TSO): cuts it into
 * segments of gso_size bytes, each with headers and checksums of its own.
 */
#pragma once

#include "tools/netsim/wire.h"

/* The piece that begins at payload byte *at, which moves on; NULL at the end.
 * Works for TCP over IPv4 and IPv6 in Ethernet frames. */
struct frame *cut_segment(const struct frame *frame, uint32_t *at);

/*
 * What a sender does that packs its bytes anew for a retransmission: a segment
 * from the middle of `first` to the middle of `second`, which must follow it in
 * its stream. NULL: they are no such pair (other flags than ACK and PSH, say).
 */
struct frame *cut_across(const struct frame *first, const struct frame *second);
