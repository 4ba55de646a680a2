// SPDX-License-Identifier: MIT
/*
 * The two lower panels: the sender's window with the bytes in flight, and the
 * round-trip times with the retransmission timeout. The kernel's own variables
 * when the capture has them, else what a bystander can work out.
 */
#include "tools/pcapdump/plot_private.h"

#include <string.h>

#define INFINITE_SSTHRESH 0x7fffffffu

/* ---- cwnd, ssthresh, in flight ---- */

static double greatest_window(const struct trace *trace)
{
	double cwnd = 1, ssthresh = 1;

	for (size_t i = 0; i < trace->state_count; i++) {
		const struct trace_state *s = &trace->states[i];

		cwnd = MAX(cwnd, MAX(s->cwnd, s->flight));
		if (s->ssthresh < INFINITE_SSTHRESH)
			ssthresh = MAX(ssthresh, s->ssthresh);
	}
	for (size_t i = 0; !trace->state_count && i < trace->flight_count; i++)
		cwnd = MAX(cwnd, (double)trace->flights[i].value);
	return MAX(cwnd, MIN(ssthresh, 2 * cwnd));
}

/* The values as an area, by a staircase that goes back along the ground. */
static void draw_flight(struct panel *panel, const char *class, bool area)
{
	const struct trace *trace = panel->trace;
	double ground = panel_y(panel, 0);
	struct line line;

	line_begin(&line, panel->to, class);
	if (area)
		line_to(&line, PLOT_LEFT, ground);
	if (trace->state_count)
		for (size_t i = 0; i < trace->state_count; i++)
			line_to(&line, panel_x(panel, trace->states[i].time),
				panel_y(panel, trace->states[i].flight));
	else
		for (size_t i = 0; i < trace->flight_count; i++)
			line_to(&line, panel_x(panel, trace->flights[i].time),
				panel_y(panel,
					(double)trace->flights[i].value));
	if (area)
		line_to(&line, panel_x(panel, trace->end), ground);
	line_end(&line, panel_x(panel, trace->end));
}

static void draw_cwnd(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct line line;

	line_begin(&line, panel->to, "cwnd");
	for (size_t i = 0; i < trace->state_count; i++)
		if (trace->states[i].cwnd)
			line_to(&line, panel_x(panel, trace->states[i].time),
				panel_y(panel, trace->states[i].cwnd));
	line_end(&line, panel_x(panel, trace->end));
}

static bool draw_ssthresh(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	struct line line;
	bool any = false;

	line_begin(&line, panel->to, "ssthresh");
	for (size_t i = 0; i < trace->state_count; i++) {
		const struct trace_state *s = &trace->states[i];

		if (s->ssthresh >= INFINITE_SSTHRESH || !s->cwnd)
			continue;
		any = true;
		line_to(&line, panel_x(panel, s->time),
			panel_y(panel, s->ssthresh));
	}
	line_end(&line, panel_x(panel, trace->end));
	return any;
}

void plot_window(struct panel *panel)
{
	double x = PLOT_LEFT + 10;
	bool limited = false;

	panel->top = WINDOW_TOP;
	panel->bottom = WINDOW_BOTTOM;
	panel->y = (struct scale){
		.to = greatest_window(panel->trace) * 1.22,
		.low = panel->bottom,
		.high = panel->top,
	};
	panel_axes(panel, panel->trace->state_count ? "window" : "in flight",
		   false);
	draw_flight(panel, "flight", true);
	draw_flight(panel, "flightline", false);
	if (panel->trace->state_count) {
		limited = draw_ssthresh(panel);
		draw_cwnd(panel);
		x = panel_key(panel, x, "cwnd", "cwnd");
		x = panel_key(panel, x, "ssthresh",
			      limited ? "ssthresh" : "ssthresh (infinite)");
		panel_key(panel, x, "flight", "in flight");
	} else {
		panel_key(panel, x, "flight",
			  "sent or seen, and not acknowledged yet");
	}
}

/* ---- srtt, rto, samples ---- */

static void rtt_bounds(const struct trace *trace, double *least,
		       double *greatest)
{
	*least = 1e18;
	*greatest = 0;
	for (size_t i = 0; i < trace->rtt_count; i++) {
		*least = MIN(*least, (double)trace->rtts[i].value);
		*greatest = MAX(*greatest, (double)trace->rtts[i].value);
	}
	for (size_t i = 0; i < trace->state_count; i++) {
		const struct trace_state *s = &trace->states[i];

		if (s->srtt_us) {
			*least = MIN(*least, s->srtt_us * 1e3);
			*greatest = MAX(*greatest, s->srtt_us * 1e3);
		}
		*greatest = MAX(*greatest, s->rto_us * 1e3);
	}
	if (*greatest < 1e3)
		*greatest = 1e6;
	*least = CLAMP(*least, 1e3, *greatest);
}

static void set_rtt_scale(struct panel *panel)
{
	double least, greatest;

	rtt_bounds(panel->trace, &least, &greatest);
	panel->y = (struct scale){
		.to = greatest * 1.25,
		.low = panel->bottom,
		.high = panel->top,
		.unit = UNIT_TIME,
		.logarithmic = greatest / least > 5,
	};
	if (panel->y.logarithmic) {
		panel->y.from = least * 0.8;
		panel->y.to = greatest * 4;
	}
}

static void draw_times(struct panel *panel, const char *class, bool rto)
{
	const struct trace *trace = panel->trace;
	struct line line;

	line_begin(&line, panel->to, class);
	for (size_t i = 0; i < trace->state_count; i++) {
		const struct trace_state *s = &trace->states[i];
		double us = rto ? s->rto_us : s->srtt_us;

		if (us > 0)
			line_to(&line, panel_x(panel, s->time),
				panel_y(panel, us * 1e3));
	}
	line_end(&line, panel_x(panel, trace->end));
}

/* One dot a pixel is enough. */
static void draw_samples(struct panel *panel)
{
	enum { ROWS = RTT_BOTTOM - RTT_TOP + 16 };
	static bool used[PAGE_WIDTH][ROWS];
	const struct trace *trace = panel->trace;

	memset(used, 0, sizeof used);
	fputs("<path class=\"sample\" d=\"", panel->to);
	for (size_t i = 0; i < trace->rtt_count; i++) {
		double x = panel_x(panel, trace->rtts[i].time);
		double y = panel_y(panel, (double)trace->rtts[i].value);
		bool *seen = &used[(int)x][(int)(y - RTT_TOP + 8)];

		if (*seen)
			continue;
		*seen = true;
		fputc('M', panel->to);
		svg_number(panel->to, x);
		fputc(' ', panel->to);
		svg_number(panel->to, y);
		fputs("h0", panel->to);
	}
	fputs("\"/>\n", panel->to);
}

void plot_rtt(struct panel *panel)
{
	const struct trace *trace = panel->trace;
	double x = PLOT_LEFT + 10;

	panel->top = RTT_TOP;
	panel->bottom = RTT_BOTTOM;
	set_rtt_scale(panel);
	panel_axes(panel, "round trip", true);
	draw_samples(panel);
	if (trace->state_count) {
		draw_times(panel, "rto", true);
		draw_times(panel, "srtt", false);
		x = panel_key(panel, x, "srtt", "srtt");
		x = panel_key(panel, x, "rto", "rto");
	}
	panel_key(panel, x, "sample",
		  trace->place == PLACE_SENDER ?
			  "segment to ACK" :
			  "segment to ACK, at the place of capture");
}
