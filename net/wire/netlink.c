// SPDX-License-Identifier: MIT
/* See netlink.h. */
#include "net/wire/netlink.h"

#include "lib/string.h"

#define PADDED(n) (((n) + 3u) & ~3u)

bool nl_read_header(const uint8_t *from, uint32_t n, struct nl_header *to)
{
	if (n < NL_HEADER)
		return false;
	to->length = get_le32(from);
	to->type = get_le16(from + 4);
	to->flags = get_le16(from + 6);
	to->sequence = get_le32(from + 8);
	to->port = get_le32(from + 12);
	return to->length >= NL_HEADER && to->length <= n;
}

bool nl_next(struct nl_attrs *attrs, struct nl_attr *out)
{
	uint32_t length, whole;
	uint16_t type;

	if (attrs->left < NL_ATTR_HEADER) {
		attrs->left = 0;
		return false;
	}
	length = get_le16(attrs->at);
	if (length < NL_ATTR_HEADER || length > attrs->left)
		return false;
	type = get_le16(attrs->at + 2);
	out->type = type & NL_TYPE_MASK;
	out->nested = type & NL_NESTED;
	out->data = attrs->at + NL_ATTR_HEADER;
	out->length = length - NL_ATTR_HEADER;
	whole = PADDED(length) < attrs->left ? PADDED(length) : attrs->left;
	attrs->at += whole;
	attrs->left -= whole;
	return true;
}

bool nl_text(const struct nl_attr *attr, char *to, uint32_t size)
{
	uint32_t n = attr->length;

	while (n && !attr->data[n - 1])
		n--;
	if (n >= size || memchr(attr->data, 0, n))
		return false;
	memcpy(to, attr->data, n);
	to[n] = 0;
	return true;
}

bool nl_address(const struct nl_attr *attr, struct net_addr *to)
{
	if (attr->length == 4) {
		*to = addr_ip4(get_be32(attr->data));
		return true;
	}
	if (attr->length != sizeof to->b)
		return false;
	memcpy(to->b, attr->data, sizeof to->b);
	return true;
}

/* ---- Writing ---- */

uint8_t *nl_room(struct nl_writer *w, uint32_t n)
{
	uint8_t *at = w->buffer + w->used;

	if (w->full || n > w->size || PADDED(n) > w->size - w->used) {
		w->full = true;
		return NULL;
	}
	memset(at, 0, PADDED(n));
	w->used += PADDED(n);
	return at;
}

uint32_t nl_begin(struct nl_writer *w, const struct nl_header *header)
{
	uint32_t start = w->used;
	uint8_t *at = nl_room(w, NL_HEADER);

	if (at) {
		put_le16(at + 4, header->type);
		put_le16(at + 6, header->flags);
		put_le32(at + 8, header->sequence);
		put_le32(at + 12, header->port);
	}
	return start;
}

bool nl_end(struct nl_writer *w, uint32_t start)
{
	if (w->full) {
		w->full = false;
		w->used = start;
		return false;
	}
	put_le32(w->buffer + start, w->used - start);
	return true;
}

static uint8_t *attribute(struct nl_writer *w, uint16_t type, uint32_t n)
{
	uint8_t *at;

	if (n > 0xffff - NL_ATTR_HEADER) {
		w->full = true;
		return NULL;
	}
	at = nl_room(w, NL_ATTR_HEADER + n);
	if (!at)
		return NULL;
	put_le16(at, (uint16_t)(NL_ATTR_HEADER + n));
	put_le16(at + 2, type);
	return at + NL_ATTR_HEADER;
}

void nl_put(struct nl_writer *w, uint16_t type, const void *data, uint32_t n)
{
	uint8_t *at = attribute(w, type, n);

	if (at && n)
		memcpy(at, data, n);
}

void nl_put_u8(struct nl_writer *w, uint16_t type, uint8_t value)
{
	nl_put(w, type, &value, sizeof value);
}

void nl_put_u16(struct nl_writer *w, uint16_t type, uint16_t value)
{
	nl_put(w, type, &value, sizeof value);
}

void nl_put_u32(struct nl_writer *w, uint16_t type, uint32_t value)
{
	nl_put(w, type, &value, sizeof value);
}

void nl_put_u64(struct nl_writer *w, uint16_t type, uint64_t value)
{
	nl_put(w, type, &value, sizeof value);
}

void nl_put_text(struct nl_writer *w, uint16_t type, const char *text)
{
	nl_put(w, type, text, (uint32_t)strlen(text) + 1);
}

void nl_put_address(struct nl_writer *w, uint16_t type,
		    const struct net_addr *addr)
{
	if (addr_is_ip4(addr))
		nl_put(w, type, addr->b + 12, 4);
	else
		nl_put(w, type, addr->b, sizeof addr->b);
}

uint32_t nl_nest(struct nl_writer *w, uint16_t type)
{
	uint32_t start = w->used;

	attribute(w, type, 0);
	return start;
}

void nl_nest_end(struct nl_writer *w, uint32_t start)
{
	if (!w->full)
		put_le16(w->buffer + start, (uint16_t)(w->used - start));
}
