// SPDX-License-Identifier: MIT
/*
 * telldir and seekdir return to the same entry, and removing while reading
 * loses no other.
 */
#include "tests/abi/abi.h"

int main(void)
{
	char name[32], first[256];
	struct dirent *e;
	long place;
	int count = 0;
	DIR *dir;

	scratch();
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "n%d", i);
		put_file(name, "");
	}
	dir = opendir(".");
	for (int i = 0; i < 10; i++)
		readdir(dir);
	place = telldir(dir);
	e = readdir(dir);
	strcpy(first, e->d_name);
	while (readdir(dir))
		;
	seekdir(dir, place);
	e = readdir(dir);
	OK(e && !strcmp(first, e->d_name));
	rewinddir(dir);
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		count++;
		MUST(unlink(e->d_name));
	}
	say("%d removed", count);
	closedir(dir);
	dir = opendir(".");
	count = 0;
	while (readdir(dir))
		count++;
	say("%d left", count);
	return 0;
}
