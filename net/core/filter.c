// SPDX-License-Identifier: MIT
/* See filter.h: the check, and the machine. */
#include "net/core/filter.h"

#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/core/endpoint.h"
#include "net/core/netif.h"
#include "net/core/packet.h"
#include "net/core/port.h"

#define MEMORY 16 /* words of scratch memory */

/* Instruction classes and fields. */
enum {
	LD = 0x00,
	LDX = 0x01,
	ST = 0x02,
	STX = 0x03,
	ALU = 0x04,
	JMP = 0x05,
	RET = 0x06,
	MISC = 0x07,
	SIZE_W = 0x00,
	SIZE_H = 0x08,
	SIZE_B = 0x10,
	MODE_IMM = 0x00,
	MODE_ABS = 0x20,
	MODE_IND = 0x40,
	MODE_MEM = 0x60,
	MODE_LEN = 0x80,
	MODE_MSH = 0xa0,
	OP_ADD = 0x00,
	OP_SUB = 0x10,
	OP_MUL = 0x20,
	OP_DIV = 0x30,
	OP_OR = 0x40,
	OP_AND = 0x50,
	OP_LSH = 0x60,
	OP_RSH = 0x70,
	OP_NEG = 0x80,
	OP_MOD = 0x90,
	OP_XOR = 0xa0,
	JA = 0x00,
	JEQ = 0x10,
	JGT = 0x20,
	JGE = 0x30,
	JSET = 0x40,
	SRC_X = 0x08,
	RET_A = 0x10,
	TAX = 0x00,
	TXA = 0x80,
};

/* Negative offsets: what the kernel knows beside the bytes. */
#define AD_OFF (-0x1000)
#define NET_OFF (-0x100000)
#define LL_OFF (-0x200000)

enum {
	AD_PROTOCOL = 0,
	AD_PKTTYPE = 4,
	AD_IFINDEX = 8,
	AD_NLATTR = 12,
	AD_NLATTR_NEST = 16,
	AD_MARK = 20,
	AD_QUEUE = 24,
	AD_HATYPE = 28,
	AD_RXHASH = 32,
	AD_CPU = 36,
	AD_ALU_XOR_X = 40,
	AD_VLAN_TAG = 44,
	AD_VLAN_TAG_PRESENT = 48,
	AD_PAY_OFFSET = 52,
	AD_RANDOM = 56,
	AD_VLAN_TPID = 60,
	AD_MAX = 64,
};

/* ---- Checking ---- */

static bool known_load(uint16_t code)
{
	uint16_t mode = code & 0xe0, size = code & 0x18;

	if ((code & 7) == LD) {
		if (mode == MODE_ABS || mode == MODE_IND)
			return size <= SIZE_B;
		return size == SIZE_W && (mode == MODE_IMM ||
					  mode == MODE_MEM || mode == MODE_LEN);
	}
	if (mode == MODE_MSH)
		return size == SIZE_B;
	return size == SIZE_W &&
	       (mode == MODE_IMM || mode == MODE_MEM || mode == MODE_LEN);
}

static bool known(uint16_t code)
{
	uint16_t op = code & 0xf0;

	if (code > 0xff)
		return false;
	switch (code & 7) {
	case LD:
	case LDX:
		return known_load(code);
	case ST:
	case STX:
		return (code & 0xf8) == 0;
	case ALU:
		return op <= OP_XOR && !(op == OP_NEG && (code & SRC_X));
	case JMP:
		return op <= JSET && !(op == JA && (code & SRC_X));
	case RET:
		return (code & 0xf8) == 0 || (code & 0xf8) == RET_A;
	default:
		return (code & 0xf8) == TAX || (code & 0xf8) == TXA;
	}
}

/* Offsets in [AD_OFF, 0) are names. */
static bool known_ancillary(const struct filter_step *s)
{
	int32_t k = (int32_t)s->k;
	uint32_t what = (uint32_t)(k - AD_OFF);

	if ((s->code & 7) != LD || (s->code & 0xe0) != MODE_ABS || k < AD_OFF ||
	    k >= 0)
		return true;
	return what < AD_MAX && what % 4 == 0;
}

