// SPDX-License-Identifier: MIT
/*
 * The block reader: draft-ietf-opsawg-pcapng. Blocks are read whole; every
 * length is checked against the block before it is used. Unknown blocks and
 * options are passed over, as the format asks.
 */
#include <string.h>

#include "net/core/tap_pcapng.h"
#include "tools/pcapdump/format.h"

enum block_type {
	BLOCK_SECTION = PCAPNG_SECTION,
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
};

enum option_code {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_NAME = 2, /* if_name */
	OPTION_FLAGS = 2, /* epb_flags */
	OPTION_DROPCOUNT = 4,
	OPTION_RECEIVED = 4, /* isb_ifrecv */
	OPTION_PACKETID = 5,
	OPTION_DROPPED = 5, /* isb_ifdrop */
	OPTION_VERDICT = 7,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
	OPTION_CUSTOM = 2989,
};

#define MAGIC 0x1a2b3c4d

/* A string option: not terminated in the file. */
static void get_text(char *to, size_t size, const uint8_t *from, size_t len)
{
	size_t n = len < size ? len : size - 1;

	memcpy(to, from, n);
	to[n] = 0;
}

struct option {
	uint16_t code, length;
	const uint8_t *value;
};

/* The next option in [*at, end); false at the last one or a broken one. */
static bool next_option(const struct capture *c, const uint8_t **at,
			const uint8_t *end, struct option *option)
{
	size_t room = (size_t)(end - *at);
	size_t padded;

	if (room < 4)
		return false;
	option->code = capture_get16(c, *at);
	option->length = capture_get16(c, *at + 2);
	option->value = *at + 4;
	padded = ALIGN_UP((size_t)option->length, 4);
	if (option->code == OPTION_END || padded > room - 4)
		return false;
	*at += 4 + padded;
	return true;
}

/* The rest of a block whose type was read: its body and the second length. A
 * section header tells its byte order in its first four bytes. */
static int read_body(struct capture *c, bool section, size_t *length)
{
	uint8_t header[8];
	uint32_t total;
	int got = capture_read(c, header, section ? 8 : 4, false);

	if (got <= 0)
		return got;
	if (section) {
		c->swapped = get_be32(header + 4) == MAGIC;
		if (!c->swapped && get_le32(header + 4) != MAGIC)
			return capture_fail(c, "a pcapng section of an "
					       "unknown byte order");
		c->interface_count = 0; /* numbers begin anew in each */
	}
	total = capture_get32(c, header);
	if (total < (section ? 28 : 12) || total % 4 ||
	    total > CAPTURE_BLOCK_MAX)
		return capture_fail(c, "a block has an impossible length");
	*length = total - (section ? 16 : 12);
	got = capture_read_block(c, *length + 4);
	if (got > 0 && capture_get32(c, c->block + *length) != total)
		return capture_fail(c, "a block's two lengths differ");
	return got;
}

/* Reads one block: its type and its body (without the two lengths). */
static int read_block(struct capture *c, uint32_t *type, size_t *length)
{
	uint8_t word[4];
	int got = capture_read(c, word, 4, true);

	if (got <= 0)
		return got;
	*type = capture_get32(c, word);
	return read_body(c, *type == BLOCK_SECTION, length);
}

static uint64_t ticks_of(uint8_t resolution)
{
	uint64_t ticks = 1;

	if (resolution & 0x80)
		return UINT64_C(1) << ((resolution & 0x7f) % 63);
	for (int i = 0; i < resolution && i < 18; i++)
		ticks *= 10;
	return ticks;
}

static int read_interface(struct capture *c, size_t length)
{
	struct capture_interface *in = &c->interfaces[c->interface_count];
	const uint8_t *at = c->block + 8, *end = c->block + length;
	struct option option;

	if (length < 8)
		return capture_fail(c, "an interface block is too short");
	if (c->interface_count == CAPTURE_INTERFACES)
		return capture_fail(c, "too many interfaces");
	memset(in, 0, sizeof *in);
	in->linktype = capture_get16(c, c->block);
	in->snap = capture_get32(c, c->block + 4);
	in->ticks = 1000000;
	snprintf(in->name, sizeof in->name, "if%u", c->interface_count);
	while (next_option(c, &at, end, &option)) {
		if (option.code == OPTION_NAME)
			get_text(in->name, sizeof in->name, option.value,
				 option.length);
		else if (option.code == OPTION_TSRESOL && option.length)
			in->ticks = ticks_of(option.value[0]);
		else if (option.code == OPTION_TSOFFSET && option.length == 8)
			in->offset = (int64_t)capture_get64(c, option.value);
	}
	c->interface_count++;
	return 1;
}

static void read_statistics(struct capture *c, size_t length)
{
	const uint8_t *at = c->block + 12, *end = c->block + length;
	struct capture_interface *in;
	struct option option;

	if (length < 12 || capture_get32(c, c->block) >= c->interface_count)
		return;
	in = &c->interfaces[capture_get32(c, c->block)];
	in->has_statistics = true;
	while (next_option(c, &at, end, &option)) {
		if (option.length != 8)
			continue;
		if (option.code == OPTION_RECEIVED)
			in->received = capture_get64(c, option.value);
		else if (option.code == OPTION_DROPPED)
			in->dropped = capture_get64(c, option.value);
	}
}

