// SPDX-License-Identifier: MIT
/*
 * pcapdump --html OUT.html FILE [FILTER]: one page that holds the connections,
 * the packets, their stories and the scripts to look at them. Written in one
 * pass while the file is read; what memory it takes is a few sums for each
 * connection and the table of texts.
 *
 * The data are three JSON blocks. html/data.js is the reader: a row's places
 * are the same there as here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/core/reason.h"
#include "tools/pcapdump/decode.h"
#include "tools/pcapdump/explain.h"
#include "tools/pcapdump/page.h"
#include "tools/pcapdump/story.h"
#include "tools/pcapdump/texts.h"
#include "tools/pcapdump/trace.h"

/* A browser holds about this many with ease; -c asks for fewer or more. */
#define PACKETS_DEFAULT 200000

/* Of one connection: what conn.h does not sum up. */
struct sums {
	uint64_t kinds[2][SEGMENT_KINDS];
	uint64_t again[2], dropped;
	uint64_t rtt_count[2];
	nsec_t rtt_sum[2], rtt_least[2], rtt_greatest[2];
	struct trace_state last[2]; /* as written last */
};

struct writer {
	FILE *to;
	struct texts *texts;
	struct flows *flows;
	uint64_t room; /* for packets */
	uint64_t written, left_out, total, dropped;
	uint64_t start, end,
		last; /* times since 1970; `last` of the last row */
	bool failed; /* out of memory */
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pcapdump: %s: %s\n", what, why);
	return 2;
}

/* ---- one packet's row ---- */

static bool is_dropped(const struct view *view)
{
	return view->packet->has_note &&
	       view->packet->note.verdict >= VERDICT_REASON;
}

/* conn, side, flags, seq, length, ack, window, meaning, kind, rtt */
static void write_tcp(FILE *to, const struct view *view)
{
	const struct conn_packet *tcp = view->tcp;

	if (!tcp) {
		fputs(",-1", to);
		return;
	}
	fprintf(to, ",%u,%u,%u,%lld,%lld,%u,%lld,%lld,%u,%d,%lld",
		tcp->conn->number, tcp->from, view->frame->tcp.flags,
		(long long)tcp->seq, (long long)(tcp->end - tcp->seq),
		tcp->length, tcp->has_ack ? (long long)tcp->ack : -1,
		tcp->has_ack && tcp->window_known ? (long long)tcp->window : -1,
		tcp->meaning, segment_kind_of(view), (long long)tcp->rtt);
}

static void write_sacks(FILE *to, const struct conn_packet *tcp)
{
	fputc('[', to);
	for (int i = 0; tcp && i < tcp->sack_count; i++)
		fprintf(to, "%s%lld,%lld", i ? "," : "",
			(long long)tcp->sack[i].left,
			(long long)tcp->sack[i].right);
	fputc(']', to);
}

/* The kernel's variables of one end, when they differ from those written
 * last: side, cwnd, ssthresh, flight, srtt, rto. */
static void write_state(FILE *to, const struct view *view)
{
	const struct capture_note *note = &view->packet->note;
	struct trace_state state = {
		.cwnd = note->cwnd,
		.ssthresh = note->ssthresh,
		.flight = note->in_flight,
		.srtt_us = note->srtt_us,
		.rto_us = note->rto_us,
	};
	struct sums *sums = view->tcp ? view->tcp->conn->user : NULL;

	fputs(",[", to);
	for (unsigned side = 0; sums && side < 2; side++) {
		if (!trace_has_state(side, view) ||
		    !memcmp(&sums->last[side], &state, sizeof state))
			continue;
		sums->last[side] = state;
		fprintf(to, "%u,%u,%u,%u,%u,%u", side, state.cwnd,
			state.ssthresh, state.flight, state.srtt_us,
			state.rto_us);
		break;
	}
	fputc(']', to);
}

static void write_lines(struct writer *writer, char *lines)
{
	bool first = true;

	fputs(",[", writer->to);
	while (lines) {
		char *end = strchr(lines, '\n');

		if (end)
			*end++ = 0;
		if (*lines) {
			fputs(first ? "" : ",", writer->to);
			first = false;
			if (!texts_write(writer->texts, writer->to, lines))
				writer->failed = true;
		}
		lines = end;
	}
	fputc(']', writer->to);
}

