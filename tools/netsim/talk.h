// SPDX-License-Identifier: MIT
/*
 * UDP beside the streams: each host has a socket and sends datagrams of random
 * sizes (larger than the MTU among them) to others. What arrives was sent, as
 * it was sent, whole, and twice only where a wire repeats frames.
 */
#pragma once

#include "tools/netsim/sim.h"

#define TALK_PORT 7000
#define TALK_MESSAGES 64

struct talk;

void talk_open(struct sim *sim, uint32_t messages, nsec_t interval,
	       uint32_t largest);
bool talk_over(const struct talk *talk);
void talk_close(struct sim *sim);
/* A frame that a saboteur repeats: is it one of ours? */
bool talk_frame(const struct frame *frame);
