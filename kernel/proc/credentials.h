// SPDX-License-Identifier: MIT
/*
 * Changing the current thread's credentials (set*id, setgroups, capset):
 * copy, change the copy, put it in place.
 */
#pragma once

#include "kernel/file/credentials.h"

struct credentials *credentials_copy(const struct credentials *from);
struct credentials *credentials_with_groups(const struct credentials *from,
					    const uint32_t *groups,
					    unsigned count);
/* What a change of user ids does to the capability sets. */
void credentials_fix_caps(struct credentials *cred,
			  const struct credentials *old);
/* Becomes the current thread's; the reference is given away. */
void credentials_set(struct credentials *cred);
