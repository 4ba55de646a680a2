// SPDX-License-Identifier: MIT
/*
 * How many inotify descriptors and watches each user has: what a user may have
 * is limited (/proc/sys/fs/inotify), whichever processes make them. A share
 * exists while it counts something.
 */
#include "kernel/file/inotify.h"
#include "kernel/mm/slab.h"
#include "lib/errno.h"
#include "lib/hash.h"

#define CHAINS 64

struct inotify_share {
	struct hnode link;
	uint32_t uid;
	int32_t instances, watches;
};

struct inotify_limits inotify_limits = { 16384, 128, 8192 };

static struct spinlock lock = SPINLOCK_INIT; /* guards all shares */
static struct hlist chains[CHAINS];

/* With the lock held. */
static struct inotify_share *find_or_make(uint32_t uid)
{
	struct hlist *chain = &chains[hash_u64(uid) % CHAINS];
	struct inotify_share *share;

	HLIST_FOR_EACH(share, chain, link)
		if (share->uid == uid)
			return share;
	share = kzalloc(sizeof(*share));
	if (share) {
		share->uid = uid;
		hlist_add(chain, &share->link);
	}
	return share;
}

static void drop_if_empty(struct inotify_share *share)
{
	if (share->instances || share->watches)
		return;
	hlist_remove(&share->link);
	kfree(share);
}

int inotify_share_open(uint32_t uid, struct inotify_share **result)
{
	struct inotify_share *share;
	int error = 0;

	spin_lock(&lock);
	share = find_or_make(uid);
	if (!share) {
		error = -ENOMEM;
	} else if (share->instances >= inotify_limits.user_instances) {
		drop_if_empty(share);
		error = -EMFILE;
	} else {
		share->instances++;
	}
	spin_unlock(&lock);
	*result = share;
	return error;
}

void inotify_share_close(struct inotify_share *share)
{
	spin_lock(&lock);
	share->instances--;
	drop_if_empty(share);
	spin_unlock(&lock);
}

int inotify_share_watch(struct inotify_share *share)
{
	int error = -ENOSPC;

	spin_lock(&lock);
	if (share->watches < inotify_limits.user_watches) {
		share->watches++;
		error = 0;
	}
	spin_unlock(&lock);
	return error;
}

void inotify_share_unwatch(struct inotify_share *share)
{
	spin_lock(&lock);
	share->watches--;
	drop_if_empty(share);
	spin_unlock(&lock);
}
