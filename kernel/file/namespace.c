// SPDX-License-Identifier: MIT
/* See namespace.h. */
#include "kernel/file/namespace.h"

#include "kernel/file/fdtable.h"
#include "kernel/file/file.h"
#include "lib/errno.h"

/* Below are the numbers of the first ones and of mount namespaces. */
#define FIRST_NUMBER 4026540000ull

static struct spinlock lock; /* guards all */
static struct list all = LIST_INIT(all);
static uint64_t next_number = FIRST_NUMBER; /* atomic */

struct net_namespace *(*network_create)(void);
void (*network_end)(struct net_namespace *network);

void namespace_init(struct namespace *space, const struct namespace_kind *kind,
		    uint64_t number)
{
	refcount_init(&space->refs, 1);
	space->number = number ? number : atomic_fetch_add(&next_number, 1);
	space->kind = kind;
	spin_lock(&lock);
	list_push_back(&all, &space->all);
	spin_unlock(&lock);
}

void namespace_put(struct namespace *space)
{
	if (!space || !refcount_put(&space->refs))
		return;
	spin_lock(&lock);
	list_remove(&space->all);
	spin_unlock(&lock);
	space->kind->release(space);
}

struct namespace *namespace_find(uint64_t number)
{
	struct namespace *space;

	spin_lock(&lock);
	LIST_FOR_EACH(space, &all, all) {
		if (space->number == number &&
		    refcount_get_unless_zero(&space->refs)) {
			spin_unlock(&lock);
			return space;
		}
	}
	spin_unlock(&lock);
	return NULL;
}

struct namespace *namespace_next(const struct namespace_kind *kind,
				 uint64_t after)
{
	struct namespace *space, *best;

	spin_lock(&lock);
	do {
		best = NULL;
		LIST_FOR_EACH(space, &all, all)
			if (space->kind == kind && space->number > after &&
			    (!best || space->number < best->number))
				best = space;
		if (best)
			after = best->number;
	} while (best && !refcount_get_unless_zero(&best->refs));
	spin_unlock(&lock);
	return best;
}

/* ---- Asking by descriptor ---- */

int namespace_of_fd(struct namespace_asker *asker, int fd,
		    const struct namespace_kind *kind, struct namespace **space)
{
	struct namespace *found;
	struct file *file;

	if (asker->count == ASKER_FILES)
		return -EMFILE;
	file = fd_get_from(asker->thread->files, fd);
	if (!file)
		return -EBADF;
	asker->files[asker->count++] = file;
	found = path_ops.namespace_of ? path_ops.namespace_of(file) : NULL;
	if (!found || found->kind != kind)
		return -EINVAL;
	namespace_get(found);
	*space = found;
	return 0;
}

void namespace_asker_done(struct namespace_asker *asker)
{
	while (asker->count)
		file_put(asker->files[--asker->count]);
}

/* ---- The network's ---- */

static void release_network(struct namespace *space)
{
	network_end(container_of(space, struct net_namespace, space));
}

const struct namespace_kind network_kind = {
	.name = "net",
	.flag = 0x40000000, /* CLONE_NEWNET */
	.release = release_network,
};

struct net_namespace initial_network;

/* A thread's network: between others' looking at it and taking a reference. */
static struct spinlock network_lock = SPINLOCK_INIT;

struct net_namespace *current_network_get(void)
{
	struct net_namespace *network = current_network();

	namespace_get(&network->space);
	return network;
}

void network_enter(struct net_namespace *network)
{
	struct thread *self = current_thread();
	uint64_t flags = spin_lock_irqsave(&network_lock);
	struct net_namespace *old = self->network;

	__atomic_store_n(&self->network, network, __ATOMIC_RELEASE);
	spin_unlock_irqrestore(&network_lock, flags);
	network_put(old);
}

struct net_namespace *network_of_thread(struct thread *thread)
{
	uint64_t flags = spin_lock_irqsave(&network_lock);
	struct net_namespace *network = thread->network ? thread->network :
							  &initial_network;

	namespace_get(&network->space);
	spin_unlock_irqrestore(&network_lock, flags);
	return network;
}
