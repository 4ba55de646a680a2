// SPDX-License-Identifier: MIT
/*
 * RENAME_EXCHANGE between directories and files, and what ".." is afterwards;
 * link counts of directories.
 */
#include "tests/abi/abi.h"

static void links(const char *name)
{
	struct stat st;

	MUST(stat(name, &st));
	say("%s: %s, %s links", name, S_ISDIR(st.st_mode) ? "dir" : "file",
	    S_ISDIR(st.st_mode) ? "dir" :
	    st.st_nlink == 1	? "1" :
				  "more");
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_ino == y.st_ino;
}

int main(void)
{
	scratch();
	mkdir("a", 0755);
	mkdir("b", 0755);
	mkdir("a/d", 0755);
	put_file("a/d/inner", "i");
	put_file("b/f", "f");
	SHOW(renameat2(AT_FDCWD, "a/d", AT_FDCWD, "b/f", RENAME_EXCHANGE));
	links("a/d");
	links("b/f");
	SHOW(access("b/f/inner", F_OK));
	OK(same_file("b/f/..", "b"));
	SHOW(renameat2(AT_FDCWD, "b/f", AT_FDCWD, "b/f/inner",
		       RENAME_EXCHANGE));
	SHOW(renameat2(AT_FDCWD, "b/f/inner", AT_FDCWD, "b/f",
		       RENAME_EXCHANGE));
	mkdir("a/x", 0755);
	put_file("a/x/of-x", "x");
	SHOW(renameat2(AT_FDCWD, "a/x", AT_FDCWD, "b/f", RENAME_EXCHANGE));
	SHOW(access("a/x/inner", F_OK));
	SHOW(access("b/f/of-x", F_OK));
	OK(same_file("a/x/..", "a"));
	OK(same_file("b/f/..", "b"));
	/* An open directory follows its rename. */
	int fd = MUST(open("a/x", O_RDONLY | O_DIRECTORY));
	MUST(rename("a/x", "b/y"));
	SHOW(faccessat(fd, "inner", F_OK, 0));
	SHOW(faccessat(fd, "../f", F_OK, 0));
	char path[PATH_MAX] = "", name[64];
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	MUST(readlink(name, path, sizeof path));
	OK(strstr(path, "/b/y") && !strstr(path, "deleted"));
	MUST(unlink("b/y/inner"));
	MUST(rmdir("b/y"));
	memset(path, 0, sizeof path);
	MUST(readlink(name, path, sizeof path));
	OK(strstr(path, "/b/y (deleted)"));
	SHOW(openat(fd, "new", O_CREAT | O_WRONLY, 0644));
	SHOW(mkdirat(fd, "new", 0755));
	SHOW(faccessat(fd, "..", F_OK, 0));
	/* A long name, and back. */
	memset(name, 'n', 60);
	name[60] = 0;
	put_file("short", "s");
	SHOW(rename("short", name) ? -1 : 0);
	SHOW(access(name, F_OK) ? -1 : 0);
	SHOW(rename(name, "short") ? -1 : 0);
	SHOW(access("short", F_OK));
	SHOW(access(name, F_OK) ? -1 : 0);
	return 0;
}
