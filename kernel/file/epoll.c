// SPDX-License-Identifier: MIT
/*
 * Epoll (epoll(7)).
 *
 * An item watches one (file, descriptor) pair: hooks on the file's wait queues
 * put it on its set's ready list, O(1), and wake one waiter. epoll_wait takes
 * items off that list one by one, asks each file what is true now, and puts
 * level-triggered ones that had something back at the end. An edge-triggered
 * item returns to the list only by the next wake-up of its file.
 *
 * Locks, outermost first: `topology` (which epoll watches which, and the end of
 * watched files), then a set's `mutex` (its items; held while files are asked
 * and events copied out), then its spinlock (the ready list; taken inside the
 * files' wake-ups, so with interrupts off). Sets may watch sets, five deep; a
 * ring is refused.
 */
#include "kernel/file/epoll_set.h"

#include "kernel/arch/x86_64/panic.h"
#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/format.h"

#define EXCLUSIVE_ALLOWED                                                  \
	(EPOLLIN | POLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | \
	 EPOLLEXCLUSIVE)
#define MAX_NESTING 5

/* Registers an item's hooks while its file's poll runs. */
struct hook_table {
	struct poll_table table;
	struct epoll_item *item;
	int error;
};

static struct mutex topology;
static struct cache *item_cache;

void epoll_init(void)
{
	mutex_init(&topology);
	item_cache = cache_create("epoll_item", sizeof(struct epoll_item), 64);
	if (!item_cache)
		panic("no memory for epoll");
}

static void epoll_wake(struct epoll *epoll)
{
	if (wait_active(&epoll->wait))
		wake_up(&epoll->wait, POLLIN);
	if (wait_active(&epoll->poll_wait))
		wake_up(&epoll->poll_wait, POLLIN | POLLRDNORM);
}

/* A watched file's queue was woken. */
static bool item_woken(struct wait_entry *entry, unsigned key)
{
	struct epoll_item *item = ((struct epoll_hook *)entry->arg)->item;
	struct epoll *epoll = item->epoll;
	uint64_t irq = spin_lock_irqsave(&epoll->lock);
	bool asked = (item->events & ~PRIVATE_BITS) &&
		     (!key || (key & item->events));
	bool had_waiter = false;

	if (asked) {
		epoll_make_ready(epoll, item);
		had_waiter = wait_active(&epoll->wait);
	}
	spin_unlock_irqrestore(&epoll->lock, irq);
	if (!asked)
		return false;
	epoll_wake(epoll);
	/* An exclusive wake-up is used up only if somebody will act on it. */
	return !(item->events & EPOLLEXCLUSIVE) || had_waiter;
}

static void add_hook(struct poll_table *table, struct file *file,
		     struct wait_queue *queue)
{
	struct hook_table *hooks =
		container_of(table, struct hook_table, table);
	struct epoll_item *item = hooks->item;
	struct epoll_hook *hook = &item->first;

	if (item->first_used)
		hook = kmalloc(sizeof(*hook));
	if (!hook) {
		hooks->error = -ENOMEM;
		return;
	}
	item->first_used = true;
	*hook = (struct epoll_hook){ .next = item->hooks,
				     .queue = queue,
				     .item = item };
	hook->entry.callback = item_woken;
	hook->entry.arg = hook;
	item->hooks = hook;
	if (item->events & EPOLLEXCLUSIVE)
		wait_add_exclusive(queue, &hook->entry);
	else
		wait_add(queue, &hook->entry);
}

static int compare(const struct epoll_item *item, struct file *file, int fd)
{
	if (item->file != file)
		return item->file < file ? -1 : 1;
	return item->fd < fd ? -1 : item->fd > fd;
}

static struct epoll_item *find_item(struct epoll *epoll, struct file *file,
				    int fd)
{
	struct rb_node *node = epoll->items.root;

	while (node) {
		struct epoll_item *item =
			RB_ENTRY(node, struct epoll_item, node);
		int order = compare(item, file, fd);

		if (!order)
			return item;
		node = node->child[order < 0];
	}
	return NULL;
}

static void insert_item(struct epoll *epoll, struct epoll_item *item)
{
	struct rb_node **link = &epoll->items.root, *parent = NULL;

	while (*link) {
		parent = *link;
		link = &parent->child[compare(RB_ENTRY(parent,
						       struct epoll_item, node),
					      item->file, item->fd) < 0];
	}
	rb_insert_at(&epoll->items, &item->node, parent, link);
	epoll->item_count++;
}

