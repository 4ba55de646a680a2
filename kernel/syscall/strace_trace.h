// SPDX-License-Identifier: MIT
/* Private to strace.c and strace_arguments.c: a traced call under way. */
#pragma once

#include "lib/format.h"
#include "lib/types.h"

#define LINE_SIZE 1024

#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4

/* What table.h says of a call. */
struct shape {
	const char *name;
	unsigned count;
	struct {
		const char *type, *name;
	} arguments[6];
};

/* Its line so far and the argument to go on with. */
struct trace {
	struct trace *next;
	struct thread *thread;
	const struct shape *shape;
	uint64_t arguments[6];
	unsigned done;
	uint32_t length; /* at addrlenp before the call */
	struct text text;
	char line[LINE_SIZE];
};

/* Before the call: notes lengths that the kernel may change. */
void strace_note_length(struct trace *trace);
/* Adds arguments: before the call up to the first that the kernel fills in,
 * when it has returned the rest. */
void strace_arguments(struct trace *trace, bool returned, long result);
