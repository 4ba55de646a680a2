// SPDX-License-Identifier: MIT
/*
 * A file system under a random but repeatable load: from a seed, thousands of
 * operations in one directory, each result folded into a digest, then a walk
 * over the tree that remains. The same seed prints the same lines on every
 * file system that keeps POSIX's rules, so Linux is the oracle.
 *
 *     fs_workload DIRECTORY SEED OPERATIONS
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NAMES 40
#define FILE_MAX (1 << 20)

static uint64_t state, digest = 14695981039346656037ull;

static uint32_t draw(uint32_t below)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % below;
}

static void fold(const void *data, size_t size)
{
	const unsigned char *at = data;

	while (size--)
		digest = (digest ^ *at++) * 1099511628211ull;
}

static void fold_result(long result)
{
	long value = result < 0 ? -errno : result;

	fold(&value, sizeof(value));
}

/* One of a few directories and names, so that operations meet. */
static const char *some_name(void)
{
	static char names[4][64];
	static unsigned next;
	char *name = names[next++ % 4];

	if (draw(3))
		snprintf(name, 64, "d%u/f%u", draw(4), draw(NAMES));
	else
		snprintf(name, 64, "f%u-with-a-longer-name-%u", draw(NAMES),
			 draw(3));
	return name;
}

static void fill(unsigned char *buffer, size_t size)
{
	uint32_t value = draw(1u << 30);

	for (size_t i = 0; i < size; i++)
		buffer[i] = (unsigned char)(value + i * 7 + (i >> 8));
}

static unsigned char buffer[65536];

static void do_write(void)
{
	int fd = open(some_name(), O_RDWR | O_CREAT | (draw(8) ? 0 : O_TRUNC),
		      0644);
	size_t size = draw(sizeof(buffer)) + 1;
	off_t at = draw(FILE_MAX);

	fill(buffer, size);
	fold_result(fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	fold_result(pwrite(fd, buffer, size, draw(3) ? at % 100000 : at));
	if (!draw(20))
		fold_result(fsync(fd));
	close(fd);
}

static void do_read(void)
{
	int fd = open(some_name(), O_RDONLY);
	ssize_t n;

	fold_result(fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	n = pread(fd, buffer, draw(sizeof(buffer)), draw(FILE_MAX));
	fold_result(n);
	if (n > 0)
		fold(buffer, (size_t)n);
	close(fd);
}

static void do_mapped_write(void)
{
	int fd = open(some_name(), O_RDWR);
	struct stat st;
	size_t at;
	char *map;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_size < 2) {
		fold_result(-1);
		if (fd >= 0)
			close(fd);
		return;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   fd, 0);
	at = draw((uint32_t)st.st_size);
	if (map != MAP_FAILED) {
		fold(map + at, 1);
		memset(map + at, (int)draw(256),
		       draw((uint32_t)(st.st_size - (off_t)at)) % 9000);
		if (draw(2))
			fold_result(msync(map, (size_t)st.st_size, MS_SYNC));
		munmap(map, (size_t)st.st_size);
	}
	close(fd);
}

static void do_allocate(void)
{
	int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
			FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE };
	int fd = open(some_name(), O_RDWR);

	fold_result(fd < 0 ? -1 : 0);
	if (fd < 0)
		return;
	fold_result(
		fallocate(fd, modes[draw(3)], draw(200000), draw(100000) + 1));
	close(fd);
}

static void do_attribute(void)
{
	const char *path = some_name();
	char name[32], value[700];
	size_t size = draw(8) ? draw(60) : draw(sizeof(value));
	ssize_t n;

	snprintf(name, sizeof(name), "user.a%u", draw(6));
	memset(value, (int)draw(256), sizeof(value));
	switch (draw(3)) {
	case 0:
		fold_result(setxattr(path, name, value, size, 0));
		break;
	case 1:
		n = getxattr(path, name, value, sizeof(value));
		fold_result(n);
		if (n > 0)
			fold(value, (size_t)n);
		break;
	default:
		fold_result(removexattr(path, name));
		break;
	}
}

