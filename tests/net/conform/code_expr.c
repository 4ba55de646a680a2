// SPDX-License-Identifier: MIT
/*
 * Expressions of code blocks, evaluated while they are read:
 *
 *	expr = or [ "if" or "else" expr ]
 *	or: and: not: comparison (chained): | ^ & << + * unary ** call: atom
 *
 * Integers are 64 bits wide; `/` divides as Python 3 does.
 */
#include <ctype.h>
#include <math.h>

#include "tests/net/conform/libc.h"

#include "tests/net/conform/code.h"

NORETURN void code_fail(const struct code *c, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	unsupported(c->line, "code: %s (at \"%.20s\")", text, c->at);
}

/* ---- Tokens ---- */

void code_space(struct code *c)
{
	for (;;) {
		if (*c->at == '\n')
			c->line++;
		else if (*c->at == '#')
			c->at += strcspn(c->at, "\n") - 1;
		else if (*c->at == '\\' && c->at[1] == '\n')
			c->line++, c->at++;
		else if (!isspace((unsigned char)*c->at))
			return;
		c->at++;
	}
}

static bool in_name(char ch)
{
	return isalnum((unsigned char)ch) || ch == '_';
}

bool code_take(struct code *c, const char *token)
{
	size_t n = strlen(token);

	code_space(c);
	if (strncmp(c->at, token, n) != 0)
		return false;
	if (in_name(token[0]) && in_name(c->at[n]))
		return false;
	c->at += n;
	return true;
}

char *code_name(struct code *c)
{
	size_t n = 0;

	code_space(c);
	if (isdigit((unsigned char)*c->at))
		return NULL;
	while (in_name(c->at[n]))
		n++;
	if (!n)
		return NULL;
	c->at += n;
	return strndup(c->at - n, n);
}

static void expect(struct code *c, const char *token)
{
	if (!code_take(c, token))
		code_fail(c, "\"%s\" expected", token);
}

/* ---- Values ---- */

struct value value_int(int64_t number)
{
	return (struct value){ .kind = VALUE_INT, .number = number };
}

static struct value value_float(double real)
{
	return (struct value){ .kind = VALUE_FLOAT, .real = real };
}

struct value value_text(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = strdup(text) };
}

static double real_of(const struct value *v)
{
	return v->kind == VALUE_FLOAT ? v->real : (double)v->number;
}

bool code_true(const struct value *v)
{
	switch (v->kind) {
	case VALUE_INT:
		return v->number != 0;
	case VALUE_FLOAT:
		return v->real != 0;
	case VALUE_TEXT:
		return *v->text;
	case VALUE_LIST:
		return v->count > 0;
	default:
		return false;
	}
}

const char *code_text(const struct value *v)
{
	char *text = calloc(1, 1024);

	switch (v->kind) {
	case VALUE_INT:
		snprintf(text, 1024, "%lld", (long long)v->number);
		break;
	case VALUE_FLOAT:
		snprintf(text, 1024, "%g", v->real);
		break;
	case VALUE_TEXT:
		return v->text;
	case VALUE_LIST:
		for (int i = 0; i < v->count; i++)
			snprintf(text + strlen(text), 1024 - strlen(text),
				 "%s%s", i ? ", " : "(",
				 code_text(&v->items[i]));
		snprintf(text + strlen(text), 1024 - strlen(text), ")");
		break;
	default:
		snprintf(text, 1024, "None");
	}
	return text;
}

