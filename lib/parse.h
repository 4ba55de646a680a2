// SPDX-License-Identifier: MIT
/*
 * Reading numbers and words from text: the command line, /proc files, cpio
 * headers, addresses. A function advances *at past what it took and returns
 * true, or leaves *at alone and returns false. Nothing is skipped unasked.
 */
#pragma once

#include "lib/types.h"

/* An unsigned number; base 10 or 16 or 8, 0: by prefix 0x / 0. */
bool parse_u64(const char **at, unsigned base, uint64_t *out);
/* With an optional sign. */
bool parse_i64(const char **at, unsigned base, int64_t *out);
/* The same for a bounded number without a terminating NUL (cpio, fixed). */
bool parse_u64_n(const char *s, size_t len, unsigned base, uint64_t *out);
/* A number with an optional suffix K, M or G (powers of 1024). */
bool parse_size(const char **at, uint64_t *out);
/* A dotted quad into 4 bytes in network order. */
bool parse_ip4(const char **at, uint8_t out[4]);
/* Consumes exactly this character or this text. */
bool parse_char(const char **at, char c);
bool parse_text(const char **at, const char *text);
void parse_blanks(const char **at);
/* The next word up to a blank (quotes "..." hold blanks together): its start
 * and length. False at the end of the text. */
bool parse_word(const char **at, const char **word, size_t *len);

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}