static void write_texts(struct writer *writer, const struct view *view)
{
	const struct capture_packet *packet = view->packet;
	char buf[STORY_MAX];
	struct text text;

	text_init(&text, buf, sizeof buf);
	decode_packet(&text, writer->flows, packet->linktype, packet->data,
		      packet->captured, packet->original);
	write_lines(writer, buf);
	text_init(&text, buf, sizeof buf);
	explain_packet(&text, packet);
	write_lines(writer, buf);
	text_init(&text, buf, sizeof buf);
	story_tell(&text, view);
	write_lines(writer, buf);
}

/* number, time since the row before, direction, length, dropped, sacks,
 * state, line, note, story, and write_tcp()'s. */
static void write_row(struct writer *writer, const struct view *view)
{
	const struct capture_packet *packet = view->packet;
	FILE *to = writer->to;

	fprintf(to, "%s[%llu,%lld,%u,%u,%d,", writer->written ? ",\n" : "",
		(unsigned long long)packet->number,
		(long long)(packet->time - writer->last),
		view->frame->direction, packet->original, is_dropped(view));
	write_sacks(to, view->tcp);
	write_state(to, view);
	write_texts(writer, view);
	write_tcp(to, view);
	fputc(']', to);
	writer->last = packet->time;
	writer->written++;
}

/* ---- sums ---- */

static void add_sums(struct writer *writer, const struct view *view)
{
	const struct conn_packet *tcp = view->tcp;
	struct sums *sums = tcp->conn->user;
	unsigned of = !tcp->from; /* whose data a sample is about */

	if (!sums) {
		sums = tcp->conn->user = calloc(1, sizeof *sums);
		if (!sums) {
			writer->failed = true;
			return;
		}
	}
	if (tcp->meaning & (CONN_COPY | CONN_CORRUPT))
		return;
	sums->kinds[tcp->from][segment_kind_of(view)]++;
	sums->again[tcp->from] += !!(tcp->meaning & CONN_RETRANSMISSION);
	sums->dropped += is_dropped(view);
	if (tcp->rtt < 0)
		return;
	if (!sums->rtt_count[of]++ || tcp->rtt < sums->rtt_least[of])
		sums->rtt_least[of] = tcp->rtt;
	sums->rtt_greatest[of] = MAX(sums->rtt_greatest[of], tcp->rtt);
	sums->rtt_sum[of] += tcp->rtt;
}

static bool take_packet(void *context, const struct view *view)
{
	struct writer *writer = context;

	if (!writer->total++) {
		writer->start = writer->last = view->packet->time;
		writer->end = writer->start;
	}
	writer->end = MAX(writer->end, view->packet->time);
	writer->dropped += is_dropped(view);
	if (view->tcp)
		add_sums(writer, view);
	if (!view->selected)
		return !writer->failed;
	if (writer->written < writer->room)
		write_row(writer, view);
	else
		writer->left_out++;
	return !writer->failed;
}

/* ---- connections ---- */

static void write_side(FILE *to, const struct conn *conn, unsigned i)
{
	static const struct sums none;
	const struct sums *sums = conn->user ? conn->user : &none;
	const struct conn_side *side = &conn->side[i];
	char name[80];

	conn_name_text(name, sizeof name, &side->name);
	fputs("{\"name\":", to);
	json_string(to, name);
	fprintf(to,
		",\"packets\":%llu,\"bytes\":%llu,\"stream\":%lld,"
		"\"kinds\":[",
		(unsigned long long)side->packets,
		(unsigned long long)side->payload,
		(long long)MAX(side->next - 1 - side->seen_fin, 0));
	for (int kind = 0; kind < SEGMENT_KINDS; kind++)
		fprintf(to, "%s%llu", kind ? "," : "",
			(unsigned long long)sums->kinds[i][kind]);
	fprintf(to, "],\"again\":%llu,\"rtt\":[%lld,%lld,%lld]}",
		(unsigned long long)sums->again[i],
		(long long)sums->rtt_least[i],
		(long long)(sums->rtt_count[i] ?
				    sums->rtt_sum[i] /
					    (nsec_t)sums->rtt_count[i] :
				    0),
		(long long)sums->rtt_greatest[i]);
}

