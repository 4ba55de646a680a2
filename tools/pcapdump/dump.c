// SPDX-License-Identifier: MIT
/*
 * The mode without a name: one line a packet. And --summary: only the counts.
 * --live uses the same lines.
 */
#include "tools/pcapdump/dump.h"

#include <string.h>
#include <time.h>

#include "tools/pcapdump/explain.h"
#include "net/core/reason.h"
#include "tools/pcapdump/options.h"

struct dump {
	const struct options *options;
	struct flows *flows;
	uint64_t printed;
	struct summary summary;
};

void dump_packet(const struct options *options, const struct capture *capture,
		 struct flows *flows, const struct capture_packet *packet)
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
	if (options->id)
		text_add(&out, "%llu ",
			 (unsigned long long)(packet->has_id ? packet->id :
							       packet->number));
	text_add(&out, "%s.%06u %s %-3s ", clock,
		 (unsigned)(packet->time % 1000000000u / 1000), in->name,
		 directions[packet->direction]);
	decode_packet(&out, flows, packet->linktype, packet->data,
		      packet->captured, packet->original);
	if (packet->has_note || packet->comment[0] || packet->lost)
		text_char(&out, ' ');
	explain_packet(&out, packet);
	if (!options->quiet)
		explain_tcp(&out, packet);
	puts(line);
}

bool dump_wants(const struct options *options, const struct view *view)
{
	const struct capture_packet *packet = view->packet;

	return view->selected &&
	       (!options->dropped ||
		(packet->has_note && packet->note.verdict >= VERDICT_REASON));
}

static bool each(void *context, const struct view *view)
{
	struct dump *dump = context;

	if (!dump_wants(dump->options, view))
		return true;
	summary_add(&dump->summary, view->packet);
	if (!dump->options->summary)
		dump_packet(dump->options, view->capture, dump->flows,
			    view->packet);
	return ++dump->printed != dump->options->count;
}

int mode_dump(const struct options *options)
{
	static struct dump dump;
	struct pass pass;
	int status;

	dump.options = options;
	dump.flows = options->absolute ? NULL : flows_new();
	status = pass_run(&pass, options, each, &dump);
	if (options->summary && pass.table)
		summary_print(&dump.summary, &pass.capture, stdout);
	flows_free(dump.flows);
	pass_end(&pass);
	return status;
}
