// SPDX-License-Identifier: MIT
/*
 * Collecting UNIX sockets that keep each other: whoever is sent over itself, or
 * over one that was sent over it, has a reference that nobody can ever take out
 * of its queue (unix(7), SCM_RIGHTS).
 *
 * A candidate is a socket whose file has no references but those of messages.
 * Of each we count the references that lie in queues of candidates; one with
 * others can be reached, and so can all that its queue leads to. What is left is
 * garbage: its queues are emptied, and it ends as any socket does.
 *
 * The mutex is held while that is found out, and by those who send or receive
 * UNIX sockets (nothing else) while they do. So the work is bounded by how many
 * are in flight; it is done when a UNIX socket is closed, and so seldom that a
 * close costs a few steps for each of those on the average. Who only sends
 * closes none: a search is also due when twice as many are in flight as the
 * last one left.
 */
#include "kernel/file/file.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/lock.h"
#include "kernel/socket/unix.h"
#include "lib/atomic.h"

#define ROUNDS 2
#define SHARE 16 /* a search pays for so many sockets in flight */
#define FEW 1000 /* that never make a sender search */

static struct mutex flight_mutex;
static struct list flying; /* unix_socket.flight_link; guarded by flight_mutex */
static uint32_t flights; /* atomic: how many those are */
static uint32_t closed; /* atomic: since the last search */
static uint32_t left; /* atomic: by the last search, in flight */
static bool searching, again; /* guarded by flight_mutex */

void unix_garbage_init(void)
{
	mutex_init(&flight_mutex);
	list_init(&flying);
}

void unix_flight_lock(void)
{
	mutex_lock(&flight_mutex);
}

void unix_flight_unlock(void)
{
	mutex_unlock(&flight_mutex);
}

static struct unix_socket *unix_of_file(const struct file *file)
{
	struct socket *socket = socket_of_file(file);

	return socket && socket->family == AF_UNIX ? socket->unix_socket : NULL;
}

/* ---- In flight ---- */

static void take_off(struct unix_socket *at)
{
	if (at->in_flight++)
		return;
	list_push_back(&flying, &at->flight_link);
	atomic_fetch_add(&flights, 1);
}

static void land(struct unix_socket *at)
{
	if (--at->in_flight)
		return;
	list_remove(&at->flight_link);
	atomic_fetch_sub(&flights, 1);
}

/* All UNIX sockets among the files; how many they are. */
static unsigned for_sockets(struct file *const *files, unsigned count,
			    void (*act)(struct unix_socket *at))
{
	unsigned found = 0;

	for (unsigned i = 0; i < count; i++) {
		struct unix_socket *at = unix_of_file(files[i]);

		if (!at)
			continue;
		found++;
		if (act)
			act(at);
	}
	return found;
}

static void search_all(void);

void unix_flight_begin(struct unix_message *message)
{
	message->sockets =
		for_sockets(message->files, message->file_count, NULL);
	if (!message->sockets)
		return;
	unix_flight_lock();
	for_sockets(message->files, message->file_count, take_off);
	unix_flight_unlock();
	if (atomic_load_relaxed(&flights) >
	    2 * (uint64_t)atomic_load_relaxed(&left) + FEW)
		search_all();
}

static void land_all(struct file *const *files, unsigned count)
{
	unix_flight_lock();
	for_sockets(files, count, land);
	unix_flight_unlock();
}

void unix_flight_end(struct file **files, unsigned count, unsigned sockets)
{
	if (sockets)
		land_all(files, count);
	for (unsigned i = 0; i < count; i++)
		file_put(files[i]);
	kfree(files);
}

/* ---- What a queue leads to ---- */

typedef void visitor(struct unix_socket *at, struct list *reached);

static void visit_queue(struct unix_socket *at, visitor *visit,
			struct list *reached)
{
	struct unix_message *message;
	struct unix_socket *child;

	LIST_FOR_EACH(message, &at->queue, link)
		for (unsigned i = 0;
		     message->sockets && i < message->file_count; i++)
			if ((child = unix_of_file(message->files[i])))
				visit(child, reached);
}

/* Its queue, and those of connections that it has not accepted. */
static void visit_all(struct unix_socket *at, visitor *visit,
		      struct list *reached)
{
	struct unix_connection *connection;

	spin_lock(&at->lock);
	visit_queue(at, visit, reached);
	LIST_FOR_EACH(connection, &at->pending, link) {
		struct unix_socket *end = connection->server_end;

		spin_lock(&end->lock);
		visit_queue(end, visit, reached);
		spin_unlock(&end->lock);
	}
	spin_unlock(&at->lock);
}

static void count_inside(struct unix_socket *at, struct list *reached)
{
	(void)reached;
	at->outside--;
}

static void reach(struct unix_socket *at, struct list *reached)
{
	if (!at->candidate)
		return;
	at->candidate = false;
	list_push_back(reached, &at->reach_link);
}

/* ---- Searching ---- */

static void choose_candidates(void)
{
	struct unix_socket *at;

	LIST_FOR_EACH(at, &flying, flight_link) {
		at->outside = at->in_flight;
		at->candidate = atomic_load(&at->socket->file->refs) ==
				(int32_t)at->in_flight;
	}
	LIST_FOR_EACH(at, &flying, flight_link)
		if (at->candidate)
			visit_all(at, count_inside, NULL);
}

static void spare_reachable(void)
{
	struct unix_socket *at;
	struct list reached;

	list_init(&reached);
	LIST_FOR_EACH(at, &flying, flight_link)
		if (at->outside)
			reach(at, &reached);
	while ((at = LIST_POP(&reached, struct unix_socket, reach_link)))
		visit_all(at, reach, &reached);
}

static void empty_queue(struct unix_socket *at, struct list *rubbish)
{
	struct unix_message *message;

	LIST_FOR_EACH_SAFE(message, &at->queue, link) {
		if (!message->sockets)
			continue;
		list_remove(&message->link);
		at->queued--;
		list_push_back(rubbish, &message->link);
	}
}

static void empty_queues(struct list *rubbish)
{
	struct unix_connection *connection;
	struct unix_socket *at;

	LIST_FOR_EACH(at, &flying, flight_link) {
		if (!at->candidate)
			continue;
		spin_lock(&at->lock);
		empty_queue(at, rubbish);
		LIST_FOR_EACH(connection, &at->pending, link) {
			spin_lock(&connection->server_end->lock);
			empty_queue(connection->server_end, rubbish);
			spin_unlock(&connection->server_end->lock);
		}
		spin_unlock(&at->lock);
	}
}

static void search(void)
{
	struct unix_message *message;
	struct list rubbish;

	list_init(&rubbish);
	choose_candidates();
	spare_reachable();
	empty_queues(&rubbish);
	/* Closing sockets takes any lock, and comes here again. */
	unix_flight_unlock();
	while ((message = LIST_POP(&rubbish, struct unix_message, link)))
		unix_message_free(message);
	unix_flight_lock();
}

static void search_all(void)
{
	unix_flight_lock();
	again = true; /* for who is at it, if it is not we */
	if (!searching) {
		searching = true;
		atomic_store(&closed, 0);
		for (int round = 0; again && round < ROUNDS; round++) {
			again = false;
			search();
		}
		atomic_store(&left, atomic_load_relaxed(&flights));
		searching = false;
	}
	unix_flight_unlock();
}

void unix_collect(void)
{
	uint32_t now = atomic_load_relaxed(&flights);

	if (now && (atomic_fetch_add(&closed, 1) + 1) * SHARE >= now)
		search_all();
}
