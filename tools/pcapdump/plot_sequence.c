// SPDX-License-Identifier: MIT
/*
 * The upper panel: what was sent when. A segment is a bar from its first to
 * its last sequence number; the ACK line runs below, the end of the window
 * above. Ordinary bars, SACK blocks and both lines are thinned to half a
 * pixel; retransmissions, drops and zero windows are all drawn, last, so that
 * nothing hides one.
 */
#include "tools/pcapdump/plot_private.h"

#include <inttypes.h>

/* Beyond this, marks are one path without a text of their own. */
#define NAMED_MARKS 2000

static void set_scale(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	int64_t top = 1, edge = 0;

	for (size_t i = 0; i < trace->segment_count; i++)
		top = MAX(top, trace->segments[i].to);
	for (size_t i = 0; i < trace->ack_count; i++) {
		top = MAX(top, trace->acks[i].ack);
		if (trace->acks[i].has_edge)
			edge = MAX(edge, trace->acks[i].edge);
	}
	/* A window far above the data would press the data flat. */
	edge = MIN(edge, top + top / 4);
	panel->y = (struct scale){
		.to = (double)MAX(top, edge) * 1.02,
		.low = panel->bottom,
		.high = panel->top,
	};
}

static void draw_window(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct line line;

	line_begin(&line, panel->to, "window");
	for (size_t i = 0; i < trace->ack_count; i++)
		if (trace->acks[i].has_edge)
			line_to(&line, panel_x(panel, trace->acks[i].time),
				panel_y(panel, (double)trace->acks[i].edge));
	line_end(&line, panel_x(panel, trace->end));
}

static void draw_acks(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	int64_t highest = 0;
	struct line line;

	line_begin(&line, panel->to, "ack");
	for (size_t i = 0; i < trace->ack_count; i++) {
		if (!trace->acks[i].has_ack)
			continue;
		highest = MAX(highest, trace->acks[i].ack);
		line_to(&line, panel_x(panel, trace->acks[i].time),
			panel_y(panel, (double)highest));
	}
	line_end(&line, panel_x(panel, trace->end));
}

static void draw_sacks(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct bars bars;

	bars_begin(&bars, panel->to, "sack", true);
	for (size_t i = 0; i < trace->ack_count; i++) {
		const struct trace_ack *ack = &trace->acks[i];

		for (unsigned j = 0; j < ack->sacks; j++)
			bars_add(&bars, panel_x(panel, ack->time),
				 panel_y(panel, (double)ack->sack[j].to),
				 panel_y(panel, (double)ack->sack[j].from));
	}
	bars_end(&bars);
}

static void draw_bars(struct panel *panel, enum segment_kind kind)
{
	const struct trace *trace = panel->trace;
	struct bars bars;

	if (kind != SEGMENT_NEW && !trace->kinds[kind])
		return;
	bars_begin(&bars, panel->to, mark_class[kind], kind == SEGMENT_NEW);
	for (size_t i = 0; i < trace->segment_count; i++) {
		const struct trace_segment *s = &trace->segments[i];

		if (s->kind == kind && s->to > s->from)
			bars_add(&bars, panel_x(panel, s->time),
				 panel_y(panel, (double)s->to),
				 panel_y(panel, (double)s->from));
	}
	bars_end(&bars);
}

/* ---- marks ---- */

/* Symbols shrink when there are many: each shall still be seen. */
static double mark_size(uint64_t count)
{
	return count <= 60 ? 1 : count <= 400 ? 0.7 : 0.5;
}

struct marks {
	FILE *to;
	const char *id, *what; /* `what` NULL: too many for a text each */
	double size;
};

static struct marks marks_of(const struct panel *panel, const char *id,
			     const char *what, uint64_t count)
{
	return (struct marks){
		.to = panel->to,
		.id = id,
		.what = count <= NAMED_MARKS ? what : NULL,
		.size = mark_size(count),
	};
}

static void add_mark(const struct marks *marks, double x, double y,
		     uint64_t packet, nsec_t time)
{
	FILE *to = marks->to;

	fprintf(to, "<use href=\"#%s\" ", marks->id);
	fputs(marks->size < 1 ? "transform=\"translate(" : "x=\"", to);
	svg_number(to, x);
	fputs(marks->size < 1 ? " " : "\" y=\"", to);
	svg_number(to, y);
	if (marks->size < 1)
		fprintf(to, ")scale(%.1f)", marks->size);
	if (marks->what)
		fprintf(to,
			"\"><title>%s, packet %" PRIu64
			" at %.6f s</title></use>\n",
			marks->what, packet, (double)time / 1e9);
	else
		fputs("\"/>\n", to);
}

static void draw_marks(struct panel *panel, enum segment_kind kind)
{
	const struct trace *trace = panel->trace;
	struct marks marks = marks_of(panel, mark_class[kind],
				      segment_kind_name(kind),
				      trace->kinds[kind]);

	for (size_t i = 0; i < trace->segment_count; i++) {
		const struct trace_segment *s = &trace->segments[i];
		double middle = ((double)s->from + (double)s->to) / 2;

		if (s->kind == kind)
			add_mark(&marks, panel_x(panel, s->time),
				 panel_y(panel, middle), s->packet, s->time);
	}
}

