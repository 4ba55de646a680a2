// SPDX-License-Identifier: MIT
/*
 * The SVG writer: elements, escaped text, and the two shapes that most of a
 * picture is made of. Thinning happens here so that no caller can forget it.
 */
#include "tools/pcapdump/svg.h"

#include "tools/pcapdump/utf8.h"

void svg_number(FILE *to, double v)
{
	long tenths = (long)(v * 10 + (v < 0 ? -0.5 : 0.5));
	long whole = tenths / 10, rest = tenths % 10;

	if (tenths < 0 && !whole)
		fputc('-', to);
	fprintf(to, "%ld", whole);
	if (rest)
		fprintf(to, ".%ld", rest < 0 ? -rest : rest);
}

void svg_text(FILE *to, const char *text)
{
	while (*text) {
		size_t n = utf8_length(text);

		if (*text == '<')
			fputs("&lt;", to);
		else if (*text == '>')
			fputs("&gt;", to);
		else if (*text == '&')
			fputs("&amp;", to);
		else if (*text == '"')
			fputs("&quot;", to);
		else if (!n || (unsigned char)*text < 0x20 || *text == 0x7f)
			fputs("\xef\xbf\xbd", to);
		else
			fwrite(text, 1, n, to);
		text += n ? n : 1;
	}
}

static void put_attribute(FILE *to, const char *name, double v)
{
	fprintf(to, " %s=\"", name);
	svg_number(to, v);
	fputc('"', to);
}

void svg_label(FILE *to, const char *class, double x, double y,
	       const char *anchor, const char *text)
{
	fprintf(to, "<text class=\"%s\"", class);
	put_attribute(to, "x", x);
	put_attribute(to, "y", y);
	if (anchor)
		fprintf(to, " text-anchor=\"%s\"", anchor);
	fputc('>', to);
	svg_text(to, text);
	fputs("</text>\n", to);
}

static void move_to(FILE *to, double x, double y)
{
	fputc('M', to);
	svg_number(to, x);
	fputc(' ', to);
	svg_number(to, y);
}

static void go(FILE *to, char axis, double v)
{
	fputc(axis, to);
	svg_number(to, v);
}

void svg_rule(FILE *to, const char *class, double x1, double y1, double x2,
	      double y2)
{
	fprintf(to, "<path class=\"%s\" d=\"", class);
	move_to(to, x1, y1);
	fputc('L', to);
	svg_number(to, x2);
	fputc(' ', to);
	svg_number(to, y2);
	fputs("\"/>\n", to);
}

void svg_box(FILE *to, const char *class, double x, double y, double width,
	     double height)
{
	fprintf(to, "<rect class=\"%s\"", class);
	put_attribute(to, "x", x);
	put_attribute(to, "y", y);
	put_attribute(to, "width", width);
	put_attribute(to, "height", height);
	fputs("/>\n", to);
}

/* ---- staircases ---- */

void line_begin(struct line *line, FILE *to, const char *class)
{
	*line = (struct line){ .to = to };
	fprintf(to, "<path class=\"%s\" d=\"", class);
}

static void flush_line(struct line *line)
{
	double x = (double)line->column / 2;
	bool was_open = line->open;

	if (!line->pending)
		return;
	line->pending = false;
	if (line->open)
		go(line->to, 'H', x);
	else
		move_to(line->to, x, line->first);
	line->open = true;
	if (line->least < line->last)
		go(line->to, 'V', line->least);
	if (line->greatest > line->last)
		go(line->to, 'V', line->greatest);
	if (line->last != line->first || line->least != line->greatest ||
	    was_open)
		go(line->to, 'V', line->last);
}

void line_to(struct line *line, double x, double y)
{
	long column = (long)(x * 2);

	if (line->pending && line->column == column) {
		line->least = MIN(line->least, y);
		line->greatest = MAX(line->greatest, y);
		line->last = y;
		return;
	}
	/* A level that stays needs no point of its own. */
	if (!line->pending && line->open && y == line->last)
		return;
	if (line->pending && y == line->last && column > line->column) {
		flush_line(line);
		return;
	}
	flush_line(line);
	line->column = column;
	line->pending = true;
	line->first = line->least = line->greatest = line->last = y;
}

void line_gap(struct line *line)
{
	flush_line(line);
	line->open = false;
}

void line_end(struct line *line, double x)
{
	flush_line(line);
	if (line->open)
		go(line->to, 'H', x);
	fputs("\"/>\n", line->to);
}

/* ---- bars ---- */

void bars_begin(struct bars *bars, FILE *to, const char *class, bool thin)
{
	*bars = (struct bars){ .to = to, .thin = thin, .column = -1 };
	fprintf(to, "<path class=\"%s\" d=\"", class);
}

static void flush_bar(struct bars *bars)
{
	if (bars->column < 0)
		return;
	move_to(bars->to, (double)bars->column / 2, bars->bottom);
	go(bars->to, 'V', bars->top);
	bars->column = -1;
}

void bars_add(struct bars *bars, double x, double top, double bottom)
{
	long column = (long)(x * 2);

	/* A bar of no height would not be drawn at all. */
	if (bottom - top < 1) {
		double middle = (top + bottom) / 2;

		top = middle - 0.5;
		bottom = middle + 0.5;
	}
	bars->count++;
	if (bars->thin && bars->column == column && top <= bars->bottom + 0.5 &&
	    bottom >= bars->top - 0.5) {
		bars->top = MIN(bars->top, top);
		bars->bottom = MAX(bars->bottom, bottom);
		return;
	}
	flush_bar(bars);
	bars->column = column;
	bars->top = top;
	bars->bottom = bottom;
	if (!bars->thin)
		flush_bar(bars);
}

void bars_end(struct bars *bars)
{
	flush_bar(bars);
	fputs("\"/>\n", bars->to);
}
