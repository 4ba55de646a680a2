// SPDX-License-Identifier: MIT
/*
 * Who a thread acts as: user and group ids, supplementary groups, capability
 * sets. An object is never changed once a thread or an open file points to it:
 * setuid and its kin make a new one (kernel/proc/credentials.c does), so
 * readers need no lock and a file keeps the rights it was opened with.
 */
#pragma once

#include "kernel/sched/thread.h"
#include "lib/types.h"

struct credentials {
	int32_t refs;
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	uint64_t cap_permitted, cap_effective, cap_inheritable, cap_bounding,
		cap_ambient;
	uint32_t securebits;
	bool no_new_privs;
	unsigned group_count;
	uint32_t groups[]; /* sorted */
};

void credentials_get(struct credentials *cred);
void credentials_put(struct credentials *cred);
bool credentials_in_group(const struct credentials *cred, uint32_t gid);
bool credentials_capable(const struct credentials *cred, unsigned capability);

static inline const struct credentials *current_cred(void)
{
	return current_thread()->cred;
}
/* May the current thread use this capability (CAP_*)? */
static inline bool capable(unsigned capability)
{
	return credentials_capable(current_cred(), capability);
}

#define CAP_CHOWN 0
#define CAP_DAC_OVERRIDE 1
#define CAP_DAC_READ_SEARCH 2
#define CAP_FOWNER 3
#define CAP_FSETID 4
#define CAP_KILL 5
#define CAP_SETGID 6
#define CAP_SETUID 7
#define CAP_SETPCAP 8
#define CAP_NET_BIND_SERVICE 10
#define CAP_NET_ADMIN 12
#define CAP_NET_RAW 13
#define CAP_IPC_LOCK 14
#define CAP_SYS_CHROOT 18
#define CAP_SYS_PTRACE 19
#define CAP_SYS_ADMIN 21
#define CAP_SYS_BOOT 22
#define CAP_SYS_NICE 23
#define CAP_SYS_RESOURCE 24
#define CAP_SYS_TIME 25
#define CAP_SYS_TTY_CONFIG 26
#define CAP_MKNOD 27
#define CAP_LAST 40
