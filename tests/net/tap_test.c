// SPDX-License-Identifier: MIT
/*
 * The tap: every packet once, in order, with its verdict; pcapng that tcpdump
 * and tshark read without a complaint; losses counted; the flight recorder.
 */
#include <stdlib.h>
#include <unistd.h>

#include "lib/errno.h"
#include "net/core/tap_pcapng.h"
#include "tests/net/harness.h"
#include "tests/unit/test.h"

struct file_sink {
	struct tap_sink sink;
	FILE *file;
	uint64_t blocks, refused;
	uint64_t refuse_from, refuse_to; /* block numbers */
};

static bool write_block(struct tap_sink *sink, const void *block, size_t length)
{
	struct file_sink *f = container_of(sink, struct file_sink, sink);
	uint64_t n = f->blocks++;

	CHECK_EQ(length % 4, 0);
	CHECK_EQ(get_le32((const uint8_t *)block + 4), length);
	CHECK_EQ(get_le32((const uint8_t *)block + length - 4), length);
	if (n >= f->refuse_from && n < f->refuse_to) {
		f->refused++;
		return false;
	}
	fwrite(block, 1, length, f->file);
	return true;
}

static char path[64];

static struct file_sink sink_new(void)
{
	struct file_sink f = { .sink.write = write_block };

	snprintf(path, sizeof path, "/tmp/weir-tap-%d.pcapng", (int)getpid());
	f.file = fopen(path, "w+");
	CHECK(f.file != NULL);
	return f;
}

static void capture(struct host *h, struct file_sink *f, uint32_t snap)
{
	struct config_request r = { .op = CONFIG_CAPTURE,
				    .sink = f ? &f->sink : NULL,
				    .number = snap };

	CHECK_EQ(host_configure(h, &r), 0);
}

/* Runs a command over the file; its output, at most `size`. */
static int judge(const char *command, char *out, size_t size)
{
	char line[256];
	FILE *pipe;
	size_t n;

	/* Lists are compared exactly; otherwise complaints are of interest. */
	snprintf(line, sizeof line, "%s %s 2>%s", command, path,
		 strstr(command, "-T fields") ? "/dev/null" : "&1");
	pipe = popen(line, "r");
	CHECK(pipe != NULL);
	n = fread(out, 1, size - 1, pipe);
	out[n] = 0;
	return pclose(pipe);
}

static int count(const char *text, const char *part)
{
	int n = 0;

	while ((text = strstr(text, part))) {
		n++;
		text++;
	}
	return n;
}

/* Some of everything: an answered ping, a dropped datagram with its error, a
 * delivered one, a conversation over loopback. */
