// SPDX-License-Identifier: MIT
/*
 * See pass.h.
 */
#include "tools/pcapdump/pass.h"

#include <errno.h>
#include <string.h>

#include "tools/pcapdump/filter.h"
#include "tools/pcapdump/progress.h"

#define BUFFER (1u << 20)

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pcapdump: %s: %s\n", what, why);
	return 2;
}

static FILE *open_file(const struct options *options)
{
	FILE *file;

	if (options->stream)
		return options->stream;
	file = strcmp(options->file, "-") ? fopen(options->file, "rb") : stdin;
	if (file)
		setvbuf(file, NULL, _IOFBF, BUFFER);
	return file;
}

static int begin(struct pass *pass, const struct options *options)
{
	FILE *file = open_file(options);

	memset(pass, 0, sizeof *pass);
	pass->options = options;
	if (!file)
		return complain(options->file, strerror(errno));
	if (capture_open(&pass->capture, file))
		/* Where one waits for a capture, none is no error. */
		return options->stream && !pass->capture.position ?
			       -1 :
			       complain(options->file, pass->capture.error);
	pass->table = conn_table_new();
	if (options->filter[0])
		pass->filter = filter_new(options->filter);
	if (!pass->table || (options->filter[0] && !pass->filter))
		return complain(options->file, "out of memory");
	return 0;
}

/* Whether the mode wants this packet; -1 after a message. */
static int select_packet(struct pass *pass, const struct view *view)
{
	int match;

	if (pass->options->conn >= 0 &&
	    (!view->tcp || view->tcp->conn->number != pass->options->conn))
		return 0;
	if (!pass->filter)
		return 1;
	match = filter_match(pass->filter, view->packet);
	if (match < 0)
		complain(pass->options->filter, filter_error(pass->filter));
	return match;
}

static int run(struct pass *pass,
	       bool (*each)(void *context, const struct view *view),
	       void *context)
{
	struct capture_packet packet;
	struct conn_packet tcp;
	struct frame frame;
	struct progress progress;
	struct view view = { &pass->capture, &packet, &frame, NULL, false };
	int got, match = 0;

	progress_begin(&progress, pass->capture.file);
	while ((got = capture_next(&pass->capture, &packet)) > 0) {
		frame_decode(&frame, &packet);
		view.tcp = conn_table_add(pass->table, &packet, &frame, &tcp) ?
				   &tcp :
				   NULL;
		match = select_packet(pass, &view);
		if (match < 0)
			break;
		view.selected = match;
		if (!each(context, &view))
			break;
		progress_step(&progress, pass->capture.position,
			      pass->capture.packets);
	}
	progress_end(&progress);
	if (got < 0)
		return complain(pass->options->file, pass->capture.error);
	return match < 0 ? 2 : 0;
}

int pass_run(struct pass *pass, const struct options *options,
	     bool (*each)(void *context, const struct view *view),
	     void *context)
{
	pass->status = begin(pass, options);
	if (pass->status)
		return pass->status = MAX(pass->status, 0);
	pass->status = run(pass, each, context);
	if (pass->capture.cut && !options->stream)
		fprintf(stderr,
			"pcapdump: %s: ends within a packet (cut off, or still "
			"being written)\n",
			options->file);
	if (pass->table->refused)
		fprintf(stderr,
			"pcapdump: %s: more than %u connections: %llu packets "
			"of later ones were not analysed\n",
			options->file, CONN_MAX,
			(unsigned long long)pass->table->refused);
	return pass->status;
}

void pass_end(struct pass *pass)
{
	conn_table_free(pass->table);
	filter_free(pass->filter);
	capture_close(&pass->capture);
	pass->table = NULL;
	pass->filter = NULL;
}
