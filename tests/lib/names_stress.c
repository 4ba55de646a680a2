// SPDX-License-Identifier: MIT
/*
 * names_stress DIRECTORY PROCESSES SECONDS: many processes make, rename, link,
 * list, map and remove the same few names in one tree, mount and unmount beside
 * it, start and end children, and read all of /proc meanwhile. Any call may
 * fail, but only in ways that losing a race explains; then nothing may be left.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *base;
static time_t end;
static uint64_t state;
static long calls;
static sigjmp_buf bus;

static unsigned pick(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void die(const char *what, const char *a, const char *b)
{
	printf("%s %s %s: %s\n", what, a, b, strerror(errno));
	_exit(1);
}

/* The ways in which somebody else may have been faster. */
static void check(const char *what, const char *a, const char *b, long r)
{
	static const int races[] = { ENOENT,	EEXIST, ENOTDIR, EISDIR,
				     ENOTEMPTY, EINVAL, ELOOP,	 EBUSY,
				     EPERM,	ENXIO,	EXDEV };

	calls++;
	if (r >= 0)
		return;
	for (size_t i = 0; i < sizeof races / sizeof *races; i++) {
		if (errno == races[i])
			return;
	}
	die(what, a, b);
}

static void make_name(char *at)
{
	for (unsigned n = pick(3); n; n--)
		at += sprintf(at, "d%u/", pick(3));
	if (pick(8))
		sprintf(at, "%c%u", pick(2) ? 'f' : 'd', pick(4));
	else
		sprintf(at, "a-name-that-is-longer-than-forty-letters-%u",
			pick(3));
}

static void write_file(const char *name)
{
	static char data[8192];
	int fd = open(name,
		      O_CREAT | O_RDWR | (pick(3) ? 0 : O_EXCL) |
			      (pick(3) ? 0 : O_TRUNC),
		      0644);

	check("open", name, "", fd);
	if (fd < 0)
		return;
	lseek(fd, pick(20000), SEEK_SET);
	check("write", name, "", write(fd, data, pick(sizeof data)));
	close(fd);
}

static void list(const char *name)
{
	DIR *dir = opendir(name);

	while (dir && readdir(dir))
		calls++;
	if (dir)
		closedir(dir);
}

/* Another process may cut the file: SIGBUS is an answer. */
static void map_file(const char *name)
{
	int fd = open(name, O_RDWR);
	struct stat st;
	volatile char *map;

	if (fd < 0)
		return;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 4096) {
		map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0);
		if (map == MAP_FAILED)
			die("mmap", name, "");
		if (!sigsetjmp(bus, 1))
			map[pick(4096)] = 1;
		munmap((void *)map, 4096);
	}
	close(fd);
}

static void enter(const char *name)
{
	char path[PATH_MAX];

	if (chdir(name))
		return;
	check("getcwd", name, "",
	      getcwd(path, sizeof path) || errno == ENOENT ? 0 : -1);
	if (chdir(base))
		die("chdir", base, "");
}

static void step(void)
{
	char a[200], b[200];
	struct stat st;

	make_name(a);
	make_name(b);
	switch (pick(15)) {
	case 0 ... 1:
		return write_file(a);
	case 2:
		return check("unlink", a, "", unlink(a));
	case 3:
		return check("mkdir", a, "", mkdir(a, 0755));
	case 4:
		return check("rmdir", a, "", rmdir(a));
	case 5 ... 6:
		return check("rename", a, b, rename(a, b));
	case 7:
		return check("link", a, b, link(a, b));
	case 8:
		return check("symlink", a, b, symlink(b, a));
	case 9:
		return check("stat", a, "", stat(a, &st));
	case 10:
		return list(pick(2) ? "." : a);
	case 11:
		return check("exchange", a, b,
			     renameat2(AT_FDCWD, a, AT_FDCWD, b,
				       RENAME_EXCHANGE));
	case 12:
		return check("truncate", a, "", truncate(a, pick(30000)));
	case 13:
		return map_file(a);
	default:
		return enter(a);
	}
}

static void names(void)
{
	while (time(NULL) < end) {
		for (int i = 0; i < 50; i++)
			step();
	}
}

