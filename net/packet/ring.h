// SPDX-License-Identifier: MIT
/*
 * Rings of frames in memory that a program has mapped (packet_mmap): TPACKET_V1
 * and V2 are frames of one size, V3 blocks that are filled one after the other
 * and given to the program when they are full or old.
 *
 * The memory is pages of the kernel's (struct packet_ring_request, from the user side);
 * the stack writes into it and believes nothing that stands in it but the
 * status words.
 */
#pragma once

#include "lib/types.h"
#include "net/core/packet_ring.h"
#include "net/core/timer.h"

struct packet_socket;

enum { TPACKET_V1, TPACKET_V2, TPACKET_V3 };

#define RING_PAGE 4096u

/* Of struct tpacket_hdr, tpacket2_hdr, tpacket3_hdr. */
static inline uint32_t ring_header_length(uint32_t version)
{
	return version == TPACKET_V3 ? 48 : 32;
}

/* Whether such a ring can be (the memory is not looked at): 0 or -EINVAL. */
int ring_check(const struct packet_ring_request *request, uint32_t version,
	       uint32_t reserve);
/* A request's shape, and where the n-th frame of such a ring is. */
void ring_put_shape(const struct packet_ring_request *shape, uint8_t to[28]);
static inline uint64_t ring_frame(const struct packet_ring_request *shape,
				  uint32_t n)
{
	uint32_t per_block = shape->block_size / shape->frame_size;

	return (uint64_t)(n / per_block) * shape->block_size +
	       (uint64_t)(n % per_block) * shape->frame_size;
}
/* Into the socket's ring there are so many frames or blocks free: */
enum ring_room { RING_FULL, RING_LOW, RING_ROOM };
enum ring_room ring_room(const struct packet_socket *socket);
/* Its shape as sock_diag tells it (PACKET_DIAG_RX_RING): 28 bytes. */
#define RING_SHAPE 28
void ring_shape(const struct packet_socket *socket, uint8_t to[RING_SHAPE]);
/* The same of the one for sending. */
void tx_ring_shape(const struct packet_socket *socket, uint8_t to[RING_SHAPE]);
/* TPACKET_V3: how often the ring was full. Reading begins anew. */
uint32_t ring_freezes(struct packet_socket *socket);
