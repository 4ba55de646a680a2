// SPDX-License-Identifier: MIT
/*
 * --follow: a connection's bytes in both directions, in the order in which
 * they became readable. Text and hex go to standard output, each run of bytes
 * under a line that says who sent it; raw bytes go there alone or, with
 * --output NAME, to NAME.0 (what the opener sent) and NAME.1. What the capture
 * lacks is told in its place; raw output tells it on stderr.
 */
#include <errno.h>
#include <string.h>

#include "tools/pcapdump/pass.h"
#include "tools/pcapdump/stream.h"

enum form { FORM_TEXT, FORM_HEX, FORM_RAW };

struct half {
	struct follow *follow;
	unsigned from;
	struct stream stream;
	FILE *to;
	uint64_t bytes, missing;
	uint64_t offset; /* of the next byte, for hex */
};

struct follow {
	enum form form;
	const struct options *options;
	int64_t conn; /* -1: not yet known */
	struct net_name names[2];
	uint64_t packet; /* the one being worked on */
	int last; /* the side of the run that is being printed; -1 */
	bool line_open;
	bool fin[2], rst;
	struct half half[2];
};

static void end_line(struct follow *follow)
{
	if (follow->line_open)
		putchar('\n');
	follow->line_open = false;
}

static void head_line(struct half *half)
{
	struct follow *follow = half->follow;
	char from[80], to[80];

	if (follow->last == (int)half->from)
		return;
	end_line(follow);
	conn_name_text(from, sizeof from, &follow->names[half->from]);
	conn_name_text(to, sizeof to, &follow->names[!half->from]);
	printf("--- %s > %s (packet %llu) ---\n", from, to,
	       (unsigned long long)follow->packet);
	follow->last = (int)half->from;
}

static void put_text(struct follow *follow, const uint8_t *data, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		uint8_t c = data[i];
		bool plain = c == '\n' || c == '\t' || (c >= 32 && c < 127);

		if (c == '\r' && i + 1 < n && data[i + 1] == '\n')
			continue;
		putchar(plain ? c : '.');
		follow->line_open = c != '\n';
	}
}

static void put_hex(struct half *half, const uint8_t *data, uint64_t n)
{
	const char *indent = half->from ? "    " : "";

	for (uint64_t i = 0; i < n; i += 16) {
		uint64_t row = MIN(n - i, 16u);

		printf("%s%08llx ", indent,
		       (unsigned long long)(half->offset + i));
		for (uint64_t j = 0; j < 16; j++) {
			if (j < row)
				printf(j == 8 ? "  %02x" : " %02x",
				       data[i + j]);
			else
				fputs(j == 8 ? "    " : "   ", stdout);
		}
		fputs("  ", stdout);
		for (uint64_t j = 0; j < row; j++) {
			uint8_t c = data[i + j];

			putchar(c >= 32 && c < 127 ? c : '.');
		}
		putchar('\n');
	}
}

static void put_gap(struct half *half, uint64_t length)
{
	half->missing += length;
	if (half->follow->form == FORM_RAW) {
		fprintf(stderr,
			"pcapdump: side %u: %llu bytes missing in the capture "
			"behind byte %llu\n",
			half->from, (unsigned long long)length,
			(unsigned long long)half->offset);
	} else {
		head_line(half);
		end_line(half->follow);
		printf("[%llu bytes missing in the capture]\n",
		       (unsigned long long)length);
	}
	half->offset += length;
}

static void out(void *context, int64_t seq, const uint8_t *data,
		uint64_t length)
{
	struct half *half = context;

	(void)seq;
	if (!data) {
		put_gap(half, length);
		return;
	}
	half->bytes += length;
	switch (half->follow->form) {
	case FORM_TEXT:
		head_line(half);
		put_text(half->follow, data, length);
		break;
	case FORM_HEX:
		head_line(half);
		put_hex(half, data, length);
		break;
	case FORM_RAW:
		fwrite(data, 1, length, half->to);
		break;
	}
	half->offset += length;
}

