// SPDX-License-Identifier: MIT
/*
 * What must hold of every frame that a stack sends: lengths and checksums are
 * right, it fits the MTU, and no segment goes beyond the window that the peer
 * has offered. Written from RFC 791, 9293 and 7323 alone.
 */
#pragma once

#include "tools/netsim/sim.h"

/* Ends the run if not. */
void watch_frame(struct sim *sim, const struct frame *frame);
/* The flow that a frame belongs to, or NULL. */
struct flow *watch_flow(struct sim *sim, const struct frame *frame);
