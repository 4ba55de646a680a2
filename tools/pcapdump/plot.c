// SPDX-License-Identifier: MIT
/*
 * The picture's frame: style, title, legend, axes. The panels are drawn by
 * plot_sequence.c and plot_sender.c. Everything that stands in the picture is
 * also said in words in its <desc>, for readers who do not see it.
 */
#include "tools/pcapdump/plot_private.h"

#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "tools/pcapdump/utf8.h"

const char *const mark_class[SEGMENT_KINDS] = {
	[SEGMENT_NEW] = "data",		 [SEGMENT_FAST] = "fast",
	[SEGMENT_TIMEOUT] = "timeout",	 [SEGMENT_TAIL_PROBE] = "tlp",
	[SEGMENT_NEEDLESS] = "needless", [SEGMENT_LATE] = "late",
	[SEGMENT_PROBE] = "probe",
};

/*
 * Okabe and Ito's colours, which differ for colour-blind eyes too; shapes say
 * the same once more. librsvg knows no custom properties, so each class has
 * its colour twice.
 */
static const char style[] =
	"<style>\n"
	"text{font:12px 'DejaVu Sans',Verdana,sans-serif;fill:#27313c}\n"
	".paper{fill:#fff}.panel{fill:#fbfcfd;stroke:#c4ccd4}\n"
	".grid{stroke:#e6eaee;fill:none}.frame{stroke:#c4ccd4;fill:none}\n"
	".title{font-size:17px;font-weight:600}.soft{fill:#5d6b79}\n"
	".small{font-size:11px}.event{font-size:10px;font-weight:600}\n"
	".data,.fast,.timeout,.tlp,.needless,.late,.probe,.sack,.ack,.window,.cwnd,"
	".ssthresh,.flightline,.srtt,.rto,.sample,.drop,.zero,.flag"
	"{fill:none;stroke-width:1.5}\n"
	".data{stroke:#2a6fb0}.fast{stroke:#d97800}.timeout{stroke:#c8102e}\n"
	".tlp{stroke:#b5409b}.needless{stroke:#8a5a2b}.late{stroke:#3c4650}.probe{stroke:#68737f}\n"
	".mark{stroke:#fff;stroke-width:1}\n"
	".mfast{fill:#d97800}.mtimeout{fill:#c8102e}.mtlp{fill:#b5409b}\n"
	".mneedless{fill:#8a5a2b}.mlate{fill:#3c4650}.mprobe{fill:#68737f}\n"
	".sack{stroke:#7a55b8}.ack{stroke:#14866d}\n"
	".window{stroke:#14866d;stroke-width:1;stroke-dasharray:4 2.5}\n"
	".drop{stroke:#1c242c;stroke-width:2}\n"
	".zero{stroke:#0b7285;stroke-width:2;fill:#fff}\n"
	".flag{stroke:#5d6b79;stroke-width:1;stroke-dasharray:2 3}\n"
	".cwnd{stroke:#2a6fb0}.ssthresh{stroke:#d97800;stroke-dasharray:6 3}\n"
	".flight{fill:#9fb4c7;fill-opacity:.45}\n"
	".flightline{stroke:#7b93a8;stroke-width:1}\n"
	".srtt{stroke:#14866d}.rto{stroke:#c8102e;stroke-dasharray:6 3}\n"
	".sample{stroke:#2a6fb0;stroke-width:2.4;stroke-linecap:round;"
	"stroke-opacity:.55}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#dbe2e9}.paper{fill:#11161c}\n"
	".panel{fill:#161c23;stroke:#3a4652}.grid{stroke:#242d36}\n"
	".frame{stroke:#3a4652}.soft{fill:#94a2b0}\n"
	".data,.cwnd,.sample{stroke:#6db3f2}.fast,.ssthresh{stroke:#ffab40}\n"
	".timeout,.rto{stroke:#ff5c6c}.tlp{stroke:#f08bd8}\n"
	".needless{stroke:#d0a06c}.late{stroke:#cfd8e0}.probe{stroke:#a3b0bc}\n"
	".mark{stroke:#11161c}.mfast{fill:#ffab40}.mtimeout{fill:#ff5c6c}\n"
	".mtlp{fill:#f08bd8}.mneedless{fill:#d0a06c}.mlate{fill:#cfd8e0}\n"
	".mprobe{fill:#a3b0bc}\n"
	".sack{stroke:#b497ec}.ack,.window,.srtt{stroke:#45c9a5}\n"
	".drop{stroke:#fff}.zero{stroke:#4cc9e0;fill:#11161c}\n"
	".flag{stroke:#94a2b0}.flight{fill:#5b7186}\n"
	".flightline{stroke:#8aa2b8}\n"
	"}\n"
	"</style>\n";

