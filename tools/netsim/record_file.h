// SPDX-License-Identifier: MIT
/* The event record of one host, into a file. */
#pragma once

#include "net/net.h"

struct record_file;

/* PREFIX.hostN.rec; sets config->recorder. NULL, and says why: no file. */
struct record_file *record_start_file(const char *prefix, unsigned long number,
				      struct net_config *config);
/* Before the net ends: what net_destroy() does is not recorded. NULL will do. */
void record_end(struct record_file *file);