static int compare(const struct value *a, const struct value *b)
{
	if (a->kind == VALUE_TEXT && b->kind == VALUE_TEXT)
		return strcmp(a->text, b->text);
	if (a->kind == VALUE_INT && b->kind == VALUE_INT)
		return a->number < b->number ? -1 : a->number > b->number;
	if (a->kind > VALUE_FLOAT || b->kind > VALUE_FLOAT)
		return a->kind < b->kind ? -1 : a->kind > b->kind;
	return real_of(a) < real_of(b) ? -1 : real_of(a) > real_of(b);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
	int64_t q = a / b;

	return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static struct value operate_int(struct code *c, const char *op, int64_t a,
				int64_t b)
{
	bool division = op[0] == '/' || op[0] == '%';

	if (division && b == 0)
		code_fail(c, "division by zero");
	switch (op[0]) {
	case '+':
		return value_int(a + b);
	case '-':
		return value_int(a - b);
	case '*':
		return op[1] ? value_float(pow((double)a, (double)b)) :
			       value_int(a * b);
	case '/':
		return op[1] ? value_int(floor_divide(a, b)) :
			       value_float((double)a / (double)b);
	case '%':
		return value_int(a - floor_divide(a, b) * b);
	case '|':
		return value_int(a | b);
	case '&':
		return value_int(a & b);
	case '^':
		return value_int(a ^ b);
	case '<':
		return value_int(a << b);
	default:
		return value_int(a >> b);
	}
}

static struct value operate_real(struct code *c, const char *op, double a,
				 double b)
{
	switch (op[0]) {
	case '+':
		return value_float(a + b);
	case '-':
		return value_float(a - b);
	case '*':
		return value_float(op[1] ? pow(a, b) : a * b);
	case '/':
		return value_float(op[1] ? floor(a / b) : a / b);
	case '%':
		return value_float(a - floor(a / b) * b);
	default:
		code_fail(c, "%s of fractions", op);
	}
}

/* "cwnd %d" % value, or % (a, b) */
static struct value format_text(const struct value *format,
				const struct value *args)
{
	char text[1024] = "";
	size_t n = 0;
	int used = 0;

	for (const char *p = format->text; *p && n < sizeof(text) - 1; p++) {
		const struct value *v = args;

		if (*p != '%' || p[1] == '%') {
			text[n++] = *p;
			p += *p == '%';
			continue;
		}
		if (args->kind == VALUE_LIST)
			v = used < args->count ? &args->items[used] : args;
		used++;
		p += 1 + strspn(p + 1, "0123456789.+- #lh");
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
				      code_text(v));
		n = MIN(n, sizeof(text) - 1);
	}
	return value_text(text);
}

struct value code_operate(struct code *c, const char *op, struct value a,
			  struct value b)
{
	char joined[2048];

	if (c->dead)
		return value_int(0);
	if (a.kind == VALUE_TEXT && op[0] == '%')
		return format_text(&a, &b);
	if (a.kind == VALUE_TEXT && b.kind == VALUE_TEXT && op[0] == '+') {
		snprintf(joined, sizeof(joined), "%s%s", a.text, b.text);
		return value_text(joined);
	}
	if (a.kind > VALUE_FLOAT || b.kind > VALUE_FLOAT)
		code_fail(c, "%s of these values", op);
	if (a.kind == VALUE_FLOAT || b.kind == VALUE_FLOAT)
		return operate_real(c, op, real_of(&a), real_of(&b));
	return operate_int(c, op, a.number, b.number);
}

/* ---- Atoms ---- */

static void add_item(struct value *list, struct value item)
{
	list->kind = VALUE_LIST;
	list->items =
		realloc(list->items, sizeof(item) * (size_t)(list->count + 1));
	list->items[list->count++] = item;
}

static struct value number_atom(struct code *c)
{
	char *end;
	struct value v = value_int((int64_t)strtoull(c->at, &end, 0));

	if (*end == '.' || *end == 'e' || *end == 'E')
		v = value_float(strtod(c->at, &end));
	while (*end && strchr("uUlL", *end))
		end++;
	c->at = end;
	return v;
}

static struct value text_atom(struct code *c)
{
	char quote = *c->at++;
	char *text = calloc(1, strlen(c->at) + 1);
	size_t n = 0;

	while (*c->at && *c->at != quote) {
		if (*c->at == '\\' && c->at[1])
			c->at++;
		text[n++] = *c->at++;
	}
	if (!*c->at)
		code_fail(c, "a string without an end");
	c->at++;
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static struct value list_atom(struct code *c, const char *end)
{
	struct value list = { .kind = VALUE_LIST };

	while (!code_take(c, end)) {
		add_item(&list, code_expr(c));
		if (!code_take(c, ","))
			expect(c, end), c->at--;
	}
	return list;
}

static struct value parenthesised(struct code *c)
{
	struct value v, list = { .kind = VALUE_LIST };

	if (code_take(c, ")"))
		return list;
	v = code_expr(c);
	if (code_take(c, ")"))
		return v;
	add_item(&list, v);
	while (code_take(c, ",")) {
		if (code_take(c, ")"))
			return list;
		add_item(&list, code_expr(c));
	}
	expect(c, ")");
	return list;
}

static struct value extreme(const struct value *args, bool most)
{
	const struct value *list = args;
	struct value best;

	if (args->count == 1 && args->items[0].kind == VALUE_LIST)
		list = &args->items[0];
	best = list->items[0];
	for (int i = 1; i < list->count; i++)
		if ((compare(&list->items[i], &best) > 0) == most)
			best = list->items[i];
	return best;
}

static struct value range(const struct value *args)
{
	struct value list = { .kind = VALUE_LIST };
	int64_t from = args->count > 1 ? args->items[0].number : 0;
	int64_t to = args->items[args->count > 1].number;
	int64_t step = args->count > 2 ? args->items[2].number : 1;

