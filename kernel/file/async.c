// SPDX-License-Identifier: MIT
/*
 * O_ASYNC (see async.h).
 *
 * A watch hangs hooks on the file's wait queues. A wake-up may come from any
 * context, and sending a signal takes locks under which wake-ups are made; so
 * the hook only queues the watch, and a thread asks the file what is true and
 * sends the signal. The thread starts with the first watch.
 */
#include "kernel/file/async.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"

#define MAX_QUEUES 4 /* that one file may name */

struct async_watch {
	struct poll_table table;
	struct file *file;
	int fd;
	struct list pending_link; /* guarded by pending_lock */
	unsigned key; /* POLL* bits of the wake-ups; the same */
	unsigned count;
	struct {
		struct wait_entry entry;
		struct wait_queue *queue;
	} hooks[MAX_QUEUES];
};

void (*async_signal)(struct file *file, int fd, unsigned events);

/* Guards file->async; held while a file is asked and its owner is told, so a
 * watch does not go away meanwhile. */
static struct mutex watches;
static struct spinlock pending_lock = SPINLOCK_INIT;
static struct list pending = LIST_INIT(pending);
static struct async_urgent *urgent; /* guarded by pending_lock */
static struct wait_queue pending_wait;
static bool started;

static bool async_woken(struct wait_entry *entry, unsigned key)
{
	struct async_watch *watch = entry->arg;
	uint64_t irq = spin_lock_irqsave(&pending_lock);

	watch->key |= key ? key : ~0u;
	if (list_empty(&watch->pending_link))
		list_push_back(&pending, &watch->pending_link);
	spin_unlock_irqrestore(&pending_lock, irq);
	wake_up(&pending_wait, 0);
	return false;
}

static void add_hook(struct poll_table *table, struct file *file,
		     struct wait_queue *queue)
{
	struct async_watch *watch =
		container_of(table, struct async_watch, table);
	struct wait_entry *entry;

	if (watch->count == MAX_QUEUES)
		return;
	entry = &watch->hooks[watch->count].entry;
	watch->hooks[watch->count++].queue = queue;
	entry->callback = async_woken;
	entry->arg = watch;
	wait_add(queue, entry);
}

/* With the mutex. */
static struct async_watch *take_pending(unsigned *key)
{
	uint64_t irq = spin_lock_irqsave(&pending_lock);
	struct async_watch *watch =
		LIST_POP(&pending, struct async_watch, pending_link);

	if (watch) {
		*key = watch->key;
		watch->key = 0;
	}
	spin_unlock_irqrestore(&pending_lock, irq);
	return watch;
}

/* With pending_lock: takes the one at `place`. */
static struct async_urgent *take_urgent(struct async_urgent **place)
{
	struct async_urgent *one = *place;

	if (!one)
		return NULL;
	*place = one->next == one ? NULL : one->next;
	one->next = NULL;
	return one;
}

/* With the mutex. */
static void tell_urgent(void)
{
	for (;;) {
		uint64_t irq = spin_lock_irqsave(&pending_lock);
		struct async_urgent *one = take_urgent(&urgent);

		spin_unlock_irqrestore(&pending_lock, irq);
		if (!one)
			return;
		async_signal(one->file, -1, ASYNC_URGENT);
	}
}

static void tell_owners(void *arg)
{
	for (;;) {
		struct async_watch *watch;
		unsigned key;

		wait_event(&pending_wait,
			   !list_empty(&pending) || READ_ONCE(urgent));
		mutex_lock(&watches);
		tell_urgent();
		watch = take_pending(&key);
		if (watch) {
			unsigned events = key;

			/* What came is told, though it may be read by now. */
			if (key == ~0u)
				events = file_poll(watch->file, NULL);
			if (events)
				async_signal(watch->file, watch->fd, events);
		}
		mutex_unlock(&watches);
	}
}

/* With the mutex. */
static void end_watch(struct file *file)
{
	struct async_watch *watch = file->async;
	uint64_t irq;

	if (!watch)
		return;
	for (unsigned i = 0; i < watch->count; i++)
		wait_remove(watch->hooks[i].queue, &watch->hooks[i].entry);
	irq = spin_lock_irqsave(&pending_lock);
	list_remove(&watch->pending_link);
	spin_unlock_irqrestore(&pending_lock, irq);
	file->async = NULL;
	kfree(watch);
}

/* With the mutex. */
static int start(void)
{
	if (!started && !thread_start_kernel("async_io", tell_owners, NULL))
		return -ENOMEM;
	started = true;
	return 0;
}

static int begin_watch(struct file *file, int fd)
{
	struct async_watch *watch = kzalloc(sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	if (start()) {
		kfree(watch);
		return -ENOMEM;
	}
	watch->table.add = add_hook;
	watch->file = file;
	watch->fd = fd;
	list_init(&watch->pending_link);
	file_poll(file, &watch->table);
	file->async = watch;
	if (watch->count)
		return 0;
	end_watch(file);
	return -ENOTTY;
}

int async_set(struct file *file, int fd, bool on)
{
	int error = 0;

	mutex_lock(&watches);
	if (!on)
		end_watch(file);
	else if (!file->async)
		error = begin_watch(file, fd);
	mutex_unlock(&watches);
	return error;
}

int async_set_owner(struct file *file, int owner)
{
	int error;

	mutex_lock(&watches);
	error = start();
	if (!error)
		file->owner_pid = owner;
	mutex_unlock(&watches);
	return error;
}

void async_urgent_init(struct async_urgent *one, struct file *file)
{
	one->next = NULL;
	one->file = file;
}

void async_urgent(struct async_urgent *one)
{
	uint64_t irq;

	/* Without an owner there is no thread either. */
	if (!one->file || !READ_ONCE(one->file->owner_pid))
		return;
	irq = spin_lock_irqsave(&pending_lock);
	if (!one->next) {
		one->next = urgent ? urgent : one;
		urgent = one;
	}
	spin_unlock_irqrestore(&pending_lock, irq);
	wake_up(&pending_wait, 0);
}

/* With pending_lock. Few are due at any time. */
static void forget_urgent(struct async_urgent *one)
{
	struct async_urgent *before = urgent;

	if (!one->next)
		return;
	if (before == one) {
		take_urgent(&urgent);
		return;
	}
	while (before->next != one)
		before = before->next;
	/* The one before the last becomes the last. */
	before->next = one->next == one ? before : one->next;
	one->next = NULL;
}

void async_urgent_forget(struct async_urgent *one)
{
	uint64_t irq;

	if (!one->file)
		return;
	mutex_lock(&watches);
	irq = spin_lock_irqsave(&pending_lock);
	forget_urgent(one);
	one->file = NULL;
	spin_unlock_irqrestore(&pending_lock, irq);
	mutex_unlock(&watches);
}

void async_forget_file(struct file *file)
{
	mutex_lock(&watches);
	end_watch(file);
	mutex_unlock(&watches);
}

void async_init(void)
{
	mutex_init(&watches);
	wait_queue_init(&pending_wait);
}
