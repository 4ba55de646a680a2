// SPDX-License-Identifier: MIT
/*
 * Files without a name: O_TMPFILE and what linkat makes of them, memfd_create
 * and its seals.
 */
#include "tests/abi/abi.h"
#include <sys/mount.h>

static void tmpfile_part(void)
{
	char path[64], c = 0;
	struct stat st;
	int fd;

	SHOW(open(".", O_TMPFILE | O_RDONLY, 0600));
	SHOW(open("none", O_TMPFILE | O_RDWR, 0600));
	fd = MUST(open(".", O_TMPFILE | O_RDWR, 0640));
	MUST(fstat(fd, &st));
	say("links %d mode %o", (int)st.st_nlink, st.st_mode);
	SHOW(write(fd, "data", 4));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	MUST(fstat(fd, &st));
	say("links %d", (int)st.st_nlink);
	close(fd);
	fd = MUST(open("named", O_RDONLY));
	SHOW(read(fd, &c, 1));
	OK(c == 'd');
	close(fd);
	fd = MUST(open(".", O_TMPFILE | O_RDWR, 0600));
	SHOW(linkat(fd, "", AT_FDCWD, "empty", AT_EMPTY_PATH));
	SHOW(access("empty", F_OK));
	close(fd);
	fd = MUST(open("named", O_RDONLY));
	MUST(unlink("named"));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "again", AT_SYMLINK_FOLLOW));
	close(fd);
}

#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif

static void memfd_part(void)
{
	char link[64], text[128] = "";
	struct stat st;
	int fd = (int)MUST(syscall(SYS_memfd_create, "name", 2u));
	void *map;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	MUST(readlink(link, text, sizeof text - 1));
	say("%s", text);
	MUST(fstat(fd, &st));
	say("links %d type %o size %d", (int)st.st_nlink, st.st_mode & S_IFMT,
	    (int)st.st_size);
	SHOW(ftruncate(fd, 8192));
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	OK(map != MAP_FAILED);
	memcpy(map, "hello", 5);
	SHOW(pread(fd, text, 5, 0));
	OK(!memcmp(text, "hello", 5));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(fcntl(fd, F_ADD_SEALS, 8)); /* WRITE: still mapped */
	SHOW(fcntl(fd, F_ADD_SEALS, 2)); /* SHRINK */
	SHOW(ftruncate(fd, 4096));
	SHOW(ftruncate(fd, 12288));
	SHOW(fcntl(fd, F_ADD_SEALS, 4)); /* GROW */
	SHOW(ftruncate(fd, 16384));
	SHOW(pwrite(fd, "x", 1, 12288));
	SHOW(pwrite(fd, "x", 1, 0));
	munmap(map, 8192);
	SHOW(fcntl(fd, F_ADD_SEALS, 8));
	SHOW(pwrite(fd, "x", 1, 0));
	OK(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	SHOW(fcntl(fd, F_ADD_SEALS, 1)); /* SEAL */
	SHOW(fcntl(fd, F_ADD_SEALS, 2));
	SHOW(fcntl(fd, F_GET_SEALS));
	close(fd);
	fd = (int)MUST(syscall(SYS_memfd_create, "plain", 0u));
	SHOW(fcntl(fd, F_GET_SEALS));
	SHOW(fcntl(fd, F_ADD_SEALS, 2));
	close(fd);
	SHOW(syscall(SYS_memfd_create, "x", 0x8000u));
	fd = open("/dev/null", O_RDONLY);
	SHOW(fcntl(fd, F_GET_SEALS));
}

int main(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	mkdir("t", 0755);
	MUST(mount("none", "t", "tmpfs", 0, NULL));
	MUST(chdir("t"));
	tmpfile_part();
	memfd_part();
	MUST(chdir("/"));
	return 0;
}
