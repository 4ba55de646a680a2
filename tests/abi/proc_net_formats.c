// SPDX-License-Identifier: MIT
/*
 * /proc/net: the header lines and the widths of rows are Linux's to the blank,
 * since programs cut these files by column.
 */
#include "tests/abi/abi.h"

/* The first `lines` lines, each between bars. */
static void head(const char *path, int lines)
{
	char line[4096];
	FILE *file = fopen(path, "r");

	say("%s: %s", path, file ? "there" : "missing");
	while (file && lines-- > 0 && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		say("|%s|", line);
	}
	if (file)
		fclose(file);
}

/* How long the rows are, and how many words they have. */
static void shape(const char *path, int max_rows)
{
	char line[4096];
	FILE *file = fopen(path, "r");
	int row = 0;

	while (file && row <= max_rows && fgets(line, sizeof line, file)) {
		int words = 0;

		if (!row++)
			continue;
		say("row of %d", (int)strlen(line));
		for (char *word = strtok(line, " \t\n"); word;
		     word = strtok(NULL, " \t\n"))
			words++;
		say("%d words", words);
	}
	if (file)
		fclose(file);
}

/* snmp and netstat: pairs of lines with as many values as names. */
static void pairs(const char *path, const char *group)
{
	char names[8192], values[8192];
	FILE *file = fopen(path, "r");

	while (file && fgets(names, sizeof names, file) &&
	       fgets(values, sizeof values, file)) {
		int difference = 0;

		if (strncmp(names, group, strlen(group)))
			continue;
		for (char *c = names; *c; c++)
			difference += *c == ' ';
		for (char *c = values; *c; c++)
			difference -= *c == ' ';
		say("%s %d", group, difference);
		names[48] = 0;
		say("%s", names);
	}
	if (file)
		fclose(file);
}

/* The words before each number. */
static void keys(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "r");

	while (file && fgets(line, sizeof line, file)) {
		for (char *c = line; *c; c++)
			if (*c >= '0' && *c <= '9' && c > line && c[-1] == ' ')
				c += strspn(c, "0123456789") - 1, *c = 'N';
		for (char *word = strtok(line, " \n"); word;
		     word = strtok(NULL, " \n"))
			if (word[strlen(word) - 1] != 'N')
				printf("%s ", word);
		printf("\n");
	}
	if (file)
		fclose(file);
}

int main(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int tcp = (int)MUST(socket(AF_INET, SOCK_STREAM, 0));
	int udp = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));

	MUST(bind(tcp, (void *)&name, sizeof name));
	MUST(listen(tcp, 5));
	MUST(bind(udp, (void *)&name, sizeof name));
	head("/proc/net/dev", 2);
	head("/proc/net/tcp", 1);
	shape("/proc/net/tcp", 1);
	head("/proc/net/tcp6", 1);
	head("/proc/net/udp", 1);
	shape("/proc/net/udp", 1);
	head("/proc/net/udp6", 1);
	head("/proc/net/unix", 1);
	head("/proc/net/route", 1);
	head("/proc/net/arp", 1);
	pairs("/proc/net/snmp", "Tcp:");
	pairs("/proc/net/snmp", "Udp:");
	pairs("/proc/net/netstat", "TcpExt:");
	pairs("/proc/net/netstat", "IpExt:");
	keys("/proc/net/sockstat");
	keys("/proc/net/sockstat6");
	return 0;
}
