// SPDX-License-Identifier: MIT
/*
 * How far a long run has come: one line on stderr, drawn over itself a few
 * times a second, only when stderr is a terminal and the run takes long.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

struct progress {
	bool on, drawn;
	uint64_t total; /* bytes; 0: not known */
	nsec_t next; /* when to draw */
	uint64_t calls;
};

/* `file` gives the total. Off when stderr is no terminal. */
void progress_begin(struct progress *progress, FILE *file);
void progress_step(struct progress *progress, uint64_t bytes, uint64_t packets);
void progress_end(struct progress *progress);
