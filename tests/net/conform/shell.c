// SPDX-License-Identifier: MIT
/*
 * Shell commands of scripts, understood rather than run: settings of the stack
 * (sysctl, echo > /proc/sys, set_sysctls.py); what is left is for the machine.
 *
 * ../common/defaults.sh and its like are read when they are there; otherwise
 * the settings below stand for them, which are those that public packetdrill
 * tests rely on.
 */
#include <ctype.h>

#include "tests/net/conform/libc.h"

#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define WORDS 64

static const char defaults[] =
	"sysctl -q net.ipv4.tcp_rmem='4096 540000 15728640'\n"
	"sysctl -q net.ipv4.tcp_wmem='4096 262144 4194304'\n"
	"sysctl -q net.ipv4.tcp_congestion_control=cubic\n"
	"sysctl -q net.ipv4.tcp_slow_start_after_idle=0\n"
	"sysctl -q net.ipv4.tcp_ecn=0\n"
	"sysctl -q net.ipv4.tcp_timestamps=1\n"
	"sysctl -q net.ipv4.tcp_sack=1\n"
	"sysctl -q net.ipv4.tcp_dsack=1\n"
	"sysctl -q net.ipv4.tcp_window_scaling=1\n"
	"sysctl -q net.ipv4.tcp_fastopen=0x70403\n"
	"sysctl -q net.ipv4.tcp_fastopen_key="
	"a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4\n"
	"sysctl -q net.ipv4.tcp_syncookies=1\n"
	"sysctl -q net.ipv4.tcp_syn_retries=5\n"
	"sysctl -q net.ipv4.tcp_synack_retries=5\n"
	"sysctl -q net.ipv4.tcp_early_retrans=3\n"
	"sysctl -q net.ipv4.tcp_recovery=1\n"
	"sysctl -q net.ipv4.tcp_moderate_rcvbuf=1\n"
	"sysctl -q net.ipv4.tcp_adv_win_scale=1\n"
	"sysctl -q net.ipv4.tcp_no_metrics_save=1\n"
	"sysctl -q net.ipv4.tcp_notsent_lowat=4294967295\n"
	"sysctl -q net.ipv4.tcp_min_tso_segs=2\n"
	"sysctl -q net.ipv4.tcp_tso_win_divisor=3\n"
	"sysctl -q net.ipv4.tcp_pacing_ss_ratio=200\n"
	"sysctl -q net.ipv4.tcp_pacing_ca_ratio=120\n"
	"sysctl -q net.ipv4.tcp_reordering=3\n"
	"sysctl -q net.ipv4.tcp_frto=2\n"
	"sysctl -q net.ipv4.tcp_mtu_probing=0\n"
	"sysctl -q net.core.wmem_max=4194304\n"
	"sysctl -q net.core.rmem_max=15728640\n";

bool shell_lenient; /* within defaults: unknown settings are passed over */

/* ---- Settings ---- */

/* "net.ipv4.tcp_sack=1", "/proc/sys/net/ipv4/tcp_sack=1". */
static void setting(const char *name, const char *value, int line)
{
	char path[200];
	bool dots;

	if (!strncmp(name, "/proc/sys/", 10))
		name += 10;
	snprintf(path, sizeof(path), "%s", name);
	dots = !strchr(path, '/');
	for (char *p = path; dots && *p; p++)
		if (*p == '.')
			*p = '/';
	if (!tunable_set(path, value, line) && !shell_lenient)
		unsupported(line, "the setting %s=%s", path, value);
}

static void assignment(char *word, int line)
{
	char *equal = strchr(word, '=');

	if (!equal)
		return; /* a setting that is only read */
	*equal = 0;
	setting(word, equal + 1, line);
}

/* ---- Commands ---- */

/* $((15*1024*1024)) */
static void arithmetic(char *out, size_t size, const char **in)
{
	const char *at = *in + 3;
	long long value = 1;

	do {
		char *end;

		value *= strtoll(at, &end, 0);
		at = end;
		while (*at == ' ')
			at++;
	} while (*at++ == '*');
	at += strcspn(at - 1, ")") ? 0 : 1;
	*in = at;
	snprintf(out, size, "%lld", value);
}

/* Words as a shell sees them; quotes join. The end of the command: newline, ;
 * or &&. */