static bool check_step(const struct filter_step *s, uint32_t at, uint32_t count)
{
	uint16_t class = s->code & 7, op = s->code & 0xf0;
	bool constant = !(s->code & SRC_X);

	if (!known(s->code) || !known_ancillary(s))
		return false;
	if (class == ALU && constant && (op == OP_DIV || op == OP_MOD))
		return s->k != 0;
	if (class == ALU && constant && (op == OP_LSH || op == OP_RSH))
		return s->k < 32;
	if (class == ST || class == STX ||
	    (class <= LDX && (s->code & 0xe0) == MODE_MEM))
		return s->k < MEMORY;
	if (class == JMP && op == JA)
		return s->k < count - at - 1;
	if (class == JMP)
		return at + s->jt + 1u < count && at + s->jf + 1u < count;
	return true;
}

/* Each word of memory is written on every way to its being read. */
static bool check_memory(const struct filter *f, uint16_t *known_at)
{
	uint16_t valid = 0;

	memset(known_at, 0xff, f->count * sizeof *known_at);
	for (uint32_t i = 0; i < f->count; i++) {
		const struct filter_step *s = &f->steps[i];
		uint16_t class = s->code & 7;

		valid &= known_at[i];
		if (class == ST || class == STX)
			valid |= (uint16_t)(1u << s->k);
		else if (class <= LDX && (s->code & 0xe0) == MODE_MEM &&
			 !(valid & 1u << s->k))
			return false;
		if (class != JMP)
			continue;
		if ((s->code & 0xf0) == JA) {
			known_at[i + 1 + s->k] &= valid;
		} else {
			known_at[i + 1 + s->jt] &= valid;
			known_at[i + 1 + s->jf] &= valid;
		}
		valid = 0xffff;
	}
	return true;
}

static int check(const struct filter *f)
{
	uint16_t *known_at;
	bool good;

	for (uint32_t i = 0; i < f->count; i++)
		if (!check_step(&f->steps[i], i, f->count))
			return -EINVAL;
	if ((f->steps[f->count - 1].code & 7) != RET)
		return -EINVAL;
	known_at = port_alloc(f->count * sizeof *known_at);
	if (!known_at)
		return -ENOMEM;
	good = check_memory(f, known_at);
	port_free(known_at);
	return good ? 0 : -EINVAL;
}

int filter_make(const void *bytes, uint32_t count, struct filter **out)
{
	const uint8_t *from = bytes;
	struct filter *f;
	int err;

	if (count == 0 || count > FILTER_MAX)
		return -EINVAL;
	f = port_alloc(sizeof *f + count * sizeof f->steps[0]);
	if (!f)
		return -ENOMEM;
	refcount_init(&f->refs, 1);
	port_random(&f->random, sizeof f->random);
	f->random |= 1;
	f->count = count;
	for (uint32_t i = 0; i < count; i++, from += 8)
		f->steps[i] = (struct filter_step){ .code = get_le16(from),
						    .jt = from[2],
						    .jf = from[3],
						    .k = get_le32(from + 4) };
	err = check(f);
	if (err)
		port_free(f);
	else
		*out = f;
	return err;
}

void filter_free(struct filter *filter)
{
	if (filter && refcount_put(&filter->refs))
		port_free(filter);
}

struct filter *filter_share(struct filter *filter)
{
	if (filter)
		refcount_get(&filter->refs);
	return filter;
}

/* ---- Running ---- */

struct machine {
	uint32_t a, x;
	uint32_t memory[MEMORY];
	const struct filter_input *in;
	uint64_t *random;
};

/* `n` bytes at `at` of the view; false: not all of them are there. */
static bool fetch(const struct filter_input *in, int64_t at, uint32_t n,
		  uint8_t *to)
{
	uint32_t done = 0;
	int64_t place = (int64_t)in->offset - in->front_length + at;

	if (at < 0 && in->packet && place >= 0)
		return packet_copy(in->packet, (uint32_t)place, to, n) == n;
	if (at < 0 || at + n > in->length)
		return false;
	while (done < n && at < in->front_length)
		to[done++] = in->front[at++];
	return packet_copy(in->packet,
			   in->offset + (uint32_t)at - in->front_length,
			   to + done, n - done) == n - done;
}

