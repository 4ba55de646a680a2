// SPDX-License-Identifier: MIT
/*
 * chown with -1 keeps an identity, and clears the set-user-id bit of a
 * program.
 */
#include "tests/abi/abi.h"

static void owner(const char *path)
{
	struct stat st;

	MUST(lstat(path, &st));
	say("%s: %d:%d %o", path, (int)st.st_uid, (int)st.st_gid,
	    st.st_mode & 07777);
}

int main(void)
{
	need_root();
	scratch();
	put_file("f", "x");
	symlink("f", "l");
	SHOW(chown("f", 1000, 2000));
	owner("f");
	SHOW(chown("f", (uid_t)-1, 3000));
	owner("f");
	SHOW(chown("f", 4000, (gid_t)-1));
	owner("f");
	SHOW(chmod("f", 06755));
	owner("f");
	SHOW(chown("f", 1, 1));
	owner("f");
	SHOW(lchown("l", 7, 8));
	owner("l");
	owner("f");
	SHOW(fchown(99, 0, 0));
	return 0;
}
