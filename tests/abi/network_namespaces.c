// SPDX-License-Identifier: MIT
/*
 * Network namespaces: unshare, setns by file and by pidfd, the files of
 * /proc/PID/ns, abstract addresses, and sockets that stay where they were made.
 */
#include "tests/abi/abi.h"
#include <arpa/inet.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define IN_CHILD(...)                                      \
	do {                                               \
		pid_t pid_ = (pid_t)MUST(fork());          \
		if (!pid_) {                               \
			__VA_ARGS__;                       \
			_exit(0);                          \
		}                                          \
		say("child: %s", status_text(reap(pid_))); \
	} while (0)

static bool same(int a, int b)
{
	struct stat x, y;

	MUST(fstat(a, &x));
	MUST(fstat(b, &y));
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int own(void)
{
	return (int)MUST(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
}

static void up(bool on)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(ioctl(fd, SIOCGIFFLAGS, &request));
	say("lo is %s", request.ifr_flags & IFF_UP ? "up" : "down");
	request.ifr_flags = on ? request.ifr_flags | IFF_UP :
				 request.ifr_flags & ~IFF_UP;
	SHOW(ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

static int listen_at(int port)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	SHOW(bind(fd, (struct sockaddr *)&name, sizeof name));
	SHOW(listen(fd, 1));
	return fd;
}

static void connect_to(int port)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	SHOW(connect(fd, (struct sockaddr *)&name, sizeof name));
	close(fd);
}

static int abstract(const char *text, bool take)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = (int)MUST(socket(AF_UNIX, SOCK_DGRAM, 0));
	socklen_t length = (socklen_t)(3 + strlen(text));

	strcpy(name.sun_path + 1, text);
	if (take)
		SHOW(bind(fd, (struct sockaddr *)&name, length));
	else
		SHOW(connect(fd, (struct sockaddr *)&name, length));
	return fd;
}

/* How many interfaces this file lists. */
static int rows(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "r");
	int n = -2;

	while (f && fgets(line, sizeof line, f))
		n++;
	if (f)
		fclose(f);
	return n;
}

static void files(void)
{
	char link[64] = "", wanted[64];
	struct stat st;
	int fd = own(), again = own(), owner;

	OK(same(fd, again));
	MUST(fstat(fd, &st));
	MUST(readlink("/proc/self/ns/net", link, sizeof link - 1));
	snprintf(wanted, sizeof wanted, "net:[%lu]", (unsigned long)st.st_ino);
	OK(!strcmp(link, wanted));
	say("mode %o size %ld", st.st_mode, (long)st.st_size);
	OK(ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET);
	SHOW(ioctl(fd, NS_GET_PARENT));
	SHOW(ioctl(fd, NS_GET_OWNER_UID, &st));
	SHOW(ioctl(fd, 0x5401, &st));
	owner = ioctl(fd, NS_GET_USERNS);
	OK(owner >= 0 && ioctl(owner, NS_GET_NSTYPE) == CLONE_NEWUSER);
	SHOW(setns(owner, CLONE_NEWNET));
	SHOW(setns(owner, 0));
	SHOW(setns(fd, CLONE_NEWNS));
	SHOW(setns(fd, CLONE_NEWNET));
	SHOW(setns(0, CLONE_NEWNET));
	SHOW(setns(-1, CLONE_NEWNET));
	SHOW(write(fd, "x", 1));
	SHOW(open("/proc/self/ns/net", O_RDWR));
	close(fd);
	close(again);
	close(owner);
}

static void a_new_one(void)
{
	int before = own(), after;

	SHOW(unshare(CLONE_NEWNET));
	after = own();
	OK(!same(before, after));
	say("%d interface", rows("/proc/net/dev"));
	say("%d interface", rows("/proc/self/net/dev"));
	connect_to(4711);
	up(true);
	connect_to(4711);
	close(before);
	close(after);
}

