// SPDX-License-Identifier: MIT
/*
 * One packet as one line on standard output.
 */
#pragma once

#include "tools/pcapdump/decode.h"
#include "tools/pcapdump/pass.h"

/* Whether the filter, --conn and --dropped want it. */
bool dump_wants(const struct options *options, const struct view *view);
/* `flows` NULL: absolute sequence numbers. */
void dump_packet(const struct options *options, const struct capture *capture,
		 struct flows *flows, const struct capture_packet *packet);
