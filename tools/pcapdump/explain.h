// SPDX-License-Identifier: MIT
/*
 * What the kernel said about a packet, as text: the verdict, the socket, why
 * it was sent, and the connection's variables after it.
 */
#pragma once

#include "lib/format.h"
#include "tools/pcapdump/capture.h"

/* "[dropped TCP_OUT_OF_WINDOW in TCP_IN]"; nothing without Weir's options. */
void explain_packet(struct text *out, const struct capture_packet *packet);
/* " {ESTABLISHED una 1 ...}"; nothing for packets without a connection. */
void explain_tcp(struct text *out, const struct capture_packet *packet);

/* Counts by verdict, reason and cause over a capture. */
struct summary {
	uint64_t packets, bytes;
	uint64_t in, out, unknown;
	uint64_t lost;
	uint64_t without_note;
	uint64_t verdicts[65536];
	uint64_t verdicts_in[65536];
	uint64_t why[256];
	uint64_t interface_packets[CAPTURE_INTERFACES];
};

void summary_add(struct summary *summary, const struct capture_packet *packet);
void summary_print(const struct summary *summary, const struct capture *capture,
		   FILE *to);
