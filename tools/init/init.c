// SPDX-License-Identifier: MIT
//
// The first program of a guest, one static binary for every root image.
//
// As PID 1 it mounts the usual pseudo file systems, unpacks what the host put
// on the second disk (a tar archive), and then either runs the one command
// that the host left in /.weir/argv, with its output on the result channel
// (/dev/ttyS1), and powers off; or starts /etc/weir/rc and keeps a shell on
// the console. It reaps orphans and shuts down in order.
//
// Called by the names poweroff, halt and reboot it asks PID 1 for just that.
// As /init of an initramfs with /.weir/modules (a Linux guest) it first loads
// those modules and moves to the root file system on /dev/vda.
//
// docs/guest.md describes the protocol with tools/guest.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tools/init/init.h"

#define ARGV_FILE "/.weir/argv"
#define STDIN_FLAG "/.weir/stdin"
#define MODULES "/.weir/modules"
#define MAX_ARGS 256

static volatile sig_atomic_t wanted; // RB_POWER_OFF or RB_AUTOBOOT, once asked

static char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"USER=root",
	"LOGNAME=root",
	"SHELL=/bin/sh",
	"TERM=vt220",
	"LANG=C.UTF-8",
	NULL,
};

void say(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n > (int)sizeof(line) - 1)
		n = sizeof(line) - 1;
	if (write(2, "weir-init: ", 11) < 0 || write(2, line, n) < 0 ||
	    write(2, "\n", 1) < 0)
		return; // no console: nobody to tell
}

static void mount_one(const char *type, const char *where, const char *data)
{
	mkdir(where, 0755);
	if (mount(type, where, type, 0, data) != 0 && errno != EBUSY)
		say("mount %s on %s: %s", type, where, strerror(errno));
}

// On an initramfs the root is a tmpfs already, and it holds the files put.
static void mount_all(bool from_memory)
{
	if (access("/proc/self", F_OK) != 0)
		mount_one("proc", "/proc", NULL);
	if (access("/sys/class", F_OK) != 0)
		mount_one("sysfs", "/sys", NULL);
	if (access("/dev/null", F_OK) != 0)
		mount_one("devtmpfs", "/dev", NULL);
	mount_one("devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666");
	mount_one("tmpfs", "/dev/shm", "mode=1777");
	symlink("/proc/self/fd", "/dev/fd");
	symlink("/proc/self/fd/0", "/dev/stdin");
	symlink("/proc/self/fd/1", "/dev/stdout");
	symlink("/proc/self/fd/2", "/dev/stderr");
	if (from_memory)
		return;
	mount_one("tmpfs", "/run", "mode=755");
	mount_one("tmpfs", "/tmp", "mode=1777");
	mkdir("/run/lock", 01777);
}

static void set_hostname(void)
{
	char name[64] = "weir";
	int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		ssize_t n = read(fd, name, sizeof(name) - 1);
		close(fd);
		name[n > 0 ? n : 0] = 0;
		name[strcspn(name, "\n")] = 0;
	}
	sethostname(name, strlen(name));
}

static void on_signal(int sig)
{
	wanted = sig == SIGTERM || sig == SIGINT ? RB_AUTOBOOT : RB_POWER_OFF;
}

static void reset_signals(void)
{
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
}

// Reaps until `child` ends (its wait status), or until a shutdown is asked
// for (-1). With child 0: only the shutdown ends it.
static int wait_for(pid_t child)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);

		if (pid > 0 && pid == child)
			return status;
		if (wanted)
			return -1;
		if (pid < 0 && errno == ECHILD) {
			if (child)
				return 255 << 8;
			pause();
			if (wanted)
				return -1;
		}
	}
}

static void reap_for(int milliseconds)
{
	for (int waited = 0; waited < milliseconds; waited += 20) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return;
		usleep(20000);
	}
}

static void shut_down(int how)
{
	sync();
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	reap_for(3000);
	kill(-1, SIGKILL);
	reap_for(2000);
	mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL);
	sync();
	reboot(how);
	say("reboot: %s", strerror(errno));
	_exit(1); // the kernel panics: PID 1 has ended
}

