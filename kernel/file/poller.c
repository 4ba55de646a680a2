// SPDX-License-Identifier: MIT
/*
 * Waiting for many files at once: see poller.h.
 *
 * Each queue that a file names gets a hook whose callback marks the poller and
 * wakes its thread, but only for events that were asked for. Hooks hold their
 * file, so another thread's close cannot pull a queue away.
 */
#include "kernel/file/poller.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"

#define CHUNK_HOOKS 30

struct poll_chunk {
	struct poll_chunk *next;
	unsigned count;
	struct poll_hook hooks[CHUNK_HOOKS];
};

static bool hook_woken(struct wait_entry *entry, unsigned key)
{
	struct poll_hook *hook = entry->arg;

	if (key && !(key & hook->events))
		return false;
	__atomic_store_n(&hook->poller->triggered, true, __ATOMIC_SEQ_CST);
	thread_wake(hook->poller->thread, WAKE_NORMAL);
	return true;
}

static struct poll_hook *take_hook(struct poller *poller)
{
	struct poll_chunk *chunk = poller->chunks;

	if (poller->inline_count < POLLER_INLINE)
		return &poller->hooks[poller->inline_count++];
	if (!chunk || chunk->count == CHUNK_HOOKS) {
		chunk = kmalloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->count = 0;
		chunk->next = poller->chunks;
		poller->chunks = chunk;
	}
	return &chunk->hooks[chunk->count++];
}

static void add_hook(struct poll_table *table, struct file *file,
		     struct wait_queue *queue)
{
	struct poller *poller = container_of(table, struct poller, table);
	struct poll_hook *hook = take_hook(poller);

	if (!hook) {
		poller->error = -ENOMEM;
		return;
	}
	file_get(file);
	*hook = (struct poll_hook){
		.entry.callback = hook_woken,
		.queue = queue,
		.file = file,
		.poller = poller,
		.events = poller->events,
	};
	hook->entry.arg = hook;
	wait_add(queue, &hook->entry);
}

void poller_init(struct poller *poller)
{
	poller->table.add = add_hook;
	poller->thread = current_thread();
	poller->registering = true;
	poller->triggered = false;
	poller->inline_count = 0;
	poller->error = 0;
	poller->chunks = NULL;
}

unsigned poller_ask(struct poller *poller, struct file *file, unsigned events)
{
	poller->events = events | POLLERR | POLLHUP;
	return file_poll(file, poller->registering ? &poller->table : NULL) &
	       poller->events;
}

void poller_satisfied(struct poller *poller)
{
	poller->registering = false;
}

int poller_sleep(struct poller *poller, nsec_t deadline)
{
	struct thread *thread = poller->thread;
	int error = 0;

	poller->registering = false;
	if (poller->error)
		return poller->error;
	__atomic_store_n(&thread->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&poller->triggered, __ATOMIC_SEQ_CST)) {
		if (signal_pending())
			error = -EINTR;
		else
			error = wait_schedule(deadline);
	}
	__atomic_store_n(&thread->state, THREAD_RUNNABLE, __ATOMIC_SEQ_CST);
	__atomic_store_n(&poller->triggered, false, __ATOMIC_SEQ_CST);
	return error;
}

static void remove_hooks(struct poll_hook *hooks, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		wait_remove(hooks[i].queue, &hooks[i].entry);
		file_put(hooks[i].file);
	}
}

void poller_end(struct poller *poller)
{
	remove_hooks(poller->hooks, poller->inline_count);
	while (poller->chunks) {
		struct poll_chunk *chunk = poller->chunks;

		poller->chunks = chunk->next;
		remove_hooks(chunk->hooks, chunk->count);
		kfree(chunk);
	}
}
