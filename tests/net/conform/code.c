// SPDX-License-Identifier: MIT
/*
 * Code blocks, %{ ... }%: assertions on what TCP_INFO says at that moment, with
 * variables that live to the end of the script.
 *
 * The language is the part of Python that such blocks are written in: assert,
 * print, assignments, if / elif / else, for and while by indentation, import
 * (passed over); and, for those who write C, braces are not needed but
 * semicolons, && || and ! are understood.
 */
#include <ctype.h>

#include "tests/net/conform/libc.h"

#include "kernel/syscall/syscall.h"
#include "lib/bytes.h"
#include "tests/net/conform/code.h"
#include "tests/net/conform/machine.h"

#define NAMES 1024
#define LINES 2048
#define ROUNDS 100000 /* of one loop */

/* ---- Variables ---- */

static struct {
	char *name;
	struct value value;
} names[NAMES];
static int name_count;

struct value *code_variable(const char *name, bool make)
{
	for (int i = 0; i < name_count; i++)
		if (!strcmp(names[i].name, name))
			return &names[i].value;
	if (!make || name_count == NAMES)
		return NULL;
	names[name_count].name = strdup(name);
	return &names[name_count++].value;
}

static void set_int(const char *name, int64_t number)
{
	*code_variable(name, true) = value_int(number);
}

/* ---- TCP_INFO ---- */

static const struct {
	const char *name;
	uint8_t offset, size;
} fields[] = {
	{ "tcpi_state", 0, 1 },
	{ "tcpi_ca_state", 1, 1 },
	{ "tcpi_retransmits", 2, 1 },
	{ "tcpi_probes", 3, 1 },
	{ "tcpi_backoff", 4, 1 },
	{ "tcpi_options", 5, 1 },
	{ "tcpi_rto", 8, 4 },
	{ "tcpi_ato", 12, 4 },
	{ "tcpi_snd_mss", 16, 4 },
	{ "tcpi_rcv_mss", 20, 4 },
	{ "tcpi_unacked", 24, 4 },
	{ "tcpi_sacked", 28, 4 },
	{ "tcpi_lost", 32, 4 },
	{ "tcpi_retrans", 36, 4 },
	{ "tcpi_fackets", 40, 4 },
	{ "tcpi_last_data_sent", 44, 4 },
	{ "tcpi_last_ack_sent", 48, 4 },
	{ "tcpi_last_data_recv", 52, 4 },
	{ "tcpi_last_ack_recv", 56, 4 },
	{ "tcpi_pmtu", 60, 4 },
	{ "tcpi_rcv_ssthresh", 64, 4 },
	{ "tcpi_rtt", 68, 4 },
	{ "tcpi_rttvar", 72, 4 },
	{ "tcpi_snd_ssthresh", 76, 4 },
	{ "tcpi_snd_cwnd", 80, 4 },
	{ "tcpi_advmss", 84, 4 },
	{ "tcpi_reordering", 88, 4 },
	{ "tcpi_rcv_rtt", 92, 4 },
	{ "tcpi_rcv_space", 96, 4 },
	{ "tcpi_total_retrans", 100, 4 },
	{ "tcpi_pacing_rate", 104, 8 },
	{ "tcpi_max_pacing_rate", 112, 8 },
	{ "tcpi_bytes_acked", 120, 8 },
	{ "tcpi_bytes_received", 128, 8 },
	{ "tcpi_segs_out", 136, 4 },
	{ "tcpi_segs_in", 140, 4 },
	{ "tcpi_notsent_bytes", 144, 4 },
	{ "tcpi_min_rtt", 148, 4 },
	{ "tcpi_data_segs_in", 152, 4 },
	{ "tcpi_data_segs_out", 156, 4 },
	{ "tcpi_delivery_rate", 160, 8 },
	{ "tcpi_busy_time", 168, 8 },
	{ "tcpi_rwnd_limited", 176, 8 },
	{ "tcpi_sndbuf_limited", 184, 8 },
	{ "tcpi_delivered", 192, 4 },
	{ "tcpi_delivered_ce", 196, 4 },
	{ "tcpi_bytes_sent", 200, 8 },
	{ "tcpi_bytes_retrans", 208, 8 },
	{ "tcpi_dsack_dups", 216, 4 },
	{ "tcpi_reord_seen", 220, 4 },
	{ "tcpi_rcv_ooopack", 224, 4 },
	{ "tcpi_snd_wnd", 228, 4 },
	{ "tcpi_rcv_wnd", 232, 4 },
	{ "tcpi_rehash", 236, 4 },
	{ "tcpi_total_rto", 240, 2 },
	{ "tcpi_total_rto_recoveries", 242, 2 },
	{ "tcpi_total_rto_time", 244, 4 },
};