	for (; step > 0 ? from < to : from > to; from += step)
		add_item(&list, value_int(from));
	return list;
}

static struct value call(struct code *c, const char *name, struct value args)
{
	struct value *v = args.items;

	if (c->dead || !args.count)
		return value_int(0);
	if (!strcmp(name, "abs"))
		return v->kind == VALUE_FLOAT ?
			       value_float(fabs(v->real)) :
			       value_int(v->number < 0 ? -v->number :
							 v->number);
	if (!strcmp(name, "int"))
		return value_int(v->kind == VALUE_TEXT ?
					 strtoll(v->text, NULL, 0) :
					 (int64_t)real_of(v));
	if (!strcmp(name, "float"))
		return value_float(real_of(v));
	if (!strcmp(name, "round"))
		return value_int((int64_t)round(real_of(v)));
	if (!strcmp(name, "bool"))
		return value_int(code_true(v));
	if (!strcmp(name, "str"))
		return value_text(code_text(v));
	if (!strcmp(name, "len"))
		return value_int(v->kind == VALUE_TEXT ?
					 (int64_t)strlen(v->text) :
					 v->count);
	if (!strcmp(name, "min"))
		return extreme(&args, false);
	if (!strcmp(name, "max"))
		return extreme(&args, true);
	if (!strcmp(name, "range"))
		return range(&args);
	if (!strcmp(name, "hex"))
		return value_text(code_text(v));
	code_fail(c, "%s() is not known", name);
}

static struct value name_atom(struct code *c)
{
	char *name = code_name(c);
	const struct value *v;
	int64_t symbol;

	if (!name)
		code_fail(c, "a value expected");
	if (!strcmp(name, "True") || !strcmp(name, "true"))
		return value_int(1);
	if (!strcmp(name, "False") || !strcmp(name, "false"))
		return value_int(0);
	if (!strcmp(name, "None"))
		return (struct value){ 0 };
	if (code_take(c, "("))
		return call(c, name, list_atom(c, ")"));
	v = code_variable(name, false);
	if (v)
		return *v;
	if (symbol_find(name, &symbol))
		return value_int(symbol);
	if (c->dead)
		return value_int(0);
	code_fail(c, "%s is not known", name);
}

static struct value atom(struct code *c)
{
	struct value v;

	code_space(c);
	if (isdigit((unsigned char)*c->at) ||
	    (*c->at == '.' && isdigit((unsigned char)c->at[1])))
		return number_atom(c);
	if (*c->at && strchr("frbu", *c->at) &&
	    (c->at[1] == '"' || c->at[1] == '\''))
		c->at++; /* f"..." and its like: only shown */
	if (*c->at == '"' || *c->at == '\'') {
		v = text_atom(c);
		for (code_space(c); *c->at == '"' || *c->at == '\'';
		     code_space(c))
			v = code_operate(c, "+", v, text_atom(c));
		return v;
	}
	if (code_take(c, "("))
		return parenthesised(c);
	if (code_take(c, "["))
		return list_atom(c, "]");
	return name_atom(c);
}

static struct value postfix(struct code *c)
{
	struct value v = atom(c);

	while (code_take(c, "[")) {
		struct value i = code_expr(c);

		expect(c, "]");
		if (c->dead)
			continue;
		if (v.kind != VALUE_LIST || i.kind != VALUE_INT ||
		    i.number < -v.count || i.number >= v.count)
			code_fail(c, "no such item");
		v = v.items[i.number < 0 ? i.number + v.count : i.number];
	}
	return v;
}

/* ---- Operators ---- */

static struct value unary(struct code *c)
{
	struct value v;

	if (code_take(c, "-")) {
		v = unary(c);
		return code_operate(c, "-", value_int(0), v);
	}
	if (code_take(c, "+"))
		return unary(c);
	if (code_take(c, "~")) {
		v = unary(c);
		return code_operate(c, "^", v, value_int(-1));
	}
	v = postfix(c);
	if (code_take(c, "**"))
		v = code_operate(c, "**", v, unary(c));
	return v;
}

/* Not the first half of `<<=`, `&&`, `<=` ... */
static const char *operator_at(struct code *c, const char *const *operators)
{
	for (; *operators; operators++) {
		size_t n = strlen(*operators);

		code_space(c);
		if (strncmp(c->at, *operators, n) != 0)
			continue;
		if (c->at[n] == '=' || (n == 1 && c->at[1] == **operators))
			continue;
		c->at += n;
		return *operators;
	}
	return NULL;
}

static const char *const levels[][4] = {
	{ "|" },	{ "^" },      { "&" },
	{ "<<", ">>" }, { "+", "-" }, { "//", "*", "/", "%" },
};

static struct value binary(struct code *c, size_t level)
{
	const char *operators[5] = { NULL };
	struct value v;
	const char *op;

