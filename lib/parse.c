// SPDX-License-Identifier: MIT
/*
 * Numbers and words out of text, without a locale and without errno: see
 * parse.h for the rules. Overflow is refused, never wrapped.
 */
#include "lib/parse.h"
#include "lib/string.h"

/* The value of a digit, or 99. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

/* Takes one more digit; false on overflow. */
static bool push_digit(uint64_t *value, unsigned base, unsigned digit)
{
	return !__builtin_mul_overflow(*value, (uint64_t)base, value) &&
	       !__builtin_add_overflow(*value, (uint64_t)digit, value);
}

bool parse_u64(const char **at, unsigned base, uint64_t *out)
{
	const char *s = *at;
	uint64_t value = 0;

	if ((base == 0 || base == 16) && s[0] == '0' &&
	    (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16) {
		base = 16;
		s += 2;
	} else if (base == 0) {
		base = s[0] == '0' ? 8 : 10;
	}
	if (digit_value(*s) >= base)
		return false;
	for (; digit_value(*s) < base; s++)
		if (!push_digit(&value, base, digit_value(*s)))
			return false;
	*at = s;
	*out = value;
	return true;
}

bool parse_i64(const char **at, unsigned base, int64_t *out)
{
	const char *s = *at;
	bool negative = *s == '-';
	uint64_t value;

	if (*s == '-' || *s == '+')
		s++;
	if (!parse_u64(&s, base, &value))
		return false;
	if (value > (uint64_t)INT64_MAX + negative)
		return false;
	*out = (int64_t)(negative ? -value : value);
	*at = s;
	return true;
}

bool parse_u64_n(const char *s, size_t len, unsigned base, uint64_t *out)
{
	uint64_t value = 0;

	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++)
		if (digit_value(s[i]) >= base ||
		    !push_digit(&value, base, digit_value(s[i])))
			return false;
	*out = value;
	return true;
}

bool parse_size(const char **at, uint64_t *out)
{
	const char *s = *at;
	unsigned shift = 0;
	uint64_t value;

	if (!parse_u64(&s, 0, &value))
		return false;
	switch (*s) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	default:
		break;
	}
	if (value > UINT64_MAX >> shift)
		return false;
	*out = value << shift;
	*at = s + (shift != 0);
	return true;
}

bool parse_ip4(const char **at, uint8_t out[4])
{
	const char *s = *at;
	uint8_t quad[4];

	for (int i = 0; i < 4; i++) {
		uint64_t value;

		if (i && !parse_char(&s, '.'))
			return false;
		if (!parse_u64(&s, 10, &value) || value > 255)
			return false;
		quad[i] = (uint8_t)value;
	}
	memcpy(out, quad, 4);
	*at = s;
	return true;
}

bool parse_char(const char **at, char c)
{
	if (**at != c || !c)
		return false;
	++*at;
	return true;
}

bool parse_text(const char **at, const char *text)
{
	if (!string_starts(*at, text))
		return false;
	*at += strlen(text);
	return true;
}

void parse_blanks(const char **at)
{
	while (is_blank(**at))
		++*at;
}

bool parse_word(const char **at, const char **word, size_t *len)
{
	bool quoted = false;
	const char *s;

	parse_blanks(at);
	if (!**at)
		return false;
	for (s = *at; *s && (quoted || !is_blank(*s)); s++)
		if (*s == '"')
			quoted = !quoted;
	*word = *at;
	*len = (size_t)(s - *at);
	*at = s;
	return true;
}
