// SPDX-License-Identifier: MIT
/*
 * The dentry cache: names that were looked up, found or not.
 *
 * A hash over (parent, name) with a spinlock a bucket; finding a name takes
 * that lock and an atomic increment, nothing else. A child holds its parent. A
 * dentry without references stays in the hash and in the LRU until there are
 * too many (or its directory or super block goes away).
 *
 * `inode` changes from NULL to an inode once, under the directory's lock, and
 * back only while nobody else holds the dentry: who has a reference may read it
 * without a lock. `parent` and `name` change under dentry_tree_lock and the
 * buckets' locks, in dentry_move.
 */
#include "fs/vfs/internal.h"
#include "fs/vfs/notify.h"

#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define BUCKETS 8192

static struct bucket {
	struct spinlock lock;
	struct hlist chain;
} buckets[BUCKETS];

struct spinlock dentry_tree_lock;
static struct cache *objects;
static struct spinlock lru_lock;
static struct list lru;
static size_t unused, unused_max;

void dentry_init(void)
{
	struct memory_counts counts;

	objects = cache_create("dentry", sizeof(struct dentry), 64);
	list_init(&lru);
	memory_counts(&counts);
	unused_max = CLAMP(counts.total / 8, (uint64_t)1024, (uint64_t)65536);
}

uint32_t dentry_hash_name(const char *name, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	return hash;
}

static struct bucket *bucket_at(const struct dentry *parent, uint32_t hash)
{
	uint64_t mixed = ((uintptr_t)parent >> 6) * 0x9e3779b97f4a7c15ull;

	return &buckets[(hash ^ mixed >> 32 ^ hash >> 15) % BUCKETS];
}

/* Locks the bucket that the dentry is (or would be) in, though it may move. */
static struct bucket *lock_bucket(struct dentry *dentry)
{
	for (;;) {
		struct bucket *bucket = bucket_at(READ_ONCE(dentry->parent),
						  READ_ONCE(dentry->hash));

		spin_lock(&bucket->lock);
		if (bucket == bucket_at(dentry->parent, dentry->hash))
			return bucket;
		spin_unlock(&bucket->lock);
	}
}

struct dentry *dentry_get(struct dentry *dentry)
{
	atomic_fetch_add(&dentry->refs, 1);
	return dentry;
}

/* It may have been the last name of a file that is gone: who watches it is told,
 * and ceases to. */
static void let_go(struct inode *inode)
{
	if (inode && READ_ONCE(inode->watch_mask) && !inode->links)
		notify_removed(inode);
	inode_put(inode);
}

static void follow_parent(struct dentry *dentry)
{
	dentry->parent_watched = READ_ONCE(dentry->parent->inode->watch_mask) !=
				 0;
}

/* Unhashed and without references: ours alone. Gives the parent to be put. */
static struct dentry *destroy(struct dentry *dentry)
{
	struct dentry *parent = dentry->parent;

	spin_lock(&lru_lock);
	if (!list_empty(&dentry->lru_link)) {
		list_remove(&dentry->lru_link);
		unused--;
	}
	spin_unlock(&lru_lock);
	spin_lock(&dentry_tree_lock);
	list_remove(&dentry->sibling);
	spin_unlock(&dentry_tree_lock);
	let_go(dentry->inode);
	if (dentry->name != dentry->short_name)
		kfree(dentry->name);
	cache_free(objects, dentry);
	return parent == dentry ? NULL : parent;
}

/* Drops the last reference under the bucket's lock; true: destroy it now. */
static bool put_last(struct dentry *dentry)
{
	struct bucket *bucket = lock_bucket(dentry);
	bool gone = false;

	if (atomic_fetch_sub(&dentry->refs, 1) == 1) {
		if (dentry->unhashed) {
			gone = true;
		} else if (list_empty(&dentry->lru_link)) {
			spin_lock(&lru_lock);
			list_push_back(&lru, &dentry->lru_link);
			unused++;
			spin_unlock(&lru_lock);
		}
	}
	spin_unlock(&bucket->lock);
	return gone;
}

