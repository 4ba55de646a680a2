// SPDX-License-Identifier: MIT
/*
 * Timers that send signals (kernel/proc/timers.h).
 *
 * All state is guarded by process_lock; callbacks take it in the timer
 * interrupt, so a timer is never cancelled while it is held: first it is
 * marked as off under the lock, then cancelled without it.
 *
 * A POSIX timer's signal is queued at most once; what expires meanwhile is
 * its overrun, counted when the signal is taken. Timers of processor time
 * (ITIMER_VIRTUAL and PROF, CPU clocks, RLIMIT_CPU) are looked at every tick
 * while there are any.
 */
#include "kernel/proc/timers.h"

#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "kernel/sched/clock.h"
#include "lib/atomic.h"
#include "lib/errno.h"
#include "lib/string.h"

#define TICK (10 * NSEC_PER_MSEC)
#define TIMERS_MAX 4096

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define CLOCK_PROCESS 2
#define CLOCK_THREAD 3

struct one_timer {
	nsec_t deadline; /* on its clock; 0: off */
	nsec_t interval;
};

struct posix_timer {
	struct list link;
	int id, clock;
	struct timer_event event;
	struct one_timer time; /* monotonic, or processor time */
	struct ktimer ktimer;
	struct process *process;
	struct thread *thread; /* CLOCK_THREAD, SIGEV_THREAD_ID: referenced */
	struct queued_signal entry;
	int overrun;
};

struct interval_timers {
	struct process *process;
	struct one_timer real, virtual, prof;
	struct ktimer real_timer, cpu_timer;
	bool watching;
	nsec_t limit_signalled;
	struct list posix;
	int next_id;
	unsigned count;
};

static void send(struct process *process, int number)
{
	struct signal_info info = { .number = number,
				    .code = SI_KERNEL,
				    .from_kernel = true };

	signal_send_locked(process, NULL, &info, NULL);
}

/* The next deadline after now, for a timer that has just expired. */
static void advance(struct one_timer *timer, nsec_t now)
{
	if (!timer->interval) {
		timer->deadline = 0;
		return;
	}
	timer->deadline += timer->interval;
	if (timer->deadline <= now)
		timer->deadline += (now - timer->deadline) / timer->interval *
					   timer->interval +
				   timer->interval;
}

