// SPDX-License-Identifier: MIT
/*
 * Host name and domain name, guarded by one spinlock: see uts.h.
 */
#include "kernel/sched/uts.h"

#include "kernel/arch/x86_64/spinlock.h"
#include "lib/errno.h"
#include "lib/string.h"

static struct spinlock lock = SPINLOCK_INIT;
static char names[2][UTS_LENGTH + 1] = { "(none)", "(none)" };

void uts_get(enum uts_name which, char name[UTS_LENGTH + 1])
{
	spin_lock(&lock);
	memcpy(name, names[which], UTS_LENGTH + 1);
	spin_unlock(&lock);
}

int uts_set(enum uts_name which, const char *name, size_t length)
{
	if (length > UTS_LENGTH)
		return -EINVAL;
	spin_lock(&lock);
	memset(names[which], 0, UTS_LENGTH + 1);
	memcpy(names[which], name, length);
	spin_unlock(&lock);
	return 0;
}