static void read_note(struct capture_note *note, const uint8_t *p)
{
	*note = (struct capture_note){
		.why = p[1],
		.verdict = get_le16(p + 2),
		.stage = p[4],
		.tcp = p[5] & 1,
		.checksum_offloaded = p[5] & 2,
		.segmented = p[5] & 4,
		.tcp_state = p[6],
		.retransmits = p[7],
		.socket = get_le32(p + 8),
		.pid = (int32_t)get_le32(p + 12),
		.snd_una = get_le32(p + 16),
		.snd_nxt = get_le32(p + 20),
		.snd_wnd = get_le32(p + 24),
		.rcv_nxt = get_le32(p + 28),
		.rcv_wnd = get_le32(p + 32),
		.cwnd = get_le32(p + 36),
		.ssthresh = get_le32(p + 40),
		.in_flight = get_le32(p + 44),
		.srtt_us = get_le32(p + 48),
		.rto_us = get_le32(p + 52),
		.gso_size = get_le32(p + 56),
	};
}

static void read_option(struct capture *c, struct capture_packet *packet,
			const struct option *option)
{
	const uint8_t *value = option->value;

	switch (option->code) {
	case OPTION_COMMENT:
		get_text(packet->comment, sizeof packet->comment, value,
			 option->length);
		break;
	case OPTION_FLAGS:
		if (option->length == 4)
			packet->direction = capture_get32(c, value) & 3;
		break;
	case OPTION_DROPCOUNT:
		if (option->length == 8)
			packet->lost = capture_get64(c, value);
		break;
	case OPTION_PACKETID:
		packet->has_id = option->length == 8;
		if (packet->has_id)
			packet->id = capture_get64(c, value);
		break;
	case OPTION_VERDICT:
		if (option->length < 5 || value[0] != TAP_VERDICT_TYPE)
			break;
		packet->has_verdict = true;
		get_text(packet->verdict, sizeof packet->verdict, value + 5,
			 option->length - 5u);
		break;
	case OPTION_CUSTOM:
		if (option->length < 4 + TAP_CUSTOM_LENGTH ||
		    capture_get32(c, value) != TAP_PEN || value[4] != 1)
			break;
		packet->has_note = true;
		read_note(&packet->note, value + 4);
		break;
	default:
		break;
	}
}

static uint64_t to_nanoseconds(const struct capture_interface *in,
			       uint64_t time)
{
	uint64_t ticks = in->ticks, rest = time % ticks;

	return (time / ticks + (uint64_t)in->offset) * 1000000000u +
	       (uint64_t)((unsigned __int128)rest * 1000000000u / ticks);
}

/* The fields that a packet's block begins with: those of the obsolete one are
 * the same but for the interface's 16 bits. */
static int read_packet(struct capture *c, struct capture_packet *packet,
		       bool old, size_t length)
{
	const uint8_t *at, *end = c->block + length;
	struct option option;

	if (length < 20)
		return capture_fail(c, "a packet block is too short");
	packet->interface = old ? capture_get16(c, c->block) :
				  capture_get32(c, c->block);
	packet->captured = capture_get32(c, c->block + 12);
	packet->original = capture_get32(c, c->block + 16);
	packet->data = c->block + 20;
	if (packet->interface >= c->interface_count)
		return capture_fail(c, "a packet of an unknown interface");
	if (packet->captured > length - 20)
		return capture_fail(c, "a packet is longer than its block");
	packet->time =
		to_nanoseconds(&c->interfaces[packet->interface],
			       (uint64_t)capture_get32(c, c->block + 4) << 32 |
				       capture_get32(c, c->block + 8));
	at = packet->data + ALIGN_UP(packet->captured, 4u);
	while (at < end && next_option(c, &at, end, &option))
		read_option(c, packet, &option);
	return 1;
}

/* A simple packet has neither time nor options, and is cut at the snap. */
static int read_simple(struct capture *c, struct capture_packet *packet,
		       size_t length)
{
	if (length < 4)
		return capture_fail(c, "a packet block is too short");
	if (!c->interface_count)
		return capture_fail(c, "a packet of an unknown interface");
	packet->original = capture_get32(c, c->block);
	packet->captured = (uint32_t)MIN(packet->original, length - 4);
	if (c->interfaces[0].snap)
		packet->captured = MIN(packet->captured, c->interfaces[0].snap);
	packet->data = c->block + 4;
	return 1;
}

int pcapng_open(struct capture *c)
{
	size_t length;

	return read_body(c, true, &length);
}

int pcapng_next(struct capture *c, struct capture_packet *packet)
{
	uint32_t type;
	size_t length;

	for (;;) {
		int got = read_block(c, &type, &length);

		if (got <= 0)
			return got;
		if (type == BLOCK_PACKET || type == BLOCK_OLD_PACKET)
			return read_packet(c, packet, type == BLOCK_OLD_PACKET,
					   length);
		if (type == BLOCK_SIMPLE_PACKET)
			return read_simple(c, packet, length);
		if (type == BLOCK_INTERFACE && read_interface(c, length) < 0)
			return -1;
		if (type == BLOCK_STATISTICS)
			read_statistics(c, length);
	}
}
