// SPDX-License-Identifier: MIT
/*
 * /proc/PID/ns of the kinds that there is one of: links to files, which can be
 * looked at, opened and entered, though the caller is there already.
 */
#include "tests/abi/abi.h"

#define NS_GET_NSTYPE 0xb703

static void one(const char *kind)
{
	char path[64], link[64] = { 0 }, wanted[64];
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "/proc/self/ns/%s", kind);
	say("-- %s", kind);
	SHOW(access(path, F_OK));
	MUST(stat(path, &st));
	MUST(readlink(path, link, sizeof link - 1));
	snprintf(wanted, sizeof wanted, "%s:[%lu]", kind,
		 (unsigned long)st.st_ino);
	OK(!strcmp(link, wanted));
	say("mode %o links %lu", st.st_mode, (unsigned long)st.st_nlink);
	SHOW(open(path, O_RDWR));
	fd = (int)MUST(open(path, O_RDONLY));
	say("type %x", (unsigned)ioctl(fd, NS_GET_NSTYPE));
	SHOW(setns(fd, 0));
	SHOW(setns(fd, CLONE_NEWNET));
	close(fd);
}

int main(void)
{
	need_root();
	one("cgroup");
	one("ipc");
	one("pid");
	one("time");
	one("user");
	return 0;
}
