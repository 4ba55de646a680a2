// SPDX-License-Identifier: MIT
/*
 * What execve answers for files that cannot be run.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char *args[] = { "x", NULL };
	static char garbage[200] = "\177ELF garbage";

	scratch();
	put_file("plain", "no program\n");
	SHOW(execve("plain", args, NULL));
	chmod("plain", 0755);
	SHOW(execve("plain", args, NULL));
	SHOW(execve("none", args, NULL));
	SHOW(execve("plain/x", args, NULL));
	SHOW(execve(".", args, NULL));
	put_file("empty", "");
	chmod("empty", 0755);
	SHOW(execve("empty", args, NULL));
	put_file("elf", garbage);
	chmod("elf", 0755);
	SHOW(execve("elf", args, NULL));
	put_file("script", "#!/none/such\n");
	chmod("script", 0755);
	SHOW(execve("script", args, NULL));
	put_file("blank", "#!\n");
	chmod("blank", 0755);
	SHOW(execve("blank", args, NULL));
	put_file("loop", "#!./loop\n");
	chmod("loop", 0755);
	SHOW(execve("loop", args, NULL));
	SHOW(execve("", args, NULL));
	return 0;
}
