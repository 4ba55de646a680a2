// SPDX-License-Identifier: MIT
/*
 * What the user side of a packet socket gives to the stack for a ring
 * (packet_mmap): numbers and memory. See net/packet/ring.h.
 */
#pragma once

#include "lib/types.h"

#define PACKET_RX_RING 5
#define PACKET_TX_RING 13

/* In the result of a send from a ring: not all frames have been looked at. */
#define PACKET_RING_MORE (1 << 30)

/* The value of PACKET_RX_RING, as the user side passes it on: the numbers of
 * struct tpacket_req3, checked against each other here, and the memory. */
struct packet_ring_request {
	uint32_t block_size, block_count, frame_size, frame_count;
	uint32_t retire_ms, private_size, features;
	uint8_t **pages; /* NULL while only checking; block_size * count bytes */
	/* What the user side polls: the address of the status word that the
	 * program waits for. Atomic. */
	uint32_t **watched;
};
