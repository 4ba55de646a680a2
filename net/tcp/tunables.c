// SPDX-License-Identifier: MIT
/*
 * Settings of TCP that are no plain numbers: tcp_fastopen_key, one or two keys as
 * Linux writes them, four 32-bit words each: "%08x-%08x-%08x-%08x[,...]"; the
 * names of congestion control; tcp_notsent_lowat, which is unsigned; tcp_mem.
 */
#include "net/tcp/tcp.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/parse.h"
#include "lib/string.h"
#include "net/core/tunable.h"
#include "net/tcp/conn.h"

#define KEY_WORDS (FAST_OPEN_KEY / 4)

static void read_keys(struct net *net, struct text *text)
{
	const struct fast_open_keys *keys = &tcp_of(net)->fast_open_keys;

	for (int k = 0; k < keys->count; k++)
		for (int i = 0; i < KEY_WORDS; i++)
			text_add(text, "%s%08x",
				 i ? "-" :
				 k ? "," :
				     "",
				 get_le32(keys->bytes[k] + 4 * i));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* Up to eight digits; NULL: none. */
static const char *read_word(const char *at, uint32_t *word)
{
	const char *start = at;

	*word = 0;
	while (at - start < 8 && hex_digit(*at) >= 0)
		*word = *word << 4 | (uint32_t)hex_digit(*at++);
	return at == start ? NULL : at;
}

static const char *read_key(const char *at, uint8_t *key)
{
	for (int i = 0; i < KEY_WORDS; i++) {
		uint32_t word;

		if (i > 0 && *at++ != '-')
			return NULL;
		at = read_word(at, &word);
		if (!at)
			return NULL;
		put_le32(key + 4 * i, word);
	}
	return at;
}

static int write_keys(struct net *net, const char *text)
{
	struct fast_open_keys keys = { .count = 1 };

	text = read_key(text, keys.bytes[0]);
	if (text && *text == ',') {
		keys.count = 2;
		text = read_key(text + 1, keys.bytes[1]);
	}
	if (!text || *text)
		return -EINVAL;
	tcp_of(net)->fast_open_keys = keys;
	return 0;
}

/* ---- Congestion control ---- */

bool congestion_allowed(const struct net *net, const struct congestion_ops *ops)
{
	const struct congestion_ops *each;

	for (uint32_t i = 0; (each = congestion_at(i)); i++)
		if (each == ops)
			return !(tcp_of(net)->congestion_denied & BIT(i));
	return false;
}

static void read_congestion(struct net *net, struct text *text)
{
	text_add(text, "%s", tcp_of(net)->congestion->name);
}

static int write_congestion(struct net *net, const char *text)
{
	const struct congestion_ops *ops = congestion_find(text);

	if (!ops)
		return -ENOENT;
	tcp_of(net)->congestion = ops;
	return 0;
}

static void list_congestion(struct text *text, uint32_t which)
{
	const struct congestion_ops *ops;
	const char *blank = "";

	for (uint32_t i = 0; (ops = congestion_at(i)); i++) {
		if (!(which & BIT(i)))
			continue;
		text_add(text, "%s%s", blank, ops->name);
		blank = " ";
	}
}

static void read_available(struct net *net, struct text *text)
{
	(void)net;
	list_congestion(text, UINT32_MAX);
}

static void read_allowed(struct net *net, struct text *text)
{
	list_congestion(text, ~tcp_of(net)->congestion_denied);
}

/* The bit of the algorithm that stands at `text`, `length` bytes. */
static uint32_t bit_of(const char *text, size_t length)
{
	const struct congestion_ops *ops;

	for (uint32_t i = 0; (ops = congestion_at(i)); i++)
		if (strlen(ops->name) == length &&
		    memcmp(ops->name, text, length) == 0)
			return BIT(i);
	return 0;
}

static int write_allowed(struct net *net, const char *text)
{
	uint32_t allowed = 0;

	while (*text) {
		size_t length = 0;

		while (text[length] && text[length] != ' ')
			length++;
		if (length && !bit_of(text, length))
			return -ENOENT;
		if (length)
			allowed |= bit_of(text, length);
		text += length + (text[length] == ' ');
	}
	tcp_of(net)->congestion_denied = ~allowed;
	return 0;
}

/* ---- tcp_notsent_lowat: an unsigned number ---- */

static void read_lowat(struct net *net, struct text *text)
{
	text_add(text, "%u", net->tunables.tcp_notsent_lowat);
}

static int write_lowat(struct net *net, const char *text)
{
	int64_t value;

	parse_blanks(&text);
	if (*text == '+' || !parse_i64(&text, 0, &value) || value < 0 ||
	    value > UINT32_MAX || (*text && !is_blank(*text)))
		return -EINVAL;
	net->tunables.tcp_notsent_lowat = (uint32_t)value;
	return 0;
}

/* ---- tcp_mem: three numbers of pages ---- */

static void read_memory(struct net *net, struct text *text)
{
	const uint32_t *limits = tcp_of(net)->memory.limits;

	text_add(text, "%u\t%u\t%u", limits[0], limits[1], limits[2]);
}

/* Fewer than three leave the others as they are (Linux). */
static int write_memory(struct net *net, const char *text)
{
	uint32_t limits[3];
	int n = 0;

	for (parse_blanks(&text); *text; parse_blanks(&text)) {
		int64_t pages;

		if (n == 3 || !parse_i64(&text, 10, &pages) || pages < 0 ||
		    pages > UINT32_MAX)
			return -EINVAL;
		limits[n++] = (uint32_t)pages;
	}
	if (n == 0)
		return -EINVAL;
	memcpy(tcp_of(net)->memory.limits, limits, (size_t)n * sizeof(*limits));
	return 0;
}

static const struct tunable entries[] = {
	{ .path = "net/ipv4/tcp_mem",
	  .read = read_memory,
	  .write = write_memory },
	{ .path = "net/ipv4/tcp_fastopen_key",
	  .secret = true,
	  .read = read_keys,
	  .write = write_keys },
	{ .path = "net/ipv4/tcp_congestion_control",
	  .read = read_congestion,
	  .write = write_congestion },
	{ .path = "net/ipv4/tcp_available_congestion_control",
	  .read_only = true,
	  .read = read_available },
	{ .path = "net/ipv4/tcp_allowed_congestion_control",
	  .read = read_allowed,
	  .write = write_allowed },
	{ .path = "net/ipv4/tcp_notsent_lowat",
	  .read = read_lowat,
	  .write = write_lowat },
};

const struct tunable_table tcp_tunables = { entries, ARRAY_LEN(entries) };
