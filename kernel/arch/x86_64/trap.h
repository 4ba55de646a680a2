// SPDX-License-Identifier: MIT
/*
 * What the processor saved when it entered the kernel, and the table through
 * which the floors above are called from there.
 *
 * Every entry (system call, exception, interrupt) leaves one struct trap_frame
 * at the top of the thread's kernel stack; a system call and an exception look
 * the same from then on, so signals and fork need not tell them apart.
 * The architecture calls up only through `trap_handlers`, which each floor
 * fills in at start-up.
 */
#pragma once

#include "lib/types.h"

struct thread;

/* In the order in which entry.S pushes them; the CPU pushes the last five. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t orig_rax; /* system-call number, or -1 */
	uint64_t vector; /* exception or interrupt number */
	uint64_t error; /* the CPU's error code, or 0 */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The selectors that user code runs with; the same numbers as Linux's. */
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_CS 0x33
#define USER_DS 0x2b

static inline bool trap_from_user(const struct trap_frame *frame)
{
	return (frame->cs & 3) == 3;
}

/* Page-fault error code bits (Intel SDM 3A 4.7). */
#define FAULT_PRESENT 0x01
#define FAULT_WRITE 0x02
#define FAULT_USER 0x04
#define FAULT_RESERVED 0x08
#define FAULT_FETCH 0x10

struct trap_handlers {
	/* Interrupts on. The result goes to frame->rax by the handler. */
	void (*syscall)(struct trap_frame *frame);
	/*
	 * A fault at `address` by the user or inside a user-copy function.
	 * 0: retry. -EFAULT and others: user code gets a signal from the handler
	 * itself; kernel code continues at its fix-up.
	 */
	int (*page_fault)(struct trap_frame *frame, uaddr_t address);
	/* #DE, #UD, #GP, #BP ... raised by user code: send the signal. */
	void (*user_exception)(struct trap_frame *frame, uaddr_t address);
	/*
	 * Just before going back to user mode, interrupts on: deliver signals,
	 * reschedule. Called only when the thread's `user_work` is not 0.
	 */
	void (*return_to_user)(struct trap_frame *frame);
	/* WORK_RESCHED is set: called before return_to_user. Set by sched. */
	void (*reschedule)(void);
};
extern struct trap_handlers trap_handlers;

/* Install `handler` for an external interrupt; it runs with interrupts off.
 * irq numbers are GSIs for lines, or vectors given by interrupt_alloc_msi. */
int interrupt_register(unsigned gsi, bool level, void (*handler)(void *arg),
		       void *arg);
/* A fresh MSI(-X) vector; *address and *data are what the device is told. */
/* The devices that interrupted, for /proc/interrupts and its totals. */
void interrupt_each(void (*row)(void *arg, unsigned vector, int gsi,
				const uint64_t *per_cpu),
		    void *arg);
int interrupt_alloc_msi(void (*handler)(void *arg), void *arg,
			uint64_t *address, uint32_t *data);