void dentry_put(struct dentry *dentry)
{
	while (dentry) {
		int32_t refs = atomic_load_relaxed(&dentry->refs);

		while (refs > 1) {
			if (__atomic_compare_exchange_n(
				    &dentry->refs, &refs, refs - 1, true,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return;
		}
		if (!put_last(dentry))
			return;
		dentry = destroy(dentry);
	}
}

static struct dentry *find(struct bucket *bucket, struct dentry *parent,
			   const char *name, size_t length, uint32_t hash)
{
	struct dentry *dentry;

	HLIST_FOR_EACH(dentry, &bucket->chain, hash_link) {
		if (dentry->hash == hash && dentry->parent == parent &&
		    dentry->length == length &&
		    !memcmp(dentry->name, name, length))
			return dentry_get(dentry);
	}
	return NULL;
}

struct dentry *dentry_find(struct dentry *parent, const char *name,
			   size_t length, uint32_t hash)
{
	struct bucket *bucket = bucket_at(parent, hash);
	struct dentry *dentry;

	spin_lock(&bucket->lock);
	dentry = find(bucket, parent, name, length, hash);
	spin_unlock(&bucket->lock);
	return dentry;
}

static struct dentry *allocate(const char *name, size_t length)
{
	struct dentry *dentry = cache_zalloc(objects);

	if (!dentry)
		return NULL;
	dentry->name = dentry->short_name;
	if (length >= sizeof dentry->short_name) {
		dentry->name = kmalloc(length + 1);
		if (!dentry->name) {
			cache_free(objects, dentry);
			return NULL;
		}
	}
	memcpy(dentry->name, name, length);
	dentry->name[length] = 0;
	dentry->length = (uint16_t)length;
	dentry->refs = 1;
	dentry->unhashed = true;
	list_init(&dentry->lru_link);
	list_init(&dentry->children);
	list_init(&dentry->sibling);
	return dentry;
}

struct dentry *dentry_alone(struct inode *inode, const char *name, bool deleted)
{
	struct dentry *dentry = allocate(name, strlen(name));

	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	dentry->parent = dentry;
	dentry->inode = inode;
	dentry->super = inode->super;
	dentry->deleted = deleted;
	return dentry;
}

int dentry_add(struct dentry *parent, const char *name, size_t length,
	       struct inode *inode, bool cached, struct dentry **result)
{
	struct dentry *dentry = allocate(name, length), *other = NULL;
	struct bucket *bucket;

	if (!dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry->parent = dentry_get(parent);
	dentry->super = parent->super;
	dentry->inode = inode;
	dentry->hash = dentry_hash_name(name, length);
	spin_lock(&dentry_tree_lock);
	list_push_back(&parent->children, &dentry->sibling);
	follow_parent(dentry);
	spin_unlock(&dentry_tree_lock);
	if (cached) {
		bucket = bucket_at(parent, dentry->hash);
		spin_lock(&bucket->lock);
		other = find(bucket, parent, name, length, dentry->hash);
		if (!other) {
			hlist_add(&bucket->chain, &dentry->hash_link);
			dentry->unhashed = false;
		}
		spin_unlock(&bucket->lock);
	}
	if (other)
		dentry_put(dentry);
	*result = other ? other : dentry;
	if (unused > unused_max)
		dentry_shrink(64);
	return 0;
}

void dentry_fill(struct dentry *dentry, struct inode *inode)
{
	atomic_store(&dentry->inode, inode);
}

void dentry_delete(struct dentry *dentry)
{
	struct bucket *bucket = lock_bucket(dentry);
	struct inode *inode = NULL;

	if (dentry->refs == 1 && !dentry->unhashed) {
		inode = dentry->inode;
		dentry->inode = NULL;
	} else {
		hlist_remove(&dentry->hash_link);
		dentry->unhashed = true;
		dentry->deleted = true;
	}
	spin_unlock(&bucket->lock);
	let_go(inode);
}

void dentry_drop(struct dentry *dentry)
{
	struct bucket *bucket = lock_bucket(dentry);

	hlist_remove(&dentry->hash_link);
	dentry->unhashed = true;
	spin_unlock(&bucket->lock);
}

static void lock_two(struct bucket *a, struct bucket *b)
{
	if (a > b) {
		struct bucket *swap = a;

		a = b;
		b = swap;
	}
	spin_lock(&a->lock);
	if (a != b)
		spin_lock(&b->lock);
}

static void unlock_two(struct bucket *a, struct bucket *b)
{
	spin_unlock(&a->lock);
	if (a != b)
		spin_unlock(&b->lock);
}

static void rename_to(struct dentry *dentry, const char *name, size_t length,
		      char *name_copy)
{
	if (dentry->name != dentry->short_name)
		kfree(dentry->name);
	if (length >= sizeof dentry->short_name) {
		dentry->name = name_copy;
	} else {
		memcpy(dentry->short_name, name, length);
		dentry->short_name[length] = 0;
		dentry->name = dentry->short_name;
	}
	dentry->length = (uint16_t)length;
	dentry->hash = dentry_hash_name(name, length);
}

/* Both directories' locks are held, so nobody else moves this dentry. */
void dentry_move(struct dentry *dentry, struct dentry *parent, const char *name,
		 size_t length, char *name_copy)
{
	struct dentry *old = dentry->parent;
	struct bucket *from = bucket_at(old, dentry->hash);
	struct bucket *to = bucket_at(parent, dentry_hash_name(name, length));

	dentry_get(parent);
	spin_lock(&dentry_tree_lock);
	lock_two(from, to);
	hlist_remove(&dentry->hash_link);
	rename_to(dentry, name, length, name_copy);
	dentry->parent = parent;
	list_remove(&dentry->sibling);
	list_push_back(&parent->children, &dentry->sibling);
	follow_parent(dentry);
	hlist_add(&to->chain, &dentry->hash_link);
	dentry->unhashed = false;
	unlock_two(from, to);
	spin_unlock(&dentry_tree_lock);
	dentry_put(old);
}

static void swap_names(struct dentry *a, struct dentry *b)
{
	char name[sizeof a->short_name];
	char *long_a = a->name == a->short_name ? NULL : a->name;
	char *long_b = b->name == b->short_name ? NULL : b->name;
	uint16_t length = a->length;
	uint32_t hash = a->hash;

	memcpy(name, a->short_name, sizeof name);
	memcpy(a->short_name, b->short_name, sizeof name);
	memcpy(b->short_name, name, sizeof name);
	a->name = long_b ? long_b : a->short_name;
	b->name = long_a ? long_a : b->short_name;
	a->length = b->length;
	b->length = length;
	a->hash = b->hash;
	b->hash = hash;
}

/* RENAME_EXCHANGE: the two change places; both stay hashed. */
void dentry_swap(struct dentry *a, struct dentry *b)
{
	struct bucket *at_a = bucket_at(a->parent, a->hash);
	struct bucket *at_b = bucket_at(b->parent, b->hash);
	struct dentry *parent = a->parent;

	spin_lock(&dentry_tree_lock);
	lock_two(at_a, at_b);
	hlist_remove(&a->hash_link);
	hlist_remove(&b->hash_link);
	swap_names(a, b);
	a->parent = b->parent;
	b->parent = parent;
	list_remove(&a->sibling);
	list_remove(&b->sibling);
	list_push_back(&a->parent->children, &a->sibling);
	list_push_back(&b->parent->children, &b->sibling);
	follow_parent(a);
	follow_parent(b);
	hlist_add(&at_b->chain, &a->hash_link);
	hlist_add(&at_a->chain, &b->hash_link);
	unlock_two(at_a, at_b);
	spin_unlock(&dentry_tree_lock);
}

bool dentry_is_ancestor(struct dentry *ancestor, struct dentry *of)
{
	bool found = false;

	spin_lock(&dentry_tree_lock);
	for (;; of = of->parent) {
		if (of == ancestor) {
			found = true;
			break;
		}
		if (of->parent == of)
			break;
	}
	spin_unlock(&dentry_tree_lock);
	return found;
}

/* With dentry_tree_lock or lru_lock held, so that it cannot be freed. */
static bool claim_locked(struct dentry *dentry)
{
	if (dentry->refs || dentry->unhashed)
		return false;
	hlist_remove(&dentry->hash_link);
	dentry->unhashed = true;
	return true;
}

void dentry_prune_children(struct dentry *parent)
{
	struct list doomed;
	struct dentry *dentry;
	struct bucket *bucket;

	list_init(&doomed);
	spin_lock(&dentry_tree_lock);
	LIST_FOR_EACH_SAFE(dentry, &parent->children, sibling) {
		bucket = bucket_at(dentry->parent, dentry->hash);
		spin_lock(&bucket->lock);
		if (claim_locked(dentry)) {
			list_remove(&dentry->sibling);
			list_push_back(&doomed, &dentry->sibling);
		}
		spin_unlock(&bucket->lock);
	}
	spin_unlock(&dentry_tree_lock);
	while (!list_empty(&doomed)) {
		dentry = container_of(doomed.next, struct dentry, sibling);
		dentry_put(destroy(dentry));
	}
}

/* Takes the oldest of `super` (NULL: of any) out of the cache; NULL: none. */
static struct dentry *claim_oldest(struct super_block *super)
{
	struct dentry *dentry, *found = NULL;
	struct bucket *bucket;

	spin_lock(&lru_lock);
	LIST_FOR_EACH_SAFE(dentry, &lru, lru_link) {
		if (super && dentry->super != super)
			continue;
		bucket = bucket_at(READ_ONCE(dentry->parent),
				   READ_ONCE(dentry->hash));
		/* Buckets come before the LRU in the order: only try. */
		if (!spin_trylock(&bucket->lock))
			continue;
		if (bucket == bucket_at(dentry->parent, dentry->hash)) {
			if (claim_locked(dentry))
				found = dentry;
			list_remove(&dentry->lru_link);
			unused--;
		}
		spin_unlock(&bucket->lock);
		if (found)
			break;
	}
	spin_unlock(&lru_lock);
	return found;
}

size_t dentry_shrink(size_t count)
{
	struct dentry *dentry;
	size_t freed = 0;

	while (freed < count && (dentry = claim_oldest(NULL))) {
		dentry_put(destroy(dentry));
		freed++;
	}
	return freed;
}

void dentry_prune_super(struct super_block *super)
{
	struct dentry *dentry;

	while ((dentry = claim_oldest(super)))
		dentry_put(destroy(dentry));
}
