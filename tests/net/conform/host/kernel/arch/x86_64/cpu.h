// SPDX-License-Identifier: MIT
/*
 * One processor, for the host: stands in front of the kernel's header of the
 * same name when kernel/socket, kernel/file and the system calls are compiled
 * into the conformance runner. There are no interrupts, and the current thread
 * is a variable (tests/net/conform/machine.c).
 */
#pragma once

#include "lib/types.h"

#define MAX_CPUS 1

struct thread;

struct cpu {
	unsigned number;
};

extern struct cpu host_cpu;
extern struct thread *host_thread;
extern unsigned cpu_count;

static inline struct cpu *this_cpu(void)
{
	return &host_cpu;
}

static inline struct thread *current_thread(void)
{
	return host_thread;
}

static inline uint64_t irq_save(void)
{
	return 0;
}

static inline void irq_restore(uint64_t flags)
{
	(void)flags;
}

static inline void irq_enable(void)
{
}

static inline void irq_disable(void)
{
}

static inline bool irq_enabled(void)
{
	return true;
}

static inline void cpu_relax(void)
{
}

static inline bool in_interrupt(void)
{
	return false;
}
