// SPDX-License-Identifier: MIT
/*
 * Advisory locks on files: see locks.h.
 *
 * Every file with locks or waiters has a lock set, found by its inode's address
 * in one hash. All sets, locks and the list of blocked owners are guarded by
 * one spinlock; memory is allocated before it is taken. A waiter sleeps on its
 * set's queue until the set's version changes and then tries again. Owners that
 * are blocked are listed, so a POSIX lock that would close a ring of waiters is
 * refused (-EDEADLK), as deep as Linux looks (ten steps).
 */
#include "kernel/file/locks.h"

#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/hash.h"

#define BUCKETS 256
#define DEADLOCK_STEPS 10

struct file_lock {
	struct list link; /* set->records by start, or ->flocks */
	struct lock_request is;
};

struct lock_set {
	struct hnode hash_link;
	void *key; /* inode, or the file without one */
	unsigned pins; /* threads that use it unlocked */
	uint64_t version; /* grows when something is unlocked */
	struct list records, flocks;
	struct wait_queue wait;
};

struct blocked {
	struct list link;
	void *owner, *by;
};

static struct spinlock lock = SPINLOCK_INIT;
static struct hlist buckets[BUCKETS];
static struct list blocked_list = LIST_INIT(blocked_list);

static void *key_of(struct file *file)
{
	return file->inode ? (void *)file->inode : (void *)file;
}

static struct hlist *bucket_of(void *key)
{
	return &buckets[hash_u64((uint64_t)key) % BUCKETS];
}

static struct lock_set *find_set(void *key)
{
	struct lock_set *set;

	HLIST_FOR_EACH(set, bucket_of(key), hash_link)
		if (set->key == key)
			return set;
	return NULL;
}

/* Pinned; made if need be. NULL: out of memory. */
static struct lock_set *pin_set(void *key)
{
	struct lock_set *fresh = kzalloc(sizeof(*fresh)), *set;

	if (!fresh)
		return NULL;
	spin_lock(&lock);
	set = find_set(key);
	if (!set) {
		set = fresh;
		fresh = NULL;
		set->key = key;
		list_init(&set->records);
		list_init(&set->flocks);
		wait_queue_init(&set->wait);
		hlist_add(bucket_of(key), &set->hash_link);
	}
	set->pins++;
	spin_unlock(&lock);
	kfree(fresh);
	return set;
}

static void unpin_set(struct lock_set *set)
{
	bool dead;

	spin_lock(&lock);
	dead = --set->pins == 0 && list_empty(&set->records) &&
	       list_empty(&set->flocks);
	if (dead)
		hlist_remove(&set->hash_link);
	spin_unlock(&lock);
	if (dead)
		kfree(set);
}

static struct list *list_for(struct lock_set *set, enum lock_kind kind)
{
	return kind == LOCK_FLOCK ? &set->flocks : &set->records;
}

static struct file_lock *find_conflict(struct lock_set *set,
				       const struct lock_request *request)
{
	struct file_lock *at;

	if (request->type == LOCK_TYPE_NONE)
		return NULL;
	LIST_FOR_EACH(at, list_for(set, request->kind), link) {
		if (at->is.owner == request->owner ||
		    at->is.end < request->start || at->is.start > request->end)
			continue;
		if (at->is.type == LOCK_TYPE_WRITE ||
		    request->type == LOCK_TYPE_WRITE)
			return at;
	}
	return NULL;
}

/* Would `owner`, waiting for `by`, wait for itself? */
static bool closes_ring(void *owner, void *by)
{
	for (int i = 0; i < DEADLOCK_STEPS && by; i++) {
		struct blocked *at;
		void *next = NULL;

		if (by == owner)
			return true;
		LIST_FOR_EACH(at, &blocked_list, link)
			if (at->owner == by) {
				next = at->by;
				break;
			}
		by = next;
	}
	return false;
}

