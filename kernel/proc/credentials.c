// SPDX-License-Identifier: MIT
/*
 * Making credentials: init's, copies, and what exec of a set-id file grants.
 * An object is never changed once it is a thread's.
 */
#include "kernel/proc/credentials.h"

#include "kernel/file/file.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/internal.h"
#include "lib/atomic.h"
#include "lib/string.h"

#define ALL_CAPS (BIT(CAP_LAST + 1) - 1)
#define MODE_TYPE 0170000
#define MODE_REGULAR 0100000
#define MODE_SETUID 04000
#define MODE_SETGID 02000
#define MODE_GROUP_EXEC 00010
#define SECURE_NOROOT 1
#define SECURE_KEEP_CAPS 16

struct credentials *credentials_root(void)
{
	struct credentials *cred = kzalloc(sizeof *cred);

	if (!cred)
		return NULL;
	cred->refs = 1;
	cred->cap_permitted = cred->cap_effective = cred->cap_bounding =
		ALL_CAPS;
	return cred;
}

static struct credentials *copy_with(const struct credentials *from,
				     unsigned groups)
{
	struct credentials *cred =
		kzalloc(sizeof *cred + groups * sizeof(uint32_t));

	if (!cred)
		return NULL;
	*cred = *from;
	cred->refs = 1;
	cred->group_count = groups;
	return cred;
}

struct credentials *credentials_copy(const struct credentials *from)
{
	struct credentials *cred = copy_with(from, from->group_count);

	if (cred)
		memcpy(cred->groups, from->groups,
		       from->group_count * sizeof(uint32_t));
	return cred;
}

struct credentials *credentials_with_groups(const struct credentials *from,
					    const uint32_t *groups,
					    unsigned count)
{
	struct credentials *cred = copy_with(from, count);

	if (!cred)
		return NULL;
	for (unsigned i = 0; i < count; i++) {
		unsigned at = i;

		for (; at && cred->groups[at - 1] > groups[i]; at--)
			cred->groups[at] = cred->groups[at - 1];
		cred->groups[at] = groups[i];
	}
	return cred;
}

void credentials_set(struct credentials *cred)
{
	struct thread *self = current_thread();
	struct credentials *old;
	uint64_t flags = spin_lock_irqsave(&process_lock);

	old = self->cred;
	self->cred = cred;
	self->process->uid = cred->uid;
	spin_unlock_irqrestore(&process_lock, flags);
	if (old)
		credentials_put(old);
}

/* capabilities(7): a change between uid 0 and others moves the sets. */
void credentials_fix_caps(struct credentials *cred,
			  const struct credentials *old)
{
	bool was_root = !old->uid || !old->euid || !old->suid;
	bool is_root = !cred->uid || !cred->euid || !cred->suid;

	if (was_root && !is_root) {
		if (!(cred->securebits & SECURE_KEEP_CAPS))
			cred->cap_permitted = cred->cap_effective = 0;
		cred->cap_ambient = 0;
	}
	if (!old->euid && cred->euid)
		cred->cap_effective = 0;
	if (old->euid && !cred->euid)
		cred->cap_effective = cred->cap_permitted;
}

static void exec_caps(struct credentials *cred)
{
	bool root = !cred->uid || !cred->euid;

	if (root && !(cred->securebits & SECURE_NOROOT)) {
		cred->cap_permitted = cred->cap_inheritable |
				      cred->cap_bounding;
		cred->cap_effective = cred->euid ? 0 : cred->cap_permitted;
		cred->cap_ambient = 0;
		return;
	}
	cred->cap_permitted = cred->cap_effective = cred->cap_ambient;
}

struct credentials *credentials_for_exec(struct file *file, bool *secure)
{
	const struct credentials *old = current_cred();
	struct credentials *cred = credentials_copy(old);
	struct stat_result stat;
	bool nosuid;

	if (!cred)
		return NULL;
	*secure = false;
	nosuid = old->no_new_privs || (process_hooks.file_is_nosuid &&
				       process_hooks.file_is_nosuid(file));
	if (!nosuid && !file_stat(file, &stat) &&
	    (stat.mode & MODE_TYPE) == MODE_REGULAR) {
		if (stat.mode & MODE_SETUID)
			cred->euid = stat.uid;
		if ((stat.mode & (MODE_SETGID | MODE_GROUP_EXEC)) ==
		    (MODE_SETGID | MODE_GROUP_EXEC))
			cred->egid = stat.gid;
	}
	*secure = cred->euid != cred->uid || cred->egid != cred->gid;
	if (cred->euid != old->euid || cred->egid != old->egid)
		cred->cap_ambient = 0;
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	cred->securebits &= ~SECURE_KEEP_CAPS;
	exec_caps(cred);
	return cred;
}
