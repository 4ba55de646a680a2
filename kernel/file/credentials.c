// SPDX-License-Identifier: MIT
/*
 * References to credentials and the two questions that are asked of them.
 * Making new ones is kernel/proc/credentials.c.
 */
#include "kernel/file/credentials.h"

#include "kernel/mm/slab.h"
#include "lib/atomic.h"

void credentials_get(struct credentials *cred)
{
	atomic_fetch_add(&cred->refs, 1);
}

void credentials_put(struct credentials *cred)
{
	if (cred && atomic_fetch_sub(&cred->refs, 1) == 1)
		kfree(cred);
}

bool credentials_in_group(const struct credentials *cred, uint32_t gid)
{
	unsigned low = 0, high = cred->group_count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (cred->groups[middle] == gid)
			return true;
		if (cred->groups[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool credentials_capable(const struct credentials *cred, unsigned capability)
{
	return cred->cap_effective & BIT(capability);
}