static void insert(struct lock_set *set, struct file_lock *new)
{
	struct file_lock *at;

	LIST_FOR_EACH(at, list_for(set, new->is.kind), link)
		if (at->is.start > new->is.start) {
			list_insert_before(&at->link, &new->link);
			return;
		}
	list_push_back(list_for(set, new->is.kind), &new->link);
}

/* Cuts [start, end] out of the owner's locks; joins neighbours of the same type
 * into *request. `spare` serves when one lock becomes two; true: it did. */
static bool carve(struct lock_set *set, struct lock_request *request,
		  struct file_lock *spare, struct list *dead)
{
	struct file_lock *at;
	bool used = false;

	LIST_FOR_EACH_SAFE(at, list_for(set, request->kind), link) {
		struct lock_request *is = &at->is;
		bool same = is->type == request->type;

		if (is->owner != request->owner)
			continue;
		if (same) {
			if ((is->end != LOCK_TO_END &&
			     is->end + 1 < request->start) ||
			    (request->end != LOCK_TO_END &&
			     request->end + 1 < is->start))
				continue;
			request->start = MIN(request->start, is->start);
			request->end = MAX(request->end, is->end);
			list_remove(&at->link);
			list_push_back(dead, &at->link);
			continue;
		}
		if (is->end < request->start || is->start > request->end)
			continue;
		if (is->start < request->start && is->end > request->end) {
			spare->is = *is;
			spare->is.start = request->end + 1;
			is->end = request->start - 1;
			insert(set, spare);
			used = true;
		} else if (is->start < request->start) {
			is->end = request->start - 1;
		} else if (is->end > request->end) {
			is->start = request->end + 1;
			list_remove(&at->link);
			insert(set, at);
		} else {
			list_remove(&at->link);
			list_push_back(dead, &at->link);
		}
	}
	return used;
}

static void free_all(struct list *dead)
{
	struct file_lock *at;

	while ((at = LIST_POP(dead, struct file_lock, link)))
		kfree(at);
}

/* Sleeps until the set changes. Called with the lock, returns with it. */
static int sleep_for(struct lock_set *set, const struct lock_request *request,
		     void *by)
{
	struct blocked blocked = { .owner = request->owner, .by = by };
	uint64_t version = set->version;
	int error;

	list_push_back(&blocked_list, &blocked.link);
	spin_unlock(&lock);
	error = wait_event(&set->wait, READ_ONCE(set->version) != version);
	spin_lock(&lock);
	list_remove(&blocked.link);
	return error;
}

/* With the lock: 0 when nothing stands in the way any more. */
static int get_way_free(struct lock_set *set,
			const struct lock_request *request)
{
	struct file_lock *other;

	while ((other = find_conflict(set, request))) {
		int error;

		if (!request->wait)
			return -EAGAIN;
		if (request->kind == LOCK_POSIX &&
		    closes_ring(request->owner, other->is.owner))
			return -EDEADLK;
		error = sleep_for(set, request, other->is.owner);
		if (error)
			return error;
	}
	return 0;
}

/* flock(2): a change of type gives the old lock up first. True: done. */
static bool drop_old_flock(struct lock_set *set,
			   const struct lock_request *request,
			   struct list *dead)
{
	struct file_lock *at;

	LIST_FOR_EACH_SAFE(at, &set->flocks, link) {
		if (at->is.owner != request->owner)
			continue;
		if (at->is.type == request->type)
			return true;
		list_remove(&at->link);
		list_push_back(dead, &at->link);
		set->version++;
	}
	return request->type == LOCK_TYPE_NONE;
}

