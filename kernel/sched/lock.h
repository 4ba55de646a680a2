// SPDX-License-Identifier: MIT
/*
 * Locks that sleep: mutex and reader-writer mutex. Never from interrupts,
 * never while holding a spinlock. Waiters are served in order; one unlock
 * wakes one waiter (or the readers at the head).
 */
#pragma once

#include "kernel/sched/wait.h"

/* Small: there are two in each socket. */
struct mutex {
	int32_t locked;
	struct spinlock lock; /* guards `first` */
	struct thread *owner;
	struct list *first; /* of a ring of waiters; NULL: none */
};
void mutex_init(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
/* 0 or -EINTR. */
int mutex_lock_interruptible(struct mutex *mutex);

struct rwmutex {
	struct spinlock lock;
	int32_t readers; /* -1: a writer */
	struct list waiters;
};
void rwmutex_init(struct rwmutex *mutex);
void rwmutex_read_lock(struct rwmutex *mutex);
void rwmutex_read_unlock(struct rwmutex *mutex);
void rwmutex_write_lock(struct rwmutex *mutex);
void rwmutex_write_unlock(struct rwmutex *mutex);