static bool load_bytes(const struct filter_input *in, int64_t at, uint16_t size,
		       uint32_t *value)
{
	uint8_t b[4];
	uint32_t n = size == SIZE_W ? 4 : size == SIZE_H ? 2 : 1;

	if (at < 0 && at >= NET_OFF)
		at = at - NET_OFF + in->network;
	else if (at < 0 && at >= LL_OFF && !in->no_link)
		at = at - LL_OFF;
	else if (at < 0)
		return false;
	if (!fetch(in, at, n, b))
		return false;
	*value = n == 4 ? get_be32(b) : n == 2 ? get_be16(b) : b[0];
	return true;
}

/* The attribute of type X in [A, end): where it begins, or 0. */
static uint32_t find_attribute(const struct filter_input *in, uint32_t at,
			       uint32_t end, uint32_t type)
{
	uint8_t head[4];

	while (at + sizeof head <= end && fetch(in, at, sizeof head, head)) {
		uint32_t length = get_le16(head);

		if (length < sizeof head || length > end - at)
			break;
		if ((get_le16(head + 2) & 0x3fffu) == type)
			return at;
		at += (length + 3) & ~3u;
	}
	return 0;
}

static uint32_t attribute(const struct machine *m, bool nested)
{
	uint32_t at = m->a, end = m->in->length;
	uint8_t head[4];

	if (end < sizeof head || at > end - sizeof head)
		return 0;
	if (!nested)
		return find_attribute(m->in, at, end, m->x);
	if (!fetch(m->in, at, sizeof head, head) || get_le16(head) > end - at)
		return 0;
	return find_attribute(m->in, at + (uint32_t)sizeof head,
			      at + get_le16(head), m->x);
}

static uint32_t ancillary(const struct machine *m, uint32_t what)
{
	const struct filter_input *in = m->in;

	switch (what) {
	case AD_PROTOCOL:
		return in->protocol;
	case AD_PKTTYPE:
		return in->kind;
	case AD_IFINDEX:
		return in->netif;
	case AD_MARK:
		return in->mark;
	case AD_HATYPE:
		return in->hardware;
	case AD_ALU_XOR_X:
		return m->a ^ m->x;
	case AD_NLATTR:
	case AD_NLATTR_NEST:
		return attribute(m, what == AD_NLATTR_NEST);
	case AD_PAY_OFFSET:
		return in->packet && in->packet->payload > in->packet->l3 ?
			       (uint32_t)in->network + in->packet->payload -
				       in->packet->l3 :
			       0;
	case AD_RANDOM:
		/* Marsaglia's xorshift: the port's own costs too much stack. */
		*m->random ^= *m->random << 13;
		*m->random ^= *m->random >> 7;
		*m->random ^= *m->random << 17;
		return (uint32_t)(*m->random >> 32);
	case AD_VLAN_TAG:
		return in->tag;
	case AD_VLAN_TAG_PRESENT:
		return in->tag_protocol != 0;
	case AD_VLAN_TPID:
		return in->tag_protocol;
	default: /* queue, hash, CPU: there are none */
		return 0;
	}
}

static bool load(struct machine *m, const struct filter_step *s)
{
	int64_t k = (int32_t)s->k;
	uint8_t b;

	switch (s->code & 0xe0) {
	case MODE_ABS:
		if (k >= AD_OFF && k < 0) {
			m->a = ancillary(m, (uint32_t)(k - AD_OFF));
			return true;
		}
		return load_bytes(m->in, k >= LL_OFF && k < 0 ? k : s->k,
				  s->code & 0x18, &m->a);
	case MODE_IND:
		return load_bytes(m->in, k + m->x, s->code & 0x18, &m->a);
	case MODE_MSH:
		if (!fetch(m->in, s->k, 1, &b))
			return false;
		m->x = (uint32_t)(b & 15) << 2;
		return true;
	default:
		break;
	}
	k = (s->code & 0xe0) == MODE_MEM ? m->memory[s->k] :
	    (s->code & 0xe0) == MODE_LEN ? m->in->length :
					   s->k;
	if ((s->code & 7) == LD)
		m->a = (uint32_t)k;
	else
		m->x = (uint32_t)k;
	return true;
}

