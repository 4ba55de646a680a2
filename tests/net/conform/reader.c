// SPDX-License-Identifier: MIT
/*
 * Characters of a script: blanks, the three kinds of comments, words, numbers,
 * quotes; and definitions (-D name=value), which replace words.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/net/conform/conform.h"

NORETURN void reader_fail(const struct reader *r, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report_failure(r->path, r->line, "cannot be read: %s (at \"%.20s\")",
		       text, r->at);
}

static bool comment(struct reader *r)
{
	const char *end;

	if (r->at[0] == '#' || (r->at[0] == '/' && r->at[1] == '/')) {
		r->at += strcspn(r->at, "\n");
		return true;
	}
	if (r->at[0] != '/' || r->at[1] != '*')
		return false;
	end = strstr(r->at + 2, "*/");
	if (!end)
		reader_fail(r, "a comment without an end");
	for (; r->at < end + 2; r->at++)
		r->line += *r->at == '\n';
	return true;
}

void reader_space(struct reader *r)
{
	for (;;) {
		if (isspace((unsigned char)*r->at))
			r->line += *r->at++ == '\n';
		else if (!comment(r))
			break;
	}
}

bool reader_take(struct reader *r, const char *text)
{
	size_t n = strlen(text);

	reader_space(r);
	if (strncmp(r->at, text, n) != 0)
		return false;
	r->at += n;
	return true;
}

void reader_expect(struct reader *r, const char *text)
{
	if (!reader_take(r, text))
		reader_fail(r, "\"%s\" expected", text);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t word_length(const char *at)
{
	size_t n = 0;

	while (in_word(at[n]))
		n++;
	return n;
}

char *reader_word(struct reader *r)
{
	char *word;
	size_t n;

	reader_space(r);
	n = word_length(r->at);
	if (!n)
		return NULL;
	word = strndup(r->at, n);
	r->at += n;
	for (int i = 0; i < r->script->definitions; i++)
		if (!strcmp(r->script->define[i].name, word))
			return r->script->define[i].value;
	return word;
}

bool reader_take_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	reader_space(r);
	if (word_length(r->at) != n || strncasecmp(r->at, word, n) != 0)
		return false;
	r->at += n;
	return true;
}

int64_t reader_number(struct reader *r)
{
	bool negative = false;
	char *word, *end;
	int64_t value;

	if (reader_take(r, "-"))
		negative = true;
	else
		reader_take(r, "+");
	word = reader_word(r);
	if (!word)
		reader_fail(r, "a number expected");
	value = (int64_t)strtoull(
		word, &end, word[0] == '0' && (word[1] | 32) == 'x' ? 16 : 10);
	if (*end)
		reader_fail(r, "\"%s\" is no number", word);
	return negative ? -value : value;
}

char *reader_quoted(struct reader *r, char quote)
{
	const char *start = r->at;
	char *text;

	while (*r->at && *r->at != quote)
		r->line += *r->at++ == '\n';
	if (!*r->at)
		reader_fail(r, "%c without its partner", quote);
	text = strndup(start, (size_t)(r->at - start));
	r->at++;
	return text;
}
