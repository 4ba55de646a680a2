// SPDX-License-Identifier: MIT
/*
 * Every *at call resolves a relative path from its directory descriptor, and
 * ignores it for an absolute one.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat st;
	struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
	char buf[16] = { 0 };
	int d, f;

	scratch();
	mkdir("d", 0755);
	d = (int)MUST(open("d", O_RDONLY | O_DIRECTORY));
	f = (int)MUST(openat(d, "f", O_CREAT | O_RDWR, 0644));
	SHOW(access("d/f", F_OK));
	SHOW(mkdirat(d, "sub", 0755));
	SHOW(symlinkat("f", d, "link"));
	SHOW(readlinkat(d, "link", buf, sizeof buf));
	SHOW(linkat(d, "f", d, "hard", 0));
	SHOW(renameat(d, "hard", AT_FDCWD, "moved"));
	SHOW(access("moved", F_OK));
	SHOW(fchmodat(d, "f", 0600, 0));
	SHOW(faccessat(d, "f", R_OK, 0));
	SHOW(utimensat(d, "f", times, 0));
	SHOW(fstatat(d, "f", &st, 0));
	OK(st.st_mtime == 2000 && st.st_atime == 1000);
	OK((st.st_mode & 07777) == 0600);
	SHOW(unlinkat(d, "sub", 0));
	SHOW(unlinkat(d, "sub", AT_REMOVEDIR));
	SHOW(openat(f, "x", O_RDONLY));
	SHOW(openat(99, "x", O_RDONLY));
	SHOW_OK(openat(99, "/dev/null", O_RDONLY));
	SHOW(fchownat(d, "link", (uid_t)-1, (gid_t)-1, AT_SYMLINK_NOFOLLOW));
	SHOW(fstatat(d, "f", &st, 0x4000000));
	return 0;
}
