// SPDX-License-Identifier: MIT
/*
 * pcapdump: reads a capture that Weir wrote and says what became of each packet.
 * The filter language is libpcap's; the file is read by our own reader because
 * libpcap's leaves out the options, where the answers stand.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/pcapdump/decode.h"
#include "tools/pcapdump/explain.h"

static const char usage[] =
	"usage: pcapdump [options] FILE [FILTER...]\n"
	"\n"
	"Prints a pcapng capture, one line a packet: time, interface, direction,\n"
	"the packet, [what the kernel did with it] and {the connection after it}.\n"
	"FILE may be - for standard input that can seek. FILTER: see pcap-filter(7).\n"
	"\n"
	"  -s, --summary   only the counts by verdict, reason and cause\n"
	"  -d, --dropped   only packets that were dropped\n"
	"  -q, --quiet     without the connection's variables\n"
	"  -S, --absolute  absolute sequence numbers\n"
	"  -i, --id        the packet's number first\n"
	"  -c, --count N   stop after N packets\n"
	"  -h, --help      this text\n";

struct options {
	bool summary, dropped, quiet, absolute, id;
	uint64_t count;
	const char *file;
	char filter[4096];
};

struct filters {
	bool ready[CAPTURE_INTERFACES];
	struct bpf_program program[CAPTURE_INTERFACES];
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pcapdump: %s: %s\n", what, why);
	return 1;
}

/* True when `arg` is the short or the long form of an option. */
static bool is(const char *arg, const char *short_form, const char *long_form)
{
	return !strcmp(arg, short_form) || !strcmp(arg, long_form);
}

static bool add_filter_word(struct options *options, const char *word)
{
	size_t len = strlen(options->filter);

	return format_to(options->filter + len, sizeof options->filter - len,
			 "%s%s", len ? " " : "",
			 word) < sizeof options->filter - len;
}

static int read_options(struct options *options, int argc, char **argv)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (is(argv[i], "-s", "--summary"))
			options->summary = true;
		else if (is(argv[i], "-d", "--dropped"))
			options->dropped = true;
		else if (is(argv[i], "-q", "--quiet"))
			options->quiet = true;
		else if (is(argv[i], "-S", "--absolute"))
			options->absolute = true;
		else if (is(argv[i], "-i", "--id"))
			options->id = true;
		else if (is(argv[i], "-c", "--count") && i + 1 < argc)
			options->count = strtoull(argv[++i], NULL, 10);
		else if (is(argv[i], "-h", "--help")) {
			fputs(usage, stdout);
			exit(0);
		} else
			return complain(argv[i], "no such option (--help)");
	}
	/* Options may stand behind the file, too: tcpdump's users do that. */
	if (i == argc) {
		fputs(usage, stderr);
		return 1;
	}
	options->file = argv[i++];
	for (; i < argc; i++) {
		if (is(argv[i], "-s", "--summary"))
			options->summary = true;
		else if (!add_filter_word(options, argv[i]))
			return complain("filter", "too long");
	}
	return 0;
}

/* Compiles the filter for an interface's link type when it is first seen. */
static int prepare(struct filters *filters, const struct capture *capture,
		   uint32_t interface, const char *filter)
{
	const struct capture_interface *in = &capture->interfaces[interface];
	pcap_t *dead;
	int status = 0;

	if (filters->ready[interface])
		return 0;
	dead = pcap_open_dead(in->linktype, 262144);
	if (!dead)
		return complain("filter", "out of memory");
	if (pcap_compile(dead, &filters->program[interface], filter, 1,
			 PCAP_NETMASK_UNKNOWN))
		status = complain(filter, pcap_geterr(dead));
	pcap_close(dead);
	filters->ready[interface] = !status;
	return status;
}

static bool matches(const struct filters *filters,
		    const struct capture_packet *packet)
{
	struct pcap_pkthdr header = {
		.caplen = packet->captured,
		.len = packet->original,
	};

	return pcap_offline_filter(&filters->program[packet->interface],
				   &header, packet->data) != 0;
}

static void print_packet(const struct options *options,
			 const struct capture *capture, struct flows *flows,
			 const struct capture_packet *packet)
{
	static const char *const directions[] = { "?", "In", "Out", "?" };
	const struct capture_interface *in =
		&capture->interfaces[packet->interface];
	time_t seconds = (time_t)(packet->time / 1000000000u);
	struct text out;
	struct tm tm;
	char line[2048], clock[16];

	gmtime_r(&seconds, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	text_init(&out, line, sizeof line);
	if (options->id && packet->has_id)
		text_add(&out, "%llu ", (unsigned long long)packet->id);
	text_add(&out, "%s.%06u %s %-3s ", clock,
		 (unsigned)(packet->time % 1000000000u / 1000), in->name,
		 directions[packet->direction]);
	decode_packet(&out, flows, in->linktype, packet->data, packet->captured,
		      packet->original);
	if (packet->has_note || packet->comment[0] || packet->lost)
		text_char(&out, ' ');
	explain_packet(&out, packet);
	if (!options->quiet)
		explain_tcp(&out, packet);
	puts(line);
}

static int dump(const struct options *options, struct capture *capture)
{
	static struct filters filters;
	static struct summary summary;
	struct flows *flows = options->absolute ? NULL : flows_new();
	struct capture_packet packet;
	uint64_t printed = 0;
	int got, status = 0;

	while (!status && (got = capture_next(capture, &packet)) > 0) {
		if (options->filter[0]) {
			status = prepare(&filters, capture, packet.interface,
					 options->filter);
			if (status || !matches(&filters, &packet))
				continue;
		}
		if (options->dropped &&
		    !(packet.has_note && packet.note.verdict >= 0x80))
			continue;
		summary_add(&summary, &packet);
		if (!options->summary)
			print_packet(options, capture, flows, &packet);
		if (++printed == options->count)
			break;
	}
	if (!status && got < 0)
		status = complain(options->file, capture->error);
	if (options->summary)
		summary_print(&summary, capture, stdout);
	if (capture->cut)
		fprintf(stderr,
			"pcapdump: %s: ends within a block (still "
			"being written?)\n",
			options->file);
	flows_free(flows);
	for (int i = 0; i < CAPTURE_INTERFACES; i++)
		if (filters.ready[i])
			pcap_freecode(&filters.program[i]);
	return status;
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct capture capture;
	FILE *file;
	int status;

	if (read_options(&options, argc, argv))
		return 2;
	file = strcmp(options.file, "-") ? fopen(options.file, "rb") : stdin;
	if (!file) {
		perror(options.file);
		return 1;
	}
	if (capture_open(&capture, file))
		status = complain(options.file, capture.error);
	else
		status = dump(&options, &capture);
	capture_close(&capture);
	return status;
}
