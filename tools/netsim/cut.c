// SPDX-License-Identifier: MIT
/*
 * Cutting large segments as a card does; see cut.h. CWR stays on the first
 * piece, FIN and PSH on the last (RFC 3168, and what every card does).
 */
#include "tools/netsim/cut.h"

#include <stdlib.h>

#include "lib/bytes.h"
#include "lib/string.h"
#include "net/wire/checksum.h"

#define ETHERNET 14u
#define FIN 0x01
#define PSH 0x08
#define CWR 0x80

static void finish_ip4(uint8_t *ip, uint32_t length, uint32_t number)
{
	uint32_t header = (ip[0] & 15) * 4u;

	put_be16(ip + 2, (uint16_t)length);
	put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + number));
	put_be16(ip + 10, 0);
	checksum_store(ip + 10, checksum_finish(checksum_add(0, ip, header)));
}

static void finish_tcp(const uint8_t *ip, uint8_t *tcp, uint32_t length)
{
	struct net_addr src, dst;
	uint64_t sum;

	if (ip[0] >> 4 == 4) {
		src = addr_ip4(get_be32(ip + 12));
		dst = addr_ip4(get_be32(ip + 16));
	} else {
		memcpy(src.b, ip + 8, 16);
		memcpy(dst.b, ip + 24, 16);
	}
	put_be16(tcp + 16, 0);
	sum = checksum_pseudo(&src, &dst, 6, length);
	checksum_store(tcp + 16,
		       checksum_finish(checksum_add(sum, tcp, length)));
}

struct frame *cut_segment(const struct frame *frame, uint32_t *at)
{
	uint32_t ip_at = ETHERNET, tcp_at, data_at, left, n;
	struct frame *piece;
	uint8_t *ip, *tcp;

	tcp_at = ip_at + (frame->bytes[ip_at] >> 4 == 4 ?
				  (frame->bytes[ip_at] & 15) * 4u :
				  40);
	data_at = tcp_at + (frame->bytes[tcp_at + 12] >> 4) * 4u;
	left = frame->length - data_at - *at;
	if (!left)
		return NULL;
	n = MIN(left, (uint32_t)frame->gso_size);
	piece = malloc(sizeof *piece + data_at + n);
	memcpy(piece, frame, sizeof *piece + data_at);
	memcpy(piece->bytes + data_at, frame->bytes + data_at + *at, n);
	list_init(&piece->list);
	heap_node_init(&piece->due);
	piece->length = data_at + n;
	piece->gso_size = piece->gso_type = 0;
	ip = piece->bytes + ip_at;
	tcp = piece->bytes + tcp_at;
	put_be32(tcp + 4, get_be32(tcp + 4) + *at);
	if (*at)
		tcp[13] &= (uint8_t)~CWR;
	if (n < left)
		tcp[13] &= (uint8_t) ~(FIN | PSH);
	if (ip[0] >> 4 == 4)
		finish_ip4(ip, piece->length - ip_at, *at / frame->gso_size);
	else
		put_be16(ip + 4, (uint16_t)(piece->length - ip_at - 40));
	finish_tcp(ip, tcp, piece->length - tcp_at);
	*at += n;
	return piece;
}

/* Bytes of payload, and where they begin; 0: no TCP over IPv4 with data. */
static uint32_t payload_of(const struct frame *frame, uint32_t *at)
{
	const uint8_t *ip = frame->bytes + ETHERNET;
	uint32_t tcp = ETHERNET + (ip[0] & 15) * 4u;

	if (frame->length < ETHERNET + 40 || frame->gso_size ||
	    get_be16(frame->bytes + 12) != 0x0800 || ip[9] != 6 ||
	    (get_be16(ip + 6) & 0x3fff) || frame->length < tcp + 20)
		return 0;
	*at = tcp + (frame->bytes[tcp + 12] >> 4) * 4u;
	return frame->length > *at ? frame->length - *at : 0;
}

struct frame *cut_across(const struct frame *first, const struct frame *second)
{
	uint32_t from, at, n = payload_of(first, &from);
	uint32_t m = payload_of(second, &at), tcp;
	struct frame *frame;
	uint8_t *ip;

	if (!n || !m || from != at ||
	    memcmp(first->bytes + 26, second->bytes + 26, 12))
		return NULL;
	tcp = ETHERNET + (second->bytes[ETHERNET] & 15) * 4u;
	if (((first->bytes[tcp + 13] | second->bytes[tcp + 13]) & ~0x18) ||
	    get_be32(first->bytes + tcp + 4) + n !=
		    get_be32(second->bytes + tcp + 4))
		return NULL;
	frame = malloc(sizeof *frame + at + n + m);
	memcpy(frame, second, sizeof *frame + at);
	list_init(&frame->list);
	heap_node_init(&frame->due);
	memcpy(frame->bytes + at, first->bytes + from + n / 2, n - n / 2);
	memcpy(frame->bytes + at + n - n / 2, second->bytes + at, m / 2);
	frame->length = at + n - n / 2 + m / 2;
	ip = frame->bytes + ETHERNET;
	put_be32(frame->bytes + tcp + 4,
		 get_be32(first->bytes + tcp + 4) + n / 2);
	finish_ip4(ip, frame->length - ETHERNET, 1);
	finish_tcp(ip, frame->bytes + tcp, frame->length - tcp);
	return frame;
}
