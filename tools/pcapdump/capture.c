// SPDX-License-Identifier: MIT
/*
 * The face of the reader: finds out which of the two formats a file has, and
 * reads exact numbers of bytes for them.
 */
#include "tools/pcapdump/capture.h"

#include <stdlib.h>
#include <string.h>

#include "tools/pcapdump/format.h"

int capture_fail(struct capture *c, const char *why)
{
	snprintf(c->error, sizeof c->error, "%s", why);
	return -1;
}

int capture_read(struct capture *c, void *to, size_t n, bool between)
{
	size_t got = fread(to, 1, n, c->file);

	c->position += got;
	if (got == n)
		return 1;
	if (ferror(c->file))
		return capture_fail(c, "the file cannot be read");
	c->cut = got || !between;
	return 0;
}

int capture_read_block(struct capture *c, size_t n)
{
	if (n > c->block_size) {
		uint8_t *block = realloc(c->block, n);

		if (!block)
			return capture_fail(c, "out of memory");
		c->block = block;
		c->block_size = n;
	}
	return capture_read(c, c->block, n, false);
}

int capture_open(struct capture *c, FILE *file)
{
	uint8_t magic[4];
	int got;

	memset(c, 0, sizeof *c);
	c->file = file;
	if (!file)
		return capture_fail(c, "out of memory");
	got = capture_read(c, magic, 4, false);
	if (got < 0)
		return got;
	if (got == 0)
		return capture_fail(c, c->position ? "not a capture" :
						     "the file is empty");
	if (get_le32(magic) == PCAPNG_SECTION) {
		got = pcapng_open(c);
	} else if (pcap_is_magic(c, magic)) {
		c->classic = true;
		got = pcap_open(c);
	} else {
		return capture_fail(c, "not a capture: neither pcapng nor "
				       "pcap");
	}
	if (got == 0)
		return capture_fail(c, "the file ends in its first block");
	return got < 0 ? -1 : 0;
}

int capture_open_memory(struct capture *c, const void *bytes, size_t size)
{
	/* An empty buffer is refused by fmemopen, an empty file is not. */
	if (!size)
		return capture_open(c, fopen("/dev/null", "rb"));
	return capture_open(c, fmemopen((void *)bytes, size, "rb"));
}

int capture_next(struct capture *c, struct capture_packet *packet)
{
	int got;

	memset(packet, 0, sizeof *packet);
	got = c->classic ? pcap_next(c, packet) : pcapng_next(c, packet);
	if (got <= 0)
		return got;
	packet->number = ++c->packets;
	/* Differences of times stay within an nsec_t. */
	packet->time = MIN(packet->time, CAPTURE_TIME_MAX);
	packet->linktype = c->interfaces[packet->interface].linktype;
	return 1;
}

void capture_close(struct capture *c)
{
	free(c->block);
	c->block = NULL;
	if (c->file)
		fclose(c->file);
	c->file = NULL;
}