/* False: division by zero, which ends the program. */
static bool calculate(struct machine *m, const struct filter_step *s)
{
	uint32_t v = s->code & SRC_X ? m->x : s->k;

	switch (s->code & 0xf0) {
	case OP_ADD:
		m->a += v;
		break;
	case OP_SUB:
		m->a -= v;
		break;
	case OP_MUL:
		m->a *= v;
		break;
	case OP_DIV:
	case OP_MOD:
		if (v == 0)
			return false;
		m->a = (s->code & 0xf0) == OP_DIV ? m->a / v : m->a % v;
		break;
	case OP_OR:
		m->a |= v;
		break;
	case OP_AND:
		m->a &= v;
		break;
	case OP_LSH:
		m->a <<= v & 31;
		break;
	case OP_RSH:
		m->a >>= v & 31;
		break;
	case OP_NEG:
		m->a = -m->a;
		break;
	default:
		m->a ^= v;
		break;
	}
	return true;
}

static uint32_t jump(const struct machine *m, const struct filter_step *s)
{
	uint32_t v = s->code & SRC_X ? m->x : s->k;
	bool hit;

	switch (s->code & 0xf0) {
	case JA:
		return s->k;
	case JEQ:
		hit = m->a == v;
		break;
	case JGT:
		hit = m->a > v;
		break;
	case JGE:
		hit = m->a >= v;
		break;
	default:
		hit = m->a & v;
		break;
	}
	return hit ? s->jt : s->jf;
}

uint32_t filter_run(struct filter *filter, const struct filter_input *input)
{
	struct machine m = { .in = input, .random = &filter->random };

	for (uint32_t i = 0; i < filter->count; i++) {
		const struct filter_step *s = &filter->steps[i];

		switch (s->code & 7) {
		case LD:
		case LDX:
			if (!load(&m, s))
				return 0;
			break;
		case ST:
			m.memory[s->k] = m.a;
			break;
		case STX:
			m.memory[s->k] = m.x;
			break;
		case ALU:
			if (!calculate(&m, s))
				return 0;
			break;
		case JMP:
			i += jump(&m, s);
			break;
		case RET:
			return s->code & RET_A ? m.a : s->k;
		default:
			if ((s->code & 0xf8) == TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		}
	}
	return 0;
}

/* ---- Sockets ---- */

uint32_t filter_packet(const struct endpoint *ep, const struct packet *packet,
		       const uint8_t *front, uint32_t front_length,
		       uint32_t offset, uint32_t length)
{
	uint32_t all = front_length + length;
	bool six = addr_family(&packet->dst) == NET_IP6;
	struct filter_input input = {
		.packet = packet,
		.offset = offset,
		.length = all,
		.front = front,
		.front_length = front_length,
		.network = (int32_t)packet->l3 - (int32_t)offset +
			   (int32_t)front_length,
		.no_link = true,
		.protocol = six ? 0x86dd : 0x0800,
		.kind = packet->flags & PACKET_BROADCAST ? 1 :
			packet->flags & PACKET_MULTICAST ? 2 :
							   0,
		.netif = packet->netif->index,
		.hardware = (uint16_t)packet->netif->type,
	};

	if (likely(!ep->filter))
		return all;
	return MIN(filter_run(ep->filter, &input), all);
}

uint32_t filter_bytes(const struct endpoint *ep, const uint8_t *bytes,
		      uint32_t length)
{
	struct filter_input input = { .length = length,
				      .front = bytes,
				      .front_length = length,
				      .no_link = true };

	if (likely(!ep->filter))
		return length;
	return MIN(filter_run(ep->filter, &input), length);
}
