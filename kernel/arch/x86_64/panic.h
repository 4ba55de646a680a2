// SPDX-License-Identifier: MIT
/*
 * The end after a kernel bug: registers, a symbolised backtrace, the last
 * packets, and a non-zero exit of the virtual machine (or a reboot after
 * `panic=N` seconds). Never for anything that a program or a packet can cause.
 */
#pragma once

#include "lib/types.h"

struct trap_frame;

NORETURN void panic(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same with the registers of an exception. */
NORETURN void panic_frame(const struct trap_frame *frame, const char *format,
			  ...) PRINTF_LIKE(2, 3);
/* Called late in a panic with interrupts off: the flight recorder. */
extern void (*panic_hook)(void);
/* Console lines with the callers of this function (for warnings). */
void backtrace_print(uint64_t frame_pointer);

#define BUG() panic("bug at %s:%d (%s)", __FILE__, __LINE__, __func__)
#define ASSERT(condition)                                                   \
	do {                                                                \
		if (unlikely(!(condition)))                                 \
			panic("assertion at %s:%d: %s", __FILE__, __LINE__, \
			      #condition);                                  \
	} while (0)