static void sockets_stay(void)
{
	int first = own(), second, listener, asked;
	int old = listen_at(4712), made;

	MUST(unshare(CLONE_NEWNET));
	second = own();
	up(true);
	connect_to(4712); /* nobody listens here */
	listener = listen_at(4712); /* the address is free here */
	connect_to(4712);
	asked = ioctl(old, SIOCGSKNS);
	OK(asked >= 0 && same(asked, first));
	close(asked);
	asked = ioctl(listener, SIOCGSKNS);
	OK(asked >= 0 && same(asked, second));
	close(asked);
	made = accept(listener, NULL, NULL);
	SHOW(setns(first, CLONE_NEWNET));
	asked = ioctl(made, SIOCGSKNS);
	OK(asked >= 0 && same(asked, second));
	close(listener);
	close(made);
	connect_to(4712); /* the first one's listener again */
	close(old);
	connect_to(4712);
	close(first);
	close(second);
	close(asked);
}

static void abstract_names(void)
{
	int mine = abstract("weir-here", true);

	close(abstract("weir-here", false));
	IN_CHILD(MUST(unshare(CLONE_NEWNET)); abstract("weir-here", false);
		 abstract("weir-here", true); abstract("weir-here", false));
	close(abstract("weir-here", true));
	close(mine);
}

static void others(void)
{
	int pipe_[2], theirs, pidfd, before = own(), now;
	char path[64], c;
	pid_t pid;

	MUST(pipe(pipe_));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		unshare(CLONE_NEWNET);
		MUST(write(pipe_[1], "x", 1));
		pause();
		_exit(0);
	}
	MUST(read(pipe_[0], &c, 1));
	snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
	theirs = (int)MUST(open(path, O_RDONLY));
	OK(!same(before, theirs));
	snprintf(path, sizeof path, "/proc/%d/net/dev", pid);
	say("theirs: %d", rows(path));
	pidfd = (int)MUST(syscall(SYS_pidfd_open, pid, 0));
	SHOW(setns(pidfd, 0));
	SHOW(setns(pidfd, CLONE_NEWNET));
	now = own();
	OK(same(now, theirs));
	close(now);
	SHOW(setns(before, 0));
	kill(pid, SIGKILL);
	reap(pid);
	SHOW(setns(pidfd, CLONE_NEWNET));
	SHOW(setns(theirs, CLONE_NEWNET)); /* its file keeps it */
	up(false);
	SHOW(setns(before, 0));
	close(before);
	close(theirs);
	close(pidfd);
}

static void mounted(void)
{
	struct stat a, b;
	int fd, before = own(), now;

	put_file("name", "");
	IN_CHILD(MUST(unshare(CLONE_NEWNET)); up(true); SHOW(mount(
		"/proc/self/ns/net", "name", "none", MS_BIND, NULL)));
	fd = (int)MUST(open("name", O_RDONLY));
	MUST(fstat(fd, &a));
	MUST(stat("name", &b));
	OK(a.st_ino == b.st_ino);
	OK(!same(before, fd));
	SHOW(setns(fd, CLONE_NEWNET));
	now = own();
	OK(same(now, fd));
	up(true);
	SHOW(setns(before, CLONE_NEWNET));
	SHOW(umount2("name", MNT_DETACH));
	close(fd);
	fd = (int)MUST(open("name", O_RDONLY));
	SHOW(setns(fd, CLONE_NEWNET));
	close(fd);
	close(now);
	close(before);
	SHOW(unlink("name"));
}

static void without_rights(void)
{
	int fd = own();

	IN_CHILD(MUST(setuid(65534)); SHOW(unshare(CLONE_NEWNET));
		 SHOW(setns(fd, CLONE_NEWNET));
		 SHOW(syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0)));
	close(fd);
}

int main(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		say("no right to mount");
		return 77;
	}
	scratch();
	files();
	up(true);
	a_new_one();
	sockets_stay();
	abstract_names();
	others();
	mounted();
	without_rights();
	return 0;
}
