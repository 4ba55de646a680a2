// SPDX-License-Identifier: MIT
/*
 * What the ABI contract tests share. Each test is one static program named for
 * the rule that it holds; it prints what it sees. It runs on Linux first, the
 * oracle, then on Weir: the outputs and statuses must be equal. So nothing that
 * may differ between two runs is printed: no numbers of processes, addresses,
 * times. SHOW(call) prints the call, its result and the error's name; OK(x)
 * prints whether something holds. Output is never buffered (fork).
 */
#pragma once

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/futex.h>
#include <linux/sockios.h>

#define UNUSED __attribute__((unused))
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

__attribute__((format(printf, 1, 2))) UNUSED static void say(const char *fmt,
							     ...)
{
	char line[1024];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof line - 1, fmt, args);
	va_end(args);
	line[n++] = '\n';
	if (write(1, line, (size_t)n) != n)
		_exit(99);
}

UNUSED static long show(const char *call, long result)
{
	int error = errno;

	if (result == -1)
		say("%s = -1 %s", call, strerrorname_np(error));
	else
		say("%s = %ld", call, result);
	errno = error;
	return result;
}

#define SHOW(call) show(#call, (errno = 0, (long)(call)))
/* For calls whose good result differs from run to run. */
#define SHOW_OK(call)                                 \
	({                                            \
		long ok_ = (errno = 0, (long)(call)); \
		show(#call, ok_ == -1 ? -1 : 0);      \
		ok_;                                  \
	})
#define OK(what) say("%s: %s", #what, (what) ? "yes" : "NO")

/* The result must not be -1, or the test cannot go on. */
#define MUST(call)                                                         \
	({                                                                 \
		long must_ = (long)(call);                                 \
		if (must_ == -1) {                                         \
			say("MUST %s: %s", #call, strerrorname_np(errno)); \
			_exit(98);                                         \
		}                                                          \
		must_;                                                     \
	})

UNUSED static const char *status_text(int status)
{
	static char text[64];

	if (WIFEXITED(status))
		snprintf(text, sizeof text, "exit %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "killed by SIG%s",
			 sigabbrev_np(WTERMSIG(status)));
	else if (WIFSTOPPED(status))
		snprintf(text, sizeof text, "stopped by SIG%s",
			 sigabbrev_np(WSTOPSIG(status)));
	else
		snprintf(text, sizeof text, "continued");
	return text;
}

UNUSED static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Runs `body` in a child; prints how it ended. */
UNUSED static void in_child(const char *name, void (*body)(void))
{
	pid_t pid = (pid_t)MUST(fork());

	if (pid == 0) {
		body();
		_exit(0);
	}
	say("%s: %s", name, status_text(reap(pid)));
}

/* A new empty directory, which becomes the current one; whoever runs the tests
 * throws TMPDIR away. */
UNUSED static void scratch(void)
{
	static char path[4096];
	const char *base = getenv("TMPDIR");

	snprintf(path, sizeof path, "%s/abi.XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(path) || chdir(path)) {
		say("no scratch directory");
		_exit(98);
	}
}

UNUSED static void need_root(void)
{
	if (geteuid() != 0) {
		say("SKIPPED: needs root");
		_exit(77);
	}
}

UNUSED static void put_file(const char *path, const char *text)
{
	int fd = (int)MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

UNUSED static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

UNUSED static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

UNUSED static struct sockaddr_in loopback(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

UNUSED static int port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;

	MUST(getsockname(fd, (struct sockaddr *)&a, &len));
	/* The port lies at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&a)->sin_port);
}

/* A listener on 127.0.0.1 and any port. */
UNUSED static int tcp_listener(void)
{
	struct sockaddr_in a = loopback(0);
	int fd = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(bind(fd, (struct sockaddr *)&a, sizeof a));
	MUST(listen(fd, 8));
	return fd;
}

/* Two ends of a TCP connection over loopback. */
UNUSED static void tcp_pair(int ends[2])
{
	int listener = tcp_listener();
	struct sockaddr_in a = loopback(port_of(listener));

	ends[0] = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(ends[0], (struct sockaddr *)&a, sizeof a));
	ends[1] = (int)MUST(accept(listener, NULL, NULL));
	close(listener);
}

UNUSED static int udp_socket(void)
{
	struct sockaddr_in a = loopback(0);
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(bind(fd, (struct sockaddr *)&a, sizeof a));
	return fd;
}

/* Events by name, in a fixed order. */
UNUSED static const char *event_text(unsigned events)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { POLLIN, "IN" },	     { POLLPRI, "PRI" },
		      { POLLOUT, "OUT" },    { POLLERR, "ERR" },
		      { POLLHUP, "HUP" },    { POLLNVAL, "NVAL" },
		      { POLLRDHUP, "RDHUP" } };
	static char text[64];

	text[0] = 0;
	for (size_t i = 0; i < LEN(names); i++) {
		if (!(events & names[i].bit))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, names[i].name);
	}
	return text[0] ? text : "none";
}

UNUSED static void show_poll(const char *name, int fd, int timeout)
{
	struct pollfd p = { .fd = fd,
			    .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	int n = poll(&p, 1, timeout);

	say("%s: %d %s", name, n, event_text((unsigned)p.revents));
}