static void make_traffic(struct host *h)
{
	static uint8_t frame[2000], payload[1400];
	struct endpoint *ep = host_socket(h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct endpoint *c = host_socket(h, NET_IP4, NET_SOCK_DGRAM, 0);
	struct peer p;
	struct frame *f;

	peer_init(&p, h, "10.0.0.2");
	CHECK_EQ(host_bind(h, ep, "0.0.0.0", 2000), 0);
	peer_introduce(&p, h);
	host_inject(h, frame, frame_echo(frame, &p, 1, 1, payload, 1400));
	world_settle(h->world);
	host_inject(h, frame, frame_udp(frame, &p, 9, 10, payload, 100));
	world_settle(h->world);
	host_inject(h, frame, frame_udp(frame, &p, 9, 2000, payload, 100));
	world_settle(h->world);
	host_send_to(h, c, "127.0.0.1", 2000, payload, 300);
	while ((f = host_next(h)))
		free(f);
	host_close(h, ep);
	host_close(h, c);
}

TEST(capture_is_read_by_tcpdump_and_tshark_without_a_complaint)
{
	static char out[65536];
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct file_sink f = sink_new();

	capture(h, &f, 0);
	make_traffic(h);
	capture(h, NULL, 0);
	fclose(f.file);
	if (judge("tcpdump -nn -vv -r", out, sizeof out) == 127 * 256)
		test_skip("no tcpdump");
	CHECK_EQ(count(out, "ICMP echo request"), 1);
	CHECK_EQ(count(out, "ICMP echo reply"), 1);
	CHECK_EQ(count(out, "udp port 10 unreachable"), 1);
	CHECK(!strstr(out, "bad cksum"));
	CHECK(!strstr(out, "wrong"));
	CHECK_EQ(count(out, "127.0.0.1.2000"), 1);
	if (judge("tshark -n -o udp.check_checksum:TRUE -V -r", out,
		  sizeof out) == 127 * 256)
		test_skip("no tshark");
	CHECK(strstr(out, "dropped UDP_NO_SOCKET") != NULL);
	CHECK(strstr(out, "sent: echo reply") != NULL);
	CHECK(strstr(out, "delivered at UDP_IN") != NULL);
	CHECK(!strstr(out, "Malformed"));
	CHECK(!strstr(out, "[incorrect"));
	CHECK_EQ(judge("tshark -n -T fields -e frame.packet_id -r", out,
		       sizeof out),
		 0);
	/* ARP request, reply, reply to us, echo, reply, datagram, unreachable,
	 * datagram, loopback */
	CHECK_EQ(count(out, "\n"), 9);
	unlink(path);
	world_free(w);
}

TEST(lost_records_are_told_in_the_next_one_that_passes)
{
	static char out[65536];
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct file_sink f = sink_new();

	/* Blocks 0 section, 1 lo, 2 eth0, then packets. */
	f.refuse_from = 5;
	f.refuse_to = 8;
	capture(h, &f, 0);
	make_traffic(h);
	CHECK_EQ(h->net->tap.lost_total, 3);
	CHECK_EQ(h->net->tap.recorded, 6);
	capture(h, NULL, 0);
	fclose(f.file);
	if (judge("tshark -n -T fields -e frame.number -r", out, sizeof out) ==
	    127 * 256)
		test_skip("no tshark");
	CHECK_EQ(count(out, "\n"), 6);
	unlink(path);
	world_free(w);
}

TEST(capture_honours_the_snap_length)
{
	static char out[65536];
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct file_sink f = sink_new();

	capture(h, &f, 96);
	make_traffic(h);
	capture(h, NULL, 0);
	fclose(f.file);
	CHECK_EQ(judge("tshark -n -T fields -e frame.len -e frame.cap_len -r",
		       out, sizeof out),
		 0);
	CHECK(strstr(out, "1442\t96") != NULL);
	unlink(path);
	world_free(w);
}

static void collect(void *context, const char *line)
{
	strncat(context, line, 65535 - strlen(context));
	strncat(context, "\n", 65535 - strlen(context));
}

static void to_file(void *context, const void *data, size_t length)
{
	fwrite(data, 1, length, context);
}

TEST(flight_recorder_keeps_the_last_packets_without_a_capture)
{
	static char out[65536];
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct file_sink f;

	out[0] = 0;
	make_traffic(h);
	tap_dump(h->net, collect, out);
	CHECK_EQ(count(out, "\n"), 10); /* with the address's announcement */
	CHECK(strstr(out, "10.0.0.2 > 10.0.0.1 9>10") != NULL);
	CHECK(strstr(out, "dropped UDP_NO_SOCKET") != NULL);
	for (int i = 0; i < 60; i++)
		make_traffic(h);
	out[0] = 0;
	tap_dump(h->net, collect, out);
	CHECK_EQ(count(out, "\n"), TAP_RECORDER);
	f = sink_new();
	tap_dump_pcapng(h->net, to_file, f.file);
	fclose(f.file);
	CHECK_EQ(judge("tshark -n -T fields -e frame.number -r", out,
		       sizeof out),
		 0);
	CHECK_EQ(count(out, "\n"), TAP_RECORDER);
	unlink(path);
	world_free(w);
}

TEST(fragments_are_recorded_once_each_and_their_datagram_not_again)
{
	static uint8_t frame[2000], data[3000];
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	uint64_t before;
	struct peer p;

	peer_init(&p, h, "10.0.0.2");
	peer_introduce(&p, h);
	before = h->net->tap.recorder_next;
	host_inject(h, frame,
		    frame_ip4_fragment(frame, &p, 17, 5, 0, true, data, 1480));
	host_inject(h, frame,
		    frame_ip4_fragment(frame, &p, 17, 5, 1480, false, data,
				       1000));
	world_settle(w);
	CHECK_EQ(h->net->tap.recorder_next - before, 2);
	world_free(w);
}

TEST(packet_that_waited_for_its_neighbour_is_recorded_when_it_leaves)
{
	struct world *w = world_new(1);
	struct host *h = host_new(w, "10.0.0.1", 24);
	struct endpoint *ep = host_socket(h, NET_IP4, NET_SOCK_DGRAM, 0);
	uint64_t before = h->net->tap.recorder_next;
	struct peer p;
	struct frame *f;

	host_send_to(h, ep, "10.0.0.2", 9, "x", 1);
	CHECK_EQ(h->net->tap.recorder_next - before, 1); /* the request */
	peer_init(&p, h, "10.0.0.2");
	peer_introduce(&p, h);
	/* request and answer of the introduction, its reply, and the datagram */
	CHECK_EQ(h->net->tap.recorder_next - before, 5);
	while ((f = host_next(h)))
		free(f);
	host_close(h, ep);
	world_free(w);
}
