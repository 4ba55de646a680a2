// SPDX-License-Identifier: MIT
/*
 * weir.strace=NAME: every system call of the programs with that name (comm;
 * "all": every program) is printed on the console as strace(1) prints it.
 */
#pragma once

#include "lib/types.h"

struct trap_frame;

extern bool strace_enabled;
void strace_init(void);
/* Before the call: decodes what the program gave. */
void strace_enter(const struct trap_frame *frame);
/* After it: the result, and what the kernel filled in. */
void strace_leave(const struct trap_frame *frame, uint32_t number);
