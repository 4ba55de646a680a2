// SPDX-License-Identifier: MIT
/*
 * pivot_root, chroot, and moving a mount onto "/" as switch_root does.
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

static void show_cwd(void)
{
	char path[PATH_MAX];

	/* The system call itself: the library turns "(unreachable)" down. */
	long n = syscall(SYS_getcwd, path, sizeof path);

	say("cwd %s", n > 0 ? path : strerrorname_np(errno));
}

static void jail(void)
{
	int out = MUST(open(".", O_RDONLY | O_DIRECTORY));

	mkdir("jail", 0755);
	mkdir("jail/in", 0755);
	put_file("jail/a", "a");
	symlink("/a", "jail/in/link");
	symlink("../../../a", "jail/in/dots");
	SHOW(chroot("jail/a"));
	SHOW(chroot("nowhere"));
	SHOW(chroot("jail"));
	SHOW(access("/a", F_OK));
	SHOW(access("/in/link", F_OK));
	SHOW(access("/in/dots", F_OK));
	SHOW(access("/../../../in", F_OK));
	SHOW(chdir("/in"));
	show_cwd();
	MUST(fchdir(out));
	char path[PATH_MAX];
	long n = syscall(SYS_getcwd, path, sizeof path);
	OK(n > 0 && !strncmp(path, "(unreachable)/", 14));
	SHOW(access("../../../../../../../../../../bin", F_OK));
}

static void pivot(void)
{
	MUST(mount("none", "new", "tmpfs", 0, NULL));
	mkdir("new/old", 0755);
	put_file("new/here", "h");
	SHOW(syscall(SYS_pivot_root, "new/old", "new/old"));
	SHOW(syscall(SYS_pivot_root, "new", "."));
	SHOW(syscall(SYS_pivot_root, "new", "new/nowhere"));
	SHOW(syscall(SYS_pivot_root, "new", "new/old"));
	SHOW(access("/here", F_OK));
	SHOW(access("/old/proc", F_OK));
	SHOW(chdir("/"));
	show_cwd();
	SHOW(umount2("/old", MNT_DETACH));
	SHOW(access("/old/proc", F_OK));
}

static void move_to_root(void)
{
	MUST(mount("none", "new", "tmpfs", 0, NULL));
	put_file("new/here", "h");
	MUST(chdir("new"));
	SHOW(mount(".", "/", NULL, MS_MOVE, NULL));
	SHOW(chroot("."));
	SHOW(chdir("/"));
	SHOW(access("/here", F_OK));
	show_cwd();
}

int main(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	mkdir("new", 0755);
	IN_CHILD(jail());
	/* On the host "/" may be a rootfs, which cannot be pivoted away from:
	 * a mount of our own stands in for it. */
	IN_CHILD(MUST(unshare(CLONE_NEWNS)); mkdir("base", 0755);
		 MUST(mount("none", "base", "tmpfs", 0, NULL));
		 mkdir("base/new", 0755); mkdir("base/proc", 0755);
		 MUST(chdir("base"));
		 MUST(mount(".", "/", NULL, MS_MOVE, NULL)); MUST(chroot("."));
		 MUST(chdir("/")); pivot());
	IN_CHILD(MUST(unshare(CLONE_NEWNS)); move_to_root());
	return 0;
}
