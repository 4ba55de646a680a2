// SPDX-License-Identifier: MIT
/*
 * --check: prints the findings of check.h as they come, the first few of each
 * rule and side, then the sums. Status 1 when there was a violation.
 */
#include <stdlib.h>

#include "tools/pcapdump/check.h"

#define SHOWN 3 /* of one rule in one direction of a connection */

struct shown {
	uint32_t count[2][CHECK_RULES];
};

struct printer {
	struct check check;
	struct shown **shown; /* by connection number */
	uint32_t room;
	uint64_t violations, notes, hidden;
};

static uint32_t *counter(struct printer *printer,
			 const struct check_finding *finding)
{
	uint32_t n = finding->conn->number;

	if (n >= printer->room) {
		uint32_t room = MAX(n + 1, printer->room * 2 + 64);
		struct shown **more =
			realloc(printer->shown, room * sizeof *more);

		if (!more)
			return NULL;
		for (uint32_t i = printer->room; i < room; i++)
			more[i] = NULL;
		printer->shown = more;
		printer->room = room;
	}
	if (!printer->shown[n])
		printer->shown[n] = calloc(1, sizeof *printer->shown[n]);
	if (!printer->shown[n])
		return NULL;
	return &printer->shown[n]->count[finding->from][finding->rule];
}

static void found(void *context, const struct check_finding *f)
{
	const struct check_rule_text *rule = &check_rules[f->rule];
	struct printer *printer = context;
	uint32_t *count;
	char name[80];

	if (!f->selected)
		return;
	printer->violations += rule->violation;
	printer->notes += !rule->violation;
	count = counter(printer, f);
	if (count && ++*count > SHOWN) {
		printer->hidden++;
		return;
	}
	conn_name_text(name, sizeof name, &f->conn->side[f->from].name);
	printf("%s %s connection %u packet %llu",
	       rule->violation ? "violation" : "note", rule->id,
	       f->conn->number, (unsigned long long)f->packet);
	if (f->because)
		printf(" (and %llu)", (unsigned long long)f->because);
	printf(": %s %s [%s]\n", name, f->text, rule->clause);
}

static bool each(void *context, const struct view *view)
{
	check_add(&((struct printer *)context)->check, view);
	return true;
}

static void print_sums(const struct printer *printer,
		       const struct conn_table *table)
{
	uint32_t middle = 0, incomplete = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		middle += !table->conns[i]->complete_start;
		incomplete += table->conns[i]->incomplete ||
			      table->conns[i]->lost;
	}
	if (printer->hidden)
		printf("and %llu more like these\n",
		       (unsigned long long)printer->hidden);
	printf("%llu violations, %llu notes in %u connections",
	       (unsigned long long)printer->violations,
	       (unsigned long long)printer->notes, table->count);
	if (middle)
		printf("; %u begin before the capture", middle);
	if (incomplete)
		printf("; of %u the capture is incomplete", incomplete);
	putchar('\n');
}

int mode_check(const struct options *options)
{
	struct printer printer = { .check = { .found = found } };
	struct pass pass;
	int status;

	printer.check.context = &printer;
	status = pass_run(&pass, options, each, &printer);
	if (pass.table) {
		check_end(&printer.check, pass.table);
		print_sums(&printer, pass.table);
	}
	for (uint32_t i = 0; i < printer.room; i++)
		free(printer.shown[i]);
	free(printer.shown);
	check_free(&printer.check);
	pass_end(&pass);
	return status ? status : printer.violations > 0;
}