static const char *split(const char *at, char *words[WORDS], int *count)
{
	*count = 0;
	for (;;) {
		char word[1024];
		size_t n = 0;
		bool any = false;

		while (*at == ' ' || *at == '\t' ||
		       (*at == '\\' && at[1] == '\n'))
			at += *at == '\\' ? 2 : 1;
		if (!*at || *at == '\n' || *at == ';' || *at == '#' ||
		    (*at == '&' && at[1] == '&'))
			break;
		while (*at && !strchr(" \t\n;", *at) &&
		       !(*at == '&' && at[1] == '&') && n < 1000) {
			if (*at == '"' || *at == '\'') {
				char quote = *at++;

				while (*at && *at != quote && n < 1000) {
					if (!strncmp(at, "$((", 3)) {
						arithmetic(word + n,
							   sizeof(word) - n,
							   &at);
						n += strlen(word + n);
						continue;
					}
					word[n++] = *at++;
				}
				at += *at == quote;
			} else if (!strncmp(at, "$((", 3)) {
				arithmetic(word + n, sizeof(word) - n, &at);
				n += strlen(word + n);
			} else {
				word[n++] = *at++;
			}
			any = true;
		}
		if (any && *count < WORDS)
			words[(*count)++] = strndup(word, n);
	}
	if (*at == '#')
		at += strcspn(at, "\n");
	return at;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Relative to the directory of the script. */
static char *read_beside(const char *name)
{
	const char *slash = strrchr(run.script->path, '/');
	char path[1024];

	if (name[0] == '/' || !slash)
		return read_file(name);
	snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - run.script->path),
		 run.script->path, name);
	return read_file(path);
}

static void run_script_file(const char *name, int line)
{
	char *text = read_beside(name);
	bool was = shell_lenient;

	if (!text && !strstr(base_name(name), "defaults"))
		unsupported(line, "the command %s", name);
	shell_lenient = true;
	run_shell(text ? text : defaults, line);
	shell_lenient = was;
}

/* echo 1 > /proc/sys/net/ipv4/tcp_sack */
static void echo_command(char *words[], int n, int line)
{
	for (int i = 1; i + 1 < n; i++) {
		char value[200] = "";

		if (strcmp(words[i], ">") != 0 ||
		    strncmp(words[i + 1], "/proc/sys/", 10) != 0)
			continue;
		for (int k = 1; k < i; k++)
			if (strcmp(words[k], "-n"))
				snprintf(value + strlen(value),
					 sizeof(value) - strlen(value), "%s%s",
					 *value ? " " : "", words[k]);
		setting(words[i + 1], value, line);
	}
}

static void command(char *words[], int n, int line)
{
	const char *name;

	while (n && (!strcmp(words[0], "sudo") || !strcmp(words[0], "bash") ||
		     !strcmp(words[0], "sh") || !strcmp(words[0], "source") ||
		     !strcmp(words[0], "."))) {
		words++;
		n--;
	}
	if (!n)
		return;
	name = base_name(words[0]);
	if (!strcmp(name, "sysctl") || !strncmp(name, "set_sysctls", 11)) {
		for (int i = 1; i < n; i++)
			if (words[i][0] != '-' && words[i][0] != '>')
				assignment(words[i], line);
	} else if (!strcmp(name, "echo")) {
		echo_command(words, n, line);
	} else if (strstr(name, ".sh")) {
		run_script_file(words[0], line);
	} else {
		machine_command(words, n, line);
	}
}

bool shell_understands(const char *text)
{
	while (*text) {
		char *words[WORDS];
		const char *name;
		int n;

		text = split(text, words, &n);
		text += strspn(text, "\n;& ");
		if (!n)
			continue;
		name = base_name(words[0]);
		if (strcmp(name, "sysctl") != 0 && strcmp(name, "ethtool") &&
		    strncmp(name, "set_sysctls", 11) != 0 &&
		    (!strstr(name, ".sh") || read_beside(words[0])))
			return false;
	}
	return true;
}

void run_shell(const char *text, int line)
{
	if (machine_shell(text, line))
		return;
	while (*text) {
		char *words[WORDS];
		int n;

		text = split(text, words, &n);
		command(words, n, line);
		text += strspn(text, "\n;& ");
	}
	machine_settle();
}

/* What ../common/defaults.sh's users define on the command line. */
void script_defaults(struct script *script)
{
	static const char *const names[] = {
		"TFO_COOKIE=3021b9d889017eeb",
		"TFO_COOKIE_ZERO=b7c12350a90dc8f5",
	};
	static const char *const names6[] = {
		"TFO_COOKIE=c1d1e9742a47a9bc",
		"TFO_COOKIE_ZERO=82af1a8f9a205c34",
	};
	static const char *const levels[][2] = {
		{ "CMSG_LEVEL_IP=SOL_IP", "CMSG_TYPE_RECVERR=IP_RECVERR" },
		{ "CMSG_LEVEL_IP=SOL_IPV6", "CMSG_TYPE_RECVERR=IPV6_RECVERR" },
	};
	bool six = run.version == VERSION_6;
	char text[80];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(text, sizeof(text), "--define=%s",
			 six ? names6[i] : names[i]);
		parse_option(script, text);
		/* An IPv6 socket tells in IPv6's terms, mapped or not. */
		snprintf(text, sizeof(text), "--define=%s",
			 levels[run.version != VERSION_4][i]);
		parse_option(script, text);
	}
}
