// SPDX-License-Identifier: MIT
/*
 * Packets: the pool, and everything that looks across the seam between a
 * packet's head and its fragments. The functions that the stages call for each
 * packet (packet_header, packet_push) touch no fragment in the common case.
 */
#include "net/core/packet.h"

#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/instance.h"
#include "net/wire/checksum.h"
#include "net/wire/udp.h"

#define POOL_MAX 512

static void reset(struct packet *packet)
{
	memset(packet, 0, offsetof(struct packet, fragments));
	list_init(&packet->list);
	packet->refs = 1;
	packet->head_start = PACKET_HEADROOM;
	packet->head_end = PACKET_HEADROOM;
}

struct packet *packet_new(struct net *net)
{
	struct packet *packet = LIST_POP(&net->pool, struct packet, list);

	if (packet) {
		net->pooled--;
	} else {
		packet = port_alloc(sizeof *packet);
		if (!packet)
			return NULL;
	}
	net->packets++;
	reset(packet);
	return packet;
}

static void uncharge(struct packet *packet) ON_NET_THREAD
{
	struct endpoint *ep = packet->charged;

	atomic_fetch_sub(&ep->tx_charged, packet->charge);
	endpoint_writable(ep);
	packet->charged = NULL;
	endpoint_put(ep);
}

void packet_free(struct net *net, struct packet *packet)
{
	NET_ASSERT(packet->refs > 0);
	if (--packet->refs)
		return;
	for (int i = 0; i < packet->fragment_count; i++)
		buf_put(packet->fragments[i].buf);
	packet->fragment_count = 0;
	if (packet->charged)
		uncharge(packet);
	net->packets--;
	if (net->pooled >= POOL_MAX) {
		port_free(packet);
		return;
	}
	net->pooled++;
	list_push_front(&net->pool, &packet->list);
}

void packet_depart(struct net *net, struct packet *packet)
{
	NET_ASSERT(packet->refs == 1);
	if (packet->charged)
		uncharge(packet);
	packet->netif = NULL;
	net->packets--;
}

void packet_arrive(struct net *net, struct packet *packet)
{
	net->packets++;
}

static uint32_t head_length(const struct packet *packet)
{
	return (uint32_t)packet->head_end - packet->head_start;
}

/* Drops `n` bytes from the front of the fragments. */
static void fragments_skip(struct packet *packet, uint32_t n)
{
	int gone = 0;

	while (gone < packet->fragment_count && n > 0) {
		struct fragment *f = &packet->fragments[gone];

		if (f->length > n) {
			f->offset += n;
			f->length -= n;
			break;
		}
		n -= f->length;
		buf_put(f->buf);
		gone++;
	}
	packet->fragment_count -= (uint8_t)gone;
	memmove(packet->fragments, packet->fragments + gone,
		packet->fragment_count * sizeof packet->fragments[0]);
}

uint8_t *packet_header_slow(struct packet *packet, uint32_t offset, uint32_t n)
{
	uint32_t head = head_length(packet);
	uint32_t want = offset + n;

	if (want < offset || want > packet->length)
		return NULL;
	if (want > head) {
		if (want > PACKET_HEAD)
			return NULL;
		if (packet->head_start + want > PACKET_HEAD) {
			memmove(packet->head, packet->head + packet->head_start,
				head);
			packet->head_start = 0;
			packet->head_end = (uint16_t)head;
		}
		packet_copy(packet, head, packet->head + packet->head_end,
			    want - head);
		fragments_skip(packet, want - head);
		packet->head_end += (uint16_t)(want - head);
	}
	return packet->head + packet->head_start + offset;
}

uint8_t *packet_push(struct packet *packet, uint32_t n)
{
	if (n > packet->head_start)
		return NULL;
	packet->head_start -= (uint16_t)n;
	packet->length += n;
	packet->l2 += (uint16_t)n;
	packet->l3 += (uint16_t)n;
	packet->l4 += (uint16_t)n;
	packet->payload += (uint16_t)n;
	packet->csum_start += (uint16_t)n;
	return packet->head + packet->head_start;
}

void packet_pull(struct packet *packet, uint32_t n)
{
	uint32_t head = MIN(n, head_length(packet));

	packet->head_start += (uint16_t)head;
	fragments_skip(packet, n - head);
	packet->length -= n;
	packet->l2 -= (uint16_t)n;
	packet->l3 -= (uint16_t)n;
	packet->l4 -= (uint16_t)n;
	packet->payload -= (uint16_t)n;
	packet->csum_start -= (uint16_t)n;
}

uint8_t *packet_append(struct packet *packet, uint32_t n)
{
	uint8_t *at = packet->head + packet->head_end;

	if (packet->fragment_count || packet->head_end + n > PACKET_HEAD)
		return NULL;
	packet->head_end += (uint16_t)n;
	packet->length += n;
	return at;
}

bool packet_add_fragment(struct packet *packet, struct buf *buf,
			 uint32_t offset, uint32_t length)
{
	if (packet->fragment_count == PACKET_FRAGMENTS)
		return false;
	packet->fragments[packet->fragment_count++] =
		(struct fragment){ buf, offset, length };
	packet->length += length;
	return true;
}

