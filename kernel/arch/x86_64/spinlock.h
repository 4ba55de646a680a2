// SPDX-License-Identifier: MIT
/*
 * Spinlocks: ticket locks for a few instructions' worth of exclusion.
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
	uint16_t next, owner;
	uint32_t cpu;		/* holder's number + 1, for the panic message */
};

#define SPINLOCK_INIT {0}

static inline void spin_init(struct spinlock *lock)
{
	*lock = (struct spinlock)SPINLOCK_INIT;
}

static inline void spin_lock(struct spinlock *lock)
{
	uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

static inline bool spin_trylock(struct spinlock *lock)
{
	uint16_t owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);

	return __atomic_compare_exchange_n(&lock->next, &owner,
					   (uint16_t)(owner + 1), false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->owner, (uint16_t)(lock->owner + 1),
			 __ATOMIC_RELEASE);
}

static inline uint64_t spin_lock_irqsave(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	spin_lock(lock);
	return flags;
}

static inline void spin_unlock_irqrestore(struct spinlock *lock,
					  uint64_t flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}
