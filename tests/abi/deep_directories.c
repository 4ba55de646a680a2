// SPDX-License-Identifier: MIT
/*
 * Directories nested thousands deep can be made, left, and thrown away with
 * their file system.
 */
#include "tests/abi/abi.h"

#include <sys/mount.h>

int main(void)
{
	int top;

	scratch();
	mkdir("m", 0755);
	top = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	/* Where mounting is not allowed they stay in the directory itself. */
	mount("none", "m", "tmpfs", 0, NULL);
	MUST(chdir("m"));
	for (int i = 0; i < 3000; i++) {
		if (mkdir("d", 0755) || chdir("d")) {
			say("level %d: %s", i, strerrorname_np(errno));
			break;
		}
	}
	MUST(fchdir(top));
	umount2("m", MNT_DETACH);
	say("alive");
	return 0;
}
