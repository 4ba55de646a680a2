// SPDX-License-Identifier: MIT
/*
 * Dialogues below TCP: a host at 10.0.0.1/24 with a gateway at 10.0.0.254, and
 * a peer at 10.0.0.2. The test plays the rest of the network.
 */
#pragma once

#include "net/wire/ip4.h"
#include "tests/net/harness.h"

struct scene {
	struct world *w;
	struct host *h;
	struct peer p;
};

/* Where tests make what they inject. */
extern uint8_t frame[FRAME_MAX];

struct scene scene_new(void);
uint64_t drops(struct scene *s, enum reason why);
/* The next frame must be ARP from us about `target`. */
void expect_arp(struct scene *s, uint16_t operation, uint32_t target);
/* The next frame must be IPv4 of this protocol to the peer; the caller frees
 * it. */
struct frame *expect_ip(struct scene *s, uint8_t protocol,
			struct ip4_header *h);
/* Injects `frame` and settles. */
void inject(struct scene *s, uint32_t length);
/* A UDP socket bound to a port of any address. */
struct endpoint *udp_bound(struct scene *s, uint16_t port);
