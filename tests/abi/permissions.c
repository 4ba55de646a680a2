// SPDX-License-Identifier: MIT
/*
 * Who may read, search, write and remove, with the sticky bit.
 */
#include "tests/abi/abi.h"

static void stranger(void)
{
	setgroups(0, NULL);
	setgid(1000);
	setuid(1000);
	SHOW(open("private/f", O_RDONLY));
	SHOW(open("list/f", O_RDONLY));
	SHOW_OK(open("list", O_RDONLY));
	SHOW_OK(open("search/f", O_RDONLY));
	SHOW(open("search", O_RDONLY));
	SHOW(unlink("search/f"));
	SHOW(unlink("sticky/f"));
	SHOW_OK(open("sticky/mine", O_CREAT | O_WRONLY, 0600));
	SHOW(unlink("sticky/mine"));
	SHOW(unlink("shared/f"));
	SHOW(chmod("search", 0777));
	SHOW(access("search/f", R_OK));
	SHOW(access("search/f", W_OK));
	SHOW(access("search/f", X_OK));
	SHOW(truncate("search/f", 0));
}

int main(void)
{
	static const struct {
		const char *name;
		mode_t mode;
	} dirs[] = { { "private", 0700 },
		     { "list", 0744 },
		     { "search", 0711 },
		     { "sticky", 01777 },
		     { "shared", 0777 } };
	char path[64];

	need_root();
	scratch();
	chmod(".", 0755);
	for (size_t i = 0; i < LEN(dirs); i++) {
		mkdir(dirs[i].name, 0755);
		snprintf(path, sizeof path, "%s/f", dirs[i].name);
		put_file(path, "x");
		chmod(dirs[i].name, dirs[i].mode);
	}
	in_child("stranger", stranger);
	return 0;
}
