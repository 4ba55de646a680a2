// SPDX-License-Identifier: MIT
/*
 * pcapdump --plot OUT.svg [--conn N] [--reverse] FILE: chooses a connection
 * and a direction, gathers its trace and has it drawn. Without --conn the file
 * is read twice: the connection with most data is known only at its end.
 */
#include <errno.h>
#include <string.h>

#include "tools/pcapdump/plot.h"

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pcapdump: %s: %s\n", what, why);
	return 2;
}

/* ---- which connection ---- */

static bool take_all(void *context, const struct view *view)
{
	(void)context;
	(void)view;
	return true;
}

static uint64_t payload(const struct conn *conn)
{
	return conn->side[0].payload + conn->side[1].payload;
}

static int choose(const struct options *options, int64_t *number)
{
	const struct conn *best = NULL;
	struct pass pass;
	int status;

	if (!strcmp(options->file, "-"))
		return complain("--plot", "standard input is read only once: "
					  "name the connection with --conn N");
	status = pass_run(&pass, options, take_all, NULL);
	for (uint32_t i = 0; pass.table && i < pass.table->count; i++)
		if (!best || payload(pass.table->conns[i]) > payload(best))
			best = pass.table->conns[i];
	if (best)
		*number = best->number;
	else if (!status)
		status = complain(options->file, "no TCP connection");
	pass_end(&pass);
	return best ? 0 : status;
}

/* ---- its packets ---- */

struct gather {
	int64_t number;
	bool begun;
	struct trace trace[2]; /* by the side that sends the data */
};

static bool take_packet(void *context, const struct view *view)
{
	struct gather *gather = context;

	if (!view->tcp || view->tcp->conn->number != gather->number)
		return true;
	for (unsigned side = 0; side < 2; side++) {
		if (!gather->begun)
			trace_begin(&gather->trace[side], view->tcp->conn,
				    side);
		trace_add(&gather->trace[side], view);
	}
	gather->begun = true;
	return !gather->trace[0].failed && !gather->trace[1].failed;
}

static int draw(const struct options *options, const struct gather *gather)
{
	bool second = gather->trace[1].bytes > gather->trace[0].bytes;
	bool standard = !strcmp(options->output, "-");
	FILE *to = standard ? stdout : fopen(options->output, "w");
	bool failed;

	if (!to)
		return complain(options->output, strerror(errno));
	plot_write(to, &gather->trace[second ^ options->reverse]);
	failed = ferror(to) | (standard ? fflush(to) : fclose(to));
	return failed ? complain(options->output, "cannot be written") : 0;
}

int mode_plot(const struct options *options)
{
	struct gather gather = { .number = options->conn };
	struct pass pass;
	int status;

	if (gather.number < 0) {
		status = choose(options, &gather.number);
		if (status)
			return status;
	}
	status = pass_run(&pass, options, take_packet, &gather);
	if (gather.trace[0].failed || gather.trace[1].failed)
		status = complain(options->file, "out of memory");
	else if (gather.begun)
		status = draw(options, &gather) ?: status;
	else if (!status)
		status = complain("--conn", "no such connection");
	pass_end(&pass);
	trace_end(&gather.trace[0]);
	trace_end(&gather.trace[1]);
	return status;
}
