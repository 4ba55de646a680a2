// SPDX-License-Identifier: MIT
/*
 * The kernel's command line: words, or name=value pairs, as Linux has them.
 *
 * Each file says which words it knows with CMDLINE_WORD, next to the code that
 * uses them. A word that nobody knows is named on the console and handed to
 * init (name=value as environment, others as arguments); an unknown word that
 * starts with "weir." is named and dropped. All after "--" is init's.
 */
#pragma once

#include "lib/types.h"

struct cmdline_word {
	const char *name;
	/* Called early (no memory allocation yet) with the text after '=', NULL
	 * without one; 0 or -EINVAL: the console says so. May be NULL. */
	int (*set)(const char *value);
};

#define CMDLINE_WORD_(line, word, function)                                  \
	static const struct cmdline_word cmdline_word_##line __attribute__(( \
		used, section(".cmdline_words"))) = { word, function }
#define CMDLINE_WORD__(line, word, function) CMDLINE_WORD_(line, word, function)
/* CMDLINE_WORD("loglevel", set_loglevel); or (.., NULL) and cmdline_value. */
#define CMDLINE_WORD(word, function) CMDLINE_WORD__(__LINE__, word, function)

/* The whole text, for /proc/cmdline. */
const char *cmdline_text(void);
/* The value of the last such word; "" for a bare word; NULL: not there. */
const char *cmdline_value(const char *name);
/* True for a bare word, and for =1, =y, =on; `absent` when it is not there. */
bool cmdline_flag(const char *name, bool absent);
/* The number, or `absent` when it is not there or not a number. */
int64_t cmdline_number(const char *name, int64_t absent);
/* Each value of a word that may come several times. */
void cmdline_each(const char *name, void (*row)(void *arg, const char *value),
		  void *arg);
/* What belongs to init: NULL-terminated lists of strings (constant). */
const char *const *cmdline_init_args(void);
const char *const *cmdline_init_env(void);

/* At start-up, once: cut into words, so that cmdline_value works; then, when
 * there is a console to complain on, call the words' functions. */
void cmdline_parse(const char *text);
void cmdline_apply(void);
