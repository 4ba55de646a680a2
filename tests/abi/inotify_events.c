// SPDX-License-Identifier: MIT
/*
 * Which events a watched directory and a watched file see, in which order, for
 * everything that can be done to a file; on the file system of the scratch
 * directory and on a tmpfs.
 */
#include "tests/abi/inotify.h"

#include <sys/xattr.h>

static int in;

#define DO(call)                                                      \
	do {                                                          \
		if ((long)(call) == -1)                               \
			say("%s: %s", #call, strerrorname_np(errno)); \
		drain(in, #call);                                     \
	} while (0)

static void contents(void)
{
	char text[64];
	struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
	int fd = -1, other, pipe_[2];

	DO(fd = open("d/f", O_RDWR | O_CREAT, 0644));
	DO(write(fd, "hello", 5));
	DO(write(fd, "hello", 5));
	DO(write(fd, "", 0));
	DO(pread(fd, text, 5, 0));
	DO(pread(fd, text, 5, 100));
	DO(ftruncate(fd, 3));
	DO(truncate("d/f", 3));
	DO(posix_fallocate(fd, 0, 100));
	DO(fchmod(fd, 0600));
	DO(chmod("d/f", 0600));
	DO(chown("d/f", (uid_t)-1, getegid()));
	DO(chown("d/f", (uid_t)-1, (gid_t)-1));
	times[0].tv_nsec = UTIME_OMIT;
	DO(utimensat(AT_FDCWD, "d/f", times, 0));
	times[0].tv_nsec = 0;
	times[1].tv_nsec = UTIME_OMIT;
	DO(utimensat(AT_FDCWD, "d/f", times, 0));
	DO(utimensat(AT_FDCWD, "d/f", NULL, 0));
	DO(fsetxattr(fd, "user.x", "y", 1, 0));
	DO(fremovexattr(fd, "user.x"));
	DO(dup2(fd, 100));
	DO(close(100));
	DO(close(fd));
	DO(fd = open("d/f", O_RDONLY));
	other = (int)MUST(open("d/f", O_WRONLY | O_TRUNC));
	drain(in, "a second open, with O_TRUNC");
	MUST(write(other, "0123456789", 10));
	drain(in, "written");
	MUST(pipe(pipe_));
	DO(sendfile(pipe_[1], fd, NULL, 5));
	DO(splice(fd, NULL, pipe_[1], NULL, 5, 0));
	DO(splice(pipe_[0], NULL, other, NULL, 5, 0));
	DO(copy_file_range(fd, &(off_t){ 0 }, other, &(off_t){ 20 }, 5, 0));
	DO(close(fd));
	DO(close(other));
	DO(fd = open("d/f", O_PATH));
	DO(close(fd));
	DO(access("d/f", R_OK));
	DO(open("d/f", O_RDONLY | O_CREAT | O_EXCL, 0600));
	DO(open("d/f", O_RDONLY | O_DIRECTORY));
}

static void names(void)
{
	char text[64];
	int fd = -1;

	DO(link("d/f", "d/g"));
	DO(symlink("f", "d/s"));
	DO(readlink("d/s", text, sizeof text));
	DO(mknod("d/fifo", S_IFIFO | 0600, 0));
	DO(mkdir("d/sub", 0700));
	DO(mkdir("d/sub", 0700));
	DO(open("d/sub/inside", O_WRONLY | O_CREAT, 0600));
	DO(rename("d/f", "d/a_name_of_forty_bytes_that_is_kept_apart_x"));
	DO(rename("d/a_name_of_forty_bytes_that_is_kept_apart_x", "d/f"));
	DO(rename("d/f", "d/g")); /* one file: nothing is done */
	DO(rename("d/f", "e/f"));
	DO(rename("e/f", "d/h"));
	DO(rename("d/sub", "e/sub"));
	DO(rename("e/sub", "d/sub"));
	DO(renameat2(AT_FDCWD, "d/h", AT_FDCWD, "e/x", RENAME_EXCHANGE));
	DO(renameat2(AT_FDCWD, "d/h", AT_FDCWD, "e/x", RENAME_NOREPLACE));
	DO(rename("e/x", "d/h"));
	DO(fd = open("d/sub", O_RDONLY | O_DIRECTORY));
	DO(syscall(SYS_getdents64, fd, (char[4096]){ 0 }, 4096));
	DO(close(fd));
	DO(unlink("d/s"));
	DO(unlink("d/fifo"));
	DO(unlink("d/absent"));
	DO(rmdir("d/sub"));
	DO(unlink("d/sub/inside"));
	DO(rmdir("d/sub"));
}

static void ends(void)
{
	int fd = (int)MUST(open("d/g", O_RDWR));

	drain(in, "g is open");
	DO(unlink("d/h")); /* a name of it stays */
	DO(unlink("d/g"));
	DO(write(fd, "x", 1));
	DO(fchmod(fd, 0644));
	DO(close(fd));
	DO(inotify_add_watch(in, "e/x", IN_ALL_EVENTS));
	put_file("e/y", "");
	drain(in, "another one");
	DO(inotify_add_watch(in, "e/y", IN_ALL_EVENTS));
	DO(rename("e/y", "e/x"));
	DO(unlink("e/x"));
	DO(mkdir("e/sub", 0700));
	DO(inotify_add_watch(in, "e/sub", IN_ALL_EVENTS));
	DO(rename("e/sub", "e/bus"));
	DO(mkdir("e/sub", 0700));
	DO(inotify_add_watch(in, "e/sub", IN_ALL_EVENTS));
	DO(rename("e/bus", "e/sub"));
	DO(rmdir("e/sub"));
	DO(rmdir("d"));
	DO(rmdir("e"));
}

static void all_of(const char *base)
{
	char path[200];

	say("== %s", base ? "tmpfs" : "scratch");
	if (base) {
		snprintf(path, sizeof path, "%s/abi.XXXXXX", base);
		MUST(mkdtemp(path));
		MUST(chdir(path));
	}
	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	put_file("e/x", "");
	in = inotify_new();
	SHOW(inotify_add_watch(in, "d", IN_ALL_EVENTS));
	SHOW(inotify_add_watch(in, "e", IN_ALL_EVENTS));
	put_file("d/f", "");
	drain(in, "a file is made");
	SHOW(inotify_add_watch(in, "d/f", IN_ALL_EVENTS));
	contents();
	names();
	ends();
	close(in);
	if (base)
		rmdir(path);
}

int main(void)
{
	umask(022);
	scratch();
	all_of(NULL);
	all_of("/dev/shm");
	return 0;
}
