// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: all that pcapdump does with a packet (line, connection
 * table, rules, statistics, story, byte streams) on a capture of hostile
 * segments. The input is not a file but a list of segments between two hosts,
 * in 16 bytes each and their options, so that the fuzzer soon has
 * conversations; one byte in front chooses the link type and Weir's notes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "tools/pcapdump/check.h"
#include "tools/pcapdump/decode.h"
#include "tools/pcapdump/explain.h"
#include "tools/pcapdump/stats.h"
#include "tools/pcapdump/story.h"
#include "tools/pcapdump/stream.h"

#define RECORD 16
#define PACKET 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	struct conn_table *table;
	struct check check;
	struct stats stats;
	struct stream streams[2];
	struct story_question question;
	uint64_t number;
	nsec_t now;
	unsigned sum;
};

static void found(void *context, const struct check_finding *finding)
{
	((struct run *)context)->sum += (unsigned)strlen(finding->text);
}

static void take_bytes(void *context, int64_t seq, const uint8_t *data,
		       uint64_t length)
{
	struct run *run = context;

	for (uint64_t i = 0; data && i < length; i++)
		run->sum += data[i];
}

/* One record as a packet; how many bytes of it were used. */
static size_t build(const uint8_t *in, size_t left, uint8_t *to, size_t *length)
{
	size_t options = in[1] & 0x3cu, payload = in[2] * 4u;
	uint8_t *ip = to, *tcp = to + 20;
	bool reply = in[0] & 1;

	options = MIN(options, (left - RECORD) & ~(size_t)3);
	options = MIN(options, (size_t)40);
	memset(to, 0, 60);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(40 + options + payload));
	put_be16(ip + 4, in[3]);
	ip[8] = 64;
	ip[9] = 6;
	put_be32(ip + 12, reply ? 2 : 1);
	put_be32(ip + 16, reply ? 1 : 2);
	put_be16(tcp, reply ? 80 : 1024 + (in[0] >> 6));
	put_be16(tcp + 2, reply ? 1024 + (in[0] >> 6) : 80);
	put_be32(tcp + 4, get_be16(in + 4) + ((uint32_t)in[6] << 24));
	put_be32(tcp + 8, get_be16(in + 7) + ((uint32_t)in[9] << 24));
	tcp[12] = (uint8_t)((20 + options) / 4 << 4);
	tcp[13] = in[10];
	put_be16(tcp + 14, get_be16(in + 11));
	memcpy(tcp + 20, in + RECORD, options);
	memset(tcp + 20 + options, in[13], payload);
	*length = 40 + options + payload;
	return RECORD + options;
}

static void take_notes(struct capture_packet *packet, const uint8_t *in)
{
	packet->has_note = true;
	packet->direction = 1 + (in[0] & 1);
	packet->lost = in[14] == 255;
	packet->note = (struct capture_note){
		.why = in[14],
		.verdict = (uint16_t)(in[15] + (in[3] << 8 & 0x100)),
		.stage = in[14],
		.tcp = true,
		.tcp_state = in[13],
		.socket = in[3] & 1,
		.snd_una = get_be32(in + 4),
		.rcv_nxt = get_be32(in + 8),
		.cwnd = in[7],
	};
}

static void use(struct run *run, const struct capture *capture,
		const struct capture_packet *packet)
{
	struct view view = { .capture = capture, .packet = packet };
	char text[STORY_MAX];
	struct conn_packet tcp;
	struct frame frame;
	struct text out;

	frame_decode(&frame, packet);
	if (conn_table_add(run->table, packet, &frame, &tcp))
		view.tcp = &tcp;
	view.frame = &frame;
	view.selected = true;
	check_add(&run->check, &view);
	stats_add(&run->stats, &view);
	text_init(&out, text, sizeof text);
	decode_packet(&out, NULL, packet->linktype, packet->data,
		      packet->captured, packet->original);
	explain_packet(&out, packet);
	explain_tcp(&out, packet);
	text_init(&out, text, sizeof text);
	story_tell(&out, &view);
	if (text_overflowed(&out))
		abort();
	if (run->number > 1)
		story_answer(&run->question, &view, &out);
	story_ask(&run->question, &view);
	if (!view.tcp)
		return;
	stream_data(&run->streams[tcp.from], tcp.seq, frame.payload,
		    frame.payload_captured, tcp.length);
	stream_acked(&run->streams[!tcp.from], tcp.ack);
}

static void finish(struct run *run)
{
	FILE *null = fopen("/dev/null", "w");

	check_end(&run->check, run->table);
	check_free(&run->check);
	stats_print(&run->stats, run->table, null);
	stats_free(run->table);
	stream_end(&run->streams[0]);
	stream_end(&run->streams[1]);
	conn_table_free(run->table);
	fclose(null);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct capture capture;
	uint8_t mode = size ? *data : 0;
	struct run run = { .table = conn_table_new(), .now = 1 };

	run.check.found = found;
	run.check.context = &run;
	for (int i = 0; i < 2; i++) {
		run.streams[i].out = take_bytes;
		run.streams[i].context = &run;
	}
	for (size_t at = 1; at + RECORD <= size;) {
		struct capture_packet packet = { .linktype = LINK_RAW };
		uint8_t bytes[PACKET], *exact;
		size_t length;

		at += build(data + at, size - at, bytes, &length);
		run.now += (nsec_t)data[at - 1] * 1000003;
		packet.number = ++run.number;
		packet.time = (uint64_t)run.now;
		packet.original = (uint32_t)length;
		packet.captured = (uint32_t)MIN(
			length, mode & 2 ? 20u + data[at - 1] : length);
		if (mode & 1)
			take_notes(&packet, data + at - RECORD);
		/* So that a read behind the end is seen. */
		exact = malloc(packet.captured);
		memcpy(exact, bytes, packet.captured);
		packet.data = exact;
		use(&run, &capture, &packet);
		free(exact);
	}
	finish(&run);
	return 0;
}
