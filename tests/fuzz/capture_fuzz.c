// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: the reader of captures (tools/pcapdump/capture.h) on
 * arbitrary bytes. What it says about a packet must lie within the file, and the
 * decoder behind it must bear whatever the packet holds.
 */
#include <stdlib.h>

#include "tools/pcapdump/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capture capture;
	static struct capture_packet packet;
	uint64_t number = 0;
	unsigned sum = 0;

	if (capture_open_memory(&capture, data, size) == 0) {
		while (capture_next(&capture, &packet) == 1) {
			if (packet.number != ++number)
				abort();
			for (uint32_t i = 0; i < packet.captured; i++)
				sum += packet.data[i];
			if (packet.time > CAPTURE_TIME_MAX * 4)
				abort();
		}
	}
	capture_close(&capture);
	return sum == 0x12345678;
}
