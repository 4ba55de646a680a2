// SPDX-License-Identifier: MIT
/*
 * The page of --html, whose parts are files in tools/pcapdump/html that the
 * compiler embeds: a skeleton, a style sheet and the scripts. The skeleton
 * names where the rest goes by lines of their own: <!--style-->, <!--data-->,
 * <!--script--> and, in its head, <!--policy-->.
 *
 * The policy allows exactly this style and this script (by their SHA-256) and
 * no connection to anywhere: whatever a capture manages to put into the page
 * is not run.
 */
#pragma once

#include <stdio.h>

#include "lib/types.h"

/* The page up to where its data stand, and from there on. */
void page_begin(FILE *to, const char *title);
void page_end(FILE *to);
