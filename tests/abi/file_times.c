// SPDX-License-Identifier: MIT
/*
 * Times are set by what changes them, and utimensat knows OMIT and NOW.
 */
#include "tests/abi/abi.h"

int main(void)
{
	struct timespec t[2] = { { 100, 5 }, { 200, 6 } };
	struct stat st, later;

	scratch();
	put_file("f", "x");
	MUST(stat("f", &st));
	OK(st.st_mtime > 1600000000);
	OK(st.st_ctime > 1600000000);
	SHOW(utimensat(AT_FDCWD, "f", t, 0));
	MUST(stat("f", &st));
	say("%ld.%09ld %ld.%09ld", st.st_atim.tv_sec, st.st_atim.tv_nsec,
	    st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	SHOW(utimensat(AT_FDCWD, "f", t, 0));
	MUST(stat("f", &later));
	OK(later.st_atim.tv_sec == 100);
	OK(later.st_mtim.tv_sec > 1600000000);
	t[1].tv_nsec = 1000000000;
	SHOW(utimensat(AT_FDCWD, "f", t, 0));
	SHOW(utimensat(AT_FDCWD, "none", NULL, 0));
	t[0] = t[1] = (struct timespec){ 100, 0 };
	MUST(utimensat(AT_FDCWD, ".", t, 0));
	put_file("g", "");
	MUST(stat(".", &st));
	OK(st.st_mtime > 1600000000);
	return 0;
}
