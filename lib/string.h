// SPDX-License-Identifier: MIT
/*
 * Memory and string functions. In the kernel they are lib/string.c; on the
 * host the C library's own. Constant small sizes are inlined by the compiler
 * in both. string_copy() and friends are the ones without traps and exist
 * everywhere; there is no strcpy, strcat or strncpy.
 */
#pragma once

#include "lib/types.h"

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *part);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);

#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#define memset(to, c, n) __builtin_memset(to, c, n)
#define memcmp(a, b, n) __builtin_memcmp(a, b, n)
#define strlen(s) __builtin_strlen(s)

/*
 * Chooses how large copies are done, once, at boot: true where `rep movsb` is
 * fast (ERMS on real hardware), false where it goes byte by byte (TCG).
 */
void string_choose(bool fast_rep);
/* Fill or copy whole pages: 4096 bytes, page-aligned. */
void page_zero(void *page);
void page_copy(void *restrict to, const void *restrict from);
#endif

/* Copies with truncation, always terminates (size > 0); the length of `from`:
 * a result >= size means that it was cut. */
static inline size_t string_copy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);
	size_t n = len < size ? len : size - 1;

	if (size) {
		memcpy(to, from, n);
		to[n] = 0;
	}
	return len;
}

static inline bool string_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool string_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool string_ends(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && strcmp(s + len - n, suffix) == 0;
}
