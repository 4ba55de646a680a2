// SPDX-License-Identifier: MIT
/*
 * NETLINK_KOBJECT_UEVENT: what udev and its like hear when interfaces come, go,
 * get another name and move to another network namespace; each namespace hears
 * of its own. What Linux tells of a device's queues is left out: there are more on
 * one machine than on another, and none that can be set up here.
 */
#include "tests/abi/abi.h"

#include <linux/netlink.h>

static int listener(unsigned groups)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK,
				    .nl_groups = groups };
	int fd = (int)MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK,
				  NETLINK_KOBJECT_UEVENT));

	MUST(bind(fd, (struct sockaddr *)&name, sizeof name));
	return fd;
}

static void show_one(const char *message, size_t size)
{
	char line[1024] = "";

	for (const char *at = message; at < message + size;
	     at += strlen(at) + 1) {
		if (!strncmp(at, "SEQNUM=", 7))
			continue;
		strcat(line, at);
		strcat(line, " ");
	}
	say("%s", line);
}

static uint64_t sequence(const char *message, size_t size)
{
	for (const char *at = message; at < message + size;
	     at += strlen(at) + 1)
		if (!strncmp(at, "SEQNUM=", 7))
			return strtoull(at + 7, NULL, 10);
	return 0;
}

/* All that has come; numbers grow. */
static void drain(int fd)
{
	char message[2048];
	uint64_t last = 0, number;
	struct sockaddr_nl from;
	socklen_t length = sizeof from;
	ssize_t got;

	while ((got = recvfrom(fd, message, sizeof message - 1, 0,
			       (struct sockaddr *)&from, &length)) > 0) {
		message[got] = 0;
		number = sequence(message, (size_t)got);
		if (number <= last)
			say("number %lu after %lu", number, last);
		last = number;
		if (from.nl_pid || from.nl_groups != 1)
			say("from %u to %x", from.nl_pid, from.nl_groups);
		if (!strstr(message, "/queues/"))
			show_one(message, (size_t)got);
	}
}

static void run(int fd, const char *command)
{
	int status = system(command);

	say("# %s: %s", command, status_text(status));
	drain(fd);
}

int main(void)
{
	int fd, quiet, to[2], from[2];
	char command[100], byte;
	pid_t pid;

	need_root();
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	MUST(unshare(CLONE_NEWNET));
	fd = listener(1);
	quiet = listener(2);
	run(fd, "ip link set lo up");
	run(fd, "ip link add v0 type veth peer name v1");
	run(fd, "ip link set v0 name w0");
	run(fd, "ip link set w0 up mtu 1400");
	run(fd, "ip link add b0 type bridge");
	run(fd, "ip link set w0 master b0");
	run(fd, "ip link set b0 name a_name_of_15_by");
	run(fd, "ip tuntap add t0 mode tap");

	MUST(pipe(to));
	MUST(pipe(from));
	pid = (pid_t)MUST(fork());
	if (!pid) {
		MUST(unshare(CLONE_NEWNET));
		fd = listener(1);
		MUST(write(from[1], "x", 1));
		MUST(read(to[0], &byte, 1));
		say("# there");
		drain(fd);
		_exit(0);
	}
	MUST(read(from[0], &byte, 1));
	snprintf(command, sizeof command, "ip link set v1 netns %d", pid);
	say("# moved: %s", status_text(system(command)));
	drain(fd);
	MUST(write(to[1], "x", 1));
	reap(pid);
	/* Its namespace ends, and the other end of the pair. */
	while (!system("ip link show w0 >/dev/null 2>&1"))
		sleep_ms(20);
	say("# the other namespace is gone");
	drain(fd);
	run(fd, "ip link del a_name_of_15_by");
	run(fd, "ip tuntap del t0 mode tap");
	say("# another group");
	drain(quiet);
	return 0;
}
