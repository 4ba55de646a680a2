// SPDX-License-Identifier: MIT
/*
 * Wires; see wire.h. The order of what can happen to a frame is that of a real
 * path: it is cut by the sender's device, finds the queue full or not, waits
 * for the wire, is lost or changed on the way, and arrives.
 */
#include "tools/netsim/wire.h"

#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/wire/ethernet.h"
#include "tools/netsim/cut.h"
#include "tools/netsim/world.h"

#define ETHERNET 14u

static bool chance(struct world *w, uint32_t millionths)
{
	return millionths && world_random(w, 1000000) < millionths;
}

static bool is_arp(const struct frame *frame)
{
	return get_be16(frame->bytes + 12) == ETHERTYPE_ARP;
}

static struct frame *copy_frame(const struct frame *frame)
{
	struct frame *copy = malloc(sizeof *copy + frame->length);

	memcpy(copy, frame, sizeof *copy + frame->length);
	list_init(&copy->list);
	heap_node_init(&copy->due);
	return copy;
}

/* A step of the two-state chain, and whether the frame is lost in it. */
static bool lost_in_burst(struct world *w, struct wire *wire)
{
	if (!wire->burst_enter)
		return false;
	if (wire->bad && wire->burst_longest &&
	    w->now - wire->bad_since > wire->burst_longest)
		wire->bad = false;
	else if (wire->bad)
		wire->bad = !chance(w, wire->burst_leave);
	else if (chance(w, wire->burst_enter)) {
		wire->bad = true;
		wire->bad_since = w->now;
	}
	return wire->bad && chance(w, wire->burst_loss);
}

static bool lost(struct world *w, struct wire *wire, const struct frame *frame)
{
	if (wire->drop && wire->drop(wire, frame))
		return true;
	if (wire->mtu && frame->length > wire->mtu + ETHERNET &&
	    !frame->gso_size)
		return true;
	if (is_arp(frame) && !wire->arp_too)
		return false;
	return lost_in_burst(w, wire) || chance(w, wire->loss);
}

/* One bit, behind the Ethernet header: IP's and the transports' checksums
 * must notice. */
static void corrupt(struct world *w, struct frame *frame)
{
	uint32_t at;

	if (frame->length <= ETHERNET)
		return;
	at = ETHERNET + world_random(w, frame->length - ETHERNET);
	frame->bytes[at] ^= (uint8_t)(1u << world_random(w, 8));
	frame->corrupted = true;
}

/* Two flips in two fragments of one datagram could cancel each other: seed 6063
 * once made 11 of 31 and 37 of 17, both in odd places, and no checksum is to
 * blame for what it then let through. */
static bool is_fragment(const struct frame *frame)
{
	return frame->length > ETHERNET + 8 &&
	       (get_be16(frame->bytes + ETHERNET + 6) & 0x3fff);
}

static nsec_t time_on_wire(const struct wire *wire, uint32_t length)
{
	if (!wire->bits_per_second)
		return 0;
	return (nsec_t)(length * 8ull * 1000000000ull / wire->bits_per_second);
}

static bool queue_full(const struct wire *wire, nsec_t wait)
{
	return wire->bits_per_second && wire->queue_bytes &&
	       (uint64_t)wait * wire->bits_per_second / 8 / 1000000000ull >
		       wire->queue_bytes;
}

/* Half of the segment before and half of this one, in a segment more. */
static void repack(struct world *w, struct wire *wire, struct host *to,
		   const struct frame *frame)
{
	struct frame *across = NULL;

	/* A new checksum must not hide what was corrupted. */
	if (wire->last && !wire->last->corrupted && !frame->corrupted &&
	    chance(w, wire->repack))
		across = cut_across(wire->last, frame);
	free(wire->last);
	wire->last = copy_frame(frame);
	if (!across)
		return;
	wire->repacked++;
	across->to = to;
	across->time = w->now + wire->delay + wire->reorder_delay;
	world_arrive(w, across);
}

void wire_end(struct wire *wire)
{
	free(wire->last);
	wire->last = NULL;
}

static void pass(struct world *w, struct wire *wire, struct host *to,
		 struct frame *frame)
{
	nsec_t start = MAX(w->now, wire->busy_until);

	wire->sent++;
	if (wire->repack)
		repack(w, wire, to, frame);
	if (lost(w, wire, frame) || queue_full(wire, start - w->now)) {
		wire->lost++;
		if (w->frame_lost)
			w->frame_lost(w, frame);
		free(frame);
		return;
	}
	wire->busy_until = start + time_on_wire(wire, frame->length);
	if (!is_arp(frame) && !is_fragment(frame) && !frame->corrupted &&
	    chance(w, wire->corrupt)) {
		wire->corrupted++;
		if (w->frame_lost)
			w->frame_lost(w, frame);
		corrupt(w, frame);
	}
	frame->to = to;
	frame->time = wire->busy_until + wire->delay;
	if (wire->jitter) {
		frame->time += world_random(w, (uint32_t)wire->jitter);
		frame->time = MAX(frame->time, wire->last_arrival);
		wire->last_arrival = frame->time;
	}
	if (chance(w, wire->reorder)) {
		wire->reordered++;
		frame->time += wire->reorder_delay;
	}
	if (chance(w, wire->duplicate)) {
		wire->duplicated++;
		world_arrive(w, copy_frame(frame));
	}
	world_arrive(w, frame);
}

void wire_send(struct world *w, struct wire *wire, struct host *to,
	       struct frame *frame)
{
	struct frame *piece;

	if (!wire->cut || !frame->gso_size) {
		pass(w, wire, to, frame);
		return;
	}
	for (uint32_t at = 0; (piece = cut_segment(frame, &at));)
		pass(w, wire, to, piece);
	free(frame);
}

nsec_t wire_slowest(const struct wire *wire, uint32_t frame_bytes)
{
	nsec_t time = wire->delay + wire->jitter;

	if (wire->reorder)
		time += wire->reorder_delay;
	return time + time_on_wire(wire, wire->queue_bytes + frame_bytes);
}
