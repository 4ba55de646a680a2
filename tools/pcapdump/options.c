// SPDX-License-Identifier: MIT
/*
 * The command line: one table of options. Options may stand before and after
 * the file, as tcpdump's users do; the first word that is none begins the
 * filter. A value follows its option or, for long ones, an equals sign.
 */
#include "tools/pcapdump/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"

static const char usage[] =
	"usage: pcapdump [MODE] [options] FILE [FILTER...]\n"
	"\n"
	"Reads a capture (pcapng or pcap; - is standard input) and says what\n"
	"became of each packet. FILTER: libpcap's language, pcap-filter(7).\n"
	"\n"
	"Modes:\n"
	"  (none)              one line a packet: the packet, [what the kernel\n"
	"                      did with it] and {the connection after it}\n"
	"  -s, --summary       counts by verdict, reason and cause\n"
	"      --stats         the capture's connections in numbers\n"
	"      --follow[=text|hex|raw]\n"
	"                      a connection's bytes, both ways\n"
	"      --explain N     the whole story of packet N\n"
	"      --check         judges all connections by the rules of TCP\n"
	"      --plot OUT.svg  time-sequence graph of a connection\n"
	"      --html OUT.html the capture as one page to look around in\n"
	"      --live          follows a capture that is being written\n"
	"\n"
	"Options:\n"
	"      --conn N        only connection N (as --stats numbers them)\n"
	"  -d, --dropped       only packets that were dropped\n"
	"  -q, --quiet         without the connection's variables\n"
	"  -S, --absolute      absolute sequence numbers\n"
	"  -i, --id            the packet's number first\n"
	"  -c, --count N       stop after N packets\n"
	"  -o, --output NAME   --follow=raw: writes NAME.0 and NAME.1\n"
	"      --reverse       --plot: the direction with less data\n"
	"      --interval S    --live: seconds between summaries (0: none)\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 0; 1 when --check found a violation, or there was nothing\n"
	"to --follow or --explain; 2 for wrong use or a broken file.\n";

enum kind { FLAG, NUMBER, SECONDS, TEXT, MODE, MODE_NUMBER, MODE_TEXT };

struct known {
	const char *short_form, *long_form;
	enum kind kind;
	size_t offset; /* of the value in struct options */
	mode_fn *mode;
	bool optional; /* MODE_TEXT: the value may be absent */
};

#define AT(field) offsetof(struct options, field)

static const struct known known[] = {
	{ "-s", "--summary", FLAG, AT(summary), NULL, false },
	{ "-d", "--dropped", FLAG, AT(dropped), NULL, false },
	{ "-q", "--quiet", FLAG, AT(quiet), NULL, false },
	{ "-S", "--absolute", FLAG, AT(absolute), NULL, false },
	{ "-i", "--id", FLAG, AT(id), NULL, false },
	{ "", "--reverse", FLAG, AT(reverse), NULL, false },
	{ "-c", "--count", NUMBER, AT(count), NULL, false },
	{ "", "--conn", NUMBER, AT(conn), NULL, false },
	{ "-o", "--output", TEXT, AT(output), NULL, false },
	{ "", "--interval", SECONDS, AT(interval), NULL, false },
	{ "", "--stats", MODE, 0, mode_stats, false },
	{ "", "--check", MODE, 0, mode_check, false },
	{ "", "--explain", MODE_NUMBER, AT(packet), mode_explain, false },
	{ "", "--follow", MODE_TEXT, AT(format), mode_follow, true },
	{ "", "--live", FLAG, AT(live), NULL, false },
	{ "", "--plot", MODE_TEXT, AT(output), mode_plot, false },
	{ "", "--html", MODE_TEXT, AT(output), mode_html, false },
};

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "pcapdump: %s: %s\n", what, why);
	return 3; /* status 2 */
}

static int read_number(const char *name, const char *text, void *to)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value > INT64_MAX)
		return complain(name, "wants a number");
	memcpy(to, &value, sizeof value);
	return 0;
}

