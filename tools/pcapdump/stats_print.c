// SPDX-License-Identifier: MIT
/*
 * The tables of --stats: one for each connection, with a column for each
 * direction; rows that are zero in both are left out.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "tools/pcapdump/stats.h"

#define NAME 28
#define COLUMN 26

static void row_text(FILE *to, const char *name, const char *a, const char *b)
{
	fprintf(to, "  %-*s%*s%*s\n", NAME, name, COLUMN, a, COLUMN, b);
}

static void row(FILE *to, const char *name, uint64_t a, uint64_t b)
{
	if (a || b)
		fprintf(to, "  %-*s%*" PRIu64 "%*" PRIu64 "\n", NAME, name,
			COLUMN, a, COLUMN, b);
}

/* "1.234567 s" to the microsecond, "0.123 ms" when it is short. */
static const char *time_text(char *to, size_t size, nsec_t t)
{
	if (t < NSEC_PER_SEC)
		format_to(to, size, "%lld.%03lld ms",
			  (long long)(t / NSEC_PER_MSEC),
			  (long long)(t % NSEC_PER_MSEC / NSEC_PER_USEC));
	else
		format_to(to, size, "%lld.%06lld s",
			  (long long)(t / NSEC_PER_SEC),
			  (long long)(t % NSEC_PER_SEC / NSEC_PER_USEC));
	return to;
}

static void row_time(FILE *to, const char *name, nsec_t a, nsec_t b)
{
	char left[32], right[32];

	if (a || b)
		row_text(to, name, time_text(left, sizeof left, a),
			 time_text(right, sizeof right, b));
}

static const char *rtt_text(char *to, size_t size, struct samples *s,
			    int percent)
{
	if (!s->count) {
		format_to(to, size, "-");
		return to;
	}
	return time_text(to, size,
			 percent == 0 ? s->least :
			 percent == 100 ?
					s->most :
					samples_quantile(s, (unsigned)percent));
}

static void print_rtt(FILE *to, struct stats_conn *c)
{
	static const struct {
		const char *name;
		int percent;
	} rows[] = {
		{ "RTT, least", 0 },
		{ "RTT, median", 50 },
		{ "RTT, 95 % below", 95 },
		{ "RTT, most", 100 },
	};
	char a[32], b[32];

	row(to, "RTT samples", c->side[0].rtt.count, c->side[1].rtt.count);
	if (!c->side[0].rtt.count && !c->side[1].rtt.count)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		row_text(to, rows[i].name,
			 rtt_text(a, sizeof a, &c->side[0].rtt,
				  rows[i].percent),
			 rtt_text(b, sizeof b, &c->side[1].rtt,
				  rows[i].percent));
}

static uint64_t all_retransmissions(const struct stats_side *side)
{
	uint64_t sum = 0;

	for (int i = 0; i < RETRANSMIT_KINDS; i++)
		sum += side->retransmissions[i];
	return sum;
}

static void print_retransmissions(FILE *to, const struct stats_conn *c)
{
	const struct stats_side *a = &c->side[0], *b = &c->side[1];
	char name[64];

	row(to, "retransmissions", all_retransmissions(a),
	    all_retransmissions(b));
	for (int i = 0; i < RETRANSMIT_KINDS; i++) {
		format_to(name, sizeof name, "  %s%s",
			  conn_retransmission_name((enum conn_retransmission)i),
			  a->inferred[i] || b->inferred[i] ? " (inferred)" :
							     "");
		row(to, name, a->retransmissions[i], b->retransmissions[i]);
	}
	row(to, "bytes retransmitted", a->retransmitted, b->retransmitted);
}

static void print_counts(FILE *to, const struct stats_conn *c)
{
	const struct stats_side *a = &c->side[0], *b = &c->side[1];

	row(to, "out of order", a->out_of_order, b->out_of_order);
	row(to, "not captured before", a->gaps, b->gaps);
	row(to, "copies", a->copies, b->copies);
	row(to, "corrupt", a->corrupt, b->corrupt);
	row(to, "outside the window", a->refused, b->refused);
	row(to, "duplicate ACKs", a->duplicate_acks, b->duplicate_acks);
	row(to, "window updates", a->window_updates, b->window_updates);
	row(to, "zero windows", a->zero_windows, b->zero_windows);
	row_time(to, "zero-window time", a->zero_time, b->zero_time);
	row(to, "window filled", a->window_full, b->window_full);
	row(to, "window probes", a->window_probes, b->window_probes);
	row(to, "keepalives", a->keepalives, b->keepalives);
	row(to, "most bytes in flight", (uint64_t)a->most_in_flight,
	    (uint64_t)b->most_in_flight);
}

