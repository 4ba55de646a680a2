// SPDX-License-Identifier: MIT
/*
 * Names of the kernel's own functions, for backtraces. The table is made from
 * the first link by tools/symbols.awk and linked in the second time.
 */
#pragma once

#include "lib/types.h"

/* The function that `address` lies in and how far into it; NULL: none. */
const char *symbol_name(uintptr_t address, uintptr_t *offset);
/* The address of a function by its name; 0: none. */
uintptr_t symbol_lookup(const char *name);
