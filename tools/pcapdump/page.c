// SPDX-License-Identifier: MIT
/*
 * Puts the page together; see page.h. The files are embedded by the assembler,
 * so the tool needs nothing beside it when it runs.
 */
#include "tools/pcapdump/page.h"

#include <stdlib.h>
#include <string.h>

#include "tools/pcapdump/sha256.h"
#include "tools/pcapdump/svg.h"

#define EMBED(name, file)                                                    \
	__asm__(".section .rodata\n"                                         \
		"page_" #name ": .incbin \"tools/pcapdump/html/" file "\"\n" \
		"page_" #name "_end: .byte 0\n"                              \
		".previous\n");                                              \
	extern const char page_##name[], page_##name##_end[]

EMBED(skeleton, "page.html");
EMBED(style, "style.css");
EMBED(data, "data.js");
EMBED(filter, "filter.js");
EMBED(list, "list.js");
EMBED(axis, "axis.js");
EMBED(plot, "plot.js");
EMBED(overview, "overview.js");
EMBED(main, "main.js");

struct part {
	const char *start, *end;
};

/* In the order in which they are run. */
static const struct part scripts[] = {
	{ page_data, page_data_end }, { page_filter, page_filter_end },
	{ page_list, page_list_end }, { page_axis, page_axis_end },
	{ page_plot, page_plot_end }, { page_overview, page_overview_end },
	{ page_main, page_main_end },
};
static const struct part styles[] = { { page_style, page_style_end } };

static void put(FILE *to, const char *start, const char *end)
{
	fwrite(start, 1, (size_t)(end - start), to);
}

static void put_base64(FILE *to, const uint8_t *bytes, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)bytes[i] << 16;

		v |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
		v |= i + 2 < n ? bytes[i + 2] : 0;
		fputc(letters[v >> 18], to);
		fputc(letters[v >> 12 & 63], to);
		fputc(i + 1 < n ? letters[v >> 6 & 63] : '=', to);
		fputc(i + 2 < n ? letters[v & 63] : '=', to);
	}
}

/* 'sha256-...' of an element's content: the parts, one after the other. */
static void put_sum(FILE *to, const struct part *parts, size_t n)
{
	uint8_t sum[32];
	size_t length = 0;
	char *all = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t more = (size_t)(parts[i].end - parts[i].start);
		char *grown = realloc(all, length + more);

		if (!grown)
			break; /* a wrong sum: the page refuses to run */
		all = grown;
		memcpy(all + length, parts[i].start, more);
		length += more;
	}
	sha256(sum, all, length);
	free(all);
	fputs("'sha256-", to);
	put_base64(to, sum, sizeof sum);
	fputc('\'', to);
}

static void put_policy(FILE *to)
{
	fputs("<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; base-uri 'none'; "
	      "form-action 'none'; img-src data:; script-src ",
	      to);
	put_sum(to, scripts, ARRAY_LEN(scripts));
	fputs("; style-src ", to);
	put_sum(to, styles, ARRAY_LEN(styles));
	fputs("\">\n", to);
}

/* The skeleton from *at to the line that is `mark`; *at goes behind it. */
static void copy_until(FILE *to, const char **at, const char *mark)
{
	const char *end = strstr(*at, mark);

	if (!end)
		end = page_skeleton_end;
	put(to, *at, end);
	*at = end == page_skeleton_end ? end : end + strlen(mark) + 1;
}

static const char *after_data;

void page_begin(FILE *to, const char *title)
{
	const char *at = page_skeleton;

	copy_until(to, &at, "<!--policy-->");
	put_policy(to);
	fputs("<title>", to);
	svg_text(to, title);
	fputs("</title>\n", to);
	copy_until(to, &at, "<!--style-->");
	fputs("<style>", to);
	put(to, page_style, page_style_end);
	fputs("</style>\n", to);
	copy_until(to, &at, "<!--data-->");
	after_data = at;
}

void page_end(FILE *to)
{
	copy_until(to, &after_data, "<!--script-->");
	fputs("<script>", to);
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		put(to, scripts[i].start, scripts[i].end);
	fputs("</script>\n", to);
	put(to, after_data, page_skeleton_end);
}
