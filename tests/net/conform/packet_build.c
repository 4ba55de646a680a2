// SPDX-License-Identifier: MIT
/*
 * A script's inbound packet as bytes: headers of the chosen version of IP, the
 * stack's own numbers where the script has relative ones, checksums. ICMP
 * errors quote the packet of the stack that they are about.
 */
#include "tests/net/conform/libc.h"

#include "lib/bytes.h"
#include "net/wire/checksum.h"
#include "tests/net/conform/conform.h"
#include "tests/net/conform/machine.h"

#define PACKET_ROOM 66000
#define TCP 6
#define UDP 17
#define ICMP 1
#define ICMP6 58
#define IN_TTL 255

struct draft {
	uint8_t bytes[PACKET_ROOM];
	uint32_t header; /* length of the IP header */
	uint32_t length; /* of what follows it */
	struct net_addr src, dst;
};

static uint32_t put_ip(uint8_t *at, const struct net_addr *src,
		       const struct net_addr *dst, uint8_t protocol,
		       uint32_t length, const struct script_packet *p)
{
	uint8_t tos = p->has_tos ? p->tos : 0;
	uint8_t ttl = p->has_ttl ? p->ttl : IN_TTL;

	if (run.six) {
		memset(at, 0, 40);
		put_be32(at, 6u << 28 | (uint32_t)tos << 20 |
				     (p->has_flow ? p->flow : 0));
		put_be16(at + 4, (uint16_t)length);
		at[6] = protocol;
		at[7] = ttl;
		memcpy(at + 8, src->b, 16);
		memcpy(at + 24, dst->b, 16);
		return 40;
	}
	memset(at, 0, 20);
	at[0] = (uint8_t)(0x45 + p->ip_option_length / 4);
	at[1] = tos;
	put_be16(at + 2, (uint16_t)(20 + p->ip_option_length + length));
	at[8] = ttl;
	at[9] = protocol;
	memcpy(at + 12, src->b + 12, 4);
	memcpy(at + 16, dst->b + 12, 4);
	memcpy(at + 20, p->ip_options, p->ip_option_length);
	length = 20 + p->ip_option_length;
	checksum_store(at + 10, checksum_finish(checksum_add(0, at, length)));
	return length;
}

static uint32_t ip_length(void)
{
	return run.six ? 40 : 20;
}

/* Leaves a fragment of the packet. */
static void cut(struct draft *d, const struct script_packet *p,
		uint8_t protocol)
{
	uint8_t *l4 = d->bytes + d->header;
	bool more = p->part_end < d->length;
	uint32_t end = more ? p->part_end : d->length;

	if (p->part_from >= end || p->part_from % 8)
		unsupported(p->line, "a fragment of nothing or between words");
	d->length = end - p->part_from;
	memmove(l4 + (run.six ? 8 : 0), l4 + p->part_from, d->length);
	if (run.six) {
		memset(l4, 0, 8);
		l4[0] = protocol;
		put_be16(l4 + 2, (uint16_t)(p->part_from | more));
		put_be32(l4 + 4, p->ip_id);
		d->length += 8;
		put_ip(d->bytes, &d->src, &d->dst, 44, d->length, p);
		return;
	}
	put_ip(d->bytes, &d->src, &d->dst, protocol, d->length, p);
	put_be16(d->bytes + 4, p->ip_id);
	put_be16(d->bytes + 6,
		 (uint16_t)(p->part_from / 8 | (more ? 0x2000 : 0)));
	put_be16(d->bytes + 10, 0);
	checksum_store(d->bytes + 10,
		       checksum_finish(checksum_add(0, d->bytes, d->header)));
}

static void finish(struct draft *d, const struct script_packet *p,
		   uint8_t protocol, uint32_t checksum_at)
{
	uint8_t *l4 = d->bytes + d->header;
	uint64_t sum = 0;

	put_ip(d->bytes, &d->src, &d->dst, protocol, d->length, p);
	if (protocol != ICMP)
		sum = checksum_pseudo(&d->src, &d->dst, protocol, d->length);
	put_be16(l4 + checksum_at, 0);
	sum = checksum_add(sum, l4, d->length);
	checksum_store(l4 + checksum_at, checksum_finish(sum));
	if (p->bad_checksum)
		l4[checksum_at] ^= 0x55;
	if (p->part_end)
		cut(d, p, protocol);
	machine_inject(d->bytes, d->header + d->length);
	free(d);
}

/* ---- TCP ---- */

static uint32_t to_live_ack(const struct conversation *c, uint32_t ack)
{
	return c->isn_known ? ack - c->script_isn + c->live_isn : ack;
}

static uint32_t to_live_stamp(const struct conversation *c, uint32_t stamp)
{
	for (int i = c->stamp_count; i-- > 0;)
		if (c->stamps[i].script == stamp)
			return c->stamps[i].live;
	if (!c->stamp_known)
		return stamp;
	return stamp - c->first_script_stamp + c->first_live_stamp;
}

