// SPDX-License-Identifier: MIT
/*
 * printf's formatting into a buffer, in one pass: each conversion is read into
 * a `struct spec`, turned into digits or a string, and padded. The output
 * function counts what does not fit instead of failing. See format.h for what
 * is understood.
 */
#include "lib/format.h"
#include "lib/string.h"

struct spec {
	bool left, plus, space, alternate, zero;
	int width;
	int precision; /* -1: none given */
	int length; /* bytes of the argument */
};

void text_char(struct text *text, char c)
{
	if (text->len + 1 < text->size) {
		text->buf[text->len] = c;
		text->buf[text->len + 1] = 0;
	}
	text->len++;
}

void text_bytes(struct text *text, const char *s, size_t len)
{
	if (text->len + 1 < text->size) {
		size_t room = text->size - 1 - text->len;
		size_t n = len < room ? len : room;

		memcpy(text->buf + text->len, s, n);
		text->buf[text->len + n] = 0;
	}
	text->len += len;
}

void text_str(struct text *text, const char *s)
{
	text_bytes(text, s, strlen(s));
}

static void pad(struct text *text, char c, int n)
{
	while (n-- > 0)
		text_char(text, c);
}

static const char *read_number(const char *fmt, int *out)
{
	*out = 0;
	while (*fmt >= '0' && *fmt <= '9')
		*out = *out * 10 + (*fmt++ - '0');
	return fmt;
}

static const char *read_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return fmt;
		}
	}
}

static const char *read_length(const char *fmt, int *length)
{
	*length = sizeof(int);
	switch (*fmt) {
	case 'h':
		*length = fmt[1] == 'h' ? sizeof(char) : sizeof(short);
		return fmt + (fmt[1] == 'h' ? 2 : 1);
	case 'l':
		*length = sizeof(long);
		return fmt + (fmt[1] == 'l' ? 2 : 1);
	case 'z':
	case 't':
	case 'j':
		*length = sizeof(long);
		return fmt + 1;
	default:
		return fmt;
	}
}

/* Sign or 0x, precision zeros and digits, padded to the width. */
static void add_number(struct text *text, const struct spec *spec,
		       uint64_t value, unsigned base, const char *prefix,
		       bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24];
	int n = 0, zeros = 0, prefix_len = (int)strlen(prefix), fill;

	for (; value; value /= base)
		buf[n++] = digits[value % base];
	if (spec->precision < 0 && n == 0)
		buf[n++] = '0';
	if (spec->precision > n)
		zeros = spec->precision - n;
	fill = spec->width - prefix_len - zeros - n;
	if (spec->zero && !spec->left && spec->precision < 0 && fill > 0) {
		zeros += fill;
		fill = 0;
	}
	if (!spec->left)
		pad(text, ' ', fill);
	text_bytes(text, prefix, (size_t)prefix_len);
	pad(text, '0', zeros);
	while (n > 0)
		text_char(text, buf[--n]);
	if (spec->left)
		pad(text, ' ', fill);
}

static void add_signed(struct text *text, const struct spec *spec,
		       int64_t value)
{
	const char *sign = value < 0   ? "-" :
			   spec->plus  ? "+" :
			   spec->space ? " " :
					 "";

	add_number(text, spec, value < 0 ? -(uint64_t)value : (uint64_t)value,
		   10, sign, false);
}

/* `alternate` is a prefix: 0x, or 0 unless the precision gives one. */
static void add_unsigned(struct text *text, struct spec *spec, uint64_t value,
			 char conversion)
{
	bool hex = conversion == 'x' || conversion == 'X';
	const char *prefix = "";

	if (hex && spec->alternate && value)
		prefix = conversion == 'x' ? "0x" : "0X";
	if (conversion == 'o' && spec->alternate) {
		int digits = 0;

		for (uint64_t rest = value; rest; rest >>= 3)
			digits++;
		if (value && spec->precision <= digits)
			prefix = "0";
		else if (!value && !spec->precision)
			spec->precision = 1;
	}
	add_number(text, spec, value,
		   hex		     ? 16 :
		   conversion == 'o' ? 8 :
				       10,
		   prefix, conversion == 'X');
}

static void add_string(struct text *text, const struct spec *spec,
		       const char *s)
{
	size_t len;

	if (!s)
		s = "(null)";
	len = spec->precision < 0 ? strlen(s) :
				    strnlen(s, (size_t)spec->precision);
	if (!spec->left)
		pad(text, ' ', spec->width - (int)len);
	text_bytes(text, s, len);
	if (spec->left)
		pad(text, ' ', spec->width - (int)len);
}

static void add_char(struct text *text, const struct spec *spec, char c)
{
	if (!spec->left)
		pad(text, ' ', spec->width - 1);
	text_char(text, c);
	if (spec->left)
		pad(text, ' ', spec->width - 1);
}

static int64_t narrow_signed(int64_t v, int length)
{
	switch (length) {
	case 1:
		return (signed char)v;
	case 2:
		return (short)v;
	default:
		return v;
	}
}

static uint64_t narrow_unsigned(uint64_t v, int length)
{
	switch (length) {
	case 1:
		return (unsigned char)v;
	case 2:
		return (unsigned short)v;
	default:
		return v;
	}
}

/* Arguments are taken here, in the function that owns the va_list. */
void text_vadd(struct text *text, const char *fmt, va_list args)
{
	for (; *fmt; fmt++) {
		struct spec spec = { .precision = -1 };
		const char *plain = fmt;

		while (*fmt && *fmt != '%')
			fmt++;
		text_bytes(text, plain, (size_t)(fmt - plain));
		if (!*fmt)
			return;
		fmt = read_flags(fmt + 1, &spec);
		if (*fmt == '*') {
			spec.width = va_arg(args, int);
			fmt++;
		} else {
			fmt = read_number(fmt, &spec.width);
		}
		if (spec.width < 0) {
			spec.left = true;
			spec.width = -spec.width;
		}
		if (*fmt == '.' && fmt[1] == '*') {
			spec.precision = va_arg(args, int);
			fmt += 2;
		} else if (*fmt == '.') {
			fmt = read_number(fmt + 1, &spec.precision);
		}
		fmt = read_length(fmt, &spec.length);
		switch (*fmt) {
		case 'd':
		case 'i':
			add_signed(text, &spec,
				   spec.length == 8 ?
					   va_arg(args, int64_t) :
					   narrow_signed(va_arg(args, int),
							 spec.length));
			break;
		case 'u':
		case 'x':
		case 'X':
		case 'o':
			add_unsigned(
				text, &spec,
				spec.length == 8 ?
					va_arg(args, uint64_t) :
					narrow_unsigned(va_arg(args, unsigned),
							spec.length),
				*fmt);
			break;
		case 'p':
			add_number(text, &spec,
				   (uint64_t)(uintptr_t)va_arg(args, void *),
				   16, "0x", false);
			break;
		case 'c':
			add_char(text, &spec, (char)va_arg(args, int));
			break;
		case 's':
			add_string(text, &spec, va_arg(args, const char *));
			break;
		case '%':
			text_char(text, '%');
			break;
		default: /* unknown: shown as it stands */
			text_char(text, '%');
			fmt--;
			break;
		}
	}
}

void text_add(struct text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_vadd(text, fmt, args);
	va_end(args);
}

size_t vformat_to(char *buf, size_t size, const char *fmt, va_list args)
{
	struct text text;

	text_init(&text, buf, size);
	text_vadd(&text, fmt, args);
	return text.len;
}

size_t format_to(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = vformat_to(buf, size, fmt, args);
	va_end(args);
	return len;
}
