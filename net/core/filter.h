// SPDX-License-Identifier: MIT
/*
 * Classic BPF (McCanne and Jacobson 1993; the instruction set of
 * linux/filter.h): programs that a socket attaches to choose its packets and to
 * say how much of each it wants. A program is checked when it is attached:
 * known instructions, jumps forward and inside, memory read only after it was
 * written, a return at the end. Running one always ends and never reads outside
 * of the packet.
 */
#pragma once

#include "lib/types.h"

struct packet;

#define FILTER_MAX 4096 /* instructions (BPF_MAXINSNS) */

struct filter_step {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct filter {
	uint32_t count;
	struct filter_step steps[];
};

/* What a program looks at. Bytes come from `front` and then from the packet,
 * from `offset` on; `link` and `network` are where those headers begin in what
 * the program sees (network may be beyond it: SKF_NET_OFF reads there). */
struct filter_input {
	const struct packet *packet;
	uint32_t offset, length; /* of the program's view, front included */
	const uint8_t *front;
	uint32_t front_length;
	int32_t network; /* of the network header in the view; may be < 0 */
	uint16_t protocol; /* ethertype, host order */
	uint8_t kind; /* PACKET_HOST ... */
	uint32_t netif, mark;
	uint16_t hardware;
};

/* Linux's struct sock_filter[count], 8 bytes each, as `bytes`. -EINVAL,
 * -ENOMEM. */
int filter_make(const void *bytes, uint32_t count, struct filter **out);
void filter_free(struct filter *filter);
/* Bytes to keep; 0: not this packet. */
uint32_t filter_run(const struct filter *filter,
		    const struct filter_input *input);
