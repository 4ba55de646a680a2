// SPDX-License-Identifier: MIT
/*
 * Extended attributes of a tmpfs: set, get, list, remove, sizes and errors.
 */
#include "tests/abi/abi.h"
#include <sys/mount.h>
#include <sys/xattr.h>

int main(void)
{
	char value[64], names[256];
	int fd, n;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	mkdir("t", 0755);
	MUST(mount("none", "t", "tmpfs", 0, NULL));
	MUST(chdir("t"));
	put_file("f", "x");
	symlink("f", "l");
	/* "trusted.": a tmpfs has those on every kernel; "user." since 6.6. */
	SHOW(setxattr("f", "trusted.one", "1", 1, 0));
	SHOW(setxattr("f", "trusted.two", "22", 2, XATTR_CREATE));
	SHOW(setxattr("f", "trusted.two", "22", 2, XATTR_CREATE));
	SHOW(setxattr("f", "trusted.three", "3", 1, XATTR_REPLACE));
	SHOW(setxattr("f", "trusted.two", "2222", 4, XATTR_REPLACE));
	SHOW(setxattr("f", "trusted.two", "2222", 4, 3));
	SHOW(setxattr("f", "nonsense", "1", 1, 0));
	SHOW(setxattr("f", "other.name", "1", 1, 0));
	SHOW(setxattr("nowhere", "trusted.one", "1", 1, 0));
	SHOW(getxattr("f", "trusted.two", NULL, 0));
	SHOW(getxattr("f", "trusted.two", value, 2));
	SHOW(getxattr("f", "trusted.two", value, sizeof value));
	SHOW(getxattr("l", "trusted.one", value, sizeof value));
	SHOW(lgetxattr("l", "trusted.one", value, sizeof value));
	SHOW(lsetxattr("l", "trusted.own", "x", 1, 0));
	SHOW(lgetxattr("l", "trusted.own", value, sizeof value));
	SHOW(getxattr("f", "trusted.none", value, sizeof value));
	SHOW(listxattr("f", NULL, 0));
	n = (int)SHOW(listxattr("f", names, sizeof names));
	SHOW(listxattr("f", names, 3));
	OK(memmem(names, (size_t)n, "trusted.one", 12) != NULL);
	fd = open("f", O_RDWR);
	SHOW(fsetxattr(fd, "trusted.fd", "", 0, 0));
	SHOW(fgetxattr(fd, "trusted.fd", value, sizeof value));
	SHOW(fremovexattr(fd, "trusted.fd"));
	SHOW(fremovexattr(fd, "trusted.fd"));
	SHOW(removexattr("f", "trusted.one"));
	SHOW(listxattr("f", NULL, 0));
	SHOW(setxattr("f", "trusted.big", value, 65537, 0));
	SHOW(fsetxattr(-1, "trusted.x", "", 0, 0));
	MUST(chdir("/"));
	return 0;
}
