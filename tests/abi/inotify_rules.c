// SPDX-License-Identifier: MIT
/*
 * inotify's descriptor: flags, errors, how events are read and counted, when
 * equal ones are one, what a full queue says, limits of a user.
 */
#include "tests/abi/inotify.h"

#include <sys/mount.h>

static void errors(void)
{
	int in = inotify_new(), other = (int)MUST(open("f", O_RDONLY));
	int path = (int)MUST(open("f", O_PATH));

	SHOW(inotify_init1(1));
	SHOW(inotify_init1(IN_NONBLOCK | 1));
	OK((fcntl(in, F_GETFL) & (O_NONBLOCK | O_ACCMODE)) == O_NONBLOCK);
	OK(fcntl(in, F_GETFD) == FD_CLOEXEC);
	SHOW(inotify_add_watch(in, "f", 0));
	SHOW(inotify_add_watch(in, "f", 0x1000));
	SHOW(inotify_add_watch(in, "f", IN_OPEN | 0x08000000));
	SHOW(inotify_add_watch(-1, "f", IN_OPEN));
	SHOW(inotify_add_watch(-1, "f", 0));
	SHOW(inotify_add_watch(other, "f", IN_OPEN));
	SHOW(inotify_add_watch(other, "absent", IN_OPEN));
	SHOW(inotify_add_watch(path, "f", IN_OPEN));
	SHOW(inotify_add_watch(in, "absent", IN_OPEN));
	SHOW(inotify_add_watch(in, "", IN_OPEN));
	SHOW(inotify_add_watch(in, "f/x", IN_OPEN));
	SHOW(inotify_add_watch(in, (char *)1, IN_OPEN));
	SHOW(inotify_add_watch(in, "f", IN_OPEN | IN_ONLYDIR));
	SHOW(inotify_add_watch(in, "f",
			       IN_OPEN | IN_MASK_ADD | IN_MASK_CREATE));
	SHOW(inotify_add_watch(in, "f", IN_ISDIR));
	SHOW(inotify_rm_watch(in, 2));
	SHOW(inotify_rm_watch(in, -1));
	SHOW(inotify_rm_watch(in, 1));
	SHOW(inotify_rm_watch(in, 1));
	SHOW(inotify_rm_watch(other, 1));
	SHOW(inotify_rm_watch(-1, 1));
	drain(in, "removed");
	SHOW(inotify_add_watch(in, "f", IN_OPEN));
	SHOW(write(in, "x", 1));
	SHOW(lseek(in, 0, SEEK_SET));
	SHOW(pread(in, (char[100]){ 0 }, 100, 0));
	close(in);
	close(other);
	close(path);
}

static void masks(void)
{
	int in = inotify_new();

	symlink("f", "s");
	symlink("d", "t");
	SHOW(inotify_add_watch(in, "f", IN_OPEN));
	SHOW(inotify_add_watch(in, "f", IN_CLOSE | IN_MASK_CREATE));
	SHOW(inotify_add_watch(in, "s", IN_CLOSE | IN_MASK_ADD));
	put_file("f", "x");
	drain(in, "open and close");
	SHOW(inotify_add_watch(in, "f", IN_MODIFY));
	put_file("f", "x");
	drain(in, "modify alone");
	SHOW(inotify_add_watch(in, "s", IN_ALL_EVENTS | IN_DONT_FOLLOW));
	put_file("s", "x");
	drain(in, "the link's file");
	SHOW(lchown("s", getuid(), getgid()));
	drain(in, "the link itself");
	SHOW(inotify_add_watch(in, "t", IN_CREATE | IN_ONLYDIR));
	SHOW(inotify_add_watch(in, "t", IN_OPEN | IN_ONLYDIR | IN_DONT_FOLLOW));
	SHOW(inotify_add_watch(in, "f", IN_OPEN | IN_MASK_CREATE));
	SHOW(inotify_add_watch(in, "d", IN_ALL_EVENTS | IN_ONESHOT));
	put_file("d/one", "x");
	put_file("d/two", "x");
	drain(in, "one shot");
	SHOW(inotify_rm_watch(in, 3));
	SHOW(inotify_add_watch(in, "d", IN_ALL_EVENTS | IN_ONESHOT));
	SHOW(inotify_add_watch(in, "d", IN_DELETE | IN_MASK_ADD));
	unlink("d/one");
	unlink("d/two");
	drain(in, "one shot, added to");
	close(in);
}

