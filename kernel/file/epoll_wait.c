// SPDX-License-Identifier: MIT
/*
 * epoll_wait: taking ready items off a set's list, and polling the set itself.
 *
 * A pass takes the whole list, so items that come back meanwhile are seen by
 * the next pass and nobody starves. An item is on no list while its file is
 * asked: a wake-up from then on puts it back, so no event is lost.
 */
#include "kernel/file/epoll_set.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"

/* Takes the ready list's items into `batch`, for one pass. */
static void take_ready(struct epoll *epoll, struct list *batch)
{
	uint64_t irq = spin_lock_irqsave(&epoll->lock);

	list_splice(batch, &epoll->ready);
	spin_unlock_irqrestore(&epoll->lock, irq);
}

/* The next item of the batch, on no list: a wake-up from now on puts it back
 * on the ready list, so nothing that happens after epoll_ask() is lost. */
static struct epoll_item *next_of(struct epoll *epoll, struct list *batch)
{
	uint64_t irq = spin_lock_irqsave(&epoll->lock);
	struct epoll_item *item =
		LIST_POP(batch, struct epoll_item, ready_link);

	spin_unlock_irqrestore(&epoll->lock, irq);
	return item;
}

/* What the pass did not reach goes back to the front. */
static bool give_back(struct epoll *epoll, struct list *batch)
{
	uint64_t irq = spin_lock_irqsave(&epoll->lock);
	bool more;

	list_splice(batch, &epoll->ready);
	list_splice(&epoll->ready, batch);
	more = !list_empty(&epoll->ready);
	spin_unlock_irqrestore(&epoll->lock, irq);
	return more;
}

/* With the mutex: copies events out. Their number, or -EFAULT for the first. */
static int harvest(struct epoll *epoll, uaddr_t to, int max)
{
	struct list batch = LIST_INIT(batch);
	struct epoll_item *item;
	int count = 0;

	take_ready(epoll, &batch);
	while (count < max && (item = next_of(epoll, &batch))) {
		struct epoll_event event = { .events = epoll_ask(item) };
		uint64_t irq;

		if (!event.events)
			continue;
		event.data[0] = item->data[0];
		event.data[1] = item->data[1];
		if (copy_to_user(to + (uaddr_t)count * sizeof(event), &event,
				 sizeof(event))) {
			irq = spin_lock_irqsave(&epoll->lock);
			epoll_make_ready(epoll, item);
			spin_unlock_irqrestore(&epoll->lock, irq);
			if (!count)
				count = -EFAULT;
			break;
		}
		count++;
		irq = spin_lock_irqsave(&epoll->lock);
		if (item->events & EPOLLONESHOT)
			item->events &= PRIVATE_BITS;
		else if (!(item->events & EPOLLET))
			epoll_make_ready(epoll, item);
		spin_unlock_irqrestore(&epoll->lock, irq);
	}
	if (give_back(epoll, &batch) && wait_active(&epoll->wait))
		wake_up(&epoll->wait, POLLIN);
	return count;
}

static bool has_ready(struct epoll *epoll)
{
	return !list_empty(&epoll->ready);
}

static int sleep_for_events(struct epoll *epoll, nsec_t deadline)
{
	struct wait_entry entry = { .exclusive = true };
	int result = 0;

	for (;;) {
		wait_prepare(&epoll->wait, &entry, THREAD_SLEEPING);
		if (has_ready(epoll)) {
			result = 0;
			break;
		}
		if (result)
			break;
		if (signal_pending()) {
			result = -EINTR;
			break;
		}
		result = wait_schedule(deadline);
	}
	wait_finish(&epoll->wait, &entry);
	return result;
}

int epoll_wait_user(struct file *file, uaddr_t events, int max, nsec_t deadline)
{
	struct epoll *epoll = epoll_of(file);

	if (!epoll || max <= 0 ||
	    max > INT32_MAX / (int)sizeof(struct epoll_event))
		return -EINVAL;
	if (!user_range_ok(events, (size_t)max * sizeof(struct epoll_event)))
		return -EFAULT;
	for (;;) {
		int count = 0;

		if (has_ready(epoll)) {
			mutex_lock(&epoll->mutex);
			count = harvest(epoll, events, max);
			mutex_unlock(&epoll->mutex);
		}
		if (count)
			return count;
		if (deadline <= 0)
			return 0;
		count = sleep_for_events(epoll, deadline);
		if (count == -ETIMEDOUT)
			return 0;
		if (count)
			return count;
	}
}

/* Is anything really ready? Items that are not leave the list. */
unsigned epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->private;
	struct list batch = LIST_INIT(batch);
	struct epoll_item *item;
	bool found = false;

	poll_wait(table, file, &epoll->poll_wait);
	if (!has_ready(epoll))
		return 0;
	mutex_lock(&epoll->mutex);
	take_ready(epoll, &batch);
	while (!found && (item = next_of(epoll, &batch))) {
		uint64_t irq;

		if (!epoll_ask(item))
			continue;
		found = true;
		irq = spin_lock_irqsave(&epoll->lock);
		if (!list_empty(&item->ready_link))
			list_remove(&item->ready_link);
		list_push_front(&batch, &item->ready_link);
		spin_unlock_irqrestore(&epoll->lock, irq);
	}
	give_back(epoll, &batch);
	mutex_unlock(&epoll->mutex);
	return found ? POLLIN | POLLRDNORM : 0;
}