static void real_expired(struct ktimer *ktimer)
{
	struct interval_timers *timers =
		container_of(ktimer, struct interval_timers, real_timer);
	nsec_t now = clock_monotonic();
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (timers->real.deadline && timers->real.deadline <= now) {
		send(timers->process, SIGALRM);
		advance(&timers->real, now);
	}
	if (timers->real.deadline)
		ktimer_arm(ktimer, timers->real.deadline);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* ---- POSIX timers: process_lock held ---- */

static void post(struct posix_timer *timer)
{
	struct signal_info *info = &timer->entry.info;
	struct thread *target = NULL;

	if (timer->event.notify == SIGEV_NONE ||
	    !list_empty(&timer->entry.link))
		return;
	memset(info, 0, sizeof *info);
	info->number = timer->event.signal;
	info->code = SI_TIMER;
	info->timer_id = timer->id;
	info->value = timer->event.value;
	info->from_kernel = true;
	timer->entry.timer = timer;
	if (timer->event.notify & SIGEV_THREAD_ID)
		target = timer->thread;
	signal_send_locked(timer->process, target, info, &timer->entry);
}

static bool on_cpu_clock(const struct posix_timer *timer)
{
	return timer->clock == CLOCK_PROCESS || timer->clock == CLOCK_THREAD;
}

static nsec_t cpu_now(const struct posix_timer *timer)
{
	nsec_t user, system;

	if (timer->clock == CLOCK_THREAD)
		thread_times(timer->thread, &user, &system);
	else
		process_times(timer->process, &user, &system);
	return user + system;
}

static nsec_t timer_now(const struct posix_timer *timer)
{
	return on_cpu_clock(timer) ? cpu_now(timer) : clock_monotonic();
}

/* It has expired: signal, and the next round unless the signal's taking will
 * start that. */
static void expire(struct posix_timer *timer, nsec_t now)
{
	post(timer);
	if (!timer->time.interval) {
		timer->time.deadline = 0;
		return;
	}
	if (list_empty(&timer->entry.link)) {
		advance(&timer->time, now);
		if (!on_cpu_clock(timer))
			ktimer_arm(&timer->ktimer, timer->time.deadline);
	}
}

static void posix_expired(struct ktimer *ktimer)
{
	struct posix_timer *timer =
		container_of(ktimer, struct posix_timer, ktimer);
	nsec_t now = clock_monotonic();
	uint64_t flags = spin_lock_irqsave(&process_lock);

	if (timer->time.deadline && timer->time.deadline <= now)
		expire(timer, now);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* The receiver's actions->lock is held, process_lock perhaps not. */
void posix_timer_taken(struct posix_timer *timer, struct signal_info *info)
{
	nsec_t now = timer_now(timer), late;

	timer->overrun = 0;
	if (timer->time.interval && timer->time.deadline) {
		late = now - timer->time.deadline;
		if (late >= timer->time.interval)
			timer->overrun =
				MIN(late / timer->time.interval, INT32_MAX);
		advance(&timer->time, now);
		if (!on_cpu_clock(timer))
			ktimer_arm(&timer->ktimer, timer->time.deadline);
	}
	info->overrun = timer->overrun;
}

/* ---- processor time ---- */

static void check_limit(struct interval_timers *timers, nsec_t used)
{
	struct process *process = timers->process;
	struct rlimit64 *limit = &process->limits[RLIM_CPU];

	if (limit->current == RLIM_INFINITY)
		return;
	if (limit->maximum != RLIM_INFINITY &&
	    (uint64_t)(used / NSEC_PER_SEC) >= limit->maximum) {
		send(process, SIGKILL);
		return;
	}
	if ((uint64_t)(used / NSEC_PER_SEC) >= limit->current &&
	    used - timers->limit_signalled >= NSEC_PER_SEC) {
		timers->limit_signalled = used;
		send(process, SIGXCPU);
	}
}

static void check_one(struct interval_timers *timers, struct one_timer *timer,
		      nsec_t now, int number)
{
	if (!timer->deadline || timer->deadline > now)
		return;
	send(timers->process, number);
	advance(timer, now);
}

/* Every tick while there is something to watch. */
static void cpu_tick(struct ktimer *ktimer)
{
	struct interval_timers *timers =
		container_of(ktimer, struct interval_timers, cpu_timer);
	struct posix_timer *timer;
	nsec_t user, system;
	uint64_t flags = spin_lock_irqsave(&process_lock);
	bool more;

	if (!timers->watching)
		goto out;
	process_times(timers->process, &user, &system);
	check_one(timers, &timers->virtual, user, SIGVTALRM);
	check_one(timers, &timers->prof, user + system, SIGPROF);
	check_limit(timers, user + system);
	more = timers->virtual.deadline || timers->prof.deadline ||
	       timers->process->limits[RLIM_CPU].current != RLIM_INFINITY;
	LIST_FOR_EACH(timer, &timers->posix, link) {
		nsec_t now;

		if (!on_cpu_clock(timer) || !timer->time.deadline)
			continue;
		more = true;
		now = cpu_now(timer);
		if (timer->time.deadline <= now)
			expire(timer, now);
	}
	if (more && !timers->process->zombie)
		ktimer_arm(ktimer, clock_monotonic() + TICK);
	else
		timers->watching = false;
out:
	spin_unlock_irqrestore(&process_lock, flags);
}

static void watch(struct interval_timers *timers)
{
	if (timers->watching)
		return;
	timers->watching = true;
	ktimer_arm(&timers->cpu_timer, clock_monotonic() + TICK);
}

static struct interval_timers *get_timers(struct process *process)
{
	struct interval_timers *timers = READ_ONCE(process->timers);
	struct interval_timers *fresh;
	uint64_t flags;

	if (timers)
		return timers;
	fresh = kzalloc(sizeof *fresh);
	if (!fresh)
		return NULL;
	fresh->process = process;
	list_init(&fresh->posix);
	ktimer_init(&fresh->real_timer, real_expired);
	ktimer_init(&fresh->cpu_timer, cpu_tick);
	flags = spin_lock_irqsave(&process_lock);
	if (!process->timers)
		process->timers = fresh;
	timers = process->timers;
	spin_unlock_irqrestore(&process_lock, flags);
	if (timers != fresh)
		kfree(fresh);
	return timers;
}

void timers_watch_cpu(struct process *process)
{
	struct interval_timers *timers = get_timers(process);
	uint64_t flags;

	if (!timers)
		return;
	flags = spin_lock_irqsave(&process_lock);
	watch(timers);
	spin_unlock_irqrestore(&process_lock, flags);
}

/* ---- setitimer ---- */

static struct one_timer *which_timer(struct interval_timers *timers, int which)
{
	return which == ITIMER_REAL    ? &timers->real :
	       which == ITIMER_VIRTUAL ? &timers->virtual :
					 &timers->prof;
}

static nsec_t which_now(int which)
{
	nsec_t user, system;

	if (which == ITIMER_REAL)
		return clock_monotonic();
	process_times(current_process(), &user, &system);
	return which == ITIMER_VIRTUAL ? user : user + system;
}

static void read_one(const struct one_timer *timer, nsec_t now,
		     struct timer_setting *out)
{
	out->interval = timer->interval;
	out->value = 0;
	if (timer->deadline)
		out->value = timer->deadline > now ? timer->deadline - now : 1;
}

int itimer_get(int which, struct timer_setting *out)
{
	struct interval_timers *timers = current_process()->timers;
	uint64_t flags;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	*out = (struct timer_setting){ 0, 0 };
	if (!timers)
		return 0;
	flags = spin_lock_irqsave(&process_lock);
	read_one(which_timer(timers, which), which_now(which), out);
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

int itimer_set(int which, const struct timer_setting *new,
	       struct timer_setting *old)
{
	struct interval_timers *timers;
	struct one_timer *timer;
	uint64_t flags;
	nsec_t now;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	timers = get_timers(current_process());
	if (!timers)
		return -ENOMEM;
	timer = which_timer(timers, which);
	flags = spin_lock_irqsave(&process_lock);
	now = which_now(which);
	if (old)
		read_one(timer, now, old);
	timer->deadline = 0;
	spin_unlock_irqrestore(&process_lock, flags);
	if (which == ITIMER_REAL)
		ktimer_cancel(&timers->real_timer);
	flags = spin_lock_irqsave(&process_lock);
	timer->interval = new->interval;
	timer->deadline = new->value ? now + new->value : 0;
	if (timer->deadline && which == ITIMER_REAL)
		ktimer_arm(&timers->real_timer, timer->deadline);
	else if (timer->deadline)
		watch(timers);
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

/* ---- timer_create ---- */

static struct posix_timer *find(int id)
{
	struct interval_timers *timers = current_process()->timers;
	struct posix_timer *timer;

	if (!timers)
		return NULL;
	LIST_FOR_EACH(timer, &timers->posix, link) {
		if (timer->id == id)
			return timer;
	}
	return NULL;
}

static int pick_thread(struct posix_timer *timer)
{
	struct thread *thread;

	if (timer->event.notify & SIGEV_THREAD_ID) {
		thread = thread_find(timer->event.tid);
		if (!thread || thread->process != current_process()) {
			if (thread)
				thread_put(thread);
			return -EINVAL;
		}
		timer->thread = thread;
	} else if (timer->clock == CLOCK_THREAD) {
		timer->thread = current_thread();
		thread_get(timer->thread);
	}
	return 0;
}

static void timer_free(struct posix_timer *timer)
{
	if (timer->thread)
		thread_put(timer->thread);
	kfree(timer);
}

int posix_timer_create(int clock, const struct timer_event *event)
{
	struct interval_timers *timers = get_timers(current_process());
	struct posix_timer *timer;
	uint64_t flags;
	int id, error;

	if (!timers)
		return -EAGAIN;
	timer = kzalloc(sizeof *timer);
	if (!timer)
		return -EAGAIN;
	timer->clock = clock;
	timer->event = *event;
	timer->process = current_process();
	list_init(&timer->entry.link);
	ktimer_init(&timer->ktimer, posix_expired);
	error = pick_thread(timer);
	if (error) {
		kfree(timer);
		return error;
	}
	flags = spin_lock_irqsave(&process_lock);
	id = -EAGAIN;
	if (timers->count < TIMERS_MAX) {
		do {
			id = timers->next_id++ & INT32_MAX;
		} while (find(id));
		timer->id = id;
		if (!event->signal && event->notify != SIGEV_NONE)
			timer->event.value = id;
		timers->count++;
		list_push_back(&timers->posix, &timer->link);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	if (id < 0)
		timer_free(timer);
	return id;
}

/* A signal of it that is still queued goes, and the queue's bit with the last
 * of its number. process_lock held. */
static void unqueue(struct posix_timer *timer)
{
	struct process *process = timer->process;
	struct signal_actions *actions = process->actions;
	struct signal_queue *queue = &process->pending;
	struct queued_signal *entry;
	uint64_t flags = spin_lock_irqsave(&actions->lock);
	bool others = false;

	if (!list_empty(&timer->entry.link)) {
		if (timer->event.notify & SIGEV_THREAD_ID)
			queue = &timer->thread->signal->pending;
		list_remove(&timer->entry.link);
		LIST_FOR_EACH(entry, &queue->queued, link)
			others |= entry->info.number == timer->event.signal;
		if (!others)
			queue->set &= ~SIGNAL_BIT(timer->event.signal);
	}
	spin_unlock_irqrestore(&actions->lock, flags);
}

static void destroy(struct interval_timers *timers, struct posix_timer *timer)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);

	timer->time.deadline = timer->time.interval = 0;
	spin_unlock_irqrestore(&process_lock, flags);
	ktimer_cancel(&timer->ktimer);
	flags = spin_lock_irqsave(&process_lock);
	unqueue(timer);
	list_remove(&timer->link);
	timers->count--;
	spin_unlock_irqrestore(&process_lock, flags);
	ktimer_cancel(&timer->ktimer);
	timer_free(timer);
}

int posix_timer_delete(int id)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct posix_timer *timer = find(id);

	if (timer)
		timer->id = -1; /* nobody else finds it */
	spin_unlock_irqrestore(&process_lock, flags);
	if (!timer)
		return -EINVAL;
	destroy(current_process()->timers, timer);
	return 0;
}

int posix_timer_set(int id, bool absolute, const struct timer_setting *new,
		    struct timer_setting *old)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct posix_timer *timer = find(id);
	nsec_t now, deadline = 0;

	if (!timer) {
		spin_unlock_irqrestore(&process_lock, flags);
		return -EINVAL;
	}
	now = timer_now(timer);
	if (old)
		read_one(&timer->time, now, old);
	timer->time.deadline = timer->time.interval = 0;
	unqueue(timer);
	spin_unlock_irqrestore(&process_lock, flags);
	ktimer_cancel(&timer->ktimer);
	if (new->value) {
		deadline = absolute ? new->value : now + new->value;
		if (absolute && timer->clock == CLOCK_REALTIME)
			deadline -= clock_realtime_offset();
		if (deadline < 1)
			deadline = 1;
	}
	flags = spin_lock_irqsave(&process_lock);
	timer->time.deadline = deadline;
	timer->time.interval = new->interval;
	timer->overrun = 0;
	if (deadline && on_cpu_clock(timer))
		watch(timer->process->timers);
	else if (deadline)
		ktimer_arm(&timer->ktimer, deadline);
	spin_unlock_irqrestore(&process_lock, flags);
	return 0;
}

int posix_timer_get(int id, struct timer_setting *out)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct posix_timer *timer = find(id);
	struct one_timer time;
	nsec_t now;

	if (timer) {
		time = timer->time;
		now = timer_now(timer);
		/* Its signal waits: the next round is what remains. */
		if (time.interval && time.deadline && time.deadline <= now)
			advance(&time, now);
		read_one(&time, now, out);
		if (!time.interval && time.deadline && time.deadline <= now)
			out->value = 0;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return timer ? 0 : -EINVAL;
}

int posix_timer_overrun(int id)
{
	uint64_t flags = spin_lock_irqsave(&process_lock);
	struct posix_timer *timer = find(id);
	int overrun = timer ? timer->overrun : -EINVAL;

	spin_unlock_irqrestore(&process_lock, flags);
	return overrun;
}

void timers_exec(struct process *process)
{
	struct interval_timers *timers = process->timers;
	struct posix_timer *timer;

	while (timers &&
	       (timer = LIST_FIRST(&timers->posix, struct posix_timer, link)))
		destroy(timers, timer);
}

void timers_exit(struct process *process)
{
	struct interval_timers *timers = process->timers;
	uint64_t flags;

	if (!timers)
		return;
	timers_exec(process);
	flags = spin_lock_irqsave(&process_lock);
	timers->watching = false;
	timers->real.deadline = 0;
	process->timers = NULL;
	spin_unlock_irqrestore(&process_lock, flags);
	ktimer_cancel(&timers->real_timer);
	ktimer_cancel(&timers->cpu_timer);
	kfree(timers);
}