static const char *ending(const struct conn *conn)
{
	if (conn->reset)
		return "reset";
	if (conn->closed)
		return "closed";
	return "open";
}

static void write_conn(FILE *to, const struct writer *writer,
		       const struct conn *conn)
{
	const struct sums *sums = conn->user;

	fprintf(to,
		"{\"number\":%u,\"start\":%lld,\"duration\":%lld,"
		"\"end\":\"%s\",\"whole\":%s,\"dropped\":%llu,\"sides\":[",
		conn->number,
		(long long)conn->first_time - (long long)writer->start,
		(long long)(conn->last_time - conn->first_time), ending(conn),
		conn->complete_start ? "true" : "false",
		(unsigned long long)(sums ? sums->dropped : 0));
	write_side(to, conn, 0);
	fputc(',', to);
	write_side(to, conn, 1);
	fputs("]}", to);
}

static void write_capture(const struct writer *writer, const struct pass *pass)
{
	FILE *to = writer->to;
	const char *name = strrchr(pass->options->file, '/');

	fputs("<script type=\"application/json\" id=\"data-capture\">{\"file\":",
	      to);
	json_string(to, name ? name + 1 : pass->options->file);
	fputs(",\"filter\":", to);
	json_string(to, pass->options->filter);
	fprintf(to,
		",\"total\":%llu,\"leftOut\":%llu,\"dropped\":%llu,"
		"\"start\":\"%llu\",\"length\":%llu,\"connections\":[",
		(unsigned long long)writer->total,
		(unsigned long long)writer->left_out,
		(unsigned long long)writer->dropped,
		(unsigned long long)writer->start,
		(unsigned long long)(writer->end - writer->start));
	for (uint32_t i = 0; i < pass->table->count; i++) {
		fputs(i ? ",\n" : "", to);
		write_conn(to, writer, pass->table->conns[i]);
	}
	fputs("]}</script>\n", to);
}

/* ---- the page ---- */

static int write_page(struct writer *writer, struct pass *pass,
		      const struct options *options)
{
	const char *name = strrchr(options->file, '/');
	int status;

	page_begin(writer->to, name ? name + 1 : options->file);
	fputs("<script type=\"application/json\" id=\"data-packets\">[",
	      writer->to);
	status = pass_run(pass, options, take_packet, writer);
	fputs("]</script>\n", writer->to);
	if (!pass->table)
		return status;
	fputs("<script type=\"application/json\" id=\"data-texts\">",
	      writer->to);
	texts_table(writer->texts, writer->to);
	fputs("</script>\n", writer->to);
	write_capture(writer, pass);
	page_end(writer->to);
	for (uint32_t i = 0; i < pass->table->count; i++)
		free(pass->table->conns[i]->user);
	return status;
}

int mode_html(const struct options *options)
{
	bool standard = !strcmp(options->output, "-");
	struct writer writer = {
		.to = standard ? stdout : fopen(options->output, "w"),
		.room = options->count ? options->count : PACKETS_DEFAULT,
	};
	struct pass pass;
	int status;

	if (!writer.to)
		return complain(options->output, strerror(errno));
	writer.texts = texts_new();
	writer.flows = flows_new();
	if (!writer.texts || !writer.flows)
		writer.failed = true;
	status = writer.failed ? 2 : write_page(&writer, &pass, options);
	if (writer.failed)
		status = complain(options->output, "out of memory");
	else
		pass_end(&pass);
	if (ferror(writer.to) | (standard ? fflush(stdout) : fclose(writer.to)))
		status = complain(options->output, "cannot be written");
	if (writer.left_out)
		fprintf(stderr,
			"pcapdump: %s: the first %llu packets; %llu more were "
			"left out (-c N, a filter)\n",
			options->output, (unsigned long long)writer.written,
			(unsigned long long)writer.left_out);
	texts_free(writer.texts);
	flows_free(writer.flows);
	return status;
}
