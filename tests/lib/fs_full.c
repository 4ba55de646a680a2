// SPDX-License-Identifier: MIT
/*
 * A disk that is filled up, in the directory argv[1]: space that a write was
 * promised is not given to others, and whoever comes last gets ENOSPC. Also
 * files of many extents whose leaves lose their first ones to holes. Prints
 * what must hold on any Linux.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096
#define PROMISED (6 << 20)
#define EXTENTS 900

static char bytes[1 << 16];

static void say(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "yes" : strerror(errno));
}

static int holes(void)
{
	int fd = open("holes", O_RDWR | O_CREAT, 0644), good = 1;
	int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;

	for (long i = 0; i < EXTENTS; i++)
		good &= pwrite(fd, bytes, BLOCK, i * 2 * BLOCK) == BLOCK;
	good &= !fsync(fd);
	good &= !fallocate(fd, mode, 0, BLOCK);
	good &= !fallocate(fd, mode, 500 * BLOCK, 500 * BLOCK);
	good &= !fsync(fd);
	close(fd);
	return good;
}

static int fill(int fd, size_t piece)
{
	ssize_t n;

	while ((n = write(fd, bytes, piece)) > 0)
		;
	return n < 0 && errno == ENOSPC;
}

static int make_directories(void)
{
	char name[32];

	for (int i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "directory-%d", i);
		if (mkdir(name, 0755))
			return errno == ENOSPC;
	}
	return 0;
}

int main(int count, char **arguments)
{
	int promised, other;

	if (count != 2 || chdir(arguments[1]))
		return 1;
	memset(bytes, 'w', sizeof(bytes));
	say("many extents and holes", holes());
	promised = open("promised", O_RDWR | O_CREAT, 0644);
	for (int n = 0; n < PROMISED; n += sizeof(bytes))
		if (write(promised, bytes, sizeof(bytes)) != sizeof(bytes))
			perror("promised");
	other = open("other", O_RDWR | O_CREAT, 0644);
	say("too much is refused",
	    fallocate(other, 0, 0, 1 << 30) < 0 && errno == ENOSPC);
	say("what was promised is there", !fsync(promised));
	say("the disk gets full", fill(other, sizeof(bytes)));
	fill(other, BLOCK);
	say("what was written is there", !fsync(other));
	say("directories, too", make_directories());
	say("removed", !unlink("other") && !close(other));
	say("room again", pwrite(promised, bytes, BLOCK, PROMISED) == BLOCK);
	say("written", !fsync(promised));
	return 0;
}
