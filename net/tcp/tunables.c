// SPDX-License-Identifier: MIT
/*
 * Settings of TCP that are no plain numbers: tcp_fastopen_key, one or two keys as
 * Linux writes them, four 32-bit words each: "%08x-%08x-%08x-%08x[,...]"; and
 * the congestion control of new sockets, by name.
 */
#include "net/tcp/tcp.h"

#include "lib/errno.h"
#include "lib/format.h"
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

static void read_available(struct net *net, struct text *text)
{
	const struct congestion_ops *ops;

	for (size_t i = 0; (ops = congestion_at(i)); i++)
		text_add(text, "%s%s", i ? " " : "", ops->name);
}

static const struct tunable entries[] = {
	{ .path = "net/ipv4/tcp_fastopen_key",
	  .read = read_keys,
	  .write = write_keys },
	{ .path = "net/ipv4/tcp_congestion_control",
	  .read = read_congestion,
	  .write = write_congestion },
	{ .path = "net/ipv4/tcp_available_congestion_control",
	  .read_only = true,
	  .read = read_available },
};

const struct tunable_table tcp_tunables = { entries, ARRAY_LEN(entries) };
