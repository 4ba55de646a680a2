// SPDX-License-Identifier: MIT
/*
 * Private to plot*.c: the page's measures, and what a panel is.
 */
#pragma once

#include "tools/pcapdump/plot.h"
#include "tools/pcapdump/scale.h"
#include "tools/pcapdump/svg.h"

enum {
	PAGE_WIDTH = 1200,
	PAGE_HEIGHT = 900,
	PLOT_LEFT = 86,
	PLOT_RIGHT = PAGE_WIDTH - 22,
	SEQUENCE_TOP = 134,
	SEQUENCE_BOTTOM = 512,
	RUG_TOP = 518, /* one row for each kind of mark */
	RUG_ROW = 5,
	WINDOW_TOP = 566,
	WINDOW_BOTTOM = 700,
	RTT_TOP = 732,
	RTT_BOTTOM = 842,
};

struct panel {
	FILE *to;
	const struct trace *trace;
	struct scale x, y;
	double top, bottom;
};

/* The kinds of mark that have a symbol: its id and class are this name. */
extern const char *const mark_class[SEGMENT_KINDS];

void plot_sequence(struct panel *panel);
void plot_window(struct panel *panel);
void plot_rtt(struct panel *panel);

/* Frame, grid and labels; `what` is written along the axis. */
void panel_axes(struct panel *panel, const char *what, bool times);
static inline double panel_x(const struct panel *panel, nsec_t time)
{
	return scale_pixel(&panel->x, (double)time);
}
double panel_y(const struct panel *panel, double value);
/* A swatch and a text in a panel's own legend; returns where the next begins. */
double panel_key(struct panel *panel, double x, const char *class,
		 const char *text);
/* About how wide a text of the legend is. */
double text_width(const char *text);
