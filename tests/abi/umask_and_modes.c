// SPDX-License-Identifier: MIT
/*
 * The umask cuts the mode of new files, directories and fifos, not of chmod.
 */
#include "tests/abi/abi.h"

static int mode_of(const char *path)
{
	struct stat st;

	MUST(stat(path, &st));
	return (int)(st.st_mode & 07777);
}

int main(void)
{
	scratch();
	say("%o", umask(027));
	close((int)MUST(open("f", O_CREAT | O_WRONLY, 0666)));
	MUST(mkdir("d", 0777));
	MUST(mkfifo("p", 0666));
	say("%o %o %o", mode_of("f"), mode_of("d"), mode_of("p"));
	MUST(chmod("f", 0666));
	say("%o", mode_of("f"));
	MUST(chmod("d", 01777));
	say("%o", mode_of("d"));
	say("%o", umask(07777));
	say("%o", umask(0));
	return 0;
}
