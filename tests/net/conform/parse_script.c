// SPDX-License-Identifier: MIT
/*
 * A whole script: option lines, commands to begin with, timed events, commands
 * to end with.
 *
 *	time = [ "+" ] number [ "~" [ "+" ] number ] | "*"
 *	event = time [ "..." number ] ( packet | call | `command` | %{ code }% )
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/net/conform/conform.h"

/* ---- Options ---- */

static void define(struct script *script, const char *text)
{
	const char *equal = strchr(text, '=');

	if (!equal || script->definitions == DEFINITIONS)
		return;
	script->define[script->definitions].name =
		strndup(text, (size_t)(equal - text));
	script->define[script->definitions++].value = strdup(equal + 1);
}

static bool set_text(struct script *s, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **field;
	} texts[] = {
		{ "ip_version", &s->ip_version },
		{ "local_ip", &s->local_ip },
		{ "remote_ip", &s->remote_ip },
		{ "gateway_ip", &s->gateway_ip },
		{ "so_filename", &s->so_filename },
		{ "init_scripts", &s->init_scripts },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (strcmp(texts[i].name, name) != 0)
			continue;
		*texts[i].field = strdup(value);
		return true;
	}
	return false;
}

static bool set_number(struct script *s, const char *name, const char *value)
{
	const struct {
		const char *name;
		int64_t *field;
	} numbers[] = {
		{ "mtu", &s->mtu },
		{ "tolerance_usecs", &s->tolerance_usecs },
		{ "tcp_ts_tick_usecs", &s->ts_tick_usecs },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		if (strcmp(numbers[i].name, name) != 0)
			continue;
		*numbers[i].field = strtoll(value, NULL, 0);
		return true;
	}
	if (!strcmp(name, "connect_port"))
		s->connect_port = atoi(value);
	else if (!strcmp(name, "bind_port"))
		s->bind_port = atoi(value);
	else if (!strcmp(name, "tolerance_percent"))
		s->tolerance_percent = atof(value);
	else
		return false;
	return true;
}

