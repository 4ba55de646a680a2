// SPDX-License-Identifier: MIT
/*
 * Calls with a timeout that a signal without a handler interrupted (SIGSTOP
 * and SIGCONT) go on with the time that is left: they note what to do next and
 * return -ERESTART_RESTARTBLOCK; signal delivery makes the program call
 * restart_syscall, or gives it -EINTR when a handler ran.
 */
#pragma once

#include "kernel/sched/thread.h"
#include "lib/errno.h"

static inline long restart_later(long (*call)(struct restart_state *state),
				 const struct restart_state *state)
{
	struct thread *thread = current_thread();

	thread->restart = *state;
	thread->restart.call = call;
	return -ERESTART_RESTARTBLOCK;
}
