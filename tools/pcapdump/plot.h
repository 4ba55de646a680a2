// SPDX-License-Identifier: MIT
/*
 * The time-sequence graph as an SVG picture, in the tradition of tcptrace and
 * Wireshark's Stevens graph: above, sequence numbers over time; below, on the
 * same time axis, cwnd, ssthresh and the bytes in flight, then srtt and rto.
 */
#pragma once

#include <stdio.h>

#include "tools/pcapdump/trace.h"

void plot_write(FILE *to, const struct trace *trace);
