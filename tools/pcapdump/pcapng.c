// SPDX-License-Identifier: MIT
/*
 * The block reader: draft-ietf-opsawg-pcapng. Blocks are read whole; every
 * length is checked against the block before it is used. Unknown blocks and
 * options are passed over, as the format asks.
 */
#include "tools/pcapdump/pcapng.h"

#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "net/core/tap_pcapng.h"

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
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
	OPTION_CUSTOM = 2989,
};

#define BLOCK_MAX (16u << 20)
#define MAGIC 0x1a2b3c4d

static uint16_t get16(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be16(p) : get_le16(p);
}

static uint32_t get32(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be32(p) : get_le32(p);
}

static uint64_t get64(const struct capture *c, const uint8_t *p)
{
	return c->swapped ? get_be64(p) : get_le64(p);
}

static int fail(struct capture *c, const char *why)
{
	snprintf(c->error, sizeof c->error, "%s", why);
	return -1;
}

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
	option->code = get16(c, *at);
	option->length = get16(c, *at + 2);
	option->value = *at + 4;
	padded = ALIGN_UP((size_t)option->length, 4);
	if (option->code == OPTION_END || padded > room - 4)
		return false;
	*at += 4 + padded;
	return true;
}

static bool grow(struct capture *c, size_t size)
{
	uint8_t *block;

	if (size <= c->block_size)
		return true;
	block = realloc(c->block, size);
	if (!block)
		return false;
	c->block = block;
	c->block_size = size;
	return true;
}

static int cut(struct capture *c)
{
	c->cut = true;
	return 0;
}

/* A section header is the one block whose length needs its own magic. */
static int set_byte_order(struct capture *c)
{
	uint8_t magic[4];

	if (fread(magic, 1, 4, c->file) != 4)
		return cut(c);
	if (get_le32(magic) == MAGIC)
		c->swapped = false;
	else if (get_be32(magic) == MAGIC)
		c->swapped = true;
	else
		return fail(c, "not a pcapng file");
	if (fseek(c->file, -4, SEEK_CUR))
		return fail(c, "the file cannot be read again");
	c->interface_count = 0; /* numbers begin anew in each section */
	return 1;
}

/* Reads one block: its type and its body (without the two lengths). */
static int read_block(struct capture *c, uint32_t *type, size_t *length)
{
	uint8_t header[8];
	size_t got = fread(header, 1, 8, c->file);
	uint32_t total;
	int ordered;

	if (got != 8)
		return got ? cut(c) : 0;
	*type = get32(c, header);
	if (*type == BLOCK_SECTION) {
		ordered = set_byte_order(c);
		if (ordered <= 0)
			return ordered;
	}
	total = get32(c, header + 4);
	if (total < 12 || total % 4 || total > BLOCK_MAX)
		return fail(c, "a block has an impossible length");
	if (!grow(c, total))
		return fail(c, "out of memory");
	if (fread(c->block, 1, total - 8, c->file) != total - 8)
		return cut(c);
	if (get32(c, c->block + total - 12) != total)
		return fail(c, "a block's two lengths differ");
	*length = total - 12;
	return 1;
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
		return fail(c, "an interface block is too short");
	if (c->interface_count == CAPTURE_INTERFACES)
		return fail(c, "too many interfaces");
	memset(in, 0, sizeof *in);
	in->linktype = get16(c, c->block);
	in->snap = get32(c, c->block + 4);
	in->ticks = 1000000;
	snprintf(in->name, sizeof in->name, "if%u", c->interface_count);
	while (next_option(c, &at, end, &option)) {
		if (option.code == OPTION_NAME)
			get_text(in->name, sizeof in->name, option.value,
				 option.length);
		else if (option.code == OPTION_TSRESOL && option.length)
			in->ticks = ticks_of(option.value[0]);
	}
	c->interface_count++;
	return 1;
}

static void read_statistics(struct capture *c, size_t length)
{
	const uint8_t *at = c->block + 12, *end = c->block + length;
	struct capture_interface *in;
	struct option option;

	if (length < 12 || get32(c, c->block) >= c->interface_count)
		return;
	in = &c->interfaces[get32(c, c->block)];
	in->has_statistics = true;
	while (next_option(c, &at, end, &option)) {
		if (option.length != 8)
			continue;
		if (option.code == OPTION_RECEIVED)
			in->received = get64(c, option.value);
		else if (option.code == OPTION_DROPPED)
			in->dropped = get64(c, option.value);
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
			packet->direction = get32(c, value) & 3;
		break;
	case OPTION_DROPCOUNT:
		if (option->length == 8)
			packet->lost = get64(c, value);
		break;
	case OPTION_PACKETID:
		packet->has_id = option->length == 8;
		if (packet->has_id)
			packet->id = get64(c, value);
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
		    get32(c, value) != TAP_PEN || value[4] != 1)
			break;
		packet->has_note = true;
		read_note(&packet->note, value + 4);
		break;
	default:
		break;
	}
}

static uint64_t to_nanoseconds(uint64_t time, uint64_t ticks)
{
	uint64_t rest = time % ticks;

	return time / ticks * 1000000000u +
	       (uint64_t)((unsigned __int128)rest * 1000000000u / ticks);
}

static int read_packet(struct capture *c, struct capture_packet *packet,
		       size_t length)
{
	const uint8_t *at, *end = c->block + length;
	struct option option;
	uint64_t time;

	memset(packet, 0, sizeof *packet);
	if (length < 20)
		return fail(c, "a packet block is too short");
	packet->interface = get32(c, c->block);
	packet->captured = get32(c, c->block + 12);
	packet->original = get32(c, c->block + 16);
	packet->data = c->block + 20;
	if (packet->interface >= c->interface_count)
		return fail(c, "a packet of an unknown interface");
	if (packet->captured > length - 20)
		return fail(c, "a packet is longer than its block");
	time = (uint64_t)get32(c, c->block + 4) << 32 | get32(c, c->block + 8);
	packet->time =
		to_nanoseconds(time, c->interfaces[packet->interface].ticks);
	at = packet->data + ALIGN_UP(packet->captured, 4u);
	while (at < end && next_option(c, &at, end, &option))
		read_option(c, packet, &option);
	return 1;
}

int capture_open(struct capture *c, FILE *file)
{
	uint8_t first[4];
	uint32_t type;
	size_t length;
	int got;

	memset(c, 0, sizeof *c);
	c->file = file;
	if (fread(first, 1, 4, file) != 4 || get_le32(first) != BLOCK_SECTION)
		return fail(c, "not a pcapng file");
	if (fseek(file, -4, SEEK_CUR))
		return fail(c, "the file cannot be read again");
	got = read_block(c, &type, &length);
	if (got == 0)
		return fail(c, "the file ends in its first block");
	return got < 0 ? -1 : 0;
}

int capture_next(struct capture *c, struct capture_packet *packet)
{
	uint32_t type;
	size_t length;

	for (;;) {
		int got = read_block(c, &type, &length);

		if (got <= 0)
			return got;
		if (type == BLOCK_PACKET)
			return read_packet(c, packet, length);
		if (type == BLOCK_INTERFACE && read_interface(c, length) < 0)
			return -1;
		if (type == BLOCK_STATISTICS)
			read_statistics(c, length);
	}
}

void capture_close(struct capture *c)
{
	free(c->block);
	c->block = NULL;
	if (c->file)
		fclose(c->file);
	c->file = NULL;
}
