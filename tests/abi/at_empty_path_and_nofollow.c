// SPDX-License-Identifier: MIT
/*
 * AT_EMPTY_PATH means the descriptor itself; AT_SYMLINK_NOFOLLOW the link
 * itself.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct stat st;
	struct timespec times[2] = { { 5, 0 }, { 6, 0 } };
	int fd;

	scratch();
	put_file("f", "abcd");
	symlink("f", "l");
	fd = (int)MUST(open("f", O_RDONLY));
	SHOW(fstatat(fd, "", &st, AT_EMPTY_PATH));
	OK(st.st_size == 4);
	SHOW(fstatat(fd, "", &st, 0));
	SHOW(fstatat(AT_FDCWD, "l", &st, AT_SYMLINK_NOFOLLOW));
	OK(S_ISLNK(st.st_mode) && st.st_size == 1);
	SHOW(utimensat(AT_FDCWD, "l", times, AT_SYMLINK_NOFOLLOW));
	SHOW(lstat("l", &st));
	OK(st.st_mtime == 6);
	SHOW(stat("f", &st));
	OK(st.st_mtime > 1000000);
	SHOW(futimens(fd, times));
	SHOW(fstat(fd, &st));
	OK(st.st_atime == 5);
	SHOW(linkat(AT_FDCWD, "l", AT_FDCWD, "m", AT_SYMLINK_FOLLOW));
	SHOW(lstat("m", &st));
	OK(S_ISREG(st.st_mode));
	return 0;
}