	if (level == ARRAY_LEN(levels))
		return unary(c);
	memcpy(operators, levels[level], sizeof(levels[level]));
	v = binary(c, level + 1);
	while ((op = operator_at(c, operators)))
		v = code_operate(c, op, v, binary(c, level + 1));
	return v;
}

static bool contains(const struct value *list, const struct value *v)
{
	if (list->kind == VALUE_TEXT && v->kind == VALUE_TEXT)
		return strstr(list->text, v->text);
	for (int i = 0; list->kind == VALUE_LIST && i < list->count; i++)
		if (compare(&list->items[i], v) == 0)
			return true;
	return false;
}

enum relation { NO_RELATION, EQ, NE, LE, GE, LT, GT, IN, NOT_IN };

static enum relation take_relation(struct code *c)
{
	static const struct {
		const char *token;
		enum relation relation;
	} tokens[] = {
		{ "==", EQ }, { "!=", NE }, { "<=", LE }, { ">=", GE },
		{ "<", LT },  { ">", GT },  { "in", IN }, { "is", EQ },
	};
	struct code start;

	for (size_t i = 0; i < ARRAY_LEN(tokens); i++)
		if (code_take(c, tokens[i].token))
			return tokens[i].relation == EQ && code_take(c, "not") ?
				       NE :
				       tokens[i].relation;
	start = *c;
	if (code_take(c, "not") && code_take(c, "in"))
		return NOT_IN;
	*c = start;
	return NO_RELATION;
}

static bool holds(enum relation r, const struct value *a, const struct value *b)
{
	int order = r < IN ? compare(a, b) : 0;

	switch (r) {
	case EQ:
		return order == 0;
	case NE:
		return order != 0;
	case LE:
		return order <= 0;
	case GE:
		return order >= 0;
	case LT:
		return order < 0;
	case GT:
		return order > 0;
	case IN:
		return contains(b, a);
	default:
		return !contains(b, a);
	}
}

static struct value comparison(struct code *c)
{
	struct value a = binary(c, 0), b;
	enum relation r = take_relation(c);
	bool all = true;

	if (r == NO_RELATION)
		return a;
	for (; r != NO_RELATION; r = take_relation(c)) {
		b = binary(c, 0);
		all = all && holds(r, &a, &b);
		a = b;
	}
	return value_int(all);
}

static struct value negation(struct code *c)
{
	struct value v;

	if (!code_take(c, "not")) {
		code_space(c);
		if (*c->at != '!' || c->at[1] == '=')
			return comparison(c);
		c->at++;
	}
	v = negation(c);
	return value_int(!code_true(&v));
}

static struct value conjunction(struct code *c)
{
	struct value v = negation(c);

	while (code_take(c, "and") || code_take(c, "&&")) {
		bool known = !code_true(&v);
		struct value right;

		c->dead += known;
		right = negation(c);
		c->dead -= known;
		if (!known)
			v = right;
	}
	return v;
}

static struct value disjunction(struct code *c)
{
	struct value v = conjunction(c);

	while (code_take(c, "or") || code_take(c, "||")) {
		bool known = code_true(&v);
		struct value right;

		c->dead += known;
		right = conjunction(c);
		c->dead -= known;
		if (!known)
			v = right;
	}
	return v;
}

struct value code_expr(struct code *c)
{
	struct value v = disjunction(c), condition, other;

	if (!code_take(c, "if"))
		return v;
	condition = disjunction(c);
	expect(c, "else");
	c->dead += code_true(&condition);
	other = code_expr(c);
	c->dead -= code_true(&condition);
	return code_true(&condition) ? v : other;
}

struct value code_exprs(struct code *c)
{
	struct value v = code_expr(c), list = { .kind = VALUE_LIST };

	code_space(c);
	if (*c->at != ',')
		return v;
	add_item(&list, v);
	while (code_take(c, ",")) {
		code_space(c);
		if (!*c->at || *c->at == ';')
			break;
		add_item(&list, code_expr(c));
	}
	return list;
}
