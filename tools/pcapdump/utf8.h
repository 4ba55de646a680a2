// SPDX-License-Identifier: MIT
/*
 * Names and comments in a capture are bytes of unknown origin. What is written
 * into a page or a picture must be UTF-8, or the reader refuses all of it.
 */
#pragma once

#include "lib/types.h"

/* The length of the well-formed character at `text` (RFC 3629: no overlong
 * forms, no surrogates); 0 when there is none. `text` ends with a NUL. */
static inline size_t utf8_length(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}
