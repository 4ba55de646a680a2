// SPDX-License-Identifier: MIT
//
// What a Linux guest needs and a Weir guest does not: Debian builds the
// drivers of the root disk as modules, so its kernel starts in an initramfs,
// and it leaves the network to user space.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tools/init/init.h"

static void load_modules(const char *directory)
{
	char path[256], name[128];

	snprintf(path, sizeof(path), "%s/order", directory);
	FILE *list = fopen(path, "re");
	if (!list)
		return;
	while (fgets(name, sizeof(name), list)) {
		name[strcspn(name, "\n")] = 0;
		snprintf(path, sizeof(path), "%s/%s", directory, name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
			say("module %s: %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
	fclose(list);
}

// Copies the value of the command line's last `word` (with its '=').
static int command_line(const char *word, char *value, size_t size)
{
	static char line[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC), found = 0;

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[n > 0 ? n : 0] = 0;
	for (char *p = strtok(line, " \n"); p; p = strtok(NULL, " \n")) {
		if (strncmp(p, word, strlen(word)) == 0) {
			snprintf(value, size, "%s", p + strlen(word));
			found = 1;
		}
	}
	return found;
}

static void move_to_root(const char *device, const char *init)
{
	static const char *const moved[] = { "/dev", "/proc", "/sys" };
	char to[32];

	for (int i = 0; access(device, F_OK) != 0 && i < 500; i++)
		usleep(10000);
	mkdir("/newroot", 0755);
	if (mount(device, "/newroot", "ext4", 0, NULL) != 0) {
		say("mount %s: %s", device, strerror(errno));
		return;
	}
	umount2("/dev/pts", MNT_DETACH);
	umount2("/dev/shm", MNT_DETACH);
	for (size_t i = 0; i < sizeof(moved) / sizeof(*moved); i++) {
		snprintf(to, sizeof(to), "/newroot%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) != 0)
			say("move %s: %s", moved[i], strerror(errno));
	}
	if (chdir("/newroot") != 0 ||
	    mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 ||
	    chdir("/") != 0)
		say("move to the root: %s", strerror(errno));
	setenv("WEIR_LINUX", "1", 1);
	execl(init, init, NULL);
	say("%s: %s", init, strerror(errno));
}

void linux_start(const char *directory)
{
	char root[64], init[128] = "/sbin/weir-init";

	load_modules(directory);
	if (!command_line("root=", root, sizeof(root))) {
		linux_network();
		return;
	}
	command_line("init=", init, sizeof(init));
	move_to_root(root, init);
}

static void set_address(int fd, int request, const char *name, const char *text)
{
	struct ifreq r = { 0 };
	struct sockaddr_in *a = (struct sockaddr_in *)&r.ifr_addr;

	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	a->sin_family = AF_INET;
	inet_pton(AF_INET, text, &a->sin_addr);
	if (ioctl(fd, request, &r) != 0)
		say("%s %s: %s", name, text, strerror(errno));
}

static void bring_up(int fd, const char *name)
{
	struct ifreq r = { 0 };

	strncpy(r.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &r) != 0)
		return;
	r.ifr_flags |= IFF_UP;
	ioctl(fd, SIOCSIFFLAGS, &r);
}

static void default_route(int fd, const char *gateway)
{
	struct rtentry r = { .rt_flags = RTF_UP | RTF_GATEWAY };

	((struct sockaddr_in *)&r.rt_dst)->sin_family = AF_INET;
	((struct sockaddr_in *)&r.rt_genmask)->sin_family = AF_INET;
	struct sockaddr_in *g = (struct sockaddr_in *)&r.rt_gateway;
	g->sin_family = AF_INET;
	inet_pton(AF_INET, gateway, &g->sin_addr);
	if (ioctl(fd, SIOCADDRT, &r) != 0 && errno != EEXIST)
		say("route to %s: %s", gateway, strerror(errno));
}

// ip=CLIENT:SERVER:GATEWAY:MASK:... as in Linux's nfsroot.rst.
void linux_network(void)
{
	char word[128] = "",
	     *field[4] = { "10.0.2.15", "", "10.0.2.2", "255.255.255.0" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (command_line("ip=", word, sizeof(word)) && word[0] >= '0' &&
	    word[0] <= '9') {
		char *rest = word;
		for (int i = 0; i < 4 && rest; i++)
			field[i] = strsep(&rest, ":");
	}
	bring_up(fd, "lo");
	if (if_nametoindex("eth0")) {
		set_address(fd, SIOCSIFADDR, "eth0", field[0]);
		set_address(fd, SIOCSIFNETMASK, "eth0", field[3]);
		bring_up(fd, "eth0");
		if (*field[2])
			default_route(fd, field[2]);
	}
	close(fd);
}
