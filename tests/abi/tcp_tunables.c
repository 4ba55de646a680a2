// SPDX-License-Identifier: MIT
/*
 * The tunables that TCP testers set: which values each takes and refuses, and
 * what it says afterwards. In a network namespace of its own, where nobody else
 * sees them; what a system's administrator may have changed is set first.
 */
#include "tests/abi/abi.h"

/* What most take or refuse: numbers around the bounds, nothing, no number. */
static const char *const numbers[] = {
	"0",	      "1",	    "2",      "3",	 "4",	  "5",
	"8",	      "16",	    "47",     "48",	 "64",	  "127",
	"128",	      "255",	    "256",    "300",	 "512",	  "999",
	"1000",	      "1001",	    "1440",   "32767",	 "65535", "65536",
	"119999",     "120000",	    "120001", "1000000", "-1",	  "2147483647",
	"2147483648", "4294967295", "",	      "x",	 "1x",	  "0x10",
	"010",	      " 7 ",	    "1 2",    "1\n",	 "+1",	  "\t2\n",
};

/* Linux keeps this one in jiffies: what is no multiple is rounded. */
static const char *const milliseconds[] = { "0", "40", "500",	 "120000", "-1",
					    "x", "",   "1000 1", "+40" };

static const char *const triples[] = {
	"4096 131072 6291456",
	"1 2 3",
	"0 0 0",
	"1 0 1",
	"4096",
	"8192 9000",
	"1 2 3 4",
	"a b c",
	"-1 2 3",
	"1 2 x",
	"3\t2\t1",
	"1 2 2147483648",
};

static const char *const keys[] = {
	"a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4",
	"1-2-3-4",
	"0-0-0-0",
	"00000001-00000002-00000003-00000004,"
	"00000005-00000006-00000007-00000008",
	"a1a1a1a1-b2b2b2b2-c3c3c3c3",
	"a1a1a1a1b2b2b2b2c3c3c3c3d4d4d4d4",
	"zzzzzzzz-b2b2b2b2-c3c3c3c3-d4d4d4d4",
	"",
};

static const char *const names[] = { "reno", "nothing", "", "reno\n", "Reno" };

struct tunable {
	const char *name;
	const char *const *values;
	size_t count;
};

#define NUMBER(name_)                                              \
	{                                                          \
		name_, numbers, sizeof(numbers) / sizeof(*numbers) \
	}
#define TRIPLE(name_)                                              \
	{                                                          \
		name_, triples, sizeof(triples) / sizeof(*triples) \
	}

static const struct tunable tunables[] = {
	TRIPLE("tcp_rmem"),
	TRIPLE("tcp_wmem"),
	NUMBER("tcp_timestamps"),
	NUMBER("tcp_syn_retries"),
	NUMBER("tcp_synack_retries"),
	NUMBER("tcp_frto"),
	NUMBER("tcp_sack"),
	NUMBER("tcp_dsack"),
	NUMBER("tcp_fack"),
	NUMBER("tcp_reordering"),
	{ "tcp_congestion_control", names, sizeof(names) / sizeof(*names) },
	NUMBER("tcp_slow_start_after_idle"),
	NUMBER("tcp_early_retrans"),
	NUMBER("tcp_recovery"),
	NUMBER("tcp_tso_win_divisor"),
	NUMBER("tcp_ecn"),
	NUMBER("tcp_ecn_fallback"),
	NUMBER("tcp_pacing_ss_ratio"),
	NUMBER("tcp_pacing_ca_ratio"),
	NUMBER("tcp_notsent_lowat"),
	NUMBER("tcp_fastopen"),
	{ "tcp_fastopen_key", keys, sizeof(keys) / sizeof(*keys) },
	NUMBER("tcp_fastopen_blackhole_timeout_sec"),
	NUMBER("tcp_syncookies"),
	NUMBER("tcp_min_tso_segs"),
	NUMBER("tcp_mtu_probing"),
	NUMBER("tcp_base_mss"),
	{ "tcp_invalid_ratelimit", milliseconds,
	  sizeof(milliseconds) / sizeof(*milliseconds) },
	NUMBER("tcp_rto_max_ms"),
	NUMBER("tcp_shrink_window"),
	NUMBER("ip_no_pmtu_disc"),
};

static void tell(const char *path)
{
	char text[300] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = 0;
	say("  now \"%s\"", n < 0 ? "?" : text);
}

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	ssize_t n;

	if (fd < 0) {
		say("  open: %s", strerrorname_np(errno));
		return;
	}
	n = write(fd, value, strlen(value));
	say("  write(\"%s\"): %s", value,
	    n < 0 ? strerrorname_np(errno) : "ok");
	close(fd);
	if (n >= 0)
		tell(path);
}

int main(void)
{
	if (unshare(CLONE_NEWNET)) {
		say("no namespace");
		return 1;
	}
	for (size_t i = 0; i < sizeof(tunables) / sizeof(*tunables); i++) {
		char path[100];
		struct stat stat_result = { 0 };

		snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s",
			 tunables[i].name);
		stat(path, &stat_result);
		say("%s %o", tunables[i].name, stat_result.st_mode);
		for (size_t v = 0; v < tunables[i].count; v++)
			set(path, tunables[i].values[v]);
	}
	return 0;
}
