// SPDX-License-Identifier: MIT
/*
 * Datagrams between the two sides of a socket. The struct lies at the start of
 * its first buffer and small payloads right behind it, so that a datagram costs
 * one allocation.
 */
#include "net/core/datagram.h"

#include "lib/string.h"
#include "net/core/packet.h"
#include "net/core/port.h"

#define INLINE_MAX 4096 /* payload beside the struct */
#define PIECE_MAX (16384u - 64)
#define COPY_MAX 2048

static struct datagram *start(uint32_t room)
{
	struct buf *buf =
		port_buf_alloc((uint32_t)sizeof(struct datagram) + room);
	struct datagram *datagram;

	if (!buf)
		return NULL;
	datagram = (struct datagram *)buf->data;
	memset(datagram, 0, sizeof *datagram);
	datagram->self = buf;
	datagram->charge = buf->truesize;
	return datagram;
}

static void add(struct datagram *datagram, struct buf *buf, uint32_t offset,
		uint32_t length)
{
	datagram->fragments[datagram->fragment_count++] =
		(struct fragment){ buf, offset, length };
	datagram->length += length;
}

static void add_inline(struct datagram *datagram, uint32_t length)
{
	if (length)
		add(datagram, buf_get(datagram->self), sizeof *datagram,
		    length);
}

struct datagram *datagram_new(uint32_t length)
{
	struct datagram *datagram;

	if (length <= INLINE_MAX) {
		datagram = start(length);
		if (datagram)
			add_inline(datagram, length);
		return datagram;
	}
	datagram = start(0);
	while (datagram && datagram->length < length) {
		uint32_t n = MIN(length - datagram->length, PIECE_MAX);
		struct buf *buf = NULL;

		if (datagram->fragment_count < DATAGRAM_FRAGMENTS)
			buf = port_buf_alloc(n);
		if (!buf) {
			datagram_free(datagram);
			return NULL;
		}
		datagram->charge += buf->truesize;
		add(datagram, buf, 0, n);
	}
	return datagram;
}

struct datagram *datagram_from_packet(const struct packet *packet,
				      uint32_t offset, uint32_t length)
{
	struct datagram *datagram;
	int count;

	if (length <= COPY_MAX) {
		datagram = start(length);
		if (!datagram)
			return NULL;
		add_inline(datagram, length);
		packet_copy(packet, offset,
			    (uint8_t *)datagram + sizeof *datagram, length);
		return datagram;
	}
	datagram = start(0);
	if (!datagram)
		return NULL;
	count = packet_slice(packet, offset, length, datagram->fragments,
			     DATAGRAM_FRAGMENTS);
	if (count == 0) {
		datagram_free(datagram);
		return NULL;
	}
	datagram->fragment_count = (uint8_t)count;
	datagram->length = length;
	for (int i = 0; i < count; i++) {
		struct buf *buf = datagram->fragments[i].buf;
		uint32_t share = datagram->fragments[i].length + 256;

		datagram->charge += MIN(buf->truesize, share);
	}
	return datagram;
}

void datagram_free(struct datagram *datagram)
{
	struct buf *self = datagram->self;

	for (int i = 0; i < datagram->fragment_count; i++)
		buf_put(datagram->fragments[i].buf);
	if (datagram->extensions)
		buf_put(datagram->extensions);
	buf_put(self);
}

uint32_t datagram_span(const struct datagram *datagram, uint32_t offset,
		       uint8_t **data)
{
	for (int i = 0; i < datagram->fragment_count; i++) {
		const struct fragment *f = &datagram->fragments[i];

		if (offset < f->length) {
			*data = fragment_data(f) + offset;
			return f->length - offset;
		}
		offset -= f->length;
	}
	return 0;
}
