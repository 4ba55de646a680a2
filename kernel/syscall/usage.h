// SPDX-License-Identifier: MIT
/*
 * Private to kernel/syscall: Linux's struct rusage.
 */
#pragma once

#include "kernel/proc/process.h"
#include "kernel/syscall/user.h"

struct rusage {
	struct user_timeval user, system;
	int64_t maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock,
		oublock, msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};
STATIC_ASSERT(sizeof(struct rusage) == 144);

void usage_to_bytes(const struct resource_usage *usage, struct rusage *out);
