// SPDX-License-Identifier: MIT
/*
 * Who has CAP_NET_ADMIN may do to /proc/sys/net what its owner may; to the rest
 * of /proc/sys not. Nobody may write what is read only.
 */
#include "tests/abi/abi.h"

#include <linux/capability.h>

static void become(uint32_t capabilities)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = capabilities, .permitted = capabilities },
	};

	MUST(prctl(PR_SET_KEEPCAPS, 1));
	MUST(setresgid(54321, 54321, 54321));
	MUST(setresuid(54321, 54321, 54321));
	MUST(syscall(SYS_capset, &head, data));
}

static void tries(void)
{
	static const char *const names[] = {
		"net/ipv4/ip_forward", "net/ipv6/conf/lo/accept_ra",
		"net/core/somaxconn",  "net/ipv4/conf/lo/forwarding",
		"kernel/hostname",     "vm/swappiness",
		"fs/file-nr",
	};
	char path[100];

	for (size_t i = 0; i < LEN(names); i++) {
		snprintf(path, sizeof path, "/proc/sys/%s", names[i]);
		errno = 0;
		say("%s: %s", names[i],
		    open(path, O_RDWR) < 0 ? strerrorname_np(errno) : "open");
		say("access: %s",
		    access(path, W_OK) < 0 ? strerrorname_np(errno) : "yes");
	}
}

static void with(void)
{
	become(1u << CAP_NET_ADMIN);
	tries();
}

static void without(void)
{
	become(1u << CAP_NET_RAW);
	tries();
}

int main(void)
{
	need_root();
	MUST(unshare(CLONE_NEWNET));
	in_child("with CAP_NET_ADMIN", with);
	in_child("without", without);
	return 0;
}
