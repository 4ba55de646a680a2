// SPDX-License-Identifier: MIT
/*
 * The command line, read once. A mode is a function from it to an exit status:
 * 0, 1 (--check found violations; --follow or --explain found nothing such),
 * 2 (wrong use, a broken file).
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

struct options;

typedef int mode_fn(const struct options *options);

struct options {
	mode_fn *mode;
	bool summary, dropped, quiet, absolute, id;
	bool reverse; /* --plot */
	bool live, stats; /* --live, alone or with --stats */
	uint64_t count; /* 0: all packets */
	int64_t conn; /* --conn N, or -1 */
	uint64_t packet; /* --explain N */
	const char *format; /* --follow=text, hex, raw */
	const char *output; /* --output FILE, --plot FILE, --html FILE */
	const char *file;
	char filter[4096]; /* libpcap's words; empty: all */
	double interval; /* --live: seconds between summaries */
	FILE *stream; /* read this instead of opening `file` */
};

/* 0 when there is something to do; otherwise 1 + the exit status. */
int options_read(struct options *options, int argc, char **argv);

/* The modes. */
mode_fn mode_dump; /* one line a packet; --summary */
mode_fn mode_follow;
mode_fn mode_stats;
mode_fn mode_explain;
mode_fn mode_check;
mode_fn mode_live;
mode_fn mode_plot;
mode_fn mode_html;
