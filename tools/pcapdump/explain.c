// SPDX-License-Identifier: MIT
/*
 * Notes to text and to sums. The names are the kernel's own tables
 * (net/core/reason.c); numbers that this build does not know are shown as
 * numbers, since a capture may be newer than the tool.
 */
#include "tools/pcapdump/explain.h"

#include <inttypes.h>

#include "net/core/reason.h"

static const char *const tcp_states[] = {
	"none",	     "ESTABLISHED", "SYN_SENT",	    "SYN_RECV",	  "FIN_WAIT1",
	"FIN_WAIT2", "TIME_WAIT",   "CLOSE",	    "CLOSE_WAIT", "LAST_ACK",
	"LISTEN",    "CLOSING",	    "NEW_SYN_RECV",
};

static const char *verdict_text(unsigned code, char *buf, size_t size)
{
	bool known = code < STAGE_COUNT || (code >= 0x40 && code <= 0x43) ||
		     (code >= VERDICT_REASON &&
		      code < VERDICT_REASON + (unsigned)REASON_COUNT);

	if (known)
		format_to(buf, size, "%s",
			  verdict_name((verdict_t){ (uint16_t)code }));
	else
		format_to(buf, size, "verdict 0x%x", code);
	return buf;
}

void explain_packet(struct text *out, const struct capture_packet *packet)
{
	const struct capture_note *note = &packet->note;
	char name[64];

	if (packet->lost)
		text_add(out, "(%llu records lost) ",
			 (unsigned long long)packet->lost);
	if (!packet->has_note) {
		if (packet->comment[0])
			text_add(out, "[%s]", packet->comment);
		return;
	}
	text_str(out, "[");
	if (note->verdict >= VERDICT_REASON)
		text_str(out, "dropped ");
	text_str(out, verdict_text(note->verdict, name, sizeof name));
	if (note->verdict >= VERDICT_REASON && note->stage < STAGE_COUNT)
		text_add(out, " in %s", stage_name(note->stage));
	if (note->socket)
		text_add(out, ", socket %u", note->socket);
	if (note->pid)
		text_add(out, ", pid %d", note->pid);
	if (note->why && note->why < WHY_COUNT)
		text_add(out, ", why: %s", why_name(note->why));
	else if (note->why)
		text_add(out, ", why: %u", note->why);
	if (note->retransmits)
		text_add(out, ", retransmission %u", note->retransmits);
	if (note->gso_size)
		text_add(out, ", segments of %u", note->gso_size);
	if (note->checksum_offloaded)
		text_str(out, ", checksum left to the device");
	text_str(out, "]");
}

static void add_window(struct text *out, const char *name, uint32_t value)
{
	if (value >= 0x7fffffff)
		text_add(out, " %s inf", name);
	else
		text_add(out, " %s %u", name, value);
}

void explain_tcp(struct text *out, const struct capture_packet *packet)
{
	const struct capture_note *note = &packet->note;

	if (!packet->has_note || !note->tcp)
		return;
	text_str(out, " {");
	if (note->tcp_state < ARRAY_LEN(tcp_states))
		text_str(out, tcp_states[note->tcp_state]);
	else
		text_add(out, "state %u", note->tcp_state);
	text_add(out, " una %u nxt %u wnd %u rcv.nxt %u rcv.wnd %u",
		 note->snd_una, note->snd_nxt, note->snd_wnd, note->rcv_nxt,
		 note->rcv_wnd);
	add_window(out, "cwnd", note->cwnd);
	add_window(out, "ssthresh", note->ssthresh);
	text_add(out, " flight %u srtt %u.%03ums rto %ums}", note->in_flight,
		 note->srtt_us / 1000, note->srtt_us % 1000,
		 note->rto_us / 1000);
}

void summary_add(struct summary *summary, const struct capture_packet *packet)
{
	summary->packets++;
	summary->bytes += packet->original;
	summary->in += packet->direction == 1;
	summary->out += packet->direction == 2;
	summary->unknown += packet->direction == 0 || packet->direction == 3;
	summary->lost += packet->lost;
	if (packet->interface < CAPTURE_INTERFACES)
		summary->interface_packets[packet->interface]++;
	if (!packet->has_note) {
		summary->without_note++;
		return;
	}
	summary->verdicts[packet->note.verdict]++;
	if (packet->direction == 1)
		summary->verdicts_in[packet->note.verdict]++;
	summary->why[packet->note.why]++;
}

static void line(FILE *to, uint64_t count, const char *name)
{
	if (count)
		fprintf(to, "%10" PRIu64 "  %s\n", count, name);
}

/* received = delivered + consumed + held + sent on + dropped. */
static void print_sum_rule(const struct summary *summary, FILE *to)
{
	uint64_t delivered = summary->verdicts_in[VERDICT_DELIVERED];
	uint64_t consumed = summary->verdicts_in[VERDICT_CONSUMED];
	uint64_t held = summary->verdicts_in[VERDICT_HELD];
	uint64_t sent = summary->verdicts_in[VERDICT_SENT];
	uint64_t dropped = 0;

	for (size_t i = VERDICT_REASON; i < 65536; i++)
		dropped += summary->verdicts_in[i];
	fprintf(to,
		"received %" PRIu64 " = delivered %" PRIu64
		" + consumed %" PRIu64 " + held %" PRIu64 " + sent on %" PRIu64
		" + dropped %" PRIu64,
		summary->in, delivered, consumed, held, sent, dropped);
	if (summary->in != delivered + consumed + held + sent + dropped)
		fprintf(to, " (others %" PRId64 ")",
			(int64_t)(summary->in - delivered - consumed - held -
				  sent - dropped));
	fprintf(to, "\n");
}

static void print_interfaces(const struct summary *summary,
			     const struct capture *capture, FILE *to)
{
	for (uint32_t i = 0; i < capture->interface_count; i++) {
		const struct capture_interface *in = &capture->interfaces[i];

		fprintf(to, "%10" PRIu64 "  %s", summary->interface_packets[i],
			in->name);
		if (in->has_statistics)
			fprintf(to,
				" (saw %" PRIu64 ", capture lost %" PRIu64 ")",
				in->received, in->dropped);
		fprintf(to, "\n");
	}
}

void summary_print(const struct summary *summary, const struct capture *capture,
		   FILE *to)
{
	char name[64];

	fprintf(to,
		"%" PRIu64 " packets, %" PRIu64 " bytes: %" PRIu64
		" in, %" PRIu64 " out",
		summary->packets, summary->bytes, summary->in, summary->out);
	if (summary->unknown)
		fprintf(to, ", %" PRIu64 " of unknown direction",
			summary->unknown);
	fprintf(to, "; %" PRIu64 " records lost\n", summary->lost);
	fprintf(to, "by interface:\n");
	print_interfaces(summary, capture, to);
	fprintf(to, "by verdict:\n");
	for (unsigned i = 0; i < VERDICT_REASON; i++)
		line(to, summary->verdicts[i],
		     verdict_text(i, name, sizeof name));
	line(to, summary->without_note, "without a verdict");
	fprintf(to, "dropped, by reason:\n");
	for (unsigned i = VERDICT_REASON; i < 65536; i++)
		line(to, summary->verdicts[i],
		     verdict_text(i, name, sizeof name));
	fprintf(to, "why sent:\n");
	for (unsigned i = 1; i < 256; i++) {
		if (i < WHY_COUNT)
			format_to(name, sizeof name, "%s", why_name(i));
		else
			format_to(name, sizeof name, "cause %u", i);
		line(to, summary->why[i], name);
	}
	print_sum_rule(summary, to);
}