/* With epoll->mutex. */
static void remove_item(struct epoll *epoll, struct epoll_item *item)
{
	struct file *file = item->file;
	uint64_t irq;

	while (item->hooks) {
		struct epoll_hook *hook = item->hooks;

		item->hooks = hook->next;
		wait_remove(hook->queue, &hook->entry);
		if (hook != &item->first)
			kfree(hook);
	}
	irq = spin_lock_irqsave(&epoll->lock);
	list_remove(&item->ready_link);
	spin_unlock_irqrestore(&epoll->lock, irq);
	spin_lock(&file->epoll_lock);
	hlist_remove(&item->file_link);
	spin_unlock(&file->epoll_lock);
	rb_erase(&epoll->items, &item->node);
	epoll->item_count--;
	cache_free(item_cache, item);
}

/*
 * Is `wanted` among the sets that `epoll` watches, or the nesting too deep?
 * With `topology`, so no link between sets changes; bounded by MAX_NESTING.
 */
static int check_nesting(struct epoll *epoll, struct epoll *wanted,
			 unsigned depth)
{
	struct rb_node *node;
	int error = 0;

	if (epoll == wanted || depth >= MAX_NESTING)
		return -ELOOP;
	mutex_lock(&epoll->mutex);
	RB_FOR_EACH(node, &epoll->items) {
		struct epoll *inner =
			epoll_of(RB_ENTRY(node, struct epoll_item, node)->file);

		if (inner)
			error = check_nesting(inner, wanted, depth + 1);
		if (error)
			break;
	}
	mutex_unlock(&epoll->mutex);
	return error;
}

/* How many sets watch `file`, one above the other. With `topology`. */
static unsigned height_above(struct file *file, unsigned depth)
{
	unsigned height = 0;
	struct epoll_item *item;

	if (depth >= MAX_NESTING)
		return MAX_NESTING;
	HLIST_FOR_EACH(item, &file->epoll_links, file_link)
		height = MAX(height,
			     1 + height_above(item->epoll->file, depth + 1));
	return height;
}

static bool exclusive_ok(struct file *target, const struct epoll_event *event)
{
	return !(event->events & EPOLLEXCLUSIVE) ||
	       (!epoll_of(target) && !(event->events & ~EXCLUSIVE_ALLOWED));
}

/* With epoll->mutex. */
static int insert_new(struct epoll *epoll, struct file *target, int fd,
		      const struct epoll_event *event)
{
	struct epoll_item *item = cache_zalloc(item_cache);
	struct hook_table hooks = { .table.add = add_hook, .item = item };
	uint64_t irq;
	bool wake;

	if (!item)
		return -ENOMEM;
	list_init(&item->ready_link);
	item->epoll = epoll;
	item->file = target;
	item->fd = fd;
	item->events = event->events | POLLERR | POLLHUP;
	item->data[0] = event->data[0];
	item->data[1] = event->data[1];
	spin_lock(&target->epoll_lock);
	hlist_add(&target->epoll_links, &item->file_link);
	spin_unlock(&target->epoll_lock);
	insert_item(epoll, item);

	wake = file_poll(target, &hooks.table) & item->events;
	if (hooks.error) {
		remove_item(epoll, item);
		return hooks.error;
	}
	irq = spin_lock_irqsave(&epoll->lock);
	wake = wake && epoll_make_ready(epoll, item);
	spin_unlock_irqrestore(&epoll->lock, irq);
	if (wake)
		epoll_wake(epoll);
	return 0;
}

int epoll_add(struct file *file, struct file *target, int fd,
	      const struct epoll_event *event)
{
	struct epoll *epoll = epoll_of(file), *inner = epoll_of(target);
	bool nested = inner || file->epoll_links.first;
	int error = 0;

	if (!epoll || file == target)
		return -EINVAL;
	if (!target->ops->poll)
		return -EPERM;
	if (!exclusive_ok(target, event))
		return -EINVAL;
	/* Watching a plain file changes no nesting: no global lock. */
	if (nested) {
		mutex_lock(&topology);
		if (inner)
			error = check_nesting(inner, epoll,
					      1 + height_above(file, 0));
	}
	if (!error) {
		mutex_lock(&epoll->mutex);
		if (find_item(epoll, target, fd))
			error = -EEXIST;
		else
			error = insert_new(epoll, target, fd, event);
		mutex_unlock(&epoll->mutex);
	}
	if (nested)
		mutex_unlock(&topology);
	return error;
}

