// SPDX-License-Identifier: MIT
/*
 * Writing SVG as text. Coordinates are pixels, written in tenths; text is
 * escaped here and nowhere else, so that a name from a capture cannot become
 * markup. Colours belong to classes: a picture has one style sheet with a
 * light and a dark half.
 *
 * A `struct line` is a staircase that is thinned while it is drawn: within
 * half a pixel only the first, the least, the greatest and the last value are
 * written, which looks the same and bounds the file.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

/* A coordinate: "12", "12.3". */
void svg_number(FILE *to, double v);
/* Text between tags or in a quoted attribute, escaped. Bytes that are no
 * UTF-8, and control characters, become U+FFFD. */
void svg_text(FILE *to, const char *text);
/* <text class="..." x y text-anchor>...</text> */
void svg_label(FILE *to, const char *class, double x, double y,
	       const char *anchor, const char *text);
/* A line from (x1, y1) to (x2, y2). */
void svg_rule(FILE *to, const char *class, double x1, double y1, double x2,
	      double y2);
void svg_box(FILE *to, const char *class, double x, double y, double width,
	     double height);

struct line {
	FILE *to;
	long column; /* in half pixels */
	bool open, pending;
	double first, least, greatest, last;
};

void line_begin(struct line *line, FILE *to, const char *class);
/* Keeps its level until `x`, then goes to `y`. `x` never goes back. */
void line_to(struct line *line, double x, double y);
/* The next line_to() begins a new staircase: here is nothing to say. */
void line_gap(struct line *line);
/* To `x` on the last level, and done. */
void line_end(struct line *line, double x);

/* Vertical bars; those that touch within half a pixel become one. */
struct bars {
	FILE *to;
	bool thin; /* may be merged */
	int count;
	long column;
	double top, bottom;
};

void bars_begin(struct bars *bars, FILE *to, const char *class, bool thin);
void bars_add(struct bars *bars, double x, double top, double bottom);
void bars_end(struct bars *bars);
