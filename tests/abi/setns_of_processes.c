// SPDX-License-Identifier: MIT
/*
 * setns by a pidfd: into another process's mounts, host name and network; and
 * under load: processes that make namespaces of their own and end, others that
 * enter them meanwhile, readers of /proc, and threads that ask for a name that
 * another thread of theirs replaces.
 */
#include "tests/abi/abi.h"

#include <linux/capability.h>
#include <sys/mount.h>

#define ALL (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWNET)
#define ROUNDS 10

static void host(void)
{
	struct utsname name;

	uname(&name);
	say("host %s", name.nodename);
}

static int go[2], ready[2];

static void apart(void)
{
	char byte;

	MUST(unshare(ALL));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(mount("none", "m", "tmpfs", 0, NULL));
	put_file("m/theirs", "x");
	MUST(sethostname("apart", 5));
	MUST(write(ready[1], "x", 1));
	MUST(read(go[0], &byte, 1));
}

static void *wait_for_end(void *arg)
{
	char byte;

	return (void *)read((int)(long)arg, &byte, 1);
}

/* A process, not a thread, that has root and directory in common with us. */
static void with_companion(int pidfd)
{
	int hold[2];
	char byte;
	pid_t pid;

	MUST(pipe(hold));
	pid = (pid_t)MUST(
		syscall(SYS_clone, CLONE_FS | SIGCHLD, NULL, NULL, NULL, NULL));
	if (!pid) {
		MUST(read(hold[0], &byte, 1));
		_exit(0);
	}
	SHOW(setns(pidfd, CLONE_NEWNS));
	MUST(write(hold[1], "x", 1));
	say("%s", status_text(reap(pid)));
	SHOW(setns(pidfd, CLONE_NEWNS));
}

static void without_chroot(int pidfd)
{
	struct __user_cap_header_struct of = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct sets[2];
	pid_t pid = (pid_t)MUST(fork());

	if (!pid) {
		MUST(syscall(SYS_capget, &of, sets));
		sets[0].effective &= ~(1u << CAP_SYS_CHROOT);
		MUST(syscall(SYS_capset, &of, sets));
		SHOW(setns(pidfd, CLONE_NEWNS));
		SHOW(setns(pidfd, CLONE_NEWNS | CLONE_NEWUTS));
		SHOW(setns(pidfd, CLONE_NEWUTS));
		_exit(0);
	}
	say("%s", status_text(reap(pid)));
}

static void rules(void)
{
	char cwd[4096], file[4200], byte;
	int hold[2], pidfd;
	pthread_t thread;
	pid_t pid;

	MUST(pipe(go));
	MUST(pipe(ready));
	MUST(pipe(hold));
	MUST(mkdir("m", 0755));
	MUST(getcwd(cwd, sizeof cwd));
	snprintf(file, sizeof file, "%s/m/theirs", cwd);
	pid = (pid_t)MUST(fork());
	if (!pid) {
		apart();
		_exit(0);
	}
	MUST(read(ready[0], &byte, 1));
	pidfd = (int)MUST(syscall(SYS_pidfd_open, pid, 0));
	SHOW(access("m/theirs", F_OK));
	SHOW(setns(pidfd, CLONE_NEWUTS));
	host();
	MUST(pthread_create(&thread, NULL, wait_for_end,
			    (void *)(long)hold[0]));
	SHOW(setns(pidfd, CLONE_NEWNS));
	SHOW(setns(pidfd, CLONE_NEWTIME));
	MUST(write(hold[1], "x", 1));
	pthread_join(thread, NULL);
	while (setns(pidfd, CLONE_NEWNS) && errno == EINVAL)
		; /* until the thread is gone altogether */
	SHOW(setns(pidfd, CLONE_NEWIPC));
	SHOW(setns(pidfd, CLONE_NEWPID | CLONE_NEWCGROUP));
	SHOW(setns(pidfd, CLONE_NEWTIME));
	SHOW(setns(pidfd, CLONE_NEWUSER));
	SHOW(setns(pidfd, CLONE_NEWIPC | CLONE_NEWUSER));
	with_companion(pidfd);
	OK(!access(file, F_OK));
	OK(getcwd(cwd, sizeof cwd) && !strcmp(cwd, "/"));
	SHOW(setns(pidfd, ALL));
	SHOW(setns(pidfd, ALL | CLONE_FS));
	without_chroot(pidfd);
	MUST(setresuid(-1, 54321, -1));
	SHOW(setns(pidfd, CLONE_NEWUTS));
	MUST(setresuid(-1, 0, -1));
	MUST(write(go[1], "x", 1));
	say("%s", status_text(reap(pid)));
	SHOW(setns(pidfd, CLONE_NEWNS));
	SHOW(setns(pidfd, CLONE_NEWUTS));
	OK(!access(file, F_OK)); /* we hold it */
}

