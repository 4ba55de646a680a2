// SPDX-License-Identifier: MIT
/*
 * Classic pcap: a header of 24 bytes, then records of 16 bytes and the packet.
 * Microseconds or nanoseconds, either byte order; one link type.
 */
#include <string.h>

#include "tools/pcapdump/format.h"

#define MAGIC_MICRO 0xa1b2c3d4
#define MAGIC_NANO 0xa1b23c4d

static bool set_clock(struct capture *c, uint32_t magic, bool swapped)
{
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO)
		return false;
	c->swapped = swapped;
	c->interfaces[0].ticks = magic == MAGIC_NANO ? 1000000000 : 1000000;
	return true;
}

bool pcap_is_magic(struct capture *c, const uint8_t magic[4])
{
	return set_clock(c, get_le32(magic), false) ||
	       set_clock(c, get_be32(magic), true);
}

int pcap_open(struct capture *c)
{
	struct capture_interface *in = &c->interfaces[0];
	uint8_t header[20];
	int got = capture_read(c, header, sizeof header, false);

	if (got <= 0)
		return got;
	if (capture_get16(c, header) != 2)
		return capture_fail(c, "a pcap file of an unknown version");
	in->snap = capture_get32(c, header + 12);
	/* The upper bits tell of a frame check sequence. */
	in->linktype = (uint16_t)capture_get32(c, header + 16);
	strcpy(in->name, "-");
	c->interface_count = 1;
	return 1;
}

int pcap_next(struct capture *c, struct capture_packet *packet)
{
	uint64_t ticks = c->interfaces[0].ticks, fraction;
	uint8_t header[16];
	int got = capture_read(c, header, sizeof header, true);

	if (got <= 0)
		return got;
	fraction = capture_get32(c, header + 4);
	if (fraction >= ticks)
		return capture_fail(c, "a record has an impossible time");
	packet->time = capture_get32(c, header) * UINT64_C(1000000000) +
		       fraction * (1000000000 / ticks);
	packet->captured = capture_get32(c, header + 8);
	packet->original = capture_get32(c, header + 12);
	if (packet->captured > CAPTURE_BLOCK_MAX)
		return capture_fail(c, "a record has an impossible length");
	got = capture_read_block(c, packet->captured);
	packet->data = c->block;
	return got;
}
