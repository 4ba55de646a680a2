// SPDX-License-Identifier: MIT
/*
 * Reading a capture packet by packet: pcapng, with the options that libpcap's
 * reader throws away (direction, packet id, losses, comment and Weir's own
 * note, net/core/tap_pcapng.h), and classic pcap. Files of either byte order
 * and of other programs are read too; what they lack is marked as absent. The
 * file is read once, forwards, so a pipe will do; memory is one block (at most
 * 16 MiB), whatever the file's size. It may still be growing: a packet cut off
 * at the end is the end, not an error.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

#define CAPTURE_INTERFACES 64
#define CAPTURE_BLOCK_MAX (16u << 20)
#define CAPTURE_TIME_MAX ((uint64_t)INT64_MAX / 2) /* in the year 2116 */

struct capture_interface {
	char name[32];
	uint16_t linktype;
	uint32_t snap; /* 0: no limit */
	uint64_t ticks; /* per second */
	int64_t offset; /* seconds to add to its times */
	uint64_t received, dropped; /* from its statistics block */
	bool has_statistics;
};

/* Weir's custom option, as numbers. */
struct capture_note {
	uint8_t why; /* enum why_sent */
	uint16_t verdict; /* verdict_t's code */
	uint8_t stage; /* enum stage */
	bool tcp, checksum_offloaded, segmented;
	uint8_t tcp_state;
	uint8_t retransmits;
	uint32_t socket;
	int32_t pid;
	uint32_t snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_wnd;
	uint32_t cwnd, ssthresh, in_flight;
	uint32_t srtt_us, rto_us;
	uint32_t gso_size;
};

struct capture_packet {
	uint64_t number; /* the first of the file is 1, as in Wireshark */
	uint32_t interface;
	uint16_t linktype;
	uint64_t time; /* nanoseconds since 1970 */
	uint32_t captured, original;
	const uint8_t *data; /* until the next call */
	unsigned direction; /* 0 unknown, 1 in, 2 out */
	uint64_t id;
	uint64_t lost; /* records lost before this one */
	bool has_id, has_note, has_verdict;
	char verdict[64]; /* the name in epb_verdict */
	char comment[256];
	struct capture_note note;
};

struct capture {
	FILE *file;
	bool classic; /* pcap, not pcapng */
	bool swapped; /* the other byte order */
	bool cut; /* ended within a block */
	uint8_t *block;
	size_t block_size;
	uint64_t position; /* bytes read */
	uint64_t packets; /* number of the last one */
	uint32_t interface_count;
	struct capture_interface interfaces[CAPTURE_INTERFACES];
	char error[128];
};

/* Reads the file's first header. 0, or -1 with the reason in `error`. Owns
 * the file from now on, in both cases. */
int capture_open(struct capture *capture, FILE *file);
/* The same over bytes in memory, which must stay. */
int capture_open_memory(struct capture *capture, const void *bytes,
			size_t size);
/* 1 with the next packet, 0 at the end, -1 with the reason in `error`. */
int capture_next(struct capture *capture, struct capture_packet *packet);
/* Frees what was read; closes the file. */
void capture_close(struct capture *capture);