static int read_seconds(const char *name, const char *text, double *to)
{
	char *end;

	*to = strtod(text, &end);
	if (*end || end == text || !(*to >= 0 && *to <= 86400))
		return complain(name, "wants seconds");
	return 0;
}

static int set(struct options *options, const struct known *k,
	       const char *value)
{
	void *field = (char *)options + k->offset;

	if (k->mode) {
		if (options->mode && options->mode != k->mode)
			return complain(k->long_form, "only one mode");
		options->mode = k->mode;
	}
	switch (k->kind) {
	case FLAG:
		*(bool *)field = true;
		return 0;
	case NUMBER:
	case MODE_NUMBER:
		return read_number(k->long_form, value, field);
	case SECONDS:
		return read_seconds(k->long_form, value, field);
	case TEXT:
	case MODE_TEXT:
		if (value)
			*(const char **)field = value;
		return 0;
	default:
		return 0;
	}
}

/* Whether `arg` is this option; `*value` is what follows an equals sign. */
static bool is_option(const struct known *k, const char *arg,
		      const char **value)
{
	size_t length = strlen(k->long_form);

	*value = NULL;
	if (!strcmp(arg, k->short_form))
		return true;
	if (strncmp(arg, k->long_form, length))
		return false;
	if (arg[length] == '=' && k->kind != FLAG && k->kind != MODE)
		*value = arg + length + 1;
	return *value || !arg[length];
}

/* One option and perhaps its value: how many words it took; 0: none. */
static int take(struct options *options, int left, char **argv, int *status)
{
	const char *value;

	if (!strcmp(argv[0], "-h") || !strcmp(argv[0], "--help")) {
		fputs(usage, stdout);
		*status = 1;
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const struct known *k = &known[i];
		int used = 1;

		if (!is_option(k, argv[0], &value))
			continue;
		if (k->kind != FLAG && k->kind != MODE && !k->optional &&
		    !value) {
			if (left < 2) {
				*status = complain(argv[0], "wants a value");
				return 1;
			}
			value = argv[1];
			used = 2;
		}
		*status = set(options, k, value);
		return used;
	}
	return 0;
}

static int add_filter_word(struct options *options, const char *word)
{
	size_t length = strlen(options->filter);
	size_t room = sizeof options->filter - length;

	if (format_to(options->filter + length, room, "%s%s", length ? " " : "",
		      word) >= room)
		return complain("filter", "too long");
	return 0;
}

static int check(const struct options *options)
{
	if (!options->file) {
		fputs(usage, stderr);
		return 3;
	}
	if (options->format && strcmp(options->format, "text") &&
	    strcmp(options->format, "hex") && strcmp(options->format, "raw"))
		return complain("--follow", "text, hex or raw");
	return 0;
}

/* --live is a way to read, for two of the modes. */
static int choose_live(struct options *options)
{
	if (!options->live)
		return 0;
	if (options->mode != mode_dump && options->mode != mode_stats)
		return complain("--live", "goes alone or with --stats");
	options->stats = options->mode == mode_stats;
	options->mode = mode_live;
	return 0;
}

int options_read(struct options *options, int argc, char **argv)
{
	int status = 0, used;

	memset(options, 0, sizeof *options);
	options->conn = -1;
	options->interval = 10;
	for (int i = 1; i < argc && !status; i += used) {
		used = options->filter[0] ?
			       0 :
			       take(options, argc - i, argv + i, &status);
		if (used)
			continue;
		used = 1;
		if (!options->file && (argv[i][0] != '-' || !argv[i][1]))
			options->file = argv[i];
		else if (!options->filter[0] && argv[i][0] == '-')
			status = complain(argv[i], "no such option (--help)");
		else
			status = add_filter_word(options, argv[i]);
	}
	if (!status)
		status = check(options);
	if (!options->mode)
		options->mode = mode_dump;
	return status ? status : choose_live(options);
}
