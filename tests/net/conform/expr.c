// SPDX-License-Identifier: MIT
/*
 * Expressions of system calls: numbers, strings, symbolic constants joined by
 * operators, lists, structures with named members, and `...`.
 *
 *	expr   = term { ( "|" | "&" | "<<" | "+" | "-" | "*" ) term }
 *	term   = "..." | string | number | word [ "(" list ")" ] | "~" term
 *	       | "[" list "]" | "{" [ name [ "(" expr ")" ] "=" ] expr ... "}"
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/net/conform/conform.h"

static struct expr *expr_new(enum expr_kind kind)
{
	struct expr *e = calloc(1, sizeof(*e));

	e->kind = kind;
	return e;
}

static void add_item(struct expr *list, struct expr *item)
{
	list->items = realloc(list->items,
			      sizeof(*list->items) * (size_t)(list->count + 1));
	list->items[list->count++] = item;
}

static char escaped(struct reader *r)
{
	char c = *r->at++;
	char digits[4] = "";

	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case '0':
		return '\0';
	case 'x':
		for (int i = 0; i < 2 && isxdigit((unsigned char)*r->at); i++)
			digits[i] = *r->at++;
		return (char)strtoul(digits, NULL, 16);
	default:
		return c;
	}
}

static struct expr *parse_string(struct reader *r)
{
	struct expr *e = expr_new(EXPR_STRING);
	size_t room = strcspn(r->at, "\n") + 1;

	e->text = calloc(1, room);
	while (*r->at != '"') {
		if (!*r->at || *r->at == '\n')
			reader_fail(r, "a string without an end");
		if (*r->at == '\\' && r->at[1]) {
			r->at++;
			e->text[e->length++] = escaped(r);
		} else {
			e->text[e->length++] = *r->at++;
		}
	}
	r->at++;
	/* "abc"... : shortened, as strace does it. */
	if (!strncmp(r->at, "...", 3))
		r->at += 3;
	return e;
}

static void parse_items(struct reader *r, struct expr *list, const char *end)
{
	if (reader_take(r, end))
		return;
	do {
		add_item(list, parse_expr(r));
	} while (reader_take(r, ","));
	reader_expect(r, end);
}

/* `name =` or `name(expr) =`, but not `name` alone as a value. */
static char *member_name(struct reader *r)
{
	struct reader start = *r;
	char *name = reader_word(r);

	if (name && !isdigit((unsigned char)*name)) {
		if (reader_take(r, "(")) {
			parse_expr(r);
			reader_expect(r, ")");
		}
		reader_space(r);
		if (*r->at == '=' && r->at[1] != '=') {
			r->at++;
			return name;
		}
	}
	*r = start;
	return NULL;
}

static struct expr *parse_struct(struct reader *r)
{
	struct expr *e = expr_new(EXPR_STRUCT);

	if (reader_take(r, "}"))
		return e;
	do {
		char *name = member_name(r);
		struct expr *value = parse_expr(r);

		value->name = name;
		add_item(e, value);
	} while (reader_take(r, ","));
	reader_expect(r, "}");
	return e;
}

static struct expr *parse_word(struct reader *r)
{
	char *word = reader_word(r);
	struct expr *e;

	if (!word)
		reader_fail(r, "an expression expected");
	if (isdigit((unsigned char)*word)) {
		char *end;

		e = expr_new(EXPR_NUMBER);
		e->number = (int64_t)strtoull(word, &end, 0);
		if (*end)
			reader_fail(r, "\"%s\" is no number", word);
		if (*r->at == '.' && isdigit((unsigned char)r->at[1]))
			e->number = (int64_t)strtod(word, NULL);
		return e;
	}
	e = expr_new(reader_take(r, "(") ? EXPR_CALL : EXPR_WORD);
	e->text = word;
	if (e->kind == EXPR_CALL)
		parse_items(r, e, ")");
	return e;
}

static struct expr *parse_term(struct reader *r)
{
	struct expr *e;

	reader_space(r);
	if (reader_take(r, "..."))
		return expr_new(EXPR_ELLIPSIS);
	if (reader_take(r, "\""))
		return parse_string(r);
	if (reader_take(r, "[")) {
		e = expr_new(EXPR_LIST);
		parse_items(r, e, "]");
		return e;
	}
	if (reader_take(r, "{"))
		return parse_struct(r);
	if (reader_take(r, "(")) {
		e = parse_expr(r);
		reader_expect(r, ")");
		return e;
	}
	if (*r->at == '-' || *r->at == '~' || *r->at == '&') {
		char sign = *r->at++;

		e = expr_new(EXPR_BINARY);
		e->text = sign == '-' ? "-" : sign == '~' ? "^" : "|";
		add_item(e, expr_new(EXPR_NUMBER));
		e->items[0]->number = sign == '~' ? -1 : 0;
		add_item(e, parse_term(r));
		return e;
	}
	return parse_word(r);
}

static struct expr *binary(const char *operator, struct expr * left,
			   struct expr *right)
{
	struct expr *e = expr_new(EXPR_BINARY);

	e->text = (char *)(uintptr_t) operator;
	add_item(e, left);
	add_item(e, right);
	return e;
}

/* A result: the next line may begin with + or *, so only | joins. */
struct expr *parse_result(struct reader *r)
{
	struct expr *left = parse_term(r);

	while (reader_take(r, "|"))
		left = binary("|", left, parse_term(r));
	return left;
}

struct expr *parse_expr(struct reader *r)
{
	static const char *const operators[] = { "<<", ">>", "|", "&",
						 "+",  "-",  "*", "^" };
	struct expr *left = parse_term(r);

	for (;;) {
		const char *found = NULL;

		for (size_t i = 0; i < ARRAY_LEN(operators) && !found; i++)
			if (reader_take(r, operators[i]))
				found = operators[i];
		if (!found)
			return left;
		left = binary(found, left, parse_term(r));
	}
}
