// SPDX-License-Identifier: MIT
/* Every option of SOL_SOCKET and IPPROTO_TCP: what it is at first, what may be
 * set, what is read back. */
#include "tests/abi/abi.h"

/* Not compared: filters, times, and what belongs to this machine. */
static bool skipped(int level, int name)
{
	static const int sockets[] = { 17, 20, 21, 26, 27, 31, 49, 50, 51,
				       52, 54, 55, 56, 57, 59, 61, 66, 67,
				       68, 71, 73, 74, 76, 77, 78, 79, 80,
				       81, 83, 84, 16, 34, 41, 43, 44, 48,
				       53, 42, 28, 58, 25, 7,  8,  32, 33 };
	static const int tcps[] = { 11, 13, 14, 24, 26, 28, 33, 35, 36,
				    37, 38, 39, 40, 41, 42, 44, 19, 45,
				    46, 32, 15, 20, 21, 22, 29, 10, 7 };
	const int *list = level == SOL_SOCKET ? sockets : tcps;
	size_t count = level == SOL_SOCKET ? LEN(sockets) : LEN(tcps);

	for (size_t i = 0; i < count; i++)
		if (list[i] == name)
			return true;
	return false;
}

/* tcp_rmem ends where this machine's memory says. */
static int most_of_a_reader(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_rmem", "r");
	int most = 0;

	if (f) {
		OK(fscanf(f, "%*d %*d %d", &most) == 1);
		fclose(f);
	}
	return most / 2;
}

static void show_get(int fd, int level, int name)
{
	int value = -77;
	socklen_t length = sizeof value;

	if (getsockopt(fd, level, name, &value, &length))
		say("  get %d/%d: %s", level, name, strerrorname_np(errno));
	else if (level == SOL_SOCKET && name == SO_RCVLOWAT && value > 1 &&
		 value == most_of_a_reader())
		say("  get %d/%d: half of tcp_rmem", level, name);
	else
		say("  get %d/%d: %d (%d bytes)", level, name, value,
		    (int)length);
}

static void try_set(int fd, int level, int name, int value, socklen_t length)
{
	if (setsockopt(fd, level, name, &value, length))
		say("  set %d/%d to %d (%d bytes): %s", level, name, value,
		    (int)length, strerrorname_np(errno));
	else
		say("  set %d/%d to %d (%d bytes)", level, name, value,
		    (int)length);
}

static void all_of(const char *what, int fd, int level, int most)
{
	say("%s, level %d", what, level);
	for (int name = 1; name <= most; name++) {
		if (skipped(level, name))
			continue;
		show_get(fd, level, name);
		try_set(fd, level, name, 1, 2);
		try_set(fd, level, name, 1, 4);
		show_get(fd, level, name);
		try_set(fd, level, name, -1, 4);
		show_get(fd, level, name);
		try_set(fd, level, name, 0, 4);
		show_get(fd, level, name);
	}
}

int main(void)
{
	int tcp = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	int tcp6 = (int)MUST(socket(AF_INET6, SOCK_STREAM, 0));
	int udp = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	all_of("TCP", tcp, SOL_SOCKET, 82);
	all_of("UDP", udp, SOL_SOCKET, 82);
	all_of("TCP", tcp, IPPROTO_TCP, 43);
	all_of("TCP over IPv6", tcp6, IPPROTO_TCP, 12);
	return 0;
}
