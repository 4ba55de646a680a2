// SPDX-License-Identifier: MIT
/*
 * Checks an event record's sums before anything in it is believed: a replay
 * hands lengths and structures of the file to the stack as they are.
 */
#include "tools/netsim/record_check.h"

#include <stdio.h>
#include <string.h>

#include "lib/crc.h"
#include "net/core/record.h"

const uint8_t *record_undamaged(const uint8_t *bytes, const uint8_t *end)
{
	const uint8_t *at = bytes, *summed = bytes, *good = bytes;
	struct record_head head;
	uint32_t sum = 0;

	if ((size_t)(end - at) < sizeof(struct record_start))
		return end; /* none at all: the caller says so */
	at += sizeof(struct record_start);
	good = at;
	for (unsigned long n = 1;; n++) {
		if ((size_t)(end - at) < sizeof head)
			return good;
		memcpy(&head, at, sizeof head);
		at += offsetof(struct record_head, sum);
		sum = crc32c(sum, summed, (size_t)(at - summed));
		summed = at;
		if (sum != head.sum) {
			printf("damaged in record %lu or in the one before\n",
			       n);
			return NULL;
		}
		good = summed - offsetof(struct record_head, sum);
		at += sizeof head.sum;
		if ((size_t)(end - at) < head.length)
			return good;
		at += head.length;
	}
}
