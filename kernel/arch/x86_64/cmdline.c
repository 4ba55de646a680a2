// SPDX-License-Identifier: MIT
/*
 * The command line, cut into words once. The kernel's words are looked up in
 * the table that CMDLINE_WORD fills; the others are init's.
 */
#include "kernel/arch/x86_64/cmdline.h"
#include "kernel/arch/x86_64/log.h"
#include "lib/parse.h"
#include "lib/string.h"

#define MAX_TEXT 4096
#define MAX_WORDS 128
#define MAX_INIT 64

static char text[MAX_TEXT]; /* as it was given */
static char words[MAX_TEXT]; /* cut by NULs */
static char *word_list[MAX_WORDS];
static unsigned word_count;
static const char *init_args[MAX_INIT + 1], *init_env[MAX_INIT + 1];
static unsigned init_arg_count, init_env_count;

extern const struct cmdline_word cmdline_words_start[], cmdline_words_end[];

const char *cmdline_text(void)
{
	return text;
}

/* The value behind `name`, if `word` is that name: "" without '='. */
static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(word, name, n))
		return NULL;
	if (word[n] == '=')
		return word + n + 1;
	return word[n] ? NULL : word + n;
}

const char *cmdline_value(const char *name)
{
	const char *value = NULL;

	for (unsigned i = 0; i < word_count; i++) {
		const char *found = value_of(word_list[i], name);

		if (found)
			value = found;
	}
	return value;
}

void cmdline_each(const char *name, void (*row)(void *arg, const char *value),
		  void *arg)
{
	for (unsigned i = 0; i < word_count; i++) {
		const char *found = value_of(word_list[i], name);

		if (found)
			row(arg, found);
	}
}

bool cmdline_flag(const char *name, bool absent)
{
	const char *value = cmdline_value(name);

	if (!value)
		return absent;
	return !*value || string_equal(value, "1") ||
	       string_equal(value, "y") || string_equal(value, "yes") ||
	       string_equal(value, "on");
}

int64_t cmdline_number(const char *name, int64_t absent)
{
	const char *value = cmdline_value(name);
	int64_t n;

	if (!value || !parse_i64(&value, 0, &n) || *value)
		return absent;
	return n;
}

const char *const *cmdline_init_args(void)
{
	return init_args;
}

const char *const *cmdline_init_env(void)
{
	return init_env;
}

static void give_init(const char *word)
{
	if (strchr(word, '=')) {
		if (init_env_count < MAX_INIT)
			init_env[init_env_count++] = word;
	} else if (init_arg_count < MAX_INIT) {
		init_args[init_arg_count++] = word;
	}
}

static void unknown(const char *word)
{
	bool ours = string_starts(word, "weir.");

	log_error("command line: unknown word \"%s\"%s", word,
		  ours ? "" : ", handed to init");
	if (!ours)
		give_init(word);
}

static void handle(char *word)
{
	bool known = false;

	for (const struct cmdline_word *k = cmdline_words_start;
	     k < cmdline_words_end; k++) {
		const char *value = value_of(word, k->name);

		if (!value)
			continue;
		known = true;
		if (k->set && k->set(value[-1] == '=' ? value : NULL))
			log_error("command line: wrong value: \"%s\"", word);
	}
	if (!known)
		unknown(word);
}

/* The next word at *at with its quotes taken off, or NULL. */
static char *cut(char **at)
{
	char *from = *at, *to, *word;
	bool quoted = false;

	while (is_blank(*from))
		from++;
	word = to = from;
	if (!*from)
		return NULL;
	for (; *from && (quoted || !is_blank(*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*at = *from ? from + 1 : from;
	*to = 0;
	return word;
}

void cmdline_parse(const char *line)
{
	char *at = words, *word;
	bool for_init = false;

	string_copy(text, line, sizeof text);
	string_copy(words, line, sizeof words);
	while ((word = cut(&at))) {
		if (for_init)
			give_init(word);
		else if (string_equal(word, "--"))
			for_init = true;
		else if (word_count < MAX_WORDS)
			word_list[word_count++] = word;
	}
}

void cmdline_apply(void)
{
	for (unsigned i = 0; i < word_count; i++)
		handle(word_list[i]);
}

/* Words that Linux users write out of habit and that ask for nothing here. */
CMDLINE_WORD("ro", NULL);
CMDLINE_WORD("rw", NULL);
CMDLINE_WORD("earlyprintk", NULL);
CMDLINE_WORD("nokaslr", NULL);
CMDLINE_WORD("mitigations", NULL);
CMDLINE_WORD("reboot", NULL);
CMDLINE_WORD("tsc", NULL);