int epoll_modify(struct file *file, struct file *target, int fd,
		 const struct epoll_event *event)
{
	struct epoll *epoll = epoll_of(file);
	struct epoll_item *item;
	int error = -ENOENT;
	bool wake = false;
	uint64_t irq;

	if (!epoll || file == target || event->events & EPOLLEXCLUSIVE)
		return -EINVAL;
	mutex_lock(&epoll->mutex);
	item = find_item(epoll, target, fd);
	if (item && item->events & EPOLLEXCLUSIVE) {
		error = -EINVAL;
	} else if (item) {
		error = 0;
		irq = spin_lock_irqsave(&epoll->lock);
		item->events = event->events | POLLERR | POLLHUP;
		item->data[0] = event->data[0];
		item->data[1] = event->data[1];
		spin_unlock_irqrestore(&epoll->lock, irq);
		if (epoll_ask(item)) {
			irq = spin_lock_irqsave(&epoll->lock);
			wake = epoll_make_ready(epoll, item);
			spin_unlock_irqrestore(&epoll->lock, irq);
		}
	}
	mutex_unlock(&epoll->mutex);
	if (wake)
		epoll_wake(epoll);
	return error;
}

int epoll_delete(struct file *file, struct file *target, int fd)
{
	struct epoll *epoll = epoll_of(file);
	struct epoll_item *item;

	if (!epoll || file == target)
		return -EINVAL;
	if (epoll_of(target))
		mutex_lock(&topology);
	mutex_lock(&epoll->mutex);
	item = find_item(epoll, target, fd);
	if (item)
		remove_item(epoll, item);
	mutex_unlock(&epoll->mutex);
	if (epoll_of(target))
		mutex_unlock(&topology);
	return item ? 0 : -ENOENT;
}

void epoll_forget_file(struct file *file)
{
	struct epoll_item *item;

	mutex_lock(&topology);
	for (;;) {
		struct hnode *first;
		struct epoll *epoll;

		spin_lock(&file->epoll_lock);
		first = file->epoll_links.first;
		spin_unlock(&file->epoll_lock);
		if (!first)
			break;
		/* Sets die under `topology` too: this one stays until then. */
		item = container_of(first, struct epoll_item, file_link);
		epoll = item->epoll;
		mutex_lock(&epoll->mutex);
		if (file->epoll_links.first == first)
			remove_item(epoll, item);
		mutex_unlock(&epoll->mutex);
	}
	mutex_unlock(&topology);
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->private;

	mutex_lock(&topology);
	mutex_lock(&epoll->mutex);
	while (epoll->items.root)
		remove_item(epoll, RB_ENTRY(epoll->items.root,
					    struct epoll_item, node));
	mutex_unlock(&epoll->mutex);
	mutex_unlock(&topology);
	kfree(epoll);
}

static void describe(struct file *file, struct text *text)
{
	struct epoll *epoll = file->private;
	struct rb_node *node;

	mutex_lock(&epoll->mutex);
	RB_FOR_EACH(node, &epoll->items) {
		struct epoll_item *item =
			RB_ENTRY(node, struct epoll_item, node);

		text_add(text, "tfd: %8d events: %8x data: %8x%08x\n", item->fd,
			 item->events, item->data[1], item->data[0]);
	}
	mutex_unlock(&epoll->mutex);
}

const struct file_ops epoll_ops = {
	.name = "anon_inode:[eventpoll]",
	.poll = epoll_poll,
	.release = epoll_release,
	.describe = describe,
	.stream = true,
};

int epoll_create_file(struct file **file)
{
	struct epoll *epoll = kzalloc(sizeof(*epoll));

	if (!epoll)
		return -ENOMEM;
	mutex_init(&epoll->mutex);
	rb_init(&epoll->items);
	spin_init(&epoll->lock);
	list_init(&epoll->ready);
	wait_queue_init(&epoll->wait);
	wait_queue_init(&epoll->poll_wait);
	*file = file_create(&epoll_ops, O_RDWR, epoll);
	if (!*file) {
		kfree(epoll);
		return -ENOMEM;
	}
	epoll->file = *file;
	return 0;
}
