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