static void draw_drops(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct marks marks = marks_of(panel, "drop", "dropped", trace->dropped);

	for (size_t i = 0; i < trace->segment_count; i++) {
		const struct trace_segment *s = &trace->segments[i];

		if (s->dropped)
			add_mark(&marks, panel_x(panel, s->time),
				 panel_y(panel, (double)s->to), s->packet,
				 s->time);
	}
	for (size_t i = 0; i < trace->ack_count; i++) {
		const struct trace_ack *a = &trace->acks[i];

		if (a->dropped)
			add_mark(&marks, panel_x(panel, a->time),
				 panel_y(panel, (double)a->ack), a->packet,
				 a->time);
	}
}

static void draw_zeros(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct marks marks =
		marks_of(panel, "zero", "zero window", trace->zeros);

	for (size_t i = 0; i < trace->ack_count; i++) {
		const struct trace_ack *a = &trace->acks[i];

		if (a->zero)
			add_mark(&marks, panel_x(panel, a->time),
				 panel_y(panel, (double)a->edge), a->packet,
				 a->time);
	}
}

/*
 * The rug: beneath the graph each kind of mark has a row with a tick at each
 * time it happened. In a long transfer the marks above lie on one another;
 * here they cannot.
 */
static double rug_row(struct panel *panel, double y, const char *id,
		      const char *class, int kind)
{
	const struct trace *trace = panel->trace;
	double bottom = y + RUG_ROW - 1;
	struct bars bars;

	fprintf(panel->to,
		"<use href=\"#%s\" transform=\"translate(%d %d)"
		"scale(.5)\"/>\n",
		id, PLOT_LEFT - 8, (int)y + RUG_ROW / 2);
	bars_begin(&bars, panel->to, class, true);
	for (size_t i = 0; i < trace->segment_count; i++) {
		const struct trace_segment *s = &trace->segments[i];

		if (kind < SEGMENT_KINDS ? s->kind == kind : s->dropped)
			bars_add(&bars, panel_x(panel, s->time), y, bottom);
	}
	for (size_t i = 0; kind == SEGMENT_KINDS && i < trace->ack_count; i++)
		if (trace->acks[i].dropped)
			bars_add(&bars, panel_x(panel, trace->acks[i].time), y,
				 bottom);
	bars_end(&bars);
	return y + RUG_ROW + 1;
}

static void draw_rug(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	double y = RUG_TOP;

	for (int kind = SEGMENT_FAST; kind < SEGMENT_KINDS; kind++)
		if (trace->kinds[kind])
			y = rug_row(panel, y, mark_class[kind],
				    mark_class[kind], kind);
	if (trace->dropped)
		rug_row(panel, y, "drop", "drop", SEGMENT_KINDS);
}

/* ---- SYN, FIN, RST: a strip of names above, a thin line down ---- */

#define EVENT_ROWS 3
#define EVENT_NAMES 120

struct events {
	struct panel *panel;
	double free[EVENT_ROWS]; /* where each row has room again */
	int named;
};

static void add_event(struct events *events, nsec_t time, const char *name)
{
	double x = panel_x(events->panel, time);
	double width = text_width(name) * 10 / 12 + 6;
	FILE *to = events->panel->to;
	double at = MIN(x, PLOT_RIGHT - width);
	int row = 0;

	svg_rule(to, "flag", x, SEQUENCE_TOP, x, SEQUENCE_BOTTOM);
	while (row < EVENT_ROWS && events->free[row] > at)
		row++;
	if (row == EVENT_ROWS || ++events->named > EVENT_NAMES)
		return;
	events->free[row] = at + width;
	svg_label(to, "event soft", at - 3, SEQUENCE_TOP - 4 - row * 12, NULL,
		  name);
}

static const char *event_name(bool syn, bool fin, bool rst, bool back)
{
	if (rst)
		return back ? "\xe2\x86\x90 RST" : "RST \xe2\x86\x92";
	if (syn)
		return back ? "\xe2\x86\x90 SYN" : "SYN \xe2\x86\x92";
	if (fin)
		return back ? "\xe2\x86\x90 FIN" : "FIN \xe2\x86\x92";
	return NULL;
}

/* Both directions in the order of time, so that the rows fill from the left. */
static void draw_events(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct events events = { .panel = panel };
	size_t i = 0, j = 0;

	while (i < trace->segment_count || j < trace->ack_count) {
		const struct trace_segment *s = &trace->segments[i];
		const struct trace_ack *a = &trace->acks[j];
		bool back = i == trace->segment_count ||
			    (j < trace->ack_count && a->packet < s->packet);
		const char *name =
			back ? event_name(a->syn, a->fin, a->rst, true) :
			       event_name(s->syn, s->fin, s->rst, false);

		if (name)
			add_event(&events, back ? a->time : s->time, name);
		i += !back;
		j += back;
	}
}

void plot_sequence(struct panel *panel)
{
	FILE *to = panel->to;

	panel->top = SEQUENCE_TOP;
	panel->bottom = SEQUENCE_BOTTOM;
	set_scale(panel);
	panel_axes(panel, "sequence number", false);
	draw_events(panel);
	fputs("<g clip-path=\"url(#graph)\">\n", to);
	draw_window(panel);
	draw_acks(panel);
	draw_bars(panel, SEGMENT_NEW);
	draw_sacks(panel);
	for (int kind = SEGMENT_FAST; kind < SEGMENT_KINDS; kind++)
		draw_bars(panel, (enum segment_kind)kind);
	fputs("</g>\n", to);
	draw_zeros(panel);
	for (int kind = SEGMENT_KINDS - 1; kind >= SEGMENT_FAST; kind--)
		draw_marks(panel, (enum segment_kind)kind);
	draw_drops(panel);
	draw_rug(panel);
}