static void unlinked(void)
{
	int in = inotify_new(), fd;

	SHOW(inotify_add_watch(in, "d", IN_ALL_EVENTS));
	put_file("d/gone", "x");
	fd = (int)MUST(open("d/gone", O_RDWR));
	unlink("d/gone");
	drain(in, "unlinked");
	MUST(write(fd, "x", 1));
	fchmod(fd, 0600);
	close(fd);
	drain(in, "used after");
	SHOW(inotify_add_watch(in, "d", IN_ALL_EVENTS | IN_EXCL_UNLINK));
	put_file("d/gone", "x");
	fd = (int)MUST(open("d/gone", O_RDWR));
	unlink("d/gone");
	drain(in, "unlinked");
	MUST(write(fd, "x", 1));
	fchmod(fd, 0600);
	close(fd);
	drain(in, "left out");
	close(in);
}

static void reading(void)
{
	char buffer[300];
	int in = inotify_new(), n = -1;

	SHOW(inotify_add_watch(in, "d", IN_CREATE | IN_DELETE));
	SHOW(read(in, buffer, sizeof buffer));
	show_poll("nothing", in, 0);
	SHOW(ioctl(in, FIONREAD, &n));
	say("%d bytes", n);
	put_file("d/a", "x");
	put_file("d/fifteen_letters", "x");
	put_file("d/sixteen_letters_", "x");
	show_poll("three", in, 0);
	SHOW(ioctl(in, FIONREAD, &n));
	say("%d bytes", n);
	SHOW(ioctl(in, 0x1234, &n));
	SHOW(read(in, buffer, 0));
	SHOW(read(in, buffer, 31));
	SHOW(read(in, buffer, 32));
	SHOW(read(in, (char *)1, 100));
	SHOW(read(in, buffer, 40));
	SHOW(read(in, buffer, 300));
	SHOW(read(in, buffer, 300));
	unlink("d/a");
	unlink("d/fifteen_letters");
	unlink("d/sixteen_letters_");
	drain(in, "three more");
	close(in);
}

static void equal_ones(void)
{
	int in = inotify_new(), fd;

	SHOW(inotify_add_watch(in, "f", IN_MODIFY | IN_ATTRIB));
	fd = (int)MUST(open("f", O_WRONLY));
	for (int i = 0; i < 10; i++)
		MUST(write(fd, "x", 1));
	fchmod(fd, 0600);
	fchmod(fd, 0600);
	MUST(write(fd, "x", 1));
	MUST(write(fd, "x", 1));
	close(fd);
	drain(in, "equal ones in a row are one");
	for (int i = 0; i < 3; i++) {
		SHOW(inotify_add_watch(in, "f", IN_OPEN));
		SHOW(inotify_rm_watch(in, i + 1));
	}
	drain(in, "ended thrice");
	close(in);
}

static void set(const char *path, const char *value)
{
	int fd = (int)MUST(open(path, O_WRONLY));

	MUST(write(fd, value, strlen(value)));
	close(fd);
}

static void get(const char *path, char *value)
{
	int fd = (int)MUST(open(path, O_RDONLY));
	ssize_t got = MUST(read(fd, value, 31));

	value[got] = 0;
	close(fd);
}

#define LIMIT(name) "/proc/sys/fs/inotify/max_" name

