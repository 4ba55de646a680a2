#!/bin/bash
# SPDX-License-Identifier: MIT
# weir.strace=NAME prints what strace(1) prints: the same static program is
# traced by strace on this host and by the kernel in a guest, and the lines are
# equal but for addresses, process ids and the clock.
. "$(dirname "$0")/../lib/guest.sh"
[ "$kernel" = weir ] || skip "about Weir's own tracer"
command -v strace >/dev/null || skip "no strace on this host"

cat >traced.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct sockaddr_un name = { AF_UNIX, "/tmp/traced.sock" };
	struct sockaddr_in in = { AF_INET, 0, { htonl(0x7f000001) }, { 0 } };
	struct iovec v[2] = { { "one\n", 4 }, { "two \"2\"\t\1\n", 10 } };
	struct epoll_event e = { EPOLLIN | EPOLLET, { .u64 = 7 } };
	struct timespec soon = { 0, 1000 };
	struct itimerspec timer = { { 1, 0 }, { 0, 500 } };
	struct pollfd polls[2];
	struct msghdr msg = { 0 };
	struct stat st;
	char buf[4096];
	int p[2], s[2], fd, ep, one = 1, status;
	socklen_t len = sizeof one;
	sigset_t set;

	write(-1, "begin", 5);
	fd = open("/tmp/traced", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	writev(fd, v, 2);
	lseek(fd, -3, SEEK_END);
	read(fd, buf, 3);
	pread(fd, buf, 100, 0);
	fstat(fd, &st);
	stat("/tmp/none", &st);
	fcntl(fd, F_GETFD);
	fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, O_APPEND);
	flock(fd, LOCK_EX | LOCK_NB);
	ftruncate(fd, 100000);
	close(fd);
	openat(AT_FDCWD, "/tmp/none/x", O_RDONLY | O_DIRECTORY);
	access("/tmp/traced", R_OK | W_OK);
	mkdir("/tmp/traced.dir", 0755);
	rename("/tmp/traced", "/tmp/traced.dir/x");
	unlink("/tmp/traced.dir/x");
	rmdir("/tmp/traced.dir");
	symlink("target", "/tmp/traced.link");
	readlink("/tmp/traced.link", buf, sizeof buf);
	unlink("/tmp/traced.link");
	chdir("/tmp");
	getcwd(buf, sizeof buf);
	umask(022);
	pipe2(p, O_NONBLOCK);
	read(p[0], buf, 10);
	dup2(p[0], 20);
	close(20);
	polls[0] = (struct pollfd){ p[0], POLLIN, 0 };
	polls[1] = (struct pollfd){ p[1], POLLIN | POLLOUT, 0 };
	poll(polls, 2, 10);
	poll(polls, 1, 0);
	ep = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &e);
	write(p[1], "x", 1);
	epoll_wait(ep, &e, 1, 0);
	epoll_wait(ep, &e, 1, 0);
	close(ep);
	close(eventfd(3, EFD_NONBLOCK));
	fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	timerfd_settime(fd, 0, &timer, NULL);
	close(fd);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s);
	msg.msg_iov = v;
	msg.msg_iovlen = 1;
	send(s[0], "hello", 5, MSG_NOSIGNAL);
	recv(s[1], buf, 100, MSG_DONTWAIT);
	recv(s[1], buf, 100, MSG_DONTWAIT);
	shutdown(s[0], SHUT_WR);
	connect(s[0], (void *)&name, sizeof name);
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &one, &len);
	setsockopt(fd, SOL_TCP, TCP_NODELAY, &one, sizeof one);
	bind(fd, (void *)&in, sizeof in);
	listen(fd, 16);
	len = sizeof in;
	getsockname(fd, (void *)&in, &len);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	connect(s[1], (void *)&in, len);
	len = sizeof name;
	accept(fd, (void *)&name, &len);
	close(fd);
	mknod("/tmp/traced.fifo", S_IFIFO | 0600, 0);
	unlink("/tmp/traced.fifo");
	if (fork() == 0)
		_exit(4);
	wait(&status);
	clock_nanosleep(CLOCK_REALTIME, 0, &soon, NULL);
	nanosleep(&soon, NULL);
	mmap(NULL, 8192, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(NULL, 0, PROT_NONE, MAP_SHARED, 0, 0);
	mprotect((void *)0x10000, 4096, PROT_READ | PROT_EXEC);
	madvise((void *)0x10000, 4096, MADV_DONTNEED);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	kill(0x7fffffff, SIGTERM);
	wait4(-1, &status, WNOHANG, NULL);
	syscall(SYS_getrandom, buf, 0, 1);
	chmod("/tmp/none", 04755);
	getuid();
	geteuid();
	fchmod(-1, S_IFREG | 0600);
	exit(3);
}
END
gcc -static -O1 -w -o traced traced.c
timeout 20 strace -o host.txt ./traced && true
timeout 100 "$top/tools/guest" --kernel "$O/weir" --accel tcg --initramfs \
	--net none --timeout 90 --console console --append weir.strace=traced \
	--put traced:/traced -- /traced && true

# From the marker on; addresses and padding do not count.
lines() {
	sed -n '/"begin"/,$p' "$1" | sed -E 's/^\[pid +[0-9]+\] //; s/\r//
		s/0x[0-9a-f]{6,}/ADDRESS/g; s/ +=/ =/
		s/st_size=[0-9]+/st_size=N/; s/sin_port=htons\([0-9]+\)/sin_port=P/
		/^clone|^fork/d; s/^wait4(.*) = [1-9][0-9]*/wait4\1 = PID/
		/^\+\+\+/d; /^---/d; /^\[/d; /^ +[0-9]/d'
}
lines host.txt >want
pid=$(sed -nE 's/^\[pid +([0-9]+)\] write\(-1, "begin".*/\1/p' console)
grep -E "^\[pid +$pid\]" console >own
lines own >got
diff want got >differences || fail "$(head -60 differences)"
[ "$(wc -l <want)" -gt 70 ] || fail "only $(wc -l <want) lines"
