// SPDX-License-Identifier: MIT
/*
 * The harness for dialogues with one host: inject, expect, expect nothing. The
 * hosts, the clock and the wires are the simulator's (tools/netsim/world.h).
 *
 *	struct world *w = world_new(1);
 *	struct host *a = host_new(w, "10.0.0.1", 24);
 *	host_inject(a, frame, length);
 *	frame = host_next(a);            // the next frame that it sent
 *	world_free(w);                   // asserts the sum rule, no leaks
 */
#pragma once

#include "tools/netsim/world.h"

/* Destroys all hosts; fails the test if memory is left in use. */
void world_free(struct world *w);

/* Dialogue. */
/* The next frame that the host sent (the caller frees it with free()), or
 * NULL. */
struct frame *host_next(struct host *h);
/* Fails the test when a frame was sent. */
void host_expect_nothing(struct host *h);

/* Frames for dialogues. Each returns the length. */
struct peer {
	uint8_t mac[6], host_mac[6];
	struct net_addr addr, host_addr;
};
void peer_init(struct peer *p, struct host *h, const char *text);
/* Injects an ARP reply so that the host knows the peer, and settles. */
void peer_introduce(struct peer *p, struct host *h);
uint32_t frame_ip4(uint8_t *frame, const struct peer *p, uint8_t protocol,
		   const void *payload, uint32_t length);
/* The same for a fragment: offset in bytes. */
uint32_t frame_ip4_fragment(uint8_t *frame, const struct peer *p,
			    uint8_t protocol, uint16_t id, uint32_t offset,
			    bool more, const void *payload, uint32_t length);
uint32_t frame_udp(uint8_t *frame, const struct peer *p, uint16_t from,
		   uint16_t to, const void *payload, uint32_t length);
uint32_t frame_echo(uint8_t *frame, const struct peer *p, uint16_t id,
		    uint16_t sequence, const void *payload, uint32_t length);
uint32_t frame_arp(uint8_t *frame, uint16_t operation, const uint8_t *src_mac,
		   uint32_t src, const uint8_t *dst_mac, uint32_t dst);
