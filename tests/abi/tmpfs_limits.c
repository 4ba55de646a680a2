// SPDX-License-Identifier: MIT
/*
 * A tmpfs with a size: ENOSPC, what comes free again, sparse files, statfs.
 */
#include "tests/abi/abi.h"
#include <sys/mount.h>

static long available(void)
{
	struct statfs fs;

	MUST(statfs(".", &fs));
	return (long)(fs.f_bavail * (unsigned long)fs.f_bsize / 1024);
}

int main(void)
{
	static char block[65536];
	struct stat st;
	long total = 0, n;
	int fd;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	mkdir("t", 0755);
	MUST(mount("none", "t", "tmpfs", 0, "size=1m,mode=0711,nr_inodes=10"));
	MUST(chdir("t"));
	MUST(stat(".", &st));
	say("mode %o available %ld", st.st_mode & 07777, available());
	fd = open("f", O_CREAT | O_RDWR, 0644);
	while ((n = write(fd, block, sizeof block)) > 0)
		total += n;
	say("wrote %ld, then %s", total, strerrorname_np(errno));
	say("available %ld", available());
	SHOW(ftruncate(fd, 4096));
	say("available %ld", available());
	SHOW(ftruncate(fd, 1 << 30));
	say("available %ld", available());
	MUST(fstat(fd, &st));
	say("size %ld blocks %ld", (long)st.st_size, (long)st.st_blocks);
	SHOW(pread(fd, block, 10, 500 << 20));
	say("available %ld", available());
	SHOW(fallocate(fd, 0, 0, 2 << 20));
	SHOW(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		       1 << 30));
	say("available %ld", available());
	SHOW(unlink("f"));
	say("available %ld", available());
	close(fd);
	say("available %ld", available());
	for (n = 0; n < 20; n++) {
		char name[16];

		snprintf(name, sizeof name, "n%ld", n);
		if ((fd = open(name, O_CREAT | O_WRONLY, 0644)) < 0)
			break;
		close(fd);
	}
	say("%ld files, then %s", n, strerrorname_np(errno));
	MUST(chdir("/"));
	return 0;
}
