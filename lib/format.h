// SPDX-License-Identifier: MIT
/*
 * Formatted text with printf's rules: flags "-+ #0", width and precision (also
 * as '*'), lengths hh h l ll z t j, conversions d i u x X o c s p %. No
 * floating point, no %n, no locale. Always terminates the buffer (size > 0)
 * and returns the length that the whole text would have had.
 */
#pragma once

#include "lib/types.h"

size_t format_to(char *buf, size_t size, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
size_t vformat_to(char *buf, size_t size, const char *fmt, va_list args)
	PRINTF_LIKE(3, 0);

/*
 * A buffer that text is appended to. `len` goes on counting when the buffer is
 * full, so the caller can tell how much room it would have needed.
 */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static inline void text_init(struct text *text, char *buf, size_t size)
{
	text->buf = buf;
	text->size = size;
	text->len = 0;
	if (size)
		buf[0] = 0;
}

static inline bool text_overflowed(const struct text *text)
{
	return text->len >= text->size;
}

/* How much of the text is really in the buffer. */
static inline size_t text_length(const struct text *text)
{
	if (text->len < text->size)
		return text->len;
	return text->size ? text->size - 1 : 0;
}

void text_add(struct text *text, const char *fmt, ...) PRINTF_LIKE(2, 3);
void text_vadd(struct text *text, const char *fmt, va_list args)
	PRINTF_LIKE(2, 0);
void text_str(struct text *text, const char *s);
void text_char(struct text *text, char c);
void text_bytes(struct text *text, const char *s, size_t len);
