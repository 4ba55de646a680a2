// SPDX-License-Identifier: MIT
/*
 * Many similar lines, stored once. A line is cut into its numbers and what
 * stands between them; what stands between is a template that is kept in a
 * table, and the line becomes the template's place and its numbers. The
 * stories of 100,000 packets share a few hundred templates.
 *
 * A run of digits that a JSON reader would not give back as it is (one with a
 * leading zero, or of more than 15) is written as a string.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

struct texts;

/* NULL: out of memory. */
struct texts *texts_new(void);
void texts_free(struct texts *texts);
/* Writes "place,number,number" for the line; false without memory. */
bool texts_write(struct texts *texts, FILE *to, const char *line);
/* The table, as a JSON array of strings; U+0001 stands for a number. */
void texts_table(const struct texts *texts, FILE *to);

/* A JSON string: quoted, escaped, and with no '<', so that it cannot end the
 * element of a page that it stands in. Bytes that are no UTF-8: U+FFFD. */
void json_string(FILE *to, const char *text);