int locks_set(struct file *file, const struct lock_request *wanted)
{
	struct lock_request request = *wanted;
	struct list dead = LIST_INIT(dead);
	struct lock_set *set = pin_set(key_of(file));
	struct file_lock *new = kzalloc(sizeof(*new));
	struct file_lock *spare = kzalloc(sizeof(*spare));
	bool wake = false, done = false;
	int error = -ENOLCK;

	if (!set || !new || !spare)
		goto out;
	error = 0;
	spin_lock(&lock);
	if (request.kind == LOCK_FLOCK) {
		done = drop_old_flock(set, &request, &dead);
		wake = !list_empty(&dead);
	}
	if (!done)
		error = get_way_free(set, &request);
	if (!done && !error) {
		if (request.kind != LOCK_FLOCK) {
			if (carve(set, &request, spare, &dead))
				spare = NULL;
			set->version++;
			wake = true;
		}
		if (request.type != LOCK_TYPE_NONE) {
			new->is = request;
			insert(set, new);
			new = NULL;
		}
	}
	spin_unlock(&lock);
	__atomic_fetch_or(&file->mode, FILE_LOCKS, __ATOMIC_RELAXED);
	if (wake)
		wake_up_all(&set->wait, 0);
	free_all(&dead);
out:
	kfree(new);
	kfree(spare);
	if (set)
		unpin_set(set);
	return error;
}

void locks_test(struct file *file, struct lock_request *request)
{
	struct lock_set *set;
	struct file_lock *other;

	spin_lock(&lock);
	set = find_set(key_of(file));
	other = set ? find_conflict(set, request) : NULL;
	if (other)
		*request = other->is;
	else
		request->type = LOCK_TYPE_NONE;
	spin_unlock(&lock);
}

static void drop_owned(struct list *list, void *owner, enum lock_kind kind,
		       struct list *dead)
{
	struct file_lock *at;

	LIST_FOR_EACH_SAFE(at, list, link)
		if (at->is.owner == owner && at->is.kind == kind) {
			list_remove(&at->link);
			list_push_back(dead, &at->link);
		}
}

static void forget(struct file *file, void *owner, bool records_of_process)
{
	struct list dead = LIST_INIT(dead);
	struct lock_set *set;

	spin_lock(&lock);
	set = find_set(key_of(file));
	if (!set) {
		spin_unlock(&lock);
		return;
	}
	set->pins++;
	if (records_of_process) {
		drop_owned(&set->records, owner, LOCK_POSIX, &dead);
	} else {
		drop_owned(&set->records, owner, LOCK_DESCRIPTION, &dead);
		drop_owned(&set->flocks, owner, LOCK_FLOCK, &dead);
	}
	if (!list_empty(&dead))
		set->version++;
	spin_unlock(&lock);
	if (!list_empty(&dead))
		wake_up_all(&set->wait, 0);
	free_all(&dead);
	unpin_set(set);
}

void locks_forget_owner(struct file *file, void *owner)
{
	/* The owner's own locks are visible to it: most files have none. */
	if (file->inode && READ_ONCE(bucket_of(file->inode)->first))
		forget(file, owner, true);
}

void locks_forget_file(struct file *file)
{
	forget(file, file, false);
}

static void print_one(struct text *text, unsigned number, void *key,
		      const struct lock_request *is,
		      void (*inode_name)(struct text *text, void *inode))
{
	static const char *const kinds[] = { "POSIX ", "OFDLCK", "FLOCK " };

	text_add(text, "%u: %s ADVISORY  %s %d ", number, kinds[is->kind],
		 is->type == LOCK_TYPE_WRITE ? "WRITE" : "READ ", is->pid);
	inode_name(text, key);
	text_add(text, " %lld ", (long long)is->start);
	if (is->end == LOCK_TO_END)
		text_str(text, "EOF\n");
	else
		text_add(text, "%lld\n", (long long)is->end);
}

void locks_print(struct text *text,
		 void (*inode_name)(struct text *text, void *inode))
{
	unsigned number = 0;

	spin_lock(&lock);
	for (unsigned i = 0; i < BUCKETS; i++) {
		struct lock_set *set;

		HLIST_FOR_EACH(set, &buckets[i], hash_link) {
			struct file_lock *at;

			LIST_FOR_EACH(at, &set->records, link)
				print_one(text, ++number, set->key, &at->is,
					  inode_name);
			LIST_FOR_EACH(at, &set->flocks, link)
				print_one(text, ++number, set->key, &at->is,
					  inode_name);
		}
	}
	spin_unlock(&lock);
}
