// SPDX-License-Identifier: MIT
/*
 * Timerfd: expirations of a kernel timer, counted and read as a number.
 *
 * The timer's callback counts and re-arms at the next multiple of the interval
 * after now, so a late reader gets the number of all that were missed. Absolute
 * real-time timers are on a list: when the clock is set they are moved, or, if
 * they asked for it, their next read is -ECANCELED.
 */
#include "kernel/file/timerfd.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/clock.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/format.h"

struct timerfd {
	struct spinlock lock; /* irqsave: the callback takes it */
	struct ktimer timer;
	uint64_t ticks; /* since the last read */
	nsec_t deadline; /* monotonic; 0: disarmed */
	nsec_t interval;
	nsec_t real_deadline; /* absolute real time, or 0 */
	bool realtime, cancel_on_set, cancelled;
	int clock;
	unsigned set_flags;
	struct wait_queue wait;
	struct list link; /* real_timers */
};

static struct spinlock real_timers_lock = SPINLOCK_INIT;
static struct list real_timers = LIST_INIT(real_timers);

/* Under the lock: counts what is due at `now`; sets the next deadline. */
static void count_ticks(struct timerfd *timer, nsec_t now)
{
	if (!timer->deadline || timer->deadline > now)
		return;
	if (!timer->interval) {
		timer->ticks++;
		timer->deadline = 0;
		return;
	}
	timer->ticks +=
		(uint64_t)((now - timer->deadline) / timer->interval) + 1;
	timer->deadline += ((now - timer->deadline) / timer->interval + 1) *
			   timer->interval;
}

static void expired(struct ktimer *ktimer)
{
	struct timerfd *timer = container_of(ktimer, struct timerfd, timer);
	uint64_t irq = spin_lock_irqsave(&timer->lock);

	count_ticks(timer, clock_monotonic());
	if (timer->deadline)
		ktimer_arm(&timer->timer, timer->deadline);
	spin_unlock_irqrestore(&timer->lock, irq);
	wake_up(&timer->wait, POLLIN | POLLRDNORM);
}

static bool readable(struct timerfd *timer)
{
	return READ_ONCE(timer->ticks) || READ_ONCE(timer->cancelled);
}

static ssize_t timerfd_read(struct file *file, struct io *io, int64_t *position)
{
	struct timerfd *timer = file->private;
	uint64_t value = 0, irq;
	bool cancelled;
	int error;

	if (io->left < sizeof(value))
		return -EINVAL;
	for (;;) {
		irq = spin_lock_irqsave(&timer->lock);
		cancelled = timer->cancelled;
		timer->cancelled = false;
		value = timer->ticks;
		timer->ticks = 0;
		spin_unlock_irqrestore(&timer->lock, irq);
		if (cancelled)
			return -ECANCELED;
		if (value)
			break;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		error = wait_event(&timer->wait, readable(timer));
		if (error)
			return error;
	}
	if (io_copy_to(io, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	return sizeof(value);
}

static unsigned timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *timer = file->private;

	poll_wait(table, file, &timer->wait);
	return readable(timer) ? POLLIN | POLLRDNORM : 0;
}

static void timerfd_release(struct file *file)
{
	struct timerfd *timer = file->private;

	spin_lock(&real_timers_lock);
	list_remove(&timer->link);
	spin_unlock(&real_timers_lock);
	ktimer_cancel(&timer->timer);
	kfree(timer);
}

static nsec_t left(const struct timerfd *timer, nsec_t now)
{
	if (!timer->deadline)
		return 0;
	return timer->deadline > now ? timer->deadline - now : 1;
}

static void describe(struct file *file, struct text *text)
{
	struct timerfd *timer = file->private;
	nsec_t value = left(timer, clock_monotonic());

	text_add(text,
		 "clockid: %d\nticks: %llu\nsettime flags: 0%o\n"
		 "it_value: (%lld, %lld)\nit_interval: (%lld, %lld)\n",
		 timer->clock, (unsigned long long)timer->ticks,
		 timer->set_flags, (long long)(value / NSEC_PER_SEC),
		 (long long)(value % NSEC_PER_SEC),
		 (long long)(timer->interval / NSEC_PER_SEC),
		 (long long)(timer->interval % NSEC_PER_SEC));
}

static const struct file_ops timerfd_ops = {
	.name = "anon_inode:[timerfd]",
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.describe = describe,
	.stream = true,
};

int timerfd_create(int clock, unsigned flags, struct file **file)
{
	struct timerfd *timer;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	    clock != CLOCK_BOOTTIME && clock != CLOCK_REALTIME_ALARM &&
	    clock != CLOCK_BOOTTIME_ALARM)
		return -EINVAL;
	timer = kzalloc(sizeof(*timer));
	if (!timer)
		return -ENOMEM;
	spin_init(&timer->lock);
	ktimer_init(&timer->timer, expired);
	wait_queue_init(&timer->wait);
	list_init(&timer->link);
	timer->clock = clock;
	timer->realtime = clock == CLOCK_REALTIME ||
			  clock == CLOCK_REALTIME_ALARM;
	*file = file_create(&timerfd_ops, O_RDWR | (flags & O_NONBLOCK), timer);
	if (!*file) {
		kfree(timer);
		return -ENOMEM;
	}
	return 0;
}

