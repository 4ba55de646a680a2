// SPDX-License-Identifier: MIT
/*
 * The kernel's memory and string functions; general registers only. Large
 * copies and fills go one of two ways, chosen at boot by string_choose(): `rep
 * movsb/stosb` where the processor does it fast (ERMS), an unrolled loop of
 * 64-bit words where it goes element by element (as under TCG). The file is
 * compiled so that the loops here do not become calls of themselves.
 * The direction flag is clear everywhere in the kernel.
 */
#include "lib/string.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

#define REP_MIN 256 /* below this `rep` costs more to start than it saves */

static bool fast_rep;

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;
typedef uint32_t __attribute__((may_alias, aligned(1))) half_t;

void string_choose(bool fast)
{
	fast_rep = fast;
}

static inline void rep_movsb(void *to, const void *from, size_t n)
{
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(n)
			 :
			 : "memory");
}

/* 64 bytes a turn; `n` is a multiple of 64. */
static inline void copy_words(word_t *to, const word_t *from, size_t n)
{
	for (; n; n -= 64, to += 8, from += 8) {
		uint64_t a = from[0], b = from[1], c = from[2], d = from[3];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		a = from[4];
		b = from[5];
		c = from[6];
		d = from[7];
		to[4] = a;
		to[5] = b;
		to[6] = c;
		to[7] = d;
	}
}

/* Up to 16 bytes, by two overlapping moves: everything is read first. */
static inline void copy_small(uint8_t *to, const uint8_t *from, size_t n)
{
	if (n >= 8) {
		uint64_t first = *(const word_t *)from;
		uint64_t last = *(const word_t *)(from + n - 8);

		*(word_t *)to = first;
		*(word_t *)(to + n - 8) = last;
	} else if (n >= 4) {
		uint32_t first = *(const half_t *)from;
		uint32_t last = *(const half_t *)(from + n - 4);

		*(half_t *)to = first;
		*(half_t *)(to + n - 4) = last;
	} else if (n) {
		uint8_t first = from[0], middle = from[n / 2];
		uint8_t last = from[n - 1];

		to[0] = first;
		to[n / 2] = middle;
		to[n - 1] = last;
	}
}

/* Right for overlapping areas with to < from, too. */
static void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
	size_t bulk;

	if (n >= REP_MIN && fast_rep) {
		rep_movsb(to, from, n);
		return;
	}
	bulk = n & ~(size_t)63;
	if ((size_t)(from - to) >= 64) {
		copy_words((word_t *)to, (const word_t *)from, bulk);
		to += bulk;
		from += bulk;
		n -= bulk;
	}
	for (; n > 16; n -= 8, to += 8, from += 8)
		*(word_t *)to = *(const word_t *)from;
	copy_small(to, from, n);
}

static void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
	for (; n > 16; n -= 8)
		*(word_t *)(to + n - 8) = *(const word_t *)(from + n - 8);
	copy_small(to, from, n);
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copy_up(to, from, n);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to - (uintptr_t)from >= n)
		copy_up(to, from, n);
	else
		copy_down(to, from, n);
	return to;
}

void *memset(void *to, int c, size_t n)
{
	uint64_t word = (uint8_t)c * UINT64_C(0x0101010101010101);
	uint8_t *at = to;

	if (n >= REP_MIN && fast_rep) {
		void *rep = to;

		__asm__ volatile("rep stosb"
				 : "+D"(rep), "+c"(n)
				 : "a"(c)
				 : "memory");
		return to;
	}
	for (; n >= 64; n -= 64, at += 64) {
		word_t *words = (word_t *)at;

		words[0] = word;
		words[1] = word;
		words[2] = word;
		words[3] = word;
		words[4] = word;
		words[5] = word;
		words[6] = word;
		words[7] = word;
	}
	for (; n >= 8; n -= 8, at += 8)
		*(word_t *)at = word;
	for (; n; n--)
		*at++ = (uint8_t)c;
	return to;
}

void page_zero(void *page)
{
	memset(page, 0, 4096);
}

void page_copy(void *restrict to, const void *restrict from)
{
	copy_up(to, from, 4096);
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	while (n >= 8 && *(const word_t *)x == *(const word_t *)y) {
		x += 8;
		y += 8;
		n -= 8;
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const uint8_t *at = s;

	for (; n; n--, at++)
		if (*at == (uint8_t)c)
			return (void *)at;
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	for (;; s++) {
		if (*s == (char)c)
			found = s;
		if (!*s)
			return (char *)found;
	}
}

char *strstr(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (; strncmp(s, part, len); s++)
		if (!*s)
			return NULL;
	return (char *)s;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}
