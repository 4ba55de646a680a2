// SPDX-License-Identifier: MIT
/*
 * User and group ids, supplementary groups and capabilities: the rules of
 * credentials(7) and capabilities(7). -1 keeps an id.
 */
#include "kernel/proc/credentials.h"

#include "kernel/arch/x86_64/usercopy.h"
#include "kernel/mm/slab.h"
#include "kernel/proc/process.h"
#include "kernel/syscall/syscall.h"
#include "lib/errno.h"

#define KEEP 0xffffffffu
#define GROUPS_MAX 65536

long sys_getuid(void)
{
	return current_cred()->uid;
}

long sys_geteuid(void)
{
	return current_cred()->euid;
}

long sys_getgid(void)
{
	return current_cred()->gid;
}

long sys_getegid(void)
{
	return current_cred()->egid;
}

static bool own_uid(const struct credentials *cred, uint32_t uid)
{
	return uid == KEEP || uid == cred->uid || uid == cred->euid ||
	       uid == cred->suid;
}

static bool own_gid(const struct credentials *cred, uint32_t gid)
{
	return gid == KEEP || gid == cred->gid || gid == cred->egid ||
	       gid == cred->sgid;
}

static long finish(struct credentials *cred, const struct credentials *old)
{
	cred->fsuid = cred->euid;
	cred->fsgid = cred->egid;
	credentials_fix_caps(cred, old);
	credentials_set(cred);
	return 0;
}

static long set_uids(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const struct credentials *old = current_cred();
	struct credentials *cred = credentials_copy(old);

	if (!cred)
		return -ENOMEM;
	if (ruid != KEEP)
		cred->uid = ruid;
	if (euid != KEEP)
		cred->euid = euid;
	if (suid != KEEP)
		cred->suid = suid;
	return finish(cred, old);
}

static long set_gids(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const struct credentials *old = current_cred();
	struct credentials *cred = credentials_copy(old);

	if (!cred)
		return -ENOMEM;
	if (rgid != KEEP)
		cred->gid = rgid;
	if (egid != KEEP)
		cred->egid = egid;
	if (sgid != KEEP)
		cred->sgid = sgid;
	return finish(cred, old);
}

long sys_setuid(uint32_t uid)
{
	const struct credentials *old = current_cred();

	if (uid == KEEP)
		return -EINVAL;
	if (capable(CAP_SETUID))
		return set_uids(uid, uid, uid);
	if (uid != old->uid && uid != old->suid)
		return -EPERM;
	return set_uids(KEEP, uid, KEEP);
}

long sys_setgid(uint32_t gid)
{
	const struct credentials *old = current_cred();

	if (gid == KEEP)
		return -EINVAL;
	if (capable(CAP_SETGID))
		return set_gids(gid, gid, gid);
	if (gid != old->gid && gid != old->sgid)
		return -EPERM;
	return set_gids(KEEP, gid, KEEP);
}

long sys_setreuid(uint32_t ruid, uint32_t euid)
{
	const struct credentials *old = current_cred();
	uint32_t suid = KEEP;

	if (!capable(CAP_SETUID)) {
		if (ruid != KEEP && ruid != old->uid && ruid != old->euid)
			return -EPERM;
		if (!own_uid(old, euid))
			return -EPERM;
	}
	if (ruid != KEEP || (euid != KEEP && euid != old->uid))
		suid = euid == KEEP ? old->euid : euid;
	return set_uids(ruid, euid, suid);
}

long sys_setregid(uint32_t rgid, uint32_t egid)
{
	const struct credentials *old = current_cred();
	uint32_t sgid = KEEP;

	if (!capable(CAP_SETGID)) {
		if (rgid != KEEP && rgid != old->gid && rgid != old->egid)
			return -EPERM;
		if (!own_gid(old, egid))
			return -EPERM;
	}
	if (rgid != KEEP || (egid != KEEP && egid != old->gid))
		sgid = egid == KEEP ? old->egid : egid;
	return set_gids(rgid, egid, sgid);
}

long sys_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const struct credentials *old = current_cred();

	if (!capable(CAP_SETUID) &&
	    !(own_uid(old, ruid) && own_uid(old, euid) && own_uid(old, suid)))
		return -EPERM;
	return set_uids(ruid, euid, suid);
}

long sys_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const struct credentials *old = current_cred();

	if (!capable(CAP_SETGID) &&
	    !(own_gid(old, rgid) && own_gid(old, egid) && own_gid(old, sgid)))
		return -EPERM;
	return set_gids(rgid, egid, sgid);
}

static long put_three(uaddr_t a, uint32_t va, uaddr_t b, uint32_t vb, uaddr_t c,
		      uint32_t vc)
{
	if (put_user_32(a, va) || put_user_32(b, vb) || put_user_32(c, vc))
		return -EFAULT;
	return 0;
}

long sys_getresuid(uaddr_t ruidp, uaddr_t euidp, uaddr_t suidp)
{
	const struct credentials *cred = current_cred();

	return put_three(ruidp, cred->uid, euidp, cred->euid, suidp,
			 cred->suid);
}

long sys_getresgid(uaddr_t rgidp, uaddr_t egidp, uaddr_t sgidp)
{
	const struct credentials *cred = current_cred();

	return put_three(rgidp, cred->gid, egidp, cred->egid, sgidp,
			 cred->sgid);
}

