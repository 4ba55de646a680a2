// SPDX-License-Identifier: MIT
/*
 * Filter expressions in libpcap's language (pcap-filter(7)), compiled once for
 * each link type that the capture has.
 */
#pragma once

#include "lib/types.h"
#include "tools/pcapdump/capture.h"

struct filter;

/* NULL when there is no memory. `words` must stay. */
struct filter *filter_new(const char *words);
void filter_free(struct filter *filter);
/* 1: the packet matches, 0: not, -1: filter_error() says why not known. */
int filter_match(struct filter *filter, const struct capture_packet *packet);
const char *filter_error(const struct filter *filter);
