// SPDX-License-Identifier: MIT
/*
 * Private to the stories: the steps of a packet's way and the words for each.
 */
#pragma once

#include "net/core/reason.h"
#include "tools/pcapdump/story.h"

/* The steps of an arriving packet. Those of TCP are RFC 9293 3.10.7.4's. */
enum story_step {
	STEP_LINK,
	STEP_NETWORK,
	STEP_TRANSPORT, /* its header and checksum */
	STEP_SOCKET,
	STEP_SEQUENCE, /* with RFC 7323's PAWS before it */
	STEP_RESET,
	STEP_SYN,
	STEP_ACK,
	STEP_TEXT,
	STEP_DONE, /* nothing refused it */
};

/* At which step a packet with this reason ended. */
enum story_step story_step_of(enum reason reason);
/* What the reason means, as the end of a sentence. */
const char *story_reason(enum reason reason);
/* Why a packet was sent, as a sentence. */
const char *story_why(unsigned why);
const char *story_state(unsigned state);

/* The way of an arriving packet, step by step. */
void story_arrival(struct text *out, const struct view *view);
