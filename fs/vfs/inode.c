// SPDX-License-Identifier: MIT
/*
 * The inode cache: one object for each (super block, number).
 *
 * A hash with a spinlock a bucket. Referenced objects are counted; the last
 * reference leaves an object with links in the LRU, from where it is found
 * again or, when there are too many, evicted. An object that is being read
 * (INODE_NEW) or evicted (INODE_FREEING) makes those who look for it wait, so
 * there are never two objects for one file, not even for a moment.
 *
 * Dirty attributes are listed by super block; whoever evicts writes first.
 */
#include "fs/vfs/internal.h"

#include "kernel/mm/slab.h"

#define BUCKETS 4096
#define UNUSED_MAX 4096

static struct bucket {
	struct spinlock lock;
	struct hlist chain;
} buckets[BUCKETS];

static struct cache *objects;
static struct wait_queue state_wait;
static struct spinlock lru_lock;
static struct list lru;
static size_t unused;

void inode_init(void)
{
	objects = cache_create("inode", sizeof(struct inode), 64);
	wait_queue_init(&state_wait);
	list_init(&lru);
}

static struct bucket *bucket_of(const struct super_block *super,
				uint64_t number)
{
	return &buckets[hash_pair((uintptr_t)super, number) % BUCKETS];
}

static struct inode *find(struct bucket *bucket,
			  const struct super_block *super, uint64_t number)
{
	struct inode *inode;

	HLIST_FOR_EACH(inode, &bucket->chain, hash_link) {
		if (inode->number == number && inode->super == super)
			return inode;
	}
	return NULL;
}

static struct inode *allocate(struct super_block *super, uint64_t number)
{
	struct inode *inode = cache_zalloc(objects);

	if (!inode)
		return NULL;
	inode->super = super;
	inode->number = number;
	inode->refs = 1;
	rwmutex_init(&inode->lock);
	mapping_init(&inode->mapping, NULL, inode);
	spin_init(&inode->endpoint_lock);
	list_init(&inode->locks);
	list_init(&inode->watches);
	list_init(&inode->cache_link);
	list_init(&inode->dirty_link);
	return inode;
}

/* Is no object for this file in one of these states? */
static bool settled(struct super_block *super, uint64_t number, uint32_t states)
{
	struct bucket *bucket = bucket_of(super, number);
	struct inode *inode;
	bool result;

	spin_lock(&bucket->lock);
	inode = find(bucket, super, number);
	result = !inode || !(inode->state & states);
	spin_unlock(&bucket->lock);
	return result;
}

/*
 * The cached object with a reference, or `fresh` put into the cache, or NULL
 * when neither. Waits out an eviction.
 */
static struct inode *find_or_insert(struct super_block *super, uint64_t number,
				    struct inode *fresh)
{
	struct bucket *bucket = bucket_of(super, number);
	struct inode *inode;

	for (;;) {
		spin_lock(&bucket->lock);
		inode = find(bucket, super, number);
		if (!inode || !(inode->state & INODE_FREEING))
			break;
		spin_unlock(&bucket->lock);
		wait_event_blocked(&state_wait,
				   settled(super, number, INODE_FREEING));
	}
	if (inode) {
		atomic_fetch_add(&inode->refs, 1);
	} else if (fresh) {
		hlist_add(&bucket->chain, &fresh->hash_link);
		inode = fresh;
	}
	spin_unlock(&bucket->lock);
	return inode;
}

static void unhash(struct inode *inode)
{
	struct bucket *bucket = bucket_of(inode->super, inode->number);

	spin_lock(&bucket->lock);
	hlist_remove(&inode->hash_link);
	spin_unlock(&bucket->lock);
	wake_up_all(&state_wait, 0);
}

/* Nobody else ever saw it, or it could not be read. */
static void discard(struct inode *inode)
{
	mapping_destroy(&inode->mapping);
	cache_free(objects, inode);
}

static int wait_read(struct inode *inode)
{
	if (atomic_load(&inode->state) & INODE_NEW)
		wait_event_blocked(&state_wait,
				   !(atomic_load(&inode->state) & INODE_NEW));
	return atomic_load(&inode->state) & INODE_BAD ? -EIO : 0;
}

static void set_state(struct inode *inode, uint32_t clear, uint32_t set)
{
	struct bucket *bucket = bucket_of(inode->super, inode->number);

	spin_lock(&bucket->lock);
	atomic_store(&inode->state, (inode->state & ~clear) | set);
	spin_unlock(&bucket->lock);
	wake_up_all(&state_wait, 0);
}

static int read_fresh(struct inode *inode)
{
	int error = inode->super->ops->read_inode(inode);

	if (error) {
		inode->links = 0;
		unhash(inode);
		set_state(inode, INODE_NEW, INODE_BAD);
		inode_put(inode);
		return error;
	}
	set_state(inode, INODE_NEW, 0);
	return 0;
}