/* Under the lock. */
static void arm(struct timerfd *timer, unsigned flags,
		const struct timerfd_setting *new)
{
	nsec_t now = clock_monotonic();

	timer->ticks = 0;
	timer->cancelled = false;
	timer->set_flags = flags;
	timer->interval = new->interval;
	timer->real_deadline = 0;
	timer->deadline = 0;
	if (!new->value)
		return;
	if (!(flags & TFD_TIMER_ABSTIME)) {
		if (__builtin_add_overflow(now, new->value, &timer->deadline))
			timer->deadline = NSEC_NEVER;
	} else if (timer->realtime) {
		timer->real_deadline = new->value;
		timer->deadline = new->value - clock_realtime_offset();
	} else {
		timer->deadline = new->value;
	}
	if (timer->deadline <= 0)
		timer->deadline = 1;
	if (timer->deadline != NSEC_NEVER)
		ktimer_arm(&timer->timer, timer->deadline);
}

int timerfd_set(struct file *file, unsigned flags,
		const struct timerfd_setting *new, struct timerfd_setting *old)
{
	struct timerfd *timer = file->private;
	uint64_t irq;

	if (file->ops != &timerfd_ops ||
	    flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	ktimer_cancel(&timer->timer);
	spin_lock(&real_timers_lock);
	irq = spin_lock_irqsave(&timer->lock);
	if (old) {
		old->value = left(timer, clock_monotonic());
		old->interval = timer->interval;
	}
	arm(timer, flags, new);
	timer->cancel_on_set = timer->realtime && flags & TFD_TIMER_ABSTIME &&
			       flags & TFD_TIMER_CANCEL_ON_SET;
	list_remove(&timer->link);
	if (timer->real_deadline)
		list_push_back(&real_timers, &timer->link);
	spin_unlock_irqrestore(&timer->lock, irq);
	spin_unlock(&real_timers_lock);
	return 0;
}

int timerfd_get(struct file *file, struct timerfd_setting *now)
{
	struct timerfd *timer = file->private;
	uint64_t irq;

	if (file->ops != &timerfd_ops)
		return -EINVAL;
	irq = spin_lock_irqsave(&timer->lock);
	now->value = left(timer, clock_monotonic());
	now->interval = timer->interval;
	spin_unlock_irqrestore(&timer->lock, irq);
	return 0;
}

void timerfd_clock_was_set(void)
{
	struct timerfd *timer;

	spin_lock(&real_timers_lock);
	LIST_FOR_EACH(timer, &real_timers, link) {
		uint64_t irq = spin_lock_irqsave(&timer->lock);

		if (timer->cancel_on_set)
			timer->cancelled = true;
		if (timer->deadline && !timer->interval) {
			timer->deadline = MAX(timer->real_deadline -
						      clock_realtime_offset(),
					      (nsec_t)1);
			ktimer_arm(&timer->timer, timer->deadline);
		}
		spin_unlock_irqrestore(&timer->lock, irq);
		wake_up(&timer->wait, POLLIN | POLLRDNORM);
	}
	spin_unlock(&real_timers_lock);
}
