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

#include "lib/atomic.h"
#include "lib/types.h"

struct endpoint;
struct packet;

#define FILTER_MAX 4096 /* instructions (BPF_MAXINSNS) */

struct filter_step {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct filter {
	struct refcount refs; /* a listener's children share it */
	uint32_t count;
	uint64_t random; /* the state of SKF_AD_RANDOM's generator */
	struct filter_step steps[];
};

/* What a program looks at. Bytes come from `front` and then from the packet,
 * from `offset` on; `network` is where that header begins in what the program
 * sees. It may be before the beginning: SKF_NET_OFF reads there, in the packet,
 * as if `front` stood in it. */
struct filter_input {
	const struct packet *packet; /* NULL: all bytes are in `front` */
	uint32_t offset, length; /* of the program's view, front included */
	const uint8_t *front;
	uint32_t front_length;
	int32_t network;
	bool no_link; /* the view has no link header: SKF_LL_OFF fails */
	uint16_t protocol; /* ethertype, host order */
	uint16_t tag, tag_protocol; /* VLAN's, beside the frame; or 0 */
	uint8_t kind; /* PACKET_HOST ... */
	uint32_t netif, mark;
	uint16_t hardware;
};

/* Linux's struct sock_filter[count], 8 bytes each, as `bytes`. -EINVAL,
 * -ENOMEM. */
int filter_make(const void *bytes, uint32_t count, struct filter **out);
/* One reference less; NULL is harmless. */
void filter_free(struct filter *filter);
/* One more; NULL is harmless. */
struct filter *filter_share(struct filter *filter);
/* Bytes to keep; 0: not this packet. */
uint32_t filter_run(struct filter *filter, const struct filter_input *input);

/*
 * How much of a packet's view the filter of a socket keeps: `front` and then
 * `length` bytes from `offset` on. All of it without a filter; 0: the socket
 * does not want the packet.
 */
uint32_t filter_packet(const struct endpoint *ep, const struct packet *packet,
		       const uint8_t *front, uint32_t front_length,
		       uint32_t offset, uint32_t length);
/* The same for what is no packet (netlink). */
uint32_t filter_bytes(const struct endpoint *ep, const uint8_t *bytes,
		      uint32_t length);