/* Bytes that were new, over the connection's time, as bits per second. */
static const char *rate_text(char *to, size_t size, const struct conn *conn,
			     const struct stats_side *side)
{
	static const char *const units[] = { "bit/s", "kbit/s", "Mbit/s",
					     "Gbit/s" };
	nsec_t time = conn->last_time - conn->first_time;
	uint64_t bytes =
		side->payload - MIN(side->payload, side->retransmitted);
	uint64_t milli;
	unsigned unit = 0;

	if (time <= 0 || !bytes) {
		format_to(to, size, "-");
		return to;
	}
	milli = (uint64_t)((unsigned __int128)bytes * 8 * NSEC_PER_SEC * 1000 /
			   (uint64_t)time);
	for (; milli >= 1000000 && unit < 3; unit++)
		milli /= 1000;
	format_to(to, size, "%llu.%03llu %s",
		  (unsigned long long)(milli / 1000),
		  (unsigned long long)(milli % 1000), units[unit]);
	return to;
}

static void print_notes(FILE *to, const struct stats_conn *c)
{
	char name[64];

	for (unsigned i = 1; i < WHY_COUNT; i++) {
		format_to(name, sizeof name, "sent: %s", why_name(i));
		row(to, name, c->side[0].why[i], c->side[1].why[i]);
	}
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if (c->drops[i])
			fprintf(to, "  dropped by this host: %" PRIu32 " %s\n",
				c->drops[i], reason_name(i));
}

static void print_head(FILE *to, const struct conn *conn)
{
	char a[80], b[80], time[32];

	conn_name_text(a, sizeof a, &conn->side[0].name);
	conn_name_text(b, sizeof b, &conn->side[1].name);
	fprintf(to, "connection %u: %s > %s, packets %" PRIu64 " to %" PRIu64,
		conn->number, a, b, conn->first_packet, conn->last_packet);
	fprintf(to, ", %s",
		time_text(time, sizeof time,
			  conn->last_time - conn->first_time));
	if (!conn->complete_start)
		fprintf(to, ", its start is not captured");
	if (conn->incomplete)
		fprintf(to, ", capture incomplete");
	if (conn->reset)
		fprintf(to, ", reset");
	else if (conn->closed)
		fprintf(to, ", closed");
	fputc('\n', to);
}

static void print_options(FILE *to, const struct conn *conn)
{
	char text[2][64];

	for (int i = 0; i < 2; i++) {
		const struct conn_side *s = &conn->side[i];
		struct text out;

		text_init(&out, text[i], sizeof text[i]);
		if (s->mss)
			text_add(&out, "mss %u", s->mss);
		if (s->has_wscale)
			text_add(&out, " ws %u", s->wscale);
		if (s->sack_permitted)
			text_str(&out, " sack");
		if (s->timestamps)
			text_str(&out, " ts");
		if (!s->seen_syn)
			text_str(&out, "?");
	}
	row_text(to, "SYN options", text[0], text[1]);
}

static void print_conn(FILE *to, const struct conn *conn, struct stats_conn *c)
{
	const struct stats_side *a = &c->side[0], *b = &c->side[1];
	char left[32], right[32];

	print_head(to, conn);
	row_text(to, "", "0 > 1", "1 > 0");
	print_options(to, conn);
	row(to, "packets", a->packets, b->packets);
	row(to, "bytes", a->bytes, b->bytes);
	row(to, "bytes of payload", a->payload, b->payload);
	row_text(to, "throughput", rate_text(left, sizeof left, conn, a),
		 rate_text(right, sizeof right, conn, b));
	if (conn->handshake >= 0)
		row_text(to, "handshake",
			 time_text(left, sizeof left, conn->handshake), "-");
	print_rtt(to, c);
	print_retransmissions(to, c);
	print_counts(to, c);
	print_notes(to, c);
	fputc('\n', to);
}

void stats_line(const struct stats *stats, const struct conn_table *table,
		FILE *to)
{
	char time[32];

	fprintf(to,
		"%" PRIu64 " packets, %" PRIu64 " bytes in %s; %" PRIu64
		" of TCP in %u connections",
		stats->packets, stats->bytes,
		time_text(time, sizeof time, stats->last - stats->first),
		stats->tcp_packets, table->count);
	if (stats->lost)
		fprintf(to, "; %" PRIu64 " records lost", stats->lost);
	fputc('\n', to);
}

void stats_print(const struct stats *stats, const struct conn_table *table,
		 FILE *to)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (table->conns[i]->user)
			print_conn(to, table->conns[i], table->conns[i]->user);
	stats_line(stats, table, to);
}
