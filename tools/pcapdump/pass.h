// SPDX-License-Identifier: MIT
/*
 * One pass over a capture, as every mode makes it: read, decode, analyse, and
 * give each packet to the mode. Analysis sees all packets, so that a filter
 * does not change what a packet means; `selected` says whether the filter and
 * --conn want it. Shows progress on stderr when that is a terminal.
 */
#pragma once

#include "tools/pcapdump/capture.h"
#include "tools/pcapdump/conn.h"
#include "tools/pcapdump/frame.h"
#include "tools/pcapdump/options.h"

struct filter;

/* What a mode gets for each packet. Lives until the next one. */
struct view {
	const struct capture *capture;
	const struct capture_packet *packet;
	const struct frame *frame;
	const struct conn_packet *tcp; /* NULL: not TCP */
	bool selected;
};

struct pass {
	struct capture capture;
	struct conn_table *table;
	struct filter *filter; /* NULL: all packets */
	const struct options *options;
	int status; /* 0, or 2: the message was printed */
};

/*
 * Runs over options->file and calls `each` for every packet until it returns
 * false. The connections stay in pass->table until pass_end(). 0, or 2 after
 * a message on stderr (no such file, no capture, a filter that is wrong). A
 * file that is broken in its middle gives what stands before, and then 2.
 */
int pass_run(struct pass *pass, const struct options *options,
	     bool (*each)(void *context, const struct view *view),
	     void *context);
void pass_end(struct pass *pass);
