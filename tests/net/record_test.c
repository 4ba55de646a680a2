// SPDX-License-Identifier: MIT
/*
 * Event records as a replay reads them: what was damaged is refused, what was
 * cut off ends where the last sum vouches for it.
 */
#include "lib/crc.h"
#include "lib/string.h"
#include "net/core/record.h"
#include "tests/unit/test.h"
#include "tools/netsim/record_check.h"

#define RECORDS 3
#define PAYLOAD 20

static uint8_t bytes[512];

/* Where record n begins; n RECORDS: the end. */
static uint8_t *record(int n)
{
	return bytes + sizeof(struct record_start) +
	       (size_t)n * (sizeof(struct record_head) + PAYLOAD);
}

static void write_record(void)
{
	const uint8_t *summed = bytes;
	uint32_t sum = 0;

	memset(bytes, 0x5a, sizeof bytes);
	for (int n = 0; n < RECORDS; n++) {
		struct record_head head = { .kind = RECORD_RUN,
					    .length = PAYLOAD };
		uint8_t *at = record(n);
		size_t front = offsetof(struct record_head, sum);

		memcpy(at, &head, front);
		sum = crc32c(sum, summed, (size_t)(at + front - summed));
		summed = at + front;
		head.sum = sum;
		memcpy(at, &head, sizeof head);
	}
}

/* The offset up to which it may be read; -1: damaged. */
static long good(const uint8_t *end)
{
	const uint8_t *at = record_undamaged(bytes, end);

	return at ? at - bytes : -1;
}

TEST(the_last_record_has_nobody_to_vouch_for_it)
{
	write_record();
	CHECK_EQ(good(record(3)), record(2) - bytes);
	for (const uint8_t *end = record(2) + sizeof(struct record_head);
	     end <= record(3); end++)
		CHECK_EQ(good(end), record(2) - bytes);
	for (const uint8_t *end = record(1) + sizeof(struct record_head);
	     end < record(2) + sizeof(struct record_head); end++)
		CHECK_EQ(good(end), record(1) - bytes);
	CHECK_EQ(good(record(0)), record(0) - bytes);
	CHECK_EQ(good(record(0) + 3), record(0) - bytes);
	CHECK_EQ(good(bytes + 5), 5); /* no record at all */
}

TEST(a_changed_bit_is_found_wherever_a_sum_covers_it)
{
	write_record();
	for (uint8_t *at = bytes; at < record(2) + sizeof(struct record_head);
	     at += 13) {
		*at ^= 4;
		CHECK_EQ(good(record(3)), -1);
		*at ^= 4;
	}
	for (uint8_t *at = record(2) + sizeof(struct record_head);
	     at < record(3); at++) {
		*at ^= 4;
		CHECK_EQ(good(record(3)), record(2) - bytes);
		*at ^= 4;
	}
}
