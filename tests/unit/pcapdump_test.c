// SPDX-License-Identifier: MIT
/*
 * pcapdump's reader against the kernel's own writer (net/core/tap_pcapng.c),
 * and both against tshark, the judge that we did not write. The capture is a
 * small one made here; the broken ones are made from it, byte by byte.
 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/bytes.h"
#include "net/core/tap_pcapng.h"
#include "tests/unit/test.h"
#include "tools/pcapdump/decode.h"
#include "tools/pcapdump/explain.h"

/* An Ethernet frame: a TCP segment of 4 bytes, 10.0.2.2:40000 to :80. */
static uint8_t frame[58] = {
	0x52, 0x54, 0,	  0x12, 0x34, 0x56, 0x52, 0x55, 10,   0,   2,	 2,
	8,    0,    0x45, 0,	0,    44,   0,	  1,	0x40, 0,   64,	 6,
	0,    0,    10,	  0,	2,    2,    10,	  0,	2,    15,  0x9c, 0x40,
	0,    80,   0,	  0,	3,    0xe8, 0,	  0,	0,    1,   0x50, 0x18,
	2,    0,    0,	  0,	0,    0,    'a',  'b',	'c',  'd',
};

#define TIME INT64_C(1700000000123456789)

static struct tap_record make_record(unsigned id, verdict_t verdict)
{
	struct tap_record record = {
		.time = TIME + id * NSEC_PER_SEC,
		.id = id,
		.original = sizeof frame,
		.captured = sizeof frame,
		.direction = id & 1 ? TAP_IN : TAP_OUT,
		.verdict = verdict,
		.stage = STAGE_TCP_IN,
		.lost = id == 3 ? 17 : 0,
	};

	record.note.flags = NOTE_TCP;
	record.note.tcp_state = 1;
	record.note.socket = 42;
	record.note.pid = 4711;
	record.note.snd_una = 1000 + id;
	record.note.cwnd = 14480;
	record.note.srtt_us = 1234;
	record.note.why = id & 1 ? WHY_NONE : WHY_FAST_RETRANSMIT;
	return record;
}

static size_t make_capture(uint8_t *to)
{
	static const verdict_t verdicts[] = {
		{ VERDICT_SENT },
		{ VERDICT_DELIVERED },
		{ VERDICT_SENT },
		{ VERDICT_REASON + REASON_TCP_OUT_OF_WINDOW },
	};
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	size_t n = pcapng_section(to);

	n += pcapng_interface(to + n, "eth0", LINKTYPE_ETHERNET, 65535, mac);
	for (unsigned i = 0; i < 4; i++) {
		struct tap_record record = make_record(i, verdicts[i]);

		if (i == 1)
			record.captured = 50;
		n += pcapng_packet(to + n, &record, frame);
	}
	n += pcapng_statistics(to + n, 0, TIME, 21, 17);
	return n;
}

/* Old captures keep their meaning: the numbers of a release never move. */
STATIC_ASSERT(REASON_TCP_NO_SOCKET == 41);
STATIC_ASSERT(REASON_TCP_CLOSED_STATE == 58);
STATIC_ASSERT(WHY_RETRANSMIT_TIMEOUT == 9);
STATIC_ASSERT(WHY_RESET_AFTER_CLOSE == 19);
STATIC_ASSERT(WHY_DHCP == 25);
STATIC_ASSERT(STAGE_NETIF_OUT == 12);

static uint8_t bytes[8192];

static int open_bytes(struct capture *capture, size_t n)
{
	FILE *file = fmemopen(bytes, n, "rb");

	CHECK(file);
	return capture_open(capture, file);
}