static void mounts(void)
{
	char a[64], b[64], file[80];
	int fd;

	snprintf(a, sizeof a, "/tmp/ma%d", getpid());
	snprintf(b, sizeof b, "/tmp/mb%d", getpid());
	snprintf(file, sizeof file, "%s/x", a);
	mkdir(a, 0755);
	mkdir(b, 0755);
	for (; time(NULL) < end; calls++) {
		if (mount("none", a, "tmpfs", 0, "size=1m"))
			die("mount", a, "");
		fd = open(file, O_CREAT | O_RDWR, 0644);
		if (write(fd, "data", 4) != 4)
			die("write", file, "");
		if (mount(a, b, NULL, MS_BIND, NULL))
			die("bind", a, b);
		if (pick(2)) {
			close(fd);
			fd = -1;
		}
		if (umount2(a, MNT_DETACH) || umount2(b, MNT_DETACH))
			die("umount", a, b);
		close(fd);
	}
	rmdir(a);
	rmdir(b);
}

static bool is_harmful(const char *name)
{
	static const char *const harmful[] = { "kmsg",	     "mem",
					       "clear_refs", "drop_caches",
					       "trigger",    "sysrq" };

	for (size_t i = 0; i < sizeof harmful / sizeof *harmful; i++) {
		if (strstr(name, harmful[i]))
			return true;
	}
	return name[0] == '.';
}

static void read_all(const char *name)
{
	char data[4096];
	int fd = open(name, O_RDONLY | O_NONBLOCK);

	while (fd >= 0 && read(fd, data, sizeof data) > 0)
		;
	if (fd >= 0)
		close(fd);
	calls++;
}

static void walk(const char *place, int depth)
{
	char path[1024], data[256];
	DIR *dir = opendir(place);
	struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir)) && time(NULL) < end) {
		if (is_harmful(entry->d_name) ||
		    snprintf(path, sizeof path, "%s/%s", place, entry->d_name) >
			    900 ||
		    lstat(path, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth < 5)
			walk(path, depth + 1);
		else if (S_ISLNK(st.st_mode))
			calls += readlink(path, data, sizeof data) > 0;
		else
			read_all(path);
	}
	if (dir)
		closedir(dir);
}

static void proc(void)
{
	while (time(NULL) < end)
		walk("/proc", 0);
}

static void *doze(void *arg)
{
	usleep((useconds_t)(uintptr_t)arg);
	return NULL;
}

static void child(void)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, doze,
			       (void *)(uintptr_t)pick(3000));
	open("/etc/passwd", O_RDONLY);
	if (pick(2))
		unshare(CLONE_NEWNS);
	if (!pick(3))
		execl("/bin/true", "true", NULL);
	if (pick(2) && setuid(1000))
		die("setuid", "", "");
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

static void children(void)
{
	while (time(NULL) < end) {
		int status;
		pid_t pid = fork();

		pick(2);
		if (!pid)
			child();
		if (waitpid(pid, &status, 0) != pid || status)
			die("child", "", "");
		calls++;
	}
}

static void on_bus(int signal)
{
	siglongjmp(bus, 1);
}

static void start(const char *what, void (*work)(void), int number)
{
	if (fork())
		return;
	state = (uint64_t)number * 7919 + 1;
	work();
	printf("%s %d: %ld calls\n", what, number, calls);
	exit(0);
}

int main(int argc, char **argv)
{
	int status, bad = 0;

	if (argc != 4)
		return 2;
	base = argv[1];
	end = time(NULL) + atoi(argv[3]);
	signal(SIGBUS, on_bus);
	setvbuf(stdout, NULL, _IOLBF, 256);
	mkdir(base, 0755);
	if (chdir(base))
		die("chdir", base, "");
	for (int i = 0; i < atoi(argv[2]); i++)
		start("names", names, i);
	for (int i = 0; i < 2; i++) {
		start("mounts", mounts, i);
		start("proc", proc, i);
		start("children", children, i);
	}
	while (wait(&status) > 0)
		bad += status != 0;
	return bad != 0;
}