/* SACK blocks and echoed timestamps are in the stack's numbers. */
static void map_options(const struct script_packet *p,
			const struct conversation *c, uint8_t *o)
{
	for (uint32_t i = 0; i + 1 < p->option_length;) {
		uint8_t kind = o[i], length = kind < 2 ? 1 : o[i + 1];

		if (length == 0 || i + length > p->option_length)
			return;
		for (uint32_t at = i + 2; kind == 5 && at + 4 <= i + length;
		     at += 4)
			put_be32(o + at, to_live_ack(c, get_be32(o + at)));
		if (kind == 8 && length == 10 && p->has_ack && !p->absolute_ecr)
			put_be32(o + i + 6,
				 to_live_stamp(c, get_be32(o + i + 6)));
		i += length;
	}
}

static uint32_t put_tcp(uint8_t *at, const struct script_packet *p,
			const struct conversation *c)
{
	uint32_t header = 20 + p->option_length;
	uint16_t flags = p->flags & 0x1ff;

	memset(at, 0, header + p->length);
	put_be16(at, c->remote_port);
	put_be16(at + 2, c->local_port);
	put_be32(at + 4, p->seq);
	if (p->has_ack)
		put_be32(at + 8, to_live_ack(c, p->ack));
	put_be16(at + 12, (uint16_t)(header / 4 << 12 | flags));
	put_be16(at + 14, (uint16_t)p->window);
	put_be16(at + 18, (uint16_t)p->urgent);
	memcpy(at + 20, p->options, p->option_length);
	map_options(p, c, at + 20);
	return header + p->length;
}

static struct draft *draft_new(const struct script_packet *p)
{
	struct draft *d = malloc(sizeof(*d));

	d->header = ip_length() + (run.six ? 0 : p->ip_option_length);
	d->src = run.remote;
	d->dst = run.local;
	if ((p->src && addr_parse(p->src, &d->src)) ||
	    (p->dst && addr_parse(p->dst, &d->dst)))
		unsupported(p->line, "an address of this form");
	return d;
}

static void inject_tcp(const struct script_packet *p, struct conversation *c)
{
	struct draft *d = draft_new(p);

	if (p->length + 100 > PACKET_ROOM)
		unsupported(p->line, "a packet of more than 64 KiB");
	d->length = put_tcp(d->bytes + d->header, p, c);
	c->peer_next = p->end + !!(p->flags & 2) + (p->flags & 1);
	if (p->flags & 16)
		c->stack_next = p->ack;
	c->seen = true;
	finish(d, p, TCP, 16);
}

void packet_inject_reset(struct conversation *c)
{
	struct script_packet p = { .flags = 4 | 16,
				   .has_ack = true,
				   .has_window = true,
				   .seq = c->peer_next,
				   .end = c->peer_next,
				   .ack = c->stack_next };

	if (c->seen && c->local_port && c->remote_port)
		inject_tcp(&p, c);
}

/* ---- UDP ---- */

static uint32_t put_udp(uint8_t *at, uint16_t src, uint16_t dst,
			uint32_t length)
{
	memset(at, 0, 8 + length);
	put_be16(at, src);
	put_be16(at + 2, dst);
	put_be16(at + 4, (uint16_t)(8 + length));
	return 8 + length;
}

static void inject_udp(const struct script_packet *p, struct conversation *c)
{
	struct draft *d = draft_new(p);

	d->length = put_udp(d->bytes + d->header, c->remote_port, c->local_port,
			    p->length);
	finish(d, p, UDP, 6);
}

/* ---- ICMP ---- */

/* The head of a packet that the stack has sent, as a router quotes it. */
static uint32_t put_quoted(uint8_t *at, const struct script_packet *p,
			   const struct conversation *c)
{
	struct script_packet none = { 0 };
	uint32_t header = ip_length(), length;
	bool udp = p->echoed ? p->echoed_kind == PACKET_UDP :
			       c->protocol == UDP;

	if (udp) {
		length = put_udp(at + header, c->local_port, c->remote_port, 0);
		put_be16(at + header + 4, (uint16_t)(8 + p->length));
		put_ip(at, &run.local, &run.remote, UDP, 8 + p->length, &none);
		return header + length;
	}
	memset(at + header, 0, 20);
	put_be16(at + header, c->local_port);
	put_be16(at + header + 2, c->remote_port);
	put_be32(at + header + 4, to_live_ack(c, p->seq));
	put_be16(at + header + 12, 5 << 12 | 16);
	put_ip(at, &run.local, &run.remote, TCP, 20 + p->length, &none);
	return header + 20;
}

static void inject_icmp(const struct script_packet *p, struct conversation *c)
{
	struct draft *d = draft_new(p);
	uint8_t *at = d->bytes + d->header;
	int type = icmp_type_number(p->type, run.six), code;

	if (type < 0)
		unsupported(p->line, "ICMP type %s", p->type);
	code = icmp_code_number(type, p->code, run.six);
	if (code < 0)
		unsupported(p->line, "ICMP code %s", p->code);
	memset(at, 0, 8);
	at[0] = (uint8_t)type;
	at[1] = (uint8_t)code;
	put_be32(at + 4, p->mtu);
	d->length = 8;
	if (type != 0 && type != 8 && type != 128 && type != 129)
		d->length += put_quoted(at + 8, p, c);
	finish(d, p, run.six ? ICMP6 : ICMP, 2);
}

void packet_inject(const struct script_packet *p, struct conversation *c)
{
	if (p->kind == PACKET_TCP)
		inject_tcp(p, c);
	else if (p->kind == PACKET_UDP)
		inject_udp(p, c);
	else
		inject_icmp(p, c);
}
