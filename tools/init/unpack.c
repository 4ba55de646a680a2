// SPDX-License-Identifier: MIT
//
// Unpacks the tar archive that tools/guest wrote on the second disk: ustar
// with directories, regular files and symbolic links; long names come by the
// prefix field. It trusts its one writer, yet never reads past the archive.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/init/init.h"

#define BLOCK 512
#define CHUNK 65536

static size_t read_all(int fd, char *to, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, to + done, size - done);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

static void make_parents(char *path)
{
	for (char *p = path + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = 0;
		mkdir(path, 0755);
		*p = '/';
	}
}

static int copy_out(int in, const char *path, size_t size, mode_t mode)
{
	static char chunk[CHUNK];

	unlink(path);
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (out < 0)
		say("%s: %s", path, strerror(errno));
	while (size > 0) {
		size_t padded = (size + BLOCK - 1) / BLOCK * BLOCK;
		size_t want = padded < CHUNK ? padded : CHUNK;
		size_t use = size < want ? size : want;

		if (read_all(in, chunk, want) != want) {
			say("%s: the archive ends early", path);
			break;
		}
		if (out >= 0 && write(out, chunk, use) != (ssize_t)use)
			say("%s: %s", path, strerror(errno));
		size -= use;
	}
	if (out < 0)
		return size == 0;
	fchmod(out, mode);
	close(out);
	return size == 0;
}

static void entry_path(const char *h, char *path, size_t size)
{
	if (h[345])
		snprintf(path, size, "/%.155s/%.100s", h + 345, h);
	else
		snprintf(path, size, "/%.100s", h);
	size_t length = strlen(path);
	if (length > 1 && path[length - 1] == '/')
		path[length - 1] = 0;
}

void unpack_disk(const char *device)
{
	char h[BLOCK], path[300], target[101], number[13];
	int fd = open(device, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (read_all(fd, h, BLOCK) == BLOCK &&
	       memcmp(h + 257, "ustar", 5) == 0) {
		mode_t mode = strtoul(memcpy(number, h + 100, 8), NULL, 8);
		memcpy(number, h + 124, 12);
		number[12] = 0;
		size_t size = strtoul(number, NULL, 8);

		entry_path(h, path, sizeof(path));
		make_parents(path);
		switch (h[156]) {
		case '5':
			mkdir(path, mode & 07777);
			break;
		case '2':
			snprintf(target, sizeof(target), "%.100s", h + 157);
			unlink(path);
			if (symlink(target, path) != 0)
				say("%s: %s", path, strerror(errno));
			break;
		default:
			if (!copy_out(fd, path, size, mode & 07777))
				goto out;
		}
	}
out:
	close(fd);
}