void packet_trim(struct packet *packet, uint32_t length)
{
	uint32_t left = length, head = head_length(packet);
	int keep = 0;

	if (length >= packet->length)
		return;
	packet->length = length;
	if (left < head) {
		packet->head_end = (uint16_t)(packet->head_start + left);
		left = 0;
	} else {
		left -= head;
	}
	while (keep < packet->fragment_count && left > 0) {
		struct fragment *f = &packet->fragments[keep++];

		if (f->length > left)
			f->length = left;
		left -= f->length;
	}
	for (int i = keep; i < packet->fragment_count; i++)
		buf_put(packet->fragments[i].buf);
	packet->fragment_count = (uint8_t)keep;
}

/* The contiguous piece at `offset`; its length (at most `max`), 0 at the end.
 * *index: the fragment, -1 for the head. */
static uint32_t piece(const struct packet *packet, uint32_t offset,
		      uint32_t max, const uint8_t **data, int *index)
{
	uint32_t head = head_length(packet);

	if (offset < head) {
		*data = packet->head + packet->head_start + offset;
		*index = -1;
		return MIN(head - offset, max);
	}
	offset -= head;
	for (int i = 0; i < packet->fragment_count; i++) {
		const struct fragment *f = &packet->fragments[i];

		if (offset < f->length) {
			*data = fragment_data(f) + offset;
			*index = i;
			return MIN(f->length - offset, max);
		}
		offset -= f->length;
	}
	return 0;
}

uint32_t packet_copy(const struct packet *packet, uint32_t offset, void *to,
		     uint32_t n)
{
	uint32_t done = 0, len;
	const uint8_t *data;
	int index;

	while (done < n && (len = piece(packet, offset + done, n - done, &data,
					&index)) > 0) {
		memcpy((uint8_t *)to + done, data, len);
		done += len;
	}
	return done;
}

static bool slice_head(const uint8_t *data, uint32_t len, struct fragment *out)
{
	struct buf *buf = port_buf_alloc(len);

	if (!buf)
		return false;
	memcpy(buf->data, data, len);
	*out = (struct fragment){ buf, 0, len };
	return true;
}

int packet_slice(const struct packet *packet, uint32_t offset, uint32_t length,
		 struct fragment *out, int max)
{
	const uint8_t *data;
	uint32_t done = 0, len;
	int n = 0, index;

	while (done < length && (len = piece(packet, offset + done,
					     length - done, &data, &index))) {
		if (n == max)
			goto fail;
		if (index < 0) {
			if (!slice_head(data, len, &out[n]))
				goto fail;
		} else {
			struct buf *buf = packet->fragments[index].buf;

			out[n] = (struct fragment){
				buf_get(buf), (uint32_t)(data - buf->data), len
			};
		}
		n++;
		done += len;
	}
	return n;
fail:
	while (n > 0)
		buf_put(out[--n].buf);
	return 0;
}

uint64_t packet_checksum(const struct packet *packet, uint32_t offset,
			 uint32_t length)
{
	const uint8_t *data;
	uint32_t done = 0, len;
	uint64_t sum = 0;
	int index;

	while (done < length && (len = piece(packet, offset + done,
					     length - done, &data, &index))) {
		uint64_t part = checksum_add(0, data, len);

		sum += done & 1 ? checksum_shift(part) : checksum_fold(part);
		done += len;
	}
	return sum;
}

bool packet_checksum_ok(const struct packet *packet, uint8_t protocol)
{
	uint32_t length = packet->length - packet->l4;
	uint64_t sum;

	if (packet->flags & (PACKET_CSUM_PARTIAL | PACKET_CSUM_GOOD))
		return true;
	sum = packet_checksum(packet, packet->l4, length);
	sum += checksum_fold(
		checksum_pseudo(&packet->src, &packet->dst, protocol, length));
	return checksum_fold(sum) == 0xffff;
}

void packet_checksum_complete(struct packet *packet)
{
	uint32_t start = packet->csum_start;
	uint16_t value;
	uint8_t *field;

	if (!(packet->flags & PACKET_CSUM_PARTIAL))
		return;
	packet->flags &= ~(uint32_t)PACKET_CSUM_PARTIAL;
	field = packet_header(packet, start + packet->csum_offset, 2);
	if (!field)
		return;
	value = checksum_finish(
		packet_checksum(packet, start, packet->length - start));
	/* UDP's 0 means "none" (RFC 768); the others' is a sum like any. */
	if (!value && packet->csum_offset == UDP_CHECKSUM_OFFSET)
		value = 0xffff;
	checksum_store(field, value);
}

struct packet *packet_clone(struct net *net, const struct packet *packet)
{
	struct packet *copy = packet_new(net);

	if (!copy)
		return NULL;
	memcpy(copy, packet, offsetof(struct packet, fragments));
	list_init(&copy->list);
	copy->refs = 1;
	copy->charged = NULL;
	for (int i = 0; i < packet->fragment_count; i++) {
		copy->fragments[i] = packet->fragments[i];
		buf_get(copy->fragments[i].buf);
	}
	memcpy(copy->head + copy->head_start, packet->head + packet->head_start,
	       head_length(packet));
	return copy;
}

void packet_recycle(struct packet *packet)
{
	static const struct packet_note nothing;

	packet->flags &= PACKET_CSUM_PARTIAL | PACKET_CSUM_GOOD;
	packet->note = nothing;
	packet->id = 0;
	packet->bound = NULL;
	packet->ip_id = 0;
}
