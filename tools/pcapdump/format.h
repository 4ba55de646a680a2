// SPDX-License-Identifier: MIT
/*
 * Private to the capture reader: what capture.c offers to the two formats, and
 * they to it. Every function that reads returns 1, 0 at the end of the file
 * and -1 with the reason in `error`.
 */
#pragma once

#include "lib/bytes.h"
#include "tools/pcapdump/capture.h"

static inline uint16_t capture_get16(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be16(p) : get_le16(p);
}

static inline uint32_t capture_get32(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be32(p) : get_le32(p);
}

static inline uint64_t capture_get64(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be64(p) : get_le64(p);
}

/* -1, with `why` as the reason. */
int capture_fail(struct capture *c, const char *why);
/* Exactly `n` bytes; fewer are an end within a block, none at all one between
 * blocks (if `between`). */
int capture_read(struct capture *c, void *to, size_t n, bool between);
/* The same into c->block, which grows. */
int capture_read_block(struct capture *c, size_t n);

#define PCAPNG_SECTION 0x0a0d0d0a

int pcapng_open(struct capture *c);
int pcapng_next(struct capture *c, struct capture_packet *packet);
/* True when `magic` begins a classic pcap file; sets byte order and clock. */
bool pcap_is_magic(struct capture *c, const uint8_t magic[4]);
int pcap_open(struct capture *c);
int pcap_next(struct capture *c, struct capture_packet *packet);