static bool wants(struct follow *follow, const struct view *view)
{
	if (!view->tcp)
		return false;
	if (follow->conn < 0 && view->selected) {
		follow->conn = view->tcp->conn->number;
		for (int i = 0; i < 2; i++)
			follow->names[i] = view->tcp->conn->side[i].name;
	}
	return view->tcp->conn->number == follow->conn;
}

static bool each(void *context, const struct view *view)
{
	struct follow *follow = context;
	const struct conn_packet *tcp = view->tcp;
	struct stream *own, *other;
	uint8_t flags;

	if (!wants(follow, view) ||
	    tcp->meaning & (CONN_CORRUPT | CONN_COPY | CONN_REFUSED))
		return true;
	flags = view->frame->tcp.flags;
	follow->packet = view->packet->number;
	own = &follow->half[tcp->from].stream;
	other = &follow->half[!tcp->from].stream;
	/* The byte behind a SYN is the first, captured or not. */
	if (flags & TCP_SYN && !own->begun) {
		own->begun = true;
		own->next = tcp->seq + 1;
	}
	if (tcp->length && !(flags & TCP_RST))
		stream_data(own, tcp->seq + !!(flags & TCP_SYN),
			    view->frame->payload, view->frame->payload_captured,
			    tcp->length);
	if (tcp->has_ack && !(tcp->meaning & CONN_ACKED_UNSEEN))
		stream_acked(other, tcp->ack);
	follow->fin[tcp->from] |= flags & TCP_FIN;
	follow->rst |= flags & TCP_RST;
	return true;
}

static int open_outputs(struct follow *follow)
{
	const char *name = follow->options->output;
	char path[4096];

	for (int i = 0; i < 2; i++) {
		follow->half[i].to = stdout;
		if (follow->form != FORM_RAW || !name)
			continue;
		snprintf(path, sizeof path, "%s.%d", name, i);
		follow->half[i].to = fopen(path, "wb");
		if (!follow->half[i].to) {
			fprintf(stderr, "pcapdump: %s: %s\n", path,
				strerror(errno));
			return 2;
		}
	}
	return 0;
}

static int close_outputs(struct follow *follow)
{
	int status = 0;

	for (int i = 0; i < 2; i++) {
		FILE *to = follow->half[i].to;

		if (!to || to == stdout)
			continue;
		if (fclose(to)) {
			perror("pcapdump: --output");
			status = 2;
		}
	}
	return status;
}

static void print_end(struct follow *follow)
{
	char name[80];

	if (follow->form == FORM_RAW)
		return;
	end_line(follow);
	puts("--- end ---");
	for (int i = 0; i < 2; i++) {
		const struct half *half = &follow->half[i];

		conn_name_text(name, sizeof name, &follow->names[i]);
		printf("%s sent %llu bytes", name,
		       (unsigned long long)half->bytes);
		if (half->missing)
			printf(", %llu more are missing in the capture",
			       (unsigned long long)half->missing);
		printf("%s\n", follow->fin[i] ? ", and closed" : "");
	}
	if (follow->rst)
		puts("The connection was reset.");
}

static enum form form_of(const char *name)
{
	if (!name || !strcmp(name, "text"))
		return FORM_TEXT;
	return strcmp(name, "hex") ? FORM_RAW : FORM_HEX;
}

static int finish(struct follow *follow, int status)
{
	if (follow->conn < 0) {
		if (!status)
			fprintf(stderr, "pcapdump: no such connection\n");
		return status ? status : 1;
	}
	stream_end(&follow->half[0].stream);
	stream_end(&follow->half[1].stream);
	print_end(follow);
	return status;
}

int mode_follow(const struct options *options)
{
	struct follow follow = { .options = options, .conn = -1, .last = -1 };
	struct pass pass;
	int status, closed;

	follow.form = form_of(options->format);
	for (unsigned i = 0; i < 2; i++) {
		follow.half[i].follow = &follow;
		follow.half[i].from = i;
		follow.half[i].stream.out = out;
		follow.half[i].stream.context = &follow.half[i];
	}
	status = open_outputs(&follow);
	if (!status) {
		status = pass_run(&pass, options, each, &follow);
		status = finish(&follow, status);
		pass_end(&pass);
	}
	closed = close_outputs(&follow);
	return status ? status : closed;
}
