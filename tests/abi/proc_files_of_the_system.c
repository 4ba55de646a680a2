// SPDX-License-Identifier: MIT
/*
 * /proc: meminfo, cpuinfo, stat, uptime, loadavg, version and filesystems
 * have the fields that programs look for.
 */
#include "tests/abi/abi.h"

static char text[262144];

static void has(const char *path, const char *what)
{
	int fd = (int)MUST(open(path, O_RDONLY));
	ssize_t n, total = 0;

	while ((n = read(fd, text + total, 4096)) > 0 &&
	       total < (ssize_t)sizeof text - 5000)
		total += n;
	text[total] = 0;
	close(fd);
	say("%s has '%s': %s", path, what, strstr(text, what) ? "yes" : "NO");
}

int main(void)
{
	has("/proc/meminfo", "MemTotal:");
	has("/proc/meminfo", "MemAvailable:");
	has("/proc/cpuinfo", "processor\t: 0");
	has("/proc/cpuinfo", "flags\t\t: ");
	has("/proc/stat", "cpu  ");
	has("/proc/stat", "btime ");
	has("/proc/stat", "processes ");
	has("/proc/uptime", ".");
	has("/proc/loadavg", "/");
	has("/proc/version", "version");
	has("/proc/filesystems", "nodev\ttmpfs");
	has("/proc/net/dev", "lo:");
	has("/proc/net/tcp", "  sl  local_address rem_address   st");
	has("/proc/net/udp", "local_address rem_address   st");
	has("/proc/net/unix", "RefCount Protocol");
	has("/proc/net/route", "Iface\tDestination\tGateway");
	has("/proc/net/snmp", "Tcp: RtoAlgorithm");
	has("/proc/net/sockstat", "TCP: inuse");
	has("/proc/sys/kernel/ostype", "\n");
	has("/proc/sys/kernel/pid_max", "\n");
	return 0;
}