static void do_symlink(void)
{
	static const char part[] = "a-symbolic-link's-target/";
	char target[300] = "";
	unsigned parts = draw(10);
	const char *path = some_name();
	ssize_t n;

	for (unsigned i = 0; i < parts; i++)
		strcat(target, part);
	strcat(target, "x");
	fold_result(symlink(target, path));
	n = readlink(path, target, sizeof(target));
	fold_result(n);
	if (n > 0)
		fold(target, (size_t)n);
}

static void do_directory(void)
{
	char name[32];

	snprintf(name, sizeof(name), "d%u", draw(4));
	if (draw(3))
		fold_result(mkdir(name, 0755));
	else
		fold_result(rmdir(name));
}

/* Enough names that the directory gets an index; then most of them go. */
static void do_many(void)
{
	unsigned count = draw(300), keep = draw(5) + 1;
	char name[80];

	for (unsigned i = 0; i < count; i++) {
		int fd;

		snprintf(name, sizeof(name), "d%u/many-%u-%s", draw(4), i,
			 draw(2) ? "short" : "a-much-longer-tail-of-the-name");
		fd = open(name, O_CREAT | O_WRONLY, 0600);
		fold_result(fd < 0 ? -1 : 0);
		if (fd >= 0)
			close(fd);
		if (i % keep)
			fold_result(unlink(name));
	}
}

static void step(void)
{
	switch (draw(16)) {
	case 0 ... 4:
		do_write();
		break;
	case 5:
		do_read();
		break;
	case 6:
		do_mapped_write();
		break;
	case 7:
		fold_result(truncate(some_name(), draw(FILE_MAX)));
		break;
	case 8:
		fold_result(unlink(some_name()));
		break;
	case 9:
		fold_result(rename(some_name(), some_name()));
		break;
	case 10:
		fold_result(link(some_name(), some_name()));
		break;
	case 11:
		do_symlink();
		break;
	case 12:
		do_directory();
		break;
	case 13:
		do_attribute();
		break;
	case 14:
		do_allocate();
		break;
	default:
		if (!draw(10))
			do_many();
		else
			fold_result(chmod(some_name(), 0600 + draw(64)));
		break;
	}
}

static uint64_t content_of(const char *path)
{
	uint64_t before = digest, sum;
	int fd = open(path, O_RDONLY);
	ssize_t n;

	digest = 14695981039346656037ull;
	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		fold(buffer, (size_t)n);
	if (fd >= 0)
		close(fd);
	sum = digest;
	digest = before;
	return sum;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void walk(const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, NULL, by_name);

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char path[4096];
		struct stat st;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (!strcmp(name, "lost+found"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		if (lstat(path, &st)) {
			printf("%s: %s\n", path, strerror(errno));
			continue;
		}
		printf("%s %o %lu %ld %016lx\n", path, st.st_mode,
		       (unsigned long)(S_ISDIR(st.st_mode) ? 0 : st.st_nlink),
		       (long)(S_ISDIR(st.st_mode) ? 0 : st.st_size),
		       S_ISREG(st.st_mode) ? (unsigned long)content_of(path) :
					     0);
		if (S_ISDIR(st.st_mode))
			walk(path);
	}
}

int main(int argc, char **argv)
{
	unsigned operations;

	if (argc != 4 || chdir(argv[1])) {
		fprintf(stderr, "fs_workload DIRECTORY SEED OPERATIONS\n");
		return 2;
	}
	umask(022);
	state = strtoull(argv[2], NULL, 10);
	operations = (unsigned)atoi(argv[3]);
	for (unsigned i = 0; i < operations; i++) {
		step();
		if (i % 100 == 99)
			printf("%u %016lx\n", i + 1, (unsigned long)digest);
	}
	walk(".");
	return 0;
}
