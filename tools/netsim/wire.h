// SPDX-License-Identifier: MIT
/*
 * One direction of a wire: what it does to frames. Rate and queue, delay and
 * jitter, uniform loss and bursts (Gilbert and Elliott's two states), reordering,
 * duplication, corruption, an MTU. All dice are the world's, so that a seed
 * decides everything. Probabilities are in millionths; zero turns a thing off.
 *
 * ARP frames are neither lost nor changed unless `arp_too` says so: they carry
 * no checksum, and three lost requests are an unreachable host by right.
 */
#pragma once

#include "lib/heap.h"
#include "lib/list.h"
#include "lib/types.h"

struct host;
struct world;

#define FRAME_MAX 66000

struct frame {
	struct list list; /* a host's `sent` */
	struct heap_node due; /* on a wire: when it arrives */
	struct host *to; /* on a wire; NULL: the switch */
	struct host *from;
	nsec_t time; /* sent, or on a wire: to arrive */
	uint64_t order;
	bool checksum_partial;
	bool corrupted; /* once: two flips could hide from a checksum */
	uint16_t gso_size;
	uint16_t csum_start, csum_offset;
	uint8_t gso_type;
	uint8_t why;
	uint32_t length;
	uint8_t bytes[];
};

struct wire {
	nsec_t delay;
	nsec_t jitter; /* added at random, the order is kept */
	uint32_t loss, duplicate, reorder, corrupt;
	uint32_t repack; /* bytes of two segments come once more, as one */
	nsec_t reorder_delay;
	/* Bursts: from good to bad, from bad to good, lost in bad. */
	uint32_t burst_enter, burst_leave, burst_loss;
	nsec_t burst_longest; /* 0: no limit */
	uint64_t bits_per_second; /* 0: no limit */
	uint32_t queue_bytes; /* with a rate: 0 no limit */
	uint32_t mtu; /* larger IP packets are lost; 0: no limit */
	bool cut; /* large segments are cut before the wire */
	bool arp_too;
	/* A test's own say: true drops the frame. */
	bool (*drop)(struct wire *wire, const struct frame *frame);
	void *context;

	/* The wire's own. */
	bool bad; /* in a burst */
	nsec_t bad_since, busy_until, last_arrival;
	struct frame *last; /* for `repack` */
	uint64_t sent, lost, corrupted, duplicated, reordered, repacked;
};

/* Puts a frame on the wire, or loses it; takes it over. `to` NULL: switch. */
void wire_send(struct world *w, struct wire *wire, struct host *to,
	       struct frame *frame);

/* Gives up what it remembers. */
void wire_end(struct wire *wire);

/* The longest time that one frame can need, with the queue full before it. */
nsec_t wire_slowest(const struct wire *wire, uint32_t frame_bytes);
