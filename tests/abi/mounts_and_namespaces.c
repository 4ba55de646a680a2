// SPDX-License-Identifier: MIT
/*
 * Mounts: a namespace is shared by reference and copied by CLONE_NEWNS; bind
 * mounts, moving, stacking, remounting, lazy unmounting.
 */
#include "tests/abi/abi.h"
#include <sys/mount.h>
#include <sys/sysmacros.h>

#define IN_CHILD(...)                                      \
	do {                                               \
		pid_t pid_ = (pid_t)MUST(fork());          \
		if (!pid_) {                               \
			__VA_ARGS__;                       \
			_exit(0);                          \
		}                                          \
		say("child: %s", status_text(reap(pid_))); \
	} while (0)

static int count_mounts(const char *at)
{
	char line[512], place[256];
	FILE *f = fopen("/proc/self/mountinfo", "r");
	int n = 0;

	while (f && fgets(line, sizeof line, f))
		n += sscanf(line, "%*s %*s %*s %*s %255s", place) == 1 &&
		     !strcmp(place, at);
	if (f)
		fclose(f);
	return n;
}

static void basics(const char *here)
{
	char at[300];

	snprintf(at, sizeof at, "%s/m", here);
	mkdir("m", 0755);
	put_file("m/under", "u");
	SHOW(mount("none", "m", "tmpfs", 0, "size=64k"));
	SHOW(access("m/under", F_OK));
	put_file("m/over", "o");
	SHOW(count_mounts(at));
	SHOW(rmdir("m"));
	SHOW(rename("m", "n"));
	SHOW(mount("none", "m", "tmpfs", 0, NULL));
	SHOW(access("m/over", F_OK));
	SHOW(count_mounts(at));
	SHOW(umount2("m", 0));
	SHOW(access("m/over", F_OK));
	int fd = open("m/over", O_RDONLY);
	SHOW(umount2("m", 0));
	SHOW(umount2("m", MNT_DETACH));
	SHOW(count_mounts(at));
	char c = 0;
	SHOW(read(fd, &c, 1));
	OK(c == 'o');
	close(fd);
	SHOW(access("m/under", F_OK));
	SHOW(umount2("m", 0));
	SHOW(umount2("none", 0));
	SHOW(mount("none", "m/under", "tmpfs", 0, NULL));
	SHOW(mount("none", "m", "nosuchfs", 0, NULL));
	SHOW(mount("none", "nowhere", "tmpfs", 0, NULL));
	SHOW(mount("none", "m", "tmpfs", 0, "nosuchoption=1"));
}

static void binds(void)
{
	mkdir("a", 0755);
	mkdir("a/in", 0755);
	mkdir("b", 0755);
	put_file("a/file", "f");
	put_file("target", "t");
	SHOW(mount("a", "b", NULL, MS_BIND, NULL));
	SHOW(access("b/file", F_OK));
	SHOW(mount("none", "a/in", "tmpfs", 0, NULL));
	put_file("a/in/new", "n");
	SHOW(access("b/in/new", F_OK));
	SHOW(link("a/file", "b/linked"));
	SHOW(rename("a/file", "b/moved"));
	SHOW(mount("a/file", "target", NULL, MS_BIND, NULL));
	char c = 0;
	int fd = open("target", O_RDONLY);
	SHOW(read(fd, &c, 1));
	OK(c == 'f');
	close(fd);
	SHOW(unlink("target"));
	SHOW(mount("a", "target", NULL, MS_BIND, NULL));
	SHOW(umount("target"));
	SHOW(mount(NULL, "b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	SHOW(open("b/x", O_CREAT | O_WRONLY, 0644));
	SHOW(mkdir("b/x", 0755));
	SHOW(access("b", W_OK));
	SHOW(chmod("b/file", 0600));
	SHOW(close(open("a/y", O_CREAT | O_WRONLY, 0644)));
	SHOW(umount("b"));
	mkdir("c", 0755);
	SHOW(mount("a", "c", NULL, MS_BIND | MS_REC, NULL));
	SHOW(access("c/in/new", F_OK));
	SHOW(umount("c"));
	SHOW(umount2("c", MNT_DETACH));
	mkdir("d", 0755);
	SHOW(mount("a/in", "d", NULL, MS_MOVE, NULL));
	SHOW(access("d/new", F_OK));
	SHOW(access("a/in/new", F_OK));
	SHOW(mount("a", "d", NULL, MS_MOVE, NULL));
	SHOW(mount("d", "d", NULL, MS_MOVE, NULL));
	SHOW(umount("d"));
}

static void dots(void)
{
	char path[PATH_MAX];

	mkdir("up", 0755);
	MUST(mount("none", "up", "tmpfs", 0, NULL));
	mkdir("up/x", 0755);
	MUST(chdir("up/x"));
	SHOW(chdir("../.."));
	OK(!access("up/x", F_OK));
	MUST(chdir("up/x"));
	OK(getcwd(path, sizeof path) && strstr(path, "/up/x"));
	MUST(chdir("../.."));
	SHOW(umount("up"));
}

static void child_mounts(void)
{
	mkdir("ns", 0755);
	IN_CHILD(MUST(mount("none", "ns", "tmpfs", 0, NULL));
		 put_file("ns/by-child", "x"));
	SHOW(access("ns/by-child", F_OK));
	IN_CHILD(MUST(unshare(CLONE_NEWNS)); SHOW(access("ns/by-child", F_OK));
		 MUST(umount("ns")); SHOW(access("ns/by-child", F_OK)));
	SHOW(access("ns/by-child", F_OK));
	SHOW(umount("ns"));
}

static void flags(void)
{
	struct statfs fs;

	mkdir("f", 0755);
	SHOW(mount("none", "f", "tmpfs",
		   MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, NULL));
	MUST(statfs("f", &fs));
	say("flags %lx type %lx", (long)fs.f_flags & 0x41f, (long)fs.f_type);
	put_file("f/run", "#!/bin/sh\n");
	chmod("f/run", 0755);
	SHOW(access("f/run", X_OK));
	SHOW(execl("f/run", "run", NULL));
	MUST(mknod("f/null", S_IFCHR | 0666, makedev(1, 3)));
	SHOW(open("f/null", O_RDWR));
	SHOW(mount(NULL, "f", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	SHOW(unlink("f/run"));
	SHOW(open("f/run", O_WRONLY));
	SHOW(mount(NULL, "f", NULL, MS_REMOUNT, NULL));
	SHOW(unlink("f/run"));
	int fd = MUST(open("f/open", O_CREAT | O_WRONLY, 0644));
	SHOW(mount(NULL, "f", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	close(fd);
	SHOW(mount(NULL, "f", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	SHOW(umount("f"));
}

int main(void)
{
	char here[256];

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	MUST(getcwd(here, sizeof here) ? 0 : -1);
	/* A file system that is a mount of its own. */
	mkdir("top", 0755);
	MUST(mount("none", "top", "tmpfs", 0, NULL));
	MUST(chdir("top"));
	strcat(here, "/top");
	basics(here);
	binds();
	dots();
	child_mounts();
	flags();
	MUST(chdir(".."));
	umount2("top", MNT_DETACH);
	return 0;
}