static int open_result(void)
{
	struct termios t;
	int fd = open("/dev/ttyS1", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0) {
		say("/dev/ttyS1: %s", strerror(errno));
		return -1;
	}
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(fd, TCSANOW, &t);
	}
	return fd;
}

// Splits the NUL-separated words of /.weir/argv.
static bool read_command(char *text, size_t size, char **words)
{
	int fd = open(ARGV_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, size - 1);
	close(fd);
	unlink(ARGV_FILE);
	if (length <= 0)
		return false;
	text[length] = 0;
	int n = 0;
	for (char *p = text; p < text + length && n < MAX_ARGS;
	     p += strlen(p) + 1)
		words[n++] = p;
	words[n] = NULL;
	return n > 0;
}

static void exec_command(char **words, int result, bool with_stdin)
{
	int in = with_stdin ? result : open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	reset_signals();
	if (in >= 0)
		dup2(in, 0);
	if (result >= 0) {
		dup2(result, 1);
		dup2(result, 2);
	}
	if (chdir("/root") != 0 && chdir("/") != 0)
		say("chdir: %s", strerror(errno));
	environ = (char **)environment;
	execvp(words[0], words);
	dprintf(2, "%s: %s\n", words[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static void run_command(char **words)
{
	int result = open_result();
	bool with_stdin = unlink(STDIN_FLAG) == 0;

	rmdir("/.weir");
	pid_t child = fork();
	if (child == 0)
		exec_command(words, result, with_stdin);
	int status = child < 0 ? 126 : exit_status(wait_for(child));
	int out = result >= 0 ? result : 2;
	dprintf(out, "\n\001weir-status %d\n", wanted ? 143 : status);
	tcdrain(out);
	shut_down(RB_POWER_OFF);
}

static void start(const char *path)
{
	if (access(path, X_OK) != 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		setsid();
		reset_signals();
		environ = (char **)environment;
		execl(path, path, NULL);
		say("%s: %s", path, strerror(errno));
		_exit(127);
	}
	if (child > 0)
		wait_for(child);
}

static pid_t start_shell(void)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	setsid();
	reset_signals();
	int fd = open("/dev/ttyS0", O_RDWR);
	if (fd < 0)
		fd = open("/dev/console", O_RDWR);
	if (fd >= 0) {
		ioctl(fd, TIOCSCTTY, 0);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		if (fd > 2)
			close(fd);
	}
	if (chdir("/root") != 0 && chdir("/") != 0)
		say("chdir: %s", strerror(errno));
	environ = (char **)environment;
	execl("/bin/bash", "-bash", NULL);
	execl("/bin/sh", "-sh", NULL);
	execl("/bin/busybox", "-sh", NULL);
	say("no shell: %s", strerror(errno));
	sleep(1);
	_exit(127);
}

static void serve(void)
{
	start("/etc/weir/rc");
	while (!wanted) {
		pid_t shell = start_shell();

		if (shell < 0)
			sleep(1);
		else
			wait_for(shell);
	}
	shut_down(wanted);
}

static int ask_pid_1(const char *name)
{
	int sig = strcmp(name, "reboot") == 0 ? SIGTERM : SIGUSR2;

	if (kill(1, sig) == 0)
		return 0;
	perror(name);
	return 1;
}

int main(int argc, char **argv)
{
	static char text[65536];
	static char *words[MAX_ARGS + 1];
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGUSR2 };

	(void)argc;
	if (getpid() != 1)
		return ask_pid_1(name);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction act = { .sa_handler = on_signal };
		sigaction(signals[i], &act, NULL);
	}
	bool linux_guest = access(MODULES, F_OK) == 0;
	bool from_memory = strcmp(argv[0], "/init") == 0;

	mount_all(from_memory);
	if (linux_guest)
		linux_start(MODULES); // returns only without a root disk
	if (getenv("WEIR_LINUX"))
		linux_network();
	set_hostname();
	unpack_disk("/dev/vdb");
	if (read_command(text, sizeof(text), words))
		run_command(words);
	serve();
	return 1;
}