static int64_t load(const uint8_t *at, unsigned size)
{
	return size == 1 ? *at :
	       size == 2 ? get_le16(at) :
	       size == 4 ? get_le32(at) :
			   (int64_t)get_le64(at);
}

static void take_info(void *arg)
{
	struct conversation *c = arg;
	uint8_t info[256] = { 0 };
	uint32_t room = sizeof(info);

	if (sys_getsockopt(c->live_fd, 6, 11, (uaddr_t)(uintptr_t)info,
			   (uaddr_t)(uintptr_t)&room))
		return;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (fields[i].offset + fields[i].size <= room)
			set_int(fields[i].name,
				load(info + fields[i].offset, fields[i].size));
	set_int("tcpi_snd_wscale", info[6] & 15);
	set_int("tcpi_rcv_wscale", info[6] >> 4);
	set_int("tcpi_delivery_rate_app_limited", info[7] & 1);
	set_int("tcpi_fastopen_client_fail", info[7] >> 1 & 3);
}

/* ---- Statements ---- */

/* A logical line: brackets and backslashes join physical ones. */
struct source_line {
	char *text;
	int indent, number;
};

static struct source_line lines[LINES];
static int line_count;

static void add_line(const char *start, const char *end, int number)
{
	struct source_line *l = &lines[line_count];
	int indent = 0;

	for (; start < end && (*start == ' ' || *start == '\t'); start++)
		indent += *start == '\t' ? 8 : 1;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	if (start == end || *start == '#' || line_count == LINES)
		return;
	*l = (struct source_line){ strndup(start, (size_t)(end - start)),
				   indent, number };
	line_count++;
}

static void split_lines(const char *text, int number)
{
	const char *start = text;
	int depth = 0, first = number;
	char quote = 0;

	line_count = 0;
	for (;; text++) {
		if (quote) {
			quote = *text == quote ? 0 : quote;
		} else if (*text == '"' || *text == '\'') {
			quote = *text;
		} else if (*text == '#') {
			text += strcspn(text, "\n");
		}
		depth += *text == '(' || *text == '[';
		depth -= *text == ')' || *text == ']';
		if (*text && (*text != '\n' || depth > 0 ||
			      (text > start && text[-1] == '\\'))) {
			number += *text == '\n';
			continue;
		}
		add_line(start, text, first);
		if (!*text)
			return;
		first = ++number;
		start = text + 1;
		quote = 0;
	}
}

static void run_assert(struct code *c)
{
	const char *start;
	struct value v, message = value_text("");
	int length;

	code_space(c);
	start = c->at;
	v = code_expr(c);
	length = (int)(c->at - start);
	if (code_take(c, ","))
		message = code_expr(c);
	if (!code_true(&v))
		report_failure(run.script->path, c->line,
			       "assertion failed: %.*s  %s", length, start,
			       code_text(&message));
}

static void run_print(struct code *c)
{
	struct value v = value_text("");

	code_space(c);
	if (*c->at && *c->at != ';')
		v = code_exprs(c);
	if (run.verbose)
		printf("%s\n", code_text(&v));
	if (run.verbose)
		fflush(stdout);
}