TEST(every_option_of_a_record_is_read_back)
{
	struct capture capture;
	struct capture_packet p;

	CHECK_EQ(open_bytes(&capture, make_capture(bytes)), 0);
	for (unsigned i = 0; i < 4; i++) {
		CHECK_EQ(capture_next(&capture, &p), 1);
		CHECK_EQ(p.time, TIME + i * NSEC_PER_SEC);
		CHECK(p.has_id && p.id == i && p.has_note);
		CHECK_EQ(p.original, sizeof frame);
		CHECK_EQ(p.captured, i == 1 ? 50 : sizeof frame);
		CHECK_MEM(p.data, frame, p.captured);
		CHECK_EQ(p.direction, i & 1 ? 1 : 2);
		CHECK_EQ(p.lost, i == 3 ? 17 : 0);
		CHECK_EQ(p.note.socket, 42);
		CHECK_EQ(p.note.pid, 4711);
		CHECK_EQ(p.note.snd_una, 1000 + i);
		CHECK_EQ(p.note.cwnd, 14480);
	}
	CHECK_EQ(p.note.verdict, VERDICT_REASON + REASON_TCP_OUT_OF_WINDOW);
	CHECK_EQ(capture_next(&capture, &p), 0);
	CHECK(!capture.cut);
	CHECK_STR(capture.interfaces[0].name, "eth0");
	CHECK_EQ(capture.interfaces[0].dropped, 17);
	capture_close(&capture);
}

TEST(a_line_says_what_became_of_the_packet)
{
	struct flows *flows = flows_new();
	struct capture capture;
	struct capture_packet p;
	char line[1024];
	struct text out;

	CHECK_EQ(open_bytes(&capture, make_capture(bytes)), 0);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(capture_next(&capture, &p), 1);
	text_init(&out, line, sizeof line);
	decode_packet(&out, NULL, 1, p.data, p.captured, p.original);
	CHECK_STR(line, "IP 10.0.2.2.40000 > 10.0.2.15.80: Flags [P.], "
			"seq 1000:1004, ack 1, win 512, length 4");
	text_init(&out, line, sizeof line);
	explain_packet(&out, &p);
	CHECK_STR(line, "(17 records lost) [dropped TCP_OUT_OF_WINDOW in "
			"TCP_IN, socket 42, pid 4711]");
	text_init(&out, line, sizeof line);
	explain_tcp(&out, &p);
	CHECK(strstr(line, "{ESTABLISHED una 1003"));
	CHECK(strstr(line, "srtt 1.234ms"));
	flows_free(flows);
	capture_close(&capture);
}

/* Reads and explains all there is; only that it ends matters. */
static void read_all(size_t n)
{
	struct capture capture;
	struct capture_packet p;
	char line[1024];
	struct text out;

	if (open_bytes(&capture, n) == 0)
		while (capture_next(&capture, &p) > 0) {
			text_init(&out, line, sizeof line);
			decode_packet(&out, NULL,
				      capture.interfaces[p.interface].linktype,
				      p.data, p.captured, p.original);
			explain_packet(&out, &p);
			explain_tcp(&out, &p);
		}
	capture_close(&capture);
}

TEST(a_capture_cut_anywhere_is_read_as_far_as_it_goes)
{
	size_t n = make_capture(bytes);

	for (size_t i = 1; i <= n; i++)
		read_all(i);
}

TEST(a_damaged_capture_is_refused_or_read_never_trusted)
{
	uint64_t seed = 2026;

	for (int round = 0; round < 4000; round++) {
		size_t n = make_capture(bytes);

		for (int i = 0; i < 1 + round % 4; i++)
			bytes[test_random(&seed) % n] =
				(uint8_t)test_random(&seed);
		read_all(n);
	}
}

TEST(tshark_reads_what_we_wrote)
{
	static const char expect[] = "1|1700000000.123456789|58|58|40000|2\n"
				     "2|1700000001.123456789|58|50|40000|1\n"
				     "3|1700000002.123456789|58|58|40000|2\n"
				     "4|1700000003.123456789|58|58|40000|1\n";
	char path[] = "/tmp/weir-pcapng-XXXXXX", command[512];
	char got[1024] = { 0 };
	int fd = mkstemp(path);
	size_t n = make_capture(bytes);
	FILE *pipe;

	CHECK(write(fd, bytes, n) == (ssize_t)n);
	close(fd);
	if (system("command -v tshark >/dev/null")) {
		unlink(path);
		test_skip("no tshark");
	}
	snprintf(command, sizeof command,
		 "tshark -r %s -T fields -E separator='|' -e frame.number "
		 "-e frame.time_epoch -e frame.len -e frame.cap_len "
		 "-e tcp.srcport -e frame.packet_flags_direction 2>&1 "
		 "| grep -v Running | sed 's/0x0000000//'",
		 path);
	pipe = popen(command, "r");
	n = fread(got, 1, sizeof got - 1, pipe);
	pclose(pipe);
	unlink(path);
	CHECK_STR(got, expect);
}
