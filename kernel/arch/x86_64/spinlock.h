// SPDX-License-Identifier: MIT
/*
 * Spinlocks for a few instructions' worth of exclusion. They are not fair, on
 * purpose: where the host runs fewer CPUs than the guest has, a queue of
 * tickets waits for whichever CPU the host has put aside.
 *
 * Kernel code is not preempted, so a plain spin_lock is enough for data that
 * no interrupt handler touches; otherwise use the _irqsave pair. Nothing may
 * sleep, fault on user memory or wait for an IPI while it holds one
 * (docs/locking.md has the order of all locks).
 */
#pragma once

#include "kernel/arch/x86_64/cpu.h"
#include "lib/types.h"

struct spinlock {
	uint32_t held;
};

#define SPINLOCK_INIT \
	{             \
		0     \
	}

static inline void spin_init(struct spinlock *lock)
{
	*lock = (struct spinlock)SPINLOCK_INIT;
}

static inline bool spin_trylock(struct spinlock *lock)
{
	return !__atomic_load_n(&lock->held, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE);
}

static inline void spin_lock(struct spinlock *lock)
{
	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED))
			cpu_relax();
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}