/* ---- load ---- */

static volatile pid_t *current; /* shared with the one that enters */
static volatile bool done;

static void *live(void *arg)
{
	long slot = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = (pid_t)MUST(fork());

		if (!pid) {
			MUST(unshare(CLONE_NEWUTS | CLONE_NEWNS));
			MUST(unshare(CLONE_NEWNS | CLONE_FILES | CLONE_FS));
			_exit(0);
		}
		current[slot] = pid;
		reap(pid);
	}
	return NULL;
}

/* In a process of its own: may be in others' namespaces. */
static void enter(void)
{
	struct utsname name;

	for (long i = 0;; i++) {
		int pidfd = (int)syscall(SYS_pidfd_open, current[i % 3], 0);

		if (pidfd < 0)
			continue;
		setns(pidfd, CLONE_NEWUTS | CLONE_NEWNS);
		uname(&name);
		close(pidfd);
		usleep(300);
	}
}

static void *look(void *arg)
{
	static const char *const files[] = { "mountinfo", "mounts", "ns/uts",
					     "ns/mnt",	  "fd",	    "root" };
	char path[64], buffer[8192];

	for (long i = 0; !done; i++) {
		int fd;

		usleep(200);
		snprintf(path, sizeof path, "/proc/%d/%s", current[i % 3],
			 files[i % (long)LEN(files)]);
		if (readlink(path, buffer, sizeof buffer) > 0)
			continue;
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		while (read(fd, buffer, sizeof buffer) > 0)
			;
		close(fd);
	}
	return NULL;
}

static void *rename_host(void *arg)
{
	struct utsname name;

	while (!done) {
		if (arg)
			MUST(unshare(CLONE_NEWUTS));
		uname(&name);
		if (strcmp(name.nodename, "apart"))
			say("the host is %s", name.nodename);
		usleep(arg ? 500 : 100);
	}
	return NULL;
}

static void load(void)
{
	pthread_t makers[3], others[4];
	pid_t entering;

	current = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (long i = 0; i < 3; i++)
		MUST(pthread_create(&makers[i], NULL, live, (void *)i));
	for (long i = 0; i < 4; i++)
		MUST(pthread_create(&others[i], NULL,
				    i < 2 ? look : rename_host,
				    (void *)(i & 1)));
	while (!current[0] || !current[1] || !current[2])
		sched_yield();
	entering = (pid_t)MUST(fork());
	if (!entering)
		enter();
	for (int i = 0; i < 3; i++)
		pthread_join(makers[i], NULL);
	done = true;
	for (int i = 0; i < 4; i++)
		pthread_join(others[i], NULL);
	kill(entering, SIGKILL);
	say("%s", status_text(reap(entering)));
}

int main(void)
{
	need_root();
	scratch();
	in_child("rules", rules);
	MUST(unshare(CLONE_NEWUTS));
	MUST(sethostname("apart", 5));
	in_child("load", load);
	return 0;
}
