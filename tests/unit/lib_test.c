// SPDX-License-Identifier: MIT
/*
 * The small parts of lib: lists, hash chains, bitmaps, parsing, bytes,
 * reference counts, rings. Each test is one rule.
 */
#include "lib/atomic.h"
#include "lib/bitmap.h"
#include "lib/bytes.h"
#include "lib/errno.h"
#include "lib/hash.h"
#include "lib/list.h"
#include "lib/parse.h"
#include "lib/ring.h"
#include "lib/string.h"
#include "tests/unit/test.h"

struct item {
	int value;
	struct list link;
	struct hnode hash;
};

static struct item items[8];

static int sum_of(struct list *head)
{
	struct item *item;
	int sum = 0;

	LIST_FOR_EACH(item, head, link)
		sum = sum * 10 + item->value;
	return sum;
}

static void fill(struct list *head, int from, int to)
{
	list_init(head);
	for (int i = from; i <= to; i++) {
		items[i].value = i;
		list_push_back(head, &items[i].link);
	}
}

TEST(list_keeps_order_and_removal_twice_is_harmless)
{
	struct list head;
	struct item *item;

	fill(&head, 1, 4);
	CHECK_EQ(sum_of(&head), 1234);
	list_remove(&items[2].link);
	list_remove(&items[2].link);
	CHECK_EQ(sum_of(&head), 134);
	list_push_front(&head, &items[2].link);
	CHECK_EQ(sum_of(&head), 2134);
	LIST_FOR_EACH_SAFE(item, &head, link)
		list_remove(&item->link);
	CHECK(list_empty(&head));
	CHECK(list_pop_front(&head) == NULL);
}

TEST(list_splice_appends_all_and_empties_the_source)
{
	struct list a, b;

	fill(&a, 1, 2);
	fill(&b, 3, 5);
	list_splice(&a, &b);
	CHECK_EQ(sum_of(&a), 12345);
	CHECK(list_empty(&b));
	list_splice(&a, &b);
	CHECK_EQ(sum_of(&a), 12345);
	CHECK_EQ(LIST_POP(&a, struct item, link)->value, 1);
	CHECK_EQ(LIST_LAST(&a, struct item, link)->value, 5);
}

TEST(hash_chain_survives_removal_of_its_head)
{
	struct hlist chain = { NULL };
	struct item *item;
	int sum = 0;

	for (int i = 1; i <= 3; i++) {
		items[i].value = i;
		hlist_add(&chain, &items[i].hash);
	}
	hlist_remove(&items[3].hash);
	hlist_remove(&items[3].hash);
	CHECK(!hnode_linked(&items[3].hash));
	HLIST_FOR_EACH(item, &chain, hash)
		sum = sum * 10 + item->value;
	CHECK_EQ(sum, 21);
	HLIST_FOR_EACH_SAFE(item, &chain, hash)
		hlist_remove(&item->hash);
	CHECK(!chain.first);
}

TEST(bitmap_search_finds_across_words_and_stops_at_the_end)
{
	BITMAP(map, 130) = { 0 };

	bitmap_set(map, 127);
	CHECK_EQ(bitmap_find_set(map, 130, 0), 127);
	CHECK_EQ(bitmap_find_set(map, 130, 128), 130);
	bitmap_set_range(map, 0, 130);
	CHECK_EQ(bitmap_find_clear(map, 130, 0), 130);
	bitmap_clear(map, 64);
	CHECK_EQ(bitmap_find_clear(map, 130, 3), 64);
	CHECK_EQ(bitmap_count(map, 130), 129);
}

TEST(bytes_are_read_as_written_at_odd_addresses)
{
	uint8_t buf[16] = { 0 };

	put_be32(buf + 1, 0x01020304);
	CHECK_EQ(buf[1], 1);
	CHECK_EQ(get_be32(buf + 1), 0x01020304);
	CHECK_EQ(get_le32(buf + 1), 0x04030201);
	put_le64(buf + 3, UINT64_C(0x1122334455667788));
	CHECK_EQ(get_be64(buf + 3), 0x8877665544332211);
	put_be16(buf, 0xabcd);
	CHECK_EQ(get_le16(buf), 0xcdab);
}