/* Those that say something about a real machine only. */
static bool harmless(const char *name)
{
	static const char *const names[] = {
		"speed",	   "persistent_tun_dev",
		"verbose",	   "dry_run",
		"netmask_ip",	   "wire_client_dev",
		"debug",	   "so_flags",
		"tun_device",	   "fm_filename",
		"strict_segments", "send_omit_free",
		"is_anyip",	   "any_ip",
		"tun_dev",	   "strict",
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

bool parse_option(struct script *s, const char *text)
{
	size_t n = strcspn(text, "=");
	char *name = strndup(text, n);
	const char *value = text[n] ? text + n + 1 : "";

	while (*name == '-')
		name++;
	if (!strcmp(name, "define") || !strcmp(name, "D")) {
		define(s, value);
		return true;
	}
	if (!strcmp(name, "non_fatal")) {
		s->non_fatal_packet = strstr(value, "packet");
		s->non_fatal_call = strstr(value, "syscall");
		return true;
	}
	if (!strncmp(name, "wire_", 5) && !harmless(name)) {
		s->unsupported = "a real wire";
		return true;
	}
	return set_text(s, name, value) || set_number(s, name, value) ||
	       harmless(name);
}

static void parse_options(struct reader *r)
{
	for (;;) {
		char *text;
		size_t n;

		reader_space(r);
		if (r->at[0] != '-' || (r->at[1] != '-' && r->at[1] != 'D'))
			return;
		n = strcspn(r->at, " \t\r\n");
		text = strndup(r->at, n);
		r->at += n;
		if (!strcmp(text, "-D")) {
			reader_space(r);
			n = strcspn(r->at, " \t\r\n");
			define(r->script, strndup(r->at, n));
			r->at += n;
		} else if (!strncmp(text, "-D", 2)) {
			define(r->script, text + 2);
		} else if (!parse_option(r->script, text)) {
			r->script->unsupported = text;
		}
	}
}

/* ---- Times ---- */

/* Seconds with a point to microseconds; "0...1" ends at the dots. */
static int64_t parse_seconds(struct reader *r)
{
	int64_t whole = 0, part = 0, unit = 100000;
	bool any = false;

	for (; isdigit((unsigned char)*r->at); r->at++, any = true)
		whole = whole * 10 + (*r->at - '0');
	if (*r->at == '.' && r->at[1] != '.') {
		for (r->at++; isdigit((unsigned char)*r->at); r->at++) {
			part += (*r->at - '0') * unit;
			unit /= 10;
			any = true;
		}
	}
	if (!any)
		reader_fail(r, "a time expected");
	return whole * 1000000 + part;
}

static void parse_time(struct reader *r, struct step *e)
{
	e->call_end = -1;
	if (reader_take(r, "*")) {
		e->form = TIME_ANY;
		return;
	}
	e->form = reader_take(r, "+") ? TIME_RELATIVE : TIME_ABSOLUTE;
	reader_space(r);
	e->usecs = parse_seconds(r);
	if (reader_take(r, "~")) {
		reader_take(r, "+");
		e->form = e->form == TIME_RELATIVE ? TIME_RELATIVE_RANGE :
						     TIME_RANGE;
		reader_space(r);
		e->usecs_end = parse_seconds(r);
	}
	if (reader_take(r, "...")) {
		reader_space(r);
		e->call_end = parse_seconds(r);
	}
}

/* ---- Events ---- */

static void parse_call(struct reader *r, struct step *e)
{
	size_t room = 0;

	e->kind = EVENT_CALL;
	e->name = reader_word(r);
	if (!e->name)
		reader_fail(r, "an event expected");
	reader_expect(r, "(");
	if (!reader_take(r, ")")) {
		do {
			room += sizeof(*e->arguments);
			e->arguments = realloc(e->arguments, room);
			e->arguments[e->argument_count++] = parse_expr(r);
		} while (reader_take(r, ","));
		reader_expect(r, ")");
	}
	if (!reader_take(r, "="))
		return;
	if (!reader_take(r, "?")) /* the call did not return: strace's form */
		e->result = parse_result(r);
	reader_space(r);
	if (isupper((unsigned char)*r->at))
		e->error = reader_word(r);
	if (reader_take(r, "("))
		free(reader_quoted(r, ')'));
}

static char *parse_code(struct reader *r)
{
	const char *end = strstr(r->at, "}%"), *start = r->at;

	if (!end)
		reader_fail(r, "%%{ without }%%");
	for (; r->at < end; r->at++)
		r->line += *r->at == '\n';
	r->at += 2;
	return strndup(start, (size_t)(end - start));
}

static void parse_action(struct reader *r, struct step *e)
{
	reader_space(r);
	e->line = r->line;
	if (*r->at == '<' || *r->at == '>') {
		e->kind = EVENT_PACKET;
		e->packet = parse_packet(r);
	} else if (reader_take(r, "`")) {
		e->kind = EVENT_SHELL;
		e->text = reader_quoted(r, '`');
	} else if (reader_take(r, "%{")) {
		e->kind = EVENT_CODE;
		e->text = parse_code(r);
	} else {
		parse_call(r, e);
	}
}

static struct step *parse_command(struct reader *r)
{
	struct step *e = calloc(1, sizeof(*e));

	e->kind = EVENT_SHELL;
	e->form = TIME_ANY;
	e->line = r->line;
	e->text = reader_quoted(r, '`');
	return e;
}

static void parse_events(struct reader *r)
{
	struct script *s = r->script;
	struct step **init = &s->init, **tail = &s->events;
	struct step **cleanup = &s->cleanup;

	for (;;) {
		struct step *e;

		reader_space(r);
		if (!*r->at)
			break;
		if (reader_take(r, "`")) {
			e = parse_command(r);
			if (s->events) {
				*cleanup = e;
				cleanup = &e->next;
			} else {
				*init = e;
				init = &e->next;
			}
			continue;
		}
		e = calloc(1, sizeof(*e));
		parse_time(r, e);
		parse_action(r, e);
		*tail = e;
		tail = &e->next;
	}
}

char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0, n;
	char *text = NULL;

	if (!file)
		return NULL;
	do {
		text = realloc(text, size + 65536);
		n = fread(text + size, 1, 65535, file);
		size += n;
	} while (n == 65535);
	text[size] = 0;
	fclose(file);
	return text;
}

struct script *parse_script(const char *path)
{
	struct script *script = calloc(1, sizeof(*script));
	struct reader r = { .path = path, .line = 1, .script = script };

	script->path = path;
	script->tolerance_usecs = 4000;
	script->connect_port = script->bind_port = 8080;
	r.at = read_file(path);
	if (!r.at) {
		r.at = "";
		reader_fail(&r, "no such file");
	}
	script_defaults(script);
	parse_options(&r);
	parse_events(&r);
	return script;
}