int inode_get(struct super_block *super, uint64_t number, struct inode **inode)
{
	struct inode *found = find_or_insert(super, number, NULL);
	struct inode *fresh;
	int error;

	*inode = NULL;
	if (!found) {
		fresh = allocate(super, number);
		if (!fresh)
			return -ENOMEM;
		fresh->state = INODE_NEW;
		found = find_or_insert(super, number, fresh);
		if (found == fresh) {
			error = read_fresh(fresh);
			if (!error)
				*inode = fresh;
			return error;
		}
		discard(fresh);
	}
	error = wait_read(found);
	if (error) {
		inode_put(found);
		return error;
	}
	*inode = found;
	return 0;
}

struct inode *inode_new(struct super_block *super, uint64_t number)
{
	struct inode *fresh = allocate(super, number);
	struct inode *found;

	if (!fresh)
		return NULL;
	found = find_or_insert(super, number, fresh);
	if (found == fresh)
		return fresh;
	/* The file system gave out a number that is in use. */
	inode_put(found);
	discard(fresh);
	return NULL;
}

void inode_ref(struct inode *inode)
{
	atomic_fetch_add(&inode->refs, 1);
}

/* For the list of dirty inodes: a reference unless it is on its way out. */
bool inode_try_ref(struct inode *inode)
{
	struct bucket *bucket = bucket_of(inode->super, inode->number);
	bool ok;

	spin_lock(&bucket->lock);
	ok = !(inode->state & (INODE_FREEING | INODE_BAD));
	if (ok)
		atomic_fetch_add(&inode->refs, 1);
	spin_unlock(&bucket->lock);
	return ok;
}

static void lru_leave(struct inode *inode)
{
	spin_lock(&lru_lock);
	if (!list_empty(&inode->cache_link)) {
		list_remove(&inode->cache_link);
		unused--;
	}
	spin_unlock(&lru_lock);
}

static void undirty(struct inode *inode)
{
	struct super_block *super = inode->super;

	spin_lock(&super->dirty_lock);
	list_remove(&inode->dirty_link);
	inode->dirty = false;
	spin_unlock(&super->dirty_lock);
}

/* The state is INODE_FREEING and no reference is left: only we have it. */
static void evict(struct inode *inode)
{
	const struct super_ops *ops = inode->super->ops;

	lru_leave(inode);
	if (!(inode->state & INODE_BAD)) {
		if (inode->links && inode->mapping.dirty_count)
			mapping_write_range(&inode->mapping, 0, ~0ull, true);
		if (inode->links && inode->dirty && ops->write_inode) {
			undirty(inode);
			ops->write_inode(inode);
		}
		mapping_destroy(&inode->mapping);
		if (ops->evict_inode)
			ops->evict_inode(inode);
	} else {
		mapping_destroy(&inode->mapping);
	}
	undirty(inode);
	unhash(inode);
	cache_free(objects, inode);
}

/* Evicts some of those that were unused for longest. */
size_t inode_shrink(size_t count)
{
	struct inode *inode;
	struct bucket *bucket;
	size_t evicted = 0;

	while (count--) {
		spin_lock(&lru_lock);
		inode = LIST_FIRST(&lru, struct inode, cache_link);
		if (!inode) {
			spin_unlock(&lru_lock);
			break;
		}
		/* Buckets come before the LRU in the order: only try. */
		bucket = bucket_of(inode->super, inode->number);
		list_remove(&inode->cache_link);
		if (!spin_trylock(&bucket->lock)) {
			list_push_back(&lru, &inode->cache_link);
			spin_unlock(&lru_lock);
			continue;
		}
		unused--;
		if (inode->refs || inode->state & INODE_FREEING)
			inode = NULL;
		else
			inode->state |= INODE_FREEING;
		spin_unlock(&bucket->lock);
		spin_unlock(&lru_lock);
		if (inode) {
			evict(inode);
			evicted++;
		}
	}
	return evicted;
}

static bool keep(const struct inode *inode)
{
	return inode->links && !inode->super->no_inode_cache &&
	       !(inode->state & INODE_BAD);
}