/* A triangle, a square, a diamond, a disc and a small ring: centred. */
static const char symbols[] =
	"<defs>\n"
	"<path id=\"fast\" class=\"mark mfast\" d=\"M0-6 5.5 4H-5.5Z\"/>\n"
	"<path id=\"timeout\" class=\"mark mtimeout\" "
	"d=\"M-4.5-4.5h9v9h-9Z\"/>\n"
	"<path id=\"tlp\" class=\"mark mtlp\" d=\"M0-6 6 0 0 6-6 0Z\"/>\n"
	"<circle id=\"needless\" class=\"mark mneedless\" r=\"4.5\"/>\n"
	"<path id=\"late\" class=\"mark mlate\" d=\"M0 6 5.5-4H-5.5Z\"/>\n"
	"<circle id=\"probe\" class=\"mark mprobe\" r=\"3\"/>\n"
	"<path id=\"drop\" class=\"drop\" d=\"M-4-4 4 4M4-4-4 4\"/>\n"
	"<g id=\"zero\"><circle class=\"zero\" r=\"5\"/>"
	"<path class=\"zero\" d=\"M-5 0H5\"/></g>\n"
	"<clipPath id=\"graph\"><rect x=\"86\" y=\"134\" width=\"1092\" "
	"height=\"378\"/></clipPath>\n"
	"</defs>\n";

double text_width(const char *text)
{
	double width = 0;

	while (*text) {
		size_t n = utf8_length(text);

		width += strchr(" ijltfr.,:;'|()[]I", *text) ? 4.1 :
			 strchr("mwMWTRO", *text)	     ? 9 :
							       6.8;
		text += n ? n : 1;
	}
	return width;
}

double panel_y(const struct panel *panel, double value)
{
	double y = scale_pixel(&panel->y, value);

	return CLAMP(y, panel->top - 4, panel->bottom + 4);
}

/* ---- axes ---- */

static void axis_y(struct panel *panel, const char *what)
{
	double middle = (panel->top + panel->bottom) / 2;
	struct ticks ticks;
	char text[64];

	scale_ticks(&panel->y, (int)((panel->bottom - panel->top) / 28),
		    &ticks);
	for (int i = 0; i < ticks.count; i++) {
		double y = scale_pixel(&panel->y, ticks.at[i]);

		svg_rule(panel->to, "grid", PLOT_LEFT, y, PLOT_RIGHT, y);
		tick_text(&ticks, ticks.at[i], text, sizeof text);
		svg_label(panel->to, "small", PLOT_LEFT - 7, y + 4, "end",
			  text);
	}
	if (ticks.name)
		snprintf(text, sizeof text, "%s (%s)", what, ticks.name);
	else
		snprintf(text, sizeof text, "%s", what);
	fprintf(panel->to, "<g transform=\"rotate(-90 18 %d)\">", (int)middle);
	svg_label(panel->to, "soft", 18, middle, "middle", text);
	fputs("</g>\n", panel->to);
}

static void axis_x(struct panel *panel, bool times)
{
	struct ticks ticks;
	char text[64];

	scale_ticks(&panel->x, 10, &ticks);
	for (int i = 0; i < ticks.count; i++) {
		double x = scale_pixel(&panel->x, ticks.at[i]);

		svg_rule(panel->to, "grid", x, panel->top, x, panel->bottom);
		if (!times)
			continue;
		tick_text(&ticks, ticks.at[i], text, sizeof text);
		svg_label(panel->to, "small", x, panel->bottom + 17, "middle",
			  text);
	}
	if (!times)
		return;
	snprintf(text, sizeof text, "time since the first packet (%s)",
		 ticks.name);
	svg_label(panel->to, "soft", (PLOT_LEFT + PLOT_RIGHT) / 2.0,
		  panel->bottom + 37, "middle", text);
}

void panel_axes(struct panel *panel, const char *what, bool times)
{
	svg_box(panel->to, "panel", PLOT_LEFT, panel->top,
		PLOT_RIGHT - PLOT_LEFT, panel->bottom - panel->top);
	axis_x(panel, times);
	axis_y(panel, what);
}

double panel_key(struct panel *panel, double x, const char *class,
		 const char *text)
{
	double y = panel->top + 13;

	if (!strcmp(class, "sample"))
		svg_rule(panel->to, class, x + 9, y, x + 9.1, y);
	else if (!strcmp(class, "flight"))
		svg_box(panel->to, class, x, y - 5, 18, 9);
	else
		svg_rule(panel->to, class, x, y, x + 18, y);
	svg_label(panel->to, "small", x + 23, y + 4, NULL, text);
	return x + 23 + text_width(text) + 16;
}

/* ---- title and legend ---- */

struct legend {
	FILE *to;
	double x, y;
};

/* Room for one entry; at the end of a row a new one begins. */
static void legend_place(struct legend *legend, const char *text)
{
	if (legend->x + 22 + text_width(text) > PLOT_RIGHT) {
		legend->x = PLOT_LEFT;
		legend->y += 17;
	}
}

