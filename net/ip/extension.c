// SPDX-License-Identifier: MIT
/* Extension headers of a program: see extension.h. */
#include "net/ip/extension.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/sockopt.h"
#include "net/wire/ip6.h"

/* RFC 8200 4.1. IPV6_RTHDRDSTOPTS go with a routing header only, and none is
 * ever sent. */
static const struct {
	uint8_t option, header;
} order[] = {
	{ NET_IPV6_HOPOPTS, IP6_NEXT_HOP_BY_HOP },
	{ NET_IPV6_DSTOPTS, IP6_NEXT_DESTINATION },
};

static uint32_t header_length(const uint8_t *header)
{
	return (header[1] + 1u) * 8;
}

/* Where the option's entry begins in the list, or its end. */
static uint32_t find(const uint8_t *list, uint32_t length, int option)
{
	uint32_t at = 0;

	while (at < length && list[at] != option)
		at += 1 + header_length(list + at + 1);
	return at;
}

uint32_t extension_size(const uint8_t *list, uint32_t length)
{
	uint32_t size = 0;

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		uint32_t at = find(list, length, order[i].option);

		if (at < length)
			size += header_length(list + at + 1);
	}
	return size;
}

static void take_out(struct extension_list *list, int option)
{
	uint32_t at = find(list->bytes, list->length, option), n;

	if (at == list->length)
		return;
	n = 1 + header_length(list->bytes + at + 1);
	memmove(list->bytes + at, list->bytes + at + n, list->length - at - n);
	list->length = (uint8_t)(list->length - n);
}

int extension_set(struct extension_list *list, int option, const void *header,
		  uint32_t length)
{
	struct extension_list next = *list;
	uint32_t n;

	take_out(&next, option);
	if (length) {
		if (length < 8 || length % 8)
			return -EINVAL;
		n = header_length(header);
		if (n > length)
			return -EINVAL;
		if (next.length + 1 + n > sizeof next.bytes)
			return -ENOBUFS;
		next.bytes[next.length] = (uint8_t)option;
		memcpy(next.bytes + next.length + 1, header, n);
		next.length = (uint8_t)(next.length + 1 + n);
	}
	*list = next;
	return 0;
}

const uint8_t *extension_get(const struct extension_list *list, int option,
			     uint32_t *length)
{
	uint32_t at = find(list->bytes, list->length, option);

	if (at == list->length)
		return NULL;
	*length = header_length(list->bytes + at + 1);
	return list->bytes + at + 1;
}

/* Each header names the next; the last one's field is extension_push()'s. */
static void append(struct packet *packet, uint8_t type, const uint8_t *header,
		   uint8_t **link)
{
	uint8_t *to = packet->options + packet->options_length;
	uint32_t n = header_length(header);

	memcpy(to, header, n);
	if (*link)
		**link = type;
	else
		packet->options_first = type;
	*link = to;
	packet->options_length = (uint8_t)(packet->options_length + n);
}

void extension_arrange(const uint8_t *list, uint32_t length,
		       struct packet *packet)
{
	uint8_t *link = NULL;

	packet->options_length = 0;
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		uint32_t at = find(list, length, order[i].option);

		if (at < length)
			append(packet, order[i].header, list + at + 1, &link);
	}
}

bool extension_push(struct packet *packet, const uint8_t *headers,
		    uint32_t length, uint8_t first, uint8_t *protocol)
{
	uint32_t at = 0, next;
	uint8_t *bytes;

	if (!length)
		return true;
	bytes = packet_push(packet, length);
	if (!bytes)
		return false;
	memcpy(bytes, headers, length);
	while ((next = at + header_length(bytes + at)) < length)
		at = next;
	bytes[at] = *protocol;
	*protocol = first;
	return true;
}