TEST(numbers_that_overflow_are_refused)
{
	const char *at = "18446744073709551615x", *start;
	uint64_t value;
	int64_t sign;

	CHECK(parse_u64(&at, 10, &value) && value == UINT64_MAX && *at == 'x');
	start = at = "18446744073709551616";
	CHECK(!parse_u64(&at, 10, &value) && at == start);
	at = "-9223372036854775808";
	CHECK(parse_i64(&at, 10, &sign) && sign == INT64_MIN);
	at = "-9223372036854775809";
	CHECK(!parse_i64(&at, 10, &sign));
	at = "0x1fg";
	CHECK(parse_u64(&at, 0, &value) && value == 0x1f && *at == 'g');
	at = "017";
	CHECK(parse_u64(&at, 0, &value) && value == 15);
	at = "64M";
	CHECK(parse_size(&at, &value) && value == 64 << 20 && !*at);
	CHECK(parse_u64_n("0000002aZZ", 8, 16, &value) && value == 42);
	CHECK(!parse_u64_n("00 0", 4, 16, &value));
}

TEST(addresses_and_words_are_parsed)
{
	const char *at = "10.0.2.15:8", *word;
	uint8_t ip[4];
	size_t len;

	CHECK(parse_ip4(&at, ip) && *at == ':');
	CHECK_EQ(get_be32(ip), 0x0a00020f);
	at = "1.2.3.256";
	CHECK(!parse_ip4(&at, ip));
	at = " root=/dev/vda  a=\"b c\" x ";
	CHECK(parse_word(&at, &word, &len) && len == 13);
	CHECK(parse_word(&at, &word, &len) && len == 7);
	CHECK(parse_word(&at, &word, &len) && len == 1 && *word == 'x');
	CHECK(!parse_word(&at, &word, &len));
}

TEST(a_reference_count_saturates_and_never_rises_from_zero)
{
	struct refcount ref;

	refcount_init(&ref, 1);
	refcount_get(&ref);
	CHECK(!refcount_put(&ref));
	CHECK(refcount_put(&ref));
	CHECK(!refcount_get_unless_zero(&ref));
	refcount_init(&ref, REFCOUNT_SATURATED);
	refcount_get(&ref);
	for (int i = 0; i < 10; i++)
		CHECK(!refcount_put(&ref));
}

TEST(a_ring_counts_through_the_wrap_of_its_indices)
{
	struct ring ring;

	ring_init(&ring, 16);
	ring.head = ring.tail = UINT32_MAX - 3;
	ring_produce(&ring, 10);
	CHECK_EQ(ring_used(&ring), 10);
	CHECK_EQ(ring_free(&ring), 6);
	CHECK_EQ(ring_span(&ring, ring_tail(&ring), 10), 4);
	ring_consume(&ring, 4);
	CHECK_EQ(ring_span(&ring, ring_tail(&ring), 6), 6);
}

TEST(error_numbers_have_names)
{
	CHECK_STR(errno_name(ENOENT), "ENOENT");
	CHECK_STR(errno_text(EADDRINUSE), "Address already in use");
	CHECK(errno_name(41) == NULL);
	CHECK(errno_name(-1) == NULL && errno_name(100000) == NULL);
	CHECK(IS_ERR(ERR_PTR(-ENOMEM)) && PTR_ERR(ERR_PTR(-EIO)) == -EIO);
	CHECK(!IS_ERR(&items[0]) && !IS_ERR(NULL));
}

TEST(string_copy_truncates_and_terminates)
{
	char buf[4];

	CHECK_EQ(string_copy(buf, "abcdef", sizeof buf), 6);
	CHECK_STR(buf, "abc");
	CHECK(string_starts("weir.strace", "weir."));
	CHECK(string_ends("a.pcapng", ".pcapng") && !string_ends("g", "ng"));
}