static void legend_text(struct legend *legend, const char *text)
{
	svg_label(legend->to, "small", legend->x + 14, legend->y + 4, NULL,
		  text);
	legend->x += 14 + text_width(text) + 18;
}

static void legend_bar(struct legend *legend, const char *class,
		       const char *text)
{
	legend_place(legend, text);
	svg_rule(legend->to, class, legend->x + 5, legend->y - 6, legend->x + 5,
		 legend->y + 6);
	legend_text(legend, text);
}

static void legend_rule(struct legend *legend, const char *class,
			const char *text)
{
	legend_place(legend, text);
	svg_rule(legend->to, class, legend->x - 5, legend->y, legend->x + 10,
		 legend->y);
	legend_text(legend, text);
}

static void legend_mark(struct legend *legend, const char *id, uint64_t count,
			const char *name)
{
	char text[96];

	if (!count)
		return;
	snprintf(text, sizeof text, "%s (%" PRIu64 ")", name, count);
	legend_place(legend, text);
	fprintf(legend->to, "<use href=\"#%s\" x=\"%d\" y=\"%d\"/>\n", id,
		(int)legend->x + 4, (int)legend->y);
	legend_text(legend, text);
}

static void write_legend(FILE *to, const struct trace *trace)
{
	struct legend legend = { to, PLOT_LEFT + 5, 66 };

	legend_bar(&legend, "data", "data");
	legend_rule(&legend, "ack", "acknowledged");
	legend_rule(&legend, "window", "end of the receive window");
	if (trace->sacks)
		legend_bar(&legend, "sack", "SACK block");
	for (int kind = SEGMENT_FAST; kind < SEGMENT_KINDS; kind++)
		legend_mark(&legend, mark_class[kind], trace->kinds[kind],
			    segment_kind_name((enum segment_kind)kind));
	legend_mark(&legend, "zero", trace->zeros, "zero window");
	legend_mark(&legend, "drop", trace->dropped, "dropped");
}

/* "16.0 MB in 2.31 s (55.4 Mbit/s), 12 of 11500 segments again". */
static void say_sums(const struct trace *trace, char *buf, size_t size)
{
	static const char *const places[] = {
		[PLACE_UNKNOWN] = "",
		[PLACE_SENDER] = "; captured at the sender",
		[PLACE_RECEIVER] = "; captured at the receiver",
	};
	double seconds = (double)trace->end / 1e9;
	char amount[32], length[32];
	struct text text;

	value_text(UNIT_BYTES, (double)trace->bytes, amount, sizeof amount,
		   false);
	value_text(UNIT_TIME, (double)trace->end, length, sizeof length, false);
	text_init(&text, buf, size);
	text_add(&text, "connection %u: %s in %s", trace->number, amount,
		 length);
	if (seconds > 0) {
		double rate = (double)trace->bytes * 8 / seconds;
		bool mega = rate >= 1e6;
		char number[32];

		snprintf(number, sizeof number, "%.1f",
			 rate / (mega ? 1e6 : 1e3));
		text_add(&text, " (%s %s)", number, mega ? "Mbit/s" : "kbit/s");
	}
	text_add(&text, ", %llu of %zu segments sent again",
		 (unsigned long long)trace->again, trace->segment_count);
	text_str(&text, places[trace->place]);
}

static void write_head(FILE *to, const struct trace *trace)
{
	char title[160], sums[320];

	snprintf(title, sizeof title, "%s \xe2\x86\x92 %s", trace->from,
		 trace->to);
	say_sums(trace, sums, sizeof sums);
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-labelledby=\"title desc\">\n<title id=\"title\">",
		PAGE_WIDTH, PAGE_HEIGHT, PAGE_WIDTH, PAGE_HEIGHT);
	svg_text(to, title);
	fputs("</title>\n<desc id=\"desc\">", to);
	svg_text(to, sums);
	for (int kind = SEGMENT_FAST; kind < SEGMENT_KINDS; kind++)
		if (trace->kinds[kind])
			fprintf(to, "; %s: %" PRIu64,
				segment_kind_name((enum segment_kind)kind),
				trace->kinds[kind]);
	fputs("</desc>\n", to);
	fputs(style, to);
	fputs(symbols, to);
	svg_box(to, "paper", 0, 0, PAGE_WIDTH, PAGE_HEIGHT);
	svg_label(to, "title", PLOT_LEFT, 26, NULL, title);
	svg_label(to, "soft", PLOT_LEFT, 46, NULL, sums);
}

void plot_write(FILE *to, const struct trace *trace)
{
	struct panel panel = {
		.to = to,
		.trace = trace,
		.x = { .to = MAX((double)trace->end, 1e6) * 1.01,
		       .low = PLOT_LEFT,
		       .high = PLOT_RIGHT,
		       .unit = UNIT_TIME },
	};

	write_head(to, trace);
	write_legend(to, trace);
	plot_sequence(&panel);
	plot_window(&panel);
	plot_rtt(&panel);
	fputs("</svg>\n", to);
}