/* setfsuid and setfsgid answer with the old id, whatever happened. */
long sys_setfsuid(uint32_t uid)
{
	const struct credentials *old = current_cred();
	uint32_t before = old->fsuid;
	struct credentials *cred;

	if (uid == KEEP ||
	    !(own_uid(old, uid) || uid == before || capable(CAP_SETUID)))
		return before;
	cred = credentials_copy(old);
	if (cred) {
		cred->fsuid = uid;
		credentials_set(cred);
	}
	return before;
}

long sys_setfsgid(uint32_t gid)
{
	const struct credentials *old = current_cred();
	uint32_t before = old->fsgid;
	struct credentials *cred;

	if (gid == KEEP ||
	    !(own_gid(old, gid) || gid == before || capable(CAP_SETGID)))
		return before;
	cred = credentials_copy(old);
	if (cred) {
		cred->fsgid = gid;
		credentials_set(cred);
	}
	return before;
}

long sys_getgroups(int size, uaddr_t list)
{
	const struct credentials *cred = current_cred();
	int count = cred->group_count;

	if (size < 0)
		return -EINVAL;
	if (!size)
		return count;
	if (size < count)
		return -EINVAL;
	if (copy_to_user(list, cred->groups, count * sizeof(uint32_t)))
		return -EFAULT;
	return count;
}

long sys_setgroups(int size, uaddr_t list)
{
	struct credentials *cred;
	uint32_t *groups;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (size < 0 || size > GROUPS_MAX)
		return -EINVAL;
	groups = kcalloc(size + 1, sizeof *groups);
	if (!groups)
		return -ENOMEM;
	if (copy_from_user(groups, list, size * sizeof *groups)) {
		kfree(groups);
		return -EFAULT;
	}
	cred = credentials_with_groups(current_cred(), groups, size);
	kfree(groups);
	if (!cred)
		return -ENOMEM;
	credentials_set(cred);
	return 0;
}

/* ---- capabilities ---- */

#define CAP_VERSION_1 0x19980330u
#define CAP_VERSION_2 0x20071026u
#define CAP_VERSION_3 0x20080522u

struct cap_header {
	uint32_t version;
	int32_t pid;
};

struct cap_data {
	uint32_t effective, permitted, inheritable;
};

/* The number of data words, or -EINVAL after writing the version back. */
static int cap_words(uaddr_t at, struct cap_header *header)
{
	if (copy_from_user(header, at, sizeof *header))
		return -EFAULT;
	switch (header->version) {
	case CAP_VERSION_1:
		return 1;
	case CAP_VERSION_2:
	case CAP_VERSION_3:
		return 2;
	}
	if (put_user_32(at, CAP_VERSION_3))
		return -EFAULT;
	return -EINVAL;
}

long sys_capget(uaddr_t header, uaddr_t data)
{
	struct cap_header head;
	struct cap_data out[2];
	const struct credentials *cred = current_cred();
	struct thread *thread = NULL;
	int words = cap_words(header, &head);

	if (words < 0)
		return words == -EINVAL && !data ? 0 : words;
	if (head.pid < 0)
		return -EINVAL;
	if (head.pid && head.pid != current_thread()->tid) {
		thread = thread_find(head.pid);
		if (!thread)
			return -ESRCH;
		cred = thread->cred;
	}
	for (int i = 0; i < 2; i++) {
		out[i].effective = cred->cap_effective >> 32 * i;
		out[i].permitted = cred->cap_permitted >> 32 * i;
		out[i].inheritable = cred->cap_inheritable >> 32 * i;
	}
	if (thread)
		thread_put(thread);
	return data ? copy_to_user(data, out, words * sizeof out[0]) : 0;
}

long sys_capset(uaddr_t header, uaddr_t data)
{
	uint64_t effective = 0, permitted = 0, inheritable = 0;
	const struct credentials *old = current_cred();
	struct cap_data in[2] = { 0 };
	struct cap_header head;
	struct credentials *cred;
	int words = cap_words(header, &head);

	if (words < 0)
		return words;
	if (head.pid && head.pid != current_thread()->tid)
		return -EPERM;
	if (copy_from_user(in, data, words * sizeof in[0]))
		return -EFAULT;
	for (int i = 0; i < words; i++) {
		effective |= (uint64_t)in[i].effective << 32 * i;
		permitted |= (uint64_t)in[i].permitted << 32 * i;
		inheritable |= (uint64_t)in[i].inheritable << 32 * i;
	}
	permitted &= BIT(CAP_LAST + 1) - 1;
	effective &= BIT(CAP_LAST + 1) - 1;
	inheritable &= BIT(CAP_LAST + 1) - 1;
	if (permitted & ~old->cap_permitted || effective & ~permitted ||
	    inheritable & ~(old->cap_inheritable | old->cap_bounding) ||
	    (inheritable & ~(old->cap_inheritable | old->cap_permitted) &&
	     !capable(CAP_SETPCAP)))
		return -EPERM;
	cred = credentials_copy(old);
	if (!cred)
		return -ENOMEM;
	cred->cap_effective = effective;
	cred->cap_permitted = permitted;
	cred->cap_inheritable = inheritable;
	cred->cap_ambient &= permitted & inheritable;
	credentials_set(cred);
	return 0;
}
