// SPDX-License-Identifier: MIT
/*
 * How many files each user has in messages that nobody has received: as many as
 * one of the user's processes may have open (RLIMIT_NOFILE), and then the next
 * message is refused, since a file in flight counts for no descriptor table and
 * whoever could send any number would have any number. Administrators may. A
 * share exists while it counts something.
 */
#include "kernel/file/credentials.h"
#include "kernel/file/fdtable.h"
#include "kernel/mm/slab.h"
#include "kernel/socket/unix.h"
#include "lib/errno.h"

#define CHAINS 64

struct unix_share {
	struct hnode link;
	uint32_t uid;
	uint64_t files;
};

static struct spinlock lock = SPINLOCK_INIT; /* guards all shares */
static struct hlist chains[CHAINS];

/* With the lock held. */
static struct unix_share *find_or_make(uint32_t uid)
{
	struct hlist *chain = &chains[hash_u64(uid) % CHAINS];
	struct unix_share *share;

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

static void drop_if_empty(struct unix_share *share)
{
	if (share->files)
		return;
	hlist_remove(&share->link);
	kfree(share);
}

int unix_share_take(struct unix_message *message)
{
	bool unlimited = capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
	uint64_t most = unlimited ? UINT64_MAX : fd_limit();
	struct unix_share *share;
	int error = 0;

	spin_lock(&lock);
	share = find_or_make(current_cred()->uid);
	if (!share) {
		error = -ENOMEM;
	} else if (share->files > most) {
		error = -ETOOMANYREFS;
	} else {
		share->files += message->file_count;
		message->share = share;
	}
	spin_unlock(&lock);
	return error;
}

void unix_share_give_back(struct unix_message *message)
{
	if (!message->share)
		return;
	spin_lock(&lock);
	message->share->files -= message->file_count;
	drop_if_empty(message->share);
	spin_unlock(&lock);
	message->share = NULL;
}
