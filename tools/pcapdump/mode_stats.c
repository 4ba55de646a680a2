// SPDX-License-Identifier: MIT
/*
 * --stats: see stats.h.
 */
#include "tools/pcapdump/stats.h"

static bool each(void *context, const struct view *view)
{
	stats_add(context, view);
	return true;
}

int mode_stats(const struct options *options)
{
	struct stats stats = { 0 };
	struct pass pass;
	int status = pass_run(&pass, options, each, &stats);

	if (pass.table)
		stats_print(&stats, pass.table, stdout);
	stats_free(pass.table);
	pass_end(&pass);
	return status;
}
