// SPDX-License-Identifier: MIT
/*
 * Out of memory: the process that holds most of it (with its own adjustment)
 * is killed; init never is. While a victim is still on its way out, nobody
 * else is chosen.
 */
#include "kernel/arch/x86_64/log.h"
#include "kernel/mm/page.h"
#include "kernel/proc/internal.h"
#include "kernel/vm/space.h"

#define ADJUST_NEVER -1000

static int64_t badness(struct process *process, uint64_t total)
{
	struct thread *thread;
	int64_t points = 0;

	LIST_FOR_EACH(thread, &process->threads, process_link) {
		if (thread->space && !thread->extra->exiting) {
			points = thread->space->resident;
			break;
		}
	}
	return points + process->oom_score_adj * (int64_t)total / 1000;
}

bool oom_kill(void)
{
	struct signal_info info = { .number = SIGKILL,
				    .code = SI_KERNEL,
				    .from_kernel = true };
	struct process *process, *victim = NULL;
	int64_t worst = 0;
	struct memory_counts counts;
	bool dying = false, own;
	uint64_t flags;

	memory_counts(&counts);
	flags = spin_lock_irqsave(&process_lock);
	LIST_FOR_EACH(process, &process_list, all_link) {
		int64_t points;

		if (process->zombie || process == init_process ||
		    process->oom_score_adj == ADJUST_NEVER)
			continue;
		if (process->group_exit ||
		    process->pending.set & SIGNAL_BIT(SIGKILL)) {
			dying = true;
			continue;
		}
		points = badness(process, counts.total);
		if (points > worst) {
			worst = points;
			victim = process;
		}
	}
	own = fatal_signal_pending();
	if (!dying && victim) {
		log_error("out of memory: killed process %d (%s), %ld pages",
			  victim->pid,
			  LIST_FIRST(&victim->threads, struct thread,
				     process_link)
				  ->name,
			  (long)worst);
		signal_send_locked(victim, NULL, &info, NULL);
		own |= victim == current_thread()->process;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	/* The victim itself must not wait for its own end. */
	return !own && (dying || victim);
}
