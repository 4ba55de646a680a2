// SPDX-License-Identifier: MIT
/*
 * Private to the runner's code blocks: values and expressions of the small
 * part of Python (and C's && || !) that packetdrill scripts assert with.
 */
#pragma once

#include "tests/net/conform/conform.h"

enum value_kind { VALUE_NONE, VALUE_INT, VALUE_FLOAT, VALUE_TEXT, VALUE_LIST };

struct value {
	enum value_kind kind;
	int64_t number;
	double real;
	char *text;
	int count; /* of a list */
	struct value *items;
};

struct code {
	const char *at; /* within the statement */
	int line;
	int dead; /* > 0: parsed, not evaluated */
};

NORETURN void code_fail(const struct code *c, const char *format, ...)
	PRINTF_LIKE(2, 3);
/* The next token, if it is this one: a word as a whole, or punctuation. */
bool code_take(struct code *c, const char *token);
char *code_name(struct code *c); /* a name, or NULL */
void code_space(struct code *c);

struct value code_expr(struct code *c); /* one expression */
struct value code_exprs(struct code *c); /* a, b: a tuple */
bool code_true(const struct value *v);
const char *code_text(const struct value *v);

struct value value_int(int64_t number);
struct value value_text(const char *text);
struct value *code_variable(const char *name, bool make);
struct value code_operate(struct code *c, const char *op, struct value a,
			  struct value b);
