// SPDX-License-Identifier: MIT
/*
 * A packet's whole story in words: where it came from, each check that it
 * passed in the order of the stack's stages and of RFC 9293 3.10.7, what it
 * meant, what it changed, why it was sent or dropped, and what answered it.
 *
 * Weir's notes say what the kernel decided; without them the story is put
 * together from the packets alone, and says so.
 */
#pragma once

#include "lib/format.h"
#include "tools/pcapdump/pass.h"

#define STORY_MAX 8192 /* bytes of text are always enough */

/* All but the answer, a sentence a line. */
void story_tell(struct text *out, const struct view *view);

/* Waits for the answer to one packet. */
struct story_question {
	uint64_t number;
	nsec_t time;
	const struct conn *conn; /* TCP; NULL: others, below */
	unsigned from;
	int64_t end; /* what an ACK must cover */
	bool wants_ack; /* it has data, SYN or FIN */
	bool any; /* a probe, or something refused: any answer will do */
	struct net_addr src, dst;
	uint8_t protocol, type;
	uint16_t ports[2], ethertype;
	uint32_t repeated; /* times that it was sent again meanwhile */
};

void story_ask(struct story_question *question, const struct view *view);
/* True when this packet is the answer: a sentence was added. */
bool story_answer(struct story_question *question, const struct view *view,
		  struct text *out);