void inode_put(struct inode *inode)
{
	struct bucket *bucket;
	int32_t refs;
	bool gone;

	if (!inode)
		return;
	refs = atomic_load_relaxed(&inode->refs);
	while (refs > 1) {
		if (__atomic_compare_exchange_n(&inode->refs, &refs, refs - 1,
						true, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return;
	}
	bucket = bucket_of(inode->super, inode->number);
	spin_lock(&bucket->lock);
	if (atomic_fetch_sub(&inode->refs, 1) > 1) {
		spin_unlock(&bucket->lock);
		return;
	}
	gone = !keep(inode);
	if (gone) {
		inode->state |= INODE_FREEING;
	} else {
		spin_lock(&lru_lock);
		if (list_empty(&inode->cache_link)) {
			list_push_back(&lru, &inode->cache_link);
			unused++;
		}
		spin_unlock(&lru_lock);
	}
	spin_unlock(&bucket->lock);
	if (gone)
		evict(inode);
	else if (unused > UNUSED_MAX)
		inode_shrink(32);
}

void inode_mark_dirty(struct inode *inode)
{
	struct super_block *super = inode->super;

	if (inode->dirty || !super->ops->write_inode)
		return;
	spin_lock(&super->dirty_lock);
	if (!inode->dirty) {
		inode->dirty = true;
		list_push_back(&super->dirty_inodes, &inode->dirty_link);
	}
	spin_unlock(&super->dirty_lock);
}

/* Writes back the attributes of all dirty inodes of a super block. */
int inode_sync_super(struct super_block *super)
{
	struct list work;
	struct inode *inode;
	int error = 0, result;

	list_init(&work);
	spin_lock(&super->dirty_lock);
	list_splice(&work, &super->dirty_inodes);
	while ((inode = LIST_FIRST(&work, struct inode, dirty_link))) {
		list_remove(&inode->dirty_link);
		if (!inode_try_ref(inode))
			continue;
		inode->dirty = false;
		spin_unlock(&super->dirty_lock);
		result = super->ops->write_inode(inode);
		if (result && !error)
			error = result;
		inode_put(inode);
		spin_lock(&super->dirty_lock);
	}
	spin_unlock(&super->dirty_lock);
	return error;
}

static struct inode *claim_unused(struct bucket *bucket,
				  struct super_block *super)
{
	struct inode *inode, *found = NULL;

	spin_lock(&bucket->lock);
	HLIST_FOR_EACH(inode, &bucket->chain, hash_link) {
		if (inode->super == super && !inode->refs &&
		    !(inode->state & INODE_FREEING)) {
			inode->state |= INODE_FREEING;
			found = inode;
			break;
		}
	}
	spin_unlock(&bucket->lock);
	return found;
}

/* Evicts everything unreferenced that belongs to a super block. Evicting a
 * directory of a tmpfs lets go of its children: until nothing is left. */
void inode_drop_super(struct super_block *super)
{
	struct inode *inode;
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < BUCKETS; i++) {
			while ((inode = claim_unused(&buckets[i], super))) {
				evict(inode);
				again = true;
			}
		}
	}
}

void inode_touch(struct inode *inode, unsigned which)
{
	struct timespec64 time = inode_now();

	if (which & ATTR_ATIME)
		inode->atime = time;
	if (which & ATTR_MTIME)
		inode->mtime = time;
	if (which & ATTR_CTIME)
		inode->ctime = time;
	inode_mark_dirty(inode);
}

static bool later(const struct timespec64 *a, const struct timespec64 *b)
{
	if (a->seconds != b->seconds)
		return a->seconds > b->seconds;
	return a->nanoseconds > b->nanoseconds;
}

/* Data was read: relatime, unless the mount says otherwise. */
void inode_accessed(struct inode *inode, const struct mount *mount)
{
	struct timespec64 time;

	if (inode->super->flags & (MS_RDONLY | MS_NOATIME))
		return;
	if (mount && mount->flags & (MS_NOATIME | MS_RDONLY))
		return;
	if (mount && mount->flags & MS_NODIRATIME && is_directory(inode))
		return;
	time = inode_now();
	if (!(mount && mount->flags & MS_STRICTATIME) &&
	    later(&inode->atime, &inode->mtime) &&
	    later(&inode->atime, &inode->ctime) &&
	    time.seconds - inode->atime.seconds < 86400)
		return;
	inode->atime = time;
	inode_mark_dirty(inode);
}

void inode_init_owner(struct inode *inode, const struct inode *directory,
		      uint32_t mode)
{
	const struct credentials *cred = current_cred();
	uint32_t gid = cred ? cred->fsgid : 0;

	inode->uid = cred ? cred->fsuid : 0;
	if (directory && directory->mode & S_ISGID) {
		gid = directory->gid;
		if ((mode & S_IFMT) == S_IFDIR)
			mode |= S_ISGID;
		else if ((mode & (S_ISGID | 010)) == (S_ISGID | 010) &&
			 !inode_in_group(gid) && !vfs_capable(CAP_FSETID))
			mode &= ~S_ISGID;
	}
	inode->gid = gid;
	inode->mode = mode;
	inode->links = (mode & S_IFMT) == S_IFDIR ? 2 : 1;
	inode->atime = inode->mtime = inode->ctime = inode->btime = inode_now();
}
