// SPDX-License-Identifier: MIT
/*
 * --live: the lines of a capture while it is being written, and from time to
 * time one line that sums up; with --stats only the sums, on a terminal the
 * whole tables. Ends with the writer, or on SIGINT, with the last sums.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tools/pcapdump/dump.h"
#include "tools/pcapdump/live.h"
#include "tools/pcapdump/stats.h"

struct watch {
	struct live live;
	struct options options; /* with the stream in it */
	struct pass pass;
	struct stats stats;
	struct flows *flows;
	bool tables; /* --stats */
	uint64_t printed, told; /* packets: shown; at the last line of sums */
};

static void flush(void *context)
{
	(void)context;
	fflush(stdout);
}

static void print_sums(struct watch *watch, const char *what)
{
	printf("--- %s", what);
	stats_line(&watch->stats, watch->pass.table, stdout);
}

static void tick(void *context)
{
	struct watch *watch = context;

	/* Silence is not repeated. */
	if (!watch->pass.table || watch->told == watch->stats.packets)
		return;
	watch->told = watch->stats.packets;
	if (watch->tables && isatty(STDOUT_FILENO)) {
		fputs("\033[H\033[J", stdout);
		stats_print(&watch->stats, watch->pass.table, stdout);
	} else {
		print_sums(watch, "");
	}
	fflush(stdout);
}

static bool each(void *context, const struct view *view)
{
	struct watch *watch = context;

	if (dump_wants(&watch->options, view)) {
		stats_add(&watch->stats, view);
		if (!watch->tables)
			dump_packet(&watch->options, view->capture,
				    watch->flows, view->packet);
		watch->printed++;
	}
	live_check(&watch->live);
	return !watch->options.count || watch->printed < watch->options.count;
}

static void finish(struct watch *watch)
{
	if (!watch->pass.table)
		return;
	if (watch->tables)
		stats_print(&watch->stats, watch->pass.table, stdout);
	else
		print_sums(watch, "end: ");
	if (watch->live.truncated)
		fprintf(stderr,
			"pcapdump: %s: was cut; another capture may "
			"have begun there\n",
			watch->options.file);
}

static int run(struct watch *watch)
{
	const char *path = watch->options.file;

	watch->live.idle = flush;
	watch->live.tick = tick;
	watch->live.context = watch;
	watch->live.interval =
		(nsec_t)(watch->options.interval * (double)NSEC_PER_SEC);
	watch->options.stream = live_open(&watch->live, path);
	if (!watch->options.stream && errno == EINTR)
		return 0; /* a signal while a FIFO had no writer */
	if (!watch->options.stream) {
		fprintf(stderr, "pcapdump: %s: %s\n", path, strerror(errno));
		return 2;
	}
	return pass_run(&watch->pass, &watch->options, each, watch);
}

int mode_live(const struct options *options)
{
	static struct watch watch;
	int status;

	watch.options = *options;
	watch.tables = options->stats;
	watch.flows = options->absolute ? NULL : flows_new();
	status = run(&watch);
	finish(&watch);
	stats_free(watch.pass.table);
	flows_free(watch.flows);
	pass_end(&watch.pass);
	return status;
}