static void overflow(void)
{
	char before[32], name[32];
	int in;

	get(LIMIT("queued_events"), before);
	say("max_queued_events %s", before);
	set(LIMIT("queued_events"), "4");
	in = inotify_new();
	set(LIMIT("queued_events"), before);
	SHOW(inotify_add_watch(in, "d", IN_CREATE | IN_DELETE));
	for (int i = 0; i < 6; i++) {
		sprintf(name, "d/%d", i);
		put_file(name, "");
	}
	unlink("d/5");
	SHOW(inotify_rm_watch(in, 1));
	drain(in, "four, and that others were lost");
	SHOW(inotify_add_watch(in, "d", IN_DELETE));
	unlink("d/4");
	drain(in, "as before");
	for (int i = 0; i < 4; i++) {
		sprintf(name, "d/%d", i);
		unlink(name);
	}
	close(in);
}

/* A user's own, who has none yet. */
static void limits(void)
{
	char instances[32], watches[32];
	int in, more;

	get(LIMIT("user_instances"), instances);
	get(LIMIT("user_watches"), watches);
	MUST(setresuid(54321, 54321, 0));
	in = inotify_new();
	more = inotify_new();
	MUST(setresuid(-1, 0, -1));
	set(LIMIT("user_instances"), "2");
	set(LIMIT("user_watches"), "2");
	MUST(setresuid(54321, 54321, 0));
	SHOW(inotify_init1(0));
	SHOW(inotify_add_watch(in, "/", IN_OPEN));
	SHOW(inotify_add_watch(more, "/tmp", IN_OPEN));
	SHOW(inotify_add_watch(in, "/dev", IN_OPEN));
	SHOW(inotify_add_watch(in, "/", IN_CLOSE));
	SHOW(inotify_rm_watch(in, 1));
	OK(inotify_add_watch(in, "/dev", IN_OPEN) > 1);
	SHOW(close(more));
	OK(inotify_add_watch(in, "/tmp", IN_OPEN) > 2);
	SHOW(inotify_init1(0) >= 0);
	SHOW(inotify_init1(0));
	MUST(setresuid(-1, 0, -1));
	set(LIMIT("user_instances"), instances);
	set(LIMIT("user_watches"), watches);
}

static void rights(void)
{
	int in = inotify_new();

	mkdir("closed", 0700);
	put_file("closed/f", "");
	chmod("f", 0644);
	put_file("unreadable", "");
	chmod("unreadable", 0222);
	MUST(setresuid(54321, 54321, 54321));
	SHOW(inotify_add_watch(in, "closed/f", IN_OPEN));
	SHOW(inotify_add_watch(in, "unreadable", IN_OPEN));
	SHOW(inotify_add_watch(in, "f", IN_OPEN));
}

static void unmounting(void)
{
	int in = inotify_new();

	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mkdir("m", 0755);
	MUST(mount("none", "m", "tmpfs", 0, NULL));
	put_file("m/f", "x");
	SHOW(inotify_add_watch(in, "m", IN_CREATE));
	SHOW(inotify_add_watch(in, "m/f", IN_OPEN));
	SHOW(umount("m"));
	drain(in, "unmounted");
	SHOW(inotify_rm_watch(in, 1));
	close(in);
}

static void waiting(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	char buffer[100];
	int in = (int)MUST(inotify_init());
	int set_ = (int)MUST(epoll_create1(0));
	pid_t pid;

	MUST(inotify_add_watch(in, "d", IN_CREATE));
	MUST(epoll_ctl(set_, EPOLL_CTL_ADD, in, &event));
	SHOW(epoll_wait(set_, &event, 1, 0));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		put_file("d/late", "x");
		_exit(0);
	}
	SHOW(read(in, buffer, sizeof buffer));
	reap(pid);
	SHOW(epoll_wait(set_, &event, 1, 0));
	unlink("d/late");
	pid = (pid_t)MUST(fork());
	if (!pid) {
		put_file("d/late", "x");
		_exit(0);
	}
	SHOW(epoll_wait(set_, &event, 1, 5000));
	reap(pid);
	close(in);
}

int main(void)
{
	umask(022);
	need_root();
	scratch();
	chmod(".", 0755);
	put_file("f", "text");
	mkdir("d", 0755);
	errors();
	masks();
	unlinked();
	reading();
	equal_ones();
	overflow();
	in_child("limits", limits);
	in_child("rights", rights);
	in_child("unmounting", unmounting);
	waiting();
	return 0;
}