static bool run_assignment(struct code *c)
{
	static const char *const operators[] = { "+", "-", "*", "//", "/",
						 "%", "&", "|", "^" };
	struct code start = *c;
	char *name = code_name(c);
	struct value v;

	if (!name)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		size_t n = strlen(operators[i]);

		code_space(c);
		if (strncmp(c->at, operators[i], n) || c->at[n] != '=')
			continue;
		c->at += n + 1;
		if (!code_variable(name, false))
			code_fail(c, "%s is not known", name);
		v = *code_variable(name, false);
		*code_variable(name, true) =
			code_operate(c, operators[i], v, code_exprs(c));
		return true;
	}
	if (*c->at == '=' && c->at[1] != '=') {
		c->at++;
		v = code_exprs(c);
		*code_variable(name, true) = v;
		return true;
	}
	*c = start;
	return false;
}

/* Statements of one line, separated by semicolons. */
static void run_simple(struct code *c)
{
	for (;;) {
		while (code_take(c, ";"))
			;
		code_space(c);
		if (!*c->at)
			return;
		if (code_take(c, "assert"))
			run_assert(c);
		else if (code_take(c, "print"))
			run_print(c);
		else if (code_take(c, "import") || code_take(c, "from"))
			c->at += strcspn(c->at, ";\n");
		else if (!code_take(c, "pass") && !run_assignment(c))
			code_exprs(c);
		code_space(c);
		if (*c->at && *c->at != ';')
			code_fail(c, "the end of a statement expected");
	}
}

static int block_end(int at, int indent)
{
	while (at < line_count && lines[at].indent > indent)
		at++;
	return at;
}

static void run_block(int from, int to);

/* What follows the colon: on the same line, or indented below it. */
static void run_body(struct code *c, int at)
{
	if (!code_take(c, ":"))
		code_fail(c, "\":\" expected");
	code_space(c);
	if (*c->at)
		run_simple(c);
	else
		run_block(at + 1, block_end(at + 1, lines[at].indent));
}

static struct code code_of(int at)
{
	return (struct code){ .at = lines[at].text, .line = lines[at].number };
}

/* if, elif, else: the line after them all. */
static int run_if(int at, int to)
{
	int indent = lines[at].indent;
	bool done = false;

	for (bool first = true; at < to && lines[at].indent == indent;
	     first = false) {
		struct code c = code_of(at);
		struct value v = value_int(1);

		if (first ? !code_take(&c, "if") :
			    !code_take(&c, "elif") && !code_take(&c, "else"))
			break;
		if (c.at[-1] != 'e') /* if, elif */
			v = code_expr(&c);
		if (!done && code_true(&v)) {
			done = true;
			run_body(&c, at);
		}
		at = block_end(at + 1, indent);
	}
	return at;
}

static int run_for(int at)
{
	struct code c = code_of(at);
	char *name;
	struct value list;

	code_take(&c, "for");
	name = code_name(&c);
	if (!name || !code_take(&c, "in"))
		code_fail(&c, "for NAME in LIST expected");
	list = code_expr(&c);
	for (int i = 0; list.kind == VALUE_LIST && i < list.count; i++) {
		struct code body = c;

		*code_variable(name, true) = list.items[i];
		run_body(&body, at);
	}
	return block_end(at + 1, lines[at].indent);
}

static int run_while(int at)
{
	for (int round = 0;; round++) {
		struct code c = code_of(at);
		struct value v;

		code_take(&c, "while");
		v = code_expr(&c);
		if (!code_true(&v))
			break;
		if (round == ROUNDS)
			code_fail(&c, "a loop without an end");
		run_body(&c, at);
	}
	return block_end(at + 1, lines[at].indent);
}

static void run_block(int from, int to)
{
	while (from < to) {
		struct code c = code_of(from), look = c;

		if (code_take(&look, "if")) {
			from = run_if(from, to);
		} else if (code_take(&look, "for")) {
			from = run_for(from);
		} else if (code_take(&look, "while")) {
			from = run_while(from);
		} else {
			run_simple(&c);
			from++;
		}
	}
}

void run_code(struct step *e)
{
	struct conversation *c = run.under_test;
	struct task task;

	if (c && c->live_fd >= 0 && c->protocol == 6)
		task_run(&task, take_info, c);
	/* Ours: the initial sequence number on the wire. */
	if (c && c->isn_known)
		set_int("live_isn", c->live_isn);
	machine_settle();
	split_lines(e->text, e->line);
	run_block(0, line_count);
}
