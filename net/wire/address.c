// SPDX-License-Identifier: MIT
/*
 * Network addresses: prefixes and text. IPv6 text follows RFC 5952 (longest
 * run of zeros shortened, lower case); parsing takes what inet_pton() takes.
 */
#include "net/wire/address.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

bool addr_in_prefix(const struct net_addr *a, const struct net_addr *prefix,
		    unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	if (bits > 128)
		return false;
	if (memcmp(a->b, prefix->b, bytes))
		return false;
	return rest == 0 || ((a->b[bytes] ^ prefix->b[bytes]) & mask) == 0;
}

static void longest_zeros(const struct net_addr *a, int *from, int *count)
{
	*from = -1;
	*count = 1; /* a single group is not shortened */
	for (int i = 0; i < 8; i++) {
		int n = 0;

		while (i + n < 8 && get_be16(a->b + 2 * (i + n)) == 0)
			n++;
		if (n > *count) {
			*from = i;
			*count = n;
		}
		i += n;
	}
}

size_t addr_format(char *buf, size_t size, const struct net_addr *a)
{
	struct text text;
	int from, count;

	text_init(&text, buf, size);
	if (addr_is_ip4(a)) {
		text_add(&text, "%u.%u.%u.%u", a->b[12], a->b[13], a->b[14],
			 a->b[15]);
		return text.len;
	}
	longest_zeros(a, &from, &count);
	for (int i = 0; i < 8; i++) {
		if (i == from) {
			text_str(&text, "::");
			i += count - 1;
			continue;
		}
		if (i > 0 && (from < 0 || i != from + count))
			text_char(&text, ':');
		text_add(&text, "%x", get_be16(a->b + 2 * i));
	}
	return text.len;
}

static int parse_ip4(const char *text, uint8_t out[4])
{
	for (int i = 0; i < 4; i++) {
		unsigned int value = 0, digits = 0;

		while (*text >= '0' && *text <= '9' && digits < 3) {
			value = value * 10 + (unsigned int)(*text++ - '0');
			digits++;
		}
		if (digits == 0 || value > 255)
			return -EINVAL;
		out[i] = (uint8_t)value;
		if (*text++ != (i < 3 ? '.' : 0))
			return -EINVAL;
	}
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int parse_ip6(const char *text, uint8_t out[16])
{
	uint8_t bytes[16] = { 0 };
	int n = 0, gap = -1;

	if (text[0] == ':' && text[1] != ':')
		return -EINVAL;
	while (*text) {
		unsigned int value = 0;
		int digits = 0;

		if (text[0] == ':' && text[1] == ':') {
			if (gap >= 0)
				return -EINVAL;
			gap = n;
			text += 2;
			continue;
		}
		if (n > 0 && n != gap && *text++ != ':')
			return -EINVAL;
		if (n <= 12 && strchr(text, '.') && !strchr(text, ':')) {
			if (parse_ip4(text, bytes + n))
				return -EINVAL;
			n += 4;
			break;
		}
		for (; hex_digit(*text) >= 0 && digits < 4; digits++)
			value = value * 16 + (unsigned int)hex_digit(*text++);
		if (digits == 0 || n > 14)
			return -EINVAL;
		put_be16(bytes + n, (uint16_t)value);
		n += 2;
	}
	if (gap < 0 && n != 16)
		return -EINVAL;
	if (gap >= 0 && n > 14)
		return -EINVAL;
	memset(out, 0, 16);
	if (gap < 0)
		gap = n;
	memcpy(out, bytes, (size_t)gap);
	memcpy(out + 16 - (n - gap), bytes + gap, (size_t)(n - gap));
	return 0;
}

int addr_parse(const char *text, struct net_addr *out)
{
	*out = addr_ip4(0);
	if (parse_ip4(text, out->b + 12) == 0)
		return 0;
	return parse_ip6(text, out->b);
}
