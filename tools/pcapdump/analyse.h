// SPDX-License-Identifier: MIT
/*
 * Private to the connection table: one segment's meaning, judged by what both
 * sides did before, and the sides' new state.
 */
#pragma once

#include "tools/pcapdump/conn.h"

/* `out->conn` and `out->from` are set; the rest is zero. */
void conn_analyse(const struct capture_packet *packet,
		  const struct frame *frame, struct conn_packet *out);
